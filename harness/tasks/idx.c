/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/tasks/idx.h"

static int64_t big_endian(const unsigned char *bytes)
{
	return (int64_t)bytes[0] << 24 | (int64_t)bytes[1] << 16 | (int64_t)bytes[2] << 8 |
	       bytes[3];
}

static int refuse(const char *file_name, const char *expected, struct error *error,
		  const char *what, int64_t found)
{
	return error_set(error, ERROR_INPUT, file_name, 0, 0, NULL, expected, "%s %lld", what,
			 (long long)found);
}

/* The four bytes that say what follows them. */
static int check_magic(const struct byte_source *source, const char *file_name, struct error *error)
{
	const unsigned char *bytes = source->bytes;
	if (source->size < 4)
		return refuse(file_name, "an IDX header of at least 8", error,
			      "bytes in the file:", (int64_t)source->size);
	if (bytes[0] || bytes[1])
		return refuse(file_name, "0 (an IDX file)", error, "the first two bytes are",
			      (int64_t)bytes[0] << 8 | bytes[1]);
	if (bytes[2] != 8)
		return refuse(file_name, "8 (unsigned bytes)", error, "element type", bytes[2]);
	if (bytes[3] < 1 || bytes[3] > 4)
		return refuse(file_name, "1 to 4", error, "number of dimensions", bytes[3]);
	return 0;
}

/* a b of positive factors, INT64_MAX if it is more. */
static int64_t saturating_product(int64_t a, int64_t b)
{
	return a > INT64_MAX / b ? INT64_MAX : a * b;
}

static int read_sizes(struct idx *idx, const unsigned char *bytes, const char *file_name,
		      struct error *error)
{
	idx->item_size = 1;
	for (int d = 0; d < idx->dims; d++) {
		idx->size[d] = big_endian(bytes + 4 + 4 * d);
		if (idx->size[d] == 0)
			return error_set(error, ERROR_INPUT, file_name, 0, 0, NULL, "at least 1",
					 "dimension %d has size 0", d + 1);
		if (d > 0)
			idx->item_size = saturating_product(idx->item_size, idx->size[d]);
	}
	idx->items = idx->size[0];
	return 0;
}

int idx_parse(struct idx *idx, const struct byte_source *source, const char *file_name,
	      struct error *error)
{
	int status = check_magic(source, file_name, error);
	if (status)
		return status;
	struct idx made = {.dims = source->bytes[3]};
	size_t header = 4 + 4 * (size_t)made.dims;
	if (source->size < header)
		return refuse(file_name, "a whole header", error,
			      "bytes in the file:", (int64_t)source->size);
	status = read_sizes(&made, source->bytes, file_name, error);
	if (status)
		return status;
	int64_t left = (int64_t)(source->size - header);
	int64_t total = saturating_product(made.items, made.item_size);
	if (total != left)
		return error_set(
		    error, ERROR_INPUT, file_name, 0, 0, NULL, "as many as its sizes say",
		    "%lld data bytes for sizes that need %lld", (long long)left, (long long)total);
	made.data = source->bytes + header;
	*idx = made;
	return 0;
}
