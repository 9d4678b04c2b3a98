#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# plot-valuations.sh RESULTS_FOLDER: figures/valuations.svg, the p-adic valuations of what the codec
# encoded, from the table. Nothing where no row has a codec, or more than twelve, as in a sweep. Equal
# data, equal bytes. Exit 1: no data or gnuplot failed, 3: no gnuplot.
# shellcheck source=scripts/lib.bash
source "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/lib.bash"
# shellcheck source=scripts/figure.bash
source "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/figure.bash"

if [[ $# -ne 1 ]]; then
	echo "plot-valuations: expected plot-valuations.sh RESULTS_FOLDER" >&2
	exit 2
fi
[[ $1 != -* ]] || set -- "./$1" # no option
table=$(table_of "$1")
if [[ ! -s $table ]]; then
	echo "plot-valuations: no $table; expected what sheafbench table writes" >&2
	exit 1
fi
require_gnuplot
mkdir -p "$1/figures"
figures_in "$1/figures"
data=$tmp/data

# A block per row with a codec: its label, then "position valuation share low high"; 0 has valuation ∞.
jq -j '[.rows[] | select((.metrics["router.padic.zeros"].mean | type) == "number")
	| ["\"\(.task), \(.arm)\(if .variant == "" then "" else " " + .variant end)\""]
	  + ([.metrics | to_entries[] | select((.key | startswith("router.padic.valuation.")) and (.value.mean | type) == "number")
	      | {at: (.key | ltrimstr("router.padic.valuation.")), m: .value}]
	     + [{at: "∞", m: .metrics["router.padic.zeros"]}]
	     | to_entries | map("\(.key) \(.value.at) "
		+ (.value.m | "\(.mean) \(.ci_low // .mean) \(.ci_high // .mean)")))
	| join("\n")] | join("\n\n\n")' "$table" >"$data"
rows=$(grep -c '^"' "$data" || true)
[[ $rows -ge 1 && $rows -le 12 ]] || exit 0
draw valuations "$data" "$1/figures/valuations.svg" "$(jq -r .evaluated_on "$table")"
