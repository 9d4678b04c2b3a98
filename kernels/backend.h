/* SPDX-License-Identifier: Apache-2.0 */
/* The conforming backend of this machine: a level's kernel table, and BLIS for large products.
 *
 * Level and BLIS sub-configuration are chosen from CPU features (never from BLIS's own guess, which
 * calls CPUs it does not know `generic`) and, where several fit, by a contest (kernels/contest.h)
 * that is held once per CPU and executable: its outcome comes from the parent process or a file
 * (kernels/choice_text.h) where it can.  Preferred, and so taken on a tie, are the higher level,
 * then our own GEMM before BLIS, then BLIS's wider kernels (backend_select.c has the reasons).
 *
 * However it was found, every choice must pass a known-answer check against the scalar oracle in
 * this process before anything is computed with it.  What fails is replaced: BLIS by our own GEMM,
 * a level by a lower one, at last by the oracle; each replacement leaves a warning. */
#ifndef SHEAFBENCH_KERNELS_BACKEND_H
#define SHEAFBENCH_KERNELS_BACKEND_H

#include <limits.h> /* PATH_MAX */
#include <stdbool.h>
#include <stddef.h>

#include "foundation/error.h"
#include "kernels/choice_text.h"
#include "kernels/kernels.h"

struct profile;   /* kernels/profile.h */
struct share;     /* kernels/share.h */
struct blis_gemm; /* opaque: BLIS's context and runtime under the contract */

struct backend {
	const struct kernel_table *table; /* ops; gemm for small shapes */
	struct blis_gemm *blis;           /* NULL: table->gemm does all */
	bool blis_everywhere;             /* BLIS for every product, not where it is faster */
	char level[16];                   /* as recorded: "v4", "oracle" ... */
	char blis_name[32];               /* "skx", "none", "oracle" ... */
	char blis_fastest[32];            /* BLIS's fastest, used or not; "" where not timed */
	char warning[512];                /* "" when the first choice passed */
	struct profile *profile;          /* NULL: nothing is timed */
	struct share *share;              /* NULL: one thread */
	char choice[384];                 /* the candidates, their speed, and so why */
	struct kernel_choice decided;     /* the contests behind it; none: nothing to decide */
	char from[PATH_MAX + 64];         /* where they are from: "decided now, kept in FILE" ... */
	double decided_seconds;           /* of this process's time that deciding took */
};

/* The level where none is asked for, or "auto" is. */
#define BACKEND_LEVEL_VARIABLE "SHEAFBENCH_ISA"

/* level NULL or "auto": what SHEAFBENCH_ISA says, else the fastest this CPU has.  blis NULL or
 * "auto": from the features, for the products it is faster at; a sub-configuration's name: that one
 * for every product; "none": own GEMM only; "oracle": scalar oracle for every op.  ERROR_INPUT: a
 * name is unknown, or CHOICE_VARIABLE holds no choice; ERROR_MACHINE: the machine lacks what was
 * asked for by name, or not even the oracle computes the contract here.  Sets CHOICE_VARIABLE, so
 * that child processes choose the same.  Call once per process: BLIS reads its choice from the
 * environment at its first use.  The caller closes it. */
int backend_open(struct backend *backend, const char *level, const char *blis, struct error *error);
/* The same, but decides anew and writes the file again. */
int backend_open_anew(struct backend *backend, const char *level, const char *blis,
		      struct error *error);
void backend_close(struct backend *backend);

/* The product of args by rule 1 (kernels/kernels.h), by BLIS or the table as its shape says
 * (blis_rules in backend.c). */
void backend_gemm(const struct backend *backend, const struct gemm_args *args);
/* The products of all experts of a layer, in one call; each is dispatched by its own shape. */
void backend_gemm_group(const struct backend *backend, int64_t count, const struct gemm_args *args);

/* The oracle against committed digests: a compiler, rounding mode or flush to zero that changes the
 * specification itself.  Returns what differs, or NULL. */
const char *backend_check_oracle(void);

/* Compare every op of the table, and BLIS's GEMM, with the oracle on fixed data, subnormal numbers
 * and signs of zero among it; both together take under 50 ms.  Return the name of the first op that
 * differs, or NULL. */
const char *backend_check_table(const struct kernel_table *table);
const char *backend_check_blis(const struct blis_gemm *blis);

/* Names this build knows, for messages: NULL-terminated. */
const char *const *backend_level_names(void);
const char *const *backend_blis_names(void);

#endif
