/* SPDX-License-Identifier: Apache-2.0 */
/* Every op of every level this CPU can run against the oracle, bytes against bytes, and
 * BLIS's sub-configurations in processes of their own. */
#include <fenv.h>
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h> /* getenv, atoi */
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "kernels/backend.h"
#include "kernels/blis_gemm.h"
#include "kernels/cpu.h"
#include "kernels/elementary.h"
#include "kernels/random.h"

enum { BUFFERS = 6, SPAN = 40000, MARGIN = 128 };

/* SHEAFBENCH_CASES: random cases per op and level (make test-bits); the default is a fast sample.
 */
static int case_count(void)
{
	const char *text = getenv("SHEAFBENCH_CASES");
	int cases = text ? atoi(text) : 0;
	return cases > 0 ? cases : 400;
}

static int64_t cases_run;

/* What an op reads and writes, once for the table and once for the oracle: compared as a whole, so
 * that a byte written outside the output shows too. */
struct side {
	float buffer[BUFFERS][SPAN];
};
static struct side pool, sides[2];

enum content { CONTENT_PLAIN, CONTENT_EDGES, CONTENT_NAN, CONTENT_KINDS };

struct shape {
	int64_t m, n, k, pad;
	int offset[BUFFERS]; /* 0 .. 15 floats: every alignment of a vector */
	int form;            /* bits an op reads as it likes */
};

typedef void op_function(const struct kernel_table *table, struct side *side,
			 const struct shape *shape);

static int below(struct random_stream *stream, int bound)
{
	return (int)random_below(stream, (uint64_t)bound);
}

static float draw(struct random_stream *stream, enum content content)
{
	static const float edges[] = {0.0f,      -0.0f,    0x1p-149f, -0x1p-149f, 0x1.8p-130f,
				      0x1p-126f, -0x1p64f, FLT_MAX,   -FLT_MAX,   1.0f,
				      -1.0f,     88.8f,    INFINITY,  -INFINITY,  NAN};
	int count = (int)(sizeof edges / sizeof *edges) - (content == CONTENT_NAN ? 0 : 3);
	float sign = below(stream, 2) ? 1.0f : -1.0f;
	if (content != CONTENT_PLAIN && below(stream, content == CONTENT_NAN ? 64 : 4) == 0)
		return edges[below(stream, count)];
	return sign * ldexpf(random_unit_float(stream), below(stream, 12) - 7);
}

static void fill_pool(struct random_stream *stream, enum content content)
{
	for (int b = 0; b < BUFFERS; b++)
		for (int i = 0; i < SPAN; i++)
			pool.buffer[b][i] = draw(stream, content);
}

static float *at(struct side *side, const struct shape *shape, int buffer)
{
	return side->buffer[buffer] + shape->offset[buffer];
}

static void op_gemm(const struct kernel_table *t, struct side *s, const struct shape *h)
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
	t->gemm(&g);
}

static void op_add_bias(const struct kernel_table *t, struct side *s, const struct shape *h)
{
	t->add_bias(h->m, h->n, at(s, h, 0), at(s, h, 1));
}

static void op_column_sum(const struct kernel_table *t, struct side *s, const struct shape *h)
{
	t->column_sum(h->m, h->n, at(s, h, 0), at(s, h, 1));
}

static void op_layer_norm(const struct kernel_table *t, struct side *s, const struct shape *h)
{
	float *x = at(s, h, 0), *y = h->form & 1 ? x : at(s, h, 1);
	bool keep = h->form & 2;
	t->layer_norm(h->m, h->n, x, h->form & 4 ? at(s, h, 2) : NULL, at(s, h, 2) + 1, at(s, h, 3),
		      keep ? at(s, h, 4) : NULL, keep ? at(s, h, 5) : NULL, y);
}

static void op_layer_norm_backward(const struct kernel_table *t, struct side *s,
				   const struct shape *h)
{
	float *dy = at(s, h, 0);
	t->layer_norm_backward(h->m, h->n, dy, at(s, h, 1), at(s, h, 2), at(s, h, 3),
			       h->form & 1 ? dy : at(s, h, 4));
}

static void op_layer_norm_gradient(const struct kernel_table *t, struct side *s,
				   const struct shape *h)
{
	t->layer_norm_gradient(h->m, h->n, at(s, h, 0), at(s, h, 1), at(s, h, 2), at(s, h, 3));
}

static void op_gelu(const struct kernel_table *t, struct side *s, const struct shape *h)
{
	float *x = at(s, h, 0);
	t->gelu(h->m * h->n, x, h->form & 1 ? x : at(s, h, 1), h->form & 2 ? at(s, h, 2) : NULL);
}

static void op_norm_gelu(const struct kernel_table *t, struct side *s, const struct shape *h)
{
	float *x = at(s, h, 0), *y = h->form & 1 ? x : at(s, h, 1);
	bool keep = h->form & 2;
	t->norm_gelu(h->m, h->n, x, h->form & 4 ? at(s, h, 2) : NULL, at(s, h, 2) + 1, at(s, h, 3),
		     keep ? at(s, h, 4) : NULL, keep ? at(s, h, 2) + 200 : NULL,
		     keep ? at(s, h, 5) : NULL, y);
}

static void op_norm_gelu_backward(const struct kernel_table *t, struct side *s,
				  const struct shape *h)
{
	float *dy = at(s, h, 0), *rows = at(s, h, 5);
	t->norm_gelu_backward(h->m, h->n, dy, at(s, h, 1), at(s, h, 2), at(s, h, 4), rows,
			      h->form & 1 ? dy : at(s, h, 3), rows + 200, rows + 400, rows + 600);
}

static void op_bias_gelu(const struct kernel_table *t, struct side *s, const struct shape *h)
{
	float *x = at(s, h, 0);
	t->bias_gelu(h->m, h->n, x, at(s, h, 3), h->form & 2 ? at(s, h, 2) : NULL,
		     h->form & 1 ? x : at(s, h, 1));
}

static void op_bias_gelu_backward(const struct kernel_table *t, struct side *s,
				  const struct shape *h)
{
	float *dy = at(s, h, 0);
	t->bias_gelu_backward(h->m, h->n, dy, at(s, h, 1), h->form & 1 ? dy : at(s, h, 2),
			      at(s, h, 3));
}

/* Form: z apart, z = x, z = y. */
static float *third(struct side *s, const struct shape *h)
{
	return at(s, h, h->form % 3 == 0 ? 2 : h->form % 3 - 1);
}

static void op_multiply(const struct kernel_table *t, struct side *s, const struct shape *h)
{
	t->multiply(h->m * h->n, at(s, h, 0), at(s, h, 1), third(s, h));
}

static void op_add(const struct kernel_table *t, struct side *s, const struct shape *h)
{
	t->add(h->m * h->n, at(s, h, 0), at(s, h, 1), third(s, h));
}

static void op_axpy(const struct kernel_table *t, struct side *s, const struct shape *h)
{
	t->axpy(h->m * h->n, *at(s, h, 2), at(s, h, 0), at(s, h, 1));
}

static void op_softmax(const struct kernel_table *t, struct side *s, const struct shape *h)
{
	t->softmax(h->m, h->n, h->n + h->pad, at(s, h, 0), at(s, h, 1),
		   h->form & 1 ? at(s, h, 2) : NULL);
}

static void op_dot(const struct kernel_table *t, struct side *s, const struct shape *h)
{
	*at(s, h, 2) = t->dot(h->m * h->n, at(s, h, 0), at(s, h, 1));
}

static void op_squared_distance(const struct kernel_table *t, struct side *s, const struct shape *h)
{
	*at(s, h, 2) = t->squared_distance(h->m * h->n, at(s, h, 0), at(s, h, 1));
}

static void op_adamw(const struct kernel_table *t, struct side *s, const struct shape *h)
{
	struct adamw_args args = {0.9f, 0.999f, 1e-8f, 1e-3f, 1.5f, h->form & 1 ? 0.99f : 1.0f};
	for (int64_t i = 0; i < h->m * h->n; i++)
		at(s, h, 2)[i] = fabsf(at(s, h, 2)[i]);
	t->adamw(h->m * h->n, &args, at(s, h, 0), at(s, h, 1), at(s, h, 2), at(s, h, 3));
}

#define UNARY(name)                                                                                \
	static void op_##name(const struct kernel_table *t, struct side *s, const struct shape *h) \
	{                                                                                          \
		t->name(h->m * h->n, at(s, h, 0), at(s, h, 1));                                    \
	}

UNARY(exp)
UNARY(log)
UNARY(erf)
UNARY(sigmoid)
UNARY(softplus)

static const struct {
	const char *name;
	op_function *run;
	int largest_k;
	bool exact_nan; /* NaN results have specified bits */
} ops[] = {
    {"gemm", op_gemm, 520, false},
    {"gemm, small k", op_gemm, 40, false},
    {"add_bias", op_add_bias, 0, false},
    {"column_sum", op_column_sum, 0, false},
    {"layer_norm", op_layer_norm, 0, false},
    {"layer_norm_backward", op_layer_norm_backward, 0, false},
    {"layer_norm_gradient", op_layer_norm_gradient, 0, false},
    {"gelu", op_gelu, 0, false},
    {"norm_gelu", op_norm_gelu, 0, false},
    {"norm_gelu_backward", op_norm_gelu_backward, 0, false},
    {"bias_gelu", op_bias_gelu, 0, false},
    {"bias_gelu_backward", op_bias_gelu_backward, 0, false},
    {"multiply", op_multiply, 0, false},
    {"add", op_add, 0, false},
    {"axpy", op_axpy, 0, false},
    {"softmax", op_softmax, 0, false},
    {"dot", op_dot, 0, false},
    {"squared_distance", op_squared_distance, 0, false},
    {"adamw", op_adamw, 0, false},
    {"exp", op_exp, 0, true},
    {"log", op_log, 0, true},
    {"erf", op_erf, 0, true},
    {"sigmoid", op_sigmoid, 0, true},
    {"softplus", op_softplus, 0, true},
};

/* 0, 1 and sizes about the widths of vectors and tiles among others; everything fits in SPAN. */
static struct shape draw_shape(struct random_stream *stream, int largest_k)
{
	struct shape shape = {.pad = below(stream, 2) * below(stream, 9),
			      .form = below(stream, 16)};
	int largest = largest_k > 100 ? 33 : below(stream, 8) ? 40 : 150;
	shape.m = below(stream, 6) == 0 ? below(stream, 2) : below(stream, largest);
	shape.n = below(stream, 6) == 0 ? below(stream, 2) : below(stream, largest);
	if (largest_k)
		shape.k = below(stream, 8) == 0 ? below(stream, 3) : below(stream, largest_k);
	for (int b = 0; b < BUFFERS; b++)
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
	return most < SPAN ? (int)most : SPAN;
}

static void begin_case(const struct shape *h)
{
	size_t size = (size_t)reach(h) * sizeof(float);
	for (int b = 0; b < BUFFERS; b++) {
		memcpy(sides[0].buffer[b], pool.buffer[b], size);
		memcpy(sides[1].buffer[b], pool.buffer[b], size);
	}
	cases_run++;
}

static bool same(float x, float y, bool exact_nan)
{
	return elementary_bits(x) == elementary_bits(y) || (!exact_nan && isnan(x) && isnan(y));
}

/* The first float that differs, as buffer * SPAN + index, or -1. */
static int first_difference(const struct shape *h, bool exact_nan)
{
	int span = reach(h);
	for (int b = 0; b < BUFFERS; b++) {
		const float *x = sides[0].buffer[b], *y = sides[1].buffer[b];
		if (!memcmp(x, y, (size_t)span * sizeof *x))
			continue;
		for (int i = 0; i < span; i++)
			if (!same(x[i], y[i], exact_nan))
				return b * SPAN + i;
	}
	return -1;
}

static void compare(const char *level, const char *op, const struct shape *h, bool exact_nan)
{
	int place = first_difference(h, exact_nan), b = place / SPAN, i = place % SPAN;
	if (place >= 0)
		fail_msg("%s %s m %d n %d k %d pad %d form %d: buffer %d at %d: %a, oracle %a",
			 level, op, (int)h->m, (int)h->n, (int)h->k, (int)h->pad, h->form, b,
			 i - h->offset[b], (double)sides[0].buffer[b][i],
			 (double)sides[1].buffer[b][i]);
}

static void check_level(const struct kernel_table *table)
{
	struct random_stream stream;
	int cases = case_count();
	random_open(&stream, 1, "test", table->level);
	for (enum content content = 0; content < CONTENT_KINDS; content++) {
		fill_pool(&stream, content);
		for (size_t o = 0; o < sizeof ops / sizeof *ops; o++)
			for (int i = 0; i < cases / (int)CONTENT_KINDS; i++) {
				struct shape shape = draw_shape(&stream, ops[o].largest_k);
				begin_case(&shape);
				ops[o].run(table, &sides[0], &shape);
				ops[o].run(&kernel_table_oracle, &sides[1], &shape);
				compare(table->level, ops[o].name, &shape, ops[o].exact_nan);
			}
	}
}

static void test_levels(void **state)
{
	(void)state;
	int run = 0;
	for (int i = 0; kernel_tables[i]; i++) {
		struct backend backend;
		char why[256];
		int status =
		    backend_open(&backend, kernel_tables[i]->level, "none", why, sizeof why);
		if (status) {
			assert_int_equal(status, -2);
			print_message("%s: not run: %s\n", kernel_tables[i]->level, why);
			continue;
		}
		assert_string_equal(backend.level, kernel_tables[i]->level);
		assert_string_equal(backend.warning, "");
		assert_ptr_equal(backend.table, kernel_tables[i]);
		check_level(kernel_tables[i]);
		backend_close(&backend);
		run++;
	}
	assert_true(run > 0);
	print_message("%lld cases in %d levels\n", (long long)cases_run, run);
}

/* The oracle's own in-place results equal its results elsewhere. */
static void test_oracle_in_place(void **state)
{
	(void)state;
	struct random_stream stream;
	random_open(&stream, 1, "test", "in place");
	fill_pool(&stream, CONTENT_PLAIN);
	sides[0] = pool;
	float *x = sides[0].buffer[0], *y = sides[0].buffer[1], *c = sides[0].buffer[2];
	const struct kernel_table *t = &kernel_table_oracle;
	t->layer_norm(7, 33, x, c, c, c + 40, NULL, NULL, y);
	t->layer_norm(7, 33, x, c, c, c + 40, NULL, NULL, x);
	assert_memory_equal(x, y, 7 * 33 * sizeof *x);
	t->layer_norm_backward(7, 33, x, c, c, c + 40, y);
	t->layer_norm_backward(7, 33, x, c, c, c + 40, x);
	assert_memory_equal(x, y, 7 * 33 * sizeof *x);
	t->gelu(231, x, y, NULL);
	t->gelu(231, x, x, NULL);
	assert_memory_equal(x, y, 7 * 33 * sizeof *x);
}

static void test_open_refuses(void **state)
{
	(void)state;
	struct backend backend;
	char why[256] = "";
	assert_int_equal(backend_open(&backend, "v9", "none", why, sizeof why), -1);
	assert_true(why[0]);
	assert_int_equal(backend_open(&backend, "auto", "mkl", why, sizeof why), -1);
	assert_int_equal(backend_open(&backend, NULL, "oracle", why, sizeof why), 0);
	assert_ptr_equal(backend.table, &kernel_table_oracle);
	assert_null(backend.blis);
	backend_close(&backend);
}

/* Another rounding mode makes the oracle itself wrong: nothing may start. */
static void test_broken_machine(void **state)
{
	(void)state;
	struct backend backend;
	char why[256] = "";
	assert_null(backend_check_oracle());
	if (fesetround(FE_UPWARD))
		skip();
	int status = backend_open(&backend, NULL, NULL, why, sizeof why);
	fesetround(FE_TONEAREST);
	assert_int_equal(status, -3);
	assert_non_null(strstr(why, "known answers"));
#if defined(__x86_64__)
	/* Flush to zero, as -ffast-math of some library sets it. */
	unsigned mode = __builtin_ia32_stmxcsr();
	__builtin_ia32_ldmxcsr(mode | 0x8040);
	status = backend_open(&backend, NULL, NULL, why, sizeof why);
	__builtin_ia32_ldmxcsr(mode);
	assert_int_equal(status, -3);
#endif
	assert_null(backend_check_oracle());
}

/* A shape that dispatch may give to BLIS: nothing is 0. */
static struct gemm_args blis_args(struct side *side, const struct shape *h)
{
	bool ta = h->form & 1, tb = h->form & 2;
	struct gemm_args g = {.m = h->m, .n = h->n, .k = h->k, .accumulate = h->form & 4};
	g.a = at(side, h, 0);
	g.rsa = ta ? 1 : h->k + h->pad;
	g.csa = ta ? h->m + h->pad : 1;
	g.b = at(side, h, 1);
	g.rsb = tb ? 1 : h->n + h->pad;
	g.csb = tb ? h->k + h->pad : 1;
	g.c = at(side, h, 2);
	g.ldc = h->n + h->pad;
	return g;
}

/* In the child, without cmocka: true when all is equal. */
static bool blis_shapes_equal(const struct backend *backend)
{
	struct random_stream stream;
	int cases = case_count() * 3 / 4 / (int)CONTENT_KINDS;
	random_open(&stream, 1, "test", backend->blis_name);
	for (enum content content = 0; content < CONTENT_KINDS; content++) {
		fill_pool(&stream, content);
		for (int i = 0; i < cases; i++) {
			struct shape shape = draw_shape(&stream, i % 2 ? 520 : 40);
			shape.m += shape.m == 0;
			shape.n += shape.n == 0;
			shape.k += shape.k == 0;
			shape.form &= 7;
			begin_case(&shape);
			struct gemm_args fast = blis_args(&sides[0], &shape);
			struct gemm_args oracle = blis_args(&sides[1], &shape);
			blis_gemm_run(backend->blis, &fast);
			kernel_table_oracle.gemm(&oracle);
			if (first_difference(&shape, false) >= 0)
				return false;
		}
	}
	return true;
}

/* Through the dispatch, where its rules turn to BLIS: form bit 0 transposes A, bit 1 B. */
static bool dispatch_equal(const struct backend *backend)
{
	enum { LARGEST = 520 * 520 };
	static const int shapes[][4] = {{192, 512, 512, 0}, {191, 512, 512, 0}, {384, 385, 260, 0},
					{128, 256, 300, 2}, {127, 256, 300, 2}, {257, 256, 96, 1},
					{256, 255, 96, 1}};
	float *memory = malloc(4 * (size_t)LARGEST * sizeof *memory);
	if (!memory)
		return false;
	struct random_stream stream;
	random_open(&stream, 2, "test", backend->blis_name);
	fill_pool(&stream, CONTENT_PLAIN);
	float *a = memory, *b = a + LARGEST, *c = b + LARGEST, *expected = c + LARGEST;
	for (int i = 0; i < 4 * LARGEST; i++)
		memory[i] = pool.buffer[i % BUFFERS][i % SPAN];
	memcpy(expected, c, LARGEST * sizeof *c);
	bool equal = true;
	for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
		int64_t m = shapes[i][0], n = shapes[i][1], k = shapes[i][2];
		bool ta = shapes[i][3] & 1, tb = shapes[i][3] & 2;
		struct gemm_args g = {.m = m,
				      .n = n,
				      .k = k,
				      .a = a,
				      .rsa = ta ? 1 : k,
				      .csa = ta ? m : 1,
				      .b = b,
				      .rsb = tb ? 1 : n,
				      .csb = tb ? k : 1,
				      .c = c,
				      .ldc = n,
				      .accumulate = true};
		backend_gemm(backend, &g);
		g.c = expected;
		kernel_table_oracle.gemm(&g);
		equal = equal && !memcmp(c, expected, LARGEST * sizeof *c);
	}
	free(memory);
	return equal;
}

/* In the child: 0, or a number that says where it went wrong. */
static int run_blis(const char *name, bool conforms)
{
	struct backend backend;
	char why[256];
	if (backend_open(&backend, "auto", name, why, sizeof why))
		return 2;
	if (!conforms)
		return backend.blis || !backend.warning[0] || strcmp(backend.blis_name, "none") ? 3
												: 0;
	if (!backend.blis || backend.warning[0] || strcmp(backend.blis_name, name))
		return 4;
	int result = !blis_shapes_equal(&backend) ? 5 : !dispatch_equal(&backend) ? 6 : 0;
	backend_close(&backend);
	return result;
}

static int blis_in_child(const char *name, bool conforms)
{
	int status;
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0)
		_exit(run_blis(name, conforms));
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 256 + status;
}

static void test_blis(void **state)
{
	(void)state;
	struct cpu cpu;
	cpu_detect(&cpu);
	if (strcmp(cpu.architecture, "x86_64") != 0) {
		print_message(
		    "sub-configurations of this architecture: by the start-up check alone\n");
		return;
	}
	static const struct {
		const char *name;
		bool conforms, needs_avx512;
	} names[] = {{"skx", true, true},       {"haswell", true, false},
		     {"zen", true, false},      {"zen2", true, false},
		     {"zen3", true, false},     {"excavator", true, false},
		     {"generic", false, false}, {"sandybridge", false, false}};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		bool can = cpu.avx2 && cpu.fma && (cpu.avx512 || !names[i].needs_avx512);
		int result = can ? blis_in_child(names[i].name, names[i].conforms) : -1;
		print_message("%s: %s\n", names[i].name,
			      result < 0          ? "not run"
			      : names[i].conforms ? "equal"
						  : "replaced");
		if (result > 0)
			fail_msg("BLIS %s: step %d of run_blis", names[i].name, result);
	}
}

static double seconds(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* The time is only shown: machines are busy. */
static void test_start_time(void **state)
{
	(void)state;
	struct backend backend;
	char why[256];
	double start = seconds();
	assert_int_equal(backend_open(&backend, NULL, NULL, why, sizeof why), 0);
	print_message("backend_open: level %s, BLIS %s, %.1f ms; warning '%s'\n", backend.level,
		      backend.blis_name, (seconds() - start) * 1e3, backend.warning);
	backend_close(&backend);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_levels),       cmocka_unit_test(test_oracle_in_place),
	    cmocka_unit_test(test_open_refuses), cmocka_unit_test(test_blis),
	    cmocka_unit_test(test_start_time),   cmocka_unit_test(test_broken_machine),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
