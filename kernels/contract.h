/* SPDX-License-Identifier: Apache-2.0 */
/* The numeric contract's constants.  The text is docs/NUMERICS.md. */
#ifndef SHEAFBENCH_KERNELS_CONTRACT_H
#define SHEAFBENCH_KERNELS_CONTRACT_H

enum {
	CONTRACT_VERSION = 1,
	CONTRACT_KB = 256,   /* rule 2: k is cut into blocks of KB */
	CONTRACT_LANES = 16, /* rule 3: lanes of a row reduction */
};

#endif
