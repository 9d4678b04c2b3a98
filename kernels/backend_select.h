/* SPDX-License-Identifier: Apache-2.0 */
/* Private to kernels/backend*.c: which level and which BLIS sub-configuration. */
#ifndef SHEAFBENCH_KERNELS_BACKEND_SELECT_H
#define SHEAFBENCH_KERNELS_BACKEND_SELECT_H

#include "kernels/backend.h"
#include "kernels/cpu.h"

/* What was asked for; NULL where it is left to us. */
struct backend_wish {
	const struct kernel_table *level;
	const char *blis;
	bool by_variable; /* the level, by BACKEND_LEVEL_VARIABLE */
	bool anew;        /* decide, whatever was decided before */
	const struct cpu *cpu;
};

/* Fills an empty backend with what the wish leads to, checked against the oracle.  Fails as
 * backend_open. */
int backend_select(struct backend *backend, const struct backend_wish *wish, struct error *error);

#endif
