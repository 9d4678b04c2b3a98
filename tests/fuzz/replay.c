/* SPDX-License-Identifier: Apache-2.0 */
/* Feeds every file of the corpora, and of what tests/fuzz/seeds.txt names, to its target, in a
 * process of its own per line and folder. TAP. Any compiler; no libFuzzer needed.
 *
 *     test_fuzz                  all
 *     test_fuzz TARGET FILE ...  these files, in this process */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h> /* mmap */
#include <sys/wait.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"

enum { LINE = 512, SEEDS = 1 << 14 };

static char *current; /* name of the file that is being tried; children write it */

static void replay_file(const struct fuzz_target *target, const char *name)
{
	FILE *in = fopen(name, "rb");
	FUZZ_CHECK(in != NULL);
	FUZZ_CHECK(fseek(in, 0, SEEK_END) == 0);
	long size = ftell(in);
	FUZZ_CHECK(size >= 0);
	rewind(in);
	uint8_t *bytes = malloc((size_t)size + 1);
	FUZZ_CHECK(bytes != NULL);
	FUZZ_CHECK(fread(bytes, 1, (size_t)size, in) == (size_t)size);
	fclose(in);
	snprintf(current, LINE, "%s", name);
	target->one(bytes, (size_t)size);
	free(bytes);
}

/* In a child, whose end is the verdict: 0 when all files passed. */
static int replay_files(const struct fuzz_target *target, char **names, size_t count)
{
	int state = 0;
	fflush(stdout);
	pid_t child = fork();
	FUZZ_CHECK(child >= 0);
	if (child == 0) {
		/* TAP is the parent's. */
		if (freopen("/dev/null", "w", stdout) == NULL)
			_exit(3);
		for (size_t i = 0; i < count; i++)
			replay_file(target, names[i]);
		exit(0); /* leaks are looked for here */
	}
	FUZZ_CHECK(waitpid(child, &state, 0) == child);
	return state;
}

static void report(bool passed, const char *target, const char *pattern, size_t count)
{
	static int number;
	printf("%sok %d - %s: %zu of %s\n", passed ? "" : "not ", ++number, target, count, pattern);
	if (!passed)
		printf("# failed at: %s\n", count ? current : "no file matches");
}

/* One line of TAP for the files that match; none is a failure. */
static int replay_pattern(const struct fuzz_target *target, const char *pattern)
{
	glob_t found;
	int status = glob(pattern, 0, NULL, &found);
	size_t count = status == 0 ? found.gl_pathc : 0;
	bool passed = count > 0 && replay_files(target, found.gl_pathv, count) == 0;
	report(passed, target->name, pattern, count);
	if (status == 0)
		globfree(&found);
	return passed ? 0 : 1;
}

/* "TARGET PATTERN" a line; '#' begins a comment.  Read whole before the first fork: children share
 * the place in an open file. */
static int replay_seeds(int *lines)
{
	static char text[SEEDS];
	int failed = 0;
	FILE *in = fopen("tests/fuzz/seeds.txt", "r");
	FUZZ_CHECK(in != NULL);
	size_t size = fread(text, 1, sizeof text - 1, in);
	fclose(in);
	FUZZ_CHECK(size < sizeof text - 1);
	char *save_line, *save;
	for (char *line = strtok_r(text, "\n", &save_line); line != NULL;
	     line = strtok_r(NULL, "\n", &save_line)) {
		const char *name = strtok_r(line, " \t", &save);
		if (name == NULL || name[0] == '#')
			continue;
		const struct fuzz_target *target = fuzz_target_find(name);
		const char *pattern = strtok_r(NULL, " \t", &save);
		FUZZ_CHECK(target != NULL && pattern != NULL);
		failed += replay_pattern(target, pattern);
		++*lines;
	}
	return failed;
}

int main(int argc, char **argv)
{
	int failed = 0, lines = 0;
	current = mmap(NULL, LINE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	FUZZ_CHECK(current != MAP_FAILED);
	if (argc > 2) {
		const struct fuzz_target *target = fuzz_target_find(argv[1]);
		FUZZ_CHECK(target != NULL);
		for (int i = 2; i < argc; i++)
			replay_file(target, argv[i]);
		return 0;
	}
	for (const struct fuzz_target *target = fuzz_targets; target->name; target++) {
		char pattern[LINE];
		snprintf(pattern, sizeof pattern, "tests/fuzz/corpus/%s/*", target->name);
		failed += replay_pattern(target, pattern);
		lines++;
	}
	failed += replay_seeds(&lines);
	printf("1..%d\n", lines);
	return failed ? 1 : 0;
}
