/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of a data set into a batch. */
#include <string.h>

#include "harness/tasks/dataset.h"
#include "kernels/share.h"

/* A pixel is two loads and a store: nothing else may be read again in between, as a float that is
 * written could be part of the table. */
static void row_of_bytes(int64_t n, const uint8_t *restrict bytes, const float *restrict value,
			 float *restrict row)
{
	for (int64_t c = 0; c < n; c++)
		row[c] = value[bytes[c]];
}

struct gather {
	const struct dataset *dataset;
	const int64_t *index;
	float *inputs, *targets;
};

static void gather_part(const void *context, int64_t first, int64_t count)
{
	const struct gather *g = context;
	const struct dataset *d = g->dataset;
	int64_t in = d->input_dim, out = d->output_dim;
	for (int64_t i = first; i < first + count; i++) {
		if (d->bytes)
			row_of_bytes(in, d->bytes + g->index[i] * in, d->byte_value,
				     g->inputs + i * in);
		else
			memcpy(g->inputs + i * in, d->inputs + g->index[i] * in,
			       (size_t)in * sizeof *g->inputs);
		if (g->targets)
			memcpy(g->targets + i * out, d->targets + g->index[i] * out,
			       (size_t)out * sizeof *g->targets);
	}
}

void dataset_gather(const struct dataset *dataset, const struct backend *backend,
		    const int64_t *index, int64_t n, float *inputs, float *targets)
{
	const struct gather gather = {dataset, index, inputs, targets};
	const int64_t copied = dataset->output_dim + (dataset->bytes ? 0 : dataset->input_dim);
	const int64_t decoded = dataset->bytes ? dataset->input_dim : 0;
	share_loop(backend, n, copied * SHARE_COPY + decoded * SHARE_DECODE, gather_part, &gather);
}
