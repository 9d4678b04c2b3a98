# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What the scripts have in common; each sources it first. The user's locale, CDPATH and options for
# other programs have no say in what they write.
set -euo pipefail
export LC_ALL=C.UTF-8
# A file over `ulimit -f` is a write that fails, here and in what is started.
trap "" XFSZ
unset CDPATH GREP_OPTIONS TAR_OPTIONS POSIXLY_CORRECT
# shellcheck source=scripts/temporary.bash
source "$(dirname "${BASH_SOURCE[0]}")/temporary.bash"

# say TEXT ...: a line on standard output. Exit 3 where it does not arrive.
say() {
	local reason="Bad file descriptor"
	# The words are ours, not bash's own, which it has too where standard output is closed.
	{ { reason=$({ printf '%s\n' "$*" >&3; } 2>&1); } 3>&1; } 2>/dev/null ||
		die 3 "cannot write to standard output: ${reason##*: }"
}

# beside FOLDER NAME: sets `made` to FOLDER/NAME.tmp, a file of this process alone while it runs, to be
# renamed when it is whole. What a killed one left is written over. Exit 3 where it cannot be written.
beside() {
	local reason
	{ exec {made_lock}<"$1"; } 2>/dev/null || die 3 "cannot read the folder $1"
	# Where folders cannot be locked, as on some network drives, two at a time are not kept apart.
	flock "$made_lock" 2>/dev/null || true
	made=$1/$2.tmp
	rm -rf "$made"
	{ reason=$({ : >&3; } 2>&1); } 3>"$made" || die 3 "cannot write $made"
}

# table_of RESULTS_FOLDER: the JSON form of its table, which is called as the folder is
# (harness/tables/table.h).
table_of() {
	[[ -d $1 ]] || die 1 "no folder $1; expected what sheafbench table writes"
	printf '%s/%s.json' "$1" "$(basename "$(cd "$1" && pwd)")"
}

# require_number NAME VALUE: 1 to 4096, or exit 2.
require_number() {
	[[ $2 =~ ^[1-9][0-9]{0,3}$ && $2 -le 4096 ]] || die 2 "found $1=$2; expected 1 to 4096"
}
