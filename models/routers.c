/* SPDX-License-Identifier: Apache-2.0 */
#include "models/routers.h"

#include <stddef.h> /* NULL */

#include "models/router.h"

#define NAME(kind, description, name) name,
#define ADDRESS(kind, description, name) [kind] = &(description),

const char *const router_kind_names[] = {ROUTERS(NAME) NULL};
const char *const router_control_names[] = {"none", "random", "oracle", NULL};

const struct router *router_of(enum router_kind kind)
{
	static const struct router *const routers[] = {ROUTERS(ADDRESS)};
	return routers[kind];
}
