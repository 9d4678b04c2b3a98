/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/training/trace.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "models/params.h"
#include "foundation/path.h"

/* Tensors before the gradients. */
static const char *const moe_names[] = {"inputs",        "targets",      "router.logits",
					"router.p",      "router.gates", "logits",
					"probabilities", "dlogits",      NULL};
static const char *const dense_names[] = {"inputs",        "targets", "logits",
					  "probabilities", "dlogits", NULL};

static const char *const *leading_names(const struct arch *arch)
{
	return arch->model_kind == MODEL_MOE ? moe_names : dense_names;
}

static int64_t leading_count(const struct arch *arch)
{
	int64_t count = 0;
	while (leading_names(arch)[count])
		count++;
	return count;
}

void trace_tensor_name(const struct arch *arch, int64_t index, char *text, size_t size)
{
	int64_t leading = leading_count(arch), tensors = arch_tensor_count(arch);
	struct arch_tensor tensor;
	if (index < leading) {
		snprintf(text, size, "%s", leading_names(arch)[index]);
		return;
	}
	arch_tensor_at(arch, (index - leading) % tensors, &tensor);
	snprintf(text, size, "%s:%s", index - leading < tensors ? "grad" : "param", tensor.name);
}

int trace_open(struct trace *trace, FILE *file, const struct kernel_table *table,
	       const struct arch *arch, const char *made_with, struct error *error)
{
	trace->offsets = params_offsets(arch);
	if (!trace->offsets)
		return error_no_memory(error, NULL);
	trace->table = table;
	trace->file = file;
	trace->grads = leading_count(arch);
	trace->params = trace->grads + arch_tensor_count(arch);
	trace->count = trace->params + arch_tensor_count(arch);
	if (!file)
		return 0;
	fprintf(file, "{\"schema\": \"sheafbench/trace/1\", %s, \"tensors\": [", made_with);
	for (int64_t i = 0; i < trace->count; i++) {
		char name[96];
		trace_tensor_name(arch, i, name, sizeof name);
		fprintf(file, "%s\"%s\"", i ? ", " : "", name);
	}
	fputs("]}\n", file);
	return ferror(file) ? error_set(error, ERROR_MACHINE, NULL, 0, 0, NULL, NULL,
					"cannot write the trace")
			    : 0;
}

static void little_endian_words(unsigned char *bytes, uint64_t word, int count)
{
	for (int i = 0; i < count; i++)
		bytes[i] = (unsigned char)(word >> (8 * i));
}

static uint64_t hash_tensor(const struct trace *trace, float *tensor, int64_t count)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return trace->table->hash(tensor, (size_t)count * sizeof *tensor);
#else
	/* Turned to little-endian for the hash and back again: no memory to ask for. */
	uint64_t hash = 0;
	for (int pass = 0; pass < 2; pass++) {
		for (int64_t i = 0; i < count; i++) {
			uint32_t word;
			memcpy(&word, tensor + i, sizeof word);
			word = __builtin_bswap32(word);
			memcpy(tensor + i, &word, sizeof word);
		}
		if (pass == 0)
			hash = trace->table->hash(tensor, (size_t)count * sizeof *tensor);
	}
	return hash;
#endif
}

static void dump_tensor(struct trace *trace, const float *tensor, int64_t count)
{
	FILE *out =
	    path_check_target(trace->dump_file, NULL) ? NULL : path_create_file(trace->dump_file);
	for (int64_t i = 0; out && i < count; i++) {
		uint32_t word;
		unsigned char bytes[4];
		memcpy(&word, tensor + i, sizeof word);
		little_endian_words(bytes, word, 4);
		fwrite(bytes, 1, 4, out);
	}
	bool failed = !out || ferror(out);
	if ((out && fclose(out)) || failed)
		trace->status = ERROR_MACHINE;
}

/* One ulp away from zero: the next pattern of the same sign. */
static void flip(float *element)
{
	uint32_t word;
	memcpy(&word, element, sizeof word);
	word++;
	memcpy(element, &word, sizeof word);
}

void trace_tensor(struct trace *trace, int64_t step, float *tensor, int64_t count)
{
	int64_t index = trace->next++;
	if (trace->next == trace->count)
		trace->next = 0;
	if (trace->flip.step == step && trace->flip.tensor == index) {
		trace->flip.size = count;
		if (trace->flip.element < count)
			flip(&tensor[trace->flip.element]);
	}
	if (trace->dump.step == step && trace->dump.tensor == index)
		dump_tensor(trace, tensor, count);
	if (!trace->file)
		return;
	unsigned char bytes[8];
	little_endian_words(bytes, hash_tensor(trace, tensor, count), 8);
	if (fwrite(bytes, 1, sizeof bytes, trace->file) != sizeof bytes)
		trace->status = ERROR_MACHINE;
}

void trace_forward(struct trace *trace, int64_t step, struct model *model, int64_t rows)
{
	struct moe *moe = model->moe;
	if (!moe)
		return;
	trace_tensor(trace, step, moe->logits, rows * moe->n_experts);
	trace_tensor(trace, step, moe->p, rows * moe->n_experts);
	trace_tensor(trace, step, moe->w, rows * moe->k);
}

void trace_arena(struct trace *trace, int64_t step, float *arena)
{
	int64_t tensors = trace->params - trace->grads;
	for (int64_t i = 0; i < tensors; i++)
		trace_tensor(trace, step, arena + trace->offsets[i],
			     trace->offsets[i + 1] - trace->offsets[i]);
}

static int no_place(const char *option, const char *what, int64_t first, int64_t last,
		    int64_t found, struct error *error)
{
	char expected[96];
	snprintf(expected, sizeof expected, "%" PRId64 " to %" PRId64, first, last);
	return error_set(error, ERROR_INPUT, NULL, 0, 0, NULL, expected,
			 "%s: %s %" PRId64 " is not in this run", option, what, found);
}

static int check_place(const char *option, const struct trace *trace,
		       const struct trace_place *place, int64_t steps, struct error *error)
{
	if (place->step == 0)
		return 0;
	if (place->step > steps)
		return no_place(option, "step", 1, steps, place->step, error);
	if (place->tensor >= trace->count)
		return no_place(option, "tensor", 0, trace->count - 1, place->tensor, error);
	return 0;
}

int trace_check_places(const struct trace *trace, int64_t steps, struct error *error)
{
	int status = check_place("--flip", trace, &trace->flip, steps, error);
	return status ? status : check_place("--dump", trace, &trace->dump, steps, error);
}

int trace_check_element(const struct trace *trace, struct error *error)
{
	const struct trace_place *place = &trace->flip;
	if (place->size == 0 || place->element < place->size)
		return 0;
	return no_place("--flip", "element", 0, place->size - 1, place->element, error);
}

void trace_close(struct trace *trace)
{
	free(trace->offsets);
	trace->offsets = NULL;
}
