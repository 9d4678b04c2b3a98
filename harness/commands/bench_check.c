/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/commands/bench_check.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "harness/bench/result_check.h"
#include "harness/bench/suite.h"
#include "kernels/contract.h"

struct files {
	struct bench_file *read; /* owned */
	int count;
};

static int read_file(struct files *files, const char *name, struct error *error)
{
	int status = bench_file_read(&files->read[files->count], name, error);
	files->count += !status;
	return status;
}

static bool same_file(const char *a, const char *b)
{
	struct stat x, y;
	return !stat(a, &x) && !stat(b, &y) && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* By its name, NAME-part.json or of a second machine NAME-part_2.json: what only lacks rows is an
 * error. */
static bool is_part(const char *name)
{
	static const char word[] = "-part";
	const char *end = name + strlen(name) - strlen(".json"), *digit = end;
	while (digit > name && isdigit((unsigned char)digit[-1]))
		digit--;
	if (digit < end && digit > name && digit[-1] == '_')
		end = digit - 1;
	const size_t length = sizeof word - 1;
	return (size_t)(end - name) > length && !strncmp(end - length, word, length);
}

static int read_files(struct files *files, char *const *named, int named_count, char *const *kept,
		      int kept_count, struct error *error)
{
	int status = 0;
	files->read = calloc((size_t)named_count + (size_t)kept_count, sizeof *files->read);
	if (!files->read)
		return error_no_memory(error, NULL);
	for (int i = 0; !status && i < named_count; i++)
		status = read_file(files, named[i], error);
	for (int i = 0; !status && i < kept_count; i++) {
		bool left_out = is_part(kept[i]);
		for (int j = 0; j < named_count; j++)
			left_out = left_out || same_file(kept[i], named[j]);
		if (!left_out)
			status = read_file(files, kept[i], error);
	}
	if (!status && files->count < 2)
		status =
		    error_set(error, ERROR_INPUT, files->count ? files->read[0].json.name : NULL, 0,
			      0, NULL, "another one, with whose outputs its own are compared",
			      "found no other result file");
	return status;
}

static int check_file(const struct files *files, int i, bool of_suite, struct error *error)
{
	const struct bench_file *file = &files->read[i];
	struct check_agreement agreement;
	int status = bench_check_file(file, error);
	if (!status && of_suite)
		status = bench_check_suite(file, error);
	if (!status)
		status = bench_check_hashes(file, files->read, files->count, &agreement, error);
	status = status ? status : bench_check_csv(file, error);
	if (status)
		return status;
	printf("%s: fine: %s, level %s, ", file->json.name, file->cpu, file->isa);
	if (file->threads > 1)
		printf("%d threads, ", file->threads);
	printf("%d rows; outputs of %d rows are those of %d other files", file->row_count,
	       agreement.rows, agreement.files);
	if (bench_file_contract(file) < CONTRACT_VERSION)
		printf("; contract %d, not %d, is taken as all its outputs are those of others",
		       bench_file_contract(file), CONTRACT_VERSION);
	putchar('\n');
	return 0;
}

/* For the names of its rows: nothing is run, and every level has the same. */
static int open_suite(struct suite *suite, struct backend *backend, struct error *error)
{
	*backend = (struct backend){.table = kernel_tables[0]};
	*suite = (struct suite){.backend = backend};
	return suite_register(suite) ? error_no_memory(error, NULL) : 0;
}

int bench_check(char *const *named, int named_count, char *const *kept, int kept_count,
		struct error *error)
{
	struct files files = {0};
	struct suite suite;
	struct backend backend;
	int status = open_suite(&suite, &backend, error);
	if (!status)
		status = read_files(&files, named, named_count, kept, kept_count, error);
	const int checked = named_count ? named_count : files.count;
	for (int i = 0; !status && i < checked; i++)
		status = check_file(&files, i, named_count > 0, error);
	for (int i = 0; i < files.count; i++)
		bench_file_free(&files.read[i]);
	free(files.read);
	suite_free();
	return status;
}
