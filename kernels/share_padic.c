/* SPDX-License-Identifier: Apache-2.0 */
/* The p-adic codec: numbers one by one, logits of whole rows. */
#include "kernels/share_parts.h"

struct encode_call {
	struct cut cut;
	const struct padic *padic;
	const float *x;
	int32_t *codes;
};

static void encode_part(const void *context, int64_t index)
{
	const struct encode_call *c = context;
	const struct range r = range_of(&c->cut, index);
	share_active->own->padic_encode(c->padic, r.count, c->x + r.first, c->codes + r.first);
}

static void shared_encode(const struct padic *padic, int64_t n, const float *x, int32_t *codes)
{
	const struct encode_call call = {cut_of(n, UNIT_ELEMENTS, n * COST_PADIC_ENCODE), padic, x,
					 codes};
	share_run(&call.cut, encode_part, &call);
}

struct decode_call {
	struct cut cut;
	const struct padic *padic;
	const int32_t *codes;
	float *x;
};

static void decode_part(const void *context, int64_t index)
{
	const struct decode_call *c = context;
	const struct range r = range_of(&c->cut, index);
	share_active->own->padic_decode(c->padic, r.count, c->codes + r.first, c->x + r.first);
}

static void shared_decode(const struct padic *padic, int64_t n, const int32_t *codes, float *x)
{
	const struct decode_call call = {cut_of(n, UNIT_ELEMENTS, n * COST_PADIC_DECODE), padic,
					 codes, x};
	share_run(&call.cut, decode_part, &call);
}

struct logits_call {
	struct cut cut;
	const struct padic *padic;
	int64_t inputs, experts;
	const int32_t *x, *w, *b;
	float *logits;
};

static void logits_part(const void *context, int64_t index)
{
	const struct logits_call *c = context;
	const struct range r = range_of(&c->cut, index);
	share_active->own->padic_logits(c->padic, r.count, c->inputs, c->experts,
					c->x + r.first * c->inputs, c->w, c->b,
					c->logits + r.first * c->experts);
}

static void shared_logits(const struct padic *padic, int64_t rows, int64_t inputs, int64_t experts,
			  const int32_t *x, const int32_t *w, const int32_t *b, float *logits)
{
	const struct logits_call call = {
	    cut_of(rows, UNIT_LOGITS, rows * inputs * experts * COST_PADIC_PRODUCT),
	    padic,
	    inputs,
	    experts,
	    x,
	    w,
	    b,
	    logits};
	share_run(&call.cut, logits_part, &call);
}

void share_padic(struct kernel_table *table)
{
	table->padic_encode = shared_encode;
	table->padic_decode = shared_decode;
	table->padic_logits = shared_logits;
}
