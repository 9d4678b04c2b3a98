#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Commands that are killed: at a system call that SEED chooses, or at a random time. Nothing that was
# done is lost, and the same command then ends as if nothing had been. KILLS says how many.
# shellcheck source=tests/faults/lib.bash
source "$(dirname "${BASH_SOURCE[0]}")/lib.bash"

KILLS=${KILLS:-10}
# Calls that change or look at files; with reads there would be little else.
kinds=open,write,fsync,ftruncate,close,rename,mkdir,unlink
declare -A calls=() took=()

# Records that must be whole after a kill: all that were before it, but one that is not there yet.
kept() {
	local before=$1
	done_runs >"$tmp/kept"
	comm -23 "$before" "$tmp/kept" >"$tmp/lost"
	[[ ! -s $tmp/lost ]] || { echo "lost: $(paste -sd ' ' "$tmp/lost")" && return 1; }
}

# survives CASE PREFIX...: killed as the prefix says, then done again.
survives() {
	local case=$1 status
	shift
	prepare "$case"
	done_runs >"$tmp/before"
	status=$(do_case "$case" "$@" 2>/dev/null)
	echo "killed: exit $status"
	cat "$tmp/injected" 2>/dev/null || true
	kept "$tmp/before"
	again "$case"
}

# Ends a command and all it started after a time. What it put into sessions of its own holds its
# environment; the second look finds what was being started during the first.
cat >"$tmp/kill-after" <<'END'
#!/usr/bin/env bash
seconds=$1
shift
set -m
"$@" &
pid=$!
sleep "$seconds"
kill -KILL -- "-$pid" 2>/dev/null
found=1
while [[ $found -eq 1 ]]; do
	found=0
	for environ in /proc/[0-9]*/environ; do
		other=${environ//[!0-9]/}
		[[ $other -ne $$ ]] || continue
		if grep -qzxF "KILL_MARK=$KILL_MARK" "$environ" 2>/dev/null &&
			kill -KILL "$other" 2>/dev/null; then
			found=1
		fi
	done
done
wait "$pid" 2>/dev/null
exit 137
END
chmod +x "$tmp/kill-after"

traced=1
if ! "$inject" true 2>/dev/null; then
	skip "kills at chosen system calls" "$("$inject" true 2>&1 || true)"
	traced=0
fi
# count CASE: how many calls it makes, and how long it takes, undisturbed.
count() {
	local before
	prepare "$1"
	before=$(date +%s%3N)
	do_case "$1" >/dev/null
	took[$1]=$(($(date +%s%3N) - before + 1))
	calls[$1]=0
	if [[ $traced -eq 1 ]]; then
		prepare "$1"
		do_case "$1" "$inject" --calls $kinds --under "$work" --under "$TMPDIR" \
			--report "$tmp/counted" >/dev/null
		calls[$1]=$(sed -n "s/^calls //p" "$tmp/counted")
	fi
}

for ((kill = 0; kill < KILLS; kill++)); do
	case=${cases[kill % ${#cases[@]}]}
	[[ -n ${calls[$case]:-} ]] || count "$case"
	rm -f "$tmp/injected"
	if [[ $traced -eq 0 || ${calls[$case]} -eq 0 || $((kill % 4)) -eq 3 ]]; then
		roll "${took[$case]}"
		check "$case killed at a random time, then again" survives "$case" \
			env KILL_MARK="$kill.$$" "$tmp/kill-after" "$(printf '%d.%03d' $((rolled / 1000)) $((rolled % 1000)))"
	else
		roll "${calls[$case]}"
		check "$case killed at call $((rolled + 1)) of ${calls[$case]}, then again" survives "$case" \
			"$inject" --calls $kinds --under "$work" --under "$TMPDIR" \
			--at $((rolled + 1)) --kill --report "$tmp/injected"
	fi
done
finish
