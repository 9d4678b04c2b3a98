#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Which result files may stand beside the committed ones, and which are refused, where and why. TAP;
# SHEAFBENCH is the program.
# shellcheck source=tests/cli/lib.bash
source "$(dirname "${BASH_SOURCE[0]}")/lib.bash"

stored=results/throughput

# measured: what this program measures here, as $tmp/base.json, of "Base CPU" at level v4.
measured() {
	bench bench --out "$tmp/now" --benchmark_min_time=0.0001 --benchmark_repetitions=6 >/dev/null 2>&1
	jq '.context.isa = "v4" | .context.features = "fma,avx2,avx512f,avx512dq,avx512bw,avx512vl"
		| .context.peak_fma_gflops = "100.5" | .benchmarks |= sort_by(.run_name != "op/dot/8192")' \
		"$tmp"/now/throughput/*.json >"$tmp/base.json"
	sed "s/^\([^,]*\),[^,]*,\"[^\"]*\",[^,]*,/\1,base-cpu-v4,\"Base CPU\",v4,/" "$tmp"/now/throughput/*.csv >"$tmp/base.csv"
	# Where they stand that others are held against.
	mkdir -p "$tmp/kept/throughput"
	local name
	for name in Base Other; do
		as "$name" "$tmp/kept/throughput/${name,}-cpu-v4" .
	done
}

# as NAME FILE FILTER: FILE.{json,csv} as of "NAME CPU", the JSON changed by the filter.
as() {
	jq ".context.cpu = \"$1 CPU\" | $3" "$tmp/base.json" >"$2.json"
	sed "s/,base-cpu-v4,\"Base CPU\",/,$(basename "$2"),\"$1 CPU\",/" "$tmp/base.csv" >"$2.csv"
}

# sent NAME [FILTER]: a file of "Some CPU".
sent() {
	mkdir -p "$tmp/sent"
	as Some "$tmp/sent/$1" "${2:-.}"
}

# refused STATUS PATTERN FILTER [NAME]: one line that begins with the place, and nothing on standard output.
refused() {
	local name=${4:-some-cpu-v4}
	sent "$name" "$3"
	expect_exit "$1" "^$tmp/sent/$name.json:[1-9][0-9]*:[1-9][0-9]*: $2" \
		bench-compare --check --out "$tmp/kept" "$tmp/sent/$name.json"
	[[ ! -s $tmp/out ]]
}

# All that is committed, and what this program measures now: the outputs of today are those of each file.
committed() {
	local files=("$stored"/*.json) new count
	bench bench-compare --check --out results >"$tmp/out"
	cat "$tmp/out"
	[[ $(grep -c ': fine: ' "$tmp/out") -eq ${#files[@]} ]]
	new=$(echo "$tmp"/now/throughput/*.json)
	bench bench-compare --check --out results "$new" >"$tmp/out"
	cat "$tmp/out"
	count=$(comm -12 <(outputs "$new") <(outputs "${files[@]}") | wc -l)
	grep -q "^$new: fine: .* outputs of $count rows are those of ${#files[@]} other files\$" "$tmp/out"
}

# outputs FILE ...: rows with a hash.
outputs() {
	jq -r '.benchmarks[] | select(.label | test("xxh3=[0-9a-f]{16}")).run_name' "$@" | LC_ALL=C sort -u
}

accepts() {
	sent some-cpu-v4
	bench bench-compare --check --out "$tmp/kept" "$tmp/sent/some-cpu-v4.json" >"$tmp/out"
	[[ $(wc -l <"$tmp/out") -eq 1 ]]
	grep -q "some-cpu-v4.json: fine: Some CPU, level v4, $rows rows; outputs of [0-9]* rows are those of 2 other files\$" "$tmp/out"
	# Of an older contract it says why.
	sent some-cpu-v4_2 '.context.contract = "1"'
	bench bench-compare --check --out "$tmp/kept" "$tmp/sent/some-cpu-v4_2.json" >"$tmp/out"
	grep -q 'of 2 other files; contract 1, not [0-9]*, is taken as all its outputs are those of others$' "$tmp/out"
	# Nothing is written, and a file is not held against itself.
	[[ $(find "$tmp/kept" -type f | wc -l) -eq 4 ]]
	bench bench-compare --check --out "$tmp/kept" "$tmp/kept/throughput/base-cpu-v4.json" | grep -q 'of 1 other files'
	# What a filter left there is passed over.
	as Base "$tmp/kept/throughput/base-cpu-v4-part" 'del(.benchmarks[40:])'
	as Base "$tmp/kept/throughput/base-cpu-v4-part_12" 'del(.benchmarks[40:])'
	[[ $(bench bench-compare --check --out "$tmp/kept" | wc -l) -eq 2 ]]
	rm "$tmp"/kept/throughput/*-part*
	# But not what lacks rows under another name.
	as Part "$tmp/kept/throughput/part-cpu-v4" 'del(.benchmarks[40:])'
	expect_exit 2 'part-cpu-v4.json:[0-9]*:[0-9]*: benchmarks: found' bench-compare --check --out "$tmp/kept"
	rm "$tmp"/kept/throughput/part-*
}

# by_two NAME: as sent by two threads, times on the wall and no percentages.
by_two() {
	sent "$1" '.context.threads = "2" | .benchmarks |= map(.real_time = .cpu_time | del(.percent_of_roof))'
	awk -F , -v OFS=, 'NR > 1 { $13 = $14 = $15 = "" } { print }' "$tmp/sent/$1.csv" >"$tmp/sent/csv"
	mv "$tmp/sent/csv" "$tmp/sent/$1.csv"
}

several_threads() {
	local name
	for name in some-cpu-v4-threads-2 some-cpu-v4-threads-2_3; do
		by_two "$name"
		bench bench-compare --check --out "$tmp/kept" "$tmp/sent/$name.json" >"$tmp/out"
		grep -q "$name.json: fine: Some CPU, level v4, 2 threads, $rows rows; outputs of [0-9]* rows are those of 2 other" "$tmp/out"
	done
	for name in some-cpu-v4 some-cpu-v4-threads-3; do
		by_two "$name"
		expect_exit 2 "context.cpu: found \"Some CPU\" at level v4 by 2 threads in $name.json; .*some-cpu-v4-threads-2.json, or" \
			bench-compare --check --out "$tmp/kept" "$tmp/sent/$name.json"
	done
	refused 2 'context.cpu: .*some-cpu-v4.json, or' . some-cpu-v4-threads-2
	refused 2 'context.threads: found "0"; expected the number of threads' '.context.threads = "0"'
	refused 2 'benchmarks\[3\].real_time: ' '.context.threads = "2" | .benchmarks[3].real_time = 0' some-cpu-v4-threads-2
}

refuses_contexts() {
	refused 2 'context.contract: found "9"; expected 1 to [0-9]*, the contract' '.context.contract = "9"'
	refused 2 'context.contract: found "two"' '.context.contract = "two"'
	refused 2 'context.contract_check: found "exp"; expected "passed"' '.context.contract_check = "exp"'
	refused 2 'context.isa: .*"v5".*v4' '.context.isa = "v5"'
	refused 2 'context.isa: .*"oracle"' '.context.isa = "oracle"'
	refused 2 'context.features: found "fma,avx2" at level v4; expected fma,avx2,avx512f' '.context.features = "fma,avx2"'
	refused 2 'context.cpu: found ""; expected the name of a CPU' '.context.cpu = ""'
	refused 2 'context.cpu: found "7"; expected the name of a CPU' '.context.cpu = "7"'
	refused 2 'context.cpu: found "Other CPU" at level v4 in some-cpu-v4.json; .*other-cpu-v4.json, or other-cpu-v4_2.json$' \
		'.context.cpu = "Other CPU"'
	refused 2 'context.cpu: .* at level v3 in some-cpu-v4.json; .*some-cpu-v3.json' '.context.isa = "v3"'
	refused 2 'context.cpu: ' . some-cpu-v4_1
	refused 2 'context.cpu: ' . some-cpu-v4-2
	refused 2 'context.peak_fma_gflops: found "0.0"; expected a finite number above 0' '.context.peak_fma_gflops = "0.0"'
	refused 2 'context.memory_gbytes_per_second: found "inf"' '.context.memory_gbytes_per_second = "inf"'
	refused 2 'context.cache_gbytes_per_second: ' 'del(.context.cache_gbytes_per_second)'
	refused 2 'context.date: ' 'del(.context.date)'
	refused 2 'context.host_name: found one; expected no name of the machine' '.context.host_name = "box"'
	refused 2 'context.suite_rows: found "-3"; expected the number of rows' '.context.suite_rows = "-3"'
}

refuses_rows() {
	local at='benchmarks\[[0-9]*\]'
	refused 2 "benchmarks: found $((rows - 1)) rows; expected all $rows rows of its suite" 'del(.benchmarks[] | select(.run_name == "op/exp/8192"))'
	refused 2 'benchmarks: no row "op/exp/8192", 2 missing in all; expected all rows of' \
		"del(.benchmarks[] | select(.run_name == \"op/exp/8192\" or .run_name == \"op/log/8192\")) | .context.suite_rows = \"$((rows - 2))\""
	refused 2 "$at.run_name: found \"op/EXP/8192\"; expected a row of" \
		'.benchmarks |= map(if .run_name == "op/exp/8192" then .run_name = "op/EXP/8192" else . end)'
	refused 2 "$at: op/exp/8192: found 12 repetitions; expected every row once, with 6" \
		'.benchmarks += [.benchmarks[] | select(.run_name == "op/exp/8192")]'
	refused 2 "$at.repetition_index: op/exp/8192: found repetition 3 twice; expected every row once" \
		'.benchmarks |= map(if .run_name == "op/exp/8192" and .repetition_index == 4 then .repetition_index = 3 else . end)'
	refused 2 "$at: [A-Za-z_+0-9/]*: found 5 repetitions; expected every row once, with 6" 'del(.benchmarks[7])'
	refused 2 'benchmarks\[0\].repetitions: .*from 6' '.benchmarks |= (map(select(.repetition_index < 5)) | map(.repetitions = 5))'
	refused 2 'benchmarks\[9\].repetitions: .*found 30, 6 before' '.benchmarks[9].repetitions = 30'
	refused 2 'benchmarks\[9\]: found "aggregate"; expected run_type "iteration"' '.benchmarks[9:9] = [.benchmarks[9] | .run_type = "aggregate"]'
	refused 2 'benchmarks\[5\].cpu_time: ' '.benchmarks[5].cpu_time = 0'
	refused 2 'benchmarks\[5\].real_time: ' '.benchmarks[5].real_time = -1'
	refused 2 'benchmarks\[5\].iterations: ' '.benchmarks[5].iterations = 0'
	refused 2 'benchmarks\[0\].gbytes_per_second: ' '.benchmarks[0].gbytes_per_second = 0'
	refused 2 'benchmarks\[0\].percent_of_roof: ' '.benchmarks[0].percent_of_roof = 0'
	refused 2 "benchmarks\\[[0-9]*\\].*percent_of_roof" 'del(.benchmarks[0].percent_of_roof)'
	# No number of JSON is infinite.
	sent some-cpu-v4
	sed -i '0,/"cpu_time": [0-9.e+-]*/s//"cpu_time": 1e999/' "$tmp/sent/some-cpu-v4.json"
	expect_exit 2 'some-cpu-v4.json:[0-9]*:[0-9]*: ' bench-compare --check --out "$tmp/kept" "$tmp/sent/some-cpu-v4.json"
}

refuses_outputs() {
	local other='.benchmarks |= map(if .run_name == "op/dot/8192" then .label |= sub("xxh3=.{16}"; "xxh3=0123456789abcdef") else . end)'
	refused 1 "benchmarks\\[0\\].label: op/dot/8192: found xxh3=0123456789abcdef; expected xxh3=[0-9a-f]*, as in $tmp/kept/" "$other"
	# The rules of an older contract were others: no output of it is taken on trust.
	mkdir -p "$tmp/less/throughput"
	as Base "$tmp/less/throughput/base-cpu-v4" 'del(.benchmarks[] | select(.run_name == "op/dot/8192"))'
	sent some-cpu-v4 '.context.contract = "1"'
	expect_exit 2 'context.contract: found 1, and no other file has op/dot/8192; expected [0-9]*, or outputs that' \
		bench-compare --check --out "$tmp/less" "$tmp/sent/some-cpu-v4.json"
	mkdir -p "$tmp/alone/throughput"
	as Base "$tmp/alone/throughput/base-cpu-v4" .
	expect_exit 2 "base-cpu-v4.json: found no other result file; expected another one" bench-compare --check --out "$tmp/alone"
}

refuses_csv() {
	local csv=$tmp/sent/some-cpu-v4.csv
	sent some-cpu-v4
	sed -i '5s/,v4,/,v3,/' "$csv"
	expect_exit 2 "^$csv:5:[0-9]*: found \".*,v3,.*; expected \".*,v4,.*, by the JSON beside it" \
		bench-compare --check --out "$tmp/kept" "${csv%.csv}.json"
	sent some-cpu-v4
	sed -i '$d' "$csv"
	expect_exit 2 "^$csv:[0-9]*:1: found \"\"; expected " bench-compare --check --out "$tmp/kept" "${csv%.csv}.json"
	rm "$csv"
	expect_exit 2 "^$csv: " bench-compare --check --out "$tmp/kept" "${csv%.csv}.json"
}

usage() {
	expect_exit 2 'given twice' bench-compare --check --check
	expect_exit 2 'found none' bench-compare --check --out "$tmp/nothing"
	bench --help | grep -q 'bench-compare.*--check'
}

measured
rows=$(jq '[.benchmarks[].run_name] | unique | length' "$tmp/base.json")
check "the committed files are fine, and have the outputs of this program" committed
check "a whole file of another CPU is taken" accepts
check "a file of several threads is taken under its name" several_threads
check "a context that cannot be is refused" refuses_contexts
check "rows that are missing, twice or without numbers are refused" refuses_rows
check "outputs that differ, or that none confirms, are refused" refuses_outputs
check "a CSV that is not the JSON's is refused" refuses_csv
check "what is asked wrongly is refused" usage
finish
