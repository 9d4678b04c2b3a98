#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Trains configs/smoke.json in every cell this machine can make and writes
# results/reproducibility.{csv,md}: one digest of all weights, that of the golden hashes, or exit 1.
# Cells that cannot be made are listed as not run, with the reason, never as passed; one whose run
# fails in any other way is listed as DIFFERENT. A BLIS
# sub-configuration's name gives it every product; auto leaves products this small to our own kernels.
# Cells that were the same are kept in build-matrix/rows: when it was stopped, or after CELLS, the
# next call with the same sources, runs and compilers trains the other cells alone. A whole matrix that
# has ended leaves none. A cell that is left out stays in the results as it was, with the commit that
# its program was of, if it differed or had the digest of today's golden hashes; else it is listed as
# not run.
#   CELLS    pattern of cell names to train (default: all)
#   SKIP     pattern of cells to leave out of these
#   JOBS     threads side by side
#   FRESH=1  no cell is taken from before
# shellcheck source=scripts/lib.bash
source "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/lib.bash"

root=$(dirname "$(dirname "$(realpath "${BASH_SOURCE[0]}")")")
cd "$root"
config=configs/smoke.json
pattern=${CELLS:-.}
skip=${SKIP:-^$}
jobs=${JOBS:-$(nproc)}
out=${SHEAFBENCH_RESULTS:-results}
work=build-matrix
require_number JOBS "$jobs"
temporary matrix
export OMP_NUM_THREADS=1
# A cell's kernels are those it is named for.
unset SHEAFBENCH_ISA SHEAFBENCH_CHOICE
different=0
listing=0
: >"$tmp/rows"
: >"$tmp/others"
: >"$tmp/list"

# What the result of a cell is made of.
matrix_key() {
	scripts/source-state.sh "$tmp/state.h"
	{
		grep SOURCE_SHA256 "$tmp/state.h"
		cat scripts/verify-matrix.sh scripts/architectures.txt scripts/sysroot.sh
		echo "$ids"
		for tool in gcc clang qemu-x86_64; do
			if command -v "$tool" >/dev/null; then "$tool" --version | head -n 1; fi
		done
		grep -m 1 'model name' /proc/cpuinfo || true
	} | sha256sum | cut -d ' ' -f 1
}

# The commit that the program is of, + where its sources differ from it.
source_commit() {
	local commit
	commit=$(sed -n 's/^#define SOURCE_COMMIT "\(.*\)"$/\1/p' "$tmp/state.h" | cut -c1-9)
	if grep -q 'SOURCE_DIFF_SHA256 "[0-9a-f]' "$tmp/state.h"; then commit+=+; fi
	echo "$commit"
}

# The whole file at once, so that it holds whole rows whenever this ends.
put_kept() {
	cat >"$work/rows.tmp" || die 3 "cannot write to $work"
	mv "$work/rows.tmp" "$work/rows"
}

# Starts $work/rows anew, unless it is of this key.
open_kept() {
	mkdir -p "$work"
	key=$(matrix_key)
	if [[ -n ${FRESH:-} || $(head -n 1 "$work/rows" 2>/dev/null) != "$key" ]]; then
		echo "$key" | put_kept
	fi
}

# kept FILE NAME: its row, where that says the same as the golden hashes do now.
kept() {
	awk -F, -v name="$2" -v digest="$reference" \
		'NR > 1 && $1 == name && NF == 12 && $9 == "same" && $10 == digest &&
			$12 ~ /^([0-9a-f]+|unknown)[+]?$/ { print; exit }' \
		"$1"
}

# An emulated CPU takes about that many times as long.
weight() { # KIND
	if [[ $1 == native ]]; then echo 1; else echo 20; fi
}

# What is left takes as long as what was trained since the start did, by weight.
time_left() {
	awk -v done="$(wc -l <"$tmp/rows")" -v spent="$((SECONDS - began))" -v trained="$trained" '
		NR > done { left += $1 }
		END {
			if (left > 0 && trained > 0)
				printf ", about %d min left", int(left * spent / trained / 60) + 1
		}' "$tmp/list"
}

row() { # cell kind compiler level blis threads config runs status digest reason commit
	printf '%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s\n' "$@" >>"$tmp/rows" ||
		die 3 "cannot write to $tmp"
	say "$(printf '%*d/%d %-28s %3s runs of %-20s %s%s' "${#all}" "$(wc -l <"$tmp/rows")" "$all" \
		"$1" "$8" "$7" "$9" "${11:+ (${11})}$note$(time_left)")"
}

# build NAME MAKE-VARIABLE...: what the cells after it run, each by $wrapper; made when the first of
# them needs it.
build() {
	built=build-matrix-$1
	variables=("${@:2}")
	program=$built/sheafbench
	wrapper=()
	reason=
	needed=1
}

# Sets `reason` where there is none.
make_program() {
	[[ $needed -eq 1 && -z $reason ]] || return 0
	needed=0
	if ! make --no-print-directory BUILD="$built" -j"$(nproc)" "${variables[@]}" all \
		>"$tmp/build.log" 2>&1; then
		reason="does not build: $(grep -m 1 -iE 'error|setup:|sysroot:' "$tmp/build.log" |
			tr ',' ';' || true)"
	elif [[ ${variables[0]} == CROSS=* ]]; then
		read -r -a wrapper <<<"$(make --no-print-directory "${variables[@]}" print-wrapper)"
	fi
}

# One line per run: id and weights. What this machine or its BLIS cannot do goes to `failed`: then the
# cell was not run. Any other end, a crash or a level that differs from the contract, goes to `broken`.
run_one() {
	local id=$1 line errors=$MATRIX_FOLDER/$1.errors status=0 list=broken
	set -o pipefail
	# shellcheck disable=SC2086
	line=$($MATRIX_PROGRAM run "$MATRIX_CONFIG" --id "$id" --out "$MATRIX_FOLDER/runs" --quiet \
		--isa "$MATRIX_LEVEL" --blis "$MATRIX_BLIS" --threads "$MATRIX_THREADS" 2>"$errors" |
		tail -n 1) || status=$?
	# A backend that fell to another path did not run what the cell is named for.
	if [[ $status -ne 0 ]] || grep -q '^warning:' "$errors"; then
		case $status in
		0) grep -q '^warning:.*\(lower level\|oracle\)' "$errors" || list=failed ;;
		2) ! grep -q 'unknown level' "$errors" || list=failed ;;
		3) ! grep -q 'cannot run\|GiB of memory' "$errors" || list=failed ;;
		esac
		echo "exit $status: $(tail -n 1 "$errors" | tr ',' ';')" >>"$MATRIX_FOLDER/$list"
		return 0
	fi
	cut -d' ' -f1,2 <<<"$line" >>"$MATRIX_FOLDER/weights"
}
export -f run_one

# train LEVEL BLIS THREADS: every run, into $tmp/cell. Without BLIS the threads are the program's own.
train() {
	local own=1
	[[ $2 != none ]] || own=$3
	rm -rf "$tmp/cell"
	mkdir -p "$tmp/cell"
	: >"$tmp/cell/weights"
	MATRIX_FOLDER=$tmp/cell MATRIX_CONFIG=$config MATRIX_LEVEL=$1 MATRIX_BLIS=$2 MATRIX_THREADS=$own \
		MATRIX_PROGRAM="${wrapper[*]:-} $program" BLIS_NUM_THREADS=$3 \
		xargs -P "$((jobs > $3 ? jobs / $3 : 1))" -I ID bash -c 'run_one ID' <<<"$ids"
}

# trained_row WHAT-THE-CELL-IS ...: the row of what `train` made.
trained_row() {
	local digest runs status=same
	if [[ -s $tmp/cell/failed && ! -s $tmp/cell/broken ]]; then
		row "$@" 0 "not run" "" "$(head -n 1 "$tmp/cell/failed")" ""
		return 0
	fi
	if [[ -s $tmp/cell/broken || $(wc -l <"$tmp/cell/weights") -ne $(wc -w <<<"$ids") ]]; then
		different=$((different + 1))
		row "$@" 0 DIFFERENT "" \
			"$(head -n 1 "$tmp/cell/broken" 2>/dev/null || echo "a run is missing")" "$commit"
		return 0
	fi
	digest=$(sort "$tmp/cell/weights" | sha256sum | cut -c1-16)
	runs=$(wc -l <"$tmp/cell/weights")
	if [[ $digest != "$reference" ]]; then
		status=DIFFERENT
		different=$((different + 1))
	fi
	row "$@" "$runs" "$status" "$digest" "" "$commit"
	[[ $status != same ]] || tail -n 1 "$tmp/rows" | cat "$work/rows" - | put_kept
}

# left_out NAME KIND COMPILER: as it was, or not run. What differed does so until it is trained again.
left_out() {
	local was='' csv=$out/reproducibility.csv
	if [[ -e $csv ]]; then
		was=$(kept "$csv" "$1")
		[[ -n $was ]] || was=$(awk -F, -v name="$1" \
			'$1 == name && NF == 12 && $9 == "DIFFERENT" { print; exit }' "$csv")
	fi
	if [[ -n $was ]]; then echo "$was"; else echo "$1,$2,$3,,,,,0,not run,,left out,"; fi \
		>>"$tmp/others"
}

# cell NAME KIND COMPILER LEVEL BLIS THREADS: a row, of before or of what $program trains now.
cell() {
	local name=$1 kind=$2 compiler=$3 level=$4 blis=$5 threads=$6 was
	if [[ $listing -eq 1 ]]; then
		echo "$name" >>"$tmp/names"
		[[ ! $name =~ $pattern || $name =~ $skip ]] || weight "$kind" >>"$tmp/list"
		return 0
	fi
	if [[ ! $name =~ $pattern || $name =~ $skip ]]; then
		left_out "$name" "$kind" "$compiler"
		return 0
	fi
	note=
	was=$(kept "$work/rows" "$name")
	if [[ -n $was ]]; then
		IFS=, read -r -a fields <<<"$was"
		note=", kept"
		row "${fields[@]:0:10}" "" "${fields[11]}"
		return 0
	fi
	make_program
	if [[ -n $reason ]]; then
		row "$name" "$kind" "$compiler" "" "" "" "" 0 "not run" "" "$reason" ""
		return 0
	fi
	train "$level" "$blis" "$threads"
	trained=$((trained + $(weight "$kind")))
	trained_row "$name" "$kind" "$compiler" "$level" "$blis" "$threads" "$config"
}

all_cells() {
	local blis level cc opt name model cross compiler
	# The same program: levels, BLIS sub-configurations, threads.
	build gcc-O3 CC=gcc OPT=-O3
	cell native native gcc-O3 auto auto 1
	for blis in none skx haswell zen zen2 zen3 excavator; do
		cell "blis-$blis" native gcc-O3 auto "$blis" 1
	done
	for level in baseline v3 v4; do
		cell "level-$level" native gcc-O3 "$level" auto 1
		cell "level-$level-blis" native gcc-O3 "$level" haswell 1
	done
	cell threads-2-skx native gcc-O3 auto skx 2
	cell threads-2-haswell native gcc-O3 v3 haswell 2
	cell team-2 native gcc-O3 auto none 2
	cell team-3-v3 native gcc-O3 v3 none 3
	cell team-4-baseline native gcc-O3 baseline none 4
	cell oracle native gcc-O3 auto oracle 1

	for cc in gcc clang; do
		for opt in -O0 -O2 -O3; do
			name=$cc$opt
			build "$name" CC="$cc" OPT="$opt"
			cell "$name" native "$name" auto auto 1
			cell "$name-blis" native "$name" auto haswell 1
			cell "$name-oracle" native "$name" auto oracle 1
		done
		name=$cc-Os
		build "$name" CC="$cc" OPT=-Os
		cell "$name" native "$name" auto auto 1
	done

	# Other CPUs of this architecture; Nehalem has no FMA, which the C library then computes.
	for model in Haswell EPYC EPYC-Milan Skylake-Client Nehalem; do
		build gcc-O3 CC=gcc OPT=-O3
		wrapper=(qemu-x86_64 -cpu "$model")
		command -v qemu-x86_64 >/dev/null || reason="no qemu-x86_64 here (scripts/setup.sh matrix)"
		cell "qemu-$model" qemu-user gcc-O3 auto auto 1
		[[ $model == Nehalem ]] || cell "qemu-$model-blis" qemu-user gcc-O3 auto haswell 1
	done

	# Other architectures, each by its kernels and by the scalar oracle; s390x is big-endian, armhf and
	# i386 have 32 bits.
	for cross in "${architectures[@]}"; do
		build "$cross" CROSS="$cross"
		compiler="$cross gcc -O3"
		cell "$cross" cross "$compiler" auto auto 1
		cell "$cross-oracle" cross "$compiler" auto oracle 1
	done
}

build gcc-O3 CC=gcc OPT=-O3
make_program
if [[ -n $reason ]]; then
	echo "verify-matrix: $reason" >&2
	exit 1
fi
ids=$("$program" plan "$config" --json --out "$tmp/none" 2>/dev/null | jq -r '.[].run_id')
golden=$out/golden/smoke.json
[[ -e $golden ]] || golden=results/golden/smoke.json
reference=$(scripts/golden-digest.sh "$golden")

mapfile -t architectures < <(sed -n 's/^\([a-z0-9]\+\) .*/\1/p' scripts/architectures.txt)
listing=1
all_cells
listing=0
all=$(wc -l <"$tmp/list")
[[ $all -gt 0 ]] ||
	die 2 "CELLS=$pattern SKIP=$skip leave no cell; expected some of: $(paste -sd' ' "$tmp/names")"
trained=0
began=$SECONDS
open_kept
commit=$(source_commit)
all_cells

same=$(grep -c ',same,' "$tmp/rows" || true)
missing=$(grep -c ',not run,' "$tmp/rows" || true)
awk -F, 'FNR == NR { place[$1] = NR; next } { print place[$1] "," $0 }' "$tmp/names" "$tmp/rows" \
	"$tmp/others" | sort -t, -n | cut -d, -f2- >"$tmp/all"
mkdir -p "$out"
{
	echo "cell,kind,compiler,level,blis,threads,config,runs,status,digest,reason,commit"
	cat "$tmp/all"
} >"$out/reproducibility.csv.tmp"
mv "$out/reproducibility.csv.tmp" "$out/reproducibility.csv"
{
	echo "# Reproducibility matrix"
	echo
	echo "Each cell trains every run of \`$config\`; its digest is that of all their weights." \
		"$(grep -c ',same,' "$tmp/all" || true) cells agree with \`$golden\`," \
		"$(grep -c ',DIFFERENT,' "$tmp/all" || true) differ," \
		"$(grep -c ',not run,' "$tmp/all" || true) were not run."
	echo
	echo "| cell | kind | compiler | level | BLIS | threads | config | runs | status | digest | reason | commit |"
	echo "|---|---|---|---|---|---|---|---|---|---|---|---|"
	sed 's/,/ | /g; s/^/| /; s/$/ |/' "$tmp/all"
} >"$out/reproducibility.md.tmp"
mv "$out/reproducibility.md.tmp" "$out/reproducibility.md"
[[ $pattern != . || $skip != '^$' ]] || rm -f "$work/rows"
say "$same cells same, $different different, $missing not run"
[[ $different -eq 0 && $same -gt 0 ]]
