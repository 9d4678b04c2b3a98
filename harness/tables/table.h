/* SPDX-License-Identifier: Apache-2.0 */
/* The results of an experiment: one row per task x size x arm x variant, in plan order, with its
 * metrics over the seeds that are in.  Built from the runs' files, or read back from the JSON form,
 * which carries the value of every seed. */
#ifndef SHEAFBENCH_HARNESS_TABLES_TABLE_H
#define SHEAFBENCH_HARNESS_TABLES_TABLE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h> /* FILE */

#include "harness/experiment/experiment.h"
#include "harness/statistics/summary.h"
#include "harness/tables/grid.h"
#include "foundation/error.h"
#include "foundation/json_file.h" /* json_t */

struct table_metric {
	char name[80];
	double *values; /* owned; row->runs of them, in the order of row->seeds */
	struct statistics statistics;
};

struct table_row {
	char task[64], arm[PLAN_NAME], variant[256];
	enum arch_size size;
	enum model_kind model_kind;
	enum router_kind router_kind; /* of a MoE */
	int64_t planned, runs;        /* runs that should be, and that are in */
	int64_t total_params, active_params, forward_flops, train_flops; /* FLOPs per sample */
	int64_t match_target, match_residual;                            /* Dense; else 0 */
	char primary_metric[80];
	int64_t *seeds;              /* owned; of the runs that are in, in plan order */
	struct table_metric *metric; /* owned; as the runs name them, then train.loss */
	int metric_count;            /* 0 while no run is in */
	/* Timing of training, of the runs that are in: not exact, not reproducible.  MB are 10^6
	 * bytes; 0 in tables read back. */
	double seconds_mean, samples_per_second_mean, peak_memory_mb_max;
	/* Primary metric on the validation part by epoch; absent in tables read back. */
	struct statistics *curve; /* owned; curve[e - 1] of epoch e */
	int64_t curve_count;
};

struct table {
	char experiment[PLAN_NAME];
	int64_t contract;      /* version of the numeric contract, that of all runs */
	bool on_test;          /* else metrics are those of the validation part */
	struct table_row *row; /* owned */
	int64_t row_count;
	int64_t planned, runs;
	json_t *provenance; /* owned; harness/tables/provenance.h; NULL in tables read back */
};

/* Reads the files of all runs that are done; statistics are statistics_of the values, of the range
 * of the metric (harness/training/metrics.h).  A record that is damaged or newer, belongs to
 * another run, or has other counts than the plan or other metrics or epochs than its row's first
 * run, is refused (ERROR_INPUT).  Free with table_free. */
int table_build(struct table *table, const struct plan *plan, const char *results_dir,
		struct error *error);
/* Reads the JSON form; statistics are computed anew from the values, and others refused. */
int table_read(struct table *table, const char *file_name, struct error *error);
/* Reads the table of an experiment (table_path, "json").  Returns 1, or 0 where it has none;
 * negative where it is damaged, or (ERROR_CHECK) where it is of another contract than this
 * program's, or only the file is there that older versions called ablation.json in every
 * experiment's folder. */
int table_read_stored(struct table *table, const char *results_dir, const char *experiment,
		      struct error *error);
void table_free(struct table *table);

/* NULL: none of that name. */
const struct table_metric *table_row_metric(const struct table_row *row, const char *name);
const struct table_metric *table_row_primary(const struct table_row *row);
/* Of a metric over the seeds; NULL: none of that name. */
const struct statistics *table_row_statistics(const struct table_row *row, const char *name);
/* Losses and Brier scores; all else counts upwards. */
bool table_lower_is_better(const char *metric);
/* Arm, with size and variant where the table has several: what a reader calls the row. */
enum { TABLE_LABEL = PLAN_NAME + 256 + 16 };
void table_row_label(const struct table *table, const struct table_row *row,
		     char label[TABLE_LABEL]);
/* The id that the row's runs have on a page of HTML. */
enum { TABLE_ID = 3 * (64 + 2 * TABLE_LABEL) + 16 };
void table_row_id(const struct table *table, const struct table_row *row, char id[TABLE_ID]);
/* Whether the run is one of the row's; the plan's first that is, whose settings are those of all,
 * or the one of that seed; NULL: none. */
bool table_row_has_run(const struct table_row *row, const struct run_spec *run);
const struct run_spec *table_row_run(const struct plan *plan, const struct table_row *row);
const struct run_spec *table_row_seed(const struct plan *plan, const struct table_row *row,
				      int64_t seed);
/* The row that has the run; NULL: none. */
const struct table_row *table_find_run(const struct table *table, const struct run_spec *run);
/* Whether both are of one task and size. */
bool table_same_place(const struct table_row *a, const struct table_row *b);
/* Whether row `index` is the first of its task. */
bool table_task_begins(const struct table *table, int64_t index);
/* The task's row after `last`, its first after NULL; NULL: there is none. */
const struct table_row *table_next_row(const struct table *table, const char *task,
				       const struct table_row *last);
/* The task's first row of that arm, of no variant where `plain`; NULL: there is none. */
const struct table_row *table_find_arm(const struct table *table, const char *task, const char *arm,
				       bool plain);

/* Writers, docs/RESULTS.md; the caller asks the stream for its errors.  `task` restricts to one
 * task where it is not NULL. */
void table_write_csv(FILE *out, const struct table *table);
void table_write_curves(FILE *out, const struct table *table);
void table_write_json(FILE *out, const struct table *table);
void table_write_markdown(FILE *out, const struct table *table);
void table_write_latex(FILE *out, const struct table *table);
/* One task's table without heading, of HTML each estimate with a link to table_row_id; `timing`
 * adds the columns that are not exact. */
void table_write_task(FILE *out, enum grid_format format, const struct table *table,
		      const char *task, bool timing);
/* Means of metrics, a line per row of the task (NULL: of all, with their names) that has the first
 * column's, with that link; whether there is any. */
struct metric_column {
	const char *metric, *title; /* "#..." */
	int digits; /* of a number too small for fixed decimals, after the point; else 0 */
};
bool table_write_metrics(FILE *out, enum grid_format format, const struct table *table,
			 const char *task, const struct metric_column *columns, int count);
/* For gnuplot: a block per row of the task, two blank lines between; the block's first line is its
 * quoted label, then "epoch mean low high". */
void table_write_plot_curves(FILE *out, const struct table *table, const char *task);
/* Block 0: "position label mean low high" per row; block 1: "position value" per run. */
void table_write_plot_final(FILE *out, const struct table *table, const char *task);
/* Of a task of the sensitivity (harness/tables/studies.h) a block per parameter, two blank lines
 * after each: "value mean low high" per point, ascending, the others at their middle. */
void table_write_plot_sensitivity(FILE *out, const struct table *table, const char *task);
/* A line per task: file stem, task, primary metric, part, tab-separated. */
void table_write_plot_index(FILE *out, const struct table *table);

/* The task's name as part of a file name: what is not a letter, digit, '_', '-', '.' becomes '_'.
 */
void table_task_stem(const char *task, char stem[64]);

/* Where an experiment's table is: results_dir/EXPERIMENT/EXPERIMENT.EXTENSION, in the forms "csv",
 * "json", "md" and "tex".  `size` bytes with the NUL; fails as path_make (foundation/path.h). */
int table_path(char *path, size_t size, struct error *error, const char *results_dir,
	       const char *experiment, const char *extension);

/* Everything above into the experiment's folder of results_dir, which is there, each file
 * atomically: the table in its four forms, learning_curves.csv, plot/; and
 * comparisons.{csv,json,md} (harness/tables/comparisons.h). */
int table_write_files(const struct table *table, const char *results_dir, struct error *error);
/* ERROR_CHECK where a comparisons.* of that folder, or plot/differences.dat, is not what the table
 * gives; a file that is not there is passed over. */
int table_check_comparisons(const struct table *table, const char *results_dir,
			    struct error *error);

#endif
