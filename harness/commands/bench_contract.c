/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/commands/bench_contract.h"

#include <limits.h> /* PATH_MAX */
#include <stdlib.h>
#include <string.h>

#include "harness/bench/suite.h"
#include "harness/bench/train_case.h"
#include "harness/experiment/experiment.h" /* plan_results_dir */
#include "harness/commands/options.h"
#include "foundation/folder.h"
#include "foundation/text_file.h"
#include "kernels/blis_gemm.h"
#include "foundation/clock.h"
#include "kernels/cpu.h"
#include "foundation/path.h"

enum { ROUNDS = 41 }; /* odd: the median is one of them */
static const double round_seconds = 0.03;

struct cost {
	double contract, native; /* median microseconds a step */
	double ratio[ROUNDS];    /* contract / native within a round, ascending */
};

static int ascending(const void *x, const void *y)
{
	double a = *(const double *)x, b = *(const double *)y;
	return (a > b) - (a < b);
}

static double seconds_per_step(struct train_case *c)
{
	int64_t steps = 0;
	double start = clock_seconds(CLOCK_THREAD_CPUTIME_ID), spent;
	do {
		train_case_step(c, 0.0);
		steps++;
		spent = clock_seconds(CLOCK_THREAD_CPUTIME_ID) - start;
	} while (spent < round_seconds);
	return spent / (double)steps;
}

static void measure(struct train_case *contract, struct train_case *native, struct cost *cost)
{
	double ours[ROUNDS], theirs[ROUNDS];
	seconds_per_step(contract);
	seconds_per_step(native);
	for (int i = 0; i < ROUNDS; i++) {
		/* Who goes first changes, so that a drift of the clock meets both. */
		if (i % 2)
			theirs[i] = seconds_per_step(native);
		ours[i] = seconds_per_step(contract);
		if (i % 2 == 0)
			theirs[i] = seconds_per_step(native);
		cost->ratio[i] = ours[i] / theirs[i];
	}
	qsort(ours, ROUNDS, sizeof *ours, ascending);
	qsort(theirs, ROUNDS, sizeof *theirs, ascending);
	qsort(cost->ratio, ROUNDS, sizeof *cost->ratio, ascending);
	cost->contract = 1e6 * ours[ROUNDS / 2];
	cost->native = 1e6 * theirs[ROUNDS / 2];
}

static int measure_arm(const struct backend *backend, const struct backend *native, int arm,
		       struct cost *cost, struct error *error)
{
	enum {
		X = TRAIN_CASE_BATCH * TRAIN_CASE_INPUTS,
		T = TRAIN_CASE_BATCH * TRAIN_CASE_OUTPUTS
	};
	static float inputs[X], targets[T];
	struct train_case ours, theirs;
	suite_fill(inputs, X, "train", "0");
	train_case_targets(targets);
	int status = train_case_open(&ours, backend, arm, inputs, targets, error);
	if (status)
		return status;
	status = train_case_open(&theirs, native, arm, inputs, targets, error);
	if (!status) {
		measure(&ours, &theirs, cost);
		train_case_close(&theirs);
	}
	train_case_close(&ours);
	return status;
}

/* The interval that holds the median of 41 with 95 % (binomial): the 14th to the 28th. */
enum { LOW = 13, HIGH = 27 };

static void write_csv(FILE *out, const struct cost *costs)
{
	fputs("arm,contract_us,native_us,ratio,ratio_low,ratio_high\n", out);
	for (int a = 0; a < TRAIN_CASE_ARMS; a++)
		fprintf(out, "%s,%.1f,%.1f,%.4f,%.4f,%.4f\n", train_case_arm(a), costs[a].contract,
			costs[a].native, costs[a].ratio[ROUNDS / 2], costs[a].ratio[LOW],
			costs[a].ratio[HIGH]);
}

static void write_markdown(FILE *out, const struct backend *backend, const struct cost *costs)
{
	struct cpu cpu;
	cpu_detect(&cpu);
	fprintf(
	    out,
	    "# Cost of the contract\n\nTraining steps at Nano, 16 → 26, batch 128, on %s, level "
	    "%s, BLIS %s, one thread. *Contract*: this program. *Native*: the same with every "
	    "matrix product by `bli_sgemm` (%s) in BLIS's own order, its small-matrix kernels on. "
	    "Ratio "
	    "contract / native within a round, median of %d rounds in turns (its 95 %% "
	    "interval); below 1 the contract is faster.\n\n"
	    "| arm | contract, us | native, us | ratio |\n|---|---|---|---|\n",
	    cpu.model, backend->level, backend->blis_name,
	    backend->blis ? backend->blis_name : backend->blis_fastest, ROUNDS);
	for (int a = 0; a < TRAIN_CASE_ARMS; a++)
		fprintf(out, "| %s | %.1f | %.1f | %.3f (%.3f–%.3f) |\n", train_case_arm(a),
			costs[a].contract, costs[a].native, costs[a].ratio[ROUNDS / 2],
			costs[a].ratio[LOW], costs[a].ratio[HIGH]);
}

static int write_file(const char *folder, const char *name, const struct backend *backend,
		      const struct cost *costs, struct error *error)
{
	char path[PATH_MAX];
	struct text_stream stream;
	int status = path_make(path, sizeof path, error, "%s/%s", folder, name);
	status = status ? status : text_stream_open(&stream, error);
	if (status)
		return status;
	if (strstr(name, ".csv"))
		write_csv(stream.out, costs);
	else
		write_markdown(stream.out, backend, costs);
	return text_stream_save(&stream, path, error);
}

/* The table of `backend`, with BLIS left alone for every product. */
static struct kernel_table native_table;

static void native_group(int64_t count, const struct gemm_args *args)
{
	for (int64_t i = 0; i < count; i++)
		blis_gemm_run_native(&args[i]);
}

static int measure_all(const struct backend *backend, const char *folder, struct error *error)
{
	struct cost costs[TRAIN_CASE_ARMS];
	struct backend native = *backend;
	native_table = *backend->table;
	native_table.gemm = blis_gemm_run_native;
	native_table.gemm_group = native_group;
	native.table = &native_table;
	native.blis = NULL; /* no dispatch */
	int status = 0;
	for (int arm = 0; !status && arm < TRAIN_CASE_ARMS; arm++)
		status = measure_arm(backend, &native, arm, &costs[arm], error);
	status = status ? status : folder_make(folder, error);
	status = status ? status : write_file(folder, "contract_cost.csv", backend, costs, error);
	status = status ? status : write_file(folder, "contract_cost.md", backend, costs, error);
	if (!status)
		write_markdown(stdout, backend, costs);
	return status;
}

int command_bench_contract(int argc, char **argv, struct error *error)
{
	struct options options;
	struct backend backend;
	int status = options_read(&options, argc, argv, OPTION_OUT | OPTION_ISA | OPTION_BLIS, 0,
				  "bench-contract [--out DIR] [--isa LEVEL] [--blis NAME]", error);
	status = status ? status : options_backend_one_thread(&options, &backend, error);
	if (status)
		return status;
	/* Where ours does all products by itself, BLIS still is what it is held against. */
	struct blis_gemm *blis = NULL;
	if (!backend.blis && backend.blis_fastest[0])
		blis = blis_gemm_open(backend.blis_fastest);
	if (backend.blis || blis)
		status = measure_all(&backend, plan_results_dir(options.out), error);
	else
		status = error_set(error, ERROR_MACHINE, NULL, 0, 0, NULL, "BLIS kernels with FMA",
				   "there is no native BLIS here to compare with");
	blis_gemm_close(blis);
	backend_close(&backend);
	return status;
}
