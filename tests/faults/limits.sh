#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Places that are full or closed, and limits of the system: exit 3 and one line, or the right bytes.
# shellcheck source=tests/faults/lib.bash
source "$(dirname "${BASH_SOURCE[0]}")/lib.bash"

# Of the cases asked for.
singles=()
for case in run force table verify_id bisect predict explain crate report plan; do
	[[ " ${cases[*]} " != *" $case "* ]] || singles+=("$case")
done

# refused STATUS: exit 3 and one line.
refused() {
	echo "exit $1"
	cat "$tmp/err"
	[[ $1 -eq 3 && $(wc -l <"$tmp/err") -eq 1 ]]
}

# Either it does not matter, or it is said.
refused_or_right() {
	if [[ $2 -eq $(expected_exit "$1") ]]; then
		as_undisturbed "$1"
	else
		refused "$2"
	fi
	again "$1"
}

full_standard_output() {
	local case=$1 status=0
	prepare "$case"
	command_of "$case"
	SHEAFBENCH_RESULTS=$work "${words[@]}" >/dev/full 2>"$tmp/err" </dev/null || status=$?
	# Quiet commands have nothing to lose.
	[[ -s $tmp/printed.$case ]] || { [[ $status -eq 0 ]] && return 0; }
	refused "$status"
	again "$case"
}

help_and_cpu() {
	local status word
	for word in help cpu; do
		status=0
		bench "$word" >/dev/full 2>"$tmp/err" || status=$?
		refused "$status"
	done
}

closed_standard_output() {
	local status=0
	prepare predict
	command_of predict
	"${words[@]}" >&- 2>"$tmp/err" || status=$?
	refused "$status"
}

limited() {
	local case=$1 limit=$2 value=$3 status
	prepare "$case"
	status=$(ulimit "$limit" "$value" && do_case "$case")
	refused_or_right "$case" "$status"
}

full_disk() {
	local case=$1 status
	prepare "$case"
	mount -t tmpfs -o size=16m none "$tmp/small"
	trap 'umount "$tmp/small"' EXIT
	cp -a "$work/." "$tmp/small"
	cat /dev/zero >"$tmp/small/fill" 2>/dev/null || true
	command_of "$case"
	status=0
	SHEAFBENCH_RESULTS=$tmp/small "${words[@]}" >"$tmp/out" 2>"$tmp/err" </dev/null || status=$?
	refused "$status"
}

read_only() {
	local case=$1 status=0
	prepare "$case"
	chmod -R a+rX,a-w "$work"
	command_of "$case"
	SHEAFBENCH_RESULTS=$work "${nobody[@]}" "${words[@]}" >"$tmp/out" 2>"$tmp/err" </dev/null || status=$?
	chmod -R u+w "$work"
	case $case in
	run | force | table | crate | report) refused "$status" ;;
	*) [[ $status -eq $(expected_exit "$case") ]] && diff <(standard "$tmp/printed.$case") <(standard "$tmp/out") ;;
	esac
}

for case in "${singles[@]}"; do
	if [[ $case == bisect ]]; then continue; fi # says what it found before it looks further
	check "$case to a full standard output" full_standard_output "$case"
done
check "help and cpu to a full standard output" help_and_cpu
check "predict to a closed standard output" closed_standard_output
for case in run force table crate report; do
	check "$case where files end at 512 bytes" limited "$case" -f 1
done
for case in run table report predict; do
	check "$case with 8 open files" limited "$case" -n 8
	check "$case with a stack of 256 KiB" limited "$case" -s 256
done
for case in run table predict; do
	if nm "$SHEAFBENCH" 2>/dev/null | grep -q __asan_init; then
		skip "$case with little memory" "sanitizers need more"
	else
		check "$case with 60 MB of memory" limited "$case" -v 60000
	fi
done

mkdir "$tmp/small"
if mount -t tmpfs -o size=1m none "$tmp/small" 2>/dev/null; then
	umount "$tmp/small"
	for case in run table crate report; do
		check "$case on a full disk" full_disk "$case"
	done
else
	skip "a full disk" "mounting is not allowed here"
fi

nobody=()
if [[ $(id -u) -eq 0 ]]; then
	nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups env "TMPDIR=$tmp/nobody")
	mkdir -m 0777 "$tmp/nobody"
	chmod a+rx "$tmp"
	chmod a+r "$config"
fi
if "${nobody[@]}" test -x "$SHEAFBENCH" -a -r "$root/tests/fuzz/tiny.json" 2>/dev/null; then
	for case in run force table crate report verify_id predict explain; do
		check "$case where nothing may be written" read_only "$case"
	done
else
	skip "a folder that nothing may be written to" "user 65534 cannot see the program"
fi
finish
