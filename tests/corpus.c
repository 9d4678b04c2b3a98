/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/corpus.h"

#include <dirent.h>
#include <regex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "foundation/text_lines.h"

void corpus_message(const struct error *error, char *line, size_t size)
{
	FILE *out = fmemopen(line, size, "w");
	assert_non_null(out);
	error_print(out, error);
	fclose(out);
	line[size - 1] = '\0';
	char *end = strchr(line, '\n');
	assert_non_null(end);
	assert_int_equal(end[1], '\0'); /* one line */
	*end = '\0';
}

/* NAME.expect for NAME.SUFFIX. */
static void read_expectation(const char *file_name, const char *suffix, char *line, size_t size)
{
	char name[512];
	int stem = (int)(strlen(file_name) - strlen(suffix));
	snprintf(name, sizeof name, "%.*s.expect", stem, file_name);
	FILE *in = fopen(name, "r");
	if (in == NULL)
		fail_msg("no %s", name);
	char *got = fgets(line, (int)size, in);
	fclose(in);
	assert_non_null(got);
	line[strcspn(line, "\n")] = '\0';
	assert_true(line[0] != '\0');
}

static void check_bad(const char *file_name, const char *suffix, corpus_try *attempt)
{
	static char message[4096];
	char pattern[1024];
	struct error error = {0};
	regex_t regex;
	read_expectation(file_name, suffix, pattern, sizeof pattern);
	if (regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB) != 0)
		fail_msg("%s: broken expectation %s", file_name, pattern);
	int status = attempt(file_name, &error);
	bool match = false;
	message[0] = '\0';
	if (status == ERROR_INPUT && error.status == ERROR_INPUT) {
		corpus_message(&error, message, sizeof message);
		match = regexec(&regex, message, 0, NULL, 0) == 0;
	}
	regfree(&regex);
	if (!match)
		fail_msg("%s: status %d, message\n  %s\nexpected\n  %s", file_name, status, message,
			 pattern);
}

static void check_good(const char *file_name, const char *suffix, corpus_try *attempt)
{
	struct error error = {0};
	(void)suffix;
	if (attempt(file_name, &error) != 0) {
		error_print(stderr, &error);
		fail_msg("%s refused", file_name);
	}
}

static void walk(const char *folder, const char *suffix, int at_least, corpus_try *attempt,
		 void (*check)(const char *, const char *, corpus_try *))
{
	struct dirent **entries;
	int count = scandir(folder, &entries, NULL, alphasort), tried = 0;
	if (count < 0)
		fail_msg("cannot read %s; tests run from the top folder", folder);
	for (int i = 0; i < count; i++) {
		char name[512];
		if (text_ends_with(entries[i]->d_name, suffix)) {
			snprintf(name, sizeof name, "%s/%s", folder, entries[i]->d_name);
			check(name, suffix, attempt);
			tried++;
		}
		free(entries[i]);
	}
	free(entries);
	assert_true(tried >= at_least);
}

void corpus_check(const char *folder, const char *suffix, int at_least, corpus_try *attempt)
{
	walk(folder, suffix, at_least, attempt, check_bad);
}

void corpus_check_good(const char *folder, const char *suffix, int at_least, corpus_try *attempt)
{
	walk(folder, suffix, at_least, attempt, check_good);
}
