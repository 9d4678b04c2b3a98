/* SPDX-License-Identifier: Apache-2.0 */
/* The known-answer check at start-up: a table's ops against the oracle, bytes against bytes. */
#include <stdint.h>
#include <string.h>

#include "kernels/backend.h"
#include "kernels/blis_gemm.h"

enum { SPAN = 4096, CASES = 5 };

struct check_data {
	float x[SPAN], y[SPAN], z[SPAN], out[SPAN], expected[SPAN], more[SPAN], more_expected[SPAN];
};

static const struct adamw_args adamw = {.beta1 = 0.9f,
					.beta2 = 0.999f,
					.epsilon = 1e-8f,
					.step = 1e-3f,
					.inverse_correction = 1.5f,
					.decay = 0.99f};

/* A fixed sequence with signs and magnitudes that make every order of summation visible. */
static void fill(float *x, uint32_t seed)
{
	for (int i = 0; i < SPAN; i++) {
		seed = seed * 1664525u + 1013904223u;
		x[i] = ((float)(seed >> 8) * 0x1p-23f - 1.0f) * (seed & 1 ? 1.0f : 0.03125f);
	}
}

static void scale(float *x, float factor)
{
	for (int i = 0; i < SPAN; i++)
		x[i] *= factor;
}

static bool same(const float *x, const float *y, size_t count)
{
	return memcmp(x, y, count * sizeof *x) == 0;
}

typedef void gemm_function(const void *self, const struct gemm_args *args);

static const char *check_gemm(gemm_function *gemm, const void *self, const int64_t (*shapes)[3],
			      int count, float *a, float *b, float *c, float *expected)
{
	for (int s = 0; s < count; s++)
		for (int form = 0; form < 4; form++) {
			int64_t m = shapes[s][0], n = shapes[s][1], k = shapes[s][2];
			struct gemm_args args =
			    gemm_transposed(gemm_rows(m, n, k, a, b, c), form & 1, form & 2);
			args.accumulate = (form ^ form >> 1 ^ s) & 1;
			/* From numbers, which show whether they were added to. */
			for (int64_t i = 0; i < m * n; i++)
				c[i] = expected[i] = (float)(i % 13) - 6.5f;
			gemm(self, &args);
			args.c = expected;
			kernel_table_oracle.gemm(&args);
			if (!same(c, expected, (size_t)(m * n)))
				return "gemm";
		}
	return NULL;
}

static void table_gemm(const void *self, const struct gemm_args *args)
{
	((const struct kernel_table *)self)->gemm(args);
}

static const char *check_rows(const struct kernel_table *t, struct check_data *d)
{
	const struct kernel_table *o = &kernel_table_oracle;
	const int64_t rows = 5, n = 77;
	const size_t size = (size_t)(rows * n);
	float rstd[5], rstd_expected[5];
	t->layer_norm(rows, n, d->x, d->y, d->y, d->z, d->more, rstd, d->out);
	o->layer_norm(rows, n, d->x, d->y, d->y, d->z, d->more_expected, rstd_expected,
		      d->expected);
	if (!same(d->out, d->expected, size) || !same(d->more, d->more_expected, size) ||
	    !same(rstd, rstd_expected, 5))
		return "layer_norm";
	t->layer_norm_backward(rows, n, d->z, d->more, rstd, d->y, d->out);
	o->layer_norm_backward(rows, n, d->z, d->more, rstd, d->y, d->expected);
	if (!same(d->out, d->expected, size))
		return "layer_norm_backward";
	t->softmax(rows, n, n, d->x, d->out, d->more);
	o->softmax(rows, n, n, d->x, d->expected, d->more_expected);
	if (!same(d->out, d->expected, size) || !same(d->more, d->more_expected, 5))
		return "softmax";
	d->out[0] = t->dot(n, d->x, d->y);
	d->expected[0] = o->dot(n, d->x, d->y);
	d->out[1] = t->squared_distance(n, d->x, d->y);
	d->expected[1] = o->squared_distance(n, d->x, d->y);
	if (!same(d->out, d->expected, 2))
		return "dot";
	t->column_sum(rows, n, n, d->x, d->out);
	o->column_sum(rows, n, n, d->x, d->expected);
	if (!same(d->out, d->expected, (size_t)n))
		return "column_sum";
	t->layer_norm_gradient(rows, n, n, d->x, d->y, d->out, d->more);
	o->layer_norm_gradient(rows, n, n, d->x, d->y, d->expected, d->more_expected);
	if (!same(d->out, d->expected, (size_t)n) || !same(d->more, d->more_expected, (size_t)n))
		return "layer_norm_gradient";
	return NULL;
}

/* Rows of B far apart, as those of wide layers lie. */
static const char *check_far_rows(const struct kernel_table *t, const struct check_data *d)
{
	enum { M = 48, N = 257, K = 7, STRIDE = 520 };
	_Static_assert((K - 1) * STRIDE + N <= SPAN, "B fits");
	static _Thread_local float c[M * N], expected[M * N];
	struct gemm_args args = gemm_rows(M, N, K, d->x, d->y, c);
	args.rsb = STRIDE;
	t->gemm(&args);
	args.c = expected;
	kernel_table_oracle.gemm(&args);
	return same(c, expected, (size_t)M * N) ? NULL : "gemm";
}

/* Three experts, one of them without samples. */
static void run_group(const struct kernel_table *t, const struct check_data *d, float *out)
{
	enum { N = 17, K = 20 };
	struct gemm_args group[] = {gemm_rows(3, N, K, d->x, d->y, out),
				    gemm_rows(0, N, K, d->x, d->z, out),
				    gemm_rows(9, N, K, d->x + 3 * K, d->z, out + 3 * N)};
	group[2] = gemm_transposed(group[2], false, true);
	group[2].accumulate = true;
	t->gemm_group(3, group);
}

enum { FUSED_ROWS = 5, FUSED_N = 77, SLOT = 400 }; /* floats of an output */

static void run_norm_gelu(const struct kernel_table *t, const struct check_data *d, float *out)
{
	float *xhat = out + SLOT, *slope = out + 2 * SLOT, *dx = out + 3 * SLOT;
	float *rstd = out + 4 * SLOT, *sums = rstd + FUSED_ROWS;
	t->norm_gelu(&(struct norm_gelu_args){.rows = FUSED_ROWS,
					      .n = FUSED_N,
					      .x = d->x,
					      .bias = d->y,
					      .gamma = d->y,
					      .beta = d->z,
					      .xhat = xhat,
					      .slope = slope,
					      .rstd = rstd,
					      .y = out});
	t->norm_gelu_backward(&(struct norm_gelu_backward_args){.rows = FUSED_ROWS,
								.n = FUSED_N,
								.dy = d->z,
								.slope = slope,
								.xhat = xhat,
								.rstd = rstd,
								.gamma = d->y,
								.dx = dx,
								.dgamma = sums,
								.dbeta = sums + FUSED_N,
								.dbias = sums + 2 * FUSED_N});
}

static void run_bias_gelu(const struct kernel_table *t, const struct check_data *d, float *out)
{
	float *slope = out + SLOT, *dx = out + 2 * SLOT;
	t->bias_gelu(FUSED_ROWS, FUSED_N, d->x, d->y, slope, out);
	t->bias_gelu_backward(FUSED_ROWS, FUSED_N, d->z, slope, dx, out + 3 * SLOT);
}

static void run_simple(const struct kernel_table *t, const struct check_data *d, float *out)
{
	const int64_t size = FUSED_ROWS * FUSED_N;
	memcpy(out, d->x, (size_t)size * sizeof *out);
	t->add_bias(FUSED_ROWS, FUSED_N, d->y, out);
	t->axpy(size, d->x[1], d->z, out);
	t->multiply(size, d->x, d->y, out + SLOT);
	t->add(size, d->x, d->y, out + 2 * SLOT);
}

static const char *check_fused(const struct kernel_table *t, struct check_data *d)
{
	static const struct {
		const char *name;
		void (*run)(const struct kernel_table *, const struct check_data *, float *out);
	} runs[] = {{"gemm_group", run_group},
		    {"norm_gelu", run_norm_gelu},
		    {"bias_gelu", run_bias_gelu},
		    {"add_bias, axpy, multiply or add", run_simple}};
	for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
		fill(d->out, 4);
		fill(d->expected, 4);
		runs[i].run(t, d, d->out);
		runs[i].run(&kernel_table_oracle, d, d->expected);
		if (!same(d->out, d->expected, SPAN))
			return runs[i].name;
	}
	const size_t odd = sizeof d->x - 3;
	return t->hash(d->x, odd) == kernel_table_oracle.hash(d->x, odd) ? NULL : "hash";
}

/* Codes, sums that binary64 holds and sums that only int64 does. */
static const char *check_padic(const struct kernel_table *t, struct check_data *d)
{
	enum { ROWS = 3, INPUTS = 77, EXPERTS = 5 };
	static const struct padic_settings settings[] = {{5, 6, 4, 0.04}, {3, 16, 14, 0.0}};
	static _Thread_local int32_t codes[SPAN], expected[SPAN];
	for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
		struct padic padic;
		if (padic_init(&padic, &settings[i], INPUTS))
			return "padic_init";
		t->padic_encode(&padic, SPAN, d->x, codes);
		padic_encode_array(&padic, SPAN, d->x, expected);
		if (memcmp(codes, expected, sizeof codes) != 0)
			return "padic_encode";
		t->padic_decode(&padic, SPAN, codes, d->out);
		padic_decode_array(&padic, SPAN, codes, d->expected);
		if (!same(d->out, d->expected, SPAN))
			return "padic_decode";
		const int32_t *w = codes + ROWS * INPUTS, *b = w + INPUTS * EXPERTS;
		t->padic_logits(&padic, ROWS, INPUTS, EXPERTS, codes, w, b, d->out);
		padic_logits(&padic, ROWS, INPUTS, EXPERTS, codes, w, b, d->expected);
		if (!same(d->out, d->expected, (size_t)(ROWS * EXPERTS)))
			return "padic_logits";
	}
	return NULL;
}

/* Moments of both signs around the smallest normal number, most without a gradient (rule 6). */
static void run_small_moments(const struct kernel_table *t, const float *x, float *m, float *v,
			      float *p, int count)
{
	float g[64];
	for (int at = 0; at < count; at += 64) {
		int n = count - at < 64 ? count - at : 64;
		for (int i = 0; i < n; i++) {
			g[i] = i % 8 ? 0.0f : x[at + i] * 0x1p-64f;
			m[at + i] = x[at + i] * 0x1p-125f;
			v[at + i] = x[at + i] * x[at + i] * 0x1p-125f;
			p[at + i] = x[at + i] * 0x1p-100f;
		}
		t->adamw(n, &adamw, g, m + at, v + at, p + at);
	}
}

static const char *check_small_moments(const struct kernel_table *t, struct check_data *d)
{
	run_small_moments(t, d->x, d->z, d->more, d->out, SPAN);
	run_small_moments(&kernel_table_oracle, d->x, d->y, d->more_expected, d->expected, SPAN);
	return same(d->z, d->y, SPAN) && same(d->more, d->more_expected, SPAN) &&
		       same(d->out, d->expected, SPAN)
		   ? NULL
		   : "adamw";
}

static const char *check_elementwise(const struct kernel_table *t, struct check_data *d)
{
	const struct kernel_table *o = &kernel_table_oracle;
	for (int i = 0; i < SPAN; i++) {
		int centred = i - SPAN / 2;
		d->z[i] = (float)centred * 0.0517f;
	}
	const struct {
		const char *name;
		void (*fast)(int64_t, const float *, float *);
		void (*oracle)(int64_t, const float *, float *);
	} maps[] = {{"exp", t->exp, o->exp},
		    {"log", t->log, o->log},
		    {"erf", t->erf, o->erf},
		    {"sigmoid", t->sigmoid, o->sigmoid},
		    {"softplus", t->softplus, o->softplus}};
	for (size_t i = 0; i < sizeof maps / sizeof *maps; i++) {
		maps[i].fast(SPAN, d->z, d->out);
		maps[i].oracle(SPAN, d->z, d->expected);
		if (!same(d->out, d->expected, SPAN))
			return maps[i].name;
	}
	t->gelu(SPAN, d->z, d->out, d->more);
	o->gelu(SPAN, d->z, d->expected, d->more_expected);
	if (!same(d->out, d->expected, SPAN) || !same(d->more, d->more_expected, SPAN))
		return "gelu";
	float *state[2] = {d->out, d->expected};
	for (int which = 0; which < 2; which++) {
		float *v = which ? d->more_expected : d->more;
		memcpy(state[which], d->z, sizeof d->z);
		for (int i = 0; i < SPAN; i++)
			v[i] = d->x[i] * d->x[i];
		float *m = d->y;
		fill(m, 7);
		(which ? o : t)->adamw(SPAN, &adamw, d->x, m, v, state[which]);
	}
	if (!same(d->out, d->expected, SPAN) || !same(d->more, d->more_expected, SPAN))
		return "adamw";
	return check_small_moments(t, d);
}

const char *backend_check_table(const struct kernel_table *table)
{
	static const int64_t shapes[][3] = {
	    {1, 1, 1}, {7, 5, 300}, {13, 33, 20}, {25, 20, 40}, {30, 17, 130}};
	/* Then with subnormal numbers, which vector units can flush to zero, and signs of zero. */
	static const float scales[][2] = {{1.0f, 1.0f}, {1.0f, 0x1p-140f}, {0x1p-140f, 0x1p-140f}};
	static _Thread_local struct check_data data;
	const char *op = NULL;
	for (size_t i = 0; !op && i < sizeof scales / sizeof *scales; i++) {
		fill(data.x, 1);
		fill(data.y, 2);
		fill(data.z, 3);
		scale(data.x, scales[i][0]);
		scale(data.y, scales[i][1]);
		scale(data.z, scales[i][1]);
		op = check_gemm(table_gemm, table, shapes, CASES, data.x, data.y, data.out,
				data.expected);
		op = op ? op : check_far_rows(table, &data);
		op = op ? op : check_rows(table, &data);
		op = op ? op : check_fused(table, &data);
	}
	fill(data.x, 1);
	op = op ? op : check_padic(table, &data);
	return op ? op : check_elementwise(table, &data);
}

/* FNV-1a over the bits of the values, lowest byte first: the same on every byte order. */
static uint64_t digest_of(uint64_t digest, const float *x, int64_t count)
{
	for (int64_t i = 0; i < count; i++) {
		uint32_t bits;
		memcpy(&bits, x + i, sizeof bits);
		for (int byte = 0; byte < 4; byte++)
			digest = (digest ^ (bits >> 8 * byte & 0xff)) * 0x100000001b3u;
	}
	return digest;
}

enum { DIGEST_ROWS = 7, DIGEST_N = 77, DIGEST_K = 300 };

static uint64_t digest_gemm(struct check_data *d)
{
	struct gemm_args args = gemm_rows(DIGEST_ROWS, 5, DIGEST_K, d->x, d->y, d->out);
	kernel_table_oracle.gemm(&args);
	return digest_of(0xcbf29ce484222325u, d->out, DIGEST_ROWS * 5);
}

static uint64_t digest_rows(struct check_data *d)
{
	const struct kernel_table *o = &kernel_table_oracle;
	const int64_t size = DIGEST_ROWS * DIGEST_N;
	float rstd[DIGEST_ROWS];
	o->layer_norm(DIGEST_ROWS, DIGEST_N, d->x, d->y, d->y, d->z, d->more, rstd, d->out);
	uint64_t digest = digest_of(0xcbf29ce484222325u, d->out, size);
	digest = digest_of(digest, d->more, size);
	digest = digest_of(digest, rstd, DIGEST_ROWS);
	o->layer_norm_backward(DIGEST_ROWS, DIGEST_N, d->z, d->more, rstd, d->y, d->out);
	digest = digest_of(digest, d->out, size);
	o->softmax(DIGEST_ROWS, DIGEST_N, DIGEST_N, d->x, d->out, d->more);
	digest = digest_of(digest, d->out, size);
	return digest_of(digest, d->more, DIGEST_ROWS);
}

/* Small numbers too: their products are subnormal, which a flush to zero would lose. */
static uint64_t digest_elementwise(struct check_data *d)
{
	const struct kernel_table *o = &kernel_table_oracle;
	uint64_t digest = 0xcbf29ce484222325u;
	void (*const maps[])(int64_t, const float *, float *) = {o->exp, o->log, o->erf, o->sigmoid,
								 o->softplus};
	const int middle = DIGEST_K / 2;
	for (int i = 0; i < DIGEST_K; i++)
		d->z[i] = (float)(i - middle) * 0.71f;
	for (size_t i = 0; i < sizeof maps / sizeof *maps; i++) {
		maps[i](DIGEST_K, d->z, d->out);
		digest = digest_of(digest, d->out, DIGEST_K);
	}
	o->gelu(DIGEST_K, d->x, d->out, d->more);
	digest = digest_of(digest_of(digest, d->out, DIGEST_K), d->more, DIGEST_K);
	for (int i = 0; i < DIGEST_K; i++)
		d->z[i] = d->x[i] * 0x1p-70f;
	o->multiply(DIGEST_K, d->z, d->z, d->out);
	digest = digest_of(digest, d->out, DIGEST_K);
	memcpy(d->out, d->y, sizeof d->out);
	for (int i = 0; i < DIGEST_K; i++)
		d->more[i] = d->x[i] * d->x[i];
	o->adamw(DIGEST_K, &adamw, d->x, d->z, d->more, d->out);
	digest = digest_of(digest_of(digest, d->out, DIGEST_K), d->more, DIGEST_K);
	run_small_moments(o, d->x, d->z, d->more, d->out, DIGEST_K);
	digest = digest_of(digest_of(digest, d->z, DIGEST_K), d->more, DIGEST_K);
	return digest_of(digest, d->out, DIGEST_K);
}

const char *backend_check_oracle(void)
{
	/* Of contract version 2. */
	static const struct {
		const char *name;
		uint64_t (*digest)(struct check_data *);
		float scale; /* of y and z */
		uint64_t expected;
	} groups[] = {{"gemm", digest_gemm, 1.0f, 0x72688e06254fe86cu},
		      {"row sums", digest_rows, 1.0f, 0xa2c3386d7951998au},
		      {"elementwise ops", digest_elementwise, 1.0f, 0x6da6a61a83745714u},
		      {"gemm of small numbers", digest_gemm, 0x1p-140f, 0x9878f810a13e173du},
		      {"row sums of small numbers", digest_rows, 0x1p-140f, 0x75d30a902a80fb77u}};
	static _Thread_local struct check_data data;
	for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
		fill(data.x, 1);
		fill(data.y, 2);
		fill(data.z, 3);
		scale(data.y, groups[i].scale);
		scale(data.z, groups[i].scale);
		if (groups[i].digest(&data) != groups[i].expected)
			return groups[i].name;
	}
	return NULL;
}

static void blis_only(const void *self, const struct gemm_args *args)
{
	blis_gemm_run(self, args);
}

const char *backend_check_blis(const struct blis_gemm *blis)
{
	/* Every transpose, two blocks of k, edges in m and n, more than one register tile. */
	enum { M = 67, N = 71, K = 259 };
	static const int64_t shapes[][3] = {{M, N, K}};
	static _Thread_local float a[M * K], b[K * N], c[M * N], expected[M * N];
	uint32_t seed = 5;
	for (int i = 0; i < M * K; i++)
		a[i] = (float)((seed = seed * 1664525u + 1013904223u) >> 8) * 0x1p-23f - 1.0f;
	for (int i = 0; i < K * N; i++)
		b[i] = (float)((seed = seed * 1664525u + 1013904223u) >> 8) * 0x1p-23f - 1.0f;
	const char *op = check_gemm(blis_only, blis, shapes, 1, a, b, c, expected);
	/* Negative products that round to zero: a kernel that adds its sums to +0 loses the sign.
	 */
	static const int64_t tiny[][3] = {{13, 9, 1}};
	for (int i = 0; i < 13; i++)
		a[i] = i % 2 ? 0x1p-100f : -0x1p-100f;
	for (int i = 0; i < 9; i++)
		b[i] = 0x1p-80f;
	return op ? op : check_gemm(blis_only, blis, tiny, 1, a, b, c, expected);
}
