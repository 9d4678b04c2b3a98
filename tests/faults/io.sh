#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Calls that fail. One call of a command fails, with an error that such a call can have, or writes half
# of what it should. Then the command either ends well with the right bytes, or says in one line what
# could not be done and ends with exit 3 (2 where a place that the user named could not be opened, and
# in the driver of many runs 1, with the run listed); and done again it ends as if nothing had been.
# FAULTS of all places are tried, chosen by SEED; FAULTS=all tries every one.
# shellcheck source=tests/faults/lib.bash
source "$(dirname "${BASH_SOURCE[0]}")/lib.bash"

FAULTS=${FAULTS:-10}
declare -A errors=(
	[open]="EMFILE EACCES EROFS ENOSPC EIO" [write]="ENOSPC EIO EDQUOT SHORT" [fsync]="EIO ENOSPC"
	[ftruncate]="ENOSPC EIO" [close]="EIO ENOSPC" [rename]="EACCES ENOSPC EROFS"
	[mkdir]="EACCES ENOSPC EROFS" [unlink]="EACCES EROFS EIO" [read]="EIO" [mmap]="ENOMEM"
)
kinds="open write fsync ftruncate close rename mkdir unlink read mmap"
places=(--under "$work" --under "$TMPDIR" --under "$tmp/out" --under "$root/tests/fuzz" --under "$config")

# says_why CASE STATUS KIND: whether a command that failed did so as it should.
says_why() {
	local case=$1 status=$2 kind=$3 lines
	lines=$(grep -c . "$tmp/err" || true)
	case $case-$kind-$status in
	experiment-*-[123] | jobs-*-[123]) [[ $lines -ge 1 ]] ;;
	*-3) [[ $lines -eq 1 ]] ;;
	*-open-2 | *-read-2 | *-mkdir-2) [[ $lines -eq 1 ]] ;;
	*) return 1 ;;
	esac
}

# endures CASE KIND AT ERROR
endures() {
	local case=$1 kind=$2 at=$3 error=$4 status left_over='' how=(--errno "$4")
	[[ $kind != unlink ]] || left_over=left_over
	[[ $error != SHORT ]] || how=(--short)
	prepare "$case"
	rm -f "$tmp/injected"
	status=$(do_case "$case" "$inject" --calls "$kind" "${places[@]}" --at "$at" "${how[@]}" \
		--report "$tmp/injected")
	if ! grep -q '^injected ' "$tmp/injected"; then
		echo "not reached any more: $(cat "$tmp/injected")"
		return 0
	fi
	grep '^injected' "$tmp/injected"
	echo "exit $status"
	cat "$tmp/err"
	if [[ $status -eq $(expected_exit "$case") ]]; then
		# What was left out or is not the same would show.
		as_undisturbed "$case" "$left_over"
	else
		says_why "$case" "$status" "$kind"
	fi
	again "$case"
}

if ! "$inject" true 2>/dev/null; then
	skip "failing calls" "$("$inject" true 2>&1 || true)"
	finish
	exit 0
fi
declare -A number_of=()
for word in "${cases[@]}" $kinds; do number_of[$word]=${#number_of[@]}; done
for case in "${cases[@]}"; do
	prepare "$case"
	do_case "$case" "$inject" --calls "${kinds// /,}" "${places[@]}" --report "$tmp/counted" >/dev/null
	for kind in $kinds; do
		count=$(awk -v kind="$kind" '$1 == "kind" && $2 == kind { n += $3 } END { print n + 0 }' "$tmp/counted")
		# Many calls of the driver are those of the shell and of GNU Parallel.
		[[ ($case != experiment && $case != jobs) || $kind != read ]] || continue
		for ((at = 1; at <= count; at++)); do
			# By place, not in turn: how many calls the driver makes depends on the time.
			rolling=$((SEED * 7919 + ${number_of[$case]} * 104729 + ${number_of[$kind]} * 1299709 + at * 15485863 + 1))
			rolling=$((rolling % 2147483647))
			read -r -a known <<<"${errors[$kind]}"
			roll "${#known[@]}"
			error=${known[rolled]}
			roll 1000000
			printf '%06d %s %s %s %s\n' "$rolled" "$case" "$kind" "$at" "$error"
		done
	done
done >"$tmp/all-places"
# As many of every command, then of what is left: the driver has more calls than all others together.
sort "$tmp/all-places" | awk '{ print ++seen[$2], $0 }' | sort -s -n -k 1,1 | cut -d ' ' -f 3- >"$tmp/places"
[[ $FAULTS == all ]] || sed -i "$((FAULTS + 1)),\$d" "$tmp/places"
while read -r case kind at error; do
	check "$case: $kind $at gives $error" endures "$case" "$kind" "$at" "$error"
done <"$tmp/places"
finish
