/* SPDX-License-Identifier: Apache-2.0 */
#include "models/input_codes.h"

#include <string.h>

#include "kernels/profile.h"
#include "kernels/share.h"
#include "models/buffers.h"

enum { CODES_BUFFERS = 2 };

static void list_buffers(struct input_codes *codes, bool is_narrow,
			 struct buffer row[CODES_BUFFERS])
{
	const int64_t numbers = codes->rows * codes->in;
	row[0] = BUFFER(codes->narrow, is_narrow ? numbers : 0, false);
	row[1] = BUFFER(codes->wide, is_narrow ? 0 : numbers, false);
}

static bool fits_narrow(const struct padic *padic)
{
	return padic->modulus_half <= INT16_MAX;
}

int64_t input_codes_memory(const struct padic *padic, int64_t rows, int64_t in)
{
	struct input_codes codes = {.rows = rows, .in = in};
	struct buffer row[CODES_BUFFERS];
	list_buffers(&codes, fits_narrow(padic), row);
	return buffers_bytes(row, CODES_BUFFERS);
}

static void encode_narrow(struct input_codes *codes, const struct padic *padic,
			  const struct kernel_table *table, const float *inputs)
{
	enum { PART = 1024 };
	int32_t part[PART];
	int64_t numbers = codes->rows * codes->in;
	for (int64_t at = 0; at < numbers; at += PART) {
		int64_t n = numbers - at < PART ? numbers - at : PART;
		table->padic_encode(padic, n, inputs + at, part);
		for (int64_t i = 0; i < n; i++)
			codes->narrow[at + i] = (int16_t)part[i];
	}
}

bool input_codes_open(struct input_codes *codes, const struct padic *padic,
		      const struct kernel_table *table, int64_t rows, int64_t in,
		      const float *inputs)
{
	struct buffer row[CODES_BUFFERS];
	*codes = (struct input_codes){.rows = rows, .in = in};
	list_buffers(codes, fits_narrow(padic), row);
	if (!buffers_take(row, CODES_BUFFERS)) {
		input_codes_close(codes);
		return false;
	}
	if (codes->narrow)
		encode_narrow(codes, padic, table, inputs);
	else
		table->padic_encode(padic, rows * in, inputs, codes->wide);
	return true;
}

void input_codes_open_bytes(struct input_codes *codes, const struct padic *padic,
			    const struct kernel_table *table, int64_t rows, int64_t in,
			    const uint8_t *bytes, const float value[256])
{
	*codes = (struct input_codes){.rows = rows, .in = in, .bytes = bytes};
	table->padic_encode(padic, 256, value, codes->of_byte);
}

void input_codes_close(struct input_codes *codes)
{
	struct buffer row[CODES_BUFFERS];
	list_buffers(codes, true, row);
	buffers_free(row, CODES_BUFFERS);
	memset(codes, 0, sizeof *codes);
}

static void take_row(const struct input_codes *codes, int64_t row, int32_t *taken)
{
	const int64_t in = codes->in, at = row * in;
	if (codes->bytes)
		for (int64_t i = 0; i < in; i++)
			taken[i] = codes->of_byte[codes->bytes[at + i]];
	else if (codes->narrow)
		for (int64_t i = 0; i < in; i++)
			taken[i] = codes->narrow[at + i];
	else
		memcpy(taken, codes->wide + at, (size_t)in * sizeof *taken);
}

struct given {
	const struct input_codes *codes;
	const int64_t *index;
	int32_t *taken;
};

static void give_part(const void *context, int64_t first, int64_t count)
{
	const struct given *g = context;
	for (int64_t i = first; i < first + count; i++)
		take_row(g->codes, g->index[i], g->taken + i * g->codes->in);
}

void input_codes_give(const struct input_codes *codes, struct model *model, const int64_t *index,
		      int64_t n)
{
	if (codes->in == 0)
		return;
	struct profile *profile = model->backend->profile;
	const struct given given = {codes, index, model->moe->x_code};
	const int64_t each = codes->bytes ? SHARE_DECODE : SHARE_COPY;
	profile_enter(profile);
	share_loop(model->backend, n, codes->in * each, give_part, &given);
	model->moe->x_given = true;
	profile_leave(profile, PROFILE_PADIC, 0.0);
}
