#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Memory that ends: one allocation, or all from one on, give nothing. The command ends with exit 3 and
# one line that says so, or does without and ends well with the right bytes. Nothing half written is
# left, and done again it ends as if nothing had been. FAULTS of all allocations, chosen by SEED.
# shellcheck source=tests/faults/lib.bash
source "$(dirname "${BASH_SOURCE[0]}")/lib.bash"

FAULTS=${FAULTS:-10}
# The shell has an allocator of its own.
read -r -a cases <<<"${cases[*]/#experiment}"
[[ ${#cases[@]} -gt 0 ]] || FAULTS=0
declare -A calls=()

endures() {
	local case=$1 at=$2 on=$3 status
	prepare "$case"
	rm -f "$tmp/injected"
	status=$(do_case "$case" env LD_PRELOAD="$alloc" FAIL_ALLOC="$at" \
		FAIL_ALLOC_REPORT="$tmp/injected" ${on:+FAIL_ALLOC_ON=1})
	cat "$tmp/injected"
	grep -q '^injected' "$tmp/injected" || return 0 # fewer allocations than when they were counted
	echo "exit $status"
	cat "$tmp/err"
	if [[ $status -eq $(expected_exit "$case") ]]; then
		as_undisturbed "$case"
	else
		# The library of threads has a blank line before.
		[[ $status -eq 3 && $(grep -c . "$tmp/err") -eq 1 ]]
		grep -qi 'memory' "$tmp/err"
	fi
	again "$case"
}

# every_allocation ARGUMENTS, of a command that refuses a file: a text that found no memory is not a faulty
# one, wherever it ended. The file is refused before libcrypto, which does not bear it everywhere, is begun.
every_allocation() {
	local at status
	expect_exit 2 expected "$@"
	cp "$tmp/err" "$tmp/refused"
	for ((at = 1; ; at++)); do
		status=0
		rm -f "$tmp/injected"
		LD_PRELOAD=$alloc FAIL_ALLOC=$at FAIL_ALLOC_REPORT=$tmp/injected "$SHEAFBENCH" \
			"$@" >"$tmp/out" 2>"$tmp/err" || status=$?
		grep -q '^injected' "$tmp/injected" || break
		echo "allocation $at: exit $status"
		cat "$tmp/err"
		if [[ $status -eq 2 ]]; then
			cmp "$tmp/refused" "$tmp/err"
		else
			[[ $status -eq 3 && $(wc -l <"$tmp/err") -eq 1 ]]
			grep -q 'out of memory' "$tmp/err"
		fi
	done
	[[ $at -gt 5 ]]
}

read -r -a sanitized <<<"$(ldd "$SHEAFBENCH" 2>/dev/null | grep -o 'lib[a-z]*san' | head -n 1 || true)"
if [[ ${#wrapper[@]} -gt 0 || ${#sanitized[@]} -gt 0 ]] || nm "$SHEAFBENCH" 2>/dev/null | grep -q __asan_init; then
	skip "failing allocations" "the program has an allocator of its own, or runs under another"
	finish
	exit 0
fi
check "every allocation of a reader of JSON" every_allocation arch describe tests/bad/arch/moe_without_experts.json
echo '{"schema": "sheafbench/trace/0"}' >"$tmp/other.trace"
check "every allocation of a reader of traces" every_allocation verify --bisect "$tmp/other.trace" "$tmp/other.trace"
for ((fault = 0; fault < FAULTS; fault++)); do
	case=${cases[fault % ${#cases[@]}]}
	if [[ -z ${calls[$case]:-} ]]; then
		prepare "$case"
		rm -f "$tmp/counted"
		do_case "$case" env LD_PRELOAD="$alloc" FAIL_ALLOC=1000000000 \
			FAIL_ALLOC_REPORT="$tmp/counted" >/dev/null
		calls[$case]=$(sed -n 's/^calls //p' "$tmp/counted" | head -n 1)
	fi
	roll "${calls[$case]}"
	at=$((rolled + 1))
	roll 2
	check "$case: allocation $at of ${calls[$case]}$([[ $rolled -eq 0 ]] || echo " and all after it")" \
		endures "$case" "$at" "$([[ $rolled -eq 0 ]] || echo on)"
done
finish
