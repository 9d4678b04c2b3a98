/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/runs/command_text.h"

#include <stdio.h>
#include <string.h>

#include "foundation/shell_text.h"

static void append(char *text, size_t size, const char *part)
{
	size_t used = strlen(text);
	snprintf(text + used, size - used, "%s", part);
}

/* Records without config_file are of experiments under configs/. */
static void command(const struct run_file *run, const char *name, const char *options, char *text,
		    size_t size)
{
	char guess[256];
	snprintf(guess, sizeof guess, "configs/%s.json", run->experiment);
	snprintf(text, size, "build/sheafbench %s ", name);
	const char *config = run->config_file[0] ? run->config_file : guess;
	if (config[0] == '-') /* no option */
		append(text, size, "./");
	shell_word(text, size, config);
	append(text, size, " --id ");
	append(text, size, run->run_id);
	append(text, size, options);
}

void run_command_again(const struct run_file *run, char *text, size_t size)
{
	command(run, "run", " --force", text, size);
}

void run_command_verify(const struct run_file *run, char *text, size_t size)
{
	command(run, "verify", "", text, size);
}
