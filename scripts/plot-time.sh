#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# plot-time.sh RESULTS_FOLDER: wall_time.csv and figures/time-TASK.svg, the primary metric on the
# validation part over seconds of training, from the runs' own logs: means over seeds, epoch by epoch.
# Seconds are measured and mean something only where the runs of one experiment were made on one
# machine. Where the runs are not there the figures are of the wall_time.csv that is.
# Exit 1: no data or gnuplot failed, 3: no gnuplot.
# shellcheck source=scripts/lib.bash
source "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/lib.bash"
# shellcheck source=scripts/figure.bash
source "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/figure.bash"

if [[ $# -ne 1 ]]; then
	echo "plot-time: expected plot-time.sh RESULTS_FOLDER" >&2
	exit 2
fi
[[ $1 != -* ]] || set -- "./$1" # no option
runs=("$1"/runs/*/run.json)
if [[ ! -s ${runs[0]} && ! -s $1/wall_time.csv ]]; then
	echo "plot-time: no runs in $1" >&2
	exit 1
fi
mkdir -p "$1/figures"
figures_in "$1/figures"

# write_means: wall_time.csv of the runs.
write_means() {
	local run
	# A line per epoch of every run: task, metric, arm and variant, epoch, seconds, value.
	for run in "${runs[@]}"; do
		jq -r --slurpfile run "$run" '$run[0] as $r | select((.validation[$r.primary_metric] | type) == "number"
			and (.seconds | type) == "number")
			| [$r.task, $r.primary_metric, ([$r.arm, $r.variant] | map(select(. != "")) | join(" ")),
			   .epoch, .seconds, .validation[$r.primary_metric]] | @tsv' "${run%run.json}metrics.jsonl"
	done >"$tmp/epochs"

	# Means over seeds. Names of tasks and arms have no comma; variants and metrics none either.
	awk -F '\t' '{ key = $1 "\t" $2 "\t" $3 "\t" $4; n[key]++; seconds[key] += $5; value[key] += $6 }
		END { for (key in n) printf "%s\t%.4f\t%.8f\n", key, seconds[key] / n[key], value[key] / n[key] }' \
		"$tmp/epochs" | LC_ALL=C sort -t $'\t' -k 1,1 -k 3,3 -k 4,4n >"$tmp/means"
	{
		echo task,metric,arm,epoch,seconds,value
		tr '\t' , <"$tmp/means"
	} >"$made"
	chmod 644 "$made"
	mv "$made" "$1/wall_time.csv"
}

[[ ! -s ${runs[0]} ]] || write_means "$1"
require_gnuplot
sed 1d "$1/wall_time.csv" >"$tmp/means"
cut -d , -f 1,2 "$tmp/means" | LC_ALL=C sort -u | while IFS=, read -r task metric; do
	awk -F , -v task="$task" '$1 != task { next }
		$3 != arm { if (arm != "") print "\n"; arm = $3; print "\"" arm "\"" }
		{ print $5, $6 }' "$tmp/means" >"$tmp/data"
	draw time "$tmp/data" "$1/figures/time-${task//[^A-Za-z0-9_.-]/_}.svg" "$task" "$metric"
done
