/* SPDX-License-Identifier: Apache-2.0 */
/* Where the time of a training step goes, op by op.  A profiled backend computes the same bits:
 * every op is called through a wrapper that reads the clock before and after.
 *
 * Seconds are wall time less the measured cost of reading the clock; flops and bytes are what the
 * op's definition needs (each operand read or written once), so a rate below a machine's roof shows
 * waste in the op, not in the count. */
#ifndef SHEAFBENCH_KERNELS_PROFILE_H
#define SHEAFBENCH_KERNELS_PROFILE_H

#include <stdbool.h>

#include "kernels/backend.h"

enum profile_op {
	PROFILE_GEMM_OWN,
	PROFILE_GEMM_GROUP,
	PROFILE_GEMM_BLIS,
	PROFILE_ADD_BIAS,
	PROFILE_COLUMN_SUM,
	PROFILE_LAYER_NORM,
	PROFILE_LAYER_NORM_BACKWARD,
	PROFILE_LAYER_NORM_GRADIENT,
	PROFILE_GELU,
	PROFILE_NORM_GELU,
	PROFILE_NORM_GELU_BACKWARD,
	PROFILE_BIAS_GELU,
	PROFILE_BIAS_GELU_BACKWARD,
	PROFILE_MULTIPLY,
	PROFILE_ADD,
	PROFILE_AXPY,
	PROFILE_SOFTMAX,
	PROFILE_DOT,
	PROFILE_SQUARED_DISTANCE,
	PROFILE_ADAMW,
	PROFILE_ELEMENTARY, /* exp, log, erf, sigmoid, softplus called by themselves */
	PROFILE_PADIC,      /* codec and integer logits */
	PROFILE_CHOICE,     /* gates, simplices, slots */
	PROFILE_GATHER,     /* rows into batches, to experts and back */
	PROFILE_OPS
};

struct profile_entry {
	int64_t calls;
	double seconds, flops, bytes; /* of all calls together */
	int64_t subnormals;           /* among all results; 0 unless they are counted */
};

struct profile {
	struct profile_entry op[PROFILE_OPS];
	double seconds; /* between profile_begin and profile_end */
	int64_t steps;
	/* Results that are subnormal are counted, outside of the time; true from the start in a
	 * program built with -DPROFILE_SUBNORMALS. */
	bool counts_subnormals;
	double clock_cost, started;         /* seconds: of one reading; when profile_enter was */
	struct kernel_table table;          /* the wrappers */
	const struct kernel_table *wrapped; /* the backend's own */
};

extern const char *const profile_op_names[PROFILE_OPS];

/* From here on the backend's ops are counted: its table becomes the profile's, which must outlive
 * it.  One profile per process at a time. */
void profile_attach(struct profile *profile, struct backend *backend);
/* Brackets of one training step; what is not between them (evaluation) is not counted.  NULL: does
 * nothing. */
void profile_begin(struct profile *profile);
void profile_end(struct profile *profile);
/* Brackets of a part that is no op of the table; NULL: does nothing. */
void profile_enter(struct profile *profile);
void profile_leave(struct profile *profile, enum profile_op op, double bytes);
/* n results of such a part, whose subnormal ones are counted where those of ops are. */
void profile_results(struct profile *profile, enum profile_op op, int64_t n, const float *results);
/* backend_gemm under a profile: runs `blis` or the table's GEMM. */
void profile_gemm(struct profile *profile, const struct blis_gemm *blis,
		  const struct gemm_args *args);

#endif
