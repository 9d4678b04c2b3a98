/* SPDX-License-Identifier: Apache-2.0 */
/* The numeric contract's constants.  The text is docs/NUMERICS.md. */
#ifndef SHEAFBENCH_KERNELS_CONTRACT_H
#define SHEAFBENCH_KERNELS_CONTRACT_H

#include <float.h>
#include <stddef.h>
#include <stdint.h>

/* Every operation in its own type: on some targets ISO mode means wider intermediates. */
_Static_assert(FLT_EVAL_METHOD == 0, "the contract needs FLT_EVAL_METHOD 0");

enum {
	CONTRACT_VERSION = 2,
	CONTRACT_KB = 256,   /* rule 1: k is cut into blocks of KB */
	CONTRACT_LANES = 16, /* rule 2: lanes of a row reduction */
};

/* What each version changed, docs/NUMERICS.md has why; of version 1 and of versions that this
 * program does not know, NULL. */
const char *contract_change(int64_t version);
/* "2: AdamW's moments ...": what came after `from`, version by version. */
void contract_changes(int64_t from, char *text, size_t size);

#endif
