# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What the scripts have in common; each sources it first. The user's locale, CDPATH and options for
# other programs have no say in what they write.
set -euo pipefail
export LC_ALL=C.UTF-8
# A file over `ulimit -f` is a write that fails, here and in what is started.
trap "" XFSZ
unset CDPATH GREP_OPTIONS TAR_OPTIONS POSIXLY_CORRECT
script_name=${0##*/}
script_name=${script_name%.sh}

# say TEXT ...: a line on standard output. Exit 3 where it does not arrive.
say() {
	local reason
	# The words are ours, not bash's own.
	{ reason=$({ printf '%s\n' "$*" >&3; } 2>&1); } 3>&1 ||
		die 3 "cannot write to standard output: ${reason##*: }"
}

# die STATUS TEXT ...
die() {
	printf '%s: %s\n' "$script_name" "${*:2}" >&2
	exit "$1"
}

# temporary NAME: makes a folder of its own under TMPDIR and sets `tmp` to it. Exit 3 where it cannot be
# made or has no room for as much as a page of text.
temporary() {
	local folder=${TMPDIR:-/tmp} reason
	[[ $folder == /* ]] || folder=./$folder
	tmp=$(mktemp -d "$folder/$1.XXXXXX" 2>/dev/null) ||
		die 3 "cannot make a folder in $folder; expected TMPDIR to be a folder that can be written to"
	if ! reason=$(head -c 65536 /dev/zero 2>&1 >"$tmp/room"); then
		rm -rf "$tmp"
		die 3 "no room in $folder (TMPDIR): ${reason##*: }"
	fi
	rm -f "$tmp/room"
}

# require_number NAME VALUE: 1 to 4096, or exit 2.
require_number() {
	[[ $2 =~ ^[1-9][0-9]{0,3}$ && $2 -le 4096 ]] || die 2 "found $1=$2; expected 1 to 4096"
}
