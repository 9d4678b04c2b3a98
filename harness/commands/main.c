/* SPDX-License-Identifier: Apache-2.0 */
/* sheafbench: the command line.  The only place that exits. */
#include <fenv.h>
#include <float.h>
#include <stdio.h>
#include <string.h>

#include "harness/commands/arch.h"
#include "harness/commands/bench.h"
#include "harness/commands/bench_compare.h"
#include "harness/commands/bench_contract.h"
#include "harness/commands/bench_rules.h"
#include "harness/commands/cpu.h"
#include "harness/commands/crate.h"
#include "harness/commands/explain.h"
#include "harness/commands/paper.h"
#include "harness/commands/plan.h"
#include "harness/commands/predict.h"
#include "harness/commands/report.h"
#include "harness/commands/run.h"
#include "harness/commands/table.h"
#include "harness/commands/verify.h"
#include "foundation/build_info.h"
#include "foundation/stack.h"
#include "foundation/streams.h"
#include "kernels/contract.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv, struct error *error);
	const char *help;
} commands[] = {
    {"plan", command_plan, "CONFIG [--json | --pending]: the runs of an experiment"},
    {"run", command_run, "CONFIG --jobs N | --id RUN_ID: train what is pending, or one run"},
    {"table", command_table, "CONFIG: tables of the runs that are done"},
    {"report", command_report, "CONFIG: report.html, a page with all of it"},
    {"verify", command_verify,
     "CONFIG [--id ID] | --bisect A.trace B.trace: the same bits, or where they part"},
    {"paper", command_paper, "[--check] CONFIG: generated parts of PAPER.md"},
    {"explain", command_explain, "RUN_ID | TASK/ARM/METRIC [CONFIG]: how a result was made"},
    {"crate", command_crate, "CONFIG: RO-Crate metadata of the results"},
    {"predict", command_predict, "RUN_DIR FILE.csv: logits and probabilities"},
    {"arch", command_arch, "describe FILE | init FILE --out M.safetensors"},
    {"bench", command_bench,
     "[--threads N] [--out DIR] [--benchmark_filter=REGEX ...]: throughput"},
    {"bench-compare", command_bench_compare,
     "[--check] [FILE ...]: throughput of several machines; --check: what may be sent"},
    {"bench-contract", command_bench_contract, "what the numeric contract costs, arm by arm"},
    {"bench-rules", command_bench_rules,
     "what the rules of GEMM lose to the best way of each product"},
    {"cpu", command_cpu,
     "[--json] [--choose]: the CPU, its kernels (--choose: anew), contract check"},
};
enum { COMMANDS = sizeof commands / sizeof *commands };

static void print_help(FILE *out)
{
	fputs("usage: sheafbench COMMAND ...\n\n", out);
	for (int i = 0; i < COMMANDS; i++)
		fprintf(out, "  %-14s %s\n", commands[i].name, commands[i].help);
	fputs("\nCommon options: --out DIR (results folder; or SHEAFBENCH_RESULTS), --isa LEVEL,\n"
	      "--blis NAME|oracle; --version alone.  Exit: 0 fine, 1 a check failed, 2 bad usage "
	      "or input,\n"
	      "3 the machine cannot do it, or what was printed did not arrive.\n",
	      out);
}

/* A commit is not enough to name a tree that differs from it. */
static void print_version(void)
{
	const struct build_info *build = build_info();
	printf("sheafbench %s (numeric contract %d; commit %s%s)\n", build->version,
	       CONTRACT_VERSION, build->commit, build->dirty ? ", changed" : "");
}

static int unknown_command(const char *name, struct error *error)
{
	const char *names[COMMANDS + 1] = {NULL};
	for (int i = 0; i < COMMANDS; i++)
		names[i] = commands[i].name;
	const char *near = error_near_name(name, names);
	return error_set(error, ERROR_INPUT, NULL, 0, 0, NULL, "a command of `sheafbench help`",
			 "unknown command \"%s\"%s%s", name, near ? ", near " : "",
			 near ? near : "");
}

/* JSON and CSV, which other programs read, unlike what the other commands say to people. */
static bool prints_data(int argc, char **argv)
{
	if (argc > 1 && (!strcmp(argv[1], "predict") || !strcmp(argv[1], "arch")))
		return true;
	for (int i = 2; i < argc; i++)
		if (!strcmp(argv[i], "--json"))
			return true;
	return false;
}

/* Ids of runs, statistics and printed numbers are what they are under IEEE 754's default rounding
 * only; a preloaded library may have set another. */
static int check_arithmetic(struct error *error)
{
	volatile double least = DBL_MIN;
	least /= 4.0;
	if (fegetround() == FE_TONEAREST && least > 0.0)
		return 0;
	return error_set(error, ERROR_MACHINE, NULL, 0, 0, NULL,
			 "round to nearest, and no flush to zero",
			 "this process was started with another arithmetic (a preloaded library?)");
}

struct command_line {
	int argc;
	char **argv;
	struct error *error;
};

static int run_command(void *context)
{
	const struct command_line *line = context;
	char **argv = line->argv;
	int command = 0;
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
		print_help(stdout);
		return 0;
	}
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "version")) {
		print_version();
		return 0;
	}
	while (command < COMMANDS && strcmp(commands[command].name, argv[1]) != 0)
		command++;
	if (command == COMMANDS)
		return unknown_command(argv[1], line->error);
	int status = check_arithmetic(line->error);
	return status ? status : commands[command].run(line->argc - 1, argv + 1, line->error);
}

int main(int argc, char **argv)
{
	struct error error = {0};
	int status = streams_open(prints_data(argc, argv), &error);
	if (!status && argc < 2) {
		print_help(stderr);
		return 2;
	}
	if (!status) {
		struct command_line line = {argc, argv, &error};
		status = stack_run(run_command, &line, &error);
		status = streams_close(status, &error);
	}
	if (status)
		error_print(stderr, &error);
	/* A message that is lost cannot be told; that it is lost can. */
	return status ? -status : ferror(stderr) ? 3 : 0;
}
