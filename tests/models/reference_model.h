/* SPDX-License-Identifier: Apache-2.0 */
/* The networks once more in binary64: loops and libm, written from the definitions in
 * models/arch.h, moe.h, dense.h, loss.h and router.h, row by row, sharing no code with the
 * product's passes.
 *
 *   total loss = task loss + balance * L_balance + overlap_penalty * L_overlap
 *
 * What a gradient treats as fixed is fixed here too, at the parameters given to reference_open: the
 * chosen experts of every row (and with them the shares F_e), and for a router with the codec the
 * quantised values.  The codec makes the loss piecewise constant; its straight-through surrogate is
 *
 *   z(theta) = z_q + X_q (W - W_0) + (b - b_0)
 *
 * with z_q the quantised logits and X_q the decoded inputs at theta_0: quantised values plus the
 * linear part.  It equals the product's logits at theta_0, and its derivative is what the product
 * calls the gradient. */
#ifndef SHEAFBENCH_TESTS_MODELS_REFERENCE_MODEL_H
#define SHEAFBENCH_TESTS_MODELS_REFERENCE_MODEL_H

#include <stdint.h>

#include "models/arch.h"
#include "models/heads.h"
#include "models/router.h"

enum { REFERENCE_WIDTH = 32, REFERENCE_LAYERS = 4, REFERENCE_K = 4 };

struct reference_linear {
	int64_t in, out, weight, bias;
};
struct reference_norm {
	int64_t width, weight, bias;
};

/* MoE: linear[l], norm[l] and out of each expert.  Dense: everything in net[0]; linear[0] is input,
 * up[b], down[b], norm[b] the blocks. */
struct reference_net {
	struct reference_linear linear[REFERENCE_LAYERS], out;
	struct reference_linear up[REFERENCE_LAYERS], down[REFERENCE_LAYERS];
	struct reference_norm norm[REFERENCE_LAYERS];
};

struct reference {
	struct arch arch;
	struct router_settings router;
	struct heads heads;
	int64_t rows, params;
	const float *inputs, *targets; /* not owned */
	struct reference_linear gate;
	struct reference_net net[ARCH_MAX_EXPERTS];
	uint8_t *chosen;                /* rows x k */
	double *router_input;           /* rows x in */
	double *offset;                 /* rows x E: z_q - (X_q W_0 + b_0); 0 without the codec */
	double share[ARCH_MAX_EXPERTS]; /* F_e */
};

/* What one row leaves in one network. */
struct reference_layer {
	double in[REFERENCE_WIDTH], xhat[REFERENCE_WIDTH], normed[REFERENCE_WIDTH];
	double v[REFERENCE_WIDTH], a[REFERENCE_WIDTH]; /* before and after GELU */
	double rstd;
};
struct reference_pass {
	struct reference_layer layer[REFERENCE_LAYERS];
	double top[REFERENCE_WIDTH], f[REFERENCE_WIDTH];
};
struct reference_row {
	double p[ARCH_MAX_EXPERTS], w[REFERENCE_K], y[REFERENCE_WIDTH];
	struct reference_pass pass[REFERENCE_K]; /* of chosen expert i; Dense: pass[0] */
};

/* Dims within the limits above, or the running cmocka test fails. */
void reference_open(struct reference *reference, const struct arch *arch,
		    const struct router_settings *router, const struct heads *heads, int64_t rows,
		    const float *inputs, const float *targets, const double *params);
void reference_close(struct reference *reference);

void reference_forward_row(const struct reference *reference, const double *params, int64_t row,
			   struct reference_row *out);
/* Parts of the total; any of them may be NULL. */
double reference_loss(const struct reference *reference, const double *params, double *task,
		      double *balance, double *overlap);
/* Task loss of one row, as a part of the mean over all rows; dy (may be NULL): its gradient. */
double reference_task_row(const struct reference *reference, int64_t row, const double *y,
			  double *dy);
/* Analytic gradient of the total loss (tests/models/reference_gradient.c). */
void reference_gradient(const struct reference *reference, const double *params, double *grads);
/* Derivative by one parameter: central differences at two steps, extrapolated (Richardson). */
double reference_difference(const struct reference *reference, double *params, int64_t at);

#endif
