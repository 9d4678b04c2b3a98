#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# verify: golden hashes are compared and guarded, and --bisect finds an ulp wherever it was changed.
# TAP; SHEAFBENCH is the program. FLIPS sets how many places are tried (default 6).
# shellcheck source=tests/cli/lib.bash
source "$(dirname "${BASH_SOURCE[0]}")/lib.bash"

cat >"$tmp/small.json" <<EOF
{"schema": "sheafbench/experiment/1", "name": "small", "tasks": ["letter_short"], "size": "Nano",
 "arms": [
   {"name": "SheafPadic", "model_kind": "MoE", "router_kind": "SheafPadic"},
   {"name": "Dense", "model_kind": "Dense", "match": {"arm": "SheafPadic", "on": "total_params"}}],
 "seeds": {"first": 3, "count": 1},
 "train": {"epochs": 1, "batch_size": 64, "max_steps": 12, "override_task": true}}
EOF

status=0
{
	bench verify "$tmp/small.json" --write --out "$tmp/r" &&
		bench verify "$tmp/small.json" --out "$tmp/r" &&
		bench verify "$tmp/small.json" --out "$tmp/r" --blis oracle
} >"$tmp/output" 2>&1 || status=1
report "$status" "golden hashes are written and found again, with the oracle too"

sed -i '0,/"weights_sha256": "./s//"weights_sha256": "0/; s/"0\(.\)/"0\1/' "$tmp/r/golden/small.json"
sed -i 's/\("weights_sha256": "0\)./\1f/' "$tmp/r/golden/small.json"
status=0
bench verify "$tmp/small.json" --out "$tmp/r" >"$tmp/output" 2>&1 || status=$?
[[ $status -eq 1 ]] && grep -q DIFFERENT "$tmp/output" && status=0 || status=1
report "$status" "a golden hash that does not hold is exit 1 and named"

cp "$tmp/r/golden/small.json" "$tmp/before"
status=0
bench verify "$tmp/small.json" --write --out "$tmp/r" >"$tmp/output" 2>&1 || status=$?
[[ $status -eq 1 ]] && cmp -s "$tmp/before" "$tmp/r/golden/small.json" && status=0 || status=1
report "$status" "a hash is not rewritten under the same contract version"

jq 'del(.runs[.runs | keys[0]])' "$tmp/before" >"$tmp/r/golden/small.json"
status=0
bench verify "$tmp/small.json" --out "$tmp/r" >"$tmp/output" 2>&1 || status=$?
[[ $status -eq 1 ]] && grep -q 'has no golden hash' "$tmp/output" && status=0 || status=1
report "$status" "a golden file that lacks a run is exit 1"

# Places: a fixed sequence over steps 1..12, all tensors, any element.
if [[ -n ${EXEC_WRAPPER:-} ]]; then
	skip "--bisect finds a changed ulp" "it starts the program itself"
	finish
	exit 0
fi
flips=${FLIPS:-6}
# bash would run what else it counts with.
if [[ ! $flips =~ ^[1-9][0-9]{0,5}$ ]]; then
	echo "verify: found FLIPS=${flips//[[:cntrl:]]/?}; expected a number" >&2
	exit 2
fi
found=0
seed=12345
: >"$tmp/output"
for id in $(bench plan "$tmp/small.json" --pending --out "$tmp/r" 2>/dev/null); do
	bench run "$tmp/small.json" --id "$id" --out "$tmp/r" --trace --quiet >/dev/null
	cp "$tmp/r/small/runs/$id.trace" "$tmp/$id.trace"
	tensors=$(head -n 1 "$tmp/$id.trace" | tr -d '\n' | jq '.tensors | length')
	for ((i = 0; i < flips / 2; i++)); do
		seed=$(((seed * 1103515245 + 12345) % 2147483648))
		step=$((seed / 65536 % 12 + 1))
		tensor=$((seed / 7 % tensors))
		element=$((seed / 3 % 1000003))
		# A refusal says how many elements there are.
		bench run "$tmp/small.json" --id "$id" --out "$tmp/f" --trace --quiet \
			--flip "$step:$tensor:$element" >/dev/null 2>"$tmp/err" || {
			last=$(sed -n 's/^--flip: element .* expected 0 to \([0-9]*\)$/\1/p' "$tmp/err")
			element=$((element % (last + 1)))
			bench run "$tmp/small.json" --id "$id" --out "$tmp/f" --trace --quiet \
				--flip "$step:$tensor:$element" >/dev/null
		}
		name=$(head -n 1 "$tmp/$id.trace" | jq -r ".tensors[$tensor]")
		bench verify --bisect "$tmp/$id.trace" "$tmp/f/small/runs/$id.trace" \
			>"$tmp/place" 2>/dev/null || true
		size=$(sed -n 's/.* differ, of \([0-9]*\))/\1/p' "$tmp/place")
		if grep -qF "step $step, tensor $name" "$tmp/place" && [[ -n $size ]] &&
			grep -qF "element $element (first of 1 " "$tmp/place"; then
			found=$((found + 1))
		else
			{
				echo "flip $step:$tensor:$element ($name)"
				cat "$tmp/place"
			} >>"$tmp/output"
		fi
	done
done
[[ $found -eq $((flips / 2 * 2)) ]] && status=0 || status=1
report "$status" "--bisect finds a changed ulp: $found of $((flips / 2 * 2)) places"

# Two traces of the last run that differ.
a=$tmp/$id.trace b=$tmp/f/small/runs/$id.trace

# The reason of a run that cannot be made again stands in the one message.
one_reason() {
	local trace
	for trace in "$a" "$b"; do
		{
			head -n 1 "$trace" | sed 's|small\.json|gone.json|'
			tail -n +2 "$trace"
		} >"$tmp/gone-$(md5sum <"$trace" | cut -c 1-4).trace"
	done
	expect_exit 3 'cannot be made again on this machine: .*gone.json' verify --bisect "$tmp"/gone-*.trace
}

# What it needs for a while is gone afterwards, and so is what a killed one left; another's stays.
scratch_is_removed() {
	local status=0
	mkdir -p "$tmp/scratch/sheafbench.00000000-1-1.tmp/x" "$tmp/scratch/sheafbench.00000000-2-1.tmp" \
		"$tmp/scratch/other.00000000-1-1.tmp"
	touch "$tmp/scratch/sheafbench.00000000-1-1.tmp/x/tensor"
	touch -d '2 days ago' "$tmp/scratch/sheafbench.00000000-1-1.tmp" "$tmp/scratch/other.00000000-1-1.tmp"
	TMPDIR=$tmp/scratch bench verify --bisect "$a" "$b" >"$tmp/out" || status=$?
	[[ $status -eq 1 ]]
	[[ $(cd "$tmp/scratch" && echo *) == "other.00000000-1-1.tmp sheafbench.00000000-2-1.tmp" ]]
	status=0
	TMPDIR=$tmp/nowhere bench verify --bisect "$a" "$b" >"$tmp/out" 2>"$tmp/err" || status=$?
	[[ $status -eq 3 ]]
	grep -q 'nowhere/sheafbench.*cannot create' "$tmp/err"
}

check "--bisect says in one line why a run cannot be made again" one_reason
check "--bisect leaves nothing, and removes what a killed one left" scratch_is_removed
finish
