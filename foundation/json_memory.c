/* SPDX-License-Identifier: Apache-2.0 */
#include "foundation/json_memory.h"

#include <jansson.h>
#include <stdlib.h>

static _Thread_local bool failed;

static void *noting_malloc(size_t size)
{
	void *block = malloc(size);
	if (block == NULL)
		failed = true;
	return block;
}

/* Before main, as jansson asks for: no value has been made yet. */
__attribute__((constructor)) static void note_failures(void)
{
	json_set_alloc_funcs(noting_malloc, free);
}

void json_memory_begin(void)
{
	failed = false;
}

bool json_memory_failed(void)
{
	return failed;
}

int json_memory_refuse(const char *file, struct error *error)
{
	if (failed)
		return error_no_memory(error, file);
	return error_set(error, ERROR_INPUT, file, 0, 0, NULL, "names in UTF-8",
			 "found a text that is not UTF-8");
}

int json_memory_check_name(const char *file, struct error *error)
{
	json_memory_begin();
	json_t *name = json_string(file);
	int status = 0;
	if (name == NULL && failed)
		status = json_memory_refuse(file, error);
	else if (name == NULL)
		status = error_set(error, ERROR_INPUT, file, 0, 0, NULL, "a name in UTF-8",
				   "the file's name is not UTF-8");
	json_decref(name);
	return status;
}
