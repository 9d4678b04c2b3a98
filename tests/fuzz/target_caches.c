/* SPDX-License-Identifier: Apache-2.0 */
/* What the program remembers: caches of data and of forecasts, the choice of kernels. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

#include "foundation/build_info.h"
#include "harness/tasks/cache.h"
#include "harness/tasks/dataset.h"
#include "harness/tasks/dataset_hash.h"
#include "harness/forecast/forecast.h"
#include "kernels/choice_text.h"
#include "foundation/digest.h"
#include "tests/fuzz/fuzz.h"

/* A folder of its own with a small data file and the cache beside it. */
struct cache_place {
	char folder[64], data[96], cache[96], dims[128];
	int64_t input, output, rows;
	struct task task;
};

static void remove_place(void);
static struct cache_place place;

static void make_place(void)
{
	static const char rows[] = "1,a,low,yes\n2,b,high,no\n3,a,low,yes\n4,b,high,no\n"
				   "5,a,low,yes\n6,b,high,no\n7,a,low,yes\n8,b,high,no\n";
	struct error error = {0};
	fuzz_folder(place.folder, sizeof place.folder);
	atexit(remove_place);
	snprintf(place.data, sizeof place.data, "%s/data.csv", place.folder);
	snprintf(place.cache, sizeof place.cache, "%s/data-hashes", place.folder);
	fuzz_write(place.data, rows, sizeof rows - 1);
	FUZZ_CHECK(task_read(&place.task, "tests/fuzz/tiny.json", NULL, &error) == 0);
	free(place.task.files[0].path);
	place.task.files[0].path = strdup(place.data);
	FUZZ_CHECK(place.task.files[0].path != NULL);
	char hex[65];
	FUZZ_CHECK(dataset_hash(&place.task, NULL, hex, &error) == 0);
	/* As harness/tasks/dataset_hash.c has it. */
	snprintf(place.dims, sizeof place.dims, "dims %s %.16s", hex, build_info()->source_sha256);
	FUZZ_CHECK(
	    dataset_dims(&place.task, NULL, &place.input, &place.output, &place.rows, &error) == 0);
}

static void remove_place(void)
{
	task_free(&place.task);
	unlink(place.data);
	unlink(place.cache);
	rmdir(place.folder);
}

/* '@' stands for the key of the data's dims, '&' for that of its file. */
static void expand(FILE *out, const uint8_t *bytes, size_t size)
{
	char key[512] = "";
	data_cache_file_key(place.data, key, sizeof key); /* too young at first */
	for (size_t i = 0; i < size; i++)
		if (bytes[i] == '@')
			fputs(place.dims, out);
		else if (bytes[i] == '&')
			fputs(key, out);
		else
			fputc(bytes[i], out);
}

/* Ends every line with the digest of itself. */
static void write_sealed(FILE *out, const char *text, size_t size)
{
	char hex[65];
	for (const char *end, *line = text; line < text + size; line = end + 1) {
		end = memchr(line, '\n', size - (size_t)(line - text));
		end = end ? end : text + size;
		digest_bytes(line, (size_t)(end - line), hex);
		fwrite(line, 1, (size_t)(end - line), out);
		fprintf(out, "\t%s\n", hex);
	}
}

/* Numbers that data could have are believed of a line that is whole, until the data are read
 * (harness/runs/runner.h); of any other nothing is. */
static void check_cache(bool believed)
{
	struct error error = {0};
	char hex[65], value[128];
	double times[2] = {0.0, 0.0};
	int64_t input = 0, output = 0, rows = 0;
	if (data_cache_get(place.folder, "k", value, sizeof value)) {
		FUZZ_CHECK(memchr(value, '\0', sizeof value) != NULL);
		if (forecast_read_times(value, &times[0], &times[1], 1e12)) {
			FUZZ_CHECK(times[0] > 0.0 && times[0] <= 1e6);
			FUZZ_CHECK(times[1] >= 0.0 && times[1] <= 1e12);
		}
	}
	FUZZ_CHECK(dataset_hash(&place.task, place.folder, hex, &error) == 0);
	FUZZ_CHECK(strlen(hex) == 64);
	FUZZ_CHECK(dataset_dims(&place.task, place.folder, &input, &output, &rows, &error) == 0);
	FUZZ_CHECK(input > 0 && output > 0 && rows > 0);
	if (!believed)
		FUZZ_CHECK(input == place.input && output == place.output && rows == place.rows);
}

void fuzz_cache(const uint8_t *bytes, size_t size)
{
	char *text = NULL;
	size_t length = 0;
	if (place.folder[0] == '\0')
		make_place();
	FILE *out = open_memstream(&text, &length);
	FUZZ_CHECK(out != NULL);
	expand(out, bytes, size);
	FUZZ_CHECK(fclose(out) == 0);
	fuzz_write(place.cache, text, length);
	check_cache(false);
	out = fopen(place.cache, "wb");
	FUZZ_CHECK(out != NULL);
	write_sealed(out, text, length);
	FUZZ_CHECK(fclose(out) == 0);
	free(text);
	check_cache(true);
	/* What is added is found, whatever else is there. */
	char value[128];
	data_cache_put(place.folder, "added", "1 2 3");
	FUZZ_CHECK(data_cache_get(place.folder, "added", value, sizeof value));
	FUZZ_CHECK(strcmp(value, "1 2 3") == 0);
}

static void check_choice(const char *text, size_t size, char end)
{
	char again[CHOICE_TEXT];
	struct kernel_choice choice;
	fuzz_poison(&choice, sizeof choice);
	char *copy = fuzz_copy((const uint8_t *)text, size);
	bool read = choice_read(&choice, end, copy, size);
	free(copy);
	if (!read) {
		FUZZ_CHECK(fuzz_poisoned(&choice, sizeof choice));
		return;
	}
	FUZZ_CHECK(choice.count >= 0 && choice.count <= CHOICE_CONTESTS);
	for (int i = 0; i < choice.count; i++) {
		const struct contest *contest = &choice.contests[i];
		FUZZ_CHECK(contest->count > 0 && contest->count <= CONTEST_CANDIDATES);
		FUZZ_CHECK(contest->chosen >= 0 && contest->chosen < contest->count);
		for (int c = 0; c < contest->count; c++)
			FUZZ_CHECK(isfinite(contest->rate[c]) && contest->rate[c] >= 0.0);
		FUZZ_CHECK(choice_find(&choice, contest) != NULL);
	}
	FUZZ_CHECK(choice_is_for(&choice, &choice));
	FUZZ_CHECK(choice_write(&choice, end, again));
	FUZZ_CHECK(strlen(again) == size && memcmp(again, text, size) == 0);
	for (int i = 0; i < choice.count; i++)
		choice_put(&choice, &choice.contests[i]);
	FUZZ_CHECK(choice.count <= CHOICE_CONTESTS);
}

/* The file of kernels that were chosen and the variable that children are given, as it is and with
 * its digest put right. */
void fuzz_choice(const uint8_t *bytes, size_t size)
{
	static const char key[] = "digest ";
	char text[CHOICE_TEXT + 64];
	size_t length = size < CHOICE_TEXT ? size : CHOICE_TEXT;
	memcpy(text, bytes, length);
	check_choice(text, length, '\n');
	check_choice(text, length, ';');
	for (size_t i = 0; i < length; i++)
		text[i] = (char)(text[i] == ';' ? '\n' : text[i]);
	for (size_t at = length; at-- > 0;)
		if (length - at >= sizeof key && memcmp(text + at, key, sizeof key - 1) == 0) {
			length = at;
			break;
		}
	uint64_t hash = XXH3_64bits(text, length);
	length += (size_t)snprintf(text + length, 32, "%s%016" PRIx64 "\n", key, hash);
	check_choice(text, length, '\n');
	for (size_t i = 0; i < length; i++)
		text[i] = (char)(text[i] == '\n' ? ';' : text[i]);
	check_choice(text, length, ';');
}

/* Times as they are shown: digits and colons, whatever was measured or remembered. */
void fuzz_clock(const uint8_t *bytes, size_t size)
{
	double seconds[8] = {0.0};
	char text[64];
	size_t used = size < sizeof seconds ? size : sizeof seconds;
	memcpy(seconds, bytes, used);
	int64_t count = (int64_t)(used / sizeof *seconds);
	double total = 0.0;
	for (int64_t i = 0; i < count; i++) {
		if (!isfinite(seconds[i]) || seconds[i] < 0.0)
			seconds[i] = 0.0;
		forecast_clock(seconds[i], text, sizeof text);
		FUZZ_CHECK(memchr(text, '\0', sizeof text) != NULL);
		FUZZ_CHECK(text[0] != '\0' && text[strspn(text, "0123456789:")] == '\0');
		total += seconds[i];
	}
	for (int workers = 1; count > 0 && workers <= 4; workers++) {
		double end = forecast_makespan(seconds, count, workers);
		FUZZ_CHECK(end >= 0.0 && end <= total * 1.0000001);
	}
}
