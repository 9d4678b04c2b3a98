/* SPDX-License-Identifier: Apache-2.0 */
#include "models/overlap_penalty.h"

#include "kernels/fma.h"

float overlap_distance(const struct moe *moe, const struct kernel_table *table, int64_t row, int i,
		       int j)
{
	const int64_t *slot = moe->slot + row * moe->k;
	return table->squared_distance(moe->out, moe->f + slot[i] * moe->out,
				       moe->f + slot[j] * moe->out);
}

/* lambda L_overlap: with c = lambda / (B out), for each pair i < j of a row's experts
 *   d/dw_i = c w_j |f_i - f_j|^2, d/df_i = 2 c w_i w_j (f_i - f_j), d/df_j = -d/df_i. */
static void add_pair(struct moe *moe, const struct kernel_table *table, float c, int64_t row, int i,
		     int j)
{
	float *w = moe->w + row * moe->k, *dw = moe->dw + row * moe->k;
	const int64_t *slot = moe->slot + row * moe->k;
	float square = overlap_distance(moe, table, row, i, j);
	dw[i] = contract_fma(c * w[j], square, dw[i]);
	dw[j] = contract_fma(c * w[i], square, dw[j]);
	float scale = 2.0f * c * (w[i] * w[j]);
	const float *fi = moe->f + slot[i] * moe->out, *fj = moe->f + slot[j] * moe->out;
	float *di = moe->df + slot[i] * moe->out, *dj = moe->df + slot[j] * moe->out;
	for (int64_t o = 0; o < moe->out; o++) {
		float d = fi[o] - fj[o];
		di[o] = contract_fma(scale, d, di[o]);
		dj[o] = contract_fma(-scale, d, dj[o]);
	}
	moe->overlap_loss = moe->overlap_loss + (double)(w[i] * w[j]) * (double)square;
}

void overlap_penalty_backward(struct moe *moe, const struct kernel_table *table, int64_t rows)
{
	moe->overlap_loss = 0.0;
	if (moe->router.overlap_penalty == 0.0)
		return;
	float c = (float)(moe->router.overlap_penalty / ((double)rows * (double)moe->out));
	for (int64_t r = 0; r < rows; r++)
		for (int i = 0; i < moe->k; i++)
			for (int j = i + 1; j < moe->k; j++)
				add_pair(moe, table, c, r, i, j);
	moe->overlap_loss = moe->overlap_loss / ((double)rows * (double)moe->out);
}
