/* SPDX-License-Identifier: Apache-2.0 */
/* Every elementwise and row op of the kernel table, on 128 rows of 64 (in the caches); AdamW also
 * far outside of them. */
#include <string.h>

#include "harness/bench/suite.h"

enum { ROWS = 128, WIDTH = 64, SMALL = ROWS * WIDTH, LARGE = 8 << 20 };

/* Inputs come first, then outputs; all of one length. */
struct op_call {
	const struct kernel_table *table;
	int64_t count, rows, n;
	float *const *at;
};

struct op {
	const char *name;
	int inputs, outputs;
	double arrays; /* whole arrays read or written by a call */
	int64_t count;
	void (*run)(const struct op_call *call);
	bool positive; /* log: inputs are folded to [0, 1) */
};

static void run_add_bias(const struct op_call *c)
{
	c->table->add_bias(c->rows, c->n, c->at[0], c->at[1]);
}

static void run_column_sum(const struct op_call *c)
{
	c->table->column_sum(c->rows, c->n, c->n, c->at[0], c->at[1]);
}

/* at: x, bias, gamma, beta; xhat, rstd, y */
static void run_layer_norm(const struct op_call *c)
{
	c->table->layer_norm(c->rows, c->n, c->at[0], c->at[1], c->at[2], c->at[3], c->at[4],
			     c->at[5], c->at[6]);
}

/* at: dy, xhat, rstd, gamma; dx */
static void run_layer_norm_backward(const struct op_call *c)
{
	c->table->layer_norm_backward(c->rows, c->n, c->at[0], c->at[1], c->at[2], c->at[3],
				      c->at[4]);
}

static void run_layer_norm_gradient(const struct op_call *c)
{
	c->table->layer_norm_gradient(c->rows, c->n, c->n, c->at[0], c->at[1], c->at[2], c->at[3]);
}

static void run_gelu(const struct op_call *c)
{
	c->table->gelu(c->count, c->at[0], c->at[1], NULL);
}

static void run_gelu_slope(const struct op_call *c)
{
	c->table->gelu(c->count, c->at[0], c->at[1], c->at[2]);
}

static void run_multiply(const struct op_call *c)
{
	c->table->multiply(c->count, c->at[0], c->at[1], c->at[2]);
}

static void run_add(const struct op_call *c)
{
	c->table->add(c->count, c->at[0], c->at[1], c->at[2]);
}

static void run_axpy(const struct op_call *c)
{
	c->table->axpy(c->count, 0.5f, c->at[0], c->at[1]);
}

static void run_softmax(const struct op_call *c)
{
	c->table->softmax(c->rows, c->n, c->n, c->at[0], c->at[1], c->at[2]);
}

static void run_dot(const struct op_call *c)
{
	c->at[2][0] = c->table->dot(c->count, c->at[0], c->at[1]);
}

static void run_squared_distance(const struct op_call *c)
{
	c->at[2][0] = c->table->squared_distance(c->count, c->at[0], c->at[1]);
}

/* at: g; m, v, p.  v starts as squares (bench_op). */
static void run_adamw(const struct op_call *c)
{
	static const struct adamw_args args = {.beta1 = 0.9f,
					       .beta2 = 0.999f,
					       .epsilon = 1e-8f,
					       .step = 1e-3f,
					       .inverse_correction = 1.0f,
					       .decay = 0.9999f};
	c->table->adamw(c->count, &args, c->at[0], c->at[1], c->at[2], c->at[3]);
}

#define ELEMENTARY(f)                                                                              \
	static void run_##f(const struct op_call *c)                                               \
	{                                                                                          \
		c->table->f(c->count, c->at[0], c->at[1]);                                         \
	}
ELEMENTARY(exp)
ELEMENTARY(log)
ELEMENTARY(erf)
ELEMENTARY(sigmoid)
ELEMENTARY(softplus)

static void run_hash(const struct op_call *c)
{
	uint64_t hash = c->table->hash(c->at[0], (size_t)c->count * sizeof(float));
	const uint32_t words[] = {(uint32_t)hash, (uint32_t)(hash >> 32)};
	memcpy(c->at[1], words, sizeof words);
}

static const struct op ops[] = {
#define OP(op, in, out, moved)                                                                     \
	.name = #op, .inputs = (in), .outputs = (out), .arrays = (moved), .run = run_##op
    {OP(add_bias, 1, 1, 2), .count = SMALL},
    {OP(column_sum, 1, 1, 1), .count = SMALL},
    {OP(layer_norm, 4, 3, 3), .count = SMALL},
    {OP(layer_norm_backward, 4, 1, 3), .count = SMALL},
    {OP(layer_norm_gradient, 2, 2, 2), .count = SMALL},
    {OP(gelu, 1, 1, 2), .count = SMALL},
    {OP(gelu_slope, 1, 2, 3), .count = SMALL},
    {OP(multiply, 2, 1, 3), .count = SMALL},
    {OP(add, 2, 1, 3), .count = SMALL},
    {OP(axpy, 1, 1, 3), .count = SMALL},
    {OP(softmax, 1, 2, 2), .count = SMALL},
    {OP(dot, 2, 1, 2), .count = SMALL},
    {OP(squared_distance, 2, 1, 2), .count = SMALL},
    {OP(adamw, 1, 3, 7), .count = SMALL},
    {OP(adamw, 1, 3, 7), .count = LARGE},
    {OP(exp, 1, 1, 2), .count = SMALL},
    {OP(log, 1, 1, 2), .count = SMALL, .positive = true},
    {OP(erf, 1, 1, 2), .count = SMALL},
    {OP(sigmoid, 1, 1, 2), .count = SMALL},
    {OP(softplus, 1, 1, 2), .count = SMALL},
    {OP(hash, 1, 1, 1), .count = SMALL},
#undef OP
};

static void square(float *x, int64_t count)
{
	for (int64_t i = 0; i < count; i++)
		x[i] = x[i] * x[i];
}

static void hash_outputs(struct suite_row *row, const struct op *op, float *const *at)
{
	struct suite_hash hash = {.count = 0};
	for (int i = op->inputs; i < op->inputs + op->outputs; i++)
		suite_hash_words(&hash, row, at[i], op->count);
	suite_hash_end(&hash, row);
}

static void bench_op(struct bench_state *state, void *argument)
{
	struct suite_row *row = argument;
	const struct op *op = row->what;
	struct suite_buffers buffers;
	int64_t counts[SUITE_BUFFERS];
	for (int i = 0; i < SUITE_BUFFERS; i++)
		counts[i] = op->count;
	if (!suite_take(&buffers, op->inputs + op->outputs, counts, state, row->name))
		return;
	if (op->positive)
		square(buffers.at[0], op->count);
	if (op->run == run_adamw)
		square(buffers.at[2], op->count);
	if (op->run == run_hash)
		suite_order_words(buffers.at[0], op->count);
	struct op_call call = {.table = row->suite->backend->table,
			       .count = op->count,
			       .rows = op->count / WIDTH,
			       .n = WIDTH,
			       .at = buffers.at};
	op->run(&call);
	if (!row->hashed)
		hash_outputs(row, op, buffers.at);
	while (bench_keep_running(state))
		op->run(&call);
	suite_report(state, row, op->count == LARGE ? ROOF_MEMORY : ROOF_CACHE,
		     op->arrays * (double)op->count * sizeof(float));
	suite_give_back(&buffers);
}

int suite_register_rows(const struct suite *suite)
{
	for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
		if (suite_add(suite, bench_op, &ops[i], 0, "op/%s/%lld", ops[i].name,
			      (long long)ops[i].count))
			return -1;
	return 0;
}
