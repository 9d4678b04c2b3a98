/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/blis_gemm.h"

#include <blis.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h> /* setenv, calloc, atexit, _Exit */
#include <string.h>

struct blis_gemm {
	cntx_t context;
	rntm_t runtime;
	blis_cut *cut; /* NULL: a product is one call */
};

const struct blis_kernels blis_kernels[] = {
#define BLIS_ROW(name, id, needs, candidate) {#name, BLIS_ARCH_##id, needs, candidate},
    BLIS_KERNELS(BLIS_ROW)
#undef BLIS_ROW
	{.name = NULL}};

const struct blis_kernels *blis_gemm_find(const char *name)
{
	for (const struct blis_kernels *kernels = blis_kernels; kernels->name; kernels++)
		if (!strcmp(kernels->name, name))
			return kernels;
	return NULL;
}

/* Where there is no memory BLIS aborts and the library of its threads exits with 1, and a product
 * has no way to return an error.  Both become what it is everywhere else: one line and exit 3. */
enum { EXIT_MACHINE = 3 };
static atomic_int inside; /* threads that are */

/* Instead of BLIS's own of that name, which its library calls through the linker's table.
 * PORTABILITY: by the linker's name, as `file` is not const in 0.9 and is in 1.0; gcc and clang. */
err_t blis_error(gint_t code, const char *file,
		 guint_t line) __asm__("bli_check_error_code_helper");

err_t blis_error(gint_t code, const char *file, guint_t line)
{
	if (code == BLIS_SUCCESS)
		return BLIS_SUCCESS;
	if (code == BLIS_MALLOC_RETURNED_NULL) {
		fputs("sheafbench: out of memory in BLIS\n", stderr);
		_Exit(EXIT_MACHINE);
	}
	fprintf(stderr, "sheafbench: error %ld in BLIS, %s:%lu\n", (long)code, file,
		(unsigned long)line);
	abort();
}

/* It has said what it is. */
static void exit_inside(void)
{
	if (atomic_load_explicit(&inside, memory_order_relaxed) > 0)
		_Exit(EXIT_MACHINE);
}

struct blis_gemm *blis_gemm_open(const char *name)
{
	static bool asked;
	const struct blis_kernels *kernels = blis_gemm_find(name);
	if (!kernels)
		return NULL;
	if (!asked)
		asked = atexit(exit_inside) == 0;
	char number[16];
	snprintf(number, sizeof number, "%d", kernels->id);
	if (setenv("BLIS_ARCH_TYPE", number, 1))
		return NULL;
	bli_init(); /* 0.9.0 aborts when asked for its architecture before */
	if ((int)bli_arch_query_id() != kernels->id)
		return NULL;
	struct blis_gemm *blis = calloc(1, sizeof *blis);
	if (!blis)
		return NULL;
	blis->context = *bli_gks_query_cntx();
	blksz_t kc;
	bli_blksz_init_easy(&kc, CONTRACT_KB, CONTRACT_KB, CONTRACT_KB, CONTRACT_KB);
	bli_cntx_set_blksz(BLIS_KC, &kc, BLIS_KR, &blis->context);
	bli_rntm_init_from_global(&blis->runtime);
	bli_rntm_disable_l3_sup(&blis->runtime);
	/* Runs go side by side, so threads within one only where they are asked for.  BLIS never
	 * cuts k among threads: the bits stay. */
	if (!getenv("BLIS_NUM_THREADS"))
		bli_rntm_set_num_threads(1, &blis->runtime);
	return blis;
}

void blis_gemm_close(struct blis_gemm *blis)
{
	free(blis);
}

/* NULL: BLIS's own context, or what is set in a copy of its global runtime. */
static void run(const struct gemm_args *g, cntx_t *context, rntm_t *runtime)
{
	float one = 1.0f, beta = g->accumulate ? 1.0f : 0.0f;
	/* BLIS takes its inputs as non-const. */
	union {
		const float *in;
		float *out;
	} a = {.in = g->a}, b = {.in = g->b};
	atomic_fetch_add_explicit(&inside, 1, memory_order_relaxed);
	/* Where BLIS counts in 32 bits, memory is too small for operands it could not count. */
	bli_sgemm_ex(BLIS_NO_TRANSPOSE, BLIS_NO_TRANSPOSE, (dim_t)g->m, (dim_t)g->n, (dim_t)g->k,
		     &one, a.out, (inc_t)g->rsa, (inc_t)g->csa, b.out, (inc_t)g->rsb, (inc_t)g->csb,
		     &beta, g->c, (inc_t)g->ldc, 1, context, runtime);
	atomic_fetch_sub_explicit(&inside, 1, memory_order_relaxed);
}

void blis_gemm_run_part(const struct blis_gemm *blis, const struct gemm_args *g)
{
	/* A local copy, so that calls share nothing. */
	rntm_t runtime = blis->runtime;
	run(g, (cntx_t *)(uintptr_t)&blis->context, &runtime);
}

void blis_gemm_run(const struct blis_gemm *blis, const struct gemm_args *g)
{
	if (blis->cut)
		blis->cut(blis, g);
	else
		blis_gemm_run_part(blis, g);
}

void blis_gemm_share(struct blis_gemm *blis, blis_cut *cut)
{
	blis->cut = cut;
	bli_rntm_set_num_threads(1, &blis->runtime);
}

void blis_gemm_run_native(const struct gemm_args *g)
{
	rntm_t runtime;
	bli_rntm_init_from_global(&runtime);
	bli_rntm_set_num_threads(1, &runtime);
	bli_rntm_enable_l3_sup(&runtime); /* off in the copy, on in bli_sgemm */
	run(g, NULL, &runtime);
}

const char *blis_gemm_version(void)
{
	return bli_info_get_version_str();
}
