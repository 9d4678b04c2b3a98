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
		bench run "$tmp/small.json" --id "$id" --out "$tmp/f" --trace --quiet \
			--flip "$step:$tensor:$element" >/dev/null
		name=$(head -n 1 "$tmp/$id.trace" | jq -r ".tensors[$tensor]")
		bench verify --bisect "$tmp/$id.trace" "$tmp/f/small/runs/$id.trace" \
			>"$tmp/place" 2>/dev/null || true
		# The element is taken modulo the tensor's size.
		size=$(sed -n 's/.* differ, of \([0-9]*\))/\1/p' "$tmp/place")
		if grep -qF "step $step, tensor $name" "$tmp/place" && [[ -n $size ]] &&
			grep -qF "element $((element % size)) (first of 1 " "$tmp/place"; then
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
finish
