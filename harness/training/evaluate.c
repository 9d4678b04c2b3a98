/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/training/evaluate.h"

#include <math.h> /* sqrt, isfinite */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/training/router_metrics.h"
#include "harness/training/controls.h"
#include "kernels/elementary.h"
#include "models/overlap_penalty.h"
#include "foundation/array.h"

/* Sums over the samples of one evaluation. */
struct sums {
	int64_t rows;
	double loss[HEADS_MAX], right[HEADS_MAX], brier[HEADS_MAX];
	double entropy, balance, overlap, p[ARCH_MAX_EXPERTS];
	int64_t load[ARCH_MAX_EXPERTS], pairs;
	double gluing, gluing_max;
};

static int64_t arg_max(const float *x, int64_t n)
{
	int64_t best = 0;
	for (int64_t i = 1; i < n; i++)
		if (x[i] > x[best])
			best = i;
	return best;
}

static void add_head(struct sums *sums, const struct model *model, int h, int64_t rows,
		     const float *targets)
{
	const struct head *head = &model->heads.head[h];
	int64_t width = model->arch.output_dim;
	for (int64_t r = 0; r < rows; r++) {
		const float *p = model->probabilities + r * width + head->offset;
		const float *t = targets + r * width + head->offset;
		if (head->kind == HEAD_SOFTMAX) {
			sums->right[h] += arg_max(p, head->width) == arg_max(t, head->width);
			continue;
		}
		for (int64_t c = 0; c < head->width; c++) {
			double miss = (double)p[c] - (double)t[c];
			sums->right[h] += (p[c] >= 0.5f) == (t[c] >= 0.5f);
			sums->brier[h] = sums->brier[h] + miss * miss;
		}
	}
	sums->loss[h] = sums->loss[h] + model->head_loss[h];
}

static void add_overlaps(struct sums *sums, const struct model *model, int64_t row)
{
	const struct moe *moe = model->moe;
	const float *w = moe->w + row * moe->k;
	for (int i = 0; i < moe->k; i++)
		for (int j = i + 1; j < moe->k; j++) {
			double square =
			    (double)overlap_distance(moe, model->backend->table, row, i, j) /
			    (double)moe->out;
			double defect = sqrt(square);
			sums->overlap = sums->overlap + (double)w[i] * (double)w[j] * square;
			sums->gluing = sums->gluing + defect;
			sums->gluing_max = defect > sums->gluing_max ? defect : sums->gluing_max;
			sums->pairs++;
		}
}

static void add_routing(struct sums *sums, const struct model *model, int64_t rows)
{
	const struct moe *moe = model->moe;
	for (int64_t r = 0; r < rows; r++) {
		for (int e = 0; e < moe->n_experts; e++) {
			float p = moe->p[r * moe->n_experts + e];
			sums->p[e] = sums->p[e] + (double)p;
			if (p > 0.0f)
				sums->entropy =
				    sums->entropy - (double)p * (double)elementary_log(p);
		}
		for (int i = 0; i < moe->k; i++)
			sums->load[moe->chosen[r * moe->k + i]]++;
		add_overlaps(sums, model, r);
	}
}

static void put_heads(struct metrics *metrics, const struct sums *sums, const struct heads *heads)
{
	double loss = 0.0, accuracy = 0.0, rows = (double)sums->rows;
	int softmax_heads = 0;
	for (int h = 0; h < heads->count; h++) {
		const struct head *head = &heads->head[h];
		loss = loss + (double)head->weight * (sums->loss[h] / rows);
		if (head->kind == HEAD_SOFTMAX) {
			accuracy = accuracy + sums->right[h] / rows;
			softmax_heads++;
		}
	}
	metrics_put(metrics, loss, "loss");
	if (softmax_heads)
		metrics_put(metrics, accuracy / softmax_heads, "accuracy");
	for (int h = 0; h < heads->count; h++) {
		const struct head *head = &heads->head[h];
		double units = head->kind == HEAD_SIGMOID ? rows * (double)head->width : rows;
		metrics_put(metrics, sums->loss[h] / rows, "%s.loss", head->name);
		metrics_put(metrics, sums->right[h] / units, "%s.accuracy", head->name);
		if (head->kind == HEAD_SIGMOID)
			metrics_put(metrics, sums->brier[h] / units, "%s.brier", head->name);
	}
}

static void put_routing(struct metrics *metrics, const struct sums *sums, const struct model *model)
{
	const struct moe *moe = model->moe;
	double rows = (double)sums->rows, assignments = rows * moe->k, balance = 0.0;
	int dead = 0;
	metrics_put(metrics, sums->entropy / rows, "router.entropy");
	for (int e = 0; e < moe->n_experts; e++) {
		double share = (double)sums->load[e] / assignments;
		metrics_put(metrics, share, "router.load.%d", e);
		balance = balance + share * (sums->p[e] / rows);
		dead += share * moe->n_experts < 0.01;
	}
	metrics_put(metrics, dead, "router.dead");
	metrics_put(metrics, moe->n_experts * balance, "router.balance");
	metrics_put(metrics, sums->overlap / rows, "router.overlap_penalty");
	metrics_put(metrics, sums->pairs ? sums->gluing / (double)sums->pairs : 0.0,
		    "router.gluing_mean");
	metrics_put(metrics, sums->gluing_max, "router.gluing_max");
	if (moe->router.codec)
		metrics_put(metrics, (double)moe->counts.saturated / (double)moe->counts.encoded,
			    "router.saturated");
}

int64_t first_not_finite(const float *x, int64_t n)
{
	for (int64_t i = 0; i < n; i++)
		if (!isfinite(x[i]))
			return i;
	return n;
}

/* What one evaluation works with. */
struct evaluation {
	struct model *model;
	const struct dataset *dataset;
	const struct input_codes *codes;
	float *inputs, *targets; /* one batch */
	struct sums sums;
	struct router_metrics seen;
};

static int add_batch(struct evaluation *e, const int64_t *index, int64_t rows, struct error *error)
{
	struct model *model = e->model;
	int64_t width = model->arch.output_dim;
	dataset_gather(e->dataset, model->backend, index, rows, e->inputs, e->targets);
	control_rows(model, e->dataset, index, rows);
	if (e->codes)
		input_codes_give(e->codes, model, index, rows);
	model_forward(model, rows, e->inputs, false);
	int64_t bad = first_not_finite(model->logits, rows * width);
	if (bad < rows * width)
		return error_set(error, ERROR_CHECK, NULL, 0, 0, NULL, "finite outputs",
				 "training diverged: the network's output for row %lld is %g",
				 (long long)index[bad / width] + 1, (double)model->logits[bad]);
	model_loss(model, rows, e->targets, false);
	for (int h = 0; h < model->heads.count; h++)
		add_head(&e->sums, model, h, rows, e->targets);
	if (model->moe) {
		add_routing(&e->sums, model, rows);
		router_metrics_add(&e->seen, model, rows, e->inputs, e->targets,
				   e->dataset->true_expert, index);
	}
	e->sums.rows += rows;
	return 0;
}

static int check_metrics(const struct metrics *metrics, struct error *error)
{
	for (int i = 0; i < metrics->count; i++)
		if (!isfinite(metrics->metric[i].value))
			return error_set(error, ERROR_CHECK, NULL, 0, 0, NULL, "finite metrics",
					 "training diverged: %s is %g", metrics->metric[i].name,
					 metrics->metric[i].value);
	return 0;
}

int evaluate(struct model *model, const struct dataset *dataset, const struct input_codes *codes,
	     const int64_t *index, int64_t n, struct metrics *metrics, struct error *error)
{
	int64_t batch = model->capacity;
	struct evaluation e = {
	    .model = model,
	    .dataset = dataset,
	    .codes = codes,
	    .inputs = array_take(batch * dataset->input_dim, sizeof *e.inputs),
	    .targets = array_take(batch * dataset->output_dim, sizeof *e.targets),
	};
	metrics->count = 0;
	/* What the codec did here, without the training steps before. */
	if (model->moe)
		memset(&model->moe->counts, 0, sizeof model->moe->counts);
	bool ok = e.inputs && e.targets;
	if (model->moe && n > 0)
		ok = ok && router_metrics_open(&e.seen, model, dataset->true_expert != NULL);
	int status = ok ? 0 : error_no_memory(error, NULL);
	for (int64_t at = 0; !status && at < n; at += batch)
		status = add_batch(&e, index + at, n - at < batch ? n - at : batch, error);
	free(e.inputs);
	free(e.targets);
	if (!status && e.sums.rows > 0) {
		put_heads(metrics, &e.sums, &model->heads);
		if (model->moe) {
			put_routing(metrics, &e.sums, model);
			router_metrics_put(&e.seen, model, metrics);
		}
		status = check_metrics(metrics, error);
	}
	router_metrics_close(&e.seen);
	return status;
}
