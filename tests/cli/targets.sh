#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What is written replaces files, nothing else; places, options and traces are what they say. TAP;
# SHEAFBENCH is the program. Special files are made in $tmp: none of the system's is touched.
# shellcheck source=tests/cli/lib.bash
source "$(dirname "${BASH_SOURCE[0]}")/lib.bash"

export SHEAFBENCH_RESULTS=$tmp/results
runs=$SHEAFBENCH_RESULTS/tiny/runs

# make_special FOLDER: a file of each kind that no output may replace; `special` are their names.
make_special() {
	mkdir -p "$1/folder"
	mkfifo "$1/fifo"
	echo kept >"$1/file"
	ln -s file "$1/link"
	ln -s nowhere "$1/dangling"
	special=(folder fifo link dangling)
	# Only root may, and not everywhere.
	if mknod "$1/device" c 1 3 2>/dev/null; then special+=(device); fi
}

# kinds FOLDER: what each of them is.
kinds() { (cd "$1" && stat -c '%n %F %N' "${special[@]}" && cat file); }

# refused PATTERN ARGUMENTS: exit 2 with one line, and at once.
refused() {
	local pattern=$1 status=0
	shift
	timeout 900 "${wrapper[@]}" "$SHEAFBENCH" "$@" >"$tmp/out" 2>"$tmp/err" || status=$?
	echo "$*: exit $status"
	cat "$tmp/err"
	[[ $status -eq 2 && $(wc -l <"$tmp/err") -eq 1 ]]
	grep -q -- "$pattern" "$tmp/err"
}

given_names() {
	local name place=$tmp/given special=()
	make_special "$place"
	kinds "$place" >"$tmp/before"
	for name in "${special[@]}"; do
		refused "$name: found a.*; expected a new or a regular file" \
			arch init "$arch" --out "$place/$name"
		refused "$name: found a.*; expected a new or a regular file" \
			run "$tmp/tiny.json" --id "$id" --quiet --dump "1:0:$place/$name"
		kinds "$place" | diff "$tmp/before" -
	done
	refused '\.: found a folder' arch init "$arch" --out .
	bench arch init "$arch" --out "$place/file"
	bench arch init "$arch" --out "$place/new"
	cmp "$place/file" "$place/new"
	bench run "$tmp/tiny.json" --id "$id" --quiet --dump "1:0:$place/tensor" >/dev/null
	bench run "$tmp/tiny.json" --id "$id" --quiet --dump "1:0:$place/new" >/dev/null
	cmp "$place/tensor" "$place/new"
}

# Names in the results folder: tables, golden hashes, traces, reports, benchmarks.
own_names() {
	local name kind place special=() command
	for name in tiny.csv report.html ro-crate-metadata.json; do
		case $name in *.csv) command=table ;; *.html) command=report ;; *) command=crate ;; esac
		for kind in fifo link device; do
			special=()
			place=$tmp/own
			rm -rf "$place"
			cp -r "$SHEAFBENCH_RESULTS" "$place"
			make_special "$place.special"
			rm -f "$place/tiny/$name"
			if [[ -e $place.special/$kind ]]; then mv "$place.special/$kind" "$place/tiny/$name"; fi
			rm -r "$place.special"
			[[ -e $place/tiny/$name || -L $place/tiny/$name ]] || continue
			stat -c '%F %N' "$place/tiny/$name" >"$tmp/before"
			refused "$name: found a" "$command" "$tmp/tiny.json" --out "$place"
			stat -c '%F %N' "$place/tiny/$name" | diff "$tmp/before" -
		done
	done
	mkfifo "$runs/$id.trace"
	refused 'trace: found a FIFO' run "$tmp/tiny.json" --id "$id" --quiet --trace
	rm "$runs/$id.trace"
	mkdir -p "$SHEAFBENCH_RESULTS/golden"
	mkfifo "$SHEAFBENCH_RESULTS/golden/tiny.json"
	refused 'golden/tiny.json: found a FIFO' verify "$tmp/tiny.json" --write
	rm -r "$SHEAFBENCH_RESULTS/golden"
}

# The note of a failure is no reason to wait.
failure_note() {
	local status=0 note=$SHEAFBENCH_RESULTS/far/runs
	jq '.name = "far"' "$tmp/tiny.json" >"$tmp/far.json"
	local far
	far=$(bench plan "$tmp/far.json" --pending 2>/dev/null | head -n 1)
	mkdir -p "$note"
	note+=/$far.failed
	mkfifo "$note"
	# The weights are too large.
	(
		ulimit -f 100
		timeout 900 "${wrapper[@]}" "$SHEAFBENCH" run "$tmp/far.json" --id "$far" --quiet 2>"$tmp/err"
	) || status=$?
	echo "exit $status"
	cat "$tmp/err"
	[[ $status -eq 3 && -p $note && $(wc -l <"$tmp/err") -eq 1 ]]
	rm "$note"
	mkdir "$note"
	status=0
	(
		ulimit -f 100
		timeout 900 scripts/experiment.sh "$tmp/far.json" 2 >"$tmp/out" 2>"$tmp/err"
	) || status=$?
	cat "$tmp/err"
	[[ $status -eq 1 ]]
	grep -q "^  $far  no reason is kept" "$tmp/err"
	rmdir "$note"
	mkfifo "$note"
	timeout 900 scripts/experiment.sh "$tmp/far.json" 2
	[[ ! -e $note ]]
}

places() {
	local place
	for place in 1:0:-1 1:0:abc 1:0: 1:0 1:0:+1 '1:0: 1' -1:0:0 0:0:0 1:-1:0 1:0:0x a:b:c 1:0:1:; do
		refused 'expected STEP:TENSOR:ELEMENT, numbers as in a trace' \
			run "$tmp/tiny.json" --id "$id" --quiet --flip "$place"
	done
	for place in 0:0:x 1:0: 1:0 -1:0:x 1:x:x; do
		refused 'expected STEP:TENSOR:FILE, numbers as in a trace' \
			run "$tmp/tiny.json" --id "$id" --quiet --dump "$place"
	done
	refused '--flip: step 11 is not in this run; expected 1 to 10' \
		run "$tmp/tiny.json" --id "$id" --quiet --flip 11:0:0
	refused '--flip: tensor 99999 is not in this run; expected 0 to [0-9]*$' \
		run "$tmp/tiny.json" --id "$id" --quiet --flip 1:99999:0
	refused '--flip: element 99999999 is not in this run; expected 0 to [0-9]*$' \
		run "$tmp/tiny.json" --id "$id" --quiet --flip 2:0:99999999 --trace
	refused '--flip: step [0-9]* is not' run "$tmp/tiny.json" --id "$id" --flip 99999999999999999999:0:0
	refused '--dump: step 99999 is not in this run; expected 1 to 10' \
		run "$tmp/tiny.json" --id "$id" --quiet --dump "99999:0:$tmp/x"
	refused '--dump: tensor 99999 is not in this run' \
		run "$tmp/tiny.json" --id "$id" --quiet --dump "1:99999:$tmp/x"
	# Found before it trains, which would be shown.
	expect_exit 3 "$tmp/nowhere/x: cannot create: No such file" \
		run "$tmp/tiny.json" --id "$id" --dump "1:0:$tmp/nowhere/x"
	[[ ! -s $tmp/out && $(wc -l <"$tmp/err") -eq 1 ]]
	[[ ! -e $tmp/x && ! -e $runs/$id.trace && ! -e $runs/$id.failed ]]
	# The last of each.
	local last
	last=$(sed -n 's/.*expected 0 to //p' <(bench run "$tmp/tiny.json" --id "$id" --flip 10:0:99999999 2>&1))
	bench run "$tmp/tiny.json" --id "$id" --quiet --flip "10:0:$last"
	refused "expected 0 to $last" run "$tmp/tiny.json" --id "$id" --quiet --flip "10:0:$((last + 1))"
}

traces() {
	local name=$tmp/'a "quoted" \ name.json' flip
	cp "$tmp/tiny.json" "$name"
	bench run "$name" --id "$id" --quiet --trace >/dev/null
	head -n 1 "$runs/$id.trace" | jq -e --arg name "$name" '.config_file == $name and .flip == [0, 0, 0]'
	bench verify --bisect "$runs/$id.trace" "$runs/$id.trace" | grep -qx 'no difference'
	head -n 1 "$runs/$id.trace" >"$tmp/header.trace"
	refused 'a trace without a step' verify --bisect "$tmp/header.trace" "$tmp/header.trace"
	refused 'ends early\|without a step' verify --bisect "$tmp/header.trace" "$runs/$id.trace"
	for flip in '[1, 0, -1]' '[1, 0]' '[1, 0, 0, 0]' '["1", 0, 0]' '[-1, 0, 0]' '[1.5, 0, 0]' '[]'; do
		{
			head -n 1 "$runs/$id.trace" | sed "s/\"flip\": \[0, 0, 0\]/\"flip\": $flip/"
			tail -n +2 "$runs/$id.trace"
		} >"$tmp/flip.trace"
		refused 'flip: .*expected step, tensor and element' \
			verify --bisect "$tmp/flip.trace" "$runs/$id.trace"
	done
}

# One rule for all commands.
twice_and_valueless() {
	local command option
	for command in "plan $tmp/tiny.json" "run $tmp/tiny.json --id $id" "table $tmp/tiny.json" "report $tmp/tiny.json" \
		"verify $tmp/tiny.json" "paper $tmp/tiny.json" "explain $id" "crate $tmp/tiny.json" bench bench-compare \
		bench-contract bench-rules "arch init $arch"; do
		# shellcheck disable=SC2086 # words
		refused '^--out without a value' $command --out
		# shellcheck disable=SC2086
		refused '^--out without a value' $command --out ''
		# shellcheck disable=SC2086
		refused '^--out given twice; expected it once' $command --out "$tmp/a" --out "$tmp/a"
	done
	for option in --json --pending "--jobs 2"; do
		# shellcheck disable=SC2086
		refused "^${option% *} given twice" plan "$tmp/tiny.json" $option $option
	done
	refused '^--force given twice' run "$tmp/tiny.json" --id "$id" --force --force
	refused '^--id given twice' run "$tmp/tiny.json" --id "$id" --id "$id"
	refused '^--size without a value' arch describe --size
	refused '^--size given twice' arch describe --size Nano --size Nano
	refused '^--file given twice' paper --file a --file a "$tmp/tiny.json"
	[[ ! -e $tmp/a ]]
}

# What cannot be chosen is said once, before anything is written.
driver_choice() {
	local variable status
	for variable in SHEAFBENCH_ISA SHEAFBENCH_CHOICE; do
		status=0
		env "$variable=junk" SHEAFBENCH_RESULTS="$tmp/junk" scripts/experiment.sh "$tmp/tiny.json" 2 \
			>"$tmp/out" 2>"$tmp/err" || status=$?
		cat "$tmp/err"
		[[ $status -eq 2 && $(wc -l <"$tmp/err") -eq 1 && ! -s $tmp/out && ! -e $tmp/junk ]]
		grep -q "$variable" "$tmp/err"
	done
}

# What the driver said beside its progress, of which a slow machine sees more.
said() { sed '/^tiny: [0-9]*\/[0-9]* runs, [0-9]* failed, /d' "$1"; }

driver_output() {
	local status=0
	scripts/experiment.sh "$tmp/tiny.json" 2 >"$tmp/out" 2>"$tmp/err"
	# Nothing but what is meant, though gnuplot has few points to draw.
	said "$tmp/err"
	[[ -z $(said "$tmp/err") ]]
	if [[ -w /dev/full ]]; then
		scripts/experiment.sh "$tmp/tiny.json" 2 >/dev/full 2>"$tmp/err" || status=$?
		cat "$tmp/err"
		[[ $status -eq 3 ]]
		diff "$tmp/err" <(echo "standard output: cannot write: No space left on device")
	fi
	cd "$tmp"
	SHEAFBENCH_RESULTS=-r "$root/scripts/experiment.sh" "$tmp/tiny.json" 2 >"$tmp/out" 2>"$tmp/err"
	SHEAFBENCH_RESULTS=-r "$root/scripts/experiment.sh" "$tmp/tiny.json" 2 >"$tmp/out" 2>>"$tmp/err"
	said "$tmp/err"
	[[ -z $(said "$tmp/err") && -s ./-r/tiny/tiny.csv && -n $(find ./-r/tiny/figures -name '*.svg') ]]
}

# Names as long as they may be have their place in the figure.
long_labels() {
	local width name figure
	for width in 1 59 60 61 90 200; do
		name=$(head -c "$width" /dev/zero | tr '\0' W)
		printf '"%s"\n1 .5 .4 .6\n2 .6 .5 .7\n\n\n"7"\n1 .5 .4 .6\n' "$name" >"$tmp/curves.dat"
		for figure in curves time; do
			LC_ALL=C.UTF-8 gnuplot -c "scripts/plot-$figure.gp" "$tmp/curves.dat" "$tmp/$figure.svg" task accuracy 2>"$tmp/err"
			cat "$tmp/err"
			[[ ! -s $tmp/err && -s $tmp/$figure.svg ]]
		done
	done
}

tiny_experiment
mapfile -t ids < <(bench plan "$tmp/tiny.json" --pending 2>/dev/null)
id=${ids[0]}
train "${ids[@]}"
bench table "$tmp/tiny.json" >/dev/null 2>&1
arch=$runs/$id/arch.json

check "only regular files are replaced: names that are given" given_names
check "only regular files are replaced: names of the program's own" own_names
check "a FIFO in place of a failure's note is not waited for" failure_note
check "places that no run has are refused" places
check "a trace is JSON and has steps" traces
check "options without a value or given twice are refused by all" twice_and_valueless
check "what the driver cannot choose is said once" driver_choice
if command -v gnuplot >/dev/null; then
	check "the driver says what it means, once" driver_output
	check "long names have room in figures" long_labels
else
	skip "the driver says what it means, once" "no gnuplot"
	skip "long names have room in figures" "no gnuplot"
fi
finish
