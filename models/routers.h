/* SPDX-License-Identifier: Apache-2.0 */
/* Every router there is, a line each: its kind, the description that the file of that name defines
 * (models/router.h), and what arch.json, experiment files and records call it.  All else about a
 * router is asked of its description. */
#ifndef SHEAFBENCH_MODELS_ROUTERS_H
#define SHEAFBENCH_MODELS_ROUTERS_H

#define ROUTERS(ROUTER)                                                                            \
	ROUTER(ROUTER_SHEAF_PADIC, router_sheaf_padic, "SheafPadic")                               \
	ROUTER(ROUTER_SHEAF_ONLY, router_sheaf_only, "SheafOnly")                                  \
	ROUTER(ROUTER_SOFTMAX_ONLY, router_softmax_only, "SoftmaxOnly")                            \
	/* A new one is the last: arms are listed in this order. */

#define ROUTER_ENUMERATOR(kind, description, name) kind,
enum router_kind { ROUTERS(ROUTER_ENUMERATOR) ROUTER_KINDS };

extern const char *const router_kind_names[]; /* NULL-terminated */

#endif
