/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/kernels/kernel_case.h"

#include <float.h>
#include <math.h>
#include <stdlib.h> /* getenv, atoi */
#include <string.h>

#include "kernels/elementary.h"

enum { MARGIN = 128 };

struct side case_pool, case_sides[2];
int64_t case_total;

int case_count(void)
{
	const char *text = getenv("SHEAFBENCH_CASES");
	int cases = text ? atoi(text) : 0;
	return cases > 0 ? cases : 400;
}

static int below(struct random_stream *stream, int bound)
{
	return (int)random_below(stream, (uint64_t)bound);
}

static float draw(struct random_stream *stream, enum case_content content)
{
	static const float edges[] = {0.0f,      -0.0f,    0x1p-149f, -0x1p-149f, 0x1.8p-130f,
				      0x1p-126f, -0x1p64f, FLT_MAX,   -FLT_MAX,   1.0f,
				      -1.0f,     88.8f,    INFINITY,  -INFINITY,  NAN};
	int count = (int)(sizeof edges / sizeof *edges) - (content == CASE_NAN ? 0 : 3);
	float sign = below(stream, 2) ? 1.0f : -1.0f;
	if (content != CASE_PLAIN && below(stream, content == CASE_NAN ? 64 : 4) == 0)
		return edges[below(stream, count)];
	return sign * ldexpf(random_unit_float(stream), below(stream, 12) - 7);
}

void case_fill(struct random_stream *stream, enum case_content content)
{
	for (int b = 0; b < CASE_BUFFERS; b++)
		for (int i = 0; i < CASE_SPAN; i++)
			case_pool.buffer[b][i] = draw(stream, content);
}

struct gemm_args case_gemm(struct side *s, const struct shape *h)
{
	int64_t step = h->form & 8 ? 2 : 1;
	bool ta = h->form & 1, tb = h->form & 2;
	struct gemm_args g = {.m = h->m, .n = h->n, .k = h->k, .accumulate = h->form & 4};
	g.a = at(s, h, 0);
	g.rsa = ta ? step : h->k * step + h->pad;
	g.csa = ta ? h->m * step + h->pad : step;
	g.b = at(s, h, 1);
	g.rsb = tb ? step : h->n * step + h->pad;
	g.csb = tb ? h->k * step + h->pad : step;
	g.c = at(s, h, 2);
	g.ldc = h->n + h->pad;
	return g;
}

/* Sizes about the edges of register tiles and k-blocks; of eight one with rows of B far apart, one
 * with all rows far apart and many panels, one with more rows than are copied at a time. */
static void draw_tiles(struct random_stream *stream, struct shape *shape)
{
	static const int depths[] = {0, 1, 7, 8, 13, 64, 255, 256, 257};
	switch (below(stream, 8)) {
	case 0:
		shape->m = 40 + below(stream, 20);
		shape->n = 500 + below(stream, 40);
		shape->k = below(stream, 9);
		break;
	case 1:
		shape->m = 20 + below(stream, 26);
		shape->n = 30 + below(stream, 260);
		shape->k = 14 + below(stream, 8);
		shape->pad = 480 + below(stream, 10);
		shape->form &= ~2; /* no transposed B: it would not fit */
		break;
	case 2:
		shape->m = 190 + below(stream, 340);
		shape->n = 30 + below(stream, 40);
		shape->k = 14 + below(stream, 8);
		shape->pad = 0;
		break;
	default:
		shape->m = 1 + below(stream, 40);
		shape->n = 1 + below(stream, 40);
		shape->k = depths[below(stream, (int)(sizeof depths / sizeof *depths))];
	}
}

struct shape case_draw(struct random_stream *stream, int largest_k)
{
	struct shape shape = {.pad = below(stream, 2) * below(stream, 9),
			      .form = below(stream, 16)};
	int largest = largest_k > 100 ? 33 : below(stream, 8) ? 40 : 150;
	shape.m = below(stream, 6) == 0 ? below(stream, 2) : below(stream, largest);
	shape.n = below(stream, 6) == 0 ? below(stream, 2) : below(stream, largest);
	if (largest_k == CASE_TILES)
		draw_tiles(stream, &shape);
	else if (largest_k)
		shape.k = below(stream, 8) == 0 ? below(stream, 3) : below(stream, largest_k);
	for (int b = 0; b < CASE_BUFFERS; b++)
		shape.offset[b] = below(stream, 16);
	return shape;
}

/* Floats of a buffer that an op of this shape can reach, and a margin in which a stray write shows.
 */
static int reach(const struct shape *h)
{
	int64_t step = h->form & 8 ? 2 : 1;
	int64_t m = h->m * step + h->pad, n = h->n * step + h->pad, k = h->k * step + h->pad;
	int64_t most = h->m * n;
	most = h->m * k > most ? h->m * k : most;
	most = h->k * m > most ? h->k * m : most;
	most = h->k * n > most ? h->k * n : most;
	most = h->n * k > most ? h->n * k : most;
	most = most + h->n + MARGIN > 1024 ? most + h->n + MARGIN : 1024; /* vectors side by side */
	return most < CASE_SPAN ? (int)most : CASE_SPAN;
}

void case_begin(const struct shape *h)
{
	size_t size = (size_t)reach(h) * sizeof(float);
	for (int b = 0; b < CASE_BUFFERS; b++) {
		memcpy(case_sides[0].buffer[b], case_pool.buffer[b], size);
		memcpy(case_sides[1].buffer[b], case_pool.buffer[b], size);
	}
	case_total++;
}

static bool same(float x, float y, bool exact_nan)
{
	return elementary_bits(x) == elementary_bits(y) || (!exact_nan && isnan(x) && isnan(y));
}

int case_difference(const struct shape *h, bool exact_nan)
{
	int span = reach(h);
	for (int b = 0; b < CASE_BUFFERS; b++) {
		const float *x = case_sides[0].buffer[b], *y = case_sides[1].buffer[b];
		if (!memcmp(x, y, (size_t)span * sizeof *x))
			continue;
		for (int i = 0; i < span; i++)
			if (!same(x[i], y[i], exact_nan))
				return b * CASE_SPAN + i;
	}
	return -1;
}
