#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# plot-throughput.sh RESULTS_FOLDER: throughput.svg from what `sheafbench bench-compare` left there.
# Exit 1: no data or gnuplot failed, 3: no gnuplot.
# shellcheck source=scripts/lib.bash
source "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/lib.bash"

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
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
if ! command -v gnuplot >/dev/null; then
	echo "plot-throughput: no gnuplot (scripts/setup.sh installs it)" >&2
	exit 3
fi
beside "$1" throughput
trap 'rm -f "$made"' EXIT
LC_ALL=C.UTF-8 gnuplot -c "$here/plot-throughput.gp" "$data" "$made"
chmod 644 "$made"
mv "$made" "$1/throughput.svg"
