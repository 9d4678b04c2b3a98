/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/idx.h"

static int64_t big_endian(const unsigned char *bytes)
{
	return (int64_t)bytes[0] << 24 | (int64_t)bytes[1] << 16 | (int64_t)bytes[2] << 8 | bytes[3];
}

static int refuse(const char *file_name, const char *expected, struct error *error, const char *what,
                  int64_t found)
{
	return error_set(error, ERROR_INPUT, file_name, 0, 0, NULL, expected, "%s %lld", what,
	                 (long long)found);
}

int idx_parse(struct idx *idx, const struct byte_source *source, const char *file_name,
              struct error *error)
{
	const unsigned char *bytes = source->bytes;
	struct idx made = {.items = 0};
	if (source->size < 4)
		return refuse(file_name, "an IDX header of at least 8", error, "bytes in the file:",
		              (int64_t)source->size);
	if (bytes[0] || bytes[1])
		return refuse(file_name, "0 (an IDX file)", error, "the first two bytes are",
		              (int64_t)bytes[0] << 8 | bytes[1]);
	if (bytes[2] != 8)
		return refuse(file_name, "8 (unsigned bytes)", error, "element type", bytes[2]);
	made.dims = bytes[3];
	if (made.dims < 1 || made.dims > 4)
		return refuse(file_name, "1 to 4", error, "number of dimensions", made.dims);
	size_t header = 4 + 4 * (size_t)made.dims;
	if (source->size < header)
		return refuse(file_name, "a whole header", error, "bytes in the file:",
		              (int64_t)source->size);
	int64_t left = (int64_t)(source->size - header), total = 1;
	made.item_size = 1;
	for (int d = 0; d < made.dims; d++) {
		made.size[d] = big_endian(bytes + 4 + 4 * d);
		if (made.size[d] < 1 || made.size[d] > left || total > left / made.size[d])
			return refuse(file_name, "sizes whose product is the number of bytes", error,
			              "more items or none: dimension", made.size[d]);
		total *= made.size[d];
		made.item_size *= d ? made.size[d] : 1;
	}
	if (total != left)
		return error_set(error, ERROR_INPUT, file_name, 0, 0, NULL, "as many as its sizes say",
		                 "%lld data bytes for sizes that need %lld", (long long)left,
		                 (long long)total);
	made.items = made.size[0];
	made.data = bytes + header;
	*idx = made;
	return 0;
}
