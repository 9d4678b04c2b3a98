#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# plot.sh RESULTS_FOLDER: figures/*.svg from what `sheafbench table` left in plot/. Equal data, equal
# bytes. Exit 1: no data or gnuplot failed, 3: no gnuplot.
# shellcheck source=scripts/lib.bash
source "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/lib.bash"

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
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
if ! command -v gnuplot >/dev/null; then
	echo "plot: no gnuplot (scripts/setup.sh installs it)" >&2
	exit 3
fi
mkdir -p "$folder/figures"
beside "$folder/figures" plot
trap 'rm -f "$made"' EXIT

# draw SCRIPT DATA NAME ...: a figure appears whole or not at all.
draw() {
	local script=$1 data=$2 name=$3
	shift 3
	# Nothing to draw: no figure, nor one of what was there before.
	if [[ ! -s $data ]]; then
		rm -f "$folder/figures/$name"
		return 0
	fi
	# A locale of its own: decimal points, and nothing else that could differ.
	LC_ALL=C.UTF-8 gnuplot -c "$here/$script" "$data" "$made" "$@"
	chmod 644 "$made"
	mv "$made" "$folder/figures/$name"
}

# One part for a whole experiment.
part=$(head -n 1 "$folder/plot/index.tsv" | cut -f 4)
while IFS=$'\t' read -r stem task metric _; do
	draw plot-curves.gp "$folder/plot/curves-$stem.dat" "curves-$stem.svg" "$task" "$metric"
	draw plot-final.gp "$folder/plot/final-$stem.dat" "final-$stem.svg" "$task" "$metric" "$part"
	draw plot-sensitivity.gp "$folder/plot/sensitivity-$stem.dat" "sensitivity-$stem.svg" "$task" "$metric" \
		"$part"
done <"$folder/plot/index.tsv"
draw plot-differences.gp "$folder/plot/differences.dat" differences.svg "$part"
