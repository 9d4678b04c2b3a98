/* SPDX-License-Identifier: Apache-2.0 */
/* The levels this program was built with, least first. */
#include "kernels/kernels.h"

#include <stddef.h>

#define KERNEL_LEVEL(level) extern const struct kernel_table kernel_table_##level;
KERNEL_LEVELS
#undef KERNEL_LEVEL

const struct kernel_table *const kernel_tables[] = {
#define KERNEL_LEVEL(level) &kernel_table_##level,
    KERNEL_LEVELS
#undef KERNEL_LEVEL
	NULL};
