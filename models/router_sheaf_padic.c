/* SPDX-License-Identifier: Apache-2.0 */
/* SheafPadic: what SheafOnly is, with the p-adic codec (kernels/padic.h) between the router's
 * numbers and its logits.  A control would leave the codec nothing to do. */
#include "models/router.h"

const struct router router_sheaf_padic = {
    .choose = router_choose_simplex,
    .has_nerve = true,
    .has_codec = true,
    .adds_to = &router_sheaf_only,
};
