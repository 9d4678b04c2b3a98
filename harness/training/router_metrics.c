/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/training/router_metrics.h"

#include <math.h> /* sqrt, fabs */
#include <stdlib.h>
#include <string.h>

#include "kernels/elementary.h"
#include "foundation/array.h"

bool router_metrics_open(struct router_metrics *seen, const struct model *model, bool has_truth)
{
	const struct moe *moe = model->moe;
	bool own = router_of(moe->router.kind)->has_nerve;
	*seen = (struct router_metrics){.has_truth = has_truth};
	if (own)
		seen->nerve = moe->router.nerve;
	else if (nerve_cycle(&seen->nerve, moe->n_experts, moe->k))
		return false;
	for (int h = 0; h < model->heads.count && !seen->by_class; h++) {
		const struct head *head = &model->heads.head[h];
		if (head->kind != HEAD_SOFTMAX)
			continue;
		seen->class_offset = head->offset;
		seen->classes = head->width;
		seen->by_class = array_zeroed(moe->n_experts * head->width, sizeof(int64_t));
		if (!seen->by_class)
			return false;
	}
	return true;
}

void router_metrics_close(struct router_metrics *seen)
{
	free(seen->by_class);
	seen->by_class = NULL;
}

static int64_t first_largest(const float *x, int64_t n)
{
	int64_t best = 0;
	for (int64_t i = 1; i < n; i++)
		if (x[i] > x[best])
			best = i;
	return best;
}

static void add_choice(struct router_metrics *seen, const struct moe *moe, int64_t row)
{
	const uint8_t *chosen = moe->chosen + row * moe->k;
	uint8_t top[NERVE_MAX_K];
	for (int i = 0; i < moe->k; i++) {
		seen->load[chosen[i]]++;
		for (int j = i + 1; j < moe->k; j++)
			seen->pair[chosen[i]][chosen[j]]++;
	}
	seen->outside += !nerve_has(&seen->nerve, chosen);
	router_choose_top_k(moe->p + row * moe->n_experts, moe->n_experts, moe->k, top);
	seen->overruled += memcmp(top, chosen, (size_t)moe->k) != 0;
}

/* The smallest m for which a codec of m digits holds n without its factors of p. */
static int significant_digits(const struct padic *padic, int32_t n)
{
	int64_t unit = llabs((long long)n), power = padic->settings.p;
	int digits = 1;
	while (unit % padic->settings.p == 0)
		unit /= padic->settings.p;
	for (; unit > (power - 1) / 2; digits++)
		power *= padic->settings.p;
	return digits;
}

static void add_codes(struct router_metrics *seen, const struct padic *padic, int64_t n,
		      const float *x, const int32_t *code)
{
	int32_t last = 0;
	int digits = 0;
	for (int64_t i = 0; i < n; i++) {
		double error = fabs((double)padic_decode(padic, code[i]) - (double)x[i]);
		seen->error_max = error > seen->error_max ? error : seen->error_max;
		if (code[i] == 0)
			continue;
		if (code[i] != last) /* pixels repeat */
			digits = significant_digits(padic, code[i]);
		last = code[i];
		seen->digits += digits;
		seen->nonzero++;
	}
}

static void add_codec(struct router_metrics *seen, const struct model *model, int64_t rows,
		      const float *inputs)
{
	const struct moe *moe = model->moe;
	int64_t numbers = rows * moe->in, zeros = 0;
	add_codes(seen, &moe->padic, numbers, inputs, moe->x_code);
	for (int64_t i = 0; i < numbers; i++)
		zeros += moe->x_code[i] == 0;
	seen->skipped += zeros * moe->n_experts;
	seen->products += numbers * moe->n_experts;
	if (seen->rows > 0)
		return; /* the parameters are the same in every batch */
	add_codes(seen, &moe->padic, moe->in * moe->n_experts, model->params + moe->gate.weight,
		  moe->w_code);
	add_codes(seen, &moe->padic, moe->n_experts, model->params + moe->gate.bias, moe->b_code);
}

void router_metrics_add(struct router_metrics *seen, const struct model *model, int64_t rows,
			const float *inputs, const float *targets, const int32_t *true_expert,
			const int64_t *index)
{
	const struct moe *moe = model->moe;
	for (int64_t r = 0; r < rows; r++) {
		int64_t top = first_largest(moe->w + r * moe->k, moe->k);
		uint8_t expert = moe->chosen[r * moe->k + top];
		const float *target = targets + r * model->arch.output_dim + seen->class_offset;
		add_choice(seen, moe, r);
		if (seen->by_class)
			seen->by_class[expert * seen->classes +
				       first_largest(target, seen->classes)]++;
		if (seen->has_truth)
			seen->by_truth[true_expert[index[r]]][expert]++;
	}
	if (moe->router.codec)
		add_codec(seen, model, rows, inputs);
	seen->rows += rows;
}

double mutual_information(const int64_t *table, int64_t rows, int64_t columns)
{
	static const double ln2 = 0x1.62e42fefa39efp-1;
	double total = 0.0, sum = 0.0;
	for (int64_t i = 0; i < rows * columns; i++)
		total = total + (double)table[i];
	for (int64_t r = 0; r < rows; r++)
		for (int64_t c = 0; c < columns; c++) {
			double row = 0.0, column = 0.0, count = (double)table[r * columns + c];
			if (count == 0.0)
				continue;
			for (int64_t i = 0; i < columns; i++)
				row = row + (double)table[r * columns + i];
			for (int64_t i = 0; i < rows; i++)
				column = column + (double)table[i * columns + c];
			float ratio = (float)(count * total / (row * column));
			sum = sum + count / total * (double)elementary_log(ratio);
		}
	return sum > 0.0 ? sum / ln2 : 0.0; /* below 0 by rounding alone */
}

static int64_t match_rest(int64_t (*count)[ARCH_MAX_EXPERTS], int truths, int experts, int from,
			  unsigned used)
{
	if (from == truths)
		return 0;
	/* Leaving one unmatched matters only where there are fewer experts. */
	int64_t best = match_rest(count, truths, experts, from + 1, used);
	for (int e = 0; e < experts; e++) {
		if (used >> e & 1)
			continue;
		int64_t sum =
		    count[from][e] + match_rest(count, truths, experts, from + 1, used | 1u << e);
		best = sum > best ? sum : best;
	}
	return best;
}

int64_t best_matching(int64_t (*count)[ARCH_MAX_EXPERTS], int truths, int experts)
{
	return match_rest(count, truths, experts, 0, 0);
}

static void put_loads(const struct router_metrics *seen, const struct moe *moe,
		      struct metrics *metrics)
{
	double mean = (double)seen->rows * moe->k / moe->n_experts, spread = 0.0, largest = 0.0;
	for (int e = 0; e < moe->n_experts; e++) {
		double load = (double)seen->load[e], away = load - mean;
		spread = spread + away * away;
		largest = load > largest ? load : largest;
	}
	metrics_put(metrics, sqrt(spread / moe->n_experts) / mean, "router.load_cv");
	metrics_put(metrics, largest / mean, "router.load_max");
	for (int i = 0; moe->k > 1 && i < moe->n_experts; i++)
		for (int j = i + 1; j < moe->n_experts; j++)
			metrics_put(metrics, (double)seen->pair[i][j], "router.pair.%d.%d", i, j);
	metrics_put(metrics, (double)seen->outside / (double)seen->rows, "router.outside_nerve");
	if (moe->router.control == CONTROL_NONE)
		metrics_put(metrics, (double)seen->overruled / (double)seen->rows,
			    "router.overruled");
}

static void put_information(const struct router_metrics *seen, const struct moe *moe,
			    struct metrics *metrics)
{
	int64_t truth[GENERATE_EXPERTS][ARCH_MAX_EXPERTS];
	if (seen->by_class)
		metrics_put(metrics,
			    mutual_information(seen->by_class, moe->n_experts, seen->classes),
			    "router.class_information");
	if (!seen->has_truth)
		return;
	memcpy(truth, seen->by_truth, sizeof truth);
	metrics_put(metrics, mutual_information(truth[0], GENERATE_EXPERTS, ARCH_MAX_EXPERTS),
		    "router.true_information");
	/* Beyond eight experts there are many matchings, and one is bound to look good. */
	if (moe->n_experts <= 8)
		metrics_put(metrics,
			    (double)best_matching(truth, GENERATE_EXPERTS, moe->n_experts) /
				(double)seen->rows,
			    "router.true_agreement");
}

static void put_codec(const struct router_metrics *seen, const struct moe *moe,
		      struct metrics *metrics)
{
	const struct padic_counts *counts = &moe->counts;
	double encoded = (double)counts->encoded;
	metrics_put(metrics, seen->error_max, "router.padic.error_max");
	metrics_put(metrics, seen->nonzero ? (double)seen->digits / (double)seen->nonzero : 0.0,
		    "router.padic.digits");
	metrics_put(metrics, (double)seen->skipped / (double)seen->products,
		    "router.padic.skipped");
	metrics_put(metrics, (double)counts->zeros / encoded, "router.padic.zeros");
	for (int v = 0; v < moe->router.padic.digits; v++)
		metrics_put(metrics, (double)counts->valuation[v] / encoded,
			    "router.padic.valuation.%d", v);
}

void router_metrics_put(const struct router_metrics *seen, const struct model *model,
			struct metrics *metrics)
{
	const struct moe *moe = model->moe;
	put_loads(seen, moe, metrics);
	put_information(seen, moe, metrics);
	if (moe->router.codec)
		put_codec(seen, moe, metrics);
}
