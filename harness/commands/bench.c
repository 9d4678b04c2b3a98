/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/commands/bench.h"

#include <errno.h>
#include <gnu/libc-version.h>
#include <jansson.h>
#include <limits.h> /* PATH_MAX */
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h> /* getpid, unlink */
#include <xxhash.h>

#include "harness/bench/result_file.h"
#include "harness/bench/processes.h"
#include "harness/bench/result_tables.h"
#include "harness/bench/result_text.h"
#include "harness/bench/suite.h"
#include "harness/commands/options.h"
#include "foundation/folder.h"
#include "foundation/text_file.h"
#include "kernels/blis_gemm.h"
#include "kernels/cpu.h"
#include "kernels/share.h"
#include "foundation/json_memory.h"
#include "foundation/path.h"

#ifndef BUILD_COMPILER
#define BUILD_COMPILER "unknown"
#define BUILD_FLAGS "unknown"
#define BUILD_BENCHMARK "unknown"
#endif

static const char usage[] =
    "bench [--isa LEVEL] [--blis NAME] [--threads N] [--out DIR] [--benchmark_FLAG=...]";

/* Later flags win, so that the user's stand after these.  The library would take a file's name from
 * the environment. */
static const char *const defaults[] = {"sheafbench",
				       "--benchmark_repetitions=20",
				       "--benchmark_min_time=0.02",
				       "--benchmark_enable_random_interleaving=true",
				       "--benchmark_display_aggregates_only=true",
				       "--benchmark_out="};
enum { DEFAULTS = sizeof defaults / sizeof *defaults };

/* Argument lists: ours, and the library's with room for one more and the final NULL. */
struct arguments {
	char **own, **library;
	int own_count, library_count;
	bool part; /* started by harness/bench/processes.c */
};

static bool for_library(const char *argument)
{
	return !strncmp(argument, "--benchmark", 11) || !strncmp(argument, "--v=", 4) ||
	       !strcmp(argument, "--help");
}

/* The library waits for FIFOs, and does not notice what it could not write: only processes of this
 * program, whose files are read again, may have it write one. */
static int refuse_file(const char *argument, struct error *error)
{
	static const char flag[] = "--benchmark_out";
	if (strncmp(argument, flag, sizeof flag - 1) != 0)
		return 0;
	return error_set(error, ERROR_INPUT, NULL, 0, 0, NULL,
			 "--out DIR, or --benchmark_format and standard output", "found %.80s",
			 argument);
}

/* The library takes any number: for ever, or for nothing. */
static int check_number(const char *argument, struct error *error)
{
	static const struct {
		const char *flag;
		double least, most;
		const char *expected;
	} numbers[] = {
	    {.flag = "--benchmark_repetitions=",
	     .least = 1.0,
	     .most = 1e6,
	     .expected = "a whole number from 1 to 1000000"},
	    {.flag = "--benchmark_min_time=",
	     .least = 0.0,
	     .most = 1e4,
	     .expected = "seconds from 0 to 10000"},
	};
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		const size_t length = strlen(numbers[i].flag);
		if (strncmp(argument, numbers[i].flag, length) != 0)
			continue;
		char *end;
		const double value = strtod(argument + length, &end);
		/* nan is in no range */
		if (end == argument + length || *end ||
		    !(value >= numbers[i].least && value <= numbers[i].most) ||
		    (i == 0 && value != floor(value)))
			return error_set(error, ERROR_INPUT, NULL, 0, 0, NULL, numbers[i].expected,
					 "found %.80s", argument);
	}
	return 0;
}

static int split_arguments(struct arguments *arguments, int argc, char **argv)
{
	*arguments = (struct arguments){0};
	arguments->own = calloc((size_t)argc + 1, sizeof *arguments->own);
	arguments->library = calloc((size_t)argc + DEFAULTS + 2, sizeof *arguments->library);
	if (!arguments->own || !arguments->library)
		return -1;
	for (int i = 0; i < DEFAULTS; i++)
		arguments->library[arguments->library_count++] = (char *)(uintptr_t)defaults[i];
	for (int i = 0; i < argc; i++)
		if (i && !strcmp(argv[i], BENCH_PART))
			arguments->part = true;
		else if (i && for_library(argv[i]))
			arguments->library[arguments->library_count++] = argv[i];
		else
			arguments->own[arguments->own_count++] = argv[i];
	return 0;
}

static int add_number(const char *key, double value)
{
	char text[32];
	snprintf(text, sizeof text, "%.1f", value);
	return bench_add_context(key, text);
}

static int add_machine(const struct suite *suite)
{
	struct cpu cpu;
	char features[128], contract[16], threads[16];
	cpu_detect(&cpu);
	cpu_features(&cpu, features, sizeof features);
	snprintf(contract, sizeof contract, "%d", CONTRACT_VERSION);
	snprintf(threads, sizeof threads, "%d", share_threads(suite->backend));
	const char *op = share_check(suite->backend);
	return bench_add_context("cpu", cpu.model[0] ? cpu.model : cpu.architecture) ||
	       bench_add_context("architecture", cpu.architecture) ||
	       bench_add_context("features", features) ||
	       bench_add_context("isa", suite->backend->level) ||
	       bench_add_context("blis", suite->backend->blis_name) ||
	       bench_add_context("threads", threads) || bench_add_context("contract", contract) ||
	       bench_add_context("contract_check", op ? op : "passed") ||
	       add_number("peak_fma_gflops", suite->roof.fma) ||
	       add_number("cache_gbytes_per_second", suite->roof.cache) ||
	       add_number("memory_gbytes_per_second", suite->roof.memory);
}

/* How many rows there are, of which a filter leaves some. */
static int add_suite(const struct suite *suite)
{
	char rows[16];
	if (suite_register(suite))
		return -1;
	snprintf(rows, sizeof rows, "%d", suite_count());
	return bench_add_context("suite_rows", rows);
}

static int add_versions(void)
{
	char xxhash[32];
	unsigned version = XXH_versionNumber();
	snprintf(xxhash, sizeof xxhash, "%u.%u.%u", version / 10000, version / 100 % 100,
		 version % 100);
	return bench_add_context("compiler", BUILD_COMPILER) ||
	       bench_add_context("flags", BUILD_FLAGS) ||
	       bench_add_context("libc_version", gnu_get_libc_version()) ||
	       bench_add_context("blis_version", blis_gemm_version()) ||
	       bench_add_context("xxhash_version", xxhash) ||
	       bench_add_context("jansson_version", JANSSON_VERSION) ||
	       bench_add_context("benchmark_version", BUILD_BENCHMARK);
}

/* Google Benchmark ends the program when it cannot write; this says it first, in our words. */
static int open_raw(const char *raw, struct error *error)
{
	FILE *file = path_create_file(raw);
	if (!file)
		return error_set(error, ERROR_MACHINE, raw, 0, 0, NULL, NULL, "cannot create: %s",
				 strerror(errno));
	fclose(file);
	return 0;
}

static int run_library(const struct arguments *arguments, struct error *error)
{
	switch (bench_run(arguments->library_count, arguments->library)) {
	case BENCH_DONE:
		return 0;
	case BENCH_UNKNOWN_FLAG:
		return error_set(error, ERROR_INPUT, NULL, 0, 0, NULL, usage,
				 "unknown benchmark flag");
	case BENCH_NO_MATCH:
		return error_set(error, ERROR_INPUT, NULL, 0, 0, NULL,
				 "a regular expression that matches a row "
				 "(--benchmark_list_tests=true)",
				 "no row matches the filter");
	case BENCH_FAILED:
		return error_set(error, ERROR_MACHINE, NULL, 0, 0, NULL, NULL,
				 "a benchmark could not run");
	default:
		return error_no_memory(error, NULL);
	}
}

/* A part of the suite has a name of its own: it does not take the place of a whole file. */
static void name_result(struct bench_file *file)
{
	struct cpu cpu;
	cpu_detect(&cpu);
	bench_file_stem(file, &cpu, bench_file_is_part(file) ? "-part" : "", file->name);
}

/* The CSV, the JSON, and a table. */
static int write_result(const struct bench_file *file, const char *folder, struct error *error)
{
	char csv[PATH_MAX], name[PATH_MAX], of[32] = "";
	int status = path_make(csv, sizeof csv, error, "%s/%s.csv", folder, file->name);
	if (!status)
		status = path_make(name, sizeof name, error, "%s/%s.json", folder, file->name);
	if (status)
		return status;
	char *text = json_dumps(file->json.root, JSON_INDENT(1));
	status = text ? bench_write_file_csv(file, csv, error) : error_no_memory(error, NULL);
	if (!status)
		status = text_file_write(name, text, strlen(text), error);
	if (bench_file_is_part(file))
		snprintf(of, sizeof of, " of the suite's %d", file->suite_rows);
	if (!status) {
		bench_write_file_table(file, stdout);
		printf("%s/%s.{json,csv}: %d%s rows\n", folder, file->name, file->row_count, of);
	}
	free(text);
	return status;
}

/* The library's result without the names of machine and program's folder. */
static int publish(const char *raw, const char *folder, struct error *error)
{
	struct bench_file file;
	int status = bench_file_read(&file, raw, error);
	if (status)
		return status;
	name_result(&file);
	status = write_result(&file, folder, error);
	bench_file_free(&file);
	return status;
}

/* The words of the processes: those given, without --out. */
static const char **process_words(const struct arguments *arguments, const struct options *options)
{
	int count = 0;
	const char **words = calloc((size_t)arguments->library_count + 7, sizeof *words);
	if (!words)
		return NULL;
	if (options->isa) {
		words[count++] = "--isa";
		words[count++] = options->isa;
	}
	if (options->blis) {
		words[count++] = "--blis";
		words[count++] = options->blis;
	}
	if (options->threads) {
		words[count++] = "--threads";
		words[count++] = options->threads;
	}
	for (int i = 1; i < arguments->library_count; i++)
		words[count++] = arguments->library[i];
	return words;
}

static int run_to_files(const struct arguments *arguments, const struct options *options,
			struct error *error)
{
	char folder[PATH_MAX - 256], raw[PATH_MAX];
	json_t *document = NULL;
	int status = path_make(folder, sizeof folder, error, "%s/throughput", options->out);
	if (!status)
		status =
		    path_make(raw, sizeof raw, error, "%s/bench.%ld.tmp", folder, (long)getpid());
	status = status ? status : folder_make(options->out, error);
	status = status ? status : folder_make(folder, error);
	status = status ? status : open_raw(raw, error);
	if (status)
		return status;
	const char **words = process_words(arguments, options);
	status = words ? bench_processes_run(words, raw, &document, error)
		       : error_no_memory(error, NULL);
	free(words);
	if (status) {
		unlink(raw);
		return status;
	}
	json_t *context = json_object_get(document, "context");
	json_object_del(context, "host_name");
	json_object_set_new(context, "executable", json_string("sheafbench"));
	if (json_memory_failed())
		status = json_memory_refuse(raw, error);
	else if (json_dump_file(document, raw, JSON_INDENT(1)))
		status = error_set(error, ERROR_MACHINE, raw, 0, 0, NULL, NULL, "cannot write: %s",
				   strerror(errno));
	status = status ? status : publish(raw, folder, error);
	unlink(raw);
	json_decref(document);
	return status;
}

/* What the library only prints goes to the screen, whatever --out says. */
static bool only_prints(const struct arguments *arguments)
{
	bool prints = false;
	for (int i = 0; i < arguments->library_count; i++) {
		const char *flag = arguments->library[i];
		if (!strncmp(flag, "--benchmark_list_tests", 22))
			prints = strcmp(flag + 22, "=false") != 0;
		else if (!strcmp(flag, "--help"))
			return true;
	}
	return prints;
}

static int run_suite(struct arguments *arguments, const struct options *options,
		     struct error *error)
{
	struct backend backend;
	struct suite suite = {.backend = &backend};
	int status = options_backend_one_thread(options, &backend, error);
	if (status)
		return status;
	if (options->out && !only_prints(arguments)) {
		status = run_to_files(arguments, options, error);
		backend_close(&backend);
		return status;
	}
	roof_measure(&suite.roof, share_own(&backend));
	if (share_threads(&backend) > 1)
		bench_use_wall_clock();
	if (add_machine(&suite) || add_versions() || add_suite(&suite))
		status = error_no_memory(error, NULL);
	else
		status = run_library(arguments, error);
	suite_free();
	backend_close(&backend);
	return status;
}

int command_bench(int argc, char **argv, struct error *error)
{
	struct arguments arguments;
	struct options options;
	int status = split_arguments(&arguments, argc, argv) ? error_no_memory(error, NULL) : 0;
	if (!status)
		status = options_read(&options, arguments.own_count, arguments.own,
				      OPTION_ISA | OPTION_BLIS | OPTION_THREADS | OPTION_OUT, 0,
				      usage, error);
	for (int i = 1; !status && !arguments.part && i < argc; i++)
		status = refuse_file(argv[i], error);
	for (int i = 1; !status && i < argc; i++)
		status = check_number(argv[i], error);
	if (!status && arguments.part)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!status)
		status = run_suite(&arguments, &options, error);
	free(arguments.own);
	free(arguments.library);
	return status;
}
