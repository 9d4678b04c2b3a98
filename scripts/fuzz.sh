#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Fuzzes readers: fuzz.sh BUILD SECONDS RUNS JOBS [TARGET ...]. JOBS targets at a time share SECONDS,
# or RUNS inputs where that is given. Found inputs stay in BUILD/corpus, reproducers in BUILD/crashes.
# The last lines are a summary per target. Exit 1: a target crashed, leaked or hung; 2: bad usage.
# With --check first it only says what is wrong with the words after it.
# shellcheck source=scripts/lib.bash
source "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/lib.bash"

root=$(dirname "$(dirname "$(realpath "${BASH_SOURCE[0]}")")")
cd "$root"
check=
if [[ ${1:-} == --check ]]; then
	check=1
	shift
fi
if [[ $# -lt 4 || ! $2 =~ ^[1-9][0-9]{0,8}$ || ! $3 =~ ^([1-9][0-9]{0,11})?$ ]]; then
	die 2 "expected a number of SECONDS or of RUNS, and of JOBS"
fi
build=$1 time=$2 runs=$3 jobs=$4
require_number JOBS "$jobs"
shift 4
all=$(find tests/fuzz/corpus -mindepth 1 -maxdepth 1 -type d -printf '%f\n' | sort)
targets=("$@")
[[ $# -gt 0 ]] || read -r -d '' -a targets <<<"$all" || true
for target in "${targets[@]}"; do
	if ! grep -qxF -- "$target" <<<"$all"; then
		die 2 "no target \"${target//[[:cntrl:]]/?}\"; expected some of ${all//$'\n'/ }"
	fi
done
[[ -z $check ]] || exit 0
program=$(realpath "$build/fuzz")
[[ $jobs -le ${#targets[@]} ]] || jobs=${#targets[@]}
if [[ -n $runs ]]; then
	limit=-runs=$(((runs + ${#targets[@]} - 1) / ${#targets[@]}))
	echo "fuzz: ${#targets[@]} targets, $runs inputs, $jobs at a time"
else
	share=$((time * jobs / ${#targets[@]}))
	limit=-max_total_time=$((share > 0 ? share : 1))
	echo "fuzz: ${#targets[@]} targets, about $time s, $jobs at a time"
fi

# shellcheck disable=SC2317 # called by xargs below
# Seeds of one target into one folder; names carry their folder, for several have the same.
gather() {
	local target=$1 into=$2 name pattern file
	mkdir -p "$into"
	while read -r name pattern; do
		[[ $name == "$target" ]] || continue
		# shellcheck disable=SC2086 # a pattern
		for file in $pattern; do
			cp "$file" "$into/$(tr / _ <<<"$file")"
		done
	done <tests/fuzz/seeds.txt
}

# shellcheck disable=SC2317 # called by xargs below
fuzz_one() {
	local target=$1 status=0 log=$build/logs/$1.log
	mkdir -p "$build/corpus/$target" "$build/crashes" "$build/logs"
	gather "$target" "$build/seeds/$target"
	FUZZ_TARGET=$target "$program" "$limit" -timeout=20 -rss_limit_mb=4096 -max_len=16384 \
		-detect_leaks=1 -print_final_stats=1 -verbosity=1 -close_fd_mask=0 \
		-artifact_prefix="$build/crashes/$target-" "$build/corpus/$target" \
		"tests/fuzz/corpus/$target" "$build/seeds/$target" >"$log" 2>&1 || status=$?
	echo "$status" >"$build/logs/$target.status"
	echo "fuzz: $target ended: $(summary "$target")"
}

# "N inputs, C crashes, coverage E" of a target's log.
summary() {
	local log=$build/logs/$1.log
	awk '/^stat::number_of_executed_units:/ { units = $2 }
		/^#[0-9]+/ { seen = substr($1, 2) + 0
			for (i = 1; i < NF; i++) if ($i == "cov:") coverage = $(i + 1) }
		/Test unit written to/ { crashes++ }
		END { if (!units) units = seen + 0
			printf "%d inputs, %d crashes, coverage %d\n", units, crashes, coverage }' "$log"
}
export -f fuzz_one gather summary
export build program limit

rm -rf "$build/logs"
# shellcheck disable=SC2016 # for that bash
printf '%s\0' "${targets[@]}" | xargs -0 -n 1 -P "$jobs" bash -c 'fuzz_one "$1"' fuzz

failed=0
for target in "${targets[@]}"; do
	status=$(cat "$build/logs/$target.status" 2>/dev/null || echo 255)
	if [[ $status -ne 0 ]]; then
		failed=1
		echo "== $target failed (exit $status)"
		grep -m 3 -E 'does not hold|ERROR: |runtime error|ALARM|SUMMARY' "$build/logs/$target.log" || true
		artifact=$(sed -n 's/.*Test unit written to //p' "$build/logs/$target.log" | tail -n 1)
		if [[ -n $artifact ]]; then
			echo "   reproducer: $artifact"
			echo "   replay: FUZZ_TARGET=$target $build/fuzz $artifact"
			head -c 256 "$artifact" | od -An -c | head -n 8
		fi
	fi
done
for target in "${targets[@]}"; do
	printf '%-12s %s\n' "$target" "$(summary "$target")"
done
exit "$failed"
