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

# The first hash gets another first digit.
jq '.weights_sha256[.weights_sha256 | keys[0]] |= (if .[:1] == "0" then "1" else "0" end + .[1:])' \
	"$tmp/r/golden/small.json" >"$tmp/edited"
cp "$tmp/edited" "$tmp/r/golden/small.json"
status=0
bench verify "$tmp/small.json" --out "$tmp/r" >"$tmp/output" 2>&1 || status=$?
[[ $status -eq 1 ]] && grep -q DIFFERENT "$tmp/output" && status=0 || status=1
report "$status" "a golden hash that does not hold is exit 1 and named"

cp "$tmp/r/golden/small.json" "$tmp/before"
status=0
bench verify "$tmp/small.json" --write --out "$tmp/r" >"$tmp/output" 2>&1 || status=$?
[[ $status -eq 1 ]] && cmp -s "$tmp/before" "$tmp/r/golden/small.json" && status=0 || status=1
report "$status" "a hash is not rewritten under the same contract version"

jq 'del(.weights_sha256[.weights_sha256 | keys[0]])' "$tmp/before" >"$tmp/r/golden/small.json"
status=0
bench verify "$tmp/small.json" --out "$tmp/r" >"$tmp/output" 2>&1 || status=$?
[[ $status -eq 1 ]] && grep -q 'has no golden hash' "$tmp/output" && status=0 || status=1
report "$status" "a golden file that lacks a run is exit 1"

# Records are taken as they are, what has none is trained; a sample is a part of the runs, another with
# another seed, the same with the same.
sampled() {
	jq '.name = "sampled" | .seeds.count = 5 | .train.max_steps = 2' "$tmp/small.json" >"$tmp/sampled.json"
	local id
	id=$(bench plan "$tmp/sampled.json" --pending --out "$tmp/s" 2>/dev/null | head -n 1)
	bench run "$tmp/sampled.json" --id "$id" --out "$tmp/s" --quiet
	bench verify "$tmp/sampled.json" --write --out "$tmp/s" | grep -q '10 runs, 1 of their records, 9 trained$'
	bench verify "$tmp/sampled.json" --sample 25% --out "$tmp/s" >"$tmp/one"
	bench verify "$tmp/sampled.json" --sample 3 --sample-seed 1 --out "$tmp/s" >"$tmp/same"
	bench verify "$tmp/sampled.json" --sample 3 --sample-seed 2 --out "$tmp/s" >"$tmp/other"
	grep -q '^sample 25%, seed 1: 3 of 10 runs$' "$tmp/one"
	grep -q '^3 of 3 runs have the golden bits' "$tmp/one"
	[[ $(grep -c '^same ' "$tmp/one") -eq 3 ]]
	cmp <(grep '^same ' "$tmp/one") <(grep '^same ' "$tmp/same")
	if cmp -s <(grep '^same ' "$tmp/one") <(grep '^same ' "$tmp/other"); then
		return 1
	fi
	local wrong
	for wrong in 0 11 0% 101% 1.5 x 5%% -1; do
		expect_exit 2 'a share as 5%, or a number of runs' verify "$tmp/sampled.json" --sample "$wrong" --out "$tmp/s"
	done
	expect_exit 2 'sample-seed "x"' verify "$tmp/sampled.json" --sample 1 --sample-seed x --out "$tmp/s"
	expect_exit 2 'sample-seed alone' verify "$tmp/sampled.json" --sample-seed 1 --out "$tmp/s"
	# A record whose weights are damaged makes no golden hash.
	change_byte "$tmp/s/sampled/runs/$id/model.safetensors" 100000
	expect_exit 2 'model.safetensors' verify "$tmp/sampled.json" --write --out "$tmp/s"
}

# What an earlier contract made is read, compared, and not mixed with what is made now.
earlier_contract() {
	local id old folder=$tmp/s/sampled/runs
	id=$(bench plan "$tmp/sampled.json" --json --out "$tmp/s" 2>/dev/null | jq -r '.[1].run_id')
	bench run "$tmp/sampled.json" --id "$id" --out "$tmp/s" --quiet
	old=$(sed -n 's/^  "config": \(.*\),$/\1/p' "$folder/$id/run.json" | sed 's/"contract":2,/"contract":1,/' |
		tr -d '\n' | sha256sum | cut -c 1-16)
	mv "$folder/$id" "$folder/$old"
	sed -i "s/\"contract\":2,/\"contract\":1,/; s/^  \"contract\": 2,/  \"contract\": 1,/; s/\"run_id\": \"$id\"/\"run_id\": \"$old\"/" \
		"$folder/$old/run.json"
	seal "$folder/$old/run.json"
	bench verify "$tmp/sampled.json" --id "$old" --out "$tmp/s" >"$tmp/out"
	grep -q "^run  *$id " "$tmp/out"
	grep -q "^contract  *1 then; since then 2: AdamW's moments below" "$tmp/out"
	grep -q "^same  *weights .*/$old/run.json$" "$tmp/out"
	bench explain "$old" --out "$tmp/s" >"$tmp/out"
	grep -q '^contract  *1$' "$tmp/out"
	bench plan "$tmp/sampled.json" --pending --out "$tmp/s" 2>"$tmp/err" | grep -q "^$id$"
	grep -q ', 1 done under an earlier contract' "$tmp/err"
	bench table "$tmp/sampled.json" --out "$tmp/s" >"$tmp/out"
	jq -e '.contract == 2 and .runs == 1' "$tmp/s/sampled/sampled.json" >/dev/null
	jq '.contract = 1' "$tmp/s/golden/sampled.json" >"$tmp/edited"
	cp "$tmp/edited" "$tmp/s/golden/sampled.json"
	expect_exit 1 "contract: found contract 1; this program computes contract 2: AdamW's moments" \
		verify "$tmp/sampled.json" --out "$tmp/s"
	jq '.contract = 1' "$tmp/s/sampled/sampled.json" >"$tmp/edited"
	cp "$tmp/edited" "$tmp/s/sampled/sampled.json"
	expect_exit 1 'contract: found contract 1; this program computes contract 2' \
		explain letter_short/Dense/accuracy "$tmp/sampled.json" --out "$tmp/s"
}

check "golden hashes come of records; --sample takes some, by its seed" sampled
check "an earlier contract's records are read, compared, and not mixed" earlier_contract

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
