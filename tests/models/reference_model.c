/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/models/reference_model.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernels/padic.h"

/* Offset of a tensor found by its name. */
static int64_t find(const struct arch *arch, const char *module, const char *part,
		    struct arch_tensor *tensor)
{
	char name[80];
	int64_t at = 0;
	snprintf(name, sizeof name, "%s.%s", module, part);
	for (int64_t i = 0; i < arch_tensor_count(arch); i++) {
		arch_tensor_at(arch, i, tensor);
		if (!strcmp(tensor->name, name))
			return at;
		at += tensor->rows * tensor->cols;
	}
	fail_msg("the arch has no tensor %s", name);
	return -1;
}

static struct reference_linear find_linear(const struct arch *arch, const char *module)
{
	struct arch_tensor tensor;
	struct reference_linear linear;
	linear.bias = find(arch, module, "bias", &tensor);
	linear.weight = find(arch, module, "weight", &tensor);
	linear.in = tensor.cols;
	linear.out = tensor.rows;
	return linear;
}

static struct reference_norm find_norm(const struct arch *arch, const char *module)
{
	struct arch_tensor tensor;
	struct reference_norm norm;
	norm.bias = find(arch, module, "bias", &tensor);
	norm.weight = find(arch, module, "weight", &tensor);
	norm.width = tensor.rows;
	return norm;
}

static void find_expert(struct reference *r, int e)
{
	char module[64];
	int depth = (int)r->arch.expert_depth;
	for (int l = 0; l <= depth; l++) {
		snprintf(module, sizeof module, "experts.%d.%d", e, 3 * l);
		r->net[e].linear[l] = find_linear(&r->arch, module);
		snprintf(module, sizeof module, "experts.%d.%d", e, 3 * l + 1);
		r->net[e].norm[l] = find_norm(&r->arch, module);
	}
	snprintf(module, sizeof module, "experts.%d.%d", e, 3 * (depth + 1));
	r->net[e].out = find_linear(&r->arch, module);
}

static void find_dense(struct reference *r)
{
	char module[64];
	r->net[0].linear[0] = find_linear(&r->arch, "input");
	for (int b = 0; b < (int)r->arch.expert_depth; b++) {
		snprintf(module, sizeof module, "blocks.%d.norm", b);
		r->net[0].norm[b] = find_norm(&r->arch, module);
		snprintf(module, sizeof module, "blocks.%d.up", b);
		r->net[0].up[b] = find_linear(&r->arch, module);
		snprintf(module, sizeof module, "blocks.%d.down", b);
		r->net[0].down[b] = find_linear(&r->arch, module);
	}
	r->net[0].out = find_linear(&r->arch, "output");
}

static void linear(const struct reference_linear *l, const double *params, const double *x,
		   double *y)
{
	for (int64_t o = 0; o < l->out; o++) {
		y[o] = params[l->bias + o];
		for (int64_t i = 0; i < l->in; i++)
			y[o] += x[i] * params[l->weight + i * l->out + o];
	}
}

static void layer_norm(const struct reference_norm *norm, const double *params, const double *u,
		       struct reference_layer *layer)
{
	double mean = 0.0, variance = 0.0, n = (double)norm->width;
	for (int64_t j = 0; j < norm->width; j++)
		mean += u[j] / n;
	for (int64_t j = 0; j < norm->width; j++)
		variance += (u[j] - mean) * (u[j] - mean) / n;
	layer->rstd = 1.0 / sqrt(variance + 1e-5);
	for (int64_t j = 0; j < norm->width; j++) {
		layer->xhat[j] = (u[j] - mean) * layer->rstd;
		layer->normed[j] =
		    layer->xhat[j] * params[norm->weight + j] + params[norm->bias + j];
	}
}

static void gelu(int64_t n, const double *x, double *y)
{
	for (int64_t i = 0; i < n; i++)
		y[i] = x[i] * 0.5 * (1.0 + erf(x[i] * 0.70710678118654752440));
}

static void expert_pass(const struct reference *r, const double *params, int e, int64_t row,
			struct reference_pass *pass)
{
	const struct reference_net *net = &r->net[e];
	double x[REFERENCE_WIDTH], u[REFERENCE_WIDTH];
	for (int64_t i = 0; i < r->arch.input_dim; i++)
		x[i] = (double)r->inputs[row * r->arch.input_dim + i];
	for (int64_t l = 0; l <= r->arch.expert_depth; l++) {
		struct reference_layer *layer = &pass->layer[l];
		memcpy(layer->in, x, sizeof x);
		linear(&net->linear[l], params, x, u);
		layer_norm(&net->norm[l], params, u, layer);
		memcpy(layer->v, layer->normed, sizeof layer->v);
		gelu(r->arch.hidden_dim, layer->v, layer->a);
		memcpy(x, layer->a, sizeof x);
	}
	memcpy(pass->top, x, sizeof x);
	linear(&net->out, params, x, pass->f);
}

static void dense_pass(const struct reference *r, const double *params, int64_t row,
		       struct reference_row *out)
{
	const struct reference_net *net = &r->net[0];
	struct reference_pass *pass = &out->pass[0];
	double inputs[REFERENCE_WIDTH], x[REFERENCE_WIDTH] = {0}, change[REFERENCE_WIDTH];
	for (int64_t i = 0; i < r->arch.input_dim; i++)
		inputs[i] = (double)r->inputs[row * r->arch.input_dim + i];
	linear(&net->linear[0], params, inputs, x);
	for (int64_t b = 0; b < r->arch.expert_depth; b++) {
		struct reference_layer *layer = &pass->layer[b];
		memcpy(layer->in, x, sizeof x);
		layer_norm(&net->norm[b], params, x, layer);
		linear(&net->up[b], params, layer->normed, layer->v);
		gelu(r->arch.intermediate, layer->v, layer->a);
		linear(&net->down[b], params, layer->a, change);
		for (int64_t j = 0; j < r->arch.hidden_dim; j++)
			x[j] += change[j];
	}
	memcpy(pass->top, x, sizeof x);
	linear(&net->out, params, x, out->y);
}

static void probabilities(const struct reference *r, const double *params, int64_t row, double *p)
{
	int64_t n = r->arch.n_experts;
	double largest = -INFINITY, sum = 0.0;
	linear(&r->gate, params, r->router_input + row * r->arch.input_dim, p);
	for (int64_t e = 0; e < n; e++) {
		p[e] += r->offset[row * n + e];
		largest = fmax(largest, p[e]);
	}
	for (int64_t e = 0; e < n; e++)
		sum += p[e] = exp(p[e] - largest);
	for (int64_t e = 0; e < n; e++)
		p[e] /= sum;
}

void reference_forward_row(const struct reference *r, const double *params, int64_t row,
			   struct reference_row *out)
{
	if (r->arch.model_kind == MODEL_DENSE) {
		dense_pass(r, params, row, out);
		return;
	}
	const uint8_t *chosen = r->chosen + row * r->arch.top_k;
	double sum = 0.0;
	probabilities(r, params, row, out->p);
	for (int64_t i = 0; i < r->arch.top_k; i++)
		sum += out->p[chosen[i]];
	memset(out->y, 0, sizeof out->y);
	for (int64_t i = 0; i < r->arch.top_k; i++) {
		out->w[i] = out->p[chosen[i]] / (r->router.renormalize ? sum : 1.0);
		expert_pass(r, params, chosen[i], row, &out->pass[i]);
		for (int64_t o = 0; o < r->arch.output_dim; o++)
			out->y[o] += out->w[i] * out->pass[i].f[o];
	}
}

static double softmax_loss(const struct head *head, const double *z, const float *t, double scale,
			   double *dz)
{
	double largest = -INFINITY, sum = 0.0, dot = 0.0;
	for (int64_t c = 0; c < head->width; c++)
		largest = fmax(largest, z[c]);
	for (int64_t c = 0; c < head->width; c++) {
		sum += exp(z[c] - largest);
		dot += (double)t[c] * z[c];
	}
	for (int64_t c = 0; dz && c < head->width; c++)
		dz[c] = scale * (exp(z[c] - largest) / sum - (double)t[c]);
	return scale * (log(sum) + largest - dot);
}

static double sigmoid_loss(const struct head *head, const double *z, const float *t, double scale,
			   double *dz)
{
	double loss = 0.0;
	scale /= (double)head->width;
	for (int64_t c = 0; c < head->width; c++) {
		loss += fmax(z[c], 0.0) + log1p(exp(-fabs(z[c]))) - (double)t[c] * z[c];
		if (dz)
			dz[c] = scale * (1.0 / (1.0 + exp(-z[c])) - (double)t[c]);
	}
	return scale * loss;
}

double reference_task_row(const struct reference *r, int64_t row, const double *y, double *dy)
{
	double loss = 0.0;
	for (int h = 0; h < r->heads.count; h++) {
		const struct head *head = &r->heads.head[h];
		const float *t = r->targets + row * r->arch.output_dim + head->offset;
		double scale = (double)head->weight / (double)r->rows;
		double *dz = dy ? dy + head->offset : NULL;
		if (head->kind == HEAD_SOFTMAX)
			loss += softmax_loss(head, y + head->offset, t, scale, dz);
		else
			loss += sigmoid_loss(head, y + head->offset, t, scale, dz);
	}
	return loss;
}

static double overlap_row(const struct reference *r, const struct reference_row *row)
{
	double sum = 0.0;
	for (int64_t i = 0; i < r->arch.top_k; i++)
		for (int64_t j = i + 1; j < r->arch.top_k; j++)
			for (int64_t o = 0; o < r->arch.output_dim; o++) {
				double d = row->pass[i].f[o] - row->pass[j].f[o];
				sum += row->w[i] * row->w[j] * d * d;
			}
	return sum / ((double)r->arch.output_dim * (double)r->rows);
}

double reference_loss(const struct reference *r, const double *params, double *task,
		      double *balance, double *overlap)
{
	double parts[3] = {0}, n = (double)r->arch.n_experts;
	for (int64_t row = 0; row < r->rows; row++) {
		struct reference_row out;
		reference_forward_row(r, params, row, &out);
		parts[0] += reference_task_row(r, row, out.y, NULL);
		if (r->arch.model_kind == MODEL_DENSE)
			continue;
		for (int64_t e = 0; e < r->arch.n_experts; e++)
			parts[1] += n * r->share[e] * out.p[e] / (double)r->rows;
		parts[2] += overlap_row(r, &out);
	}
	double *places[3] = {task, balance, overlap};
	for (int i = 0; i < 3; i++)
		if (places[i])
			*places[i] = parts[i];
	return parts[0] + r->router.balance * parts[1] + r->router.overlap_penalty * parts[2];
}

double reference_difference(const struct reference *r, double *params, int64_t at)
{
	const double origin = params[at];
	double slope[2];
	for (int i = 0; i < 2; i++) {
		double step = i ? 0x1p-12 : 0x1p-11;
		params[at] = origin + step;
		double above = reference_loss(r, params, NULL, NULL, NULL);
		params[at] = origin - step;
		double below = reference_loss(r, params, NULL, NULL, NULL);
		slope[i] = (above - below) / (2.0 * step);
	}
	params[at] = origin;
	return (4.0 * slope[1] - slope[0]) / 3.0;
}

/* The best of all k-subsets, found by trying them: SoftmaxOnly may take any, the others those of
 * the nerve.  Random data have no ties; the tie rule is test_nerve's. */
static int allowed(const struct reference *r, const uint8_t *subset)
{
	size_t k = (size_t)r->arch.top_k;
	if (r->router.kind == ROUTER_SOFTMAX_ONLY)
		return 1;
	for (int s = 0; s < r->router.nerve.count; s++)
		if (!memcmp(r->router.nerve.simplex[s], subset, k))
			return 1;
	return 0;
}

static void choose(const struct reference *r, const double *p, uint8_t *chosen)
{
	double best = -1.0;
	int n = (int)r->arch.n_experts, k = (int)r->arch.top_k;
	for (unsigned mask = 0; mask < 1u << n; mask++) {
		uint8_t subset[ARCH_MAX_EXPERTS];
		double sum = 0.0;
		int count = 0;
		for (int e = 0; e < n; e++)
			if (mask >> e & 1) {
				subset[count++] = (uint8_t)e;
				sum += p[e];
			}
		if (count == k && sum > best && allowed(r, subset)) {
			best = sum;
			memcpy(chosen, subset, (size_t)k);
		}
	}
}

/* Decoded inputs and the constant part of the logits. */
static void quantise(struct reference *r, const double *params)
{
	struct padic padic;
	int64_t n = r->arch.n_experts, in = r->arch.input_dim;
	assert_null(padic_init(&padic, &r->router.padic, in));
	for (int64_t i = 0; i < r->rows * in; i++)
		r->router_input[i] = (double)padic_encode(&padic, r->inputs[i], NULL) / padic.scale;
	for (int64_t row = 0; row < r->rows; row++)
		for (int64_t e = 0; e < n; e++) {
			double b = params[r->gate.bias + e], sum;
			sum = (double)padic_encode(&padic, (float)b, NULL) / padic.scale - b;
			for (int64_t i = 0; i < in; i++) {
				double w = params[r->gate.weight + i * n + e];
				double q =
				    (double)padic_encode(&padic, (float)w, NULL) / padic.scale;
				sum += r->router_input[row * in + i] * (q - w);
			}
			r->offset[row * n + e] = sum;
		}
}

static void open_moe(struct reference *r, const double *params)
{
	int64_t k = r->arch.top_k, n = r->arch.n_experts;
	assert_true(k <= REFERENCE_K && r->arch.expert_depth < REFERENCE_LAYERS);
	r->gate = find_linear(&r->arch, "router");
	for (int e = 0; e < (int)n; e++)
		find_expert(r, e);
	r->chosen = test_calloc((size_t)(r->rows * k), 1);
	r->offset = test_calloc((size_t)(r->rows * n), sizeof *r->offset);
	r->router_input =
	    test_calloc((size_t)(r->rows * r->arch.input_dim), sizeof *r->router_input);
	for (int64_t i = 0; i < r->rows * r->arch.input_dim; i++)
		r->router_input[i] = (double)r->inputs[i];
	if (r->router.codec)
		quantise(r, params);
	for (int64_t row = 0; row < r->rows; row++) {
		double p[ARCH_MAX_EXPERTS];
		probabilities(r, params, row, p);
		choose(r, p, r->chosen + row * k);
		for (int64_t i = 0; i < k; i++)
			r->share[r->chosen[row * k + i]] += 1.0 / (double)(r->rows * k);
	}
}

void reference_open(struct reference *r, const struct arch *arch,
		    const struct router_settings *router, const struct heads *heads, int64_t rows,
		    const float *inputs, const float *targets, const double *params)
{
	*r = (struct reference){.arch = *arch, .heads = *heads, .rows = rows, .inputs = inputs};
	r->targets = targets;
	r->params = arch_count(arch).total_params;
	assert_true(arch->input_dim <= REFERENCE_WIDTH && arch->hidden_dim <= REFERENCE_WIDTH);
	assert_true(arch->output_dim <= REFERENCE_WIDTH && arch->intermediate <= REFERENCE_WIDTH);
	if (arch->model_kind == MODEL_DENSE) {
		find_dense(r);
		return;
	}
	r->router = *router;
	open_moe(r, params);
}

void reference_close(struct reference *r)
{
	if (r->arch.model_kind == MODEL_DENSE)
		return;
	test_free(r->chosen);
	test_free(r->offset);
	test_free(r->router_input);
}
