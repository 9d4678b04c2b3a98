/* SPDX-License-Identifier: Apache-2.0 */
/* Large pages are asked for where whole ones are, and change nothing that memory holds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h> /* access */

#include <cmocka.h>

#include "foundation/large_pages.h"

enum { PAGE = 2 << 20 };

/* 1: the mapping that holds the address was asked for large pages; 0: not; -1: cannot be told. */
static int asked_for(const void *address)
{
	FILE *maps = fopen("/proc/self/smaps", "r");
	char line[4096];
	int inside = 0, asked = -1;
	while (maps && asked < 0 && fgets(line, sizeof line, maps)) {
		unsigned long first, end;
		if (sscanf(line, "%lx-%lx ", &first, &end) == 2)
			inside = (uintptr_t)address >= first && (uintptr_t)address < end;
		else if (inside && !strncmp(line, "VmFlags:", 8))
			asked = strstr(line, " hg") != NULL;
	}
	if (maps)
		fclose(maps);
	return asked;
}

static void test_whole_pages(void **unused)
{
	(void)unused;
	const size_t bytes = 3 * (size_t)PAGE;
	char *memory = malloc(bytes);
	assert_non_null(memory);
	char *inner = memory + (PAGE - (uintptr_t)memory % PAGE);
	if (asked_for(inner) != 0 || access("/sys/kernel/mm/transparent_hugepage", F_OK)) {
		free(memory);
		print_message("skipped: no large pages for the asking here\n");
		skip();
	}
	large_pages_ask(memory, bytes);
	assert_int_equal(asked_for(inner), 1);
	free(memory);
}

static void test_contents(void **unused)
{
	(void)unused;
	/* Also where no whole page is within: the neighbours' memory is not touched. */
	static const size_t sizes[] = {1, 4096, PAGE, 2 * (size_t)PAGE + 3};
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		unsigned char *memory = malloc(sizes[i]);
		assert_non_null(memory);
		memset(memory, 0x5a, sizes[i]);
		large_pages_ask(memory, sizes[i]);
		for (size_t j = 0; j < sizes[i]; j++)
			assert_int_equal(memory[j], 0x5a);
		free(memory);
	}
	large_pages_ask(NULL, PAGE);
	large_pages_ask(NULL, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_whole_pages),
					   cmocka_unit_test(test_contents)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
