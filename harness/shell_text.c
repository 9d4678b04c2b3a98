/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/shell_text.h"

#include <stdio.h>
#include <string.h>

static void append(char *text, size_t size, const char *part, size_t length)
{
	size_t used = strlen(text);
	snprintf(text + used, size - used, "%.*s", (int)length, part);
}

void shell_word(char *text, size_t size, const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_-./";
	if (*word && strspn(word, plain) == strlen(word)) {
		append(text, size, word, strlen(word));
		return;
	}
	append(text, size, "'", 1);
	for (; *word; word++)
		if (*word == '\'')
			append(text, size, "'\\''", 4);
		else
			append(text, size, word, 1);
	append(text, size, "'", 1);
}

/* Records without config_file are of experiments under configs/. */
static void command(const struct run_file *run, const char *name, const char *options, char *text,
		    size_t size)
{
	char guess[256];
	snprintf(guess, sizeof guess, "configs/%s.json", run->experiment);
	snprintf(text, size, "build/sheafbench %s ", name);
	shell_word(text, size, run->config_file[0] ? run->config_file : guess);
	append(text, size, " --id ", 6);
	append(text, size, run->run_id, strlen(run->run_id));
	append(text, size, options, strlen(options));
}

void shell_again(const struct run_file *run, char *text, size_t size)
{
	command(run, "run", " --force", text, size);
}

void shell_verify(const struct run_file *run, char *text, size_t size)
{
	command(run, "verify", "", text, size);
}
