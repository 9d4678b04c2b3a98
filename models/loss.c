/* SPDX-License-Identifier: Apache-2.0 */
#include "models/loss.h"

#include <stddef.h>

const char *const head_kind_names[] = {"softmax", "sigmoid", NULL};

static void gradient_part(const struct head *head, int64_t rows, int64_t width, float scale,
			  const float *probabilities, const float *targets, float *gradient)
{
	for (int64_t r = 0; r < rows; r++)
		for (int64_t c = head->offset; c < head->offset + head->width; c++) {
			int64_t at = r * width + c;
			gradient[at] = (probabilities[at] - targets[at]) * scale;
		}
}

enum { CHUNK = 64 }; /* rows, or sigmoid units, handled at a time; a multiple of the lanes */

static double softmax_head(const struct kernel_table *table, const struct head *head, int64_t rows,
			   int64_t width, const float *logits, const float *targets,
			   float *probabilities)
{
	float log_sum[CHUNK];
	double sum = 0.0;
	for (int64_t r = 0; r < rows; r++) {
		int64_t at = r * width + head->offset, chunk = r % CHUNK;
		int64_t left = rows - r < CHUNK ? rows - r : CHUNK;
		if (chunk == 0)
			table->softmax(left, head->width, width, logits + at, probabilities + at,
				       log_sum);
		float loss = log_sum[chunk] - table->dot(head->width, targets + at, logits + at);
		sum = sum + (double)loss;
	}
	return sum;
}

static double sigmoid_head(const struct kernel_table *table, const struct head *head, int64_t rows,
			   int64_t width, const float *logits, const float *targets,
			   float *probabilities)
{
	static const float ones[] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
				     1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
				     1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
				     1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
	_Static_assert(sizeof ones == CHUNK * sizeof *ones, "a one for every unit of a chunk");
	double sum = 0.0;
	for (int64_t r = 0; r < rows; r++) {
		float loss = 0.0f;
		for (int64_t c = 0; c < head->width; c += CHUNK) {
			int64_t at = r * width + head->offset + c;
			int64_t n = head->width - c < CHUNK ? head->width - c : CHUNK;
			float soft[CHUNK];
			table->sigmoid(n, logits + at, probabilities + at);
			table->softplus(n, logits + at, soft);
			loss = loss + (table->dot(n, soft, ones) -
				       table->dot(n, targets + at, logits + at));
		}
		sum = sum + (double)(loss / (float)head->width);
	}
	return sum;
}

double loss_forward(const struct kernel_table *table, const struct heads *heads, int64_t rows,
		    int64_t width, const float *logits, const float *targets, float *probabilities,
		    float *gradient, double *head_loss)
{
	double total = 0.0;
	for (int h = 0; h < heads->count; h++) {
		const struct head *head = &heads->head[h];
		double sum;
		float scale = head->weight / (float)rows;
		if (head->kind == HEAD_SOFTMAX) {
			sum =
			    softmax_head(table, head, rows, width, logits, targets, probabilities);
		} else {
			sum =
			    sigmoid_head(table, head, rows, width, logits, targets, probabilities);
			scale = head->weight / (float)(rows * head->width);
		}
		if (gradient)
			gradient_part(head, rows, width, scale, probabilities, targets, gradient);
		head_loss[h] = sum;
		total = total + (double)head->weight * (sum / (double)rows);
	}
	return total;
}
