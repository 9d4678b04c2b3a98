/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/commands/bench_compare.h"

#include <glob.h>
#include <limits.h> /* PATH_MAX */
#include <string.h>

#include "harness/bench/compare.h"
#include "harness/bench/result_tables.h"
#include "harness/commands/bench_check.h"
#include "harness/experiment/experiment.h" /* plan_results_dir */
#include "foundation/path.h"

static const char usage[] = "bench-compare [--check] [FILE ...] [--out DIR]";

struct words {
	const char *out;
	bool check;
	char **files;
	int count;
};

/* Moves the files to the front of argv. */
static int read_arguments(struct words *words, int argc, char **argv, struct error *error)
{
	*words = (struct words){.files = argv};
	for (int i = 1; i < argc; i++) {
		const bool out = !strcmp(argv[i], "--out"), check = !strcmp(argv[i], "--check");
		if ((out && words->out) || (check && words->check))
			return error_set(error, ERROR_INPUT, NULL, 0, 0, NULL, "it once",
					 "%s given twice", argv[i]);
		if (out && (i + 1 == argc || !argv[i + 1][0]))
			return error_set(error, ERROR_INPUT, NULL, 0, 0, NULL, usage,
					 "--out without a value");
		if (out)
			words->out = argv[++i];
		else if (check)
			words->check = true;
		else if (argv[i][0] == '-')
			return error_set(error, ERROR_INPUT, NULL, 0, 0, NULL, usage,
					 "unexpected argument \"%s\"", argv[i]);
		else
			words->files[words->count++] = argv[i];
	}
	return 0;
}

static int compare(char *const *files, int count, const char *dir, bool whole_only,
		   struct error *error)
{
	struct comparison comparison;
	int status = bench_compare(&comparison, files, count, whole_only, error);
	if (status)
		return status;
	status = bench_write_comparison(&comparison, dir, error);
	if (!status)
		printf("%s/throughput.{csv,json,md}: %d rows, %d files\n", dir,
		       comparison.row_count, comparison.file_count);
	for (int i = 0; !status && i < comparison.pair_count; i++) {
		const struct pair *pair = &comparison.pairs[i];
		printf("%s and %s: %d of %d rows differ\n", comparison.files[pair->a].name,
		       comparison.files[pair->b].name, pair->different, pair->tested);
	}
	bench_compare_free(&comparison);
	return status;
}

/* Files of the folder, whose own *, ?, [ and \\ stand for themselves. */
static void write_pattern(const char *path, char out[2 * PATH_MAX + 8])
{
	for (; *path; path++) {
		if (strchr("*?[]\\", *path))
			*out++ = '\\';
		*out++ = *path;
	}
	memcpy(out, "/*.json", sizeof "/*.json");
}

/* The .json files of DIR/throughput; the caller frees them (globfree), also after an error. */
static int find_files(const char *dir, glob_t *found, struct error *error)
{
	char folder[PATH_MAX], pattern[2 * PATH_MAX + 8];
	*found = (glob_t){0};
	int status = path_make(folder, sizeof folder, error, "%s/throughput", dir);
	if (status)
		return status;
	write_pattern(folder, pattern);
	if (glob(pattern, 0, NULL, found))
		return error_set(error, ERROR_INPUT, folder, 0, 0, NULL,
				 "files *.json of `make bench`", "found none");
	return 0;
}

int command_bench_compare(int argc, char **argv, struct error *error)
{
	struct words words;
	glob_t found;
	int status = read_arguments(&words, argc, argv, error);
	if (status)
		return status;
	const char *dir = plan_results_dir(words.out);
	if (words.count && !words.check)
		return compare(words.files, words.count, dir, false, error);
	status = find_files(dir, &found, error);
	if (!status && words.check)
		status = bench_check(words.files, words.count, found.gl_pathv, (int)found.gl_pathc,
				     error);
	else if (!status)
		status = compare(found.gl_pathv, (int)found.gl_pathc, dir, true, error);
	globfree(&found);
	return status;
}
