# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034
# What tests/faults/*.sh share: a tiny experiment, the commands that are disturbed, and what must be
# true afterwards. SEED decides everything that is chosen.
# shellcheck source=tests/faults/numbers.bash
source "$(dirname "${BASH_SOURCE[0]}")/numbers.bash"
# shellcheck source=tests/cli/lib.bash
source "$(dirname "${BASH_SOURCE[0]}")/../cli/lib.bash"

inject=$(realpath "${INJECT:-$root/build/faults/inject}")
alloc=$(realpath "${ALLOC:-$root/build/faults/alloc.so}")
SEED=${SEED:-1}
work=$tmp/work
config=$tmp/faulty.json
all_cases="run force table verify_id bisect predict explain crate report plan jobs experiment"
# BLIS has its own ways to fail; not every CPU has kernels of it that keep the contract.
[[ $(bench cpu --blis haswell --json 2>/dev/null | jq -r .blis) != haswell ]] || all_cases+=" run_blis"
read -r -a cases <<<"${CASES:-$all_cases}"
for name in "${cases[@]}"; do
	if [[ " $all_cases " != *" $name "* ]]; then
		echo "test-faults: found \"$name\" in CASES; expected of: $all_cases" >&2
		exit 2
	fi
done
export TMPDIR=$tmp/tmp LC_ALL=C
mkdir "$TMPDIR"

# roll N: sets `rolled` to one of 0 .. N-1; a sequence that only SEED decides.
rolling=$((SEED % 2147483646 + 1))
roll() {
	rolling=$((rolling * 48271 % 2147483647))
	rolled=$((rolling % $1))
}

jq '.name = "faulty" | .tasks = ["'"$root"'/tests/fuzz/tiny.json"] | .seeds.count = 1
	| .train.batch_size = 2 | .train.epochs = 2 | .train.max_steps = 4' configs/smoke.json >"$config"

# command CASE: the words of its command, in `words`.
command_of() {
	local runs=$work/faulty/runs
	case $1 in
	run | run_blis | force)
		words=("${wrapper[@]}" "$SHEAFBENCH" run "$config" --id "$id" --quiet)
		[[ $1 != run_blis ]] || words+=(--blis haswell) # whatever wins on this CPU
		[[ $1 != force ]] || words+=(--force)
		;;
	table | crate | report | plan) words=("${wrapper[@]}" "$SHEAFBENCH" "$1" "$config") ;;
	verify_id) words=("${wrapper[@]}" "$SHEAFBENCH" verify "$config" --id "$id") ;;
	bisect) words=("${wrapper[@]}" "$SHEAFBENCH" verify --bisect "$tmp/a.trace" "$tmp/b.trace") ;;
	predict) words=("${wrapper[@]}" "$SHEAFBENCH" predict "$runs/$id" tests/fuzz/tiny.csv) ;;
	explain) words=("${wrapper[@]}" "$SHEAFBENCH" explain "$id") ;;
	jobs) words=("${wrapper[@]}" "$SHEAFBENCH" run "$config" --jobs 2) ;;
	experiment) words=(scripts/experiment.sh "$config" 2) ;;
	esac
}

# expected_exit CASE: what the command ends with when nothing disturbs it.
expected_exit() {
	if [[ $1 == bisect ]]; then echo 1; else echo 0; fi
}

# prepare CASE: $work as it is before the command.
prepare() {
	rm -rf "$work" "$TMPDIR"
	mkdir "$TMPDIR"
	cp -a "$tmp/all" "$work"
	case $1 in
	run | run_blis) rm -r "$work/faulty/runs/$id" ;;
	jobs | experiment) rm -r "$work/faulty" ;;
	table) rm -r "$work"/faulty/{plot,*.csv,*.md,*.tex,faulty.json,comparisons.json} ;;
	crate) rm "$work/faulty/ro-crate-metadata.json" ;;
	report) rm "$work/faulty/report.html" ;;
	esac
}

# What is exact of one file: its bytes but for times; of documents that hold times in the text, that
# they are there and not empty.
exact_file() {
	case $1 in
	*/run.json) sed '/^  "environment"/,$d' "$1" ;;
	*/metrics.jsonl) sed 's/"seconds": [0-9.e-]*//' "$1" ;;
	*/faulty.csv)
		awk -F , -v OFS=, 'NR == 1 { for (i = 1; i <= NF; i++)
				timed[i] = $i ~ /^(seconds_mean|samples_per_second_mean|peak_memory_mb_max)$/ }
			{ for (i = 1; i <= NF; i++) if (timed[i]) $i = ""; print }' "$1"
		;;
	*/faulty.json) sed '/^  "timing"/,$d' "$1" ;;
	*.md | *.tex | *.html | *.svg | *ro-crate-metadata.json) [[ -s $1 ]] && echo there ;;
	*) cat "$1" ;;
	esac
}

# exact FOLDER: a line per file that may be there: name and hash of what is exact. Caches are nobody's
# result; that no temporary file is left in them is part of it.
exact() {
	local file
	(
		cd "$1"
		find . -path ./.cache -prune -o -type f -print | sort | while read -r file; do
			printf '%s %s\n' "$file" "$(exact_file "$file" | sha256sum | cut -c 1-16)"
		done
		find .cache -name '*tmp*' -o -name '*.part' 2>/dev/null || true
		find . -type d -empty ! -path './.cache/*' ! -name figures
	)
}

# done_runs: ids of runs whose record is whole and equal to the undisturbed one.
done_runs() {
	local run
	for run in "$work"/faulty/runs/????????????????/run.json; do
		[[ -e $run ]] || continue
		cmp -s <(exact_file "$run") <(exact_file "$tmp/all${run#"$work"}") &&
			cmp -s "${run%run.json}model.safetensors" \
				"$tmp/all/faulty/runs/$(basename "${run%/run.json}")/model.safetensors" &&
			basename "${run%/run.json}"
	done
	return 0
}

# standard FILE: what a command printed, times taken out.
standard() {
	sed -E 's/[0-9]+:[0-9]{2}/TIME/g; s/[0-9.]+ s(econds)?\b/TIME/g; s/-?[0-9,.]+ (samples|MB|MiB|bytes)/N \1/g;
		s/predicted .*//; s/TIME//g' "$1"
}

# do_case CASE [PREFIX ...]: the command with what stands before it; output in $tmp/out and $tmp/err.
do_case() {
	local case=$1 status=0
	shift
	command_of "$case"
	SHEAFBENCH_RESULTS=$work "$@" "${words[@]}" >"$tmp/out" 2>"$tmp/err" </dev/null || status=$?
	echo "$status"
}

# Without lines of files that are known by their names as left over from a process.
but_left_over() {
	grep -v -E '\.[0-9a-f]{8}-[0-9]+-[0-9]+\.(tmp|old)(/| |$)' || true
}

# as_undisturbed CASE [left_over]: the command's files, and what it printed, are those of the reference.
# What it left over may be there where it could not remove it: the next command does.
as_undisturbed() {
	local leave=cat
	[[ -z ${2:-} ]] || leave=but_left_over
	exact "$work" | "$leave" >"$tmp/now"
	diff "$tmp/after.$1" "$tmp/now" || return 1
	# The plan's forecast is measured.
	[[ $1 == experiment || $1 == jobs || $1 == plan || $1 == report ]] ||
		diff <(standard "$tmp/printed.$1") <(standard "$tmp/out") || return 1
	if find "$TMPDIR" -mindepth 1 | "$leave" | grep .; then
		return 1
	fi
}

# again CASE: the same command, not disturbed any more, ends as it should with the right bytes.
again() {
	local status
	status=$(do_case "$1")
	if [[ $status -ne $(expected_exit "$1") ]]; then
		echo "again: exit $status"
		cat "$tmp/err"
		return 1
	fi
	as_undisturbed "$1"
}

# All runs, tables and traces once; then every case undisturbed, as the reference.
make_reference() {
	local case status
	work=$tmp/all
	export SHEAFBENCH_RESULTS=$work
	scripts/experiment.sh "$config" 2
	bench crate "$config"
	bench report "$config"
	id=$(jq -r .run_id "$work"/faulty/runs/*/run.json | sort | head -n 1)
	bench run "$config" --id "$id" --trace --quiet --out "$tmp/traces"
	mv "$tmp/traces/faulty/runs/$id.trace" "$tmp/a.trace"
	bench run "$config" --id "$id" --trace --flip 3:9:0 --force --quiet --out "$tmp/traces"
	mv "$tmp/traces/faulty/runs/$id.trace" "$tmp/b.trace"
	unset SHEAFBENCH_RESULTS
	work=$tmp/work
	for case in "${cases[@]}"; do
		prepare "$case"
		status=$(do_case "$case")
		cat "$tmp/err"
		[[ $status -eq $(expected_exit "$case") ]] || return 1
		exact "$work" >"$tmp/after.$case"
		cp "$tmp/out" "$tmp/printed.$case"
	done
}

if ! make_reference >"$tmp/reference.log" 2>&1; then
	report 1 "the undisturbed commands end as they should"
	sed 's/^/# /' "$tmp/reference.log"
	finish
	exit 1
fi
