/* SPDX-License-Identifier: Apache-2.0 */
/* AdamW (Loshchilov and Hutter 2019) over one arena.  The update of an element is in
 * kernels/kernels.h; beta^t is kept by repeated multiplication in binary64, corrections are
 * computed in binary64 and rounded once.  Weight decay applies to Linear weights alone. */
#ifndef SHEAFBENCH_MODELS_OPTIMISER_H
#define SHEAFBENCH_MODELS_OPTIMISER_H

#include "kernels/backend.h"
#include "models/arch.h"

struct optimiser {
	double beta1, beta2, epsilon, weight_decay;
	double power1, power2; /* beta^t */
	float *m, *v;          /* owned arenas */
};

/* Bytes optimiser_open asks for. */
int64_t optimiser_memory(int64_t params);
int optimiser_open(struct optimiser *optimiser, int64_t params, double beta1, double beta2,
		   double epsilon, double weight_decay); /* -1: out of memory */
void optimiser_close(struct optimiser *optimiser);
void optimiser_step(struct optimiser *optimiser, const struct kernel_table *table,
		    const struct arch *arch, double lr, const float *grads, float *params);

#endif
