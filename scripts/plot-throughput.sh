#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# plot-throughput.sh RESULTS_FOLDER: throughput.svg from what `sheafbench bench-compare` left there.
# Exit 1: no data or gnuplot failed, 3: no gnuplot.
# shellcheck source=scripts/lib.bash
source "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/lib.bash"
# shellcheck source=scripts/figure.bash
source "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/figure.bash"

if [[ $# -ne 1 ]]; then
	echo "plot-throughput: expected plot-throughput.sh RESULTS_FOLDER" >&2
	exit 2
fi
[[ $1 != -* ]] || set -- "./$1" # no option
data=$1/throughput/plot/throughput.dat
if [[ ! -s $data ]]; then
	echo "plot-throughput: no $data; expected what sheafbench bench-compare writes" >&2
	exit 1
fi
require_gnuplot
figures_in "$1"
draw throughput "$data" "$1/throughput.svg"
