/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/training/codes.h"

int codes_open(struct input_codes *codes, const struct model *model, const struct dataset *dataset)
{
	const struct moe *moe = model->moe;
	const struct kernel_table *table = model->backend->table;
	*codes = (struct input_codes){0};
	if (!moe || !moe->router.codec || moe->router.control != CONTROL_NONE)
		return 0;
	if (!dataset->bytes)
		return input_codes_open(codes, &moe->padic, table, dataset->rows,
					dataset->input_dim, dataset->inputs)
			   ? 0
			   : -1;
	input_codes_open_bytes(codes, &moe->padic, table, dataset->rows, dataset->input_dim,
			       dataset->bytes, dataset->byte_value);
	return 0;
}
