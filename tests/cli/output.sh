#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What is printed arrives, or the command fails; what is printed cannot steer a terminal; a full disk and
# a limit of file sizes are told and leave nothing behind. TAP; SHEAFBENCH is the program.
# shellcheck source=tests/cli/lib.bash
source "$(dirname "${BASH_SOURCE[0]}")/lib.bash"

export SHEAFBENCH_RESULTS=$tmp/results
table=$SHEAFBENCH_RESULTS/tiny

# each_command FUNCTION: calls it with every command that prints and is done soon.
each_command() {
	local use=$1
	"$use" help
	"$use" --help
	"$use" cpu
	"$use" cpu --json
	"$use" plan "$tmp/tiny.json"
	"$use" plan "$tmp/tiny.json" --json
	"$use" plan "$tmp/more.json" --pending
	"$use" run "$tmp/tiny.json" --id "${ids[0]}" --quiet
	"$use" run "$tmp/tiny.json" --id "${ids[0]}" --quiet --force
	"$use" table "$tmp/tiny.json"
	"$use" report "$tmp/tiny.json"
	"$use" crate "$tmp/tiny.json"
	"$use" verify "$tmp/tiny.json" --id "${ids[0]}"
	"$use" explain "${ids[0]}"
	"$use" explain letter/SheafOnly/accuracy "$tmp/tiny.json"
	"$use" explain letter/SheafOnly/accuracy "$tmp/tiny.json" --json
	"$use" predict "$table/runs/${ids[0]}" "$tmp/rows.csv"
	"$use" arch describe "$table/runs/${ids[0]}/arch.json"
	"$use" bench --benchmark_list_tests=true
}

# lost REASON STATUS: it is exit 3 with one line, and that is the last.
lost() {
	echo "exit $2"
	cat "$tmp/err"
	[[ $2 -eq 3 && $(grep -c 'cannot write' "$tmp/err") -eq 1 ]]
	[[ $(tail -n 1 "$tmp/err") == "standard output: cannot write: $1" ]]
}

to_full() {
	local status=0
	echo "$@"
	bench "$@" >/dev/full 2>"$tmp/err" || status=$?
	lost 'No space left on device' "$status"
}

to_closed() {
	local status=0
	echo "$@"
	bench "$@" >&- 2>"$tmp/err" || status=$?
	lost 'Bad file descriptor' "$status"
}

full_disk() {
	each_command to_full
}

closed_output() {
	each_command to_closed
}

# A pipe without a reader ends the program by SIGPIPE, or is told where that signal is ignored.
no_reader() {
	local pipe status=0
	exec {pipe}> >(exit 0)
	wait $!
	bench plan "$tmp/tiny.json" 1>&"$pipe" 2>"$tmp/err" || status=$?
	echo "exit $status"
	[[ $status -eq 141 ]]
	status=0
	(
		trap '' PIPE
		bench plan "$tmp/tiny.json" 1>&"$pipe" 2>"$tmp/err"
	) || status=$?
	lost 'Broken pipe' "$status"
}

# A reader that has enough.
enough() {
	bench plan "$tmp/tiny.json" 2>/dev/null >"$tmp/all"
	(
		set +o pipefail
		bench plan "$tmp/tiny.json" 2>/dev/null | head -n 1
	) >"$tmp/first"
	diff <(head -n 1 "$tmp/all") "$tmp/first"
}

own_status() {
	local status=0
	bench plan "$tmp/no-such.json" >/dev/full 2>"$tmp/err" || status=$?
	[[ $status -eq 2 && $(wc -l <"$tmp/err") -eq 1 ]]
	status=0
	bench >/dev/full 2>"$tmp/err" || status=$?
	[[ $status -eq 2 ]]
	status=0
	bench plan "$tmp/tiny.json" --pending 2>/dev/full >"$tmp/out" || status=$?
	[[ $status -eq 3 ]]
}

# No file that is opened becomes a standard stream.
closed_streams() {
	local status=0 out=$tmp/closed
	bench run "$tmp/tiny.json" --id "${ids[0]}" --out "$out" <&- >&- 2>&- || status=$?
	[[ $status -eq 3 ]]
	jq -e '.schema' "$out/tiny/runs/${ids[0]}/run.json"
	jq -es 'length > 0' "$out/tiny/runs/${ids[0]}/metrics.jsonl"
	diff <(jq -S .metrics "$table/runs/${ids[0]}/run.json") \
		<(jq -S .metrics "$out/tiny/runs/${ids[0]}/run.json")
}

# no_controls FILE: nothing but printable characters and line ends. A cut character is none.
no_controls() {
	[[ -s $1 ]]
	absent -aP '[\x00-\x09\x0b-\x1f\x7f]' "$1"
	iconv -f UTF-8 -t UTF-8 "$1" >/dev/null
	absent -P '\xc2[\x80-\x9f]|\xe2\x80\xae' "$1"
}

steered() {
	local bad=$'\e]0;x\a\e[31m\xc2\x9b31m\x9b\xe2\x80\xae' status=0
	# A name on the command line, a file's name, and values of files.
	bench "frob$bad" >"$tmp/shown" 2>&1 || status=$?
	[[ $status -eq 2 ]]
	no_controls "$tmp/shown"
	# A record is JSON, which holds characters only: without the lone byte.
	bad=${bad/$'\x9b\xe2'/$'\xe2'}
	cp "$tmp/tiny.json" "$tmp/$bad.json"
	bench plan "$tmp/$bad.json" >"$tmp/shown" 2>&1
	no_controls "$tmp/shown"
	mkdir -p "$tmp/steer"
	SHEAFBENCH_RESULTS=$tmp/steer bench run "$tmp/$bad.json" --id "${ids[0]}" --quiet
	SHEAFBENCH_RESULTS=$tmp/steer bench explain "${ids[0]}" >"$tmp/shown" 2>&1
	cat -v "$tmp/shown"
	no_controls "$tmp/shown"
	grep -q '\\x1b\|\\033' "$tmp/shown"
	# The command it prints leads to the same file.
	status=$(sed -n "s/^again *build\/sheafbench run \(.*\) --id.*/\1/p" "$tmp/shown")
	eval "[[ -e $status ]]"
	jq --arg bad "$bad" '.arm = $bad | .variant = $bad | .task = $bad' \
		"$table/runs/${ids[1]}/run.json" >"$tmp/bad-run.json"
	cp "$tmp/bad-run.json" "$tmp/steer/tiny/runs/${ids[0]}/run.json"
	SHEAFBENCH_RESULTS=$tmp/steer bench explain "${ids[0]}" >"$tmp/shown" 2>&1 || true
	no_controls "$tmp/shown"
	jq --arg bad "$bad" '.name = $bad' "$tmp/tiny.json" >"$tmp/named.json"
	SHEAFBENCH_RESULTS=$tmp/named bench plan "$tmp/named.json" >"$tmp/shown" 2>&1 || true
	no_controls "$tmp/shown"
}

# What programs read keeps its bytes.
data_is_data() {
	mkdir -p "$tmp/éa"
	cp "$tmp/tiny.json" "$tmp/éa/é.json"
	bench plan "$tmp/éa/é.json" --json 2>/dev/null >"$tmp/out"
	jq -e . "$tmp/out" >/dev/null
	bench predict "$table/runs/${ids[0]}" "$tmp/rows.csv" >"$tmp/out"
	[[ $(wc -l <"$tmp/out") -eq $(($(wc -l <"$tmp/rows.csv") + 1)) ]]
}

on_full_disk() {
	local status command
	# All but a page of what the runs need.
	for command in run table report; do
		head -c 16M /dev/zero >"$tmp/disk/filler" 2>/dev/null || true
		status=0
		if [[ $command == run ]]; then
			bench run "$tmp/tiny.json" --id "${ids[0]}" --out "$tmp/disk" --quiet \
				>"$tmp/out" 2>"$tmp/err" || status=$?
			[[ ! -e $tmp/disk/tiny/runs/${ids[0]}/run.json ]]
		else
			rm -f "$tmp/disk/filler"
			mkdir -p "$tmp/disk/tiny"
			cp -r "$table/runs" "$tmp/disk/tiny/"
			bench "$command" "$tmp/tiny.json" --out "$tmp/disk" >/dev/null
			find "$tmp/disk/tiny" -maxdepth 1 -type f -exec sha256sum {} + | sort >"$tmp/before"
			head -c 16M /dev/zero >"$tmp/disk/filler" 2>/dev/null || true
			bench "$command" "$tmp/tiny.json" --out "$tmp/disk" >"$tmp/out" 2>"$tmp/err" ||
				status=$?
			find "$tmp/disk/tiny" -maxdepth 1 -type f -exec sha256sum {} + | sort |
				diff "$tmp/before" -
		fi
		echo "$command: exit $status"
		cat "$tmp/err"
		[[ $status -eq 3 ]]
		grep -q 'No space left' "$tmp/err"
		rm -f "$tmp/disk/filler"
		[[ -z $(find "$tmp/disk" -name '*.tmp*') ]]
	done
}

limited_files() {
	local status=0
	(
		ulimit -f 100
		bench run "$tmp/tiny.json" --id "${ids[0]}" --out "$tmp/limited" --quiet
	) >"$tmp/out" 2>"$tmp/err" || status=$?
	echo "exit $status"
	cat "$tmp/err"
	[[ $status -eq 3 ]]
	grep -q 'cannot write: File too large' "$tmp/err"
	[[ -z $(find "$tmp/limited" -name '*.tmp*' -o -name run.json) ]]
}

# The scripts, too.
scripts_say_so() {
	local status=0
	scripts/experiment.sh "$tmp/tiny.json" 1 >/dev/full 2>"$tmp/err" || status=$?
	cat "$tmp/err"
	[[ $status -eq 3 ]]
	status=0
	scripts/experiment.sh "$tmp/tiny.json" 1 >&- 2>"$tmp/err" || status=$?
	cat "$tmp/err"
	[[ $status -eq 3 ]]
	diff "$tmp/err" <(echo "standard output: cannot write: Bad file descriptor")
	status=0
	scripts/experiment.sh "$tmp/more.json" 1 >/dev/full 2>"$tmp/err" || status=$?
	[[ $status -eq 3 ]]
	status=0
	scripts/golden-digest.sh results/golden/smoke.json >/dev/full 2>"$tmp/err" || status=$?
	[[ $status -ne 0 ]]
}

tiny_experiment
jq '.name = "more" | .seeds.first = 50 | .seeds.count = 1' "$tmp/tiny.json" >"$tmp/more.json"
head -n 20 < <(gzip -dc data/letter-recognition.data.gz) >"$tmp/rows.csv"
mapfile -t ids < <(bench plan "$tmp/tiny.json" --pending)
train "${ids[@]}"

check "output to a full disk is exit 3 and one message, of every command" full_disk
check "output to a closed descriptor too" closed_output
check "a pipe without a reader ends the program" no_reader
check "a reader may stop when it has enough" enough
check "the command's own status comes first" own_status
check "no file becomes a standard stream" closed_streams
check "nothing that is shown steers a terminal" steered
check "what programs read keeps its bytes" data_is_data
check "experiment.sh and others fail where their output does not arrive" scripts_say_so
mkdir -p "$tmp/disk"
if mount -t tmpfs -o size=8m tmpfs "$tmp/disk" 2>/dev/null; then
	trap 'umount "$tmp/disk"; rm -rf "$tmp"' EXIT
	check "a full disk is told and what was there stays" on_full_disk
else
	skip "a full disk is told and what was there stays" "cannot mount a small file system here"
fi
if [[ ${#wrapper[@]} -gt 0 ]]; then
	skip "a limit of file sizes is told and leaves nothing behind" "the wrapper has files of its own"
else
	check "a limit of file sizes is told and leaves nothing behind" limited_files
fi
finish
