/* SPDX-License-Identifier: Apache-2.0 */
/* Weights to safetensors and back, refused files, and what failures leave behind (nothing).
 *
 * The files under tests/bad/safetensors are for the Dense network of tiny_arch(): input 2, hidden
 * 2, output 2, one block, intermediate 2; ten tensors, 28 floats. */
#include <dirent.h>
#include <math.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "models/checkpoint.h"
#include "foundation/digest.h"
#include "tests/corpus.h"

enum { TINY_FLOATS = 28 };

static struct arch tiny_arch(void)
{
	struct arch arch = arch_dense(SIZE_NANO, 2, 2, 2, 0);
	arch.hidden_dim = 2;
	arch.expert_depth = 1;
	return arch;
}

/* A folder of its own for every test, removed afterwards: what is left in it is counted. */
static int enter(void **state)
{
	char *folder = strdup("/tmp/test_checkpoint.XXXXXX");
	if (folder == NULL || mkdtemp(folder) == NULL) {
		free(folder);
		return -1;
	}
	*state = folder;
	return 0;
}

static void name_file(void **state, const char *leaf, char name[256])
{
	snprintf(name, 256, "%s/%s", (const char *)*state, leaf);
}

static uint32_t bits_of(float x)
{
	uint32_t bits;
	memcpy(&bits, &x, sizeof bits);
	return bits;
}

static int count_files(const char *folder)
{
	struct dirent **entries;
	int count = scandir(folder, &entries, NULL, alphasort);
	for (int i = 0; i < count; i++)
		free(entries[i]);
	if (count >= 0)
		free(entries);
	return count - 2; /* . and .. */
}

static int leave(void **state)
{
	char name[256];
	name_file(state, "m.safetensors", name);
	unlink(name);
	int status = rmdir(*state); /* fails when anything else was left */
	free(*state);
	return status;
}

static float *random_arena(const struct arch *arch)
{
	size_t count = (size_t)arch_count(arch).total_params;
	float *arena = malloc(count * sizeof *arena);
	assert_non_null(arena);
	uint32_t bits = 1;
	for (size_t i = 0; i < count; i++) {
		bits =
		    bits * 1664525u + 1013904223u; /* any bits but those of NaNs and infinities */
		if ((bits & 0x7f800000u) == 0x7f800000u)
			bits ^= 0x00800000u;
		memcpy(&arena[i], &bits, sizeof bits);
	}
	return arena;
}

static void assert_round_trip(void **state, const struct arch *arch)
{
	char name[256], before[65], after[65];
	struct error error = {0};
	name_file(state, "m.safetensors", name);
	size_t bytes = (size_t)arch_count(arch).total_params * sizeof(float);
	float *arena = random_arena(arch), *read = malloc(bytes);
	assert_non_null(read);
	memset(read, 0, bytes);
	assert_int_equal(checkpoint_write(name, arch, arena, &error), 0);
	assert_int_equal(count_files(*state), 1);
	int status = checkpoint_read(name, arch, read, &error);
	if (status != 0)
		error_print(stderr, &error);
	assert_int_equal(status, 0);
	assert_memory_equal(arena, read, bytes);
	checkpoint_weights_sha256(arch, arena, before);
	checkpoint_weights_sha256(arch, read, after);
	assert_string_equal(before, after);
	read[bytes / sizeof(float) - 1] = 0.25f;
	checkpoint_weights_sha256(arch, read, after);
	assert_string_not_equal(before, after);
	free(arena);
	free(read);
}

static void test_round_trip(void **state)
{
	struct arch archs[] = {
	    tiny_arch(),
	    arch_moe(SIZE_NANO, 96, 20, ROUTER_SHEAF_PADIC, 1),
	    arch_moe(SIZE_NANO, 16, 26, ROUTER_SOFTMAX_ONLY, 1),
	    arch_dense(SIZE_NANO, 784, 10, 333, 1),
	    arch_dense(SIZE_NANO, 1, 1, 1, 1),
	};
	for (size_t i = 0; i < sizeof archs / sizeof *archs; i++)
		assert_round_trip(state, &archs[i]);
}

/* The bytes of the tiny network's file, written out by hand from the format's description. */
static const char tiny_header[] =
    "{\"__metadata__\":{\"format\":\"pt\"}"
    ",\"input.weight\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[0,16]}"
    ",\"input.bias\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[16,24]}"
    ",\"blocks.0.norm.weight\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[24,32]}"
    ",\"blocks.0.norm.bias\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[32,40]}"
    ",\"blocks.0.up.weight\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[40,56]}"
    ",\"blocks.0.up.bias\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[56,64]}"
    ",\"blocks.0.down.weight\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[64,80]}"
    ",\"blocks.0.down.bias\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[80,88]}"
    ",\"output.weight\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[88,104]}"
    ",\"output.bias\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[104,112]}}";

static void test_bytes(void **state)
{
	char name[256];
	unsigned char bytes[2048];
	struct error error = {0};
	struct arch arch = tiny_arch();
	float arena[TINY_FLOATS] = {1.0f, 2.0f, 3.0f, 4.0f, -0.5f};
	name_file(state, "m.safetensors", name);
	assert_int_equal(checkpoint_write(name, &arch, arena, &error), 0);
	FILE *in = fopen(name, "rb");
	assert_non_null(in);
	size_t size = fread(bytes, 1, sizeof bytes, in);
	fclose(in);
	size_t text = sizeof tiny_header - 1, padded = (text + 7) / 8 * 8;
	assert_int_equal(size, 8 + padded + 4 * TINY_FLOATS);
	const unsigned char prefix[8] = {(unsigned char)(padded & 255),
					 (unsigned char)(padded >> 8)};
	assert_memory_equal(bytes, prefix, 8);
	assert_memory_equal(bytes + 8, tiny_header, text);
	for (size_t i = text; i < padded; i++)
		assert_int_equal(bytes[8 + i], ' ');
	/* [in,out] 1 2 / 3 4 in memory is [out,in] 1 3 / 2 4 in the file. */
	static const unsigned char data[] = {0, 0,    0x80, 0x3f, 0,    0,    0x40, 0x40, 0, 0,
					     0, 0x40, 0,    0,    0x80, 0x40, 0,    0,    0, 0xbf};
	assert_memory_equal(bytes + 8 + padded, data, sizeof data);
}

/* Every number where its place in memory says, of tensors that are converted in parts which none of
 * their sides is a multiple of. */
static void test_transposed(void **state)
{
	char name[256];
	struct arch arch = arch_dense(SIZE_NANO, 129, 17, 1111, 0);
	struct error error = {0};
	arch.hidden_dim = 300;
	arch.expert_depth = 1;
	const int64_t count = arch_count(&arch).total_params;
	float *arena = malloc((size_t)count * sizeof *arena), *at = arena;
	unsigned char number[4];
	assert_non_null(arena);
	for (int64_t i = 0; i < count; i++)
		arena[i] = (float)i;
	name_file(state, "m.safetensors", name);
	assert_int_equal(checkpoint_write(name, &arch, arena, &error), 0);
	FILE *in = fopen(name, "rb");
	assert_non_null(in);
	assert_int_equal(fseek(in, -4 * (long)count, SEEK_END), 0);
	for (int64_t i = 0; i < arch_tensor_count(&arch); i++) {
		struct arch_tensor tensor;
		arch_tensor_at(&arch, i, &tensor);
		for (int64_t r = 0; r < tensor.rows; r++)
			for (int64_t c = 0; c < tensor.cols; c++) {
				const uint32_t bits = bits_of(at[c * tensor.rows + r]);
				assert_int_equal(fread(number, 1, sizeof number, in), 4);
				for (int b = 0; b < 4; b++)
					assert_int_equal(number[b], bits >> (8 * b) & 255);
			}
		at += tensor.rows * tensor.cols;
	}
	fclose(in);
	free(arena);
	assert_round_trip(state, &arch);
}

/* The hash is defined by the header's words alone. */
static void test_hash(void **state)
{
	(void)state;
	struct arch arch = tiny_arch();
	const float arena[TINY_FLOATS] = {0};
	static const unsigned char zeros[16] = {0};
	char expected[65], hex[65];
	struct digest *digest = digest_new();
	for (int64_t i = 0; i < arch_tensor_count(&arch); i++) {
		struct arch_tensor tensor;
		char line[96];
		arch_tensor_at(&arch, i, &tensor);
		bool matrix = tensor.role == TENSOR_WEIGHT;
		int length =
		    snprintf(line, sizeof line, matrix ? "%s [2,2]\n" : "%s [2]\n", tensor.name);
		digest_update(digest, line, (size_t)length);
		digest_update(digest, zeros, matrix ? 16 : 8);
	}
	digest_finish(digest, expected);
	checkpoint_weights_sha256(&arch, arena, hex);
	assert_string_equal(hex, expected);
}

static void write_file(const char *name, const char *header, const unsigned char *data, size_t size)
{
	FILE *out = fopen(name, "wb");
	assert_non_null(out);
	size_t length = strlen(header);
	const unsigned char prefix[8] = {(unsigned char)(length & 255),
					 (unsigned char)(length >> 8)};
	assert_int_equal(fwrite(prefix, 1, 8, out), 8);
	assert_int_equal(fwrite(header, 1, length, out), length);
	assert_int_equal(fwrite(data, 1, size, out), size);
	assert_int_equal(fclose(out), 0);
}

/* Metadata are an object of texts, or not there. */
static void test_metadata(void **state)
{
	static const char own[] = "{\"format\":\"pt\"}";
	static const struct {
		const char *metadata, *path;
	} bad[] = {{"7", "__metadata__"},
		   {"[]", "__metadata__"},
		   {"null", "__metadata__"},
		   {"{\"format\":7}", "__metadata__.format"},
		   {"{\"a\":\"b\",\"c\":null}", "__metadata__.c"}};
	static const char *const good[] = {"{}", "{\"a\":\"b\"}", own};
	static const unsigned char data[4 * TINY_FLOATS];
	const struct arch arch = tiny_arch();
	const char *at = strstr(tiny_header, own);
	float arena[TINY_FLOATS];
	char name[256], header[2048];
	assert_non_null(at);
	name_file(state, "m.safetensors", name);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct error error = {0};
		snprintf(header, sizeof header, "%.*s%s%s", (int)(at - tiny_header), tiny_header,
			 bad[i].metadata, at + sizeof own - 1);
		write_file(name, header, data, sizeof data);
		assert_int_equal(checkpoint_read(name, &arch, arena, &error), ERROR_INPUT);
		assert_string_equal(error.path, bad[i].path);
	}
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		snprintf(header, sizeof header, "%.*s%s%s", (int)(at - tiny_header), tiny_header,
			 good[i], at + sizeof own - 1);
		write_file(name, header, data, sizeof data);
		assert_int_equal(checkpoint_read(name, &arch, arena, NULL), 0);
	}
}

/* Another writer's file: tensors in another order, no metadata, no padding. */
static void test_foreign_order(void **state)
{
	static const char *const tensors[] = {
	    "output.bias",        "input.weight",       "input.bias",       "blocks.0.norm.weight",
	    "blocks.0.norm.bias", "blocks.0.up.weight", "blocks.0.up.bias", "blocks.0.down.weight",
	    "blocks.0.down.bias", "output.weight",
	};
	char name[256], header[1024] = "{ ";
	unsigned char data[4 * TINY_FLOATS] = {0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0};
	int begin = 0;
	for (size_t i = 0; i < 10; i++) {
		bool matrix = i != 0 && strstr(tensors[i], "weight") && !strstr(tensors[i], "norm");
		int end = begin + (matrix ? 16 : 8);
		size_t used = strlen(header);
		snprintf(
		    header + used, sizeof header - used,
		    "%s\"%s\": {\"data_offsets\": [%d, %d], \"shape\": %s, \"dtype\": \"F32\"}",
		    i > 0 ? ",\n" : "", tensors[i], begin, end, matrix ? "[2, 2]" : "[2]");
		begin = end;
	}
	snprintf(header + strlen(header), sizeof header - strlen(header), "}");
	name_file(state, "m.safetensors", name);
	write_file(name, header, data, sizeof data);
	struct arch arch = tiny_arch();
	struct error error = {0};
	float arena[TINY_FLOATS];
	memset(arena, 0x5a, sizeof arena);
	int status = checkpoint_read(name, &arch, arena, &error);
	if (status != 0)
		error_print(stderr, &error);
	assert_int_equal(status, 0);
	assert_true(arena[TINY_FLOATS - 2] == 1.0f && arena[TINY_FLOATS - 1] == -2.0f);
	for (int i = 0; i < TINY_FLOATS - 2; i++)
		assert_true(arena[i] == 0.0f);
}

/* Every truncation of a good file, and the file of another architecture. */
static void test_truncations(void **state)
{
	char name[256];
	struct arch arch = tiny_arch(), other = arch_dense(SIZE_NANO, 2, 2, 2, 0);
	float arena[TINY_FLOATS] = {0};
	struct error error = {0};
	struct stat info;
	name_file(state, "m.safetensors", name);
	assert_int_equal(checkpoint_write(name, &arch, arena, &error), 0);
	assert_int_equal(stat(name, &info), 0);
	float *large = random_arena(&other);
	assert_int_equal(checkpoint_read(name, &other, large, &error), ERROR_INPUT);
	free(large);
	for (off_t size = info.st_size - 1; size >= 0; size--) {
		assert_int_equal(truncate(name, size), 0);
		assert_int_equal(checkpoint_read(name, &arch, arena, &error), ERROR_INPUT);
		assert_string_equal(error.file, name);
	}
}

static void test_write_failures(void **state)
{
	char name[256];
	struct arch arch = tiny_arch();
	float arena[TINY_FLOATS] = {0};
	struct error error = {0};
	name_file(state, "no/folder/m.safetensors", name);
	assert_int_equal(checkpoint_write(name, &arch, arena, &error), ERROR_INPUT);
	assert_string_equal(error.file, name);
	/* The target is a folder: the finished temporary cannot take its place and must go. */
	name_file(state, "m.safetensors", name);
	assert_int_equal(mkdir(name, 0777), 0);
	assert_int_equal(checkpoint_write(name, &arch, arena, &error), ERROR_INPUT);
	assert_int_equal(count_files(*state), 1);
	assert_int_equal(checkpoint_read(name, &arch, arena, &error), ERROR_INPUT);
	assert_int_equal(rmdir(name), 0);
	assert_int_equal(checkpoint_read(name, &arch, arena, &error), ERROR_INPUT);
	/* A path through something that is no folder. */
	assert_int_equal(checkpoint_write("/dev/null/m", &arch, arena, &error), ERROR_INPUT);
}

/* A disk that takes no more, played by the limit on file sizes: the old file stays as it was. */
static void test_full_disk(void **state)
{
	char name[256];
	struct arch arch = tiny_arch();
	float arena[TINY_FLOATS] = {1.0f}, read[TINY_FLOATS];
	struct error error = {0};
	struct rlimit limit, tight;
	name_file(state, "m.safetensors", name);
	assert_int_equal(checkpoint_write(name, &arch, arena, &error), 0);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	tight = limit;
	tight.rlim_cur = 100;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
	arena[0] = 2.0f;
	int status = checkpoint_write(name, &arch, arena, &error);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	signal(SIGXFSZ, SIG_DFL);
	assert_int_equal(status, ERROR_MACHINE);
	assert_int_equal(count_files(*state), 1);
	assert_int_equal(checkpoint_read(name, &arch, read, &error), 0);
	assert_true(read[0] == 1.0f);
}

static void test_overwrite(void **state)
{
	char name[256];
	struct arch arch = tiny_arch();
	float arena[TINY_FLOATS] = {0}, read[TINY_FLOATS];
	struct error error = {0};
	name_file(state, "m.safetensors", name);
	assert_int_equal(checkpoint_write(name, &arch, arena, &error), 0);
	arena[3] = 7.0f;
	assert_int_equal(checkpoint_write(name, &arch, arena, &error), 0);
	assert_int_equal(checkpoint_read(name, &arch, read, &error), 0);
	assert_true(read[3] == 7.0f);
	assert_int_equal(count_files(*state), 1);
}

static int read_untouched(const char *file_name, struct error *error)
{
	struct arch arch = tiny_arch();
	float arena[TINY_FLOATS], before[TINY_FLOATS];
	memset(arena, 0x5a, sizeof arena);
	memcpy(before, arena, sizeof arena);
	int status = checkpoint_read(file_name, &arch, arena, error);
	assert_memory_equal(arena, before, sizeof arena);
	return status;
}

static void test_bad_files(void **state)
{
	(void)state;
	corpus_check("tests/bad/safetensors", ".safetensors", 10, read_untouched);
}

static void test_not_finite(void **state)
{
	static const float wrong[] = {NAN, -INFINITY, INFINITY};
	static const char *const what[] = {"found a NaN", "found an infinity", "found an infinity"};
	struct arch arch = tiny_arch();
	size_t count = (size_t)arch_count(&arch).total_params;
	char name[256];
	name_file(state, "m.safetensors", name);
	for (size_t i = 0; i < 3; i++) {
		struct error error = {0};
		float *arena = random_arena(&arch);
		arena[i * (count - 1) / 2] = wrong[i];
		assert_int_equal(checkpoint_write(name, &arch, arena, &error), 0);
		assert_int_equal(checkpoint_read(name, &arch, arena, &error), ERROR_INPUT);
		assert_string_equal(error.what, what[i]);
		assert_true(error.path[0] != 0);
		assert_int_equal(checkpoint_check(name, &arch, &error), 0);
		free(arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_round_trip, enter, leave),
	    cmocka_unit_test_setup_teardown(test_not_finite, enter, leave),
	    cmocka_unit_test_setup_teardown(test_bytes, enter, leave),
	    cmocka_unit_test_setup_teardown(test_transposed, enter, leave),
	    cmocka_unit_test(test_hash),
	    cmocka_unit_test_setup_teardown(test_metadata, enter, leave),
	    cmocka_unit_test_setup_teardown(test_foreign_order, enter, leave),
	    cmocka_unit_test_setup_teardown(test_truncations, enter, leave),
	    cmocka_unit_test_setup_teardown(test_write_failures, enter, leave),
	    cmocka_unit_test_setup_teardown(test_full_disk, enter, leave),
	    cmocka_unit_test_setup_teardown(test_overwrite, enter, leave),
	    cmocka_unit_test(test_bad_files),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
