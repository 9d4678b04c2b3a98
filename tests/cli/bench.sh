#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Throughput as a user meets it: result files, their comparison, refusals, and that every level gives
# the same output hashes. TAP; SHEAFBENCH is the program.
# shellcheck source=tests/cli/lib.bash
source "$(dirname "${BASH_SOURCE[0]}")/lib.bash"

quick='--benchmark_min_time=0.0001'
few='^(gemm/.*/(8x64x64|13x20x300)|op/.*/8192|padic/.*|choice/.*|train/Nano/.*)$'

# expect STATUS PATTERN ARGUMENTS: that exit, and a last line on standard error that matches.
expect() {
	local wanted=$1 pattern=$2 status=0
	shift 2
	bench "$@" >"$tmp/out" 2>"$tmp/err" || status=$?
	echo "exit $status: $(tail -n 1 "$tmp/err")"
	[[ $status -eq $wanted ]]
	tail -n 1 "$tmp/err" | grep -q -- "$pattern"
}

bad_usage() {
	expect 2 'expected bench ' bench --no-such-option
	expect 2 'unknown benchmark flag' bench --benchmark_no_such_flag=1
	expect 2 'no row matches' bench --benchmark_filter=no_such_row
	expect 2 'unknown level' bench --isa v9
	expect 2 'expected bench-compare' bench-compare --no-such-option
	expect 2 'found --benchmark_out=.*expected --out DIR' bench --benchmark_out="$tmp/file"
	expect 2 'found --benchmark_out=.*expected --out DIR' bench --out "$tmp/f" --benchmark_out=/dev/full
	[[ ! -e $tmp/file && ! -e $tmp/f ]]
	expect 2 'found none' bench-compare --out "$tmp/nothing"
	expect 2 'cannot open' bench-compare "$tmp/nothing.json"
	expect 3 'cannot create the folder' bench --out "$tmp/no/such/folder" --benchmark_filter=roof
}

writes_files() {
	bench bench --out "$tmp/a" "$quick" --benchmark_repetitions=6 \
		--benchmark_filter='^op/(add|dot|exp)/' >"$tmp/out" 2>"$tmp/err"
	ls "$tmp/a/throughput"
	cp "$tmp"/a/throughput/*.json "$tmp/a.json"
	jq -e '.benchmarks | map(select(.run_type == "iteration")) | length == 18 and
		all(.label | test("^xxh3=[0-9a-f]{16} roof=cache$"))' "$tmp/a.json"
	jq -e '.context | .contract_check == "passed" and .cpu != "" and .isa and .blis and .compiler and .contract and .caches
		and (has("host_name") | not) and .executable == "sheafbench"' "$tmp/a.json"
	[[ $(wc -l < <(cat "$tmp"/a/throughput/*.csv)) -eq 4 ]]
	[[ -z $(find "$tmp/a" -name '*.tmp') ]]
	# Six repetitions of four processes, numbered on; a table for the screen.
	jq -e '.benchmarks | all(.run_type == "iteration" and .repetitions == 6) and
		([.[] | select(.run_name == "op/add/8192").repetition_index] | sort) == [range(6)]' "$tmp/a.json"
	grep -q 'bench: 2 of 6 repetitions; about [0-9]* s left' "$tmp/err"
	grep -q 'bench: 6 of 6 repetitions' "$tmp/err"
	grep -q '^op/exp/8192 .*% of cache$' "$tmp/out"
}

# What goes wrong in a process of the benchmark is said once, and nothing is written.
fails_once() {
	local status
	expect 2 'no row matches' bench --out "$tmp/f" --benchmark_filter=no_such_row
	expect 2 'found --benchmark_repetitions=many; expected a whole number' bench --out "$tmp/f" --benchmark_repetitions=many
	[[ -z $(find "$tmp/f" -type f) ]]
	bench bench --out "$tmp/f" --benchmark_list_tests=true >"$tmp/out"
	grep -q '^op/exp/8192$' "$tmp/out"
	# What the library would take for a number, and never end with.
	local number
	for number in min_time={-1,nan,1e300,x} repetitions={0,-1,1.5,}; do
		expect_exit 2 "found --benchmark_$number; expected .* to 10" bench "--benchmark_$number"
	done
	# A process killed on its way.
	status=0
	(
		ulimit -t 5
		bench bench --out "$tmp/f" --benchmark_min_time=9 --benchmark_repetitions=1 \
			--benchmark_filter='^op/add/'
	) 2>"$tmp/err" || status=$?
	tail -n 1 "$tmp/err"
	[[ $status -eq 3 ]]
	grep -q 'a process of the benchmark ended before its time' "$tmp/err"
	[[ -z $(find "$tmp/f" -type f) ]]
}

# A process of the benchmark does not outlive the command: it has a pipe open, whose end comes when it is gone.
ends_together() {
	local pid
	exec 5< <(exec "${wrapper[@]}" "$SHEAFBENCH" bench --out "$tmp/g" --benchmark_min_time=999 \
		--benchmark_filter='^op/add/' 6>&1 >"$tmp/out" 2>&1)
	pid=$!
	# It runs when it says so.
	until [[ -n $(find "$tmp/g" -name '*.err.tmp' -size +0 2>/dev/null) ]]; do sleep 0.05; done
	kill -KILL "$pid"
	timeout 900 cat <&5
	exec 5<&-
}

# Levels and BLIS sub-configurations that this CPU lacks are refused with exit 3; a name gives BLIS
# every product, and a warning says that it computed none.
same_hashes() {
	local level blis threads files=() status
	for level in baseline v3 v4; do
		for blis in none haswell; do
			status=0
			bench bench --isa "$level" --blis "$blis" --out "$tmp/$level-$blis" "$quick" \
				--benchmark_repetitions=1 --benchmark_filter="$few" >"$tmp/out" 2>&1 || status=$?
			if [[ $status -ne 0 ]]; then
				tail -n 1 "$tmp/out"
				# A level's name is bad usage where no level of that name was built.
				grep -q "cannot run\|unknown level" "$tmp/out"
				continue
			fi
			absent '^warning:' "$tmp/out"
			files+=("$tmp/$level-$blis"/throughput/*.json)
		done
	done
	for threads in 2 3 4 7; do
		bench bench --threads "$threads" --out "$tmp/threads-$threads" "$quick" --benchmark_repetitions=1 \
			--benchmark_filter="$few" >/dev/null
		files+=("$tmp/threads-$threads"/throughput/*-threads-"$threads"-part.json)
	done
	bench bench --blis oracle --out "$tmp/oracle" "$quick" --benchmark_repetitions=1 \
		--benchmark_filter="$few" >/dev/null
	files+=("$tmp"/oracle/throughput/*.json)
	[[ ${#files[@]} -ge 2 ]]
	bench bench-compare --out "$tmp/levels" "${files[@]}"
	jq -e '.rows | length > 30 and all(.xxh3 | test("^[0-9a-f]{16}$"))' "$tmp/levels/throughput.json"
	# And they are those of any other machine.
	jq -r '.rows[] | "\(.xxh3) \(.row)"' "$tmp/levels/throughput.json" | sort -u -k 2 |
		diff tests/fixtures/bench_hashes.txt -
}

# Rows named as those that count cycles, all 3 % slower: no difference but the clock's; in memory, one.
# Where the two rows disagree, or of another CPU, the clock is not known.
clock_is_taken_out() {
	jq '.benchmarks |= map(.run_name |= ({"op/add/8192": "overhead/c++", "op/dot/8192": "roof/fma"}[.] // .))' \
		"$tmp/steady.json" >"$tmp/clock.json"
	jq '.benchmarks |= map(.cpu_time *= 1.03)' "$tmp/clock.json" >"$tmp/clock-slow.json"
	jq '.benchmarks |= map(if .run_name == "roof/fma" then .cpu_time *= 2 else . end)' \
		"$tmp/clock-slow.json" >"$tmp/clock-part.json"
	jq '.context.cpu = "another"' "$tmp/clock-slow.json" >"$tmp/clock-cpu.json"
	jq '.benchmarks |= map(.label |= sub("roof=.*"; "roof=memory"))' "$tmp/clock.json" >"$tmp/memory.json"
	jq '.benchmarks |= map(.label |= sub("roof=.*"; "roof=memory"))' "$tmp/clock-slow.json" >"$tmp/memory-slow.json"
	bench bench-compare --out "$tmp/e" "$tmp"/clock{,-slow,-part,-cpu}.json
	jq -e '[.pairs[:3][].different] == [0, 3, 3]' "$tmp/e/throughput.json"
	jq -e '.pairs[0].clock_b_relative_to_a | . > 0.0299 and . < 0.0301' "$tmp/e/throughput.json"
	grep -q '0 of 3 rows differ; a cycle of the second took +3.0 % and is taken out' "$tmp/e/throughput.md"
	bench bench-compare --out "$tmp/e" "$tmp"/memory{,-slow}.json
	jq -e '.pairs[0].different == 3' "$tmp/e/throughput.json"
	# On the wall other load looks like a slow clock.
	jq '.context.threads = "2" | .benchmarks |= map(.real_time = .cpu_time)' "$tmp/clock-slow.json" >"$tmp/clock-two.json"
	bench bench-compare --out "$tmp/e" "$tmp"/clock{,-two}.json
	jq -e '.pairs[0] | .different == 3 and .clock_b_relative_to_a == 0' "$tmp/e/throughput.json"
}

# Of times that are given: those that were measured are as busy machines make them.
compares() {
	jq '.benchmarks |= map(.cpu_time = 1000 + 30 * (.repetition_index * 7 % 6))' "$tmp/a.json" >"$tmp/noisy.json"
	jq '.benchmarks |= map(if .run_name == "op/exp/8192" then .cpu_time *= 2 else . end)' \
		"$tmp/noisy.json" >"$tmp/slow.json"
	bench bench-compare --out "$tmp/c" "$tmp/noisy.json" "$tmp/noisy.json" "$tmp/slow.json"
	jq -e '.pairs[0] | .tested == 3 and .different == 0' "$tmp/c/throughput.json"
	jq -e '.pairs[1] | .different == 1 and .rows[2].differs' "$tmp/c/throughput.json"
	jq -e '.pairs[1].rows[2].b_relative_to_a | . > 0.99 and . < 1.01' "$tmp/c/throughput.json"
	[[ $(wc -l <"$tmp/c/throughput.csv") -eq 10 ]]
	# For the figure: the rows by number, then the numbers of each file.
	local plotted=$tmp/c/throughput/plot/throughput.dat
	[[ $(head -n 3 "$plotted") == $'1 op/add/8192\n2 op/dot/8192\n3 op/exp/8192' ]]
	[[ $(awk 'NF == 4 { printf "%s", $1 }' "$plotted") == 123123123 ]]
	[[ $(awk 'NF == 1' "$plotted" | paste -sd ' ') == "noisy noisy#2 slow" ]]
	# Without noise 5 % are found and 1 % is no difference.
	jq '.benchmarks |= map(if .run_type == "iteration"
		then .cpu_time = 1000 + 2 * .repetition_index else . end)' "$tmp/a.json" >"$tmp/steady.json"
	local factor
	for factor in 1.01 1.05; do
		jq --argjson factor "$factor" '.benchmarks |= map(if .run_type == "iteration" and
			.run_name == "op/exp/8192" then .cpu_time *= $factor else . end)' \
			"$tmp/steady.json" >"$tmp/steady-$factor.json"
	done
	bench bench-compare --out "$tmp/d" "$tmp"/steady{,-1.01,-1.05}.json
	jq -e '[.pairs[:2][].different] == [0, 1] and .pairs[1].rows[2].differs' "$tmp/d/throughput.json"
	clock_is_taken_out
	# An estimate of each of the three files.
	grep -Eq '^\| op/exp/8192 \| cache \|( [1-9][0-9.]* (ns|µs|ms) [^|]* \|){3}$' "$tmp/c/throughput.md"
	if command -v gnuplot >/dev/null; then
		scripts/plot-throughput.sh "$tmp/c"
		grep -q '</svg>' "$tmp/c/throughput.svg"
		grep -q '<desc id="throughput-description">.*noisy, 3 rows: the highest is op/[a-z]*/8192 with ' "$tmp/c/throughput.svg"
	fi
}

# Ops that are shared: times on the wall, no percentage of what one thread can reach, the same outputs.
threads() {
	local text one=$tmp/a.json two
	for text in 0 -1 1025 2x 1.5 +2 auto; do
		expect_exit 2 '^--threads ".*"; expected a number from 1 to 1024$' bench --threads "$text" --out "$tmp/t"
	done
	expect_exit 2 '^--threads given twice' bench --threads 2 --threads 2 --out "$tmp/t"
	expect_exit 2 '^--threads without a value' bench --out "$tmp/t" --threads
	[[ ! -e $tmp/t ]]
	bench bench --threads 2 --out "$tmp/t" "$quick" --benchmark_repetitions=6 \
		--benchmark_filter='^(op/(add|dot|exp)/|roof/)' >"$tmp/out" 2>/dev/null
	absent '%.* of \(fma\|cache\|memory\)$' "$tmp/out"
	two=$(echo "$tmp"/t/throughput/*-threads-2-part.json)
	jq -e '.context | .threads == "2" and .contract_check == "passed"' "$two"
	jq -e '.context.threads == "1"' "$one"
	jq -e '.benchmarks | length == 24 and all(has("percent_of_roof") | not)' "$two"
	# The median of what the clock on the wall said.
	jq '.benchmarks |= map(.real_time = 5000 | .time_unit = "ns")' "$two" >"$tmp/two.json"
	bench bench-compare --out "$tmp/t" "$one" "$tmp/two.json" "$two" >/dev/null
	[[ $(grep -c '^op/.*,two,.*,6,5000,5000,5000,' "$tmp/t/throughput.csv") -eq 3 ]]
	jq -e '.rows | map(select(.row == "op/exp/8192"))[0].files | .a != null and (.two | has("percent_of_roof") | not)' \
		"$tmp/t/throughput.json"
	grep -Eq '^\| A \| [^|]* \| [a-z0-9]* \|' "$tmp/t/throughput.md"
	grep -Eq '^\| B \| [^|]* \| [a-z0-9]*, 2 threads \|' "$tmp/t/throughput.md"
	grep -q 'Of several threads the time on the wall, and no percentage' "$tmp/t/throughput.md"
	grep -Eq '^\| op/exp/8192 \| cache \| [0-9.]+ (n|µ|m)s \([0-9]+ %\) \| 5.00 µs \| [0-9.]+ (n|µ|m)s \|$' "$tmp/t/throughput.md"
	# No file without a percentage is a line of the figure.
	[[ $(awk 'NF == 1' "$tmp/t/throughput/plot/throughput.dat") == a ]]
	absent 'Of several threads' "$tmp/c/throughput.md"
}

hash_mismatch() {
	jq '.benchmarks |= map(if .run_name == "op/dot/8192"
		then .label |= sub("xxh3=.{16}"; "xxh3=0123456789abcdef") else . end)' \
		"$tmp/a.json" >"$tmp/other.json"
	expect 1 'other.json: op/dot/8192: xxh3=0123456789abcdef here, .*a.json' \
		bench-compare --out "$tmp/m" "$tmp/a.json" "$tmp/other.json"
	[[ ! -e $tmp/m ]]
}

# broken PATTERN FILTER: the file changed by jq is refused in one line.
broken() {
	jq "$2" "$tmp/a.json" >"$tmp/broken.json"
	expect 2 "$1" bench-compare --out "$tmp/m" "$tmp/a.json" "$tmp/broken.json"
	[[ $(wc -l <"$tmp/err") -eq 1 && ! -e $tmp/m ]]
}

broken_files() {
	local at='broken.json:[0-9]*:[0-9]*: ' text
	broken "${at}context.*missing\|${at}context" 'del(.context)'
	broken "${at}context.cpu" '.context.cpu = 3'
	for text in 0 -1 1025 two 2x '' ' 2'; do
		broken "${at}context.threads: found \"$text\"; expected the number of threads, 1 to 1024" \
			".context.threads = \"$text\""
	done
	broken "${at}context.threads" '.context.threads = 2'
	broken "${at}benchmarks\\[0\\].real_time" '.context.threads = "2" | del(.benchmarks[0].real_time)'
	broken "${at}benchmarks.*expected" '.benchmarks = {}'
	broken "${at}benchmarks: found none; expected" '.benchmarks = []'
	broken "${at}benchmarks\\[1\\].*expected" '.benchmarks[1] = 7'
	broken "${at}benchmarks\\[0\\].cpu_time" '.benchmarks[0].cpu_time = "fast"'
	broken "${at}benchmarks\\[0\\].cpu_time" '.benchmarks[0].cpu_time = -1'
	broken "${at}benchmarks\\[2\\].time_unit" '.benchmarks[2].time_unit = "min"'
	broken "${at}benchmarks\\[2\\].*expected" 'del(.benchmarks[2].time_unit)'
	broken "${at}benchmarks\\[1\\].*expected" 'del(.benchmarks[1].label)'
	broken "${at}benchmarks\\[1\\].*expected" 'del(.benchmarks[1].cpu_time)'
	broken "${at}benchmarks\\[0\\].label.*expected \"xxh3=" ".benchmarks[0].label = \"x\""
	broken "${at}benchmarks\\[0\\].*expected" 'del(.benchmarks[0].run_name)'
	head -c 3000 "$tmp/a.json" >"$tmp/cut.json"
	expect 2 'cut.json:[0-9]*:[0-9]*: .*expected valid JSON' bench-compare "$tmp/cut.json"
	printf '' >"$tmp/empty.json"
	expect 2 'empty.json:1:1: .*expected valid JSON' bench-compare "$tmp/empty.json"
}

# Names of files are names in the tables; a folder's name is no pattern.
names_of_files() {
	local long folder="$tmp/o[1]*"
	long=$(printf 'n%.0s' {1..120})
	cp "$tmp/a.json" "$tmp/$long.json"
	expect 2 "the file's name has 120 bytes; expected a name below 120 bytes" bench-compare \
		--out "$tmp/m" "$tmp/$long.json"
	cp "$tmp/a.json" "$tmp/"$'caf\xe9.json'
	expect 2 "caf.xe9.json: the file's name is not UTF-8" bench-compare --out "$tmp/m" "$tmp/"$'caf\xe9.json'
	[[ ! -e $tmp/m ]]
	mkdir -p "$folder/throughput" "$tmp/o1x/throughput"
	# Whole files of a suite of three rows.
	jq '.context.suite_rows = "3"' "$tmp/a.json" >"$folder/throughput/a.json"
	cp "$folder/throughput/a.json" "$folder/throughput/${long:1}.json"
	cp "$tmp/a.json" "$tmp/o1x/throughput/foreign.json"
	bench bench-compare --out "$folder" >"$tmp/out"
	jq -e --arg name "${long:1}" '[.files[].name] == ["a", $name]' "$folder/throughput.json"
}

hosts_usage() {
	local status=0
	scripts/bench-hosts.sh "$tmp/no_hosts" 2>"$tmp/err" || status=$?
	[[ $status -eq 2 ]]
	echo '# nobody' >"$tmp/hosts"
	status=0
	scripts/bench-hosts.sh "$tmp/hosts" 2>"$tmp/err" || status=$?
	[[ $status -eq 2 ]]
	grep -q 'names no machine' "$tmp/err"
}

# Whatever the dispatch gives to BLIS here, native BLIS is there to be compared with.
contract_cost() {
	bench bench-contract --out "$tmp/cost" >/dev/null
	[[ $(wc -l <"$tmp/cost/contract_cost.csv") -eq 5 ]]
	grep -q '^SheafPadic,[0-9.]*,[0-9.]*,[0-9.]*' "$tmp/cost/contract_cost.csv"
}

# Every way of a product has the same bits (exit 3 where not) and is measured; layers that are named
# write nothing.
rules() {
	bench bench-rules 5x40x21 128x4x96 --out "$tmp/rules" >"$tmp/out"
	[[ ! -e $tmp/rules ]]
	[[ $(grep -cE '^(forward|input_gradient|weight_gradient) .* GF/s' "$tmp/out") -eq 6 ]]
	[[ $(grep -cE '^rules (intel|amd).*geometric mean of 6 products' "$tmp/out") -eq 2 ]]
	grep -q "^rules $(bench cpu --json | jq -r .gemm_rules) (this CPU's): " "$tmp/out"
	local layer
	for layer in 0x1x1 1x1 1x1x1x1 -1x1x1 1x1x16385 1x1x1y 99999999999999999999x1x1 ' 1x1x1' rules; do
		expect_exit 2 'expected .*ROWSxOUTPUTSxINPUTS' bench-rules "$layer" --out "$tmp/rules"
	done
	[[ ! -e $tmp/rules ]]
}

check "bad usage is refused" bad_usage
check "a result file is valid, complete and without the machine's name" writes_files
check "a process that fails is one message" fails_once
check "a process of the benchmark ends with the command" ends_together
check "every level and the oracle give the same output hashes" same_hashes
check "every way of a product is measured" rules
check "files are compared; what is slower is found" compares
check "several threads have times on the wall and the same outputs" threads
check "outputs that differ are an error" hash_mismatch
check "broken files are refused with their place" broken_files
check "names of files are refused or kept whole" names_of_files
check "a list of machines must name one" hosts_usage
bench cpu --json >"$tmp/cpu.json"
if grep -q 'BLIS none: it has no kernels' "$tmp/cpu.json"; then
	skip "the cost of the contract is measured" "BLIS has no kernels with FMA here"
else
	check "the cost of the contract is measured" contract_cost
fi
finish
