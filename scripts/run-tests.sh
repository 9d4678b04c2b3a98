#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs every test program of a folder and every tests/cli/*.sh; each speaks TAP. Prints what failed
# with its output; TESTS is a pattern of names (default all), SCRIPTS another folder than tests/cli. The
# last line is "N passed, N failed, N skipped". Exit 1 if anything failed, 3 without room for its output.
set -euo pipefail

root=$(dirname "$(dirname "$(realpath "${BASH_SOURCE[0]}")")")
programs=${1:-$root/build/tests}
read -r -a wrapper <<<"${EXEC_WRAPPER:-}"
export SHEAFBENCH=${SHEAFBENCH:-$root/build/sheafbench}
export CMOCKA_MESSAGE_OUTPUT=TAP
pattern=${TESTS:-.}
passed=0
failed=0
skipped=0
# Not lib.bash: locale and signals of the tests stay the user's.
# shellcheck source=scripts/temporary.bash
source "$root/scripts/temporary.bash"
temporary run-tests
output=$tmp/output
trap 'exit 130' INT
trap 'exit 143' TERM

# Counts the TAP lines of one program that ended with a status.
count() {
	local name=$1 status=$2 seconds=$3 line ok=0 not_ok=0 skip=0 planned="" why=""
	while IFS= read -r line; do
		case $line in
		"ok "*"# SKIP"* | "ok "*"# skip"* | "not ok "*"# SKIP"*) skip=$((skip + 1)) ;;
		"ok "*) ok=$((ok + 1)) ;;
		"not ok "*) not_ok=$((not_ok + 1)) ;;
		1..[0-9]*) planned=${line#1..} && planned=${planned%%[!0-9]*} ;;
		esac
	done <"$output"
	if [[ $status -gt 128 ]]; then
		why="killed by signal $((status - 128))"
	elif [[ -z $planned ]]; then
		why="no plan line, exit $status"
	elif [[ $((ok + not_ok + skip)) -ne $planned ]]; then
		why="$((ok + not_ok + skip)) of $planned tests reported, exit $status"
	elif [[ $status -ne 0 && $not_ok -eq 0 ]]; then
		why="exit $status"
	fi
	# A program that did not end as it should is one more failure.
	[[ -z $why ]] || not_ok=$((not_ok + 1))
	passed=$((passed + ok))
	failed=$((failed + not_ok))
	skipped=$((skipped + skip))
	if [[ $not_ok -gt 0 ]]; then
		sed 's/^/    /' "$output"
		echo "FAIL  $name: $not_ok of $((ok + not_ok + skip)) failed${why:+ ($why)}"
	else
		echo "ok    $name: $ok passed$([[ $skip -eq 0 ]] || echo ", $skip skipped"), $seconds s"
		grep -i '^\(not \)\?ok .*# SKIP' "$output" | sed 's/^/    /' || true
	fi
}

run() {
	local name=$1 status=0 start=$SECONDS
	shift
	# In a shell of its own, so that its "Segmentation fault" goes with the output.
	bash -c '"$@"; exit $?' test "$@" >"$output" 2>&1 </dev/null || status=$?
	count "$name" "$status" $((SECONDS - start))
}

cd "$root"
for program in "$programs"/test_*; do
	[[ -x $program && -f $program && ${program##*/} =~ $pattern ]] || continue
	run "${program##*/}" "${wrapper[@]}" "$program"
done
for script in "${SCRIPTS:-tests/cli}"/*.sh; do
	[[ -e $script && $script =~ $pattern ]] || continue
	run "$script" bash "$script"
done

status=0
[[ $failed -eq 0 && $((passed + skipped)) -gt 0 ]] || status=1
echo "$passed passed, $failed failed, $skipped skipped"
exit "$status"
