#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Result files of many machines: what eight of them look like side by side, what a part of the suite is
# worth, and which files are refused. TAP; SHEAFBENCH is the program, gnuplot draws where it is there.
# shellcheck source=tests/cli/lib.bash
source "$(dirname "${BASH_SOURCE[0]}")/lib.bash"

stored=results/throughput
one=amd-epyc-family-26-model-2-v4
rows=$(jq '[.benchmarks[].run_name] | unique | length' "$stored/$one.json")

# machine NUMBER FOLDER [FILTER]: a stored file as that of another CPU, changed by the filter.
machine() {
	mkdir -p "$2/throughput"
	jq --arg number "$1" ".context.cpu = \"Some CPU \" + \$number | ${3:-.}" "$stored/$one.json" \
		>"$2/throughput/some-cpu-$1-v4.json"
}

# cells ROW: of every table of throughput.md that has the row.
cells() {
	grep -F "| $1 |" "$tmp/eight/throughput.md"
}

eight() {
	local number row=op/dot/8192
	for number in 1 2 3 4 5 6 7 8; do
		machine "$number" "$tmp/eight" ".benchmarks |= map(.cpu_time *= (1 + $number / 10))"
	done
	# The third has a row less, and says that this is all of it.
	machine 3 "$tmp/eight" "del(.benchmarks[] | select(.run_name == \"$row\")) | .context.suite_rows = \"$((rows - 1))\""
	bench bench-compare --out "$tmp/eight" >/dev/null
	# Heads are letters, and the list of files says whose.
	grep -q '^| row | roof | A | B | C | D | E | F | G | H |$' "$tmp/eight/throughput.md"
	grep -q "^| H | Some CPU 8 | v4 |.* | $rows | some-cpu-8-v4 |\$" "$tmp/eight/throughput.md"
	# A place for each file, of the third an empty one.
	[[ $(cells $row | wc -l) -eq 2 ]]
	cells $row | grep -Eq '^[^|]*(\|[^|]*){2}(\| [1-9][0-9.]* ns \([0-9]+ %\) ){2}\| – (\| [1-9][0-9.]* ns \([0-9]+ %\) ){5}\|$'
	cells $row | grep -Eq '^[^|]*(\|[^|]*){2}(\| −[0-9.]+/\+[0-9.]+ % ){2}\| – (\| −[0-9.]+/\+[0-9.]+ % ){5}\|$'
	# A line is a screen wide, in bytes too.
	[[ $(awk '/^\| op/ && length($0) > most { most = length($0) } END { print most }' "$tmp/eight/throughput.md") -lt 200 ]]
	jq -e --arg row $row '.rows[] | select(.row == $row).files | length == 7 and (has("some-cpu-3-v4") | not)' \
		"$tmp/eight/throughput.json"
	[[ $(grep -c "^$row," "$tmp/eight/throughput.csv") -eq 7 ]]
}

figure() {
	local number=1 name=op/dot/8192 plotted=$tmp/eight/throughput/plot/throughput.dat
	# Its number in the list of rows is a point of each file but the third.
	number=$(awk -v name=$name '$2 == name { print $1 }' "$plotted")
	[[ $(awk -v number="$number" 'NF == 1 { file++ } NF == 4 && $1 == number { printf "%d", file }' "$plotted") == 1245678 ]]
	[[ $(awk 'NF == 1 { file++ } NF == 4 { points[file]++ } END { print points[2] - points[3] }' "$plotted") -eq 1 ]]
	scripts/plot-throughput.sh "$tmp/eight"
	# Eight colours and eight marks; every file in the text.
	[[ $(grep -o "stroke='rgb([^']*)'\|color=\"[^\"]*\"" "$tmp/eight/throughput.svg" | sort -u | wc -l) -ge 8 ]]
	for number in 1 2 4 8; do
		grep -q "<desc.*some-cpu-$number-v4, [0-9]* rows: the highest is" "$tmp/eight/throughput.svg"
	done
	absent 'And so on' "$tmp/eight/throughput.svg"
}

# What a filter leaves takes no whole file's place, and is compared where it is asked for.
parts() {
	local out=$tmp/part part status
	mkdir -p "$out"
	bench bench --out "$out" --benchmark_min_time=0.0001 --benchmark_repetitions=1 \
		--benchmark_filter='^op/(exp|dot)/' >"$tmp/out" 2>/dev/null
	part=$(echo "$out"/throughput/*-part.json)
	[[ -s ${part%.json}.csv && $(find "$out/throughput" -type f | wc -l) -eq 2 ]]
	grep -q -- "-part.{json,csv}: 2 of the suite's [0-9]* rows\$" "$tmp/out"
	jq -e '.context.suite_rows | tonumber > 70' "$part"
	status=0
	bench bench-compare --out "$out" 2>"$tmp/err" || status=$?
	[[ $status -eq 2 && $(wc -l <"$tmp/err") -eq 2 ]]
	tail -n 1 "$tmp/err" | grep -q '^found only files with a part of the suite; expected '
	machine 1 "$out"
	bench bench-compare --out "$out" >/dev/null 2>"$tmp/err"
	grep -q "^note: $part has 2 of the suite's [0-9]* rows and is left out" "$tmp/err"
	jq -e '[.files[].name] == ["some-cpu-1-v4"]' "$out/throughput.json"
	# Named, it is in; the rows stand as in the whole file though it is the first.
	bench bench-compare --out "$out" "$part" "$out/throughput/some-cpu-1-v4.json" >/dev/null 2>"$tmp/err"
	[[ ! -s $tmp/err ]]
	jq -e '.files | length == 2' "$out/throughput.json"
	diff <(jq -r '.rows[].row' "$out/throughput.json") \
		<(jq -r '[.benchmarks[] | {family_index, run_name}] | unique | .[].run_name' "$out/throughput/some-cpu-1-v4.json")
	grep -q '^| op/add/8192 | cache | – | [1-9]' "$out/throughput.md"
	# One from before files said how many rows there are.
	machine 2 "$out" 'del(.benchmarks[] | select(.run_name == "op/add/8192"))'
	bench bench-compare --out "$out" >/dev/null 2>"$tmp/err"
	grep -q "some-cpu-2-v4.json has $((rows - 1)) of the suite's $rows rows" "$tmp/err"
}

# Without a roof there is no percentage, which is not one of 0.
no_percentage() {
	local out=$tmp/roofless
	machine 1 "$out" '.benchmarks |= map(if .run_name == "op/exp/8192" then del(.percent_of_roof) else . end)'
	machine 2 "$out"
	bench bench-compare --out "$out" >/dev/null
	grep -Eq '^\| op/exp/8192 \| cache \| [0-9.]+ µs \| [0-9.]+ µs \([0-9]+ %\) \|$' "$out/throughput.md"
	grep -Eq '^op/exp/8192,some-cpu-1-v4,.*,cache,,,,[0-9a-f]{16},' "$out/throughput.csv"
	jq -e '.rows[] | select(.row == "op/exp/8192").files | .["some-cpu-1-v4"] | has("percent_of_roof") | not' \
		"$out/throughput.json"
	awk 'NF == 1 { file++ } NF == 2 && $2 == "op/exp/8192" { number = $1 } NF == 4 && $1 == number { printf "%d", file }' \
		"$out/throughput/plot/throughput.dat" | grep -qx 2
	absent -w '0 0 0' "$out/throughput/plot/throughput.dat"
}

# Killed on its way it has written no result.
interrupted() {
	local pid
	bench bench --out "$tmp/killed" --benchmark_min_time=999 --benchmark_filter='^op/add/' >/dev/null 2>&1 &
	pid=$!
	until [[ -n $(find "$tmp/killed" -name '*.tmp' 2>/dev/null) ]]; do sleep 0.05; done
	kill -INT "$pid" 2>/dev/null || true
	kill -TERM "$pid"
	wait "$pid" || true
	[[ -z $(find "$tmp/killed" -name '*.json' -o -name '*.csv') ]]
}

check "eight files are side by side, and what one lacks is an empty place" eight
if command -v gnuplot >/dev/null; then
	check "the figure has a line for each of eight files" figure
else
	skip "the figure has a line for each of eight files" "no gnuplot"
fi
check "a part of the suite enters no comparison by itself" parts
check "what has no percentage has none of 0" no_percentage
check "an interrupted benchmark leaves no result" interrupted
finish
