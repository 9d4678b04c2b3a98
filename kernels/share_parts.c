/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/share_parts.h"

#include <stddef.h>

struct share *share_active = NULL;
