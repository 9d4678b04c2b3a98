/* SPDX-License-Identifier: Apache-2.0 */
/* Comparisons of arms: which pairs, values worked out by hand, verdicts, files. */
#include <float.h>
#include <jansson.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "harness/tables/comparisons.h"
#include "harness/training/metrics.h"
#include "foundation/text_file.h"
#include "tests/tables/table_fixture.h"

enum { SEEDS = 6, ROWS_MAX = 12 };

/* A table made by hand; every row has all seeds. */
struct made {
	struct table table;
	struct table_row row[ROWS_MAX];
	struct table_metric metric[ROWS_MAX];
	double values[ROWS_MAX][SEEDS];
	int64_t seeds[SEEDS];
};

static void open_made(struct made *m)
{
	memset(m, 0, sizeof *m);
	m->table.row = m->row;
	snprintf(m->table.experiment, sizeof m->table.experiment, "made");
	for (int s = 0; s < SEEDS; s++)
		m->seeds[s] = s + 1;
}

/* Values base + step (s mod 3). */
static void add_row(struct made *m, const char *task, const char *arm, const char *variant,
		    const char *metric, double base, double step)
{
	int64_t i = m->table.row_count++;
	struct table_row *row = &m->row[i];
	snprintf(row->task, sizeof row->task, "%s", task);
	snprintf(row->arm, sizeof row->arm, "%s", arm);
	snprintf(row->variant, sizeof row->variant, "%s", variant);
	snprintf(row->primary_metric, sizeof row->primary_metric, "%s", metric);
	snprintf(m->metric[i].name, sizeof m->metric[i].name, "%s", metric);
	row->model_kind = strncmp(arm, "Dense", 5) == 0 ? MODEL_DENSE : MODEL_MOE;
	row->router_kind = strcmp(arm, "SoftmaxOnly") == 0       ? ROUTER_SOFTMAX_ONLY
			   : strncmp(arm, "SheafPadic", 10) == 0 ? ROUTER_SHEAF_PADIC
								 : ROUTER_SHEAF_ONLY;
	row->planned = row->runs = SEEDS;
	row->seeds = m->seeds;
	row->metric = &m->metric[i];
	row->metric_count = 1;
	for (int s = 0; s < SEEDS; s++)
		m->values[i][s] = base + step * (double)(s % 3);
	m->metric[i].values = m->values[i];
	m->metric[i].statistics = statistics_of(m->values[i], SEEDS, metric_range(metric));
}

static void add_arms(struct made *m, const char *task, const char *metric)
{
	add_row(m, task, "SheafOnly", "", metric, 0.75, 0.125);
	add_row(m, task, "SoftmaxOnly", "", metric, 0.5, 0.0625);
	add_row(m, task, "Dense", "", metric, 0.625, 0.25);
}

static struct comparisons compare(const struct table *table)
{
	struct comparisons c;
	struct error error = {0};
	if (comparisons_make(&c, table, &error) != 0) {
		error_print(stderr, &error);
		fail();
	}
	return c;
}

static void is_label(const struct comparisons *c, int64_t index, const char *expected)
{
	char label[COMPARISON_LABEL];
	comparison_label(c->table, c->pair[index].row, c->pair[index].reference, label);
	assert_string_equal(label, expected);
}

static void test_pairs(void **state)
{
	struct made m;
	(void)state;
	open_made(&m);
	add_arms(&m, "a", "accuracy");
	struct comparisons c = compare(&m.table);
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
	struct made m;
	(void)state;
	open_made(&m);
	add_row(&m, "a", "SheafPadic", "", "accuracy", 0.5, 0.1);
	add_row(&m, "a", "SheafOnly", "", "accuracy", 0.5, 0.2);
	add_row(&m, "a", "Control", "", "accuracy", 0.5, 0.3);
	add_row(&m, "a", "SheafPadicFine", "", "accuracy", 0.5, 0.4);
	struct comparisons c = compare(&m.table);
	assert_int_equal(c.pair_count, 2);
	is_label(&c, 0, "SheafPadic − SheafOnly");
	is_label(&c, 1, "SheafPadicFine − SheafOnly");
	comparisons_free(&c);
}

/* Pairs of one's own choice are a family of their own. */
static void test_chosen_pairs(void **state)
{
	struct made m;
	struct comparisons c = {.table = &m.table};
	(void)state;
	open_made(&m);
	add_arms(&m, "a", "accuracy");
	assert_int_equal(comparisons_add(&c, &m.row[0], &m.row[1], NULL), 0);
	assert_int_equal(comparisons_adjust(&c, NULL), 0);
	assert_int_equal(c.family, 1);
	assert_true(c.pair[0].holm == 2.0 / 64.0 && c.pair[0].after_holm);
	comparisons_free(&c);
}

static void test_sweep_pairs_variants(void **state)
{
	struct made m;
	(void)state;
	open_made(&m);
	add_row(&m, "a", "SheafOnly", "x=1", "accuracy", 0.5, 0.1);
	add_row(&m, "a", "SheafOnly", "x=2", "accuracy", 0.5, 0.2);
	add_row(&m, "a", "SoftmaxOnly", "x=2", "accuracy", 0.5, 0.3);
	add_row(&m, "a", "SoftmaxOnly", "", "accuracy", 0.5, 0.4);
	struct comparisons c = compare(&m.table);
	assert_int_equal(c.pair_count, 2);
	is_label(&c, 0, "SheafOnly x=2 − SoftmaxOnly x=2");
	is_label(&c, 1, "SheafOnly x=1 − SoftmaxOnly");
	comparisons_free(&c);
}

/* An arm with fewer swept settings is the reference of all that share them. */
static void test_sweep_pairs_shared_settings(void **state)
{
	struct made m;
	(void)state;
	open_made(&m);
	add_row(&m, "a", "SheafPadic", "x=1 y=1", "accuracy", 0.5, 0.1);
	add_row(&m, "a", "SheafPadic", "x=11 y=1", "accuracy", 0.5, 0.2);
	add_row(&m, "a", "SheafOnly", "x=1", "accuracy", 0.5, 0.3);
	add_row(&m, "a", "SheafOnly", "x=11", "accuracy", 0.5, 0.4);
	struct comparisons c = compare(&m.table);
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
	struct made m;
	(void)state;
	open_made(&m);
	add_arms(&m, "a", "accuracy");
	struct comparisons c = compare(&m.table);
	const struct comparison_pair *pair = &c.pair[0];
	/* 0.25, 0.3125, 0.375 twice: mean 0.3125, sd sqrt(4 / 256 / 5) */
	assert_int_equal(pair->n, SEEDS);
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
		    power_smallest_effect(SEEDS, 0.8) * pair->paired.difference.sd);
	assert_int_equal(pair->seeds_near, power_seeds(pair->paired.hedges, 0.8));
	assert_true(c.pair[1].seeds_near == 0); /* no effect, no number of seeds */
	assert_true(pair->bca.interval && pair->bca.low >= 0.25 && pair->bca.high <= 0.375);
	comparisons_free(&c);
}

static void test_lower_is_better(void **state)
{
	struct made m;
	(void)state;
	open_made(&m);
	add_arms(&m, "a", "loss");
	struct comparisons c = compare(&m.table);
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
	struct made m;
	(void)state;
	open_made(&m);
	add_arms(&m, "a", "accuracy");
	add_arms(&m, "b", "accuracy");
	struct comparisons c = compare(&m.table);
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
	open_made(&m);
	add_arms(&m, "a", "accuracy");
	add_arms(&m, "b", "loss");
	c = compare(&m.table);
	/* Not on one scale: better on one, worse on the other. */
	assert_false(c.across[0].one_metric);
	assert_true(c.across[0].improvement.estimate == 0.5);
	assert_int_equal(c.across[0].improvement_verdict, COMPARISON_NONE);
	comparisons_free(&c);
}

/* Another arm or experiment changes no interval of a pair. */
static void test_streams_are_of_the_pair(void **state)
{
	struct made m;
	(void)state;
	open_made(&m);
	add_arms(&m, "a", "accuracy");
	struct comparisons first = compare(&m.table);
	struct resample_interval bca = first.pair[1].bca;
	assert_string_equal(first.pair[1].reference->arm, "Dense");
	comparisons_free(&first);
	open_made(&m);
	snprintf(m.table.experiment, sizeof m.table.experiment, "other");
	add_row(&m, "a", "More", "", "accuracy", 0.5, 0.5);
	add_arms(&m, "a", "accuracy");
	struct comparisons second = compare(&m.table);
	assert_string_equal(second.pair[3].row->arm, "SheafOnly");
	assert_true(second.pair[3].bca.low == bca.low && second.pair[3].bca.high == bca.high);
	comparisons_free(&second);
}

/* Two arms with no seed in common, one seed, and no runs at all. */
static void test_little(void **state)
{
	struct made m;
	static int64_t others[SEEDS] = {7, 8, 9, 10, 11, 6};
	(void)state;
	open_made(&m);
	add_arms(&m, "a", "accuracy");
	m.row[1].seeds = others;
	m.row[2].runs = m.row[2].metric_count = 0;
	struct comparisons c = compare(&m.table);
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

static char *text_of(void (*write)(FILE *out, const struct comparisons *c),
		     const struct comparisons *c)
{
	struct text_stream stream;
	char *text = NULL;
	size_t size = 0;
	assert_int_equal(text_stream_open(&stream, NULL), 0);
	write(stream.out, c);
	assert_int_equal(text_stream_take(&stream, &text, &size, NULL), 0);
	return text;
}

static void contains(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		fail_msg("no \"%s\" in\n%s", part, text);
}

static void test_texts(void **state)
{
	struct table_fixture fixture;
	struct table table;
	(void)state;
	table_fixture_make(&fixture);
	assert_int_equal(table_build(&table, &fixture.plan, fixture_results, NULL), 0);
	struct comparisons c = compare(&table);
	/* 0.25 in each of three seeds; of Dense one seed is in. */
	char *text = text_of(comparisons_write_csv, &c);
	contains(text, "task,size,arm,variant,reference,reference_variant,metric,lower_is_better,"
		       "verdict,after_holm,n,mean,sd,ci_low,ci_high,bca_low,bca_high,effect,p,"
		       "p_holm,smallest_difference,seeds_to_decide,min,max,reason\n");
	contains(text, "\nletter,Nano,SheafOnly,,SoftmaxOnly,,accuracy,false,no verdict,"
		       "false,3,0.25,0,,,,,,0.25,0.25,,,0.25,0.25,no spread: all 3 differences "
		       "are equal; nothing can be said of other seeds\n");
	contains(text, "\nletter,Nano,SheafOnly,,Dense,,accuracy,false,no verdict,false,"
		       "1,-0.125,,,,,,,,,,,-0.125,-0.125,fewer than two paired seeds\n");
	free(text);
	text = text_of(comparisons_write_json, &c);
	contains(text, "\"schema\": \"sheafbench/comparisons/2\"");
	contains(text, "\"family\": 1,");
	contains(text, "\"seeds\": [1, 2, 3],\n     \"differences\": [0.25, 0.25, 0.25]}");
	contains(text, "\"n\": 1, \"mean\": -0.125, \"sd\": null, ");
	contains(text, "\"verdict\": \"no verdict\", \"reason\": \"no spread: all 3 differences "
		       "are equal; nothing can be said of other seeds\", \"after_holm\": false");
	contains(text, "\"better\": 0, \"worse\": 0, \"undecided\": 0, \"no_verdict\": 1");
	free(text);
	text = text_of(comparisons_write_markdown, &c);
	contains(text, "| letter | SheafOnly − SoftmaxOnly | accuracy | 3 | "
		       "+0.2500 | – | – | 0.2500 | 0.2500 | – | – | no verdict (no spread: all 3 "
		       "differences are equal; nothing can be said of other seeds) |");
	contains(text, "| letter | SheafOnly − Dense | accuracy | 1 | -0.1250 | – | – | – | – | – "
		       "| – | no verdict (fewer than two paired seeds) |");
	free(text);
	text = text_of(comparisons_write_plot, &c);
	assert_string_equal(text, "");
	free(text);
	comparisons_free(&c);
	table_free(&table);
}

static void check_lines(const char *text, int fields)
{
	for (const char *line = text; *line; line = strchr(line, '\n') + 1) {
		int commas = 0;
		for (const char *c = line; *c != '\n'; c++)
			commas += *c == ',';
		assert_int_equal(commas, fields - 1);
	}
}

/* Whatever stands in a comparison, what is written is numbers, nothing, null or a dash. */
static void test_writers_are_total(void **state)
{
	static const double hard[] = {NAN,    INFINITY,  -INFINITY,  -0.0,    1e308,
				      -1e308, 0x1p-1074, -0x1p-1074, DBL_MAX, 1e-310};
	void (*const writers[])(FILE *, const struct comparisons *) = {
	    comparisons_write_csv, comparisons_write_json, comparisons_write_markdown,
	    comparisons_write_plot};
	(void)state;
	for (size_t h = 0; h < sizeof hard / sizeof *hard; h++) {
		struct made m;
		open_made(&m);
		add_arms(&m, "a", "accuracy");
		struct comparisons c = compare(&m.table);
		double x = hard[h];
		for (int64_t i = 0; i < c.pair_count; i++) {
			struct comparison_pair *pair = &c.pair[i];
			struct statistics *d = &pair->paired.difference;
			d->mean = d->sd = d->ci_low = d->ci_high = d->min = d->max = x;
			pair->bca.low = pair->bca.high = pair->paired.hedges = x;
			pair->flip.p = pair->holm = pair->smallest = x;
			pair->differences[0] = x;
		}
		c.across[0].iqm.estimate = c.across[0].iqm.low = c.across[0].improvement.high = x;
		for (size_t w = 0; w < sizeof writers / sizeof *writers; w++) {
			char *text = text_of(writers[w], &c);
			if (strstr(text, "nan") || strstr(text, "inf"))
				fail_msg("%g gave\n%s", x, text);
			if (w == 0)
				check_lines(text, 25);
			if (w == 1) {
				json_error_t where;
				json_t *root = json_loads(text, 0, &where);
				if (!root)
					fail_msg("%g: %s\n%s", x, where.text, text);
				json_decref(root);
			}
			if (w == 3 && !isfinite(x))
				assert_string_equal(text, "");
			free(text);
		}
		comparisons_free(&c);
	}
}

/* Losses of any size: numbers that were computed, or none. */
static void test_hard_values(void **state)
{
	static const double hard[] = {1e308, -1e308, 0x1p-1074, -0.0, 1.7e308, 0.0};
	enum { HARD = sizeof hard / sizeof *hard };
	(void)state;
	for (int k = 0; k < HARD * HARD; k++) {
		struct made m;
		open_made(&m);
		add_arms(&m, "a", "loss");
		for (int s = 0; s < SEEDS; s++) {
			m.values[0][s] = hard[(k + s) % HARD];
			m.values[1][s] = hard[(k / HARD + s * s) % HARD];
		}
		struct comparisons c = compare(&m.table);
		char *text = text_of(comparisons_write_json, &c);
		assert_null(strstr(text, "nan"));
		assert_null(strstr(text, "inf"));
		/* A difference beyond binary64 is none. */
		for (int64_t i = 0; i < c.pair_count; i++)
			if (!isfinite(c.pair[i].differences[0]))
				assert_int_equal(c.pair[i].why, REASON_NOT_FINITE);
		free(text);
		comparisons_free(&c);
	}
}

/* Three seeds, one row of 142 each, as the files tell it; in the report's words see
 * tests/cli/report.sh. */
static void test_one_row_of_142(void **state)
{
	struct made m;
	(void)state;
	open_made(&m);
	add_row(&m, "a", "SheafOnly", "", "accuracy", 0.5, 0.0);
	add_row(&m, "a", "SoftmaxOnly", "", "accuracy", 0.5, 0.0);
	for (int s = 0; s < 3; s++) {
		m.values[0][s] = (double)(140 - 9 * s) / 142.0;
		m.values[1][s] = (double)(141 - 9 * s) / 142.0;
	}
	m.row[0].runs = m.row[1].runs = 3;
	struct comparisons c = compare(&m.table);
	char *text = text_of(comparisons_write_markdown, &c);
	contains(text,
		 "| a | SheafOnly − SoftmaxOnly | accuracy | 3 | -0.0070 | – | – | 0.2500 | "
		 "0.2500 | – | – | no verdict (no spread: all 3 differences are equal; nothing "
		 "can be said of other seeds) |");
	contains(text,
		 "| 1 | 0, 0, 0, 1 | -0.0070 | no verdict (too few seeds for a 95 % bootstrap "
		 "interval) |");
	free(text);
	assert_false(comparisons_drawn(&c));
	assert_false(c.pair[0].after_holm);
	comparisons_free(&c);
}

static void test_stale_file(void **state)
{
	struct made m;
	struct error error = {0};
	char folder[] = "/tmp/test_comparisons_XXXXXX", path[128], command[128];
	(void)state;
	assert_non_null(mkdtemp(folder));
	open_made(&m);
	add_arms(&m, "a", "accuracy");
	struct comparisons c = compare(&m.table);
	assert_int_equal(comparisons_check_files(&c, folder, &error), 0); /* none there */
	assert_int_equal(comparisons_write_files(&m.table, folder, &error), 0);
	assert_int_equal(comparisons_check_files(&c, folder, &error), 0);
	comparisons_free(&c);
	m.values[0][2] += 0.125;
	c = compare(&m.table);
	assert_int_equal(comparisons_check_files(&c, folder, &error), ERROR_CHECK);
	snprintf(path, sizeof path, "%s/comparisons.csv", folder);
	assert_string_equal(error.file, path);
	assert_int_equal(error.line, 2);
	comparisons_free(&c);
	snprintf(command, sizeof command, "rm -r '%s'", folder);
	assert_int_equal(system(command), 0);
}

/* With 21 seeds p is drawn, and says its error; with all of them exact nothing is said. */
static void test_drawn_p(void **state)
{
	enum { MANY = SIGN_FLIP_EXACT + 1 };
	struct made m;
	int64_t seeds[MANY];
	double values[2][MANY];
	char *json = NULL, *text = NULL, expected[64];
	size_t size;
	(void)state;
	open_made(&m);
	add_row(&m, "t", "SheafOnly", "", "accuracy", 0.5, 0.0);
	add_row(&m, "t", "SoftmaxOnly", "", "accuracy", 0.5, 0.0);
	for (int s = 0; s < MANY; s++) {
		seeds[s] = s + 1;
		values[0][s] = 0.5 + 0.0625 * (s % 3);
		values[1][s] = 0.5 + 0.0625 * (s % 2);
	}
	for (int i = 0; i < 2; i++) {
		m.row[i].seeds = seeds;
		m.row[i].runs = m.row[i].planned = MANY;
		m.metric[i].values = values[i];
		m.metric[i].statistics = statistics_of(values[i], MANY, RANGE_PROPORTION);
	}
	struct comparisons c = compare(&m.table);
	assert_int_equal(c.pair_count, 1);
	assert_false(c.pair[0].flip.exact);
	FILE *out = open_memstream(&json, &size);
	comparisons_write_json(out, &c);
	fclose(out);
	assert_non_null(strstr(json, "\"p_standard_error\": 0.00"));
	out = open_memstream(&text, &size);
	comparisons_write_markdown(out, &c);
	fclose(out);
	snprintf(expected, sizeof expected, ": 1 here, with a standard error of at most %.1e.\n",
		 c.pair[0].flip.standard_error);
	assert_non_null(strstr(text, expected));
	free(json);
	free(text);
	comparisons_free(&c);
	open_made(&m);
	add_arms(&m, "t", "accuracy");
	c = compare(&m.table);
	out = open_memstream(&json, &size);
	comparisons_write_json(out, &c);
	comparisons_write_drawn(out, &c);
	fclose(out);
	assert_null(strstr(json, "standard"));
	free(json);
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
	    cmocka_unit_test(test_texts),
	    cmocka_unit_test(test_stale_file),
	    cmocka_unit_test(test_drawn_p),
	    cmocka_unit_test(test_writers_are_total),
	    cmocka_unit_test(test_hard_values),
	    cmocka_unit_test(test_one_row_of_142),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
