/* SPDX-License-Identifier: Apache-2.0 */
/* Elements per second of elementwise and row ops, as JSON lines: this program's kernels, or plain
 * loops over the C library's functions, as a compiler makes them for any x86-64.
 *
 *   op_speed sheafbench|plain
 *
 * Exit 1: the two disagree; 2: bad usage; 3: no backend. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/peers/index_data.h"
#include "foundation/clock.h"
#include "kernels/backend.h"

enum { ROWS = 64, COLUMNS = 128, COUNT = ROWS * COLUMNS, CHUNKS = 25 };
static const double chunk_seconds = 0.002;

static float x[COUNT], dy[COUNT], gamma_[COLUMNS], beta[COLUMNS], rstd[ROWS];
static float xhat[COUNT], slope[COUNT], y[COUNT], dx[COUNT];
static float plain_y[COUNT], plain_second[COUNT];
static struct backend backend;

static void exp_fast(void)
{
	backend.table->exp(COUNT, x, y);
}

static void exp_plain(void)
{
	for (int i = 0; i < COUNT; i++)
		plain_y[i] = expf(x[i]);
}

static void gelu_fast(void)
{
	backend.table->gelu(COUNT, x, y, NULL);
}

static void gelu_plain(void)
{
	for (int i = 0; i < COUNT; i++)
		plain_y[i] = 0.5f * x[i] * (1.0f + erff(x[i] * 0.70710678f));
}

static void gelu_slope_fast(void)
{
	backend.table->gelu(COUNT, x, y, slope);
}

static void gelu_slope_plain(void)
{
	for (int i = 0; i < COUNT; i++) {
		float cdf = 0.5f * (1.0f + erff(x[i] * 0.70710678f));
		plain_y[i] = x[i] * cdf;
		plain_second[i] = cdf + x[i] * 0.39894228f * expf(-0.5f * x[i] * x[i]);
	}
}

static void layer_norm_fast(void)
{
	backend.table->layer_norm(ROWS, COLUMNS, x, NULL, gamma_, beta, xhat, rstd, y);
}

static void layer_norm_plain(void)
{
	for (int r = 0; r < ROWS; r++) {
		const float *u = x + r * COLUMNS;
		float mean = 0.0f, variance = 0.0f;
		for (int j = 0; j < COLUMNS; j++)
			mean += u[j];
		mean /= (float)COLUMNS;
		for (int j = 0; j < COLUMNS; j++)
			variance += (u[j] - mean) * (u[j] - mean);
		float scale = 1.0f / sqrtf(variance / (float)COLUMNS + LAYER_NORM_EPSILON);
		for (int j = 0; j < COLUMNS; j++) {
			float h = (u[j] - mean) * scale;
			plain_second[r * COLUMNS + j] = h;
			plain_y[r * COLUMNS + j] = h * gamma_[j] + beta[j];
		}
	}
}

static void layer_norm_backward_fast(void)
{
	backend.table->layer_norm_backward(ROWS, COLUMNS, dy, xhat, rstd, gamma_, dx);
}

static void layer_norm_backward_plain(void)
{
	for (int r = 0; r < ROWS; r++) {
		const float *d = dy + r * COLUMNS, *hat = xhat + r * COLUMNS;
		float sum = 0.0f, product = 0.0f;
		for (int j = 0; j < COLUMNS; j++) {
			float g = d[j] * gamma_[j];
			sum += g;
			product += g * hat[j];
		}
		sum /= (float)COLUMNS;
		product /= (float)COLUMNS;
		for (int j = 0; j < COLUMNS; j++)
			plain_y[r * COLUMNS + j] =
			    rstd[r] * (d[j] * gamma_[j] - sum - hat[j] * product);
	}
}

static const struct op {
	const char *name;
	void (*fast)(void), (*plain)(void);
	const float *result, *second; /* of ours, next to plain_y and plain_second */
} ops[] = {
    {.name = "exp", .fast = exp_fast, .plain = exp_plain, .result = y},
    {.name = "GELU (erf)", .fast = gelu_fast, .plain = gelu_plain, .result = y},
    {.name = "GELU and its slope",
     .fast = gelu_slope_fast,
     .plain = gelu_slope_plain,
     .result = y,
     .second = slope},
    {.name = "LayerNorm forward",
     .fast = layer_norm_fast,
     .plain = layer_norm_plain,
     .result = y,
     .second = xhat},
    {.name = "LayerNorm backward",
     .fast = layer_norm_backward_fast,
     .plain = layer_norm_backward_plain,
     .result = dx},
};

static bool near(const float *ours, const float *plain)
{
	for (int i = 0; ours && i < COUNT; i++)
		if (!(fabsf(ours[i] - plain[i]) <= 1e-5f * (1.0f + fabsf(plain[i]))))
			return false;
	return true;
}

/* The fastest of some chunks: what a shared machine disturbs least. */
static double best_rate(void (*run)(void))
{
	double best = 0.0;
	long calls = 1;
	for (int chunk = 0; chunk <= CHUNKS; chunk++) {
		double start = clock_seconds(CLOCK_MONOTONIC);
		for (long i = 0; i < calls; i++)
			run();
		double spent = clock_seconds(CLOCK_MONOTONIC) - start;
		double rate = (double)COUNT * (double)calls / spent * 1e-9;
		/* The first chunk warms up, and tells how many calls the others need. */
		if (chunk == 0)
			calls = 1 + (long)(chunk_seconds / spent);
		else if (rate > best)
			best = rate;
	}
	return best;
}

static void make_data(void)
{
	for (uint32_t i = 0; i < COUNT; i++) {
		x[i] = 4.0f * index_value(i);
		dy[i] = index_value(i + COUNT);
	}
	for (uint32_t j = 0; j < COLUMNS; j++) {
		gamma_[j] = 1.0f + 0.1f * index_value(j);
		beta[j] = 0.1f * index_value(j + COLUMNS);
	}
}

int main(int argc, char **argv)
{
	struct error error;
	bool plain = argc == 2 && !strcmp(argv[1], "plain");
	if (argc != 2 || (!plain && strcmp(argv[1], "sheafbench") != 0)) {
		fputs("usage: op_speed sheafbench|plain\n", stderr);
		return 2;
	}
	if (backend_open(&backend, "auto", "none", &error)) {
		fputs("op_speed: ", stderr);
		error_print(stderr, &error);
		return 3;
	}
	make_data();
	for (size_t i = 0; i < sizeof ops / sizeof *ops; i++) {
		ops[i].fast();
		ops[i].plain();
		if (!near(ops[i].result, plain_y) || !near(ops[i].second, plain_second)) {
			fprintf(stderr, "op_speed: %s: wrong values\n", ops[i].name);
			return 1;
		}
		printf("{\"group\": \"op\", \"case\": \"%s\", \"unit\": \"1e9 elements/s\", "
		       "\"value\": %.4f, \"threads\": 1, \"version\": \"%s%s\"}\n",
		       ops[i].name, best_rate(plain ? ops[i].plain : ops[i].fast),
		       plain ? "C library" : "level ", plain ? "" : backend.level);
	}
	return peer_exit(0);
}
