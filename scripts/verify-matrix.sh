#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Trains configs/matrix.json in every cell this machine can make and writes
# results/reproducibility.{csv,md}. One digest of all weights in all cells, or exit 1. Cells that
# cannot be made are listed as not run, with the reason. CELLS: a pattern of cell names (default all).
set -euo pipefail

root=$(dirname "$(dirname "$(realpath "${BASH_SOURCE[0]}")")")
cd "$root"
config=configs/matrix.json
pattern=${CELLS:-.}
out=${SHEAFBENCH_RESULTS:-results}
tmp=$(mktemp -d "${TMPDIR:-/tmp}/matrix.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
export OMP_NUM_THREADS=1
reference=
different=0
: >"$tmp/rows"

row() { # cell kind compiler level blis threads status digest reason
	printf '%s,%s,%s,%s,%s,%s,%s,%s,%s\n' "$@" >>"$tmp/rows"
	printf '%-34s %s%s\n' "$1" "$7" "${9:+ ($9)}"
}

# build NAME CC OPT: the program of a compiler and level of optimisation, or the reason why not.
build() {
	local name=$1 cc=$2 opt=$3
	program=build-matrix-$name/sheafbench
	if ! command -v "$cc" >/dev/null; then
		reason="no $cc here"
		return 1
	fi
	if ! make --no-print-directory CC="$cc" OPT="$opt" BUILD="build-matrix-$name" -j"$(nproc)" \
		all >"$tmp/build.log" 2>&1; then
		reason="does not build: $(grep -m 1 error "$tmp/build.log" | tr ',' ';' || true)"
		return 1
	fi
}

# cell NAME KIND COMPILER LEVEL BLIS THREADS [WRAPPER ...]: runs $program.
cell() {
	local name=$1 kind=$2 compiler=$3 level=$4 blis=$5 threads=$6 id line digest status
	shift 6
	[[ $name =~ $pattern ]] || return 0
	rm -rf "$tmp/runs"
	: >"$tmp/weights"
	for id in $ids; do
		status=0
		line=$(BLIS_NUM_THREADS=$threads "$@" "$program" run "$config" --id "$id" \
			--out "$tmp/runs" --quiet --isa "$level" --blis "$blis" \
			2>"$tmp/errors" | tail -n 1) || status=$?
		if [[ $status -ne 0 ]]; then
			row "$name" "$kind" "$compiler" "$level" "$blis" "$threads" "not run" "" \
				"$(tail -n 1 "$tmp/errors" | tr ',' ';')"
			return 0
		fi
		# A backend that fell to another path did not run what the cell is named for.
		if grep -q '^warning:' "$tmp/errors"; then
			row "$name" "$kind" "$compiler" "$level" "$blis" "$threads" "not run" "" \
				"$(head -n 1 "$tmp/errors" | tr ',' ';')"
			return 0
		fi
		echo "${line%% metric*}" | cut -d' ' -f1,2 >>"$tmp/weights"
	done
	digest=$(sort "$tmp/weights" | sha256sum | cut -c1-16)
	reference=${reference:-$digest}
	if [[ $digest == "$reference" ]]; then
		row "$name" "$kind" "$compiler" "$level" "$blis" "$threads" same "$digest" ""
	else
		different=$((different + 1))
		row "$name" "$kind" "$compiler" "$level" "$blis" "$threads" DIFFERENT "$digest" ""
	fi
}

skip_cell() { # NAME KIND COMPILER REASON
	[[ $1 =~ $pattern ]] || return 0
	row "$1" "$2" "$3" "" "" "" "not run" "" "$4"
}

reason=
build gcc-O3 gcc -O3 || { echo "verify-matrix: $reason" >&2; exit 1; }
ids=$("$program" plan "$config" --json --out "$tmp/runs" 2>/dev/null | jq -r '.[].run_id')
wanted=$(wc -w <<<"$ids")

cell oracle native gcc-O3 auto oracle 1
for blis in none skx haswell zen zen2 zen3 excavator; do
	cell "blis-$blis" native gcc-O3 auto "$blis" 1
done
for level in baseline v3 v4; do
	cell "level-$level" native gcc-O3 "$level" auto 1
	cell "level-$level-own-gemm" native gcc-O3 "$level" none 1
done
cell threads-2 native gcc-O3 auto auto 2
cell threads-2-haswell native gcc-O3 v3 haswell 2

for cc in gcc clang; do
	for opt in -O0 -O2 -O3; do
		name=$cc$opt
		if build "$name" "$cc" "$opt"; then
			cell "$name" native "$name" auto auto 1
			cell "$name-own-gemm" native "$name" auto none 1
			cell "$name-oracle" native "$name" auto oracle 1
		else
			skip_cell "$name" native "$name" "$reason"
		fi
	done
done

program=build-matrix-gcc-O3/sheafbench
for model in Haswell EPYC EPYC-Milan Skylake-Client; do
	if command -v qemu-x86_64 >/dev/null; then
		cell "qemu-$model" qemu-user gcc-O3 auto auto 1 qemu-x86_64 -cpu "$model"
	else
		skip_cell "qemu-$model" qemu-user gcc-O3 "no qemu-x86_64 here (scripts/setup.sh matrix)"
	fi
done
# A CPU without FMA: the same bits by software, slowly.
if command -v qemu-x86_64 >/dev/null; then
	cell qemu-Nehalem-no-fma qemu-user gcc-O3 auto none 1 qemu-x86_64 -cpu Nehalem
else
	skip_cell qemu-Nehalem-no-fma qemu-user gcc-O3 "no qemu-x86_64 here"
fi
skip_cell aarch64 cross aarch64-linux-gnu-gcc "no cross build in this script yet"
skip_cell s390x cross s390x-linux-gnu-gcc "no cross build in this script yet"

mkdir -p "$out"
{
	echo "cell,kind,compiler,level,blis,threads,status,digest,reason"
	cat "$tmp/rows"
} >"$out/reproducibility.csv.tmp"
mv "$out/reproducibility.csv.tmp" "$out/reproducibility.csv"
same=$(grep -c ',same,' "$tmp/rows" || true)
{
	echo "# Reproducibility matrix"
	echo
	echo "$wanted runs of \`$config\` in each cell. $same cells have one digest of all weights," \
		"\`$reference\`; $different differ."
	echo
	echo "| cell | kind | compiler | level | BLIS | threads | status | reason |"
	echo "|---|---|---|---|---|---|---|---|"
	while IFS=, read -r c k comp l b t s _ r; do
		echo "| $c | $k | $comp | $l | $b | $t | $s | $r |"
	done <"$tmp/rows"
} >"$out/reproducibility.md.tmp"
mv "$out/reproducibility.md.tmp" "$out/reproducibility.md"
echo "$same cells same, $different different, $(grep -c ',not run,' "$tmp/rows" || true) not run"
[[ $different -eq 0 ]]
