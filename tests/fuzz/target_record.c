/* SPDX-License-Identifier: Apache-2.0 */
/* Records of runs, as they are and with what seals them put right, so that what lies behind the
 * seal is reached. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/runs/record_check.h"
#include "harness/runs/file.h"
#include "foundation/json_locate.h"
#include "tests/fuzz/fuzz.h"

enum { REPAIRS = 24, ID = 16 };

/* The folder of a record, with the files beside run.json that the sealed seed is of. */
static char folder[64], record[96];
static const char *const beside[] = {"metrics.jsonl", "arch.json"};

static void remove_folder(void)
{
	char path[128];
	for (size_t i = 0; i < sizeof beside / sizeof *beside; i++) {
		snprintf(path, sizeof path, "%s/%s", folder, beside[i]);
		unlink(path);
	}
	unlink(record);
	rmdir(folder);
}

static void copy_file(const char *from, const char *to)
{
	char bytes[1 << 14];
	FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
	FUZZ_CHECK(in != NULL && out != NULL);
	size_t size = fread(bytes, 1, sizeof bytes, in);
	FUZZ_CHECK(size > 0 && size < sizeof bytes);
	FUZZ_CHECK(fwrite(bytes, 1, size, out) == size && fclose(out) == 0);
	fclose(in);
}

static void make_folder(void)
{
	char from[64], to[128];
	fuzz_folder(folder, sizeof folder);
	atexit(remove_folder);
	snprintf(record, sizeof record, "%s/run.json", folder);
	for (size_t i = 0; i < sizeof beside / sizeof *beside; i++) {
		snprintf(from, sizeof from, "tests/fuzz/record/%s", beside[i]);
		snprintf(to, sizeof to, "%s/%s", folder, beside[i]);
		copy_file(from, to);
	}
}

/* What an accepted record promises. */
static void check_run(const struct run_file *run)
{
	FUZZ_CHECK(strlen(run->run_id) == ID);
	FUZZ_CHECK(run->seed >= 0 && run->steps >= 0 && run->peak_memory >= 0);
	FUZZ_CHECK(run->metric_count > 0 && run_file_metric(run, run->primary_metric) != NULL);
	FUZZ_CHECK(isfinite(run_file_primary(run)) && isfinite(run->train_loss));
	for (int64_t i = 0; i < run->metric_count; i++)
		FUZZ_CHECK(isfinite(run->metric[i].value));
}

static int read_run(const char *name, struct error *error)
{
	struct run_file run;
	fuzz_poison(&run, sizeof run);
	int status = run_file_read(&run, name, error);
	fuzz_status(status, error);
	if (status) {
		FUZZ_CHECK(fuzz_poisoned(&run, sizeof run));
		return status;
	}
	check_run(&run);
	run_file_free(&run);
	return 0;
}

/* Seals the text as a writer would; there is room for it. */
static size_t seal(char *text, size_t size)
{
	const size_t length = sizeof RUN_SEAL_BEGIN - 1;
	for (size_t at = size >= length ? size - length + 1 : 0; at-- > 0;)
		if (memcmp(text + at, RUN_SEAL_BEGIN, length) == 0) {
			size = at;
			break;
		}
	run_seal(NULL, text, size, text + size, NULL);
	return size + RUN_SEAL;
}

/* 16 hex digits over those that stand at a path; false: no such text stands there. */
static bool put_hex(char *text, size_t size, const char *path, const char *hex)
{
	size_t at = json_locate_value(text, size, path, false);
	if (strspn(hex, "0123456789abcdef") < ID || at + ID + 2 > size || text[at] != '"' ||
	    text[at + ID + 1] != '"' || memcmp(text + at + 1, hex, ID) == 0)
		return false;
	memcpy(text + at + 1, hex, ID);
	return true;
}

/* Does what the message asks for, where that is another id or other bits of a metric. */
static bool repair(char *text, size_t size, const struct error *error)
{
	static const char found[] = "for a metric of bits ";
	if (strcmp(error->path, "run_id") == 0)
		return put_hex(text, size, error->path, error->expected);
	const char *bits = strstr(error->what, found);
	return bits && put_hex(text, size, error->path, bits + sizeof found - 1);
}

void fuzz_run(const uint8_t *bytes, size_t size)
{
	struct error error = {0};
	read_run(fuzz_file(0, bytes, size), &error);
	if (folder[0] == '\0')
		make_folder();
	char *text = malloc(size + RUN_SEAL + 1);
	FUZZ_CHECK(text != NULL);
	memcpy(text, bytes, size);
	for (int i = 0; i < REPAIRS; i++) {
		size_t sealed = seal(text, size);
		fuzz_write(record, text, sealed);
		size = sealed;
		if (read_run(record, &error) == 0 || !repair(text, size, &error))
			break;
	}
	free(text);
}

void fuzz_runlog(const uint8_t *bytes, size_t size)
{
	struct run_log log;
	struct error error = {0};
	fuzz_poison(&log, sizeof log);
	int status = run_log_read(&log, fuzz_file(0, bytes, size), "accuracy", &error);
	fuzz_status(status, &error);
	if (status) {
		FUZZ_CHECK(fuzz_poisoned(&log, sizeof log));
		return;
	}
	FUZZ_CHECK(log.epochs >= 0);
	for (int64_t i = 0; i < log.epochs; i++)
		FUZZ_CHECK(isfinite(log.values[i]));
	run_log_free(&log);
}
