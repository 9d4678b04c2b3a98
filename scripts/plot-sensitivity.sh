#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# plot-sensitivity.sh RESULTS_FOLDER: figures/sensitivity-TASK.svg from the table of
# configs/sensitivity.json. One parameter varies in a panel, the others are the ablation's. Equal data,
# equal bytes. Exit 1: no data or gnuplot failed, 3: no gnuplot.
# shellcheck source=scripts/lib.bash
source "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/lib.bash"

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if [[ $# -ne 1 ]]; then
	echo "plot-sensitivity: expected plot-sensitivity.sh RESULTS_FOLDER" >&2
	exit 2
fi
[[ $1 != -* ]] || set -- "./$1" # no option
table=$1/ablation.json
if [[ ! -s $table ]]; then
	echo "plot-sensitivity: no $table; expected what sheafbench table writes" >&2
	exit 1
fi
if ! command -v gnuplot >/dev/null; then
	echo "plot-sensitivity: no gnuplot (scripts/setup.sh installs it)" >&2
	exit 3
fi
mkdir -p "$1/figures"
temporary plot
data=$tmp/data
beside "$1/figures" plot
trap 'rm -rf "$made" "$tmp"' EXIT

# p and digits change the codec's range and scale together, so p is compared at scales of like size.
# shellcheck disable=SC2016 # jq's own variables
select_points='
	{"router.overlap_penalty": "0.01", "router.padic.p": "5", "router.padic.digits": "6",
	 "router.padic.scale": "4", "router.padic.tolerance": "0.04"} as $middle
	| {"router.padic.p": ["router.padic.digits", "router.padic.scale"]} as $together
	| [.rows[] | select(.task == $task and .runs > 0
		and (.metrics[.primary_metric].mean | type) == "number")
	   | {at: (.variant | split(" ") | map(split("=") | {(.[0]): .[1]}) | add),
	      m: .metrics[.primary_metric]}] as $rows
	| ["router.overlap_penalty", "router.padic.tolerance", "router.padic.digits", "router.padic.p"][]
	| . as $key | ($together[$key] // []) as $free
	| [$rows[] | .at as $at | select([$middle | to_entries[]
		| select(.key != $key and (.key | IN($free[]) | not)) | .value == $at[.key]] | all)]
	| map(select($key != "router.padic.p" or .at[$key] != $middle[$key]
		or .at["router.padic.digits"] == $middle["router.padic.digits"]))
	| sort_by(.at[$key] | tonumber)
	| (.[] | "\(.at[$key]) \(.m.mean) \(.m.ci_low // .m.mean) \(.m.ci_high // .m.mean)"),
	  "", ""'

jq -r '.rows[] | [.task, .primary_metric] | @tsv' "$table" | sort -u |
	while IFS=$'\t' read -r task metric; do
		jq -r --arg task "$task" "$select_points" "$table" >"$data"
		LC_ALL=C.UTF-8 gnuplot -c "$here/plot-sensitivity.gp" "$data" "$made" "$task" "$metric" \
			"$(jq -r .evaluated_on "$table")"
		chmod 644 "$made"
		mv "$made" "$1/figures/sensitivity-${task//[^A-Za-z0-9_.-]/_}.svg"
	done
