#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# plot.sh RESULTS_FOLDER: figures/*.svg from what `sheafbench table` left in plot/. Equal data, equal
# bytes. Exit 1: no data or gnuplot failed, 3: no gnuplot.
# shellcheck source=scripts/lib.bash
source "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/lib.bash"
# shellcheck source=scripts/figure.bash
source "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/figure.bash"

if [[ $# -ne 1 ]]; then
	echo "plot: expected plot.sh RESULTS_FOLDER" >&2
	exit 2
fi
folder=$1
[[ $folder != -* ]] || folder=./$folder # no option
if [[ ! -s $folder/plot/index.tsv ]]; then
	echo "plot: no $folder/plot/index.tsv; expected what sheafbench table writes" >&2
	exit 1
fi
require_gnuplot
mkdir -p "$folder/figures"
figures_in "$folder/figures"

# of_data KIND NAME ARGUMENT ...
of_data() { draw "$1" "$folder/plot/$2.dat" "$folder/figures/$2.svg" "${@:3}"; }

# One part for a whole experiment.
part=$(head -n 1 "$folder/plot/index.tsv" | cut -f 4)
while IFS=$'\t' read -r stem task metric _; do
	of_data curves "curves-$stem" "$task" "$metric"
	of_data final "final-$stem" "$task" "$metric" "$part"
	of_data sensitivity "sensitivity-$stem" "$task" "$metric" "$part"
done <"$folder/plot/index.tsv"
of_data differences differences "$part"
