/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/commands/bench_compare.h"

#include <glob.h>
#include <limits.h> /* PATH_MAX */
#include <string.h>

#include "harness/bench/compare.h"
#include "harness/bench/result_tables.h"
#include "harness/experiment/experiment.h" /* plan_results_dir */
#include "foundation/path.h"

static const char usage[] = "bench-compare [FILE ...] [--out DIR]";

/* Moves the files to the front of argv; returns their number. */
static int read_arguments(int argc, char **argv, const char **out, struct error *error)
{
	int files = 0;
	*out = NULL;
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--out") && *out)
			return error_set(error, ERROR_INPUT, NULL, 0, 0, NULL, "it once",
					 "--out given twice");
		if (!strcmp(argv[i], "--out") && (i + 1 == argc || !argv[i + 1][0]))
			return error_set(error, ERROR_INPUT, NULL, 0, 0, NULL, usage,
					 "--out without a value");
		if (!strcmp(argv[i], "--out"))
			*out = argv[++i];
		else if (argv[i][0] == '-')
			return error_set(error, ERROR_INPUT, NULL, 0, 0, NULL, usage,
					 "unexpected argument \"%s\"", argv[i]);
		else
			argv[files++] = argv[i];
	}
	return files;
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

static int compare_folder(const char *dir, struct error *error)
{
	char folder[PATH_MAX], pattern[2 * PATH_MAX + 8];
	glob_t found;
	int status = path_make(folder, sizeof folder, error, "%s/throughput", dir);
	if (status)
		return status;
	write_pattern(folder, pattern);
	if (glob(pattern, 0, NULL, &found)) {
		globfree(&found);
		return error_set(error, ERROR_INPUT, folder, 0, 0, NULL,
				 "files *.json of `make bench`", "found none");
	}
	status = compare(found.gl_pathv, (int)found.gl_pathc, dir, true, error);
	globfree(&found);
	return status;
}

int command_bench_compare(int argc, char **argv, struct error *error)
{
	const char *out;
	int count = read_arguments(argc, argv, &out, error);
	if (count < 0)
		return count;
	const char *dir = plan_results_dir(out);
	return count ? compare(argv, count, dir, false, error) : compare_folder(dir, error);
}
