// SPDX-License-Identifier: Apache-2.0
// The C interface of harness/bench/google_benchmark.h. One of the project's two C++ files.
#include "harness/bench/google_benchmark.h"

#include <benchmark/benchmark.h>
#include <ctime>

namespace
{

// One repetition of a benchmark.
struct repetition : bench_state {
	explicit repetition(benchmark::State &state) : native(state)
	{
		left = 0;
	}
	benchmark::State &native;
	double started = 0, seconds = 0;
	double flops = 0, flops_roof = 0, bytes = 0, bytes_roof = 0, items = 0;
};

bool any_failed = false;
bool wall_clock = false;

repetition &of(bench_state *state)
{
	return *static_cast<repetition *>(state);
}

// Processor time of this thread, as the library's cpu_time, or what is its real_time.
double now()
{
	timespec t;
	clock_gettime(wall_clock ? CLOCK_MONOTONIC : CLOCK_THREAD_CPUTIME_ID, &t);
	return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

// Rates are plain values: the library would print a percentage "per second".
void report_rates(repetition &r)
{
	double scale = static_cast<double>(r.native.iterations()) / r.seconds * 1e-9;
	double flops_roof = r.flops * scale / r.flops_roof;
	double bytes_roof = r.bytes * scale / r.bytes_roof;
	if (r.flops > 0)
		r.native.counters["gflops"] = r.flops * scale;
	if (r.bytes > 0)
		r.native.counters["gbytes_per_second"] = r.bytes * scale;
	if (r.items > 0)
		r.native.counters["mitems_per_second"] = r.items * scale * 1e3;
	if (r.flops > 0 && r.flops_roof > 0)
		r.native.counters["percent_of_roof"] = 100 * flops_roof;
	else if (r.bytes > 0 && r.bytes_roof > 0)
		r.native.counters["percent_of_roof"] = 100 * bytes_roof;
}

void run_one(benchmark::State &state, bench_function function, void *argument)
{
	repetition r(state);
	function(&r, argument);
	if (r.seconds > 0)
		report_rates(r);
}

void native_loop(benchmark::State &state)
{
	for (auto _ : state) // NOLINT(clang-analyzer-deadcode.DeadStores)
		benchmark::ClobberMemory();
	state.SetLabel("xxh3=none roof=none");
}

} // namespace

int bench_register(const char *name, bench_function function, void *argument)
try {
	benchmark::RegisterBenchmark(name, [function, argument](benchmark::State &state) {
		run_one(state, function, argument);
	});
	return 0;
} catch (...) {
	return -1;
}

int bench_register_native_loop(const char *name)
try {
	benchmark::RegisterBenchmark(name, native_loop);
	return 0;
} catch (...) {
	return -1;
}

bool bench_refill(bench_state *state)
{
	repetition &r = of(state);
	benchmark::IterationCount all = r.native.max_iterations;
	double time = now();
	if (r.started > 0)
		r.seconds = time - r.started;
	if (!r.native.KeepRunningBatch(all))
		return false;
	r.left = all - 1;
	r.started = now();
	return true;
}

void bench_set_flops(bench_state *state, double flops, double roof)
{
	of(state).flops = flops;
	of(state).flops_roof = roof;
}

void bench_set_bytes(bench_state *state, double bytes, double roof)
{
	of(state).bytes = bytes;
	of(state).bytes_roof = roof;
}

void bench_set_items(bench_state *state, double items)
{
	of(state).items = items;
}

void bench_set_label(bench_state *state, const char *label)
try {
	of(state).native.SetLabel(label);
} catch (...) {
	any_failed = true;
}

void bench_fail(bench_state *state, const char *why)
try {
	any_failed = true;
	of(state).native.SkipWithError(why);
} catch (...) {
	any_failed = true;
}

void bench_use_wall_clock()
{
	wall_clock = true;
}

int bench_add_context(const char *key, const char *value)
try {
	benchmark::AddCustomContext(key, value);
	return 0;
} catch (...) {
	return -1;
}

int bench_run(int argc, char **argv)
try {
	benchmark::Initialize(&argc, argv);
	if (benchmark::ReportUnrecognizedArguments(argc, argv))
		return BENCH_UNKNOWN_FLAG;
	if (benchmark::RunSpecifiedBenchmarks() == 0)
		return BENCH_NO_MATCH;
	return any_failed ? BENCH_FAILED : BENCH_DONE;
} catch (...) {
	return BENCH_BROKEN;
}
