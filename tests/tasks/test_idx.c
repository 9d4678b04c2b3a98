/* SPDX-License-Identifier: Apache-2.0 */
/* IDX files, plain and gzip, and the byte source under them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h> /* mkstemp */
#include <string.h>
#include <sys/stat.h> /* mkfifo */
#include <unistd.h>

#include <cmocka.h>
#include <zlib.h>

#include "foundation/byte_source.h"
#include "harness/tasks/idx.h"
#include "tests/corpus.h"

static struct byte_source source_of(unsigned char *bytes, size_t size)
{
	return (struct byte_source){.bytes = bytes, .size = size};
}

static void test_images(void **state)
{
	(void)state;
	unsigned char bytes[16 + 12] = {0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 2, 41, 42};
	struct byte_source source = source_of(bytes, sizeof bytes);
	struct error error = {0};
	struct idx idx;
	assert_int_equal(idx_parse(&idx, &source, "images", &error), 0);
	assert_int_equal(idx.dims, 3);
	assert_int_equal(idx.size[0], 2);
	assert_int_equal(idx.size[1], 3);
	assert_int_equal(idx.size[2], 2);
	assert_int_equal(idx.items, 2);
	assert_int_equal(idx.item_size, 6);
	assert_ptr_equal(idx.data, bytes + 16);
}

static void test_labels(void **state)
{
	(void)state;
	unsigned char bytes[8 + 258] = {0, 0, 8, 1, 0, 0, 1, 2, 7};
	struct byte_source source = source_of(bytes, sizeof bytes);
	struct idx idx;
	assert_int_equal(idx_parse(&idx, &source, "labels", NULL), 0);
	assert_int_equal(idx.dims, 1);
	assert_int_equal(idx.items, 258);
	assert_int_equal(idx.item_size, 1);
	assert_int_equal(idx.data[0], 7);
}

/* Every shorter and the next longer file is refused. */
static void test_every_length(void **state)
{
	(void)state;
	unsigned char bytes[20 + 25] = {0, 0, 8, 4, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4};
	for (size_t size = 0; size <= sizeof bytes; size++) {
		struct byte_source source = source_of(bytes, size);
		struct idx idx;
		int status = idx_parse(&idx, &source, "cut", NULL);
		assert_int_equal(status, size == 20 + 24 ? 0 : ERROR_INPUT);
	}
}

static void write_gzip(char *name, const void *bytes, unsigned size)
{
	int descriptor = mkstemp(name);
	assert_true(descriptor >= 0);
	gzFile out = gzdopen(descriptor, "wb");
	assert_non_null(out);
	assert_int_equal(gzwrite(out, bytes, size), (int)size);
	assert_int_equal(gzclose(out), Z_OK);
}

/* The digest is of the content: SHA-256 of "abc" is FIPS 180-4's example. */
static void test_source_gzip(void **state)
{
	(void)state;
	char name[] = "/tmp/test_idx.XXXXXX";
	struct byte_source source;
	struct error error = {0};
	write_gzip(name, "abc", 3);
	int status = byte_source_read(&source, name, &error);
	unlink(name);
	assert_int_equal(status, 0);
	assert_int_equal(source.size, 3);
	assert_string_equal((char *)source.bytes, "abc");
	assert_string_equal(source.sha256,
			    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	byte_source_free(&source);
	assert_null(source.bytes);
}

/* The bytes of `name` after a gzip file of "abc" once and `more` after it. */
static size_t gzip_of(char *name, unsigned char *bytes, size_t size)
{
	write_gzip(name, "abc", 3);
	FILE *in = fopen(name, "rb");
	assert_non_null(in);
	size_t length = fread(bytes, 1, size, in);
	fclose(in);
	return length;
}

static void write_bytes(const char *name, const unsigned char *bytes, size_t size)
{
	FILE *out = fopen(name, "wb");
	assert_non_null(out);
	assert_int_equal(fwrite(bytes, 1, size, out), size);
	assert_int_equal(fclose(out), 0);
}

static void assert_content(const char *name, const char *expected)
{
	struct byte_source source;
	struct error error = {0};
	if (byte_source_read(&source, name, &error))
		error_print(stderr, &error);
	assert_int_equal(error.status, 0);
	assert_string_equal((char *)source.bytes, expected);
	assert_int_equal(source.size, strlen(expected));
	byte_source_free(&source);
}

static void assert_damaged(const char *name, const unsigned char *bytes, size_t size,
			   const char *message)
{
	struct byte_source source;
	struct error error = {0};
	write_bytes(name, bytes, size);
	assert_int_equal(byte_source_read(&source, name, &error), ERROR_INPUT);
	if (!strstr(error.what, message))
		fail_msg("%s instead of %s", error.what, message);
}

/* Every byte is a member's: members are read one after the other, and nothing else is. */
static void test_source_members(void **state)
{
	char name[] = "/tmp/test_idx.XXXXXX";
	unsigned char bytes[512];
	char second[80];
	(void)state;
	size_t length = gzip_of(name, bytes, sizeof bytes / 4);
	memcpy(bytes + length, bytes, length);
	memcpy(bytes + 2 * length, bytes, length);
	write_bytes(name, bytes, 3 * length);
	assert_content(name, "abcabcabc");
	snprintf(second, sizeof second, "from byte %zu on, is no gzip member", length);
	/* Any cut within the second member, and any other first bytes of it. */
	for (size_t cut = 2; cut < length; cut++)
		assert_damaged(name, bytes, length + cut, "unexpected end of file");
	assert_damaged(name, bytes, length + 1, second);
	for (int byte = 0; byte < 2; byte++) {
		bytes[length + (size_t)byte] ^= 0x20;
		assert_damaged(name, bytes, 2 * length, second);
		bytes[length + (size_t)byte] ^= 0x20;
	}
	/* Zeros, with which a tape or a lost block is filled, are no member either. */
	memset(bytes + length, 0, length);
	assert_damaged(name, bytes, 2 * length, second);
	/* What begins like gzip is never plain; every flipped bit of sum and length is seen. */
	assert_damaged(name, bytes, 2, "unexpected end of file");
	assert_damaged(name, (const unsigned char *)"\x1f\x8b\x07plain", 8,
		       "unknown compression method");
	for (size_t bit = 8 * (length - 8); bit < 8 * length; bit++) {
		bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
		assert_damaged(name, bytes, length, "in the gzip member at byte 0");
		bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
	}
	write_bytes(name, (const unsigned char *)"\x1f", 1);
	assert_content(name, "\x1f");
	write_bytes(name, bytes, 0);
	assert_content(name, "");
	unlink(name);
}

/* Larger than what is read at once, with a member's two first bytes on both sides of a boundary. */
static void test_source_boundary(void **state)
{
	enum { CHUNK = 1 << 17 };
	char name[] = "/tmp/test_idx.XXXXXX";
	static unsigned char bytes[3 * CHUNK], member[64], named[64];
	struct byte_source source;
	(void)state;
	size_t length = gzip_of(name, member, sizeof member);
	/* The same with a file's name in its header: one byte longer, as the name is "". */
	memcpy(named, member, 10);
	named[3] |= 8;
	memcpy(named + 11, member + 10, length - 10);
	for (size_t before = 0; before < 3; before++) {
		size_t at = 0, copies = 0, longer = (CHUNK - before) % length;
		for (; at + length < sizeof bytes; copies++) {
			memcpy(bytes + at, copies < longer ? named : member, length + 1);
			at += length + (copies < longer);
			if (at > (size_t)CHUNK - before && at < (size_t)CHUNK - before + length)
				fail_msg("no member begins %zu before the boundary", before);
		}
		write_bytes(name, bytes, at);
		assert_int_equal(byte_source_read(&source, name, NULL), 0);
		assert_int_equal(source.size, 3 * copies);
		for (size_t i = 0; i < source.size; i++)
			assert_int_equal(source.bytes[i], "abc"[i % 3]);
		byte_source_free(&source);
	}
	unlink(name);
}

static void test_source_fifo(void **state)
{
	char name[] = "/tmp/test_idx_fifo.XXXXXX";
	struct byte_source source;
	struct error error = {0};
	(void)state;
	close(mkstemp(name));
	unlink(name);
	assert_int_equal(mkfifo(name, 0600), 0);
	assert_int_equal(byte_source_read(&source, name, &error), ERROR_INPUT);
	assert_string_equal(error.what, "found a FIFO");
	unlink(name);
}

static void test_source_plain(void **state)
{
	(void)state;
	struct byte_source source;
	assert_int_equal(byte_source_read(&source, "tests/bad/idx_raw/data_long.idx", NULL), 0);
	assert_int_equal(source.size, 12 + 7);
	assert_int_equal(source.bytes[source.size], 0);
	byte_source_free(&source);
}

static void assert_unreadable(const char *name, const char *message)
{
	struct byte_source source, before;
	struct error error = {0};
	char line[1024];
	memset(&source, 0x5a, sizeof source);
	memcpy(&before, &source, sizeof source);
	assert_int_equal(byte_source_read(&source, name, &error), ERROR_INPUT);
	assert_memory_equal(&source, &before, sizeof source);
	corpus_message(&error, line, sizeof line);
	assert_string_equal(line, message);
}

static void test_source_unreadable(void **state)
{
	(void)state;
	assert_unreadable("tests/no: such",
			  "tests/no: such: cannot open: No such file or directory; "
			  "expected a readable file");
	assert_unreadable("tests", "tests: found a folder; expected a readable file");
}

static int read_untouched(const char *file_name, struct error *error)
{
	struct byte_source source;
	struct idx idx, before;
	memset(&idx, 0x5a, sizeof idx);
	memcpy(&before, &idx, sizeof idx);
	int status = byte_source_read(&source, file_name, error);
	if (status != 0)
		return status;
	status = idx_parse(&idx, &source, file_name, error);
	byte_source_free(&source);
	assert_memory_equal(&idx, &before, sizeof idx);
	return status;
}

static void test_bad_files(void **state)
{
	(void)state;
	corpus_check("tests/bad/idx_raw", ".idx", 12, read_untouched);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_images),       cmocka_unit_test(test_labels),
	    cmocka_unit_test(test_every_length), cmocka_unit_test(test_source_gzip),
	    cmocka_unit_test(test_source_plain), cmocka_unit_test(test_source_unreadable),
	    cmocka_unit_test(test_bad_files),    cmocka_unit_test(test_source_members),
	    cmocka_unit_test(test_source_fifo),  cmocka_unit_test(test_source_boundary),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
