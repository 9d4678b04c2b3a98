/* SPDX-License-Identifier: Apache-2.0 */
/* GF/s of one library's binary32 matrix product on the shapes that training meets, as JSON lines.
 * Built once per library, since BLAS libraries share symbols: -DPEER_BLIS, -DPEER_OPENBLAS,
 * -DPEER_ONEDNN, -DPEER_MKL, -DPEER_LIBXSMM, or none of them for backend_gemm.
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

/* What a library does once for a product that is computed many times. */
static int prepare(const struct product *p);

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
#elif defined(PEER_OPENBLAS) || defined(PEER_MKL)
#ifdef PEER_MKL
#include <mkl_cblas.h>
#include <mkl_service.h>

static const char *const peer = "MKL";

static int library_open(const char *name)
{
	mkl_get_version_string(version, sizeof version - 1);
	/* It fills the line with blanks. */
	for (size_t n = strlen(version); n > 0 && version[n - 1] == ' '; n--)
		version[n - 1] = '\0';
	return name ? 2 : 0;
}
#else
#include <cblas.h>

static const char *const peer = "OpenBLAS";

static int library_open(const char *name)
{
	openblas_set_num_threads(1);
	snprintf(version, sizeof version, "%s, kernels %s", openblas_get_config(),
		 openblas_get_corename());
	return name ? 2 : 0;
}
#endif

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
#elif defined(PEER_LIBXSMM)
#include <libxsmm.h>

static const char *const peer = "LIBXSMM";

/* The kernel made for the product, and room for operands it does not take as they are stored. */
static struct {
	libxsmm_smmfunction kernel;
	bool copy_a, copy_b;
	float *a, *b;
} plan;

static int library_open(const char *name)
{
	libxsmm_init();
	snprintf(version, sizeof version, "LIBXSMM %s, kernels %s", LIBXSMM_CONFIG_VERSION,
		 libxsmm_get_target_arch());
	return name ? 2 : 0;
}

/* A kernel of the whole product, without blocks. Counted by columns: C' (n x m) = B' A'. */
static libxsmm_smmfunction kernel_of(const struct product *p, bool copy_a, bool copy_b)
{
	bool a_across = p->a_transposed && !copy_a, b_across = p->b_transposed && !copy_b;
	const int ldb = b_across ? p->k : p->n, lda = a_across ? p->m : p->k;
	const float one = 1.0f, zero = 0.0f;
	const int flags =
	    (b_across ? LIBXSMM_GEMM_FLAG_TRANS_A : 0) | (a_across ? LIBXSMM_GEMM_FLAG_TRANS_B : 0);
	return libxsmm_smmdispatch(p->n, p->m, p->k, &ldb, &lda, &p->n, &one, &zero, &flags, NULL);
}

static int prepare(const struct product *p)
{
	free(plan.a);
	free(plan.b);
	plan.a = malloc((size_t)p->m * (size_t)p->k * sizeof(float));
	plan.b = malloc((size_t)p->n * (size_t)p->k * sizeof(float));
	plan.copy_a = plan.copy_b = false;
	plan.kernel = kernel_of(p, false, false);
	if (!plan.kernel && (p->a_transposed || p->b_transposed)) {
		plan.copy_a = p->a_transposed;
		plan.copy_b = p->b_transposed;
		plan.kernel = kernel_of(p, true, true);
	}
	return plan.a && plan.b && plan.kernel ? 0 : -1;
}

static void multiply(const struct product *p)
{
	const float *a = p->a, *b = p->b;
	if (plan.copy_a) {
		libxsmm_otrans(plan.a, a, sizeof *a, p->m, p->k, p->m, p->k);
		a = plan.a;
	}
	if (plan.copy_b) {
		libxsmm_otrans(plan.b, b, sizeof *b, p->k, p->n, p->k, p->n);
		b = plan.b;
	}
	plan.kernel(b, a, p->c);
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

#ifndef PEER_LIBXSMM
static int prepare(const struct product *p)
{
	(void)p;
	return 0;
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

struct rate {
	double wall, cpu; /* GF/s by the clock on the wall, and of the processor */
};

/* The fastest of some chunks: what a shared machine disturbs least. */
static struct rate best_rate(const struct product *p)
{
	struct rate best = {0};
	double flops = 2.0 * p->m * p->n * p->k;
	double start = clock_seconds(CLOCK_MONOTONIC);
	multiply(p);
	multiply(p);
	double once = 0.5 * (clock_seconds(CLOCK_MONOTONIC) - start);
	long calls = 1 + (long)(chunk_seconds / (once + 1e-9));
	for (int chunk = 0; chunk <= CHUNKS; chunk++) {
		double cpu = clock_seconds(CLOCK_PROCESS_CPUTIME_ID);
		start = clock_seconds(CLOCK_MONOTONIC);
		for (long i = 0; i < calls; i++)
			multiply(p);
		double spent = clock_seconds(CLOCK_MONOTONIC) - start;
		cpu = clock_seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
		double work = flops * (double)calls * 1e-9;
		/* The first chunk warms up, and tells how many calls the others need. */
		if (chunk == 0) {
			calls = 1 + (long)((double)calls * chunk_seconds / spent);
			continue;
		}
		best.wall = fmax(best.wall, work / spent);
		best.cpu = fmax(best.cpu, work / cpu);
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
	p.a = matrix[0];
	p.b = matrix[1];
	p.c = matrix[2];
	/* A product the library has no kernel for is left out. */
	if (!status && prepare(&p) == 0) {
		struct rate rate = best_rate(&p);
		status = is_right(&p) ? 0 : 1;
		if (status)
			fprintf(stderr, "%s: wrong product\n", peer);
		else
			printf("{\"group\": \"gemm\", \"case\": \"%dx%dx%d %s\", \"peer\": "
			       "\"%s\", \"unit\": \"GF/s\", \"value\": %.4f, \"cpu_value\": %.4f, "
			       "\"threads\": 1, \"version\": \"%s\"}\n",
			       shapes[shape].rows, shapes[shape].out, shapes[shape].in,
			       pass_names[pass], peer, rate.wall, rate.cpu, version);
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
