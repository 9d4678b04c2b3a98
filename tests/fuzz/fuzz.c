/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h> /* memfd_create */
#include <unistd.h>

const struct fuzz_target fuzz_targets[] = {
    {"json", fuzz_json},
    {"arch", fuzz_arch},
    {"experiment", fuzz_experiment},
    {"task", fuzz_task},
    {"csv", fuzz_csv},
    {"encoder", fuzz_encoder},
    {"images", fuzz_images},
    {"idx", fuzz_idx},
    {"gz", fuzz_gz},
    {"safetensors", fuzz_safetensors},
    {"run", fuzz_run},
    {"runlog", fuzz_runlog},
    {"table", fuzz_table},
    {"bench", fuzz_bench},
    {"golden", fuzz_golden},
    {"trace", fuzz_trace},
    {"cache", fuzz_cache},
    {"choice", fuzz_choice},
    {"clock", fuzz_clock},
    {"number", fuzz_number},
    {NULL, NULL},
};

enum { FILES = 4, POISON = 0xA5 };

const struct fuzz_target *fuzz_target_find(const char *name)
{
	for (const struct fuzz_target *target = fuzz_targets; target->name; target++)
		if (strcmp(target->name, name) == 0)
			return target;
	return NULL;
}

_Noreturn void fuzz_fail(const char *file, int line, const char *condition)
{
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, condition);
	abort();
}

const char *fuzz_file(int number, const void *bytes, size_t size)
{
	static int files[FILES];
	static char names[FILES][64];
	const unsigned char *from = bytes;
	int file = files[number];
	if (file == 0) {
		file = files[number] = memfd_create("input", MFD_CLOEXEC);
		FUZZ_CHECK(file > 0);
		/* Of this process, whoever opens it. */
		snprintf(names[number], sizeof names[number], "/proc/self/fd/%d", file);
	}
	FUZZ_CHECK(ftruncate(file, 0) == 0);
	for (size_t done = 0; done < size;) {
		ssize_t wrote = pwrite(file, from + done, size - done, (off_t)done);
		FUZZ_CHECK(wrote > 0);
		done += (size_t)wrote;
	}
	return names[number];
}

void fuzz_folder(char *name, size_t size)
{
	const char *base = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : getenv("TMPDIR");
	snprintf(name, size, "%s/fuzz.XXXXXX", base && strlen(base) < size - 16 ? base : "/tmp");
	FUZZ_CHECK(mkdtemp(name) != NULL);
}

void fuzz_write(const char *name, const void *bytes, size_t size)
{
	FILE *out = fopen(name, "wb");
	FUZZ_CHECK(out != NULL);
	FUZZ_CHECK(fwrite(bytes, 1, size, out) == size && fclose(out) == 0);
}

void fuzz_status(int status, const struct error *error)
{
	char line[8192];
	if (status == 0)
		return;
	FUZZ_CHECK(status == ERROR_INPUT);
	FUZZ_CHECK(error->status == status);
	FUZZ_CHECK(error->what[0] != '\0');
	FUZZ_CHECK(error->line >= 0 && error->column >= 0);
	FILE *out = fmemopen(line, sizeof line, "w");
	FUZZ_CHECK(out != NULL);
	error_print(out, error);
	fclose(out);
	const char *end = memchr(line, '\0', sizeof line);
	FUZZ_CHECK(end != NULL && end > line && end[-1] == '\n');
	/* What the input holds does not steer a terminal. */
	for (const char *c = line; c + 1 < end; c++)
		FUZZ_CHECK((unsigned char)*c >= 0x20 && *c != 0x7f);
}

void fuzz_poison(void *output, size_t size)
{
	memset(output, POISON, size);
}

bool fuzz_poisoned(const void *output, size_t size)
{
	const unsigned char *byte = output;
	for (size_t i = 0; i < size; i++)
		if (byte[i] != POISON)
			return false;
	return true;
}

void *fuzz_copy(const uint8_t *bytes, size_t size)
{
	void *copy = malloc(size ? size : 1);
	FUZZ_CHECK(copy != NULL);
	if (size)
		memcpy(copy, bytes, size);
	return copy;
}
