/* SPDX-License-Identifier: Apache-2.0 */
/* GF/s of one library's binary32 matrix product on the shapes that training meets, as JSON lines.
 * Built once per library, since BLAS libraries share symbols: -DPEER_BLIS, -DPEER_OPENBLAS,
 * -DPEER_ONEDNN, or none of them for backend_gemm.
 *
 *   gemm_speed [SUBCONFIGURATION [packed]]
 *       BLIS only: its kernels by name (without: its own choice); packed: as for large products,
 *       without the small-matrix kernels, which do not copy their operands
 *
 * Exit 1: a product is wrong; 2: bad usage; 3: the library lacks what was asked for. */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/peers/index_data.h"
#include "foundation/clock.h"

/* Row-major C (m x n) = A B; A is m x k, stored k x m if a_transposed, B likewise. */
struct product {
	int m, n, k;
	bool a_transposed, b_transposed;
	const float *a, *b;
	float *c;
};

static char version[256];

#if defined(PEER_BLIS)
#include <blis.h>

static const char *const peer = "BLIS";
static bool packed;

static const struct {
	const char *name;
	arch_t id;
} subconfigurations[] = {
    {"skx", BLIS_ARCH_SKX},   {"haswell", BLIS_ARCH_HASWELL}, {"zen", BLIS_ARCH_ZEN},
    {"zen2", BLIS_ARCH_ZEN2}, {"zen3", BLIS_ARCH_ZEN3},       {"cortexa57", BLIS_ARCH_CORTEXA57},
};

static int library_open(const char *name)
{
	int wanted = -1;
	for (size_t i = 0; name && i < sizeof subconfigurations / sizeof *subconfigurations; i++)
		if (!strcmp(subconfigurations[i].name, name))
			wanted = (int)subconfigurations[i].id;
	if (name) {
		char number[16];
		snprintf(number, sizeof number, "%d", wanted);
		if (wanted < 0 || setenv("BLIS_ARCH_TYPE", number, 1))
			return 2;
	}
	bli_init();
	if (name && (int)bli_arch_query_id() != wanted)
		return 3;
	snprintf(version, sizeof version, "BLIS %s, kernels %s%s", bli_info_get_version_str(),
		 bli_arch_string(bli_arch_query_id()), packed ? ", small-matrix kernels off" : "");
	return 0;
}

static void multiply(const struct product *p)
{
	float one = 1.0f, zero = 0.0f;
	union {
		const float *in;
		float *out;
	} a = {.in = p->a}, b = {.in = p->b};
	rntm_t runtime;
	bli_rntm_init_from_global(&runtime);
	/* Off in the copy, on in bli_sgemm. */
	if (packed)
		bli_rntm_disable_l3_sup(&runtime);
	else
		bli_rntm_enable_l3_sup(&runtime);
	bli_sgemm_ex(BLIS_NO_TRANSPOSE, BLIS_NO_TRANSPOSE, p->m, p->n, p->k, &one, a.out,
		     p->a_transposed ? 1 : p->k, p->a_transposed ? p->m : 1, b.out,
		     p->b_transposed ? 1 : p->n, p->b_transposed ? p->k : 1, &zero, p->c, p->n, 1,
		     NULL, &runtime);
}
#elif defined(PEER_OPENBLAS)
#include <cblas.h>

static const char *const peer = "OpenBLAS";

static int library_open(const char *name)
{
	openblas_set_num_threads(1);
	snprintf(version, sizeof version, "%s, kernels %s", openblas_get_config(),
		 openblas_get_corename());
	return name ? 2 : 0;
}

static void multiply(const struct product *p)
{
	cblas_sgemm(CblasRowMajor, p->a_transposed ? CblasTrans : CblasNoTrans,
		    p->b_transposed ? CblasTrans : CblasNoTrans, p->m, p->n, p->k, 1.0f, p->a,
		    p->a_transposed ? p->m : p->k, p->b, p->b_transposed ? p->k : p->n, 0.0f, p->c,
		    p->n);
}
#elif defined(PEER_ONEDNN)
#include <dnnl.h>

static const char *const peer = "oneDNN";

static int library_open(const char *name)
{
	const dnnl_version_t *v = dnnl_version();
	snprintf(version, sizeof version, "oneDNN %d.%d.%d, ISA code 0x%x", v->major, v->minor,
		 v->patch, (unsigned)dnnl_get_effective_cpu_isa());
	return name ? 2 : 0;
}

static void multiply(const struct product *p)
{
	dnnl_sgemm(p->a_transposed ? 'T' : 'N', p->b_transposed ? 'T' : 'N', p->m, p->n, p->k, 1.0f,
		   p->a, p->a_transposed ? p->m : p->k, p->b, p->b_transposed ? p->k : p->n, 0.0f,
		   p->c, p->n);
}
#else
#include "kernels/backend.h"

static const char *const peer = "sheafbench";
static struct backend backend;

static int library_open(const char *name)
{
	if (backend_open(&backend, "auto", "auto", NULL))
		return 3;
	snprintf(version, sizeof version, "level %s, BLIS %s", backend.level, backend.blis_name);
	return name ? 2 : 0;
}

static void multiply(const struct product *p)
{
	const struct gemm_args g = gemm_transposed(gemm_rows(p->m, p->n, p->k, p->a, p->b, p->c),
						   p->a_transposed, p->b_transposed);
	backend_gemm(&backend, &g);
}
#endif

/* y = x W of a Linear: rows x out x in. */
static const struct {
	int rows, out, in;
} shapes[] = {{512, 512, 512}, {8, 64, 64},  {16, 128, 128},  {96, 20, 128},
	      {13, 20, 300},   {128, 4, 96}, {128, 256, 784}, {256, 1024, 1024}};

/* Its three products: y = x W, dx = dy W^T, dW = x^T dy. */
enum pass { FORWARD, INPUT_GRADIENT, WEIGHT_GRADIENT, PASSES };
static const char *const pass_names[] = {"y = x W", "dx = dy W^T", "dW = x^T dy"};

enum { CHUNKS = 25, CHECKED = 64 };
static const double chunk_seconds = 0.002;

static struct product product_of(size_t shape, enum pass pass)
{
	int rows = shapes[shape].rows, out = shapes[shape].out, in = shapes[shape].in;
	struct product p = {.m = rows, .n = out, .k = in};
	if (pass == INPUT_GRADIENT)
		p = (struct product){.m = rows, .n = in, .k = out, .b_transposed = true};
	if (pass == WEIGHT_GRADIENT)
		p = (struct product){.m = in, .n = out, .k = rows, .a_transposed = true};
	return p;
}

/* Some elements against binary64. */
static bool is_right(const struct product *p)
{
	for (uint32_t s = 0; s < CHECKED; s++) {
		int i = (int)(index_hash(s) % (uint32_t)p->m);
		int j = (int)(index_hash(s + CHECKED) % (uint32_t)p->n);
		double sum = 0.0;
		for (int q = 0; q < p->k; q++)
			sum += (double)p->a[p->a_transposed ? q * p->m + i : i * p->k + q] *
			       (double)p->b[p->b_transposed ? j * p->k + q : q * p->n + j];
		if (!(fabs(sum - (double)p->c[i * p->n + j]) < 1e-5 * (double)(p->k + 16)))
			return false;
	}
	return true;
}

/* The fastest of some chunks: what a shared machine disturbs least. */
static double best_rate(const struct product *p)
{
	double best = 0.0, flops = 2.0 * p->m * p->n * p->k;
	double start = clock_seconds(CLOCK_MONOTONIC);
	multiply(p);
	multiply(p);
	double once = 0.5 * (clock_seconds(CLOCK_MONOTONIC) - start);
	long calls = 1 + (long)(chunk_seconds / (once + 1e-9));
	for (int chunk = 0; chunk <= CHUNKS; chunk++) {
		start = clock_seconds(CLOCK_MONOTONIC);
		for (long i = 0; i < calls; i++)
			multiply(p);
		double spent = clock_seconds(CLOCK_MONOTONIC) - start;
		double rate = flops * (double)calls / spent * 1e-9;
		/* The first chunk warms up, and tells how many calls the others need. */
		if (chunk == 0)
			calls = 1 + (long)((double)calls * chunk_seconds / spent);
		else if (rate > best)
			best = rate;
	}
	return best;
}

static int measure(size_t shape, enum pass pass)
{
	struct product p = product_of(shape, pass);
	size_t size[3] = {(size_t)p.m * (size_t)p.k, (size_t)p.k * (size_t)p.n,
			  (size_t)p.m * (size_t)p.n};
	float *matrix[3] = {NULL, NULL, NULL};
	int status = 0;
	for (int i = 0; i < 3; i++) {
		matrix[i] = aligned_alloc(64, (size[i] * sizeof(float) + 63) / 64 * 64);
		for (size_t j = 0; matrix[i] && j < size[i]; j++)
			matrix[i][j] = index_value((uint32_t)(j + 7919 * (size_t)i));
		status = matrix[i] ? status : 3;
	}
	if (!status) {
		p.a = matrix[0];
		p.b = matrix[1];
		p.c = matrix[2];
		double rate = best_rate(&p);
		status = is_right(&p) ? 0 : 1;
		if (status)
			fprintf(stderr, "%s: wrong product\n", peer);
		else
			printf("{\"group\": \"gemm\", \"case\": \"%dx%dx%d %s\", \"peer\": "
			       "\"%s\", \"unit\": \"GF/s\", \"value\": %.4f, \"threads\": 1, "
			       "\"version\": \"%s\"}\n",
			       shapes[shape].rows, shapes[shape].out, shapes[shape].in,
			       pass_names[pass], peer, rate, version);
	}
	for (int i = 0; i < 3; i++)
		free(matrix[i]);
	return status;
}

int main(int argc, char **argv)
{
	int status = 0;
#if defined(PEER_BLIS)
	packed = argc == 3 && !strcmp(argv[2], "packed");
	status = argc > 3 || (argc == 3 && !packed) ? 2 : 0;
#else
	status = argc > 2 ? 2 : 0;
#endif
	status = status ? status : library_open(argc > 1 ? argv[1] : NULL);
	if (status)
		fprintf(stderr, "%s: cannot do that here\n", peer);
	for (size_t s = 0; !status && s < sizeof shapes / sizeof *shapes; s++)
		for (int pass = FORWARD; !status && pass < PASSES; pass++)
			status = measure(s, (enum pass)pass);
	return peer_exit(status);
}
