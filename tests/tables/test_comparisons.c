/* SPDX-License-Identifier: Apache-2.0 */
/* Comparisons of arms: which pairs, values worked out by hand, verdicts. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/tables/made_table.h"

static void is_label(const struct comparisons *c, int64_t index, const char *expected)
{
	char label[COMPARISON_LABEL];
	comparison_label(c->table, c->pair[index].row, c->pair[index].reference, label);
	assert_string_equal(label, expected);
}

static void test_pairs(void **state)
{
	struct made_table m;
	(void)state;
	made_table_open(&m);
	made_table_add_arms(&m, "a", "accuracy");
	struct comparisons c = must_compare(&m.table);
	assert_int_equal(c.pair_count, 3);
	is_label(&c, 0, "SheafOnly − SoftmaxOnly");
	is_label(&c, 1, "SheafOnly − Dense");
	is_label(&c, 2, "SoftmaxOnly − Dense");
	assert_int_equal(c.family, 3);
	comparisons_free(&c);
}

/* The codec is compared with the first arm that lacks only it. */
static void test_codec_pairs(void **state)
{
	struct made_table m;
	(void)state;
	made_table_open(&m);
	made_table_add_row(&m, "a", "SheafPadic", "", "accuracy", 0.5, 0.1);
	made_table_add_row(&m, "a", "SheafOnly", "", "accuracy", 0.5, 0.2);
	made_table_add_row(&m, "a", "Control", "", "accuracy", 0.5, 0.3);
	made_table_add_row(&m, "a", "SheafPadicFine", "", "accuracy", 0.5, 0.4);
	struct comparisons c = must_compare(&m.table);
	assert_int_equal(c.pair_count, 2);
	is_label(&c, 0, "SheafPadic − SheafOnly");
	is_label(&c, 1, "SheafPadicFine − SheafOnly");
	comparisons_free(&c);
}

/* Pairs of one's own choice are a family of their own. */
static void test_chosen_pairs(void **state)
{
	struct made_table m;
	struct comparisons c = {.table = &m.table};
	(void)state;
	made_table_open(&m);
	made_table_add_arms(&m, "a", "accuracy");
	assert_int_equal(comparisons_add(&c, &m.row[0], &m.row[1], NULL), 0);
	assert_int_equal(comparisons_adjust(&c, NULL), 0);
	assert_int_equal(c.family, 1);
	assert_true(c.pair[0].holm == 2.0 / 64.0 && c.pair[0].after_holm);
	comparisons_free(&c);
}

static void test_sweep_pairs_variants(void **state)
{
	struct made_table m;
	(void)state;
	made_table_open(&m);
	made_table_add_row(&m, "a", "SheafOnly", "x=1", "accuracy", 0.5, 0.1);
	made_table_add_row(&m, "a", "SheafOnly", "x=2", "accuracy", 0.5, 0.2);
	made_table_add_row(&m, "a", "SoftmaxOnly", "x=2", "accuracy", 0.5, 0.3);
	made_table_add_row(&m, "a", "SoftmaxOnly", "", "accuracy", 0.5, 0.4);
	struct comparisons c = must_compare(&m.table);
	assert_int_equal(c.pair_count, 2);
	is_label(&c, 0, "SheafOnly x=2 − SoftmaxOnly x=2");
	is_label(&c, 1, "SheafOnly x=1 − SoftmaxOnly");
	comparisons_free(&c);
}

/* An arm with fewer swept settings is the reference of all that share them. */
static void test_sweep_pairs_shared_settings(void **state)
{
	struct made_table m;
	(void)state;
	made_table_open(&m);
	made_table_add_row(&m, "a", "SheafPadic", "x=1 y=1", "accuracy", 0.5, 0.1);
	made_table_add_row(&m, "a", "SheafPadic", "x=11 y=1", "accuracy", 0.5, 0.2);
	made_table_add_row(&m, "a", "SheafOnly", "x=1", "accuracy", 0.5, 0.3);
	made_table_add_row(&m, "a", "SheafOnly", "x=11", "accuracy", 0.5, 0.4);
	struct comparisons c = must_compare(&m.table);
	assert_int_equal(c.pair_count, 2);
	is_label(&c, 0, "SheafPadic x=1 y=1 − SheafOnly x=1");
	is_label(&c, 1, "SheafPadic x=11 y=1 − SheafOnly x=11");
	comparisons_free(&c);
}

static void is_finding(const struct comparison_pair *pair, bool reason, const char *expected)
{
	char text[COMPARISON_VERDICT];
	comparison_pair_finding(pair, reason, text);
	assert_string_equal(text, expected);
}

static void test_findings(void **state)
{
	struct comparison_pair pair = {.verdict = COMPARISON_NONE, .why = REASON_ONE_VALUE};
	(void)state;
	is_finding(&pair, true, "no verdict (fewer than two paired seeds)");
	is_finding(&pair, false, "no verdict");
	pair = (struct comparison_pair){.verdict = COMPARISON_UNDECIDED};
	is_finding(&pair, true, "undecided");
	pair.verdict = COMPARISON_BETTER;
	is_finding(&pair, true, "better, not after Holm");
	pair.after_holm = true;
	is_finding(&pair, false, "better, also after Holm");
	pair.verdict = COMPARISON_WORSE;
	is_finding(&pair, true, "worse, also after Holm");
}

static void test_values(void **state)
{
	struct made_table m;
	(void)state;
	made_table_open(&m);
	made_table_add_arms(&m, "a", "accuracy");
	struct comparisons c = must_compare(&m.table);
	const struct comparison_pair *pair = &c.pair[0];
	/* 0.25, 0.3125, 0.375 twice: mean 0.3125, sd sqrt(4 / 256 / 5) */
	assert_int_equal(pair->n, MADE_SEEDS);
	assert_true(pair->differences[5] == 0.375 && pair->seeds[5] == 6);
	assert_true(pair->paired.difference.mean == 0.3125);
	assert_true(fabs(pair->paired.difference.sd - sqrt(4.0 / 256.0 / 5.0)) < 1e-15);
	/* All differences are positive: two of 2^6 sign choices are as extreme. */
	assert_true(pair->flip.p == 2.0 / 64.0);
	/* Second: 0.125, 0, -0.125 twice, p 1; third: -0.125, -0.3125, -0.5 twice. */
	assert_true(c.pair[1].flip.p == 1.0 && c.pair[2].flip.p == 2.0 / 64.0);
	assert_true(pair->holm == 3.0 * 2.0 / 64.0 && c.pair[2].holm == pair->holm);
	assert_true(comparisons_smallest_holm(&c) == pair->holm);
	assert_int_equal(pair->verdict, COMPARISON_BETTER);
	/* Two of six differences are zero, and the interval covers it. */
	assert_int_equal(c.pair[1].verdict, COMPARISON_UNDECIDED);
	assert_int_equal(c.pair[1].why, REASON_NONE);
	assert_int_equal(c.pair[2].verdict, COMPARISON_WORSE);
	assert_false(pair->after_holm); /* 0.09 */
	assert_true(pair->smallest ==
		    power_smallest_effect(MADE_SEEDS, 0.8) * pair->paired.difference.sd);
	assert_int_equal(pair->seeds_near, power_seeds(pair->paired.hedges, 0.8));
	assert_true(c.pair[1].seeds_near == 0); /* no effect, no number of seeds */
	assert_true(pair->bca.interval && pair->bca.low >= 0.25 && pair->bca.high <= 0.375);
	comparisons_free(&c);
}

static void test_lower_is_better(void **state)
{
	struct made_table m;
	(void)state;
	made_table_open(&m);
	made_table_add_arms(&m, "a", "loss");
	struct comparisons c = must_compare(&m.table);
	assert_int_equal(c.pair[0].verdict, COMPARISON_WORSE);
	assert_int_equal(c.pair[2].verdict, COMPARISON_BETTER);
	assert_int_equal(c.across[0].iqm_verdict, COMPARISON_WORSE);
	/* Every run of SheafOnly has the larger loss. */
	assert_true(c.across[0].improvement.estimate == 0.0);
	assert_int_equal(c.across[0].improvement_verdict, COMPARISON_NONE);
	assert_int_equal(c.across[0].improvement.why, REASON_SAME_RESAMPLES);
	comparisons_free(&c);
}

static void test_across(void **state)
{
	struct made_table m;
	(void)state;
	made_table_open(&m);
	made_table_add_arms(&m, "a", "accuracy");
	made_table_add_arms(&m, "b", "accuracy");
	struct comparisons c = must_compare(&m.table);
	assert_int_equal(c.pair_count, 6);
	assert_int_equal(c.across_count, 3);
	assert_int_equal(c.across[0].tasks, 2);
	assert_int_equal(c.across[0].better, 2);
	assert_int_equal(c.across[1].undecided, 2);
	assert_true(c.across[0].one_metric);
	/* 0.25, 0.3125, 0.375 four times each; three of each end are left out. */
	assert_true(fabs(c.across[0].iqm.estimate - 0.3125) < 1e-15);
	assert_true(c.across[0].improvement.estimate == 1.0);
	comparisons_free(&c);
	made_table_open(&m);
	made_table_add_arms(&m, "a", "accuracy");
	made_table_add_arms(&m, "b", "loss");
	c = must_compare(&m.table);
	/* Not on one scale: better on one, worse on the other. */
	assert_false(c.across[0].one_metric);
	assert_true(c.across[0].improvement.estimate == 0.5);
	assert_int_equal(c.across[0].improvement_verdict, COMPARISON_NONE);
	comparisons_free(&c);
}

/* Another arm or experiment changes no interval of a pair. */
static void test_streams_are_of_the_pair(void **state)
{
	struct made_table m;
	(void)state;
	made_table_open(&m);
	made_table_add_arms(&m, "a", "accuracy");
	struct comparisons first = must_compare(&m.table);
	struct resample_interval bca = first.pair[1].bca;
	assert_string_equal(first.pair[1].reference->arm, "Dense");
	comparisons_free(&first);
	made_table_open(&m);
	snprintf(m.table.experiment, sizeof m.table.experiment, "other");
	made_table_add_row(&m, "a", "More", "", "accuracy", 0.5, 0.5);
	made_table_add_arms(&m, "a", "accuracy");
	struct comparisons second = must_compare(&m.table);
	assert_string_equal(second.pair[3].row->arm, "SheafOnly");
	assert_true(second.pair[3].bca.low == bca.low && second.pair[3].bca.high == bca.high);
	comparisons_free(&second);
}

/* Two arms with no seed in common, one seed, and no runs at all. */
static void test_little(void **state)
{
	struct made_table m;
	static int64_t others[MADE_SEEDS] = {7, 8, 9, 10, 11, 6};
	(void)state;
	made_table_open(&m);
	made_table_add_arms(&m, "a", "accuracy");
	m.row[1].seeds = others;
	m.row[2].runs = m.row[2].metric_count = 0;
	struct comparisons c = must_compare(&m.table);
	assert_int_equal(c.pair[0].n, 1);
	assert_int_equal(c.pair[0].seeds[0], 6);
	assert_int_equal(c.pair[1].n, 0);
	assert_int_equal(c.family, 0);
	for (int64_t i = 0; i < c.pair_count; i++) {
		assert_int_equal(c.pair[i].verdict, COMPARISON_NONE);
		assert_int_equal(c.pair[i].why, REASON_ONE_VALUE);
		assert_false(c.pair[i].after_holm);
	}
	assert_int_equal(c.across_count, 1);
	comparisons_free(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_codec_pairs),
	    cmocka_unit_test(test_chosen_pairs),
	    cmocka_unit_test(test_pairs),
	    cmocka_unit_test(test_sweep_pairs_variants),
	    cmocka_unit_test(test_sweep_pairs_shared_settings),
	    cmocka_unit_test(test_findings),
	    cmocka_unit_test(test_values),
	    cmocka_unit_test(test_lower_is_better),
	    cmocka_unit_test(test_across),
	    cmocka_unit_test(test_streams_are_of_the_pair),
	    cmocka_unit_test(test_little),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
