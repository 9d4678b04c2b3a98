/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/scratch.h"

#include <stdio.h>
#include <stdlib.h>

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
