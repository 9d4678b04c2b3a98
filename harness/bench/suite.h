/* SPDX-License-Identifier: Apache-2.0 */
/* What `sheafbench bench` measures: rows of kernels and training steps on fixed inputs.
 *
 * Every row's label is "xxh3=HASH roof=ROOF".  The hash is XXH3-64 over the outputs of one call on
 * inputs that depend on the row's name alone, made outside the timed loop: equal for every machine,
 * level and build that keeps the contract. */
#ifndef SHEAFBENCH_HARNESS_BENCH_SUITE_H
#define SHEAFBENCH_HARNESS_BENCH_SUITE_H

#include <stdbool.h>
#include <stdint.h>

#include "harness/bench/google_benchmark.h"
#include "harness/bench/roof.h"
#include "kernels/backend.h"
#include "kernels/random.h"

struct suite {
	const struct backend *backend;
	struct roof roof; /* of one thread */
};

/* One row.  The outputs' hash is taken in the first repetition and kept. */
struct suite_row {
	const struct suite *suite;
	char name[64];
	const void *what; /* the kind's own description */
	int variant;
	bool hashed;
	uint64_t hash;
	struct suite_row *next; /* all rows, for suite_free */
};

/* Registers every row; returns 0, or -1 without memory. */
int suite_register(const struct suite *suite);
/* What is registered, last first, and how many that is. */
const struct suite_row *suite_rows(void);
int suite_count(void);
void suite_free(void);

/* The kinds of rows; each returns 0 or -1. */
int suite_register_gemm(const struct suite *suite);
int suite_register_rows(const struct suite *suite);
int suite_register_routing(const struct suite *suite);
int suite_register_training(const struct suite *suite);

__attribute__((format(printf, 5, 6))) int suite_add(const struct suite *suite,
						    bench_function function, const void *what,
						    int variant, const char *name, ...);

/* The row that is the library's own. */
int suite_add_native_loop(const char *name);

/* A Linear y = x W: x m x k, W k x n. */
struct gemm_shape {
	int64_t m, n, k;
};

enum { SUITE_FORWARD, SUITE_INPUT_GRADIENT, SUITE_WEIGHT_GRADIENT, SUITE_PRODUCTS };
extern const char *const suite_product_names[SUITE_PRODUCTS];

/* y = x W, dx = dy W^T or dW = x^T dy.  x, W, y or their gradients are at[0..2], each NULL where
 * only sizes and strides are asked for; the result is the one that is computed. */
struct gemm_args suite_product(const struct gemm_shape *shape, int product, float *const at[3]);

/* Memory of one repetition. Every buffer is filled from the stream (row's name, buffer's number)
 * with numbers in (-1, 1) and starts at another cache line of its page. */
enum { SUITE_BUFFERS = 8 };
struct suite_buffers {
	void *owned[SUITE_BUFFERS];
	float *at[SUITE_BUFFERS];
};
/* False, and the repetition has failed, without memory. */
bool suite_take(struct suite_buffers *buffers, int number, const int64_t *counts,
		struct bench_state *state, const char *name);
void suite_give_back(struct suite_buffers *buffers);
/* Numbers in (-1, 1): up to 65,536 of the stream, then the same again. */
void suite_fill(float *x, int64_t count, const char *name, const char *part);

/* Hash of several outputs: XXH3 over their hashes, bytes taken in little-endian order. */
struct suite_hash {
	uint64_t part[SUITE_BUFFERS];
	int count;
};
void suite_hash_words(struct suite_hash *hash, const struct suite_row *row, const void *words,
		      int64_t count); /* of 32 bits: float, int32_t */
void suite_hash_bytes(struct suite_hash *hash, const struct suite_row *row, const void *bytes,
		      int64_t size);
/* In place, to little-endian order and back. */
void suite_order_words(void *words, int64_t count);
void suite_hash_end(const struct suite_hash *hash, struct suite_row *row);

/* What one thread can reach, in 1e9 per second; 0, no roof, where several work: neither theirs nor
 * how much of one they share is known. */
double suite_roof(const struct suite *suite, enum roof_kind kind);
/* Sets the label, and the roof's percentage for flops (ROOF_FMA) or bytes. */
void suite_report(struct bench_state *state, const struct suite_row *row, enum roof_kind kind,
		  double amount);

#endif
