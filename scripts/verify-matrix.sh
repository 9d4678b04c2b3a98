#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Trains configs/smoke.json in every cell this machine can make and writes
# results/reproducibility.{csv,md}: one digest of all weights, that of the golden hashes, or exit 1.
# Cells that cannot be made are listed as not run, with the reason, never as passed; one whose run
# fails in any other way is listed as DIFFERENT. A BLIS
# sub-configuration's name gives it every product; auto leaves products this small to our own kernels.
#   CELLS    pattern of cell names (default: all; results are only written for all)
#   SKIP     pattern of cells to list as not run, for want of time
#   JOBS     threads side by side
# shellcheck source=scripts/lib.bash
source "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/lib.bash"

root=$(dirname "$(dirname "$(realpath "${BASH_SOURCE[0]}")")")
cd "$root"
config=configs/smoke.json
pattern=${CELLS:-.}
skip=${SKIP:-^$}
jobs=${JOBS:-$(nproc)}
out=${SHEAFBENCH_RESULTS:-results}
require_number JOBS "$jobs"
temporary matrix
export OMP_NUM_THREADS=1
# A cell's kernels are those it is named for.
unset SHEAFBENCH_ISA SHEAFBENCH_CHOICE
different=0
: >"$tmp/rows"

wanted() {
	[[ $1 =~ $pattern ]]
}

row() { # cell kind compiler level blis threads config runs status digest reason
	printf '%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s\n' "$@" >>"$tmp/rows" || die 3 "cannot write to $tmp"
	printf '%-28s %3s runs of %-20s %s%s\n' "$1" "$8" "$7" "$9" "${11:+ (${11})}" || exit 3
}

not_run() { # NAME KIND COMPILER REASON
	! wanted "$1" || row "$1" "$2" "$3" "" "" "" "" 0 "not run" "" "$4"
}

# build NAME MAKE-VARIABLE...: sets program and wrapper, or reason.
build() {
	local name=$1
	shift
	program=build-matrix-$name/sheafbench
	wrapper=()
	if ! make --no-print-directory BUILD="build-matrix-$name" -j"$(nproc)" "$@" all \
		>"$tmp/build.log" 2>&1; then
		reason="does not build: $(grep -m 1 -iE 'error|setup:|sysroot:' "$tmp/build.log" |
			tr ',' ';' || true)"
		return 1
	fi
}

# One line per run: id and weights. What this machine or its BLIS cannot do goes to `failed`: then the
# cell was not run. Any other end, a crash or a level that differs from the contract, goes to `broken`.
run_one() {
	local id=$1 line errors=$MATRIX_FOLDER/$1.errors status=0 list=broken
	set -o pipefail
	# shellcheck disable=SC2086
	line=$($MATRIX_PROGRAM run "$MATRIX_CONFIG" --id "$id" --out "$MATRIX_FOLDER/runs" --quiet \
		--isa "$MATRIX_LEVEL" --blis "$MATRIX_BLIS" 2>"$errors" | tail -n 1) || status=$?
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

# cell NAME KIND COMPILER LEVEL BLIS THREADS: runs $program under $wrapper.
cell() {
	local name=$1 kind=$2 compiler=$3 level=$4 blis=$5 threads=$6 digest runs status
	wanted "$name" || return 0
	if [[ $name =~ $skip ]]; then
		not_run "$name" "$kind" "$compiler" "left out"
		return 0
	fi
	rm -rf "$tmp/cell"
	mkdir -p "$tmp/cell"
	: >"$tmp/cell/weights"
	MATRIX_FOLDER=$tmp/cell MATRIX_CONFIG=$config MATRIX_LEVEL=$level MATRIX_BLIS=$blis \
		MATRIX_PROGRAM="${wrapper[*]:-} $program" BLIS_NUM_THREADS=$threads \
		xargs -P "$((jobs > threads ? jobs / threads : 1))" -I ID bash -c 'run_one ID' <<<"$ids"
	if [[ -s $tmp/cell/failed && ! -s $tmp/cell/broken ]]; then
		row "$name" "$kind" "$compiler" "$level" "$blis" "$threads" "$config" 0 "not run" "" \
			"$(head -n 1 "$tmp/cell/failed")"
		return 0
	fi
	if [[ -s $tmp/cell/broken || $(wc -l <"$tmp/cell/weights") -ne $(wc -w <<<"$ids") ]]; then
		different=$((different + 1))
		row "$name" "$kind" "$compiler" "$level" "$blis" "$threads" "$config" 0 DIFFERENT "" \
			"$(head -n 1 "$tmp/cell/broken" 2>/dev/null || echo "a run is missing")"
		return 0
	fi
	digest=$(sort "$tmp/cell/weights" | sha256sum | cut -c1-16)
	runs=$(wc -l <"$tmp/cell/weights")
	status=same
	if [[ $digest != "$reference" ]]; then
		status=DIFFERENT
		different=$((different + 1))
	fi
	row "$name" "$kind" "$compiler" "$level" "$blis" "$threads" "$config" "$runs" "$status" \
		"$digest" ""
}

if ! build gcc-O3 CC=gcc OPT=-O3; then
	echo "verify-matrix: $reason" >&2
	exit 1
fi
ids=$("$program" plan "$config" --json --out "$tmp/none" 2>/dev/null | jq -r '.[].run_id')
golden=$out/golden/smoke.json
[[ -e $golden ]] || golden=results/golden/smoke.json
reference=$(scripts/golden-digest.sh "$golden")

# The same program: levels, BLIS sub-configurations, threads.
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
cell oracle native gcc-O3 auto oracle 1

for cc in gcc clang; do
	for opt in -O0 -O2 -O3; do
		name=$cc$opt
		wanted "$name" || wanted "$name-blis" || wanted "$name-oracle" || continue
		if build "$name" CC="$cc" OPT="$opt"; then
			cell "$name" native "$name" auto auto 1
			cell "$name-blis" native "$name" auto haswell 1
			cell "$name-oracle" native "$name" auto oracle 1
		else
			not_run "$name" native "$name" "$reason"
		fi
	done
done

# Other CPUs of this architecture; Nehalem has no FMA, which the C library then computes.
program=build-matrix-gcc-O3/sheafbench
for model in Haswell EPYC EPYC-Milan Skylake-Client Nehalem; do
	if command -v qemu-x86_64 >/dev/null; then
		wrapper=(qemu-x86_64 -cpu "$model")
		cell "qemu-$model" qemu-user gcc-O3 auto auto 1
		[[ $model == Nehalem ]] || cell "qemu-$model-blis" qemu-user gcc-O3 auto haswell 1
	else
		not_run "qemu-$model" qemu-user gcc-O3 "no qemu-x86_64 here (scripts/setup.sh matrix)"
	fi
done

# Other architectures, each by its kernels and by the scalar oracle; s390x is big-endian, armhf and i386
# have 32 bits.
for cross in $(sed -n 's/^\([a-z0-9]\+\) .*/\1/p' scripts/architectures.txt); do
	wanted "$cross" || wanted "$cross-oracle" || continue
	if [[ $cross =~ $skip ]]; then
		not_run "$cross" cross "$cross gcc -O3" "left out"
		continue
	fi
	if build "$cross" CROSS="$cross"; then
		read -r -a wrapper <<<"$(make --no-print-directory CROSS="$cross" print-wrapper)"
		compiler="$cross gcc -O3"
		cell "$cross" cross "$compiler" auto auto 1
		cell "$cross-oracle" cross "$compiler" auto oracle 1
	else
		not_run "$cross" cross "$cross" "$reason"
	fi
done

same=$(grep -c ',same,' "$tmp/rows" || true)
missing=$(grep -c ',not run,' "$tmp/rows" || true)
if [[ $pattern == . ]]; then
	mkdir -p "$out"
	{
		echo "cell,kind,compiler,level,blis,threads,config,runs,status,digest,reason"
		cat "$tmp/rows"
	} >"$out/reproducibility.csv.tmp"
	mv "$out/reproducibility.csv.tmp" "$out/reproducibility.csv"
	{
		echo "# Reproducibility matrix"
		echo
		echo "Each cell trains every run of \`$config\`; its digest is that of all their weights." \
			"$same cells agree with \`$golden\`, $different differ," \
			"$missing were not run."
		echo
		echo "| cell | kind | compiler | level | BLIS | threads | config | runs | status | digest | reason |"
		echo "|---|---|---|---|---|---|---|---|---|---|---|"
		sed 's/,/ | /g; s/^/| /; s/$/ |/' "$tmp/rows"
	} >"$out/reproducibility.md.tmp"
	mv "$out/reproducibility.md.tmp" "$out/reproducibility.md"
fi
say "$same cells same, $different different, $missing not run"
[[ $different -eq 0 && $same -gt 0 ]]
