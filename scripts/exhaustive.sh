#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs PROGRAM on every level in LEVELS that this CPU has and compares the hashes of all outputs with
# tests/exhaustive/golden.txt. Exit 1 on a difference.
# shellcheck source=scripts/lib.bash
source "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/lib.bash"

program=$1
read -r -a levels <<<"$2"
read -r -a options <<<"${3:+--errors}"
root=$(dirname "$(dirname "$(realpath "${BASH_SOURCE[0]}")")")
golden=$root/tests/exhaustive/golden.txt
status=0

for level in "${levels[@]}"; do
	case $level in
	v3) feature=avx2 ;;
	v4) feature=avx512f ;;
	*) feature= ;;
	esac
	if [[ -n $feature ]] && ! grep -qw "$feature" /proc/cpuinfo; then
		say "$level: not run, this CPU has no $feature"
		continue
	fi
	functions=0
	while read -r name hash order rest; do
		if grep -qx "$name $hash $order" "$golden"; then
			say "$level: $name same, $order $rest"
			functions=$((functions + 1))
		else
			say "$level: $name DIFFERENT: $hash $order; expected $(grep "^$name " "$golden")"
			status=1
		fi
	done < <("$program" "$level" "${options[@]}")
	# A program that dies has fewer lines to show, none of them wrong.
	if [[ $functions -ne $(wc -l <"$golden") ]]; then
		say "$level: $functions of $(wc -l <"$golden") functions are the same"
		status=1
	fi
done
exit "$status"
