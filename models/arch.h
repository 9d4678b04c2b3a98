/* SPDX-License-Identifier: Apache-2.0 */
/* Architecture descriptor: what a network looks like, without its weights.
 *
 * MoE:   router Linear(in, E); E experts, each Linear(in,h)-LayerNorm-GELU, then depth x
 *        [Linear(h,h)-LayerNorm-GELU], then Linear(h,out); top_k experts per sample.
 * Dense: Linear(in,h); depth residual blocks x + Linear(i,h)(GELU(Linear(h,i)(LayerNorm(x))));
 *        Linear(h,out).  i is `intermediate`; depth is stored in expert_depth, as arch.json has it.
 *
 * Counts are exact integers computed without allocating anything. */
#ifndef SHEAFBENCH_MODELS_ARCH_H
#define SHEAFBENCH_MODELS_ARCH_H

#include <stdbool.h>
#include <stdint.h>

#include "foundation/error.h"
#include "models/routers.h"

enum model_kind { MODEL_MOE, MODEL_DENSE };
enum arch_size { SIZE_NANO, SIZE_TINY, SIZE_MEDIUM, SIZE_FULL };

/* Names as arch.json and the configs write them, NULL-terminated, indexed by the enums. */
extern const char *const model_kind_names[]; /* "MoE", "Dense" */
extern const char *const arch_size_names[];  /* "Nano", "Tiny", "Medium", "Full" */

enum { ARCH_EXPERTS = 4, ARCH_TOP_K = 2, ARCH_INPUT = 96, ARCH_OUTPUT = 20, ARCH_MAX_EXPERTS = 16 };
/* Of files that say none, and stored in those of Dense, which has none. */
#define ARCH_ROUTER ROUTER_SHEAF_PADIC

struct arch {
	enum arch_size size; /* Dense keeps a placeholder that nothing consults */
	int64_t input_dim, hidden_dim, output_dim;
	int64_t n_experts, top_k; /* both 0 for Dense */
	int64_t expert_depth;     /* Dense: number of residual blocks */
	uint64_t seed;
	enum model_kind model_kind;
	enum router_kind router_kind;
	int64_t intermediate; /* Dense only; 0 for MoE */
	/* What the dims above must agree with: the task's input and output, E and top_k. */
	int64_t topology_input, topology_output, topology_experts, topology_top_k;
};

/* Hidden width and depth of a size. */
void arch_size_dims(enum arch_size size, int64_t *hidden, int64_t *depth);

/* A MoE of that size for a task of input -> output, E = 4, top_k = 2 unless changed afterwards. */
struct arch arch_moe(enum arch_size size, int64_t input, int64_t output, enum router_kind router,
		     uint64_t seed);
/* A Dense network with hidden width and depth of the size and the given intermediate. */
struct arch arch_dense(enum arch_size size, int64_t input, int64_t output, int64_t intermediate,
		       uint64_t seed);

/* Reads arch.json.  Files without model_kind / router_kind are MoE / SheafPadic; without
 * intermediate a Dense file has 4096 (the only value such files could describe); without topology,
 * 96 -> 20, 4 experts, top 2.  Every contradiction is an error naming field, value, expectation. */
int arch_read(struct arch *arch, const char *file_name, struct error *error);
/* The file's text, with trailing newline and fingerprint; free() it. NULL: out of memory. */
char *arch_to_json(const struct arch *arch);
/* Consistency of the fields with each other and with the topology; `file_name` and positions come
 * from arch_read, other callers see no line. */
int arch_check(const struct arch *arch, struct error *error);

struct arch_counts {
	int64_t total_params;
	int64_t active_params; /* those a sample meets: router + top_k experts (all for Dense) */
	int64_t
	    forward_flops;   /* per sample: 2 per weight of each matrix product actually computed */
	int64_t train_flops; /* per sample: forward + weight gradients + input gradients (none for
				the first layers and the router, whose input is data) */
	int64_t
	    train_bytes; /* memory for parameters, gradients and both moments: 16 per parameter */
};
struct arch_counts arch_count(const struct arch *arch);

/* Tensors in canonical order; the parameter arena, the optimiser and the checkpoint follow it.
 * Names are PyTorch's: router.weight [E,in], router.bias, experts.E.N.weight ... where N indexes
 * nn.Sequential (Linear 3l, LayerNorm 3l+1, GELU 3l+2; last Linear 3(depth+1)); Dense: input.*,
 * blocks.B.norm.*, blocks.B.up.*, blocks.B.down.*, output.*.  */
enum tensor_role { TENSOR_WEIGHT, TENSOR_BIAS, TENSOR_NORM_WEIGHT, TENSOR_NORM_BIAS };
struct arch_tensor {
	char name[64];
	enum tensor_role role;
	int64_t rows;   /* out features; length of a vector */
	int64_t cols;   /* in features; 1 for vectors */
	int64_t fan_in; /* of the Linear it belongs to; 0 for LayerNorm */
};
int64_t arch_tensor_count(const struct arch *arch);
void arch_tensor_at(const struct arch *arch, int64_t index, struct arch_tensor *tensor);

/* SHA-256 over the canonical tensor list (name, rows, cols per line) and the routing fields; 64 hex
 * digits and NUL. Two archs have one fingerprint iff they compute the same function of the weights.
 */
void arch_fingerprint(const struct arch *arch, char hex[65]);

#endif
