/* SPDX-License-Identifier: Apache-2.0 */
/* Losses of the heads and their gradients against binary64 and libm. */
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "kernels/random.h"
#include "models/loss.h"

enum { ROWS_MAX = 20, WIDTH_MAX = 220, CELLS = ROWS_MAX * WIDTH_MAX };

/* Hard and soft softmax, sigmoid narrower and wider than a chunk, widths of one. */
static const struct heads layouts[] = {
    {.count = 1, .head = {{"class", HEAD_SOFTMAX, 0, 20, 1.0f}}},
    {.count = 1, .head = {{"bits", HEAD_SIGMOID, 0, 7, 1.0f}}},
    {.count = 1, .head = {{"bits", HEAD_SIGMOID, 0, 200, 0.25f}}},
    {.count = 4,
     .head = {{"hard", HEAD_SOFTMAX, 0, 10, 1.0f},
	      {"bits", HEAD_SIGMOID, 10, 65, 0.5f},
	      {"soft", HEAD_SOFTMAX, 75, 33, 2.0f},
	      {"one", HEAD_SIGMOID, 108, 1, 3.0f}}},
    {.count = 2,
     .head = {{"bits", HEAD_SIGMOID, 0, 128, 1.5f}, {"single", HEAD_SOFTMAX, 128, 1, 1.0f}}},
};
enum { LAYOUTS = sizeof layouts / sizeof *layouts };

struct batch {
	float logits[CELLS], targets[CELLS], probabilities[CELLS], gradient[CELLS];
};
static struct batch batch;
static double worst_loss, worst_gradient;

static int64_t width_of(const struct heads *heads)
{
	const struct head *last = &heads->head[heads->count - 1];
	return last->offset + last->width;
}

static void draw_targets(struct random_stream *stream, const struct head *head, float *t)
{
	if (head->kind == HEAD_SIGMOID) {
		for (int64_t c = 0; c < head->width; c++)
			t[c] = random_unit_float(stream) < 0.5f ? (float)random_below(stream, 2)
								: random_unit_float(stream);
		return;
	}
	bool soft = !strcmp(head->name, "soft");
	float sum = 0.0f;
	for (int64_t c = 0; c < head->width; c++)
		sum += t[c] = soft ? random_unit_float(stream) : 0.0f;
	for (int64_t c = 0; soft && c < head->width; c++)
		t[c] /= sum;
	if (!soft)
		t[random_below(stream, (uint64_t)head->width)] = 1.0f;
}

static void draw(struct random_stream *stream, const struct heads *heads, int64_t rows,
		 float spread)
{
	int64_t width = width_of(heads);
	for (int64_t i = 0; i < rows * width; i++)
		batch.logits[i] = (2.0f * random_unit_float(stream) - 1.0f) * spread;
	for (int64_t r = 0; r < rows; r++)
		for (int h = 0; h < heads->count; h++)
			draw_targets(stream, &heads->head[h],
				     batch.targets + r * width + heads->head[h].offset);
}

/* Loss of one row of one head; p: its probabilities. */
static double exact_row(const struct head *head, const float *z, const float *t, double *p)
{
	double largest = -INFINITY, sum = 0.0, loss = 0.0;
	for (int64_t c = 0; c < head->width; c++)
		largest = fmax(largest, (double)z[c]);
	for (int64_t c = 0; c < head->width; c++)
		sum += exp((double)z[c] - largest);
	for (int64_t c = 0; c < head->width; c++) {
		double x = (double)z[c];
		loss -= (double)t[c] * x;
		if (head->kind == HEAD_SIGMOID)
			loss += fmax(x, 0.0) + log1p(exp(-fabs(x)));
		p[c] = head->kind == HEAD_SIGMOID ? 1.0 / (1.0 + exp(-x)) : exp(x - largest) / sum;
	}
	return head->kind == HEAD_SIGMOID ? loss / (double)head->width : loss + log(sum) + largest;
}

static void check_row(const struct head *head, int64_t rows, int64_t from, double *loss)
{
	double p[WIDTH_MAX], scale = (double)head->weight / (double)rows;
	*loss += exact_row(head, batch.logits + from, batch.targets + from, p);
	if (head->kind == HEAD_SIGMOID)
		scale /= (double)head->width;
	for (int64_t c = 0; c < head->width; c++) {
		double exact = (p[c] - (double)batch.targets[from + c]) * scale;
		/* p and t may cancel: the error is measured against the scale. */
		double error = fabs((double)batch.gradient[from + c] - exact) / scale;
		double off = fabs((double)batch.probabilities[from + c] - p[c]);
		assert_true(off <= p[c] * 1e-5 + (double)FLT_MIN);
		assert_true(error <= 1e-6);
		worst_gradient = fmax(worst_gradient, error);
	}
}

static void check_layout(const struct kernel_table *table, const struct heads *heads, int64_t rows,
			 float spread)
{
	double head_loss[HEADS_MAX], total = 0.0;
	int64_t width = width_of(heads);
	double loss = loss_forward(table, heads, rows, width, batch.logits, batch.targets,
				   batch.probabilities, batch.gradient, head_loss);
	for (int h = 0; h < heads->count; h++) {
		const struct head *head = &heads->head[h];
		double exact = 0.0;
		for (int64_t r = 0; r < rows; r++)
			check_row(head, rows, r * width + head->offset, &exact);
		/* Logits cancel in the loss: their size bounds the error. */
		double scale = (double)rows * (1.0 + (double)spread);
		if (!(fabs(head_loss[h] - exact) <= 1e-6 * scale))
			fail_msg("%s of %d, spread %g: %.9g, exact %.9g", head->name,
				 (int)head->width, (double)spread, head_loss[h], exact);
		worst_loss = fmax(worst_loss, fabs(head_loss[h] - exact) / scale);
		total += (double)head->weight * (head_loss[h] / (double)rows);
	}
	assert_true(fabs(loss - total) <= 1e-12 * fabs(total));
	/* Evaluation: the same loss and probabilities, no gradient. */
	static float again[CELLS];
	double other = loss_forward(table, heads, rows, width, batch.logits, batch.targets, again,
				    NULL, head_loss);
	assert_memory_equal(again, batch.probabilities, (size_t)(rows * width) * sizeof(float));
	assert_true(other == loss);
}

static void test_against_double(void **state)
{
	(void)state;
	static const float spreads[] = {0.01f, 1.0f, 10.0f, 60.0f};
	struct random_stream stream;
	random_open(&stream, 1, "test", "loss");
	for (int i = 0; i < 40 * LAYOUTS; i++) {
		const struct heads *heads = &layouts[i % LAYOUTS];
		int64_t rows = 1 + (int64_t)random_below(&stream, ROWS_MAX);
		float spread = spreads[i / LAYOUTS % 4];
		draw(&stream, heads, rows, spread);
		check_layout(&kernel_table_oracle, heads, rows, spread);
	}
	print_message("loss %.2g of the logits' size, gradient %.2g of its scale\n", worst_loss,
		      worst_gradient);
}

static void test_levels_equal_oracle(void **state)
{
	(void)state;
	struct backend backend;
	struct error error;
	struct random_stream stream;
	static float expected[2][CELLS];
	random_open(&stream, 2, "test", "loss");
	for (int i = 0; kernel_tables[i]; i++) {
		if (backend_open(&backend, kernel_tables[i]->level, "none", &error))
			continue;
		for (int layout = 0; layout < LAYOUTS; layout++) {
			const struct heads *heads = &layouts[layout];
			double sums[2][HEADS_MAX] = {{0}};
			int64_t width = width_of(heads);
			draw(&stream, heads, 13, 5.0f);
			double first =
			    loss_forward(&kernel_table_oracle, heads, 13, width, batch.logits,
					 batch.targets, expected[0], expected[1], sums[0]);
			double second = loss_forward(backend.table, heads, 13, width, batch.logits,
						     batch.targets, batch.probabilities,
						     batch.gradient, sums[1]);
			size_t size = (size_t)(13 * width) * sizeof(float);
			assert_memory_equal(expected[0], batch.probabilities, size);
			assert_memory_equal(expected[1], batch.gradient, size);
			assert_memory_equal(sums[0], sums[1], sizeof sums[0]);
			assert_memory_equal(&first, &second, sizeof first);
		}
		backend_close(&backend);
	}
}

/* Columns of no head, and rows beyond the batch, stay as they were. */
static void test_writes_its_columns(void **state)
{
	(void)state;
	const struct heads heads = {.count = 1, .head = {{"middle", HEAD_SOFTMAX, 2, 3, 1.0f}}};
	double sum;
	for (int i = 0; i < CELLS; i++) {
		batch.logits[i] = batch.targets[i] = 0.25f;
		batch.probabilities[i] = batch.gradient[i] = 7.0f;
	}
	loss_forward(&kernel_table_oracle, &heads, 4, 8, batch.logits, batch.targets,
		     batch.probabilities, batch.gradient, &sum);
	for (int i = 0; i < CELLS; i++) {
		bool written = i < 32 && i % 8 >= 2 && i % 8 < 5;
		assert_true((batch.probabilities[i] == 7.0f) == !written);
		assert_true((batch.gradient[i] == 7.0f) == !written);
	}
}

static void test_known(void **state)
{
	(void)state;
	const struct heads heads = {
	    .count = 2,
	    .head = {{"class", HEAD_SOFTMAX, 0, 4, 1.0f}, {"bits", HEAD_SIGMOID, 4, 2, 1.0f}}};
	static const float logits[] = {0, 0, 0, 0, 0, 0}, targets[] = {0, 1, 0, 0, 1, 0};
	static const float expected[] = {0.25f, -0.75f, 0.25f, 0.25f, -0.25f, 0.25f};
	float probabilities[6], gradient[6];
	double sums[2];
	loss_forward(&kernel_table_oracle, &heads, 1, 6, logits, targets, probabilities, gradient,
		     sums);
	assert_true(sums[0] == (double)(float)log(4.0));
	assert_true(sums[1] == (double)(float)log(2.0));
	assert_memory_equal(gradient, expected, sizeof expected);
	/* Far logits stay finite; a lost number does not pass unseen. */
	static const float far[] = {FLT_MAX, 0, 0, 0, 1e30f, -1e30f};
	double loss = loss_forward(&kernel_table_oracle, &heads, 1, 6, far, targets, probabilities,
				   gradient, sums);
	assert_true(isfinite(loss) && loss > 1e38);
	static const float lost[] = {0, NAN, 0, 0, 0, 0};
	assert_true(isnan(loss_forward(&kernel_table_oracle, &heads, 1, 6, lost, targets,
				       probabilities, gradient, sums)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_against_double),
	    cmocka_unit_test(test_levels_equal_oracle),
	    cmocka_unit_test(test_writes_its_columns),
	    cmocka_unit_test(test_known),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
