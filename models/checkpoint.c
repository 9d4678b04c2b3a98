/* SPDX-License-Identifier: Apache-2.0 */
/* Weights to and from safetensors files, a few rows at a time: the arena is the only full copy. */
#include "models/checkpoint.h"

#include <endian.h>
#include <errno.h>
#include <math.h> /* isfinite */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "models/checkpoint_header.h"
#include "foundation/array.h"
#include "foundation/digest.h"
#include "foundation/path.h"

/* Rows of the file's [rows,cols] layout that are converted together.  Memory holds the transpose,
 * so a block of some cache lines of rows uses what each strided access fetches, and what the CPU
 * fetches beside it; narrow tensors take more rows to make the block worth a call. */
static int64_t block_rows(int64_t rows, int64_t cols)
{
	enum { LEAST_ROWS = 64, BLOCK_FLOATS = 16384 };
	int64_t block = BLOCK_FLOATS / cols > LEAST_ROWS ? BLOCK_FLOATS / cols : LEAST_ROWS;
	return block < rows ? block : rows;
}

static unsigned char *block_buffer(int64_t rows, int64_t cols)
{
	return array_take(block_rows(rows, cols) * cols, CHECKPOINT_FLOAT);
}

/* Of a block, what is transposed at a time: a line of the cache of as many rows and columns.  Lines
 * of whole tensors lie powers of two apart, as a rule, and few of such stay in the cache together:
 * each is read or written once. */
enum { TILE = 16 };

static int64_t tile_at(int64_t at, int64_t end)
{
	return end - at < TILE ? end - at : TILE;
}

/* memory, of `rows` numbers a column, to bytes of `cols` numbers a row. */
static void encode_tile(const float *memory, int64_t rows, int64_t cols, int64_t height,
			int64_t width, unsigned char *bytes)
{
	uint32_t tile[TILE][TILE];
	for (int64_t c = 0; c < width; c++)
		for (int64_t r = 0; r < height; r++) {
			uint32_t bits;
			memcpy(&bits, &memory[c * rows + r], sizeof bits);
			tile[r][c] = htole32(bits);
		}
	for (int64_t r = 0; r < height; r++)
		memcpy(bytes + r * cols * CHECKPOINT_FLOAT, tile[r],
		       (size_t)width * CHECKPOINT_FLOAT);
}

static void decode_tile(float *memory, int64_t rows, int64_t cols, int64_t height, int64_t width,
			const unsigned char *bytes)
{
	uint32_t tile[TILE][TILE];
	for (int64_t r = 0; r < height; r++)
		memcpy(tile[r], bytes + r * cols * CHECKPOINT_FLOAT,
		       (size_t)width * CHECKPOINT_FLOAT);
	for (int64_t c = 0; c < width; c++)
		for (int64_t r = 0; r < height; r++) {
			const uint32_t bits = le32toh(tile[r][c]);
			memcpy(&memory[c * rows + r], &bits, sizeof bits);
		}
}

/* bytes (count x cols, little-endian) = rows [first, first + count) of the transpose of memory.
 * Vectors are cols = 1, whose transpose is the same memory. */
static void encode_rows(const float *memory, int64_t rows, int64_t cols, int64_t first,
			int64_t count, unsigned char *bytes)
{
	for (int64_t c = 0; c < cols; c += TILE)
		for (int64_t r = 0; r < count; r += TILE)
			encode_tile(memory + c * rows + first + r, rows, cols, tile_at(r, count),
				    tile_at(c, cols), bytes + (r * cols + c) * CHECKPOINT_FLOAT);
}

static void decode_rows(float *memory, int64_t rows, int64_t cols, int64_t first, int64_t count,
			const unsigned char *bytes)
{
	for (int64_t c = 0; c < cols; c += TILE)
		for (int64_t r = 0; r < count; r += TILE)
			decode_tile(memory + c * rows + first + r, rows, cols, tile_at(r, count),
				    tile_at(c, cols), bytes + (r * cols + c) * CHECKPOINT_FLOAT);
}

/* Where encoded bytes go: exactly one of the two. */
struct sink {
	FILE *file;
	struct digest *digest;
};

/* False when the write failed or memory ran out; errno tells. */
static bool emit_tensor(const struct sink *sink, const struct arch_tensor *tensor,
			const float *memory)
{
	int64_t rows = tensor->rows, cols = tensor->cols, block = block_rows(rows, cols);
	unsigned char *bytes = block_buffer(rows, cols);
	bool fine = bytes != NULL;
	for (int64_t first = 0; fine && first < rows; first += block) {
		int64_t count = rows - first < block ? rows - first : block;
		size_t size = (size_t)(count * cols) * CHECKPOINT_FLOAT;
		encode_rows(memory, rows, cols, first, count, bytes);
		if (sink->digest != NULL)
			digest_update(sink->digest, bytes, size);
		else
			fine = fwrite(bytes, 1, size, sink->file) == size;
	}
	free(bytes);
	return fine;
}

static bool write_content(FILE *out, const char *header, size_t header_size,
			  const struct arch *arch, const float *arena)
{
	unsigned char prefix[CHECKPOINT_PREFIX];
	for (int i = 0; i < CHECKPOINT_PREFIX; i++)
		prefix[i] = (unsigned char)((uint64_t)header_size >> (8 * i));
	if (fwrite(prefix, 1, sizeof prefix, out) != sizeof prefix ||
	    fwrite(header, 1, header_size, out) != header_size)
		return false;
	const struct sink sink = {.file = out};
	for (int64_t i = 0; i < arch_tensor_count(arch); i++) {
		struct arch_tensor tensor;
		arch_tensor_at(arch, i, &tensor);
		if (!emit_tensor(&sink, &tensor, arena))
			return false;
		arena += tensor.rows * tensor.cols;
	}
	return fflush(out) == 0 && fsync(fileno(out)) == 0;
}

/* A place that cannot be written is the user's to change; a full or failing disk is the machine's.
 */
static int refuse_write(const char *file_name, int cause, struct error *error)
{
	bool place = cause == ENOENT || cause == ENOTDIR || cause == EISDIR || cause == EACCES ||
		     cause == ENAMETOOLONG;
	return error_set(error, place ? ERROR_INPUT : ERROR_MACHINE, file_name, 0, 0, NULL,
			 place ? "a file that can be written" : NULL, "cannot write: %s",
			 strerror(cause));
}

/* Writes and closes the temporary file; 0 or the cause as an errno. */
static int write_file(const char *temporary, const char *header, size_t header_size,
		      const struct arch *arch, const float *arena)
{
	FILE *out = path_create_file(temporary);
	if (out == NULL)
		return errno;
	errno = 0;
	int cause = 0;
	if (!write_content(out, header, header_size, arch, arena))
		cause = errno != 0 ? errno : EIO;
	if (fclose(out) != 0 && cause == 0)
		cause = errno;
	return cause;
}

int checkpoint_write(const char *file_name, const struct arch *arch, const float *arena,
		     struct error *error)
{
	size_t header_size;
	int status = path_check_target(file_name, error);
	if (status != 0)
		return status;
	char *temporary, *header = checkpoint_header_text(arch, &header_size);
	if (header == NULL || asprintf(&temporary, "%s.tmp.%ld", file_name, (long)getpid()) < 0) {
		free(header);
		return error_no_memory(error, file_name);
	}
	int cause = write_file(temporary, header, header_size, arch, arena);
	if (cause == 0 && rename(temporary, file_name) != 0)
		cause = errno;
	if (cause != 0)
		unlink(temporary);
	free(header);
	free(temporary);
	return cause == 0 ? 0 : refuse_write(file_name, cause, error);
}

/* Size of an open regular file, or negative with the error filled. */
static int64_t file_size(FILE *in, const char *file_name, struct error *error)
{
	struct stat info;
	if (fstat(fileno(in), &info) != 0)
		return error_set(error, ERROR_INPUT, file_name, 0, 0, NULL, "a readable file",
				 "cannot read: %s", strerror(errno));
	if (!S_ISREG(info.st_mode))
		return error_set(error, ERROR_INPUT, file_name, 0, 0, NULL, "a safetensors file",
				 "found something that is not a regular file");
	return (int64_t)info.st_size;
}

static int refuse_read(const char *file_name, FILE *in, struct error *error)
{
	return error_set(error, ERROR_MACHINE, file_name, 0, 0, NULL, NULL, "cannot read: %s",
			 ferror(in) ? "input error" : "the file shrank while it was read");
}

/* The header's length, checked against the file's. */
static int read_prefix(FILE *in, const char *file_name, int64_t size, size_t *header_size,
		       struct error *error)
{
	unsigned char prefix[CHECKPOINT_PREFIX];
	if (size < CHECKPOINT_PREFIX)
		return error_set(error, ERROR_INPUT, file_name, 0, 0, NULL,
				 "at least 8, the header's length", "found %lld bytes",
				 (long long)size);
	if (fread(prefix, 1, sizeof prefix, in) != sizeof prefix)
		return refuse_read(file_name, in, error);
	uint64_t length = 0;
	for (int i = 0; i < CHECKPOINT_PREFIX; i++)
		length |= (uint64_t)prefix[i] << (8 * i);
	uint64_t most = (uint64_t)(size - CHECKPOINT_PREFIX);
	if (most > CHECKPOINT_HEADER_MAX)
		most = CHECKPOINT_HEADER_MAX;
	if (length < 2 || length > most) {
		char expected[64];
		snprintf(expected, sizeof expected, "from 2 to %llu", (unsigned long long)most);
		return error_set(error, ERROR_INPUT, file_name, 0, 0, NULL, expected,
				 "found a header of %llu bytes", (unsigned long long)length);
	}
	*header_size = (size_t)length;
	return 0;
}

static int read_header(FILE *in, const char *file_name, int64_t size, const struct arch *arch,
		       struct checkpoint_slot **slots, struct error *error)
{
	size_t header_size = 0;
	int status = read_prefix(in, file_name, size, &header_size, error);
	if (status != 0)
		return status;
	char *text = malloc(header_size + 1);
	if (text == NULL)
		return error_no_memory(error, file_name);
	if (fread(text, 1, header_size, in) != header_size) {
		status = refuse_read(file_name, in, error);
	} else {
		int64_t data_size = size - CHECKPOINT_PREFIX - (int64_t)header_size;
		status = checkpoint_header_read(file_name, text, header_size, data_size, arch,
						slots, error);
	}
	free(text);
	return status;
}

/* A run that diverges is refused, so such a weight is none that was trained. */
static int check_finite(const char *file_name, const struct arch *arch,
			const struct checkpoint_slot *slot, const float *values,
			struct error *error)
{
	for (int64_t i = 0; i < slot->rows * slot->cols; i++) {
		struct arch_tensor tensor;
		if (isfinite(values[i]))
			continue;
		arch_tensor_at(arch, slot->index, &tensor);
		return error_set(error, ERROR_INPUT, file_name, 0, 0, tensor.name, "finite weights",
				 "found %s", isnan(values[i]) ? "a NaN" : "an infinity");
	}
	return 0;
}

static int read_tensor(FILE *in, const char *file_name, const struct checkpoint_slot *slot,
		       float *arena, struct error *error)
{
	int64_t rows = slot->rows, cols = slot->cols, block = block_rows(rows, cols);
	unsigned char *bytes = block_buffer(rows, cols);
	if (bytes == NULL)
		return error_no_memory(error, file_name);
	int status = 0;
	for (int64_t first = 0; status == 0 && first < rows; first += block) {
		int64_t count = rows - first < block ? rows - first : block;
		size_t size = (size_t)(count * cols) * CHECKPOINT_FLOAT;
		if (fread(bytes, 1, size, in) == size)
			decode_rows(arena + slot->offset, rows, cols, first, count, bytes);
		else
			status = refuse_read(file_name, in, error);
	}
	free(bytes);
	return status;
}

int checkpoint_read(const char *file_name, const struct arch *arch, float *arena,
		    struct error *error)
{
	FILE *in = path_open_file(file_name, error);
	if (in == NULL)
		return error ? error->status : ERROR_INPUT;
	struct checkpoint_slot *slots = NULL;
	int64_t size = file_size(in, file_name, error);
	int status = size < 0 ? (int)size : read_header(in, file_name, size, arch, &slots, error);
	/* The slots tile the data in ascending order, so reading goes straight through the file. */
	for (int64_t i = 0; status == 0 && i < arch_tensor_count(arch); i++) {
		status = read_tensor(in, file_name, &slots[i], arena, error);
		if (status == 0)
			status = check_finite(file_name, arch, &slots[i], arena + slots[i].offset,
					      error);
	}
	free(slots);
	fclose(in);
	return status;
}

int checkpoint_check(const char *file_name, const struct arch *arch, struct error *error)
{
	FILE *in = path_open_file(file_name, error);
	if (in == NULL)
		return error ? error->status : ERROR_INPUT;
	struct checkpoint_slot *slots = NULL;
	int64_t size = file_size(in, file_name, error);
	int status = size < 0 ? (int)size : read_header(in, file_name, size, arch, &slots, error);
	free(slots);
	fclose(in);
	return status;
}

void checkpoint_weights_sha256(const struct arch *arch, const float *arena, char hex[65])
{
	const struct sink sink = {.digest = digest_new()};
	bool fine = sink.digest != NULL;
	for (int64_t i = 0; fine && i < arch_tensor_count(arch); i++) {
		struct arch_tensor tensor;
		char shape[CHECKPOINT_SHAPE_TEXT];
		arch_tensor_at(arch, i, &tensor);
		checkpoint_shape_text(&tensor, shape);
		digest_update(sink.digest, tensor.name, strlen(tensor.name));
		digest_update(sink.digest, " ", 1);
		digest_update(sink.digest, shape, strlen(shape));
		digest_update(sink.digest, "\n", 1);
		fine = emit_tensor(&sink, &tensor, arena);
		arena += tensor.rows * tensor.cols;
	}
	digest_finish(sink.digest, hex);
	if (!fine) /* as foundation/digest.h: equals no digest */
		memset(hex, '?', 64);
}
