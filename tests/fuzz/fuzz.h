/* SPDX-License-Identifier: Apache-2.0 */
/* What the fuzz targets share. A target is one function that feeds bytes to a reader of untrusted
 * input and checks what every reader promises: 0 and a result within its bounds, or ERROR_INPUT
 * with a message and its output untouched. A promise that does not hold ends the process. */
#ifndef SHEAFBENCH_TESTS_FUZZ_FUZZ_H
#define SHEAFBENCH_TESTS_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "foundation/error.h"

typedef void fuzz_one(const uint8_t *bytes, size_t size);

struct fuzz_target {
	const char *name; /* as tests/fuzz/corpus and seeds.txt have it */
	fuzz_one *one;
};

/* In tests/fuzz/fuzz.c, ended by a NULL name. */
extern const struct fuzz_target fuzz_targets[];
const struct fuzz_target *fuzz_target_find(const char *name); /* NULL: none */

/* Targets, by the reader they feed. */
fuzz_one fuzz_json, fuzz_arch, fuzz_experiment, fuzz_task, fuzz_csv, fuzz_encoder, fuzz_images,
    fuzz_idx, fuzz_gz, fuzz_safetensors, fuzz_run, fuzz_runlog, fuzz_table, fuzz_bench, fuzz_golden,
    fuzz_trace, fuzz_cache, fuzz_choice, fuzz_clock, fuzz_number;

/* Ends the process, with the place, where `condition` does not hold. */
#define FUZZ_CHECK(condition)                                                                      \
	do {                                                                                       \
		if (!(condition))                                                                  \
			fuzz_fail(__FILE__, __LINE__, #condition);                                 \
	} while (0)
_Noreturn void fuzz_fail(const char *file, int line, const char *condition);

/* A regular file in memory that holds the bytes; the name is good until the next call with the same
 * `number` (0 to 3). */
const char *fuzz_file(int number, const void *bytes, size_t size);

/* Makes a folder of its own, in memory where there is such a place; the target removes it. */
void fuzz_folder(char *name, size_t size);
void fuzz_write(const char *name, const void *bytes, size_t size);

/* 0 passes; ERROR_INPUT must come with a message that prints as one line. All else fails. */
void fuzz_status(int status, const struct error *error);

/* Fills an output, and checks that a failed call left it alone. */
void fuzz_poison(void *output, size_t size);
bool fuzz_poisoned(const void *output, size_t size);

/* A copy in a block of exactly its size, so that a read beyond it is found; free() it. */
void *fuzz_copy(const uint8_t *bytes, size_t size);

#endif
