/* SPDX-License-Identifier: Apache-2.0 */
/* The levels this program was built with, least first. */
#include "kernels/kernels.h"

#include <stddef.h>
#include <string.h>

#define KERNEL_LEVEL(level) extern const struct kernel_table kernel_table_##level;
KERNEL_LEVELS
#undef KERNEL_LEVEL

const struct kernel_table *const kernel_tables[] = {
#define KERNEL_LEVEL(level) &kernel_table_##level,
    KERNEL_LEVELS
#undef KERNEL_LEVEL
	NULL};

const struct kernel_table *kernel_table_named(const char *level)
{
	int i = 0;
	while (kernel_tables[i] && strcmp(kernel_tables[i]->level, level) != 0)
		i++;
	return kernel_tables[i];
}
