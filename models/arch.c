/* SPDX-License-Identifier: Apache-2.0 */
/* What an architecture consists of: its dims, tensors, exact counts and fingerprint, and whether
 * its fields agree.  The file form is in models/arch_json.c. */
#include "models/arch.h"

#include <stdio.h>
#include <string.h>

#include "foundation/digest.h"

const char *const model_kind_names[] = {"MoE", "Dense", NULL};
const char *const arch_size_names[] = {"Nano", "Tiny", "Medium", "Full", NULL};

void arch_size_dims(enum arch_size size, int64_t *hidden, int64_t *depth)
{
	static const struct {
		int64_t hidden, depth;
	} dims[] = {
	    [SIZE_NANO] = {128, 2},
	    [SIZE_TINY] = {2048, 5},
	    [SIZE_MEDIUM] = {3072, 7},
	    [SIZE_FULL] = {4096, 10},
	};
	*hidden = dims[size].hidden;
	*depth = dims[size].depth;
}

struct arch arch_moe(enum arch_size size, int64_t input, int64_t output, enum router_kind router,
		     uint64_t seed)
{
	struct arch arch = {
	    .size = size,
	    .input_dim = input,
	    .output_dim = output,
	    .n_experts = ARCH_EXPERTS,
	    .top_k = ARCH_TOP_K,
	    .seed = seed,
	    .model_kind = MODEL_MOE,
	    .router_kind = router,
	    .intermediate = 0,
	    .topology_input = input,
	    .topology_output = output,
	    .topology_experts = ARCH_EXPERTS,
	    .topology_top_k = ARCH_TOP_K,
	};
	arch_size_dims(size, &arch.hidden_dim, &arch.expert_depth);
	return arch;
}

struct arch arch_dense(enum arch_size size, int64_t input, int64_t output, int64_t intermediate,
		       uint64_t seed)
{
	struct arch arch = arch_moe(size, input, output, ARCH_ROUTER, seed);
	arch.model_kind = MODEL_DENSE;
	arch.n_experts = 0;
	arch.top_k = 0;
	arch.intermediate = intermediate;
	return arch;
}

/* Sums of products that remember whether they left int64. */
struct tally {
	int64_t sum;
	bool overflow;
};

static void tally_add(struct tally *tally, int64_t a, int64_t b, int64_t c)
{
	int64_t product;
	bool overflow = __builtin_mul_overflow(a, b, &product);
	overflow |= __builtin_mul_overflow(product, c, &product);
	overflow |= __builtin_add_overflow(tally->sum, product, &tally->sum);
	tally->overflow |= overflow;
}

static int64_t tally_value(const struct tally *tally)
{
	return tally->overflow ? INT64_MAX : tally->sum;
}

/* Parameters of a MoE of which `experts` experts count:
 *   in*E + E + experts * (in*h + h + depth*(h*h + h) + h*out + out + 2*h*(1+depth)). */
static struct tally count_moe_params(const struct arch *arch, int64_t experts)
{
	int64_t in = arch->input_dim, h = arch->hidden_dim, out = arch->output_dim;
	int64_t depth = arch->expert_depth;
	struct tally expert = {0}, all = {0};
	tally_add(&expert, in + 1, h, 1);
	tally_add(&expert, depth, h + 1, h);
	tally_add(&expert, h + 1, out, 1);
	tally_add(&expert, 2, h, 1 + depth);
	all.overflow = expert.overflow;
	tally_add(&all, in + 1, arch->n_experts, 1);
	tally_add(&all, tally_value(&expert), experts, 1);
	return all;
}

/* in*h + h + depth * (2*h + h*i + i + i*h + h) + h*out + out. */
static struct tally count_dense_params(const struct arch *arch)
{
	int64_t h = arch->hidden_dim, i = arch->intermediate;
	struct tally all = {0};
	tally_add(&all, arch->input_dim + 1, h, 1);
	tally_add(&all, arch->expert_depth, 2, h);
	tally_add(&all, arch->expert_depth, h + 1, i);
	tally_add(&all, arch->expert_depth, i + 1, h);
	tally_add(&all, h + 1, arch->output_dim, 1);
	return all;
}

/* Weights (no biases, no LayerNorm) of the matrix products computed for one sample; `first` are
 * those of them whose input is data: router and first layers of the chosen experts, or the Dense
 * input layer. */
static void count_active_weights(const struct arch *arch, struct tally *active, struct tally *first)
{
	int64_t in = arch->input_dim, h = arch->hidden_dim, out = arch->output_dim;
	*first = (struct tally){0};
	if (arch->model_kind == MODEL_DENSE) {
		tally_add(first, in, h, 1);
		*active = *first;
		tally_add(active, arch->expert_depth, 2 * h, arch->intermediate);
		tally_add(active, h, out, 1);
		return;
	}
	tally_add(first, in, arch->n_experts, 1);
	tally_add(first, in, h, arch->top_k);
	*active = *first;
	struct tally inner = {0};
	tally_add(&inner, arch->expert_depth, h, h);
	tally_add(&inner, h, out, 1);
	active->overflow |= inner.overflow;
	tally_add(active, tally_value(&inner), arch->top_k, 1);
}

/* Floating point operations per sample, a multiplication and an addition per weight and product:
 *   forward = 2 * active weights, router included;
 *   train   = forward
 *           + weight gradients: 2 * active weights
 *           + input gradients:  2 * (active weights - weights whose input is data).
 * Biases, LayerNorm, GELU, softmax and the optimiser are not counted. */
static void count_flops(const struct arch *arch, struct tally *forward, struct tally *train)
{
	struct tally active, first;
	count_active_weights(arch, &active, &first);
	*forward = (struct tally){.overflow = active.overflow};
	tally_add(forward, 2, active.sum, 1);
	*train = *forward;
	tally_add(train, 2, forward->sum, 1);
	tally_add(train, -2, first.sum, 1);
}

struct arch_counts arch_count(const struct arch *arch)
{
	bool dense = arch->model_kind == MODEL_DENSE;
	struct tally total =
	    dense ? count_dense_params(arch) : count_moe_params(arch, arch->n_experts);
	struct tally active = dense ? total : count_moe_params(arch, arch->top_k);
	struct tally bytes = {.overflow = total.overflow};
	tally_add(&bytes, 4 * (int64_t)sizeof(float), total.sum, 1);
	struct tally forward, train;
	count_flops(arch, &forward, &train);
	return (struct arch_counts){
	    .total_params = tally_value(&total),
	    .active_params = tally_value(&active),
	    .forward_flops = tally_value(&forward),
	    .train_flops = tally_value(&train),
	    .train_bytes = tally_value(&bytes),
	};
}

/* Tensors of one expert: (depth + 1) x [Linear weight, bias, LayerNorm weight, bias], last Linear.
 */
static int64_t expert_tensors(const struct arch *arch)
{
	return 4 * (arch->expert_depth + 1) + 2;
}

enum { BLOCK_TENSORS = 6 }; /* norm, up, down: weight and bias each */

int64_t arch_tensor_count(const struct arch *arch)
{
	if (arch->model_kind == MODEL_DENSE)
		return 2 + BLOCK_TENSORS * arch->expert_depth + 2;
	return 2 + arch->n_experts * expert_tensors(arch);
}

enum { MODULE_NAME = 52 }; /* leaves room for ".weight" in a tensor's name */

static void set_name(struct arch_tensor *tensor, const char *module, bool bias)
{
	snprintf(tensor->name, sizeof tensor->name, "%.*s.%s", MODULE_NAME, module,
		 bias ? "bias" : "weight");
}

static void set_linear(struct arch_tensor *tensor, const char *module, bool bias, int64_t in,
		       int64_t out)
{
	set_name(tensor, module, bias);
	tensor->role = bias ? TENSOR_BIAS : TENSOR_WEIGHT;
	tensor->rows = out;
	tensor->cols = bias ? 1 : in;
	tensor->fan_in = in;
}

static void set_norm(struct arch_tensor *tensor, const char *module, bool bias, int64_t width)
{
	set_name(tensor, module, bias);
	tensor->role = bias ? TENSOR_NORM_BIAS : TENSOR_NORM_WEIGHT;
	tensor->rows = width;
	tensor->cols = 1;
	tensor->fan_in = 0;
}

static void moe_tensor_at(const struct arch *arch, int64_t index, struct arch_tensor *tensor)
{
	if (index < 2) {
		set_linear(tensor, "router", index == 1, arch->input_dim, arch->n_experts);
		return;
	}
	int64_t expert = (index - 2) / expert_tensors(arch);
	int64_t within = (index - 2) % expert_tensors(arch);
	int64_t layer = within / 4, part = within % 4, h = arch->hidden_dim;
	bool bias = part % 2 == 1;
	char module[MODULE_NAME];
	/* nn.Sequential counts the GELU too: three modules a layer. */
	snprintf(module, sizeof module, "experts.%lld.%lld", (long long)expert,
		 (long long)(3 * layer + part / 2));
	if (layer == arch->expert_depth + 1)
		set_linear(tensor, module, bias, h, arch->output_dim);
	else if (part < 2)
		set_linear(tensor, module, bias, layer == 0 ? arch->input_dim : h, h);
	else
		set_norm(tensor, module, bias, h);
}

static void dense_tensor_at(const struct arch *arch, int64_t index, struct arch_tensor *tensor)
{
	static const char *const parts[] = {"norm", "up", "down"};
	int64_t h = arch->hidden_dim, i = arch->intermediate;
	int64_t block = (index - 2) / BLOCK_TENSORS, part = (index - 2) % BLOCK_TENSORS / 2;
	bool bias = index % 2 == 1;
	if (index < 2) {
		set_linear(tensor, "input", bias, arch->input_dim, h);
		return;
	}
	if (block == arch->expert_depth) {
		set_linear(tensor, "output", bias, h, arch->output_dim);
		return;
	}
	char module[MODULE_NAME];
	snprintf(module, sizeof module, "blocks.%lld.%s", (long long)block, parts[part]);
	if (part == 0)
		set_norm(tensor, module, bias, h);
	else if (part == 1)
		set_linear(tensor, module, bias, h, i);
	else
		set_linear(tensor, module, bias, i, h);
}

void arch_tensor_at(const struct arch *arch, int64_t index, struct arch_tensor *tensor)
{
	memset(tensor, 0, sizeof *tensor);
	if (arch->model_kind == MODEL_DENSE)
		dense_tensor_at(arch, index, tensor);
	else
		moe_tensor_at(arch, index, tensor);
}

void arch_fingerprint(const struct arch *arch, char hex[65])
{
	struct digest *digest = digest_new();
	char line[160];
	int length;
	for (int64_t i = 0; i < arch_tensor_count(arch); i++) {
		struct arch_tensor tensor;
		arch_tensor_at(arch, i, &tensor);
		length = snprintf(line, sizeof line, "%s %lld %lld\n", tensor.name,
				  (long long)tensor.rows, (long long)tensor.cols);
		digest_update(digest, line, (size_t)length);
	}
	/* A Dense network has no router: its router_kind changes nothing it computes. */
	if (arch->model_kind == MODEL_DENSE)
		length = snprintf(line, sizeof line, "model_kind Dense\n");
	else
		length = snprintf(line, sizeof line, "model_kind MoE\nrouter_kind %s\ntop_k %lld\n",
				  router_kind_names[arch->router_kind], (long long)arch->top_k);
	digest_update(digest, line, (size_t)length);
	digest_finish(digest, hex);
}
