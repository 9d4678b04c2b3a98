/* SPDX-License-Identifier: Apache-2.0 */
/* Private to this room. */
#ifndef SHEAFBENCH_MODELS_ARCH_LIMITS_H
#define SHEAFBENCH_MODELS_ARCH_LIMITS_H

/* Largest width or depth.  It bounds every search and every tensor name; whether the counts of
 * several large dims together still fit is decided by checked arithmetic. */
enum { ARCH_MAX_DIM = 1 << 20 };

#endif
