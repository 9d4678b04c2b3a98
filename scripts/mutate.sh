#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Mutation testing: mutate.sh N SEED JOBS [FILE ...]. Changes one place at a time (tests/mutate/places.awk)
# in a copy of the tree, builds it, and runs the tests that execute the line, fastest first, until one
# fails. Without files: N places in kernels, models and harness, and N/10 in the report and the paper,
# which are counted apart. FIRST and LAST in the environment: only these of the places. In build-mutate:
# survivors.txt, results.txt, and what is kept between calls: which test runs which line, and the results
# as long as the sources are the same (what survived is tried again when the tests are others).
# Exit 1: something survived that equivalent.txt does not list.
# With --check first it only says what is wrong with the words after it.
# shellcheck source=scripts/lib.bash
source "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/lib.bash"
trap - XFSZ # the tests' own
export LC_ALL=C
# What this was called with is not for the makes below.
unset MAKEFLAGS MFLAGS MAKELEVEL
pattern=${TESTS:-.} # which tests are run at all
unset TESTS

root=$(dirname "$(dirname "$(realpath "${BASH_SOURCE[0]}")")")
cd "$root"
check=
if [[ ${1:-} == --check ]]; then
	check=1
	shift
fi
if [[ $# -lt 3 || ! $1 =~ ^[1-9][0-9]{0,5}$ || ! $2 =~ ^[0-9]{1,9}$ ]]; then
	die 2 "expected N SEED JOBS [FILE ...], numbers and names of sources"
fi
count=$1 seed=$2 jobs=$3
require_number JOBS "$jobs"
shift 3
first=${FIRST:-1} last=${LAST:-999999999}
[[ $first$last =~ ^[0-9]{1,18}$ ]] || die 2 "expected numbers of places in FIRST and LAST"
for file in "$@"; do
	# awk would take others as options or assignments.
	[[ -f $file && $file =~ ^(harness|kernels|models)/[A-Za-z0-9_/.]+$ ]] ||
		die 2 "no source \"${file//[[:cntrl:]]/?}\"; expected files of harness, kernels or models"
done
[[ -z $check ]] || exit 0
out=$root/build-mutate
equivalent=$root/tests/mutate/equivalent.txt
flags=(OPT=-O1 'CFLAGS=-fPIC -w' 'CXXFLAGS=-fPIC -w' LINK_SHARED=1 Q=@ --no-print-directory -s)
[[ $(uname -m) != x86_64 ]] || flags+=("LEVELS=baseline v3")
mkdir -p "$out"

# The files that decide what the tests do; results are none of them.
tracked() {
	git ls-files -z --cached --others --exclude-standard 2>/dev/null || find . -name 'build*' -prune -o -type f -print0
}

# copy_tree FOLDER: the tree as it is now, a repository of its own; objects that are there are kept.
copy_tree() {
	mkdir -p "$1"
	# What was deleted since is listed too, and not there. Files that are the same keep their time.
	tracked | rsync -a --checksum --ignore-missing-args --from0 --files-from=- . "$1"
	[[ -d $1/.git ]] || git -C "$1" init -q
	git -C "$1" add -A
	git -C "$1" -c user.name=mutate -c user.email=mutate@localhost commit -qm "tree" --allow-empty
}

programs() {
	local source
	for source in tests/test_*.c; do
		source=${source#tests/}
		echo "build/tests/${source%.c}"
	done
	echo build/tests/test_fuzz build/sheafbench
}

build_tree() {
	# shellcheck disable=SC2046 # words
	(cd "$1" && nice make -j "$jobs" "${@:2}" $(programs)) >"$1.log" 2>&1 || {
		tail -n 20 "$1.log" >&2
		echo "mutate: $1 does not build" >&2
		exit 3
	}
}

tests_of_tree() {
	local name
	{
		for name in $(programs); do
			[[ $name == build/sheafbench ]] || echo "^${name#build/tests/}\$"
		done
		for name in tests/cli/*.sh; do echo "^$name\$"; done
	} | grep -E -- "$pattern" || true
}

# run_test TREE PATTERN SECONDS: 0 when it passes.
run_test() {
	(
		cd "$1"
		mkdir -p build/tmp
		ulimit -v 16000000
		TESTS=$2 TMPDIR=$PWD/build/tmp timeout -k 5 "$3" scripts/run-tests.sh build/tests
	) >"$1.test" 2>&1 </dev/null
}

# hash_of FILE|FOLDER ...: of names and contents.
hash_of() {
	find "$@" -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum | cut -c 1-32
}

# test_state NAME: what decides which lines a test runs.
test_state() {
	local own
	case $1 in
	*.sh\$) own=(tests/cli/lib.bash "${1:1:-1}") ;;
	*test_fuzz*) own=(tests/fuzz) ;;
	*) own=("tests/${1:1:-1}.c") ;;
	esac
	echo "$sources $(hash_of "${own[@]}" "${common[@]}")"
}

# Which test runs which line, and how long it takes: "TEST <tab> FILE:LINE" and "TEST <tab> MS". A test
# that did not change since, on sources that did not, is not run again.
gather_coverage() {
	local tree=$out/coverage kept=$out/tests name file start status number=0 total ready=0
	mkdir -p "$kept"
	total=$(tests_of_tree | wc -l)
	: >"$out/lines.new"
	: >"$out/times.new"
	while read -r name; do
		number=$((number + 1))
		file=$kept/$(tr -c 'a-z0-9_.\n' - <<<"$name")
		if [[ $(cat "$file.state" 2>/dev/null) != "$(test_state "$name")" ]]; then
			if [[ $ready -eq 0 ]]; then
				echo "mutate: which test runs which line (kept for the next time)"
				copy_tree "$tree"
				build_tree "$tree" "${flags[@]}" 'CFLAGS=-fPIC -w --coverage -fprofile-update=atomic' \
					LDFLAGS=--coverage
				ready=1
			fi
			find "$tree/build" -name '*.gcda' -delete
			start=$(date +%s%3N)
			status=0
			# In the background, so that a signal need not wait for it.
			run_test "$tree" "$name" 1800 &
			wait $! || status=$?
			if [[ $status -ne 0 ]]; then
				echo "mutate: without a change $name does not pass; it is left out" >&2
				grep '^FAIL' "$tree.test" >&2 || true
				continue
			fi
			printf '%s\t%d\n' "$name" $(($(date +%s%3N) - start)) >"$file.time"
			# shellcheck disable=SC2016 # for sh and jq
			# One object at a time: a file is compiled once per level.
			(cd "$tree" && find build -name '*.gcda' -print0 |
				xargs -0 -r -n 1 -P "$jobs" sh -c 'gcov --json-format --stdout "$1" 2>/dev/null |
					jq -r ".files[] | .file as \$f | .lines[] | select(.count > 0) | \"\(\$f):\(.line_number)\""' sh) |
				grep -E '^(kernels|models|harness)/' | sort -u | sed "s|^|$name\t|" >"$file.lines"
			test_state "$name" >"$file.state"
			printf 'mutate: %d of %d tests\n' "$number" "$total"
		fi
		cat "$file.lines" >>"$out/lines.new"
		cat "$file.time" >>"$out/times.new"
	done < <(tests_of_tree)
	mv "$out/lines.new" "$out/lines"
	mv "$out/times.new" "$out/times"
}

# pick N FILE...: N of the places, chosen by the seed; "FILE LINE COLUMN LENGTH NEW" as places.awk has
# them. What is listed as equivalent is no place.
pick() {
	local number=$1
	shift
	awk -f tests/mutate/places.awk -- "$@" | awk -F '\t' -v n="$number" -v seed="$seed" '
		{ place[NR] = $0 }
		END {
			x = seed % 2147483646 + 1
			for (i = 1; i <= n && i <= NR; i++) {
				for (j = 0; j < 3; j++) x = x * 16807 % 2147483647
				k = i + x % (NR - i + 1)
				print place[k]
				place[k] = place[i]
			}
		}'
}

# describe PLACE: sets file, line, before, after (whole lines).
describe() {
	local column length new
	# shellcheck disable=SC2001 # the end of the line
	IFS=$'\t' read -r file line column length new < <(sed 's/\t$/\t\x02/' <<<"$1")
	new=${new#$'\x02'}
	before=$(sed -n "${line}p" "$root/$file")
	after=${before:0:column-1}$new${before:column-1+length}
}

trimmed() {
	sed 's/^[[:space:]]*//; s/[[:space:]]*$//' <<<"$1"
}

is_equivalent() {
	[[ -e $equivalent ]] &&
		grep -qF -- "$file: $(trimmed "$before") -> $(trimmed "$after") #" "$equivalent"
}

# is_known GROUP: there is a result of the place described, of these sources.
is_known() {
	cut -f 1,3-5 "$out/known.txt" | grep -qxF -- "$(printf '%s\t%s:%s\t%s\t%s' "$1" "$file" "$line" \
		"$(trimmed "$before")" "$(trimmed "$after")")"
}

# keep_known: results.txt holds what is known of the places that are asked for, and nothing else.
keep_known() {
	local place group file line before after
	: >"$out/kept.txt"
	while IFS= read -r place; do
		group=${place%%$'\t'*}
		describe "${place#*$'\t'}"
		GROUP=$group AT=$file:$line BEFORE=$(trimmed "$before") AFTER=$(trimmed "$after") awk -F '\t' '
			$1 == ENVIRON["GROUP"] && $3 == ENVIRON["AT"] && $4 == ENVIRON["BEFORE"] &&
				$5 == ENVIRON["AFTER"] { print; exit }' "$out/known.txt" >>"$out/kept.txt"
	done <"$out/places"
	cp "$out/kept.txt" "$out/results.txt"
}

# The tests that execute a line, fastest first: "MS <tab> NAME".
tests_for() {
	awk -F '\t' -v place="$1" 'NR == FNR { time[$1] = $2; next }
		$2 == place && $1 in time { print time[$1] "\t" $1 }' "$out/times" "$out/lines" | sort -n
}

# verdict TREE: builds and tests the changed tree; prints "killed by NAME", "hung in NAME", ...
verdict() {
	local tree=$1 time name status any=0
	if ! (cd "$tree" && make "${flags[@]}" build/libsheafbench.so build/harness/main.o) >"$tree.log" 2>&1; then
		echo "not compiled"
		return
	fi
	if [[ $file == harness/main.c ]]; then
		(cd "$tree" && make "${flags[@]}" build/sheafbench) >>"$tree.log" 2>&1
	fi
	while IFS=$'\t' read -r time name; do
		any=1
		status=0
		run_test "$tree" "$name" $((time / 100 + 60)) || status=$?
		if [[ $status -eq 124 || $status -eq 137 ]]; then
			echo "killed: $name hung"
			return
		elif [[ $status -ne 0 ]]; then
			echo "killed: $name"
			return
		fi
	done < <(tests_for "$file:$line")
	if [[ $any -eq 1 ]]; then echo survived; else echo "survived, no test runs the line"; fi
}

# Applies one place after another in a tree of its own.
work() {
	local worker=$1 tree=$out/tree-$1 number=0 group place file line before after result
	while IFS= read -r place; do
		number=$((number + 1))
		[[ $((number % jobs)) -eq $((worker % jobs)) ]] || continue
		group=${place%%$'\t'*}
		place=${place#*$'\t'}
		describe "$place"
		if is_known "$group"; then
			continue
		elif is_equivalent; then
			result=equivalent
		else
			AFTER=$after awk -v n="$line" 'FNR == n { print ENVIRON["AFTER"]; next } { print }' \
				"$root/$file" >"$tree/$file"
			result=$(verdict "$tree")
			cp "$root/$file" "$tree/$file"
			rm -rf "${tree:?}/build/tmp"
		fi
		printf '%s\t%s\t%s:%s\t%s\t%s\n' "$group" "$result" "$file" "$line" \
			"$(trimmed "$before")" "$(trimmed "$after")" | tee -a "$out/known.txt" >>"$out/results.txt"
	done <"$out/places"
}

show_progress() {
	local done_now left
	done_now=$(wc -l <"$out/results.txt")
	left=$((done_now > 0 ? SECONDS * (total - done_now) / done_now : 0))
	printf '%s mutate: %d of %d, %d survived, about %d:%02d:%02d left\n' "$(date +%H:%M)" "$done_now" "$total" \
		"$(grep -c $'\tsurvived' "$out/results.txt" || true)" $((left / 3600)) $((left / 60 % 60)) $((left % 60))
}

summary() {
	awk -F '\t' -v group="$1" '$1 == group { n[substr($2, 1, 4)]++; total++ }
		END {
			if (!total) exit
			tried = n["kill"] + n["surv"]
			printf "%s: %d mutants: %d killed, %d survived, %d equivalent, %d not compiled; score %.1f %%\n",
				group, total, n["kill"], n["surv"], n["equi"], n["not "], tried ? 100 * n["kill"] / tried : 0
		}' "$out/results.txt"
}

# kill_below PID: what it started, and what that did.
kill_below() {
	local child children=""
	read -r children <"/proc/$1/task/$1/children" 2>/dev/null || true
	for child in $children; do
		kill_below "$child"
		kill "$child" 2>/dev/null || true
	done
}

stop() {
	trap '' INT TERM
	kill_below $$
}
trap 'stop; exit 130' INT TERM

sources=$(hash_of Makefile mk kernels models harness)
mapfile -t common < <(find tests -maxdepth 1 -name '*.[ch]' ! -name 'test_*' | sort)
common+=(tests/bad tests/good tests/fixtures configs scripts)
tests=$(hash_of tests configs scripts)
gather_coverage
{
	if [[ $# -gt 0 ]]; then
		pick "$count" "$@" | sed 's/^/chosen files\t/'
	else
		mapfile -t main < <(find kernels models harness -name '*.c' ! -path 'harness/peers/*' \
			! -name '*report*' ! -name '*paper*' | sort)
		mapfile -t apart < <(find harness \( -name '*report*.c' -o -name '*paper*.c' \) | sort)
		pick "$count" "${main[@]}" | sed 's/^/kernels, models, harness\t/'
		[[ $count -lt 10 ]] || pick $((count / 10)) "${apart[@]}" | sed 's/^/report, paper\t/'
	fi
} | sed -n "$first,${last}p" >"$out/places"
total=$(wc -l <"$out/places")
# Every result there ever was of these sources; those of the places asked for are in results.txt.
touch "$out/known.txt" "$out/known.state"
read -r known_sources known_tests <"$out/known.state" || true
[[ ${known_sources:-} == "$sources" ]] || : >"$out/known.txt"
if [[ ${known_tests:-} != "$tests" ]]; then
	grep -v $'\tsurvived' "$out/known.txt" >"$out/known.new" || true
	mv "$out/known.new" "$out/known.txt"
fi
echo "$sources $tests" >"$out/known.state"
keep_known
for ((worker = 1; worker <= jobs; worker++)); do
	copy_tree "$out/tree-$worker"
	build_tree "$out/tree-$worker" "${flags[@]}"
done
SECONDS=0
echo "mutate: $total places, $jobs at a time"
for ((worker = 1; worker <= jobs; worker++)); do
	work "$worker" &
done
while [[ -n $(jobs -rp) ]]; do
	for ((wait = 0; wait < 60; wait++)); do
		[[ -n $(jobs -rp) ]] || break
		sleep 1
	done
	show_progress
done
wait

grep $'\tsurvived' "$out/results.txt" | sort -t $'\t' -k 1,1 -k 3,3 |
	awk -F '\t' '{ printf "%s  %s -> %s%s\n", $3, $4, $5, $2 == "survived" ? "" : "  (no test runs the line)" }' \
		>"$out/survivors.txt" || true
cat "$out/survivors.txt"
cut -f 1 "$out/results.txt" | sort -u | while read -r group; do summary "$group"; done
[[ ! -s $out/survivors.txt ]]
