#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Trains what is pending of an experiment, JOBS runs at a time, then writes its tables and figures.
# Exit 1: runs failed (listed with the reason), 2: bad usage or experiment file, 3: the machine cannot do
# it: no room, no permission, a results folder that went away.
# shellcheck source=scripts/lib.bash
source "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/lib.bash"

self=$(realpath "${BASH_SOURCE[0]}")
root=$(dirname "$(dirname "$self")")
read -r -a wrapper <<<"${EXEC_WRAPPER:-}"

# One run, as GNU Parallel starts it: prints "done ID" or "failed ID".
run_one() {
	local id=$1 status=0 log=$RUN_PLAN_TMP/$1.log reason=$RUN_PLAN_RUNS/$1.failed
	rm -f "$reason" || true
	"${wrapper[@]}" "$SHEAFBENCH" run "$RUN_PLAN_CONFIG" --id "$id" --quiet \
		>/dev/null 2>"$log" || status=$?
	# Stopped from outside: says nothing about the run.
	[[ ! -e $RUN_PLAN_TMP/stopping ]] || exit 1
	if [[ $status -eq 0 && -e $RUN_PLAN_RUNS/$id/run.json ]]; then
		echo "done $id"
		return
	fi
	# Where the reason cannot be kept, that it failed is still told.
	if [[ $status -gt 128 ]]; then
		echo "killed by signal $((status - 128))" >"$reason" || true
	elif [[ $status -eq 0 ]]; then
		echo "its record is gone" >"$reason" || true
	elif [[ ! -s $reason ]]; then
		echo "exit $status: $(tail -n 1 "$log")" >"$reason" || true
	fi
	echo "failed $id"
}

if [[ ${1:-} == --one ]]; then
	run_one "$2" 2>/dev/null
	exit 0
fi

if [[ $# -lt 1 || $# -gt 2 ]]; then
	die 2 "expected run-plan.sh CONFIG [JOBS]"
fi
config=$1
[[ $config != -* ]] || config=./$config # no option
jobs=${2:-$(nproc)}
require_number JOBS "$jobs"
export SHEAFBENCH=${SHEAFBENCH:-$root/build/sheafbench}
results=${SHEAFBENCH_RESULTS:-results}
[[ $results != -* ]] || results=./$results # no option
temporary run-plan
session=

# shellcheck disable=SC2317 # called from the trap below
# Ends every process of the session the runs are in.
stop_runs() {
	local signal=$1 line pid stat fields
	for stat in /proc/[0-9]*/stat; do
		# pid (name) state ppid pgrp session ...; the name may hold anything.
		line=""
		{ IFS= read -r -d '' line <"$stat" || true; } 2>/dev/null
		pid=${stat//[!0-9]/}
		IFS=' ' read -r -a fields <<<"${line##*) }"
		if [[ ${fields[3]:-} == "$session" && ${fields[0]} != Z ]]; then
			kill -s "$signal" "$pid" 2>/dev/null || true
			alive=1
		fi
	done
}

# shellcheck disable=SC2317 # a trap
clean_up() {
	local status=$? alive=0 try
	trap '' INT TERM HUP
	if [[ -n $session ]]; then
		touch "$tmp/stopping"
		stop_runs TERM
		for ((try = 0; alive && try < 20; try++)); do
			sleep 0.1
			alive=0
			if [[ $try -lt 10 ]]; then stop_runs 0; else stop_runs KILL; fi
		done
	fi
	rm -rf "$tmp"
	exit "$status"
}
# shellcheck disable=SC2317 # a trap
interrupted() {
	[[ ! -t 2 ]] || printf '\n' >&2
	echo "$name: stopped; the same command goes on with what is left" >&2
	exit "$1"
}
trap clean_up EXIT

# The kernels are chosen once for all runs, even where no file can keep the choice. What cannot be
# chosen ends here, before anything is written: every run would fail of it.
status=0
choice=$("${wrapper[@]}" "$SHEAFBENCH" cpu --hand-down 2>"$tmp/choice") || status=$?
if [[ $status -ne 0 ]]; then
	[[ -s $tmp/choice ]] || die "$status" "cannot choose the kernels, and say why in $tmp"
	cat "$tmp/choice" >&2
	exit "$status"
fi
export SHEAFBENCH_CHOICE=$choice

status=0
"${wrapper[@]}" "$SHEAFBENCH" plan "$config" --json --jobs "$jobs" >"$tmp/plan" 2>"$tmp/summary" ||
	status=$?
if [[ $status -ne 0 ]]; then
	[[ -s $tmp/summary ]] || die "$status" "cannot plan $config, and say why in $tmp"
	cat "$tmp/summary" >&2
	exit "$status"
fi
# Which records are damaged, and why; its last line is said below.
sed '$d' "$tmp/summary" >&2
name=$(jq -r .name <"$config")
trap 'interrupted 130' INT
trap 'interrupted 143' TERM
trap 'interrupted 129' HUP
# Milliseconds of every run that is left; all alike where they could not be predicted.
jq -r '.[] | select(.state != "done")
	| "\(.run_id) \((.predicted_seconds // 1) * 1000 | ceil)"' "$tmp/plan" >"$tmp/predicted" ||
	die 3 "cannot write to $tmp"
cut -d ' ' -f 1 "$tmp/predicted" >"$tmp/pending" || die 3 "cannot write to $tmp"
declare -A work=()
work_total=0
work_done=0
while read -r id milliseconds; do
	work[$id]=$milliseconds
	work_total=$((work_total + milliseconds))
done <"$tmp/predicted"
# The whole, as the plan's summary has it; 0 where it has none.
predicted=$(sed -n 's/.*; predicted \([0-9:]*\),.*/\1/p' "$tmp/summary" |
	awk -F : '{ for (i = 1; i <= NF; i++) s = 60 * s + $i } END { print s + 0 }')
total=$(wc -l <"$tmp/pending")
finished=0
trained=()
failed=()

clock() {
	if [[ $1 -ge 3600 ]]; then
		printf '%d:%02d:%02d' $(($1 / 3600)) $(($1 / 60 % 60)) $(($1 % 60))
	else
		printf '%d:%02d' $(($1 / 60)) $(($1 % 60))
	fi
}

# Seconds left: by the prediction while little is done, then by the pace of the work that is done.
seconds_left() {
	local left=$((predicted - SECONDS))
	if [[ $work_done -gt 0 && ($predicted -eq 0 || $((5 * work_done)) -ge $work_total) ]]; then
		left=$((SECONDS * (work_total - work_done) / work_done))
	fi
	echo $((left > 0 ? left : 0))
}

progress() {
	local left=""
	if [[ $work_done -gt 0 || $predicted -gt 0 ]]; then
		left=", $(clock "$(seconds_left)") left"
	fi
	printf '%s: %d/%d runs, %d failed, %s%s' "$name" "$finished" "$total" "${#failed[@]}" \
		"$(clock "$SECONDS")" "$left"
}

# At a terminal one line that is written over, otherwise a line every 15 s.
said=0
show_progress() {
	if [[ -t 2 ]]; then
		printf '\r%s\033[K' "$(progress)" >&2
	elif [[ $((SECONDS - said)) -ge 15 ]]; then
		said=$SECONDS
		printf '%s\n' "$(progress)" >&2
	fi
}

train() {
	local event="" part="" state id
	mkdir -p "$results/$name/runs" "$results/.cache/parallel" || exit 3
	local note
	for note in "$results/$name"/runs/*.failed; do
		# Of a run that was done since.
		[[ ! -e ${note%.failed}/run.json ]] || rm -f "$note"
	done
	results=$(realpath "$results")
	export SHEAFBENCH_RESULTS=$results PARALLEL_HOME=$results/.cache/parallel
	export PARALLEL_SHELL=/bin/bash BLIS_NUM_THREADS=1 OMP_NUM_THREADS=1
	export RUN_PLAN_TMP=$tmp RUN_PLAN_RUNS=$results/$name/runs RUN_PLAN_CONFIG=$config
	# Where the driver is killed, GNU Parallel ends its runs and starts no more.
	local follow=()
	! command -v setpriv >/dev/null || follow=(setpriv --pdeathsig TERM)
	SECONDS=0
	exec {events}< <(exec setsid "${follow[@]}" parallel --plain --will-cite --jobs "$jobs" --line-buffer \
		--tmpdir "$tmp" --joblog "$results/$name/joblog" --quote "$self" --one '{}' \
		<"$tmp/pending" 2>"$tmp/parallel.log")
	session=$!
	while true; do
		show_progress
		status=0
		read -r -t 1 part <&"$events" || status=$?
		event+=$part
		[[ $status -le 128 ]] || continue # a second without news
		[[ $status -eq 0 ]] || break      # the end
		read -r state id <<<"$event"
		event=""
		finished=$((finished + 1))
		work_done=$((work_done + work[$id]))
		if [[ $state == "done" ]]; then trained+=("$id"); else failed+=("$id"); fi
	done
	exec {events}<&-
	wait "$session" || true
	session=
	[[ ! -t 2 ]] || printf '\r\033[K' >&2
	say "$name: $((finished - ${#failed[@]})) runs trained, ${#failed[@]} failed, $(clock "$SECONDS")"
	local lost=0
	for id in "${trained[@]}"; do
		[[ -e $results/$name/runs/$id/run.json ]] || lost=$((lost + 1))
	done
	if [[ $lost -gt 0 ]]; then
		die 3 "$lost runs that were trained are no longer in $results/$name/runs; the same command trains them again"
	fi
	if [[ $finished -ne $total ]]; then
		echo "$name: GNU Parallel ended after $finished of $total runs" >&2
		cat "$tmp/parallel.log" >&2
		exit 1
	fi
}

# Why a run failed, in one line without what would steer a terminal.
reason_of() {
	local text=""
	{ IFS= read -r text <"$results/$name/runs/$1.failed"; } 2>/dev/null ||
		[[ -n $text ]] || text="no reason is kept; $results/$name/runs cannot be written to"
	printf '%s\n' "${text//[[:cntrl:]]/?}"
}

if [[ $total -eq 0 ]]; then
	say "$name: nothing to train ($(tail -n 1 "$tmp/summary"))"
else
	say "$name: $(tail -n 1 "$tmp/summary"); $jobs at a time"
	train
	for id in "${failed[@]}"; do
		printf '  %s  %s\n' "$id" "$(reason_of "$id")" >&2
	done
fi

status=0
"${wrapper[@]}" "$SHEAFBENCH" table "$config" || status=$?
if [[ $status -eq 0 && -x $root/scripts/plot.sh ]]; then
	"$root/scripts/plot.sh" "$results/$name" || status=$?
	[[ $status -ne 0 ]] || "$root/scripts/plot-valuations.sh" "$results/$name" || status=$?
fi
[[ ${#failed[@]} -eq 0 ]] || exit 1
if [[ $status -eq 0 && $(realpath "$config") == "$root/configs/ablation.json" ]]; then
	"${wrapper[@]}" "$SHEAFBENCH" paper "$config" || status=$?
fi
exit "$status"
