#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Mutation testing: mutate.sh N SEED JOBS [FILE ...]. Changes one place at a time (tests/mutate/places.awk)
# in a copy of the tree, builds it, and runs the tests that execute the line, fastest first, until one
# fails: of all places the tests that take less than 10 s, then of what is left the others, and the fast ones
# under ASan and UBSan, as `make asan` would. A test only counts where it passes in that copy when a comment
# is changed. Without files: N places in foundation, kernels, models and harness, and N/10 in the report and the paper,
# which are counted apart. FIRST and LAST in the environment: only these of the places. In build-mutate:
# survivors.txt, results.txt, and what is kept between calls: which test runs which line, and the results
# as long as the sources are the same (what survived is tried again when the tests are others).
# What equivalent.txt lists is not tried, unless LISTED=1: then what was noticed of it is an error.
# Exit 1: something survived that equivalent.txt does not list, or what it lists was noticed.
# With --check first it only says what is wrong with the words after it.
# shellcheck source=scripts/lib.bash
source "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/lib.bash"
trap - XFSZ # the tests' own
# Nothing here ends without a word.
set -E
trap 'echo "mutate: stopped at line $LINENO: $BASH_COMMAND" >&2' ERR
export LC_ALL=C
# What this was called with is not for the makes and tests below.
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
first=${FIRST:-1} last=${LAST:-999999999} listed=${LISTED:-}
[[ $first$last =~ ^[0-9]{1,18}$ ]] || die 2 "expected numbers of places in FIRST and LAST"
for file in "$@"; do
	# awk would take others as options or assignments.
	[[ -f $file && $file =~ ^(foundation|harness|kernels|models)/[A-Za-z0-9_/.]+$ ]] ||
		die 2 "no source \"${file//[[:cntrl:]]/?}\"; expected files of foundation, harness, kernels or models"
done
[[ -z $check ]] || exit 0
unset N SEED JOBS FILES FIRST LAST LISTED
out=$root/build-mutate
equivalent=$root/tests/mutate/equivalent.txt
flags=(OPT=-O1 'CFLAGS=-fPIC -w' 'CXXFLAGS=-fPIC -w' LINK_SHARED=1 Q=@ --no-print-directory -s)
mkdir -p "$out"
exec {alone}<"$out"
flock -n "$alone" || die 3 "another one is at work in $out"

# The files that decide what the tests do; results are none of them.
tracked() {
	git ls-files -z --cached --others --exclude-standard 2>/dev/null || find . -name 'build*' -prune -o -type f -print0
}

# copy_tree FOLDER: the tree as it is now, a repository of its own; objects that are there are kept.
copy_tree() {
	mkdir -p "$1"
	# What was deleted since is listed too, and not there. Files that are the same keep their time; others
	# get a new one, so that make sees them.
	tracked | rsync -a --no-times --checksum --ignore-missing-args --from0 --files-from=- . "$1"
	[[ -d $1/.git ]] || git -C "$1" init -q
	git -C "$1" add -A
	git -C "$1" -c user.name=mutate -c user.email=mutate@localhost commit -qm "tree" --allow-empty
}

programs() {
	local source
	for source in tests/*/test_*.c; do
		source=${source##*/}
		echo "$1/tests/${source%.c}"
	done
	echo "$1/tests/test_fuzz" "$1/sheafbench"
}

# build_tree TREE FOLDER FLAGS ...: everything.
build_tree() {
	# What is left of tests that were ended is none of it.
	rm -rf "${1:?}/$2/tmp"
	# shellcheck disable=SC2046 # words
	(cd "$1" && make -j "$jobs" BUILD="$2" "${@:3}" $(programs "$2")) >"$1.log" 2>&1 </dev/null || {
		tail -n 20 "$1.log" >&2
		echo "mutate: $1 does not build" >&2
		exit 3
	}
}

# build_change TREE FOLDER: what a change of a source is in.
build_change() {
	local own=()
	[[ $2 == build ]] || own=('SANITIZE=address,undefined')
	(cd "$1" && make BUILD="$2" "${flags[@]}" "${own[@]}" "$2/sheafbench") >"$1.log" 2>&1 </dev/null
}

tests_of_tree() {
	local name
	{
		for name in $(programs build); do
			[[ $name == build/sheafbench ]] || echo "^${name#build/tests/}\$"
		done
		for name in tests/cli/*.sh; do echo "^$name\$"; done
	} | grep -E -- "$pattern" || true
}

# run_test TREE FOLDER PATTERN SECONDS: 0 when it passes.
run_test() {
	(
		cd "$1"
		mkdir -p "$2/tmp"
		# Sanitizers reserve more.
		[[ $2 != build ]] || ulimit -v 16000000
		LC_ALL=C.UTF-8 SHEAFBENCH=$PWD/$2/sheafbench STOP_AT_FAILURE=1 TESTS=$3 TMPDIR=$PWD/$2/tmp \
			timeout -k 5 "$4" scripts/run-tests.sh "$2/tests"
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
	*) own=(tests/*/"${1:1:-1}.c") ;;
	esac
	echo "$sources $(hash_of "${own[@]}" "${common[@]}")"
}

# lines_of TREE: "FILE:LINE" of what was executed since the counts were deleted. A program that was killed
# while it wrote its counts leaves a file that gcov cannot read; that line of its output is left out.
lines_of() {
	(cd "$1" && find build -name '*.gcda' -print0 | { xargs -0 -r gcov --json-format --stdout 2>/dev/null || true; }) |
		jq -rR 'fromjson? | .files[] | .file as $f | .lines[] | select(.count > 0) | "\($f):\(.line_number)"' |
		sed -nE '/^(foundation|kernels|models|harness)\//p' | sort -u
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
				build_tree "$tree" build "${flags[@]}" 'CFLAGS=-fPIC -w --coverage -fprofile-update=atomic' \
					LDFLAGS=--coverage
				ready=1
			fi
			find "$tree/build" -name '*.gcda' -delete
			start=$(date +%s%3N)
			status=0
			# In the background, so that a signal need not wait for it.
			{ run_test "$tree" build "$name" 1800 || exit $?; } &
			wait $! || status=$?
			if [[ $status -ne 0 ]]; then
				echo "mutate: without a change $name does not pass; it is left out" >&2
				grep '^FAIL' "$tree.test" >&2 || true
				continue
			fi
			printf '%s\t%d\n' "$name" $(($(date +%s%3N) - start)) >"$file.time"
			lines_of "$tree" | sed "s|^|$name\t|" >"$file.lines"
			[[ -s $file.lines ]] || die 3 "$name: no line that it runs was found; see build-mutate/coverage"
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
# them.
pick() {
	local number=$1
	shift
	awk -v seed="$seed" -f tests/mutate/places.awk -- "$@" | sort | sed -n "1,${number}p" | cut -f 2-
}

# describe PLACE: sets file, line, above, before, after (whole lines).
describe() {
	local column length new
	# shellcheck disable=SC2001 # the end of the line
	IFS=$'\t' read -r file line column length new < <(sed 's/\t$/\t\x02/' <<<"$1")
	new=${new#$'\x02'}
	above=$(sed -n "$((line - 1))p" "$root/$file")
	before=$(sed -n "${line}p" "$root/$file")
	after=${before:0:column-1}$new${before:column-1+length}
}

trimmed() {
	sed 's/^[[:space:]]*//; s/[[:space:]]*$//' <<<"$1"
}

is_equivalent() {
	[[ -e $equivalent ]] &&
		grep -qF -- "$file: $(trimmed "$above") | $(trimmed "$before") -> $(trimmed "$after") #" "$equivalent"
}

# is_known GROUP: there is a result of the place described, of these sources.
is_known() {
	cut -f 1,3-5 "$out/known.txt" | grep -qxF -- "$(printf '%s\t%s:%s\t%s\t%s' "$1" "$file" "$line" \
		"$(trimmed "$before")" "$(trimmed "$after")")"
}

# is_skipped: it is listed as equivalent, and what is listed is not tried.
is_skipped() {
	[[ -z $listed ]] && is_equivalent
}

# note GROUP RESULT: of the place described, a line.
note() {
	printf '%s\t%s\t%s:%s\t%s\t%s\n' "$1" "$2" "$file" "$line" "$(trimmed "$before")" "$(trimmed "$after")"
}

# keep_known: results.txt holds what is known of the places that are asked for, and nothing else.
keep_known() {
	local place group file line above before after
	while IFS= read -r place; do
		group=${place%%$'\t'*}
		describe "${place#*$'\t'}"
		if is_skipped; then
			note "$group" equivalent
			continue
		fi
		GROUP=$group AT=$file:$line BEFORE=$(trimmed "$before") AFTER=$(trimmed "$after") awk -F '\t' '
			$1 == ENVIRON["GROUP"] && $3 == ENVIRON["AT"] && $4 == ENVIRON["BEFORE"] &&
				$5 == ENVIRON["AFTER"] { print; exit }' "$out/known.txt"
	done <"$out/places" >"$out/results.txt"
}

# tests_for FILE LINE: those that execute the line, fastest first: "MS <tab> NAME". A compiler makes one of
# lines that do the same, and only one is counted: where none is, those of the nearest line above.
tests_for() {
	awk -F '\t' -v file="$1:" -v line="$2" '
		NR == FNR { time[$1] = $2; next }
		!($1 in time) || index($2, file) != 1 { next }
		{
			at = substr($2, length(file) + 1) + 0
			if (at > line || at < best)
				next
			if (at > best)
				tests = ""
			best = at
			tests = tests time[$1] "\t" $1 "\n"
		}
		END { printf "%s", tests }' "$out/times" "$out/lines" | sort -n
}

# is_run FILE:LINE: by gcov.
is_run() {
	cut -f 2 "$out/lines" | grep -qxF -- "$1"
}

# passes_unchanged TREE FOLDER NAME SECONDS: it does with nothing but a comment more in the source, which is a
# changed tree too. That is found out when the test notices something for the first time, in that very copy;
# the change is made again.
passes_unchanged() {
	local tree=$1 proof status=0
	proof="$2 $(test_state "$3") $3"
	grep -qxF -- "$proof" "$out/proven" 2>/dev/null && return 0
	cp "$tree.test" "$tree.noticed"
	{ cat "$root/$file" && echo "/* changed */"; } >"$tree/$file"
	build_change "$tree" "$2" || status=$?
	[[ $status -ne 0 ]] || run_test "$tree" "$2" "$3" "$4" || status=$?
	change "$tree"
	build_change "$tree" "$2"
	if [[ $status -ne 0 ]]; then
		echo "mutate: with a comment changed $3 does not pass in $tree/$2; it is left out" >&2
		grep -E '^(FAIL| *not ok)' "$tree.test" >&2 || true
		return 1
	fi
	echo "$proof" >>"$out/proven"
}

# change TREE: makes the change described.
change() {
	AFTER=$after awk -v n="$line" 'FNR == n { print ENVIRON["AFTER"]; next } { print }' \
		"$root/$file" >"$1/$file"
}

# tests_notice TREE FOLDER LEAST MOST: by tests that take so many ms; sets result to "killed: NAME" or
# "killed: NAME hung".
tests_notice() {
	local tree=$1 time name status limit
	while IFS=$'\t' read -r time name; do
		[[ $time -ge $3 && $time -lt $4 ]] || continue
		limit=$((time / 250 + 60))
		[[ $2 == build ]] || limit=$((limit * 5))
		status=0
		run_test "$tree" "$2" "$name" "$limit" || status=$?
		if [[ $status -ne 0 ]] && passes_unchanged "$tree" "$2" "$name" "$limit"; then
			result="killed: $name"
			[[ $status -ne 124 && $status -ne 137 ]] || result+=" hung"
			return
		fi
	done < <(tests_for "$file" "$line")
}

# try_fast TREE: builds the changed tree and runs the fast tests of it; sets result, to "" if none notices.
fast=10000
try_fast() {
	change "$1"
	result=""
	if build_change "$1" build; then
		tests_notice "$1" build 0 $fast
	else
		result="not compiled"
	fi
}

# try_slow TREE: the other tests.
try_slow() {
	change "$1"
	result=""
	build_change "$1" build
	tests_notice "$1" build $fast 999999999
}

# try_sanitized TREE: those under sanitizers that are fast without.
try_sanitized() {
	local tree=$1
	result=""
	if [[ ! -e $tree.asan || $(cat "$tree.asan") != "$sources $tests" ]]; then
		build_tree "$tree" build-asan "${flags[@]}" 'SANITIZE=address,undefined'
		echo "$sources $tests" >"$tree.asan"
	fi
	change "$tree"
	build_change "$tree" build-asan
	tests_notice "$tree" build-asan 0 $fast
	if [[ -n $result ]]; then
		result+=", by sanitizers"
	elif is_run "$file:$line"; then
		result=survived
	else
		result="survived, no test runs the line"
	fi
}

# work WORKER try_fast|try_slow|try_sanitized: one place after another in a tree of its own, each that no other worker has
# taken and that has no result yet.
work() {
	local tree=$out/tree-$1 number=0 group place file line above before after result
	while IFS= read -r place; do
		number=$((number + 1))
		group=${place%%$'\t'*}
		place=${place#*$'\t'}
		describe "$place"
		if is_skipped || is_known "$group" || ! mkdir "$out/taken/$2-$number" 2>/dev/null; then
			continue
		fi
		"$2" "$tree"
		cp "$root/$file" "$tree/$file"
		rm -rf "${tree:?}"/build{,-asan}/tmp
		if [[ -z $result ]]; then
			note "$group" open >>"$out/open.txt"
			continue
		elif is_equivalent && [[ $result == killed* ]]; then
			result="survived not, but is listed: ${result#killed: }"
		elif is_equivalent; then
			result=equivalent
		fi
		note "$group" "$result" >>"$out/results.txt"
		[[ $result == equivalent ]] || note "$group" "$result" >>"$out/known.txt"
	done <"$out/places"
}

# work_together WORKERS try_fast|try_slow|try_sanitized
work_together() {
	local worker wait
	for ((worker = 1; worker <= $1; worker++)); do
		work "$worker" "$2" &
	done
	while [[ -n $(jobs -rp) ]]; do
		for ((wait = 0; wait < 60; wait++)); do
			[[ -n $(jobs -rp) ]] || break
			sleep 1
		done
		show_progress
	done
	wait
}

show_progress() {
	local tried survived open
	tried=$(wc -l <"$out/results.txt")
	survived=$(grep -c $'\tsurvived' "$out/results.txt" || true)
	open=$(wc -l <"$out/open.txt")
	echo "$(date +%H:%M) mutate: $tried of $total, $survived survived, $open not noticed yet"
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

# below PID: what it started, and what that did; the starter first.
below() {
	local child children=""
	read -r children <"/proc/$1/task/$1/children" 2>/dev/null || true
	for child in $children; do
		echo "$child"
		below "$child"
	done
}

# All of it at once: a test whose program is ended would go on with the next.
stop() {
	local all
	trap '' INT TERM
	mapfile -t all < <(below $$)
	kill "${all[@]}" 2>/dev/null || true
}
trap 'stop; exit 130' INT TERM

sources=$(hash_of Makefile mk foundation kernels models harness)
mapfile -t common < <(find tests -name '*.[ch]' ! -name 'test_*' ! -path 'tests/fuzz/*' ! -path 'tests/faults/*' ! -path 'tests/exhaustive/*' | sort)
common+=(tests/bad tests/good tests/fixtures configs scripts ! -path scripts/mutate.sh)
tests=$(hash_of tests configs scripts ! -path 'tests/mutate/*' ! -path scripts/mutate.sh)
gather_coverage
{
	if [[ $# -gt 0 ]]; then
		pick "$count" "$@" | sed 's/^/chosen files\t/'
	else
		mapfile -t main < <(find foundation kernels models harness -name '*.c' ! -path 'harness/peers/*' \
			! -path 'harness/report/*' ! -path 'harness/paper/*' | sort)
		mapfile -t apart < <(find harness/report harness/paper -name '*.c' | sort)
		pick "$count" "${main[@]}" | sed 's/^/foundation, kernels, models, harness\t/'
		[[ $count -lt 10 ]] || pick $((count / 10)) "${apart[@]}" | sed 's/^/report, paper\t/'
	fi
} | sed -n "$first,${last}p" >"$out/places"
total=$(wc -l <"$out/places")
# Every result there ever was of these sources; those of the places asked for are in results.txt.
touch "$out/known.txt" "$out/known.state"
read -r known_sources known_tests <"$out/known.state" || true
[[ ${known_sources:-} == "$sources" ]] || : >"$out/known.txt"
if [[ ${known_tests:-} != "$tests" ]]; then
	grep -vE $'\t(survived|equivalent)' "$out/known.txt" >"$out/known.new" || true
	mv "$out/known.new" "$out/known.txt"
fi
echo "$sources $tests" >"$out/known.state"
keep_known
for ((worker = 1; worker <= jobs; worker++)); do
	copy_tree "$out/tree-$worker"
	build_tree "$out/tree-$worker" build "${flags[@]}"
done
rm -rf "$out/taken"
mkdir "$out/taken"
: >"$out/open.txt"
echo "mutate: $total places, $jobs at a time: the fast tests"
work_together "$jobs" try_fast
echo "mutate: $(wc -l <"$out/open.txt") places are left (build-mutate/open.txt): the slow tests"
: >"$out/open.txt"
work_together "$jobs" try_slow
# One at a time: a copy under sanitizers takes long to build.
echo "mutate: $(wc -l <"$out/open.txt") places are left: the fast tests under sanitizers"
: >"$out/open.txt"
work_together 1 try_sanitized
tried=$(wc -l <"$out/results.txt")
[[ $tried -eq $total ]] || die 3 "$tried of $total places were tried"

grep $'\tsurvived' "$out/results.txt" | sort -t $'\t' -k 1,1 -k 3,3 |
	awk -F '\t' '{ printf "%s  %s -> %s%s\n", $3, $4, $5,
		$2 == "survived" ? "" : "  (" substr($2, index($2, " ") + 1) ")" }' \
		>"$out/survivors.txt" || true
cat "$out/survivors.txt"
cut -f 1 "$out/results.txt" | sort -u | while read -r group; do summary "$group"; done
trap - ERR
[[ ! -s $out/survivors.txt ]]
