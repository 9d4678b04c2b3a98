#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Threads within a run: the bits, the record and the refusals. TAP; SHEAFBENCH is the program.
# shellcheck source=tests/cli/lib.bash
source "$(dirname "${BASH_SOURCE[0]}")/lib.bash"

# Every arm of both tasks, the second with two heads and all options of the router.
jq --arg root "$root" '.name = "threads" | .tasks = [.tasks[] | $root + "/configs/tasks/" + . + ".json"]
	| .seeds.count = 1 | .train.max_steps = 12' configs/smoke.json >"$tmp/threads.json"
bench plan "$tmp/threads.json" --json --out "$tmp/none" 2>/dev/null | jq -r '.[].run_id' >"$tmp/ids"

# results FOLDER OPTIONS ...: trains every run there; what must not differ, a line each.
results() {
	local folder=$1 id
	shift
	while read -r id; do
		bench run "$tmp/threads.json" --id "$id" --out "$folder" --quiet "$@" </dev/null
		jq -Sc 'del(.timing, .environment, .files, .sha256)' "$folder/threads/runs/$id/run.json"
		jq -c 'del(.seconds)' "$folder/threads/runs/$id/metrics.jsonl"
	done <"$tmp/ids"
}

same() { # NAME FOLDER OPTIONS ...
	local name=$1 status=0
	shift
	results "$@" >"$tmp/output" 2>&1 || status=1
	cmp -s "$tmp/output" "$tmp/expected" || status=1
	report "$status" "same bits: $name"
}

results "$tmp/none" >"$tmp/expected" 2>&1 || true
status=0
[[ $(wc -l <"$tmp/ids") -eq 8 && $(grep -c 'weights_sha256=' "$tmp/expected") -eq 8 ]] || status=1
cp "$tmp/expected" "$tmp/output"
report "$status" "eight runs on one thread"
for count in 1 2 3 7; do
	same "$count threads" "$tmp/$count" --threads "$count"
done
same "3 threads of the oracle's ops" "$tmp/oracle" --threads 3 --blis oracle
cpu=$(taskset -cp $$ | sed 's/.*: \([0-9]*\).*/\1/')
wrapper=(taskset -c "$cpu" "${wrapper[@]}")
same "7 threads on one CPU" "$tmp/one" --threads 7
wrapper=("${wrapper[@]:3}")

recorded() {
	local id
	id=$(head -n 1 "$tmp/ids")
	jq -e '.environment.threads == 1' "$tmp/none/threads/runs/$id/run.json"
	jq -e '.environment.threads == 7' "$tmp/7/threads/runs/$id/run.json"
	# Records from before the field are read; one that says nonsense is not.
	edit_record "$tmp/7/threads/runs/$id/run.json" 'del(.environment.threads)'
	[[ $(bench plan "$tmp/threads.json" --out "$tmp/7" --json | jq -r '.[0].state') == "done" ]]
	edit_record "$tmp/7/threads/runs/$id/run.json" '.environment.threads = 0'
	[[ $(bench plan "$tmp/threads.json" --out "$tmp/7" --json | jq -r '.[0].state') == damaged ]]
}

verified() {
	bench verify "$tmp/threads.json" --id "$(sed -n 2p "$tmp/ids")" --out "$tmp/none" --threads 2
}

profiled() {
	local id
	id=$(head -n 1 "$tmp/ids")
	bench run "$tmp/threads.json" --id "$id" --out "$tmp/none" --profile --quiet --threads 2 >"$tmp/out"
	cat "$tmp/out"
	grep -q '^adamw ' "$tmp/out"
	grep -q '^gemm, own, all experts .* 8\.0 ' "$tmp/out"
	grep -qF "$(grep -o "$id weights_sha256=[0-9a-f]*" "$tmp/expected")" "$tmp/out"
}

refused() {
	local id text
	id=$(head -n 1 "$tmp/ids")
	for text in 0 -1 1025 99999999999999999999 2x 1.5 ' 2' +2 auto; do
		expect_exit 2 '^--threads ".*"; expected a number from 1 to 1024$' \
			run "$tmp/threads.json" --id "$id" --threads "$text" --out "$tmp/refused"
		expect_exit 2 '^--threads ".*"; expected a number from 1 to 1024$' \
			verify "$tmp/threads.json" --threads "$text" --out "$tmp/refused"
	done
	expect_exit 2 '^--threads given twice' \
		run "$tmp/threads.json" --id "$id" --threads 2 --threads 2 --out "$tmp/refused"
	expect_exit 2 '^--threads without a value' run "$tmp/threads.json" --id "$id" --threads
	[[ ! -e $tmp/refused ]]
}

# 1024 stacks do not fit.
no_memory() (
	ulimit -v 1048576
	expect_exit 3 '^cannot start more than [0-9]* of 1024 threads: .*; expected fewer threads' \
		run "$tmp/threads.json" --id "$(head -n 1 "$tmp/ids")" --threads 1024 --out "$tmp/full"
)

# One run left of two at a time has both processors, where there are two, and is predicted so.
jobs() {
	local id count
	id=$(tail -n 1 "$tmp/ids")
	count=$(getconf _NPROCESSORS_ONLN)
	count=$((count < 2 ? 1 : 2))
	rm -r "$tmp/3/threads/runs/$id" "$tmp/3/.cache"
	bench plan "$tmp/threads.json" --jobs 2 --out "$tmp/3"
	# Network and batch in ten numbers, then the threads that its steps were measured with.
	grep -rqE "^step( [0-9]+){10} $count " "$tmp/3/.cache/forecast"
	bench run "$tmp/threads.json" --jobs 2 --out "$tmp/3"
	jq -e --argjson count "$count" '.environment.threads == $count' "$tmp/3/threads/runs/$id/run.json"
	[[ $(jq -r .weights_sha256 "$tmp/3/threads/runs/$id/run.json") == \
		"$(jq -r .weights_sha256 "$tmp/none/threads/runs/$id/run.json")" ]]
}

check "records say how many threads there were" recorded
check "the last run of several jobs has the threads of all" jobs
check "verify with threads" verified
check "a profile counts ops, not their parts" profiled
check "numbers of threads that are none" refused
if grep -q __asan_init "$SHEAFBENCH" || [[ ${#wrapper[@]} -gt 0 ]]; then
	skip "more threads than there is memory for" "sanitizers and wrappers need the address space"
else
	check "more threads than there is memory for" no_memory
fi
finish
