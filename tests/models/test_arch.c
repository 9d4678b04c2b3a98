/* SPDX-License-Identifier: Apache-2.0 */
/* Architectures: counts, tensors, the Dense match, fingerprints, files good and bad. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "models/arch.h"
#include "models/matched_width.h"
#include "tests/corpus.h"

static void test_sizes(void **state)
{
	(void)state;
	static const int64_t totals[] = {195540, 84984276, 265961940, 673530324};
	for (int size = SIZE_NANO; size <= SIZE_FULL; size++) {
		struct arch arch = arch_moe((enum arch_size)size, 96, 20, ROUTER_SHEAF_PADIC, 1);
		struct error error = {0};
		assert_int_equal(arch_check(&arch, &error), 0);
		assert_int_equal(arch_count(&arch).total_params, totals[size]);
		assert_int_equal(arch_count(&arch).train_bytes, 16 * totals[size]);
	}
}

/* Counts again, as plain sums over the tensors: a second derivation of every formula. */
static struct arch_counts count_by_tensors(const struct arch *arch)
{
	struct arch_counts counts = {0};
	int64_t first = 0;
	for (int64_t i = 0; i < arch_tensor_count(arch); i++) {
		struct arch_tensor tensor;
		long long expert, module;
		arch_tensor_at(arch, i, &tensor);
		int64_t elements = tensor.rows * tensor.cols;
		counts.total_params += elements;
		bool of_expert = sscanf(tensor.name, "experts.%lld.%lld", &expert, &module) == 2;
		if (of_expert && expert >= arch->top_k)
			continue;
		counts.active_params += elements;
		if (tensor.role != TENSOR_WEIGHT)
			continue;
		counts.forward_flops += 2 * elements;
		if ((of_expert && module == 0) || strcmp(tensor.name, "router.weight") == 0 ||
		    strcmp(tensor.name, "input.weight") == 0)
			first += 2 * elements;
	}
	counts.train_flops = 3 * counts.forward_flops - first;
	counts.train_bytes = 16 * counts.total_params;
	return counts;
}

static void assert_counts(const struct arch *arch)
{
	struct arch_counts a = arch_count(arch), b = count_by_tensors(arch);
	assert_int_equal(a.total_params, b.total_params);
	assert_int_equal(a.active_params, b.active_params);
	assert_int_equal(a.forward_flops, b.forward_flops);
	assert_int_equal(a.train_flops, b.train_flops);
	assert_int_equal(a.train_bytes, b.train_bytes);
}

static void test_counts(void **state)
{
	(void)state;
	for (int size = SIZE_NANO; size <= SIZE_FULL; size++) {
		struct arch moe = arch_moe((enum arch_size)size, 16, 26, ROUTER_SOFTMAX_ONLY, 1);
		struct arch dense = arch_dense((enum arch_size)size, 784, 10, 77 + size, 1);
		assert_counts(&moe);
		assert_counts(&dense);
		moe.n_experts = 7;
		moe.top_k = 3;
		assert_counts(&moe);
	}
}

static void test_counts_saturate(void **state)
{
	(void)state;
	struct arch dense = arch_dense(SIZE_NANO, 96, 20, 1 << 20, 1);
	struct error error = {0};
	dense.hidden_dim = 1 << 20;
	dense.expert_depth = 1 << 20;
	struct arch_counts counts = arch_count(&dense);
	assert_int_equal(counts.train_bytes, INT64_MAX);
	assert_int_equal(counts.train_flops, INT64_MAX);
	assert_int_equal(arch_check(&dense, &error), ERROR_INPUT);
	assert_string_equal(error.path, "hidden_dim");
	dense.expert_depth = 1 << 10;
	assert_int_equal(arch_check(&dense, &error), 0);
	assert_int_equal(arch_count(&dense).train_flops,
			 3 * arch_count(&dense).forward_flops - 2 * 96 * (INT64_C(1) << 20));
}

static void test_solve_matches(void **state)
{
	(void)state;
	for (int size = SIZE_NANO; size <= SIZE_FULL; size++) {
		struct arch moe = arch_moe((enum arch_size)size, 96, 20, ROUTER_SHEAF_ONLY, 1);
		struct arch dense = arch_dense((enum arch_size)size, 96, 20, 1, 1);
		int64_t residual, target = arch_count(&moe).total_params;
		dense.intermediate =
		    matched_intermediate(&dense, MATCH_TOTAL_PARAMS, target, &residual);
		assert_int_equal(arch_count(&dense).total_params, target + residual);
		assert_true(llabs(residual) * 1000 <= target);
	}
}

static int64_t measure(const struct arch *arch, enum arch_match on)
{
	struct arch_counts counts = arch_count(arch);
	return on == MATCH_TOTAL_PARAMS    ? counts.total_params
	       : on == MATCH_ACTIVE_PARAMS ? counts.active_params
					   : counts.train_flops;
}

/* Against trying every intermediate: nearest, the smaller on a tie. */
static void test_solve_exhaustive(void **state)
{
	(void)state;
	for (int on = MATCH_TOTAL_PARAMS; on <= MATCH_TRAIN_FLOPS; on++) {
		for (int64_t target = -5; target < 3000; target++) {
			struct arch dense = arch_dense(SIZE_NANO, 3, 2, 1, 1), tried = dense;
			dense.hidden_dim = tried.hidden_dim = 5;
			int64_t best = 0, least = INT64_MAX, residual;
			for (tried.intermediate = 1; tried.intermediate < 200;
			     tried.intermediate++) {
				int64_t miss = llabs(measure(&tried, (enum arch_match)on) - target);
				if (miss < least) {
					least = miss;
					best = tried.intermediate;
				}
			}
			assert_int_equal(
			    matched_intermediate(&dense, (enum arch_match)on, target, &residual),
			    best);
			assert_int_equal(llabs(residual), least);
		}
	}
}

static void assert_tensor(const struct arch *arch, int64_t index, const char *name,
			  enum tensor_role role, int64_t rows, int64_t cols, int64_t fan_in)
{
	struct arch_tensor tensor;
	arch_tensor_at(arch, index, &tensor);
	assert_string_equal(tensor.name, name);
	assert_int_equal(tensor.role, role);
	assert_int_equal(tensor.rows, rows);
	assert_int_equal(tensor.cols, cols);
	assert_int_equal(tensor.fan_in, fan_in);
}

static void test_tensors_moe(void **state)
{
	(void)state;
	struct arch arch = arch_moe(SIZE_NANO, 96, 20, ROUTER_SHEAF_PADIC, 1);
	assert_int_equal(arch_tensor_count(&arch), 58);
	assert_tensor(&arch, 0, "router.weight", TENSOR_WEIGHT, 4, 96, 96);
	assert_tensor(&arch, 1, "router.bias", TENSOR_BIAS, 4, 1, 96);
	assert_tensor(&arch, 2, "experts.0.0.weight", TENSOR_WEIGHT, 128, 96, 96);
	assert_tensor(&arch, 3, "experts.0.0.bias", TENSOR_BIAS, 128, 1, 96);
	assert_tensor(&arch, 4, "experts.0.1.weight", TENSOR_NORM_WEIGHT, 128, 1, 0);
	assert_tensor(&arch, 5, "experts.0.1.bias", TENSOR_NORM_BIAS, 128, 1, 0);
	assert_tensor(&arch, 6, "experts.0.3.weight", TENSOR_WEIGHT, 128, 128, 128);
	assert_tensor(&arch, 13, "experts.0.7.bias", TENSOR_NORM_BIAS, 128, 1, 0);
	assert_tensor(&arch, 14, "experts.0.9.weight", TENSOR_WEIGHT, 20, 128, 128);
	assert_tensor(&arch, 15, "experts.0.9.bias", TENSOR_BIAS, 20, 1, 128);
	assert_tensor(&arch, 16, "experts.1.0.weight", TENSOR_WEIGHT, 128, 96, 96);
	assert_tensor(&arch, 57, "experts.3.9.bias", TENSOR_BIAS, 20, 1, 128);
}

static void test_tensors_dense(void **state)
{
	(void)state;
	struct arch arch = arch_dense(SIZE_NANO, 96, 20, 350, 1);
	assert_int_equal(arch_tensor_count(&arch), 16);
	assert_tensor(&arch, 0, "input.weight", TENSOR_WEIGHT, 128, 96, 96);
	assert_tensor(&arch, 1, "input.bias", TENSOR_BIAS, 128, 1, 96);
	assert_tensor(&arch, 2, "blocks.0.norm.weight", TENSOR_NORM_WEIGHT, 128, 1, 0);
	assert_tensor(&arch, 3, "blocks.0.norm.bias", TENSOR_NORM_BIAS, 128, 1, 0);
	assert_tensor(&arch, 4, "blocks.0.up.weight", TENSOR_WEIGHT, 350, 128, 128);
	assert_tensor(&arch, 5, "blocks.0.up.bias", TENSOR_BIAS, 350, 1, 128);
	assert_tensor(&arch, 6, "blocks.0.down.weight", TENSOR_WEIGHT, 128, 350, 350);
	assert_tensor(&arch, 7, "blocks.0.down.bias", TENSOR_BIAS, 128, 1, 350);
	assert_tensor(&arch, 8, "blocks.1.norm.weight", TENSOR_NORM_WEIGHT, 128, 1, 0);
	assert_tensor(&arch, 14, "output.weight", TENSOR_WEIGHT, 20, 128, 128);
	assert_tensor(&arch, 15, "output.bias", TENSOR_BIAS, 20, 1, 128);
}

static bool same_fingerprint(const struct arch *a, const struct arch *b)
{
	char left[65], right[65];
	arch_fingerprint(a, left);
	arch_fingerprint(b, right);
	assert_int_equal(strspn(left, "0123456789abcdef"), 64);
	return strcmp(left, right) == 0;
}

static void test_fingerprint(void **state)
{
	(void)state;
	struct arch moe = arch_moe(SIZE_NANO, 96, 20, ROUTER_SHEAF_PADIC, 1), other = moe;
	other.seed = 2;
	assert_true(same_fingerprint(&moe, &other));
	other.router_kind = ROUTER_SHEAF_ONLY;
	assert_false(same_fingerprint(&moe, &other));
	other = moe;
	other.top_k = 1;
	assert_false(same_fingerprint(&moe, &other));
	other = moe;
	other.input_dim = 95;
	assert_false(same_fingerprint(&moe, &other));
	struct arch dense = arch_dense(SIZE_NANO, 96, 20, 350, 1), same = dense;
	same.router_kind = ROUTER_SOFTMAX_ONLY;
	same.size = SIZE_FULL;
	assert_true(same_fingerprint(&dense, &same));
	same.intermediate = 351;
	assert_false(same_fingerprint(&dense, &same));
	char hex[65];
	arch_fingerprint(&moe, hex);
	assert_string_equal(hex,
			    "4f03bc8efa59ef66c1f67dc04e23dcf5c213e4a84eefcca6b56f46db57eac7c3");
}

/* Field by field: padding has no value. */
static void assert_same(const struct arch *a, const struct arch *b)
{
	char *left = arch_to_json(a), *right = arch_to_json(b);
	assert_non_null(left);
	assert_non_null(right);
	assert_string_equal(left, right);
	free(left);
	free(right);
}

static void write_text(const char *name, const char *text)
{
	FILE *out = fopen(name, "w");
	assert_non_null(out);
	assert_true(fputs(text, out) >= 0);
	assert_int_equal(fclose(out), 0);
}

static void test_round_trip(void **state)
{
	(void)state;
	char name[] = "/tmp/test_arch.XXXXXX";
	int descriptor = mkstemp(name);
	assert_true(descriptor >= 0);
	close(descriptor);
	struct arch archs[] = {
	    arch_moe(SIZE_NANO, 96, 20, ROUTER_SHEAF_PADIC, 0),
	    arch_moe(SIZE_FULL, 784, 10, ROUTER_SOFTMAX_ONLY, INT64_MAX),
	    arch_moe(SIZE_TINY, 16, 26, ROUTER_SHEAF_ONLY, 3),
	    arch_dense(SIZE_MEDIUM, 7, 20, 6173, 9),
	    arch_moe(SIZE_NANO, 5, 3, ROUTER_SOFTMAX_ONLY, 1),
	};
	archs[2].n_experts = archs[2].topology_experts = 16;
	archs[2].top_k = archs[2].topology_top_k = 5;
	/* All experts may be chosen. */
	archs[4].top_k = archs[4].topology_top_k = archs[4].n_experts;
	for (size_t i = 0; i < sizeof archs / sizeof *archs; i++) {
		struct arch read;
		struct error error = {0};
		char *text = arch_to_json(&archs[i]);
		assert_non_null(text);
		write_text(name, text);
		free(text);
		int status = arch_read(&read, name, &error);
		if (status != 0)
			error_print(stderr, &error);
		assert_int_equal(status, 0);
		assert_same(&read, &archs[i]);
	}
	unlink(name);
}

static void test_json_text(void **state)
{
	(void)state;
	struct arch arch = arch_moe(SIZE_NANO, 96, 20, ROUTER_SHEAF_PADIC, 7);
	char *text = arch_to_json(&arch);
	assert_non_null(text);
	assert_string_equal(
	    text,
	    "{\n  \"size\": \"Nano\",\n  \"input_dim\": 96,\n  \"hidden_dim\": 128,\n"
	    "  \"output_dim\": 20,\n  \"n_experts\": 4,\n  \"top_k\": 2,\n  \"expert_depth\": 2,\n"
	    "  \"seed\": 7,\n  \"model_kind\": \"MoE\",\n  \"router_kind\": \"SheafPadic\",\n"
	    "  \"intermediate\": 0,\n  \"topology\": \"96x20e4k2\",\n  \"fingerprint\": "
	    "\"4f03bc8efa59ef66c1f67dc04e23dcf5c213e4a84eefcca6b56f46db57eac7c3\"\n}\n");
	free(text);
}

/* What arch_check must say about fields no file can hold. */
static void test_check_fields(void **state)
{
	(void)state;
	struct error error = {0};
	struct arch arch = arch_moe(SIZE_NANO, 96, 20, ROUTER_SHEAF_PADIC, UINT64_MAX);
	char line[512];
	assert_int_equal(arch_check(&arch, &error), ERROR_INPUT);
	corpus_message(&error, line, sizeof line);
	assert_string_equal(line, "seed: found 18446744073709551615; expected an integer from 0 to "
				  "9223372036854775807");
	arch.seed = 0;
	arch.router_kind = (enum router_kind)3;
	assert_int_equal(arch_check(&arch, &error), ERROR_INPUT);
	assert_string_equal(error.path, "router_kind");
	arch = arch_moe(SIZE_NANO, -1, 20, ROUTER_SHEAF_PADIC, 0);
	assert_int_equal(arch_check(&arch, NULL), ERROR_INPUT);
	arch = arch_dense(SIZE_NANO, 96, 20, INT64_MAX, 0);
	assert_int_equal(arch_check(&arch, &error), ERROR_INPUT);
	assert_string_equal(error.path, "intermediate");
}

static int read_untouched(const char *file_name, struct error *error)
{
	struct arch arch, before;
	memset(&arch, 0x5a, sizeof arch);
	memcpy(&before, &arch, sizeof arch);
	int status = arch_read(&arch, file_name, error);
	assert_memory_equal(&arch, &before, sizeof arch);
	return status;
}

static void test_bad_files(void **state)
{
	(void)state;
	corpus_check("tests/bad/arch", ".json", 22, read_untouched);
}

static int read_good(const char *file_name, struct error *error)
{
	struct arch arch;
	return arch_read(&arch, file_name, error);
}

static void assert_reads_as(const char *name, struct arch expected)
{
	struct arch arch;
	struct error error = {0};
	assert_int_equal(arch_read(&arch, name, &error), 0);
	assert_same(&arch, &expected);
}

static void test_good_files(void **state)
{
	(void)state;
	corpus_check_good("tests/good/arch", ".json", 8, read_good);
	assert_reads_as("tests/good/arch/tiny_before_kinds.json",
			arch_moe(SIZE_TINY, 96, 20, ROUTER_SHEAF_PADIC, 42));
	assert_reads_as("tests/good/arch/tiny.json",
			arch_moe(SIZE_TINY, 96, 20, ROUTER_SHEAF_ONLY, 42));
	assert_reads_as("tests/good/arch/nano_letter.json",
			arch_moe(SIZE_NANO, 16, 26, ROUTER_SHEAF_ONLY, 7));
	struct arch dense = arch_dense(SIZE_TINY, 96, 20, 4096, 7);
	dense.hidden_dim = 256;
	dense.expert_depth = 3;
	assert_reads_as("tests/good/arch/dense_before_intermediate.json", dense);
	dense.intermediate = 350;
	assert_reads_as("tests/good/arch/dense.json", dense);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_sizes),
	    cmocka_unit_test(test_counts),
	    cmocka_unit_test(test_counts_saturate),
	    cmocka_unit_test(test_solve_matches),
	    cmocka_unit_test(test_solve_exhaustive),
	    cmocka_unit_test(test_tensors_moe),
	    cmocka_unit_test(test_tensors_dense),
	    cmocka_unit_test(test_fingerprint),
	    cmocka_unit_test(test_round_trip),
	    cmocka_unit_test(test_json_text),
	    cmocka_unit_test(test_check_fields),
	    cmocka_unit_test(test_bad_files),
	    cmocka_unit_test(test_good_files),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
