/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/commands/bench_rules.h"

#include <ctype.h>
#include <inttypes.h>
#include <limits.h> /* PATH_MAX */
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "foundation/folder.h"
#include "foundation/path.h"
#include "foundation/text_file.h"
#include "harness/bench/gemm_ways.h"
#include "harness/bench/suite.h"
#include "harness/commands/options.h"
#include "harness/experiment/experiment.h" /* plan_results_dir */
#include "kernels/cpu.h"
#include "kernels/gemm_rules.h"

static const char usage[] = "bench-rules [--out DIR] [--isa LEVEL] [ROWSxOUTPUTSxINPUTS ...]";

/* Linear layers, rows of a batch x outputs x inputs: those of the suite, and what the rules turn
 * on. */
static const struct gemm_shape layers[] = {
    {4, 1024, 1024},  {8, 64, 64},       {8, 512, 512},     {13, 20, 300},    {16, 128, 128},
    {16, 512, 512},   {16, 1024, 1024},  {16, 4096, 4096},  {24, 128, 128},   {32, 64, 64},
    {32, 128, 96},    {32, 512, 512},    {32, 1024, 1024},  {48, 192, 768},   {64, 20, 128},
    {64, 128, 96},    {64, 128, 128},    {64, 512, 512},    {64, 2048, 2048}, {96, 20, 128},
    {100, 200, 400},  {128, 4, 96},      {128, 7, 54},      {128, 8, 784},    {128, 10, 256},
    {128, 10, 1024},  {128, 26, 128},    {128, 64, 784},    {128, 128, 784},  {128, 192, 192},
    {128, 256, 784},  {128, 300, 300},   {128, 384, 384},   {128, 512, 512},  {128, 768, 768},
    {128, 1024, 784}, {200, 1024, 1024}, {256, 1024, 1024}, {512, 512, 512},  {1000, 100, 100},
};
enum { LAYERS = sizeof layers / sizeof *layers };

/* A side of a layer: a product takes minutes beyond. */
enum { SIDE_MAX = 16384 };

static double gflops(const struct gemm_args *g, double nanoseconds)
{
	return 2.0 * (double)g->m * (double)g->n * (double)g->k / nanoseconds;
}

struct total {
	double log_loss[GEMM_RULES], worst[GEMM_RULES]; /* times the best way */
	int count;
};

static double loss_of(const struct gemm_ways *ways, int way)
{
	return ways->nanoseconds[way] / ways->nanoseconds[ways->best];
}

static void add_losses(struct total *total, const struct gemm_ways *ways)
{
	for (int way = 0; way < GEMM_RULES; way++) {
		total->log_loss[way] += log(loss_of(ways, way));
		total->worst[way] = fmax(total->worst[way], loss_of(ways, way));
	}
	total->count++;
}

static void write_ways(FILE *csv, int product, const struct gemm_args *g,
		       const struct gemm_ways *ways)
{
	for (int way = 0; way < GEMM_WAYS; way++)
		if (ways->nanoseconds[way] > 0.0)
			fprintf(csv,
				"%s,%" PRId64 ",%" PRId64 ",%" PRId64 ",\"%s\",%.6g,%.4g,%.3f\n",
				suite_product_names[product], g->m, g->n, g->k, gemm_way_name(way),
				ways->nanoseconds[way], gflops(g, ways->nanoseconds[way]),
				loss_of(ways, way));
}

static void print_ways(int product, const struct gemm_args *g, const struct gemm_ways *ways)
{
	printf("%-15s %4" PRId64 "x%" PRId64 "x%" PRId64 "  %.1f GF/s",
	       suite_product_names[product], g->m, g->n, g->k,
	       gflops(g, ways->nanoseconds[ways->in_force]));
	if (loss_of(ways, ways->in_force) >= 1.02)
		printf("; %s: %.2f times that", gemm_way_name(ways->best),
		       loss_of(ways, ways->in_force));
	putchar('\n');
	fflush(stdout);
}

static void print_total(const struct total *total)
{
	for (int way = 0; way < GEMM_RULES; way++)
		printf("rules %s%s: %.3f times as long as the best way, geometric mean of %d "
		       "products; "
		       "%.2f at worst\n",
		       gemm_way_name(way),
		       gemm_rules == &gemm_rules_known[way] ? " (this CPU's)" : "",
		       exp(total->log_loss[way] / total->count), total->count, total->worst[way]);
}

static int measure_layers(const struct backend *backend, const struct gemm_shape *list, int count,
			  FILE *csv, struct error *error)
{
	float *const nothing[3] = {NULL};
	struct total total = {.count = 0};
	int status = 0;
	fputs("product,m,n,k,way,nanoseconds,gflops,relative_to_best\n", csv);
	for (int i = 0; !status && i < count * SUITE_PRODUCTS; i++) {
		const int product = i % SUITE_PRODUCTS;
		const struct gemm_args g =
		    suite_product(&list[i / SUITE_PRODUCTS], product, nothing);
		struct gemm_ways ways;
		status = gemm_ways_measure(backend->table, &g, &ways, error);
		if (status)
			return status;
		add_losses(&total, &ways);
		write_ways(csv, product, &g, &ways);
		print_ways(product, &g, &ways);
	}
	print_total(&total);
	return 0;
}

/* Layers that the user names are printed alone: a part of the file would take the place of all. */
static int measure_all(const struct backend *backend, const struct gemm_shape *named, int count,
		       const char *results_dir, struct error *error)
{
	struct cpu cpu;
	char stem[160], folder[PATH_MAX], path[PATH_MAX];
	struct text_stream csv;
	cpu_detect(&cpu);
	cpu_file_stem(&cpu, backend->level, stem, sizeof stem);
	int status = path_make(folder, sizeof folder, error, "%s/gemm_rules", results_dir);
	status = status ? status : path_make(path, sizeof path, error, "%s/%s.csv", folder, stem);
	status = status ? status : text_stream_open(&csv, error);
	if (status)
		return status;
	status = measure_layers(backend, count > 0 ? named : layers, count > 0 ? count : LAYERS,
				csv.out, error);
	if (status || count > 0) {
		text_stream_drop(&csv);
		return status;
	}
	status = folder_make(results_dir, error);
	status = status ? status : folder_make(folder, error);
	if (status)
		text_stream_drop(&csv);
	return status ? status : text_stream_save(&csv, path, error);
}

static bool read_side(const char **text, char end, int64_t *side)
{
	char *after;
	if (!isdigit((unsigned char)**text))
		return false;
	const long value = strtol(*text, &after, 10);
	*side = value;
	*text = after + (*after != '\0');
	return *after == end && value >= 1 && value <= SIDE_MAX;
}

/* Takes the layers out of argv; what is left are options. */
static int take_layers(int *argc, char **argv, struct gemm_shape *named, int *count,
		       struct error *error)
{
	int kept = 1;
	*count = 0;
	for (int i = 1; i < *argc; i++) {
		const char *text = argv[i];
		struct gemm_shape *layer = &named[*count];
		if (argv[i][0] == '-' || !strcmp(argv[i - 1], "--out") ||
		    !strcmp(argv[i - 1], "--isa")) {
			argv[kept++] = argv[i];
			continue;
		}
		if (!read_side(&text, 'x', &layer->m) || !read_side(&text, 'x', &layer->n) ||
		    !read_side(&text, '\0', &layer->k))
			return error_set(error, ERROR_INPUT, NULL, 0, 0, NULL,
					 "ROWSxOUTPUTSxINPUTS, each from 1 to 16384",
					 "found \"%.80s\"", argv[i]);
		++*count;
	}
	*argc = kept;
	return 0;
}

int command_bench_rules(int argc, char **argv, struct error *error)
{
	struct options options;
	struct backend backend;
	struct gemm_shape *named = calloc((size_t)argc, sizeof *named);
	int count, status;
	if (!named)
		return error_set(error, ERROR_MACHINE, NULL, 0, 0, NULL, NULL, "out of memory");
	status = take_layers(&argc, argv, named, &count, error);
	status = status
		     ? status
		     : options_read(&options, argc, argv, OPTION_OUT | OPTION_ISA, 0, usage, error);
	status = status ? status : options_backend_one_thread(&options, &backend, error);
	if (!status) {
		status = measure_all(&backend, named, count, plan_results_dir(options.out), error);
		backend_close(&backend);
	}
	free(named);
	return status;
}
