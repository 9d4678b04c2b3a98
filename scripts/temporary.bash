# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Folders for what is needed only while a script runs. lib.bash sources it; by itself it changes neither
# the shell's options nor the environment.
script_name=${0##*/}
script_name=${script_name%.sh}

# die STATUS TEXT ...
die() {
	printf '%s: %s\n' "$script_name" "${*:2}" >&2
	exit "$1"
}

# remove_left FOLDER: what killed scripts left there. A folder that is in use is locked, by the script
# and by all that it started.
remove_left() {
	local left lock
	for left in "$1"/sheafbench-sh-*.??????; do
		[[ -d $left && -O $left && ! -L $left ]] || continue
		{ exec {lock}<"$left"; } 2>/dev/null || continue
		if flock -n "$lock" 2>/dev/null; then rm -rf "$left"; fi
		exec {lock}<&-
	done
}

# temporary NAME: makes a folder of its own under TMPDIR, sets `tmp` to it, and removes it when the
# script ends; a script that sets a trap on EXIT of its own does that there. Exit 3 where it cannot be
# made or has no room for as much as a page of text.
temporary() {
	local folder=${TMPDIR:-/tmp} reason status
	[[ $folder == /* ]] || folder=./$folder
	remove_left "$folder"
	while true; do
		tmp=$(mktemp -d "$folder/sheafbench-sh-$1.XXXXXX" 2>/dev/null) ||
			die 3 "cannot make a folder in $folder; expected TMPDIR to be a folder that can be written to"
		status=0
		if ! { exec {tmp_lock}<"$tmp"; } 2>/dev/null; then
			[[ ! -d $tmp ]] || die 3 "cannot open $tmp"
			continue
		fi
		flock -n "$tmp_lock" 2>/dev/null || status=$?
		# Between making and locking it was a left one for others; 1: one is about to remove it.
		[[ $status -eq 1 || ! -d $tmp ]] || break
		exec {tmp_lock}<&-
	done
	if ! reason=$(head -c 65536 /dev/zero 2>&1 >"$tmp/room"); then
		rm -rf "$tmp"
		die 3 "no room in $folder (TMPDIR): ${reason##*: }"
	fi
	rm -f "$tmp/room"
	trap 'rm -rf "$tmp"' EXIT
}
