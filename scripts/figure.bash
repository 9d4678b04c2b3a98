# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What the scripts that draw figures have in common; each sources it after lib.bash.
figure_scripts=$(dirname "$(realpath "${BASH_SOURCE[0]}")")

# require_gnuplot: or exit 3.
require_gnuplot() {
	command -v gnuplot >/dev/null || die 3 "no gnuplot (scripts/setup.sh installs it)"
}

# figures_in FOLDER: figures are to be made there, with `made` and `tmp` to make them in.
figures_in() {
	temporary plot
	beside "$1" plot
	# shellcheck disable=SC2154 # what is above sets them
	trap 'rm -rf "$made" "$tmp"' EXIT
}

# draw KIND DATA FIGURE ARGUMENT ...: the figure that plot-KIND.gp makes of the data with the arguments,
# with a title and the numbers in words, whole or not at all. Equal data, equal bytes. Where there is nothing
# to draw there is no figure, nor one of what was there before. Exit 1: gnuplot failed.
draw() {
	local kind=$1 data=$2 figure=$3 digest name status=0
	shift 3
	if [[ ! -s $data ]]; then
		rm -f "$figure"
		return 0
	fi
	digest=$(sha256sum <"$data")
	name=${figure##*/}
	# A locale of its own: decimal points, and nothing else that could differ.
	LC_ALL=C.UTF-8 gnuplot -c "$figure_scripts/plot-$kind.gp" "$data" "$tmp/drawn" "$@" || exit 1
	LC_ALL=C awk -f "$figure_scripts/figure.awk" "$kind" "${name%.svg}" "${digest%% *}" "$data" "$tmp/drawn" "$@" \
		>"$made" || status=$?
	[[ $status -ne 1 ]] || die 1 "gnuplot made no whole figure of $data"
	[[ $status -eq 0 ]] || die 3 "cannot write $made"
	chmod 644 "$made"
	mv "$made" "$figure"
}
