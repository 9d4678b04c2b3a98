#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Inputs that cannot be computed with are refused, with their place, before anything is written or
# printed; what is odd but has a meaning is said. TAP; SHEAFBENCH is the program.
# shellcheck source=tests/cli/lib.bash
source "$(dirname "${BASH_SOURCE[0]}")/lib.bash"

export SHEAFBENCH_RESULTS=$tmp/results

# experiment NAME: $tmp/NAME.json of one MoE, one Dense and all of one task, $tmp/NAME.task.json.
experiment() {
	cat >"$tmp/$1.json" <<-END
		{"schema": "sheafbench/experiment/1", "name": "$1", "tasks": ["$1.task.json"],
		 "arms": [{"name": "P", "model_kind": "MoE", "router_kind": "SheafPadic"},
		          {"name": "D", "model_kind": "Dense", "match": {"arm": "P", "on": "active_params"}}],
		 "seeds": {"first": 1, "count": 1}, "train": {"epochs": 1, "batch_size": 16}}
	END
	cat >"$tmp/$1.task.json" <<-END
		{"schema": "sheafbench/task/1", "name": "$1", "source": "csv",
		 "files": [{"role": "data", "path": "$1.csv"}],
		 "columns": [{"name": "a", "role": "numeric"}, {"name": "k", "role": "numeric"},
		             {"name": "y", "role": "label"}],
		 "split": {"test_last": 40}}
	END
}

# table LAST: 200 rows of a and of k, which is 14.62; the last row's a is LAST.
table() {
	awk -v last="$1" 'BEGIN {
		print "a,k,y"
		for (i = 0; i < 199; i++)
			print i % 37 ",14.62," (i % 2 ? "A" : "B")
		print last ",14.62,A"
	}'
}

ids() {
	bench plan "$1" --json 2>/dev/null | jq -r '.[].run_id'
}

outlier() {
	local value
	experiment out
	for value in 1e39 -1e39 1e300; do
		table "$value" >"$tmp/out.csv"
		expect_exit 2 "out.csv:201:1: column a: found $value; expected a number whose encoding is finite" \
			plan "$tmp/out.json"
		expect_exit 2 "found $value" run "$tmp/out.json" --id 0
	done
	[[ ! -e $SHEAFBENCH_RESULTS/out ]]
}

constant() {
	local id
	experiment good
	table 5 >"$tmp/good.csv"
	bench plan "$tmp/good.json" 2>"$tmp/err" >"$tmp/plan"
	grep -qx "note: $tmp/good.csv: column k: 14.62 in all training rows: its input is 0 for any value" "$tmp/err"
	bench plan "$tmp/good.json" 2>"$tmp/err" >"$tmp/plan"
	absent note "$tmp/err"
	printf 'a,k\n5,14.62\n5,100\n' >"$tmp/rows.csv"
	for id in $(ids "$tmp/good.json"); do
		bench run "$tmp/good.json" --id "$id" --quiet
		bench predict "$SHEAFBENCH_RESULTS/good/runs/$id" "$tmp/rows.csv" >"$tmp/out"
		[[ $(sed -n '2s/^1//p' "$tmp/out") == "$(sed -n '3s/^2//p' "$tmp/out")" ]]
	done
}

# Twenty columns are named, the others counted.
many_constants() {
	experiment many
	jq '.columns = [.columns[0], .columns[2]] + [range(25) | {name: "k\(.)", role: "numeric"}]' \
		"$tmp/many.task.json" >"$tmp/new"
	mv "$tmp/new" "$tmp/many.task.json"
	table 5 | awk -F , -v OFS=, '{ $2 = NR == 1 ? "k0" : 7
		for (i = 1; i < 25; i++) $2 = $2 OFS (NR == 1 ? "k" i : 7)
		print }' >"$tmp/many.csv"
	bench plan "$tmp/many.json" 2>"$tmp/err" >"$tmp/plan"
	[[ $(grep -c '^note: .*: column k[0-9]*: 7 in all training rows' "$tmp/err") -eq 20 ]]
	grep -qx "note: $tmp/many.csv: 5 more columns are such" "$tmp/err"
}

# Every number that is printed is one, and a refused file prints nothing.
predicted() {
	local id value status
	for id in $(ids "$tmp/good.json"); do
		for value in 1e5 -1e15 1e18 1e30 1e37 1e38 1e39 1e308 -1e308; do
			printf 'a,k\n1,2\n%s,2\n' "$value" >"$tmp/rows.csv"
			status=0
			bench predict "$SHEAFBENCH_RESULTS/good/runs/$id" "$tmp/rows.csv" \
				>"$tmp/out" 2>"$tmp/err" || status=$?
			echo "$value: exit $status"
			if [[ $status -eq 0 ]]; then
				[[ $(wc -l <"$tmp/out") -eq 3 ]]
				absent 'inf\|nan' "$tmp/out"
			else
				[[ $status -eq 2 && ! -s $tmp/out ]]
				grep -q 'rows.csv:3' "$tmp/err"
			fi
		done
		[[ $status -eq 2 ]]
	done
}

# A preloaded library that rounds upward gave runs other ids and numbers other digits.
other_arithmetic() {
	local mode status
	cat >"$tmp/mode.c" <<-'END'
		#include <fenv.h>
		#include <stdlib.h>
		#ifdef __SSE2__
		#include <xmmintrin.h>
		#endif
		__attribute__((constructor)) static void set(void)
		{
			if (getenv("ROUND_UP"))
				fesetround(FE_UPWARD);
		#ifdef __SSE2__
			if (getenv("FLUSH"))
				_mm_setcsr(_mm_getcsr() | 0x8040);
		#endif
		}
	END
	cc -shared -fPIC -o "$tmp/mode.so" "$tmp/mode.c" -lm
	for mode in ROUND_UP FLUSH; do
		[[ $mode == ROUND_UP || $(uname -m) == x86_64 ]] || continue
		status=0
		env "$mode=1" LD_PRELOAD="$tmp/mode.so" ASAN_OPTIONS="${ASAN_OPTIONS:-}:verify_asan_link_order=0" \
			"$SHEAFBENCH" plan configs/smoke.json >"$tmp/out" 2>"$tmp/err" || status=$?
		cat "$tmp/err"
		[[ $status -eq 3 && ! -s $tmp/out && $(wc -l <"$tmp/err") -eq 1 ]]
		grep -q 'another arithmetic.*expected round to nearest' "$tmp/err"
	done
}

# What diverges is a failed run, with its reason; no record of it is left.
diverged() {
	local id status
	experiment wild
	table 5 >"$tmp/wild.csv"
	jq '.train.lr = 1000 | .train.epochs = 100 | .train.schedule = "constant" | .train.warmup = 0
		| .train.weight_decay = 1000' "$tmp/wild.json" >"$tmp/wild2.json"
	for id in $(ids "$tmp/wild2.json"); do
		status=0
		bench run "$tmp/wild2.json" --id "$id" --quiet >"$tmp/out" 2>"$tmp/err" || status=$?
		cat "$tmp/err"
		[[ $status -eq 1 && ! -s $tmp/out ]]
		# By the epoch in which it happened, not by the evaluation at the end.
		grep -Eq 'training diverged: (loss|weight [0-9]+ is) [^ ]+ (at|after) step [0-9]+;' "$tmp/err"
		[[ ! -e $SHEAFBENCH_RESULTS/wild/runs/$id ]]
	done
}

gzip_rest() {
	experiment zip
	sed -i 's/zip.csv/zip.csv.gz/' "$tmp/zip.task.json"
	table 5 >"$tmp/zip.csv"
	head -100 "$tmp/zip.csv" | gzip -n >"$tmp/first"
	tail -n +101 "$tmp/zip.csv" | gzip -n >"$tmp/second"
	cat "$tmp/first" "$tmp/second" >"$tmp/zip.csv.gz"
	bench plan "$tmp/zip.json" --json 2>/dev/null | jq -e 'length == 2' >/dev/null
	{
		cat "$tmp/first"
		printf '\x1f\x8c'
		tail -c +3 "$tmp/second"
	} >"$tmp/zip.csv.gz"
	expect_exit 2 "what follows the last gzip member, from byte $(wc -c <"$tmp/first") on, is no gzip member" \
		plan "$tmp/zip.json"
}

loops() {
	experiment loop
	ln -s loop.csv "$tmp/loop.csv"
	expect_exit 2 'loop.csv: cannot open: ' plan "$tmp/loop.json"
	rm "$tmp/loop.task.json"
	ln -s loop.task.json "$tmp/loop.task.json"
	expect_exit 2 "tasks\[0\]: $tmp/loop.task.json: cannot open: " plan "$tmp/loop.json"
}

fifo() {
	experiment pipe
	mkfifo "$tmp/pipe.csv"
	expect_exit 2 'pipe.csv: found a FIFO' plan "$tmp/pipe.json"
}

check "a value whose encoding is not finite is refused before training" outlier
check "a constant column is 0 for any value, and said once" constant
check "of many such columns some are named" many_constants
check "predict prints finite numbers or nothing" predicted
check "training that diverges is a failed run" diverged
check "every byte of a gzip file is accounted for" gzip_rest
check "loops of symbolic links are named" loops
check "a FIFO is refused at once" fifo
if [[ ${#wrapper[@]} -gt 0 ]] || ! command -v cc >/dev/null; then
	skip "another arithmetic is refused at the start" "no library of this machine can be preloaded"
else
	check "another arithmetic is refused at the start" other_arithmetic
fi
finish
