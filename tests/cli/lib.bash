# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What tests/cli/*.sh have in common; each sources it first and ends with `finish`. They speak TAP.
# SHEAFBENCH is the program, EXEC_WRAPPER what runs it. Changes to the root of the repository; what is
# in $tmp is removed at the end.
set -euo pipefail

root=$(dirname "$(dirname "$(dirname "$(realpath "${BASH_SOURCE[0]}")")")")
SHEAFBENCH=$(realpath "${SHEAFBENCH:-$root/build/sheafbench}")
export SHEAFBENCH
read -r -a wrapper <<<"${EXEC_WRAPPER:-}"
# shellcheck source=scripts/temporary.bash
source "$root/scripts/temporary.bash"
temporary "cli-$(basename "$0" .sh)"
cd "$root"
number=0

bench() {
	"${wrapper[@]}" "$SHEAFBENCH" "$@"
}

# report STATUS NAME: 0 passes; with another one $tmp/output is shown, and STOP_AT_FAILURE ends the script.
report() {
	number=$((number + 1))
	if [[ $1 -eq 0 ]]; then
		echo "ok $number - $2"
	else
		echo "not ok $number - $2"
		[[ ! -s $tmp/output ]] || sed 's/^/# /' "$tmp/output"
		[[ -z ${STOP_AT_FAILURE:-} ]] || exit 1
	fi
}

# check NAME COMMAND ...: passes with the command; its output is shown if it fails.
check() {
	local name=$1 status
	shift
	# In a shell with -e of its own: `if` and `||` would switch it off.
	set +e
	(
		set -e
		"$@"
	) >"$tmp/output" 2>&1
	status=$?
	set -e
	report "$status" "$name"
}

# skip NAME REASON
skip() {
	number=$((number + 1))
	echo "ok $number - $1 # SKIP $2"
}

# The plan, after the last test.
finish() {
	echo "1..$number"
}

# expect_exit STATUS PATTERN ARGUMENTS: the exit status, and one line on standard error that matches.
expect_exit() {
	local expected=$1 pattern=$2 status=0
	shift 2
	bench "$@" >"$tmp/out" 2>"$tmp/err" || status=$?
	echo "exit $status"
	cat "$tmp/err"
	[[ $status -eq $expected && $(wc -l <"$tmp/err") -eq 1 ]]
	grep -q -- "$pattern" "$tmp/err"
}

# absent GREP_ARGUMENTS: no line matches. A leading `!` would not end a shell with -e.
absent() {
	if grep -n "$@"; then
		return 1
	fi
}

# edit_record FILE FILTER: changes a record that stays whole, as one of schema 2: it has no seal.
edit_record() {
	jq ".schema = \"sheafbench/run/2\" | del(.files, .sha256) | $2" "$1" >"$tmp/edited.json"
	mv "$tmp/edited.json" "$1"
}

# change_byte FILE OFFSET: one bit of one byte.
change_byte() {
	local byte
	byte=$(od -An -tu1 -j "$2" -N 1 "$1")
	# shellcheck disable=SC2059 # an octal escape
	printf "\\$(printf %o $((byte ^ 16)))" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

# seal FILE: what a record must end with, of a text that was changed.
seal() {
	head -n -2 "$1" >"$tmp/text"
	{
		cat "$tmp/text"
		printf '  "sha256": "%s"\n}\n' "$(sha256sum <"$tmp/text" | cut -d ' ' -f 1)"
	} >"$1"
}

# tiny_experiment: $tmp/tiny.json, of 8 short runs.
tiny_experiment() {
	jq --arg root "$root" '.name = "tiny" | .tasks = [$root + "/configs/tasks/letter.json"]
		| .seeds.count = 2 | .train.epochs = 1 | .train.max_steps = 10' \
		configs/smoke.json >"$tmp/tiny.json"
}

# train ID ...: runs of tiny.json.
train() {
	local id
	for id in "$@"; do
		bench run "$tmp/tiny.json" --id "$id" --quiet >/dev/null
	done
}
