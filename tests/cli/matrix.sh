#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# scripts/verify-matrix.sh goes on where it was stopped, from nothing but rows of the same sources. TAP.
# In a tree of its own, whose program trains nothing: it says what golden hashes it was given.
# shellcheck source=tests/cli/lib.bash
source "$(dirname "${BASH_SOURCE[0]}")/lib.bash"

unset SHEAFBENCH_RESULTS CELLS SKIP JOBS FRESH MAKEFLAGS MAKELEVEL
tree=$tmp/tree
log=$tree/log
some='^(native|blis-none|blis-skx)$'

make_tree() {
	mkdir -p "$tree"/{mk,foundation,kernels,models,harness,configs,results/golden} "$tmp/bin"
	cp -r scripts "$tree/scripts"
	echo 'int x;' >"$tree/kernels/x.c"
	echo '{"weights_sha256": {"a": "17", "b": "17"}}' >"$tree/results/golden/smoke.json"
	# shellcheck disable=SC2016
	printf 'all:\n\t@[ ! -e fail-$(notdir $(BUILD)) ] || { echo an error, here; exit 1; }\n%s\n%s\n' \
		$'\t@mkdir -p $(BUILD) && cp program $(BUILD)/sheafbench' $'print-wrapper:\n\t@true' \
		>"$tree/Makefile"
	# `stop` names the sub-configuration of BLIS at which all of it is killed, `differ` one that differs.
	cat >"$tree/program" <<-'END'
		#!/usr/bin/env bash
		if [[ $1 == plan ]]; then
			echo '[{"run_id": "a"}, {"run_id": "b"}]'
			exit
		fi
		while [[ $# -gt 1 ]]; do
			case $1 in --id) id=$2 ;; --isa) isa=$2 ;; --blis) blis=$2 ;; esac
			shift
		done
		echo "$0 $isa $blis" >>log
		[[ $(cat stop 2>/dev/null) != "$blis" ]] || kill -KILL -- "-$(cat pid)"
		weights=17
		[[ $(cat differ 2>/dev/null) != "$blis" ]] || weights=18
		echo "$id weights_sha256=$weights"
	END
	chmod +x "$tree/program"
	# An emulator of whatever CPU.
	# shellcheck disable=SC2016
	printf '#!/bin/sh\n[ "$1" = --version ] || { shift 2; exec "$@"; }\n' >"$tmp/bin/qemu-x86_64"
	chmod +x "$tmp/bin/qemu-x86_64"
}

# matrix STATUS [VARIABLE=VALUE ...]: the exit status; $tmp/out has what was said.
matrix() {
	local expected=$1 status=0
	shift
	: >"$log"
	# A group of its own, that it can be killed with all it started.
	(cd "$tree" && PATH=$tmp/bin:$PATH setsid -w env JOBS=1 "$@" \
		bash -c 'echo $$ >pid && exec scripts/verify-matrix.sh') >"$tmp/out" 2>&1 || status=$?
	cat "$tmp/out"
	echo "exit $status"
	[[ $status -eq $expected ]]
}

# trained WORD ...: the sub-configurations of BLIS that were trained with, in that order.
trained() {
	diff <(sed 's/.* //' "$log" | uniq) <(printf '%s\n' "$@")
}

goes_on() {
	echo skx >"$tree/stop"
	matrix 137 CELLS="$some"
	trained auto none skx
	rm "$tree/stop"
	matrix 0 CELLS="$some"
	trained skx
	grep -q '^1/3 native .* same, kept$' "$tmp/out"
	grep -q '^2/3 blis-none .* same, kept$' "$tmp/out"
	grep -q '^3/3 blis-skx .* same$' "$tmp/out"
	grep -qx '3 cells same, 0 different, 0 not run' "$tmp/out"
}

time_left() {
	matrix 0 CELLS="$some" FRESH=1
	trained auto none skx
	[[ $(grep -c '^[12]/3 .* same, about 1 min left$' "$tmp/out") -eq 2 ]]
}

other_sources() {
	matrix 0 CELLS="$some"
	[[ ! -s $log ]]
	echo 'int y;' >>"$tree/kernels/x.c"
	matrix 0 CELLS="$some"
	trained auto none skx
	sed -i 's/auto haswell 1/auto zen 1/' "$tree/scripts/verify-matrix.sh"
	matrix 0 CELLS="$some"
	trained auto none skx
	cp scripts/verify-matrix.sh "$tree/scripts/verify-matrix.sh"
}

other_hashes() {
	matrix 0 CELLS="$some" FRESH=1
	sed -i 's/"b": "17"/"b": "19"/' "$tree/results/golden/smoke.json"
	matrix 1 CELLS="$some"
	trained auto none skx
	[[ $(grep -c DIFFERENT "$tmp/out") -eq 3 ]]
	sed -i 's/19/17/' "$tree/results/golden/smoke.json"
}

differing() {
	echo none >"$tree/differ"
	matrix 1 CELLS="$some" FRESH=1
	grep -q '^2/3 blis-none .* DIFFERENT' "$tmp/out"
	matrix 1 CELLS="$some"
	trained none
	rm "$tree/differ"
	matrix 0 CELLS="$some"
	trained none
}

damaged_rows() {
	local rows=$tree/build-matrix/rows
	matrix 0 CELLS="$some" FRESH=1
	head -c -5 "$rows" >"$tmp/torn"
	sed 's/,same,/,fine,/' "$tmp/torn" >"$rows"
	matrix 0 CELLS="$some"
	trained auto none skx
	matrix 0 CELLS="$some" FRESH=1
	cp "$tmp/torn" "$rows"
	matrix 0 CELLS="$some"
	trained skx
}

whole() {
	local cells
	rm -rf "$tree"/build-matrix* "$tree/results/reproducibility".*
	matrix 0
	cp "$tree/results/reproducibility.csv" "$tmp/once.csv"
	cells=$(($(wc -l <"$tmp/once.csv") - 1))
	awk -F, 'NF != 12 || (NR > 1 && ($9 != "same" || $8 != 2 || $12 != "unknown")) { print; exit 1 }' \
		"$tmp/once.csv"
	grep -c "^[0-9 ]*/$cells " "$tmp/out" | grep -qx "$cells"
	grep -q "$cells cells agree" "$tree/results/reproducibility.md"
	[[ ! -e $tree/build-matrix/rows ]]
	echo haswell >"$tree/stop"
	matrix 137
	rm "$tree/stop"
	matrix 0
	cmp "$tmp/once.csv" "$tree/results/reproducibility.csv"
	[[ $(grep -c 'same, kept$' "$tmp/out") -eq 3 ]]
}

not_built() {
	: >"$tree/fail-build-matrix-clang-O2"
	matrix 1 CELLS='^clang-O2'
	[[ $(grep -c 'not run (does not build: an error; here)' "$tmp/out") -eq 3 ]]
	rm "$tree/fail-build-matrix-clang-O2"
	matrix 0 CELLS='^clang-O2' SKIP=blis
	trained auto oracle
	grep -q '^2/2 clang-O2-oracle .* same' "$tmp/out"
}

# row NAME: its status and commit in the results.
row() {
	awk -F, -v name="$1" '$1 == name { print $9, $12 }' "$tree/results/reproducibility.csv"
}

# What is not trained stays as it was, of the commit that it was of.
left_out() {
	local csv=$tree/results/reproducibility.csv
	rm -f "$csv"
	matrix 0 CELLS='^native$' FRESH=1
	[[ $(row native) == "same unknown" && $(row blis-none) == "not run " ]]
	cut -d, -f1 "$csv" >"$tmp/names"
	sed -i 's/unknown$/0123abc/' "$csv"
	matrix 0 CELLS='^blis-none$'
	[[ $(row native) == "same 0123abc" && $(row blis-none) == "same unknown" ]]
	cut -d, -f1 "$csv" | cmp - "$tmp/names"
	# A row of other golden hashes says nothing about these, nor does one that is not whole.
	sed -i 's/^\(native,.*same,\)./\1X/; s/^blis-none,native,/blis-none,/' "$csv"
	matrix 0 CELLS='^blis-skx$'
	[[ $(row native) == "not run " && $(row blis-none) == "not run " ]]
	cut -d, -f1 "$csv" | cmp - "$tmp/names"
	# What differed is not forgotten.
	echo none >"$tree/differ"
	matrix 1 CELLS='^blis-none$' FRESH=1
	rm "$tree/differ"
	matrix 0 CELLS='^blis-skx$'
	[[ $(row blis-none) == "DIFFERENT unknown" ]]
	matrix 0 CELLS='^blis-none$'
	[[ $(row blis-none) == "same unknown" ]]
}

no_cell() {
	local csv=$tree/results/reproducibility.csv
	cp "$csv" "$tmp/before"
	matrix 2 CELLS='^nativ$'
	grep -q 'CELLS=^nativ\$ .* leave no cell; expected some of: native blis-none ' "$tmp/out"
	cmp "$csv" "$tmp/before"
	[[ ! -s $log ]]
}

make_tree
check "a matrix that was killed goes on with the cell it was at" goes_on
check "it says how much is done and left, and is made anew with FRESH=1" time_left
check "rows of other sources, or of another list of cells, are not taken" other_sources
check "rows of other golden hashes are not taken" other_hashes
check "a cell that differs is not kept" differing
check "a row that is not whole, or says something else, is not taken" damaged_rows
check "stopped or not, the results are the same, and a whole matrix leaves no rows" whole
check "what does not build is listed cell by cell, and tried again" not_built
check "a cell that is left out stays as it was" left_out
check "a pattern that leaves no cell is refused, and nothing is written" no_cell
finish
