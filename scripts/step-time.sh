#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# step-time.sh RESULTS_FOLDER: step_time.csv, measured microseconds of a training step of every run,
# from the runs' own files. Runs of a seed are trained one after the other, arm by arm, so that arms are
# compared within a seed whatever else the machine did. Exit 1: no runs.
# shellcheck source=scripts/lib.bash
source "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/lib.bash"

if [[ $# -ne 1 ]]; then
	echo "step-time: expected step-time.sh RESULTS_FOLDER" >&2
	exit 2
fi
runs=("$1"/runs/*/run.json)
if [[ ! -s ${runs[0]} ]]; then
	echo "step-time: no runs in $1" >&2
	exit 1
fi
beside "$1" step_time
trap 'rm -f "$made"' EXIT
{
	echo task,arm,seed,microseconds
	# Names of tasks, arms and swept keys have no comma.
	jq -r '[.task, ([.arm, .variant] | map(select(. != "")) | join(" ")), .seed,
		(1e7 * .timing.seconds / .steps | round / 10)] | map(tostring) | join(",")' "${runs[@]}" |
		LC_ALL=C sort -t , -k 1,1 -k 2,2 -k 3,3n
} >"$made"
chmod 644 "$made"
mv "$made" "$1/step_time.csv"
