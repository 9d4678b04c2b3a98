#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Kernels are chosen once: kept in a file, handed to children, asked for by options and variables, and
# none of it can make a command fail. TAP; SHEAFBENCH is the program.
# shellcheck source=tests/cli/lib.bash
source "$(dirname "${BASH_SOURCE[0]}")/lib.bash"

unset SHEAFBENCH_ISA SHEAFBENCH_CHOICE
forge=$(dirname "$SHEAFBENCH")/tests/test_choice
# A copy, with a file of its own beside it.
mkdir "$tmp/bin" "$tmp/cache"
export XDG_CACHE_HOME=$tmp/cache
cp "$SHEAFBENCH" "$tmp/bin/sheafbench"
SHEAFBENCH=$tmp/bin/sheafbench

describe() {
	bench cpu --json "$@" >"$tmp/cpu.json"
	jq -r '.isa, .blis, .choice, .choice_from' "$tmp/cpu.json"
}

# from PATTERN: where the last description's choice came from.
from() {
	jq -e --arg pattern "$1" '.choice_from | test($pattern)' "$tmp/cpu.json"
}

# forge_kept: the file as this machine would hardly decide: the last candidate of every contest, also of
# the one between BLIS and the level that has now won.
forge_kept() {
	"$forge" --forge "$kept"
	bench cpu --hand-down >/dev/null
	"$forge" --forge "$kept"
}

is() {
	[[ $(jq -r '.isa + " " + .blis' "$tmp/cpu.json") == "$1" ]]
}

kept_once() {
	describe
	from "^decided now, kept in $tmp/bin/"
	cp "$tmp/cpu.json" "$tmp/first.json"
	describe
	from "^file $tmp/bin/sheafbench[.][0-9a-f]{8}[.]choice$"
	jq -es '.[0].choice == .[1].choice and .[0].contests == .[1].contests
		and (.[0].contests | all(.candidates | all(.gflops > 0)))' "$tmp/first.json" "$tmp/cpu.json"
	[[ $(find "$tmp/bin" -name '*.choice*' | wc -l) -eq 1 && -z $(ls "$tmp/cache") ]]
}

# made_anew: whatever lies there is as good as no file.
made_anew() {
	describe
	from "^decided now, kept in $tmp/bin/"
	bench cpu --hand-down >"$tmp/out"
	tr '\n' ';' <"$kept" | cmp - <(tr -d '\n' <"$tmp/out")
}

damaged() {
	head -c 100 "$kept" >"$tmp/cut"
	cp "$tmp/cut" "$kept"
	made_anew
	truncate -s 0 "$kept"
	truncate -s 300 "$kept"
	made_anew
	sed -i 's/^blis /blis 1/' "$kept"
	made_anew
	sed -i 's/^digest ./digest x/' "$kept"
	made_anew
	# A rate ten times as high, where there was anything to time.
	if grep -q '^contest' "$kept"; then
		sed -i '/^contest/s/$/0/' "$kept"
		made_anew
	fi
	sed -i 's/^executable [0-9a-f]/executable x/' "$kept"
	made_anew
	head -c 1000000 /dev/zero >"$kept"
	made_anew
	rm "$kept"
	mkfifo "$kept"
	made_anew
}

# One more byte makes it another executable.
foreign() {
	forge_kept
	printf x >>"$SHEAFBENCH"
	made_anew
	[[ $(find "$tmp/bin" -name '*.choice*' | wc -l) -eq 1 ]]
}

# As where the folder cannot be written, which would not stop root.
unwritable() {
	rm "$kept"
	mkdir "$kept"
	describe
	from "^decided now, kept in $tmp/cache/sheafbench/sheafbench[.][0-9a-f]{8}[.]choice$"
	describe
	from "^file $tmp/cache/"
	rm -r "$tmp/cache"
	: >"$tmp/cache"
	describe
	from '^decided now, cannot be kept$'
	(
		unset XDG_CACHE_HOME HOME
		describe
		from '^decided now, cannot be kept$'
		# Nor may a limit on the size of files end it.
		rmdir "$kept"
		ulimit -f 0
		[[ $(bench cpu --hand-down) == "sheafbench kernel choice 1;"* ]]
	)
	rm -rf "$kept" "$tmp/cache"
	[[ -z $(find "$tmp/bin" -name '*.tmp*') ]]
}

at_once() {
	local i pids=()
	rm -f "$kept"
	for i in 1 2 3 4; do
		bench cpu --hand-down >"$tmp/at_once.$i" &
		pids+=($!)
	done
	for i in "${pids[@]}"; do
		wait "$i"
	done
	cat "$tmp"/at_once.*
	[[ $(sort -u "$tmp"/at_once.* | wc -l) -eq 1 && -s $tmp/at_once.1 ]]
	bench cpu --hand-down | cmp - "$tmp/at_once.1"
}

handed_down() {
	local value
	value=$(bench cpu --hand-down)
	# Another one than this machine's file has, and than it would decide.
	forge_kept
	forged=$(bench cpu --hand-down)
	[[ -n $forged && $forged != "$value" ]]
	rm "$kept"
	export SHEAFBENCH_CHOICE=$forged
	describe
	from '^handed down$'
	is "v3 haswell"
	[[ ! -e $kept ]]
	expect_exit 2 'SHEAFBENCH_CHOICE is damaged; expected' env_choice "${forged/=/=1}"
	[[ ! -s $tmp/out ]]
	expect_exit 2 'SHEAFBENCH_CHOICE is damaged; expected' env_choice "v3"
	# Of another executable: as if it were not set.
	cp "$tmp/bin/sheafbench" "$tmp/bin/other"
	printf x >>"$tmp/bin/other"
	SHEAFBENCH=$tmp/bin/other
	describe
	from "^decided now, kept in $tmp/bin/other[.]"
	SHEAFBENCH_CHOICE='' SHEAFBENCH=$tmp/bin/sheafbench
	describe
	from "^decided now, kept in $tmp/bin/sheafbench[.]"
}

# For expect_exit, which calls `bench`.
bench() {
	if [[ $1 == env_choice ]]; then
		SHEAFBENCH_CHOICE=$2 "${wrapper[@]}" "$SHEAFBENCH" cpu
	else
		"${wrapper[@]}" "$SHEAFBENCH" "$@"
	fi
}

chosen_anew() {
	forge_kept
	cp "$kept" "$tmp/forged"
	describe
	is "v3 haswell"
	SHEAFBENCH_CHOICE=$forged describe --choose
	from "^decided now, kept in $tmp/bin/"
	cmp "$kept" "$tmp/forged" && return 1
	cp "$tmp/cpu.json" "$tmp/first.json"
	describe
	from "^file $tmp/bin/"
	jq -es '.[0].choice == .[1].choice' "$tmp/first.json" "$tmp/cpu.json"
	# Nothing to decide: nothing is written.
	cp "$kept" "$tmp/before"
	bench cpu --choose --isa v3 --blis none --hand-down >"$tmp/out"
	[[ $(cat "$tmp/out") == "" ]]
	cmp "$kept" "$tmp/before"
}

overruled() {
	forge_kept
	describe --isa v4
	[[ $(jq -r .isa "$tmp/cpu.json") == v4 ]]
	describe --blis none
	is "v3 none"
	describe --isa v4 --blis skx
	is "v4 skx"
	from '^asked for$'
	# One BLIS for the features of v3: nothing is timed.
	describe --isa v3
	is "v3 haswell"
	from '^asked for$'
	jq -e '.contests == []' "$tmp/cpu.json"
	describe --blis oracle
	is "oracle oracle"
}

by_variable() {
	export SHEAFBENCH_ISA=v3
	describe
	is "v3 haswell"
	jq -e '.choice | test("^level v3: asked for by SHEAFBENCH_ISA")' "$tmp/cpu.json"
	describe --isa baseline
	[[ $(jq -r .isa "$tmp/cpu.json") == baseline ]]
	export SHEAFBENCH_ISA=v9
	expect_exit 2 'unknown SHEAFBENCH_ISA "v9", near v[34]; expected one of auto, ' cpu
	[[ ! -s $tmp/out ]]
	bench cpu --isa v3 --hand-down
	SHEAFBENCH_ISA='' bench cpu --hand-down
}

# Processes of one benchmark run what the first one handed down, though each would decide otherwise; and
# where nothing can be kept they still agree.
bench_agrees() {
	rm -rf "$kept"
	mkdir "$kept"
	: >"$tmp/cache"
	few=(--benchmark_repetitions=4 --benchmark_min_time=0.0001 "--benchmark_filter=^op/add/")
	SHEAFBENCH_CHOICE=$forged bench bench --out "$tmp/forged.d" "${few[@]}"
	jq -e '.context | .isa == "v3" and .blis == "haswell"' "$tmp"/forged.d/throughput/*.json
	bench bench --out "$tmp/free.d" "${few[@]}"
	jq -e '.benchmarks | length == 4' "$tmp"/free.d/throughput/*.json
	rm -rf "$kept" "$tmp/cache"
}

# All runs of an experiment record one choice, and none of them where it is kept.
runs_agree() {
	jq --arg root "$root" '.name = "tiny" | .tasks = [$root + "/configs/tasks/letter_short.json"]
		| .seeds.count = 1 | .train.epochs = 1 | .train.max_steps = 2' configs/smoke.json >"$tmp/tiny.json"
	rm -rf "$kept"
	mkdir "$kept"
	: >"$tmp/cache"
	SHEAFBENCH_RESULTS=$tmp/runs scripts/experiment.sh "$tmp/tiny.json" 2
	rm -rf "$kept" "$tmp/cache"
	jq -es 'length == 4 and (map(.environment.choice) | unique | length) == 1
		and all(.[]; .environment | tostring | contains("/bin/") | not)' "$tmp"/runs/tiny/runs/*/run.json
}

describe >/dev/null
kept=$(find "$tmp/bin" -name '*.choice')
if [[ -z $kept ]]; then
	skip "kernels are chosen once and kept" "this CPU has one candidate of each kind"
	finish
	exit 0
fi
rm "$kept"
check "the choice is decided once and kept beside the program" kept_once
check "a damaged file is made anew" damaged
check "a file of another executable is made anew" foreign
check "where no file can be written it costs time only" unwritable
check "processes that decide at once agree" at_once
describe >/dev/null
check "a choice is handed down, a damaged one refused, another program's ignored" handed_down
describe >/dev/null
forge_kept
forged=$(bench cpu --hand-down)
check "cpu --choose decides anew and writes the file again" chosen_anew
check "--isa and --blis overrule it" overruled
check "SHEAFBENCH_ISA stands for --isa" by_variable
check "processes of a benchmark agree" bench_agrees
check "runs of an experiment record one choice" runs_agree
finish
