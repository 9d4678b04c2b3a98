/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/bench/suite.h"

#include <endian.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "foundation/array.h"
#include "kernels/share.h"

enum { FILL_PERIOD = 65536, PAGE = 4096, LINE = 64 };

static struct suite_row *all_rows;

static void list_row(struct suite_row *row)
{
	row->next = all_rows;
	all_rows = row;
}

int suite_add(const struct suite *suite, bench_function function, const void *what, int variant,
	      const char *name, ...)
{
	struct suite_row *row = calloc(1, sizeof *row);
	if (!row)
		return -1;
	row->suite = suite;
	row->what = what;
	row->variant = variant;
	va_list args;
	va_start(args, name);
	vsnprintf(row->name, sizeof row->name, name, args);
	va_end(args);
	list_row(row);
	return bench_register(row->name, function, row);
}

int suite_add_native_loop(const char *name)
{
	struct suite_row *row = calloc(1, sizeof *row);
	if (!row)
		return -1;
	snprintf(row->name, sizeof row->name, "%s", name);
	list_row(row);
	return bench_register_native_loop(row->name);
}

const struct suite_row *suite_rows(void)
{
	return all_rows;
}

int suite_count(void)
{
	int count = 0;
	for (const struct suite_row *row = all_rows; row; row = row->next)
		count++;
	return count;
}

void suite_free(void)
{
	while (all_rows) {
		struct suite_row *row = all_rows;
		all_rows = row->next;
		free(row);
	}
}

void suite_fill(float *x, int64_t count, const char *name, const char *part)
{
	struct random_stream stream;
	random_open(&stream, 1, name, part);
	for (int64_t i = 0; i < count && i < FILL_PERIOD; i++)
		x[i] = 2.0f * random_unit_float(&stream) - 1.0f;
	for (int64_t done = FILL_PERIOD; done < count; done += FILL_PERIOD) {
		int64_t left = count - done < FILL_PERIOD ? count - done : FILL_PERIOD;
		memcpy(x + done, x, (size_t)left * sizeof *x);
	}
}

/* A line further for each buffer: at equal offsets in their pages loads would wait for stores. */
static float *take_one(struct suite_buffers *buffers, int i, int64_t count)
{
	size_t bytes = (size_t)count * sizeof(float) + (size_t)(i * 3 * LINE);
	buffers->owned[i] = aligned_alloc(PAGE, (bytes + PAGE) / PAGE * PAGE);
	return buffers->owned[i] ? (float *)buffers->owned[i] + i * 3 * LINE / (int)sizeof(float)
				 : NULL;
}

bool suite_take(struct suite_buffers *buffers, int number, const int64_t *counts,
		struct bench_state *state, const char *name)
{
	memset(buffers, 0, sizeof *buffers);
	for (int i = 0; i < number; i++) {
		char part[16];
		snprintf(part, sizeof part, "%d", i);
		buffers->at[i] = take_one(buffers, i, counts[i]);
		if (!buffers->at[i]) {
			suite_give_back(buffers);
			bench_fail(state, "out of memory");
			return false;
		}
		suite_fill(buffers->at[i], counts[i], name, part);
	}
	return true;
}

void suite_give_back(struct suite_buffers *buffers)
{
	for (int i = 0; i < SUITE_BUFFERS; i++)
		free(buffers->owned[i]);
	memset(buffers, 0, sizeof *buffers);
}

/* Nothing on little-endian machines. */
void suite_order_words(void *words, int64_t count)
{
	uint32_t *word = words;
	for (int64_t i = 0; i < count; i++)
		word[i] = htole32(word[i]);
}

/* By the level's own function: its hash is part of the contract too. */
void suite_hash_bytes(struct suite_hash *hash, const struct suite_row *row, const void *bytes,
		      int64_t size)
{
	hash->part[hash->count++] = row->suite->backend->table->hash(bytes, (size_t)size);
}

void suite_hash_words(struct suite_hash *hash, const struct suite_row *row, const void *words,
		      int64_t count)
{
	void *ordered = array_take(count, sizeof(uint32_t));
	if (!ordered)
		return;
	memcpy(ordered, words, (size_t)count * sizeof(uint32_t));
	suite_order_words(ordered, count);
	suite_hash_bytes(hash, row, ordered, count * (int64_t)sizeof(uint32_t));
	free(ordered);
}

void suite_hash_end(const struct suite_hash *hash, struct suite_row *row)
{
	unsigned char bytes[8 * SUITE_BUFFERS];
	for (int i = 0; i < 8 * hash->count; i++)
		bytes[i] = (unsigned char)(hash->part[i / 8] >> (8 * (i % 8)));
	row->hash = row->suite->backend->table->hash(bytes, (size_t)hash->count * 8);
	row->hashed = true;
}

double suite_roof(const struct suite *suite, enum roof_kind kind)
{
	return share_threads(suite->backend) > 1 ? 0.0 : roof_of(&suite->roof, kind);
}

void suite_report(struct bench_state *state, const struct suite_row *row, enum roof_kind kind,
		  double amount)
{
	char label[64];
	double roof = suite_roof(row->suite, kind);
	if (kind == ROOF_FMA)
		bench_set_flops(state, amount, roof);
	else if (kind == ROOF_NONE)
		bench_set_items(state, amount);
	else
		bench_set_bytes(state, amount, roof);
	snprintf(label, sizeof label, "xxh3=%016" PRIx64 " roof=%s", row->hash, roof_names[kind]);
	bench_set_label(state, label);
}
