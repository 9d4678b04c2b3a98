/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/contract.h"

#include <stdio.h>

static const char *const changes[CONTRACT_VERSION + 1] = {
    [2] = "AdamW's moments below 2^-126 are +0",
};

const char *contract_change(int64_t version)
{
	return version >= 0 && version <= CONTRACT_VERSION ? changes[version] : NULL;
}

void contract_changes(int64_t from, char *text, size_t size)
{
	size_t used = 0;
	text[0] = '\0';
	for (int64_t v = from + 1; v <= CONTRACT_VERSION && used < size; v++)
		if (contract_change(v))
			used +=
			    (size_t)snprintf(text + used, size - used, "%s%lld: %s",
					     used ? "; " : "", (long long)v, contract_change(v));
}
