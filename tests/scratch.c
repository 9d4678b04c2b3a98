/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h> /* access */

#include <cmocka.h>

#include "foundation/text_file.h"

char scratch_folder[] = "/tmp/sheafbench-test.XXXXXX";

int scratch_make(void **state)
{
	(void)state;
	return mkdtemp(scratch_folder) == NULL;
}

int scratch_remove(void **state)
{
	char command[128];
	(void)state;
	snprintf(command, sizeof command, "rm -rf '%s'", scratch_folder);
	return system(command);
}

void scratch_path(const char *name, char path[256])
{
	const int length = snprintf(path, 256, "%s/%s", scratch_folder, name);
	assert_true(length > 0 && length < 256);
}

void scratch_write(const char *name, const char *text)
{
	char path[256];
	scratch_path(name, path);
	assert_int_equal(text_file_write(path, text, strlen(text), NULL), 0);
}

bool scratch_there(const char *name)
{
	char path[256];
	scratch_path(name, path);
	return access(path, F_OK) == 0;
}
