/* SPDX-License-Identifier: Apache-2.0 */
/* IDX files of unsigned bytes (LeCun, Cortes, Burges, The MNIST database: 00 00 08 D, D big-endian
 * sizes of 32 bits, the elements row-major), 1 to 4 dimensions. */
#ifndef SHEAFBENCH_HARNESS_TASKS_IDX_H
#define SHEAFBENCH_HARNESS_TASKS_IDX_H

#include <stdint.h>

#include "foundation/byte_source.h"
#include "foundation/error.h"

struct idx {
	int dims;
	int64_t size[4];
	int64_t items, item_size;  /* size[0] and the product of the others */
	const unsigned char *data; /* into the source */
};

/* Checks magic number, type and that the sizes, each 1 or more, account for every byte. ERROR_INPUT
 * with what was found.  The source must outlive *idx, which owns nothing. */
int idx_parse(struct idx *idx, const struct byte_source *source, const char *file_name,
	      struct error *error);

#endif
