#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Speed of training and of matrix products next to other libraries, all in one run, taking turns;
# writes results/peers.{csv,md}. docs/PEERS.md says what is compared and how.
#   ROUNDS=N   turns of each program, 1 to 1000 (default 7)
#   ONLY=gemm, op or train: only that part, into results/peers-gemm.*, peers-op.* or peers-train.*
#   PEERS=DIR  the programs (default build/peers), sheafbench beside DIR; NAME.skipped there is why
#              NAME is missing
# A peer that is missing or fails is listed as skipped, with the reason. Exit 1: a program computes
# something else than the others; 2: bad usage; 3: our own programs are missing.
# shellcheck source=scripts/lib.bash
source "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/lib.bash"

root=$(dirname "$(dirname "$(realpath "${BASH_SOURCE[0]}")")")
cd "$root"
rounds=${ROUNDS:-7}
only=${ONLY:-}
peers=${PEERS:-build/peers}
out=${SHEAFBENCH_RESULTS:-results}

if [[ ! $rounds =~ ^[1-9][0-9]{0,3}$ || $rounds -gt 1000 ]]; then
	echo "peers: found ROUNDS=$rounds; expected 1 to 1000" >&2
	exit 2
fi
if [[ ! $only =~ ^(|gemm|op|train)$ ]]; then
	echo "peers: found ONLY=$only; expected gemm, op or train" >&2
	exit 2
fi
for program in train_speed gemm_sheafbench op_speed; do
	if [[ ! -x $peers/$program ]]; then
		echo "peers: no $peers/$program; make peers builds it" >&2
		exit 3
	fi
done

python=/usr/bin/python3 # Debian's PyTorch is this one's
torch=scripts/peers/torch_train.py
cases="moe-nano dense-256 moe-512 dense-1024"
seconds=1.5
search_seconds=0.7
temporary peers
export LC_ALL=C OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 BLIS_NUM_THREADS=1 MKL_NUM_THREADS=1
unset BLIS_ARCH_TYPE OPENBLAS_CORETYPE
: >"$tmp/all"
: >"$tmp/search"
: >"$tmp/skips"
: >"$tmp/won"
load=$(cut -d' ' -f1 /proc/loadavg)
case $(uname -m) in
	aarch64) subconfigurations="cortexa57" ;;
	*) subconfigurations="skx haswell zen zen2 zen3" ;;
esac
# The sub-configuration a user with this CPU would name.
widest=${subconfigurations%% *}
[[ $widest != skx ]] || grep -qw avx512f /proc/cpuinfo || widest=haswell
declare -A skipped best_setting best_blas

# skip GROUP PEER REASON
skip() {
	[[ -z ${skipped[$1 $2]:-} ]] || return 0
	skipped[$1 $2]=1
	jq -nc --arg group "$1" --arg peer "$2" --arg reason "$3" '$ARGS.named' >>"$tmp/skips"
	say "skipped: $2 ($1): $3"
}

# why_missing PROGRAM
why_missing() {
	cat "$peers/$1.skipped" 2>/dev/null || echo "no program $1"
}

# turn ROUND GROUP PEER COMMAND ...: its lines go to the record. A peer that fails is skipped.
turn() {
	local round=$1 group=$2 peer=$3 status=0
	shift 3
	[[ -z ${skipped[$group $peer]:-} ]] || return 0
	"$@" >"$tmp/lines" 2>"$tmp/errors" || status=$?
	if [[ $status -ne 0 ]]; then
		if [[ $peer == sheafbench ]]; then
			cat "$tmp/errors" >&2
			exit 3
		fi
		skip "$group" "$peer" "exit $status in round $round: $(tail -n 1 "$tmp/errors")"
		return 0
	fi
	jq -c --argjson round "$round" --arg peer "$peer" '. + {$round, $peer}' "$tmp/lines" \
		>>"$tmp/all"
}

# run_torch BLAS ARGUMENTS ...: BLAS is a folder with a libblas.so.3.
run_torch() {
	local blas=$1
	shift
	LD_LIBRARY_PATH=$blas "$python" "$torch" "$@"
}

# try_torch CASE BLAS [SETTING]: without a setting, all of them, briefly.
try_torch() {
	run_torch "$2" "$1" "$search_seconds" "$tmp/$1" "${@:3}" 2>"$tmp/errors" |
		jq -c --arg blas "$2" --argjson pass "$pass" '. + {$blas, $pass}' >>"$tmp/search" || true
}

# Every setting of PyTorch with every BLAS that is installed, then the four of least processor time
# three times more; of these the one with the best median.
search_torch() {
	local case=$1 pass=1 library found=0 setting blas
	for library in /usr/lib/*/*/libblas.so.3; do
		[[ -e $library && $library != */blas/libblas.so.3 ]] || continue
		found=1
		try_torch "$case" "${library%/*}"
	done
	[[ $found -eq 1 ]] || try_torch "$case" ""
	jq -sr --arg case "$case" 'map(select(.case == $case)) | sort_by(-.cpu_value) | .[:4][]
		| "\(.setting) \(.blas)"' "$tmp/search" >"$tmp/finalists"
	for pass in 2 3 4; do
		while read -r setting blas; do
			try_torch "$case" "$blas" "$setting"
		done <"$tmp/finalists"
	done
	read -r setting blas < <(jq -sr --arg case "$case" 'map(select(.case == $case and .pass > 1))
		| group_by([.setting, .blas])
		| max_by(map(.cpu_value) | sort | .[length / 2 | floor]) // [] | .[:1][]
		| "\(.setting) \(.blas)"' "$tmp/search") || true
	if [[ -z ${setting:-} ]]; then
		skip train PyTorch "no setting works: $(tail -n 1 "$tmp/errors")"
		return 0
	fi
	best_setting[$case]=$setting
	best_blas[$case]=$blas
	jq -nc --arg case "$case" --arg setting "$setting" --arg blas "$blas" '$ARGS.named' >>"$tmp/won"
	say "$case: PyTorch is fastest with $setting, ${blas##*/}"
}

# The losses of the first steps: the same network, data and weights, or no comparison.
check_losses() {
	jq -se '
		map(select(.losses and .round == 1)) | group_by(.case) | map({
			case: .[0].case,
			worst: ([.[0].losses, .[-1].losses] | transpose
				| map((.[0] - .[1]) / .[0] | fabs) | max)
		}) | map(select(.worst > 1e-4)) | if . == [] then true else (tojson | halt_error(1)) end
	' "$tmp/all" >/dev/null || {
		echo "peers: the losses differ: these are not the same networks" >&2
		exit 1
	}
}

train_part() {
	local case round how
	for case in $cases; do
		"$peers/train_speed" "$case" 0.01 "$tmp/$case" >/dev/null
	done
	if ! "$python" -c 'import torch, numpy' 2>"$tmp/errors"; then
		skip train PyTorch "$(tail -n 1 "$tmp/errors")"
	fi
	[[ -x $peers/fann_speed ]] || skip train "FANN rprop" "$(why_missing fann_speed)"
	[[ -x $peers/fann_speed ]] || skip train "FANN incremental" "$(why_missing fann_speed)"
	for case in $cases; do
		[[ -n ${skipped[train PyTorch]:-} ]] || search_torch "$case"
	done
	for ((round = 1; round <= rounds; round++)); do
		for case in $cases; do
			turn "$round" train sheafbench "$peers/train_speed" "$case" "$seconds"
			turn "$round" train PyTorch run_torch "${best_blas[$case]:-}" "$case" "$seconds" \
				"$tmp/$case" "${best_setting[$case]:-}"
			[[ $case == dense-256 ]] || continue
			for how in rprop incremental; do
				turn "$round" train "FANN $how" "$peers/fann_speed" "$how" "$seconds"
			done
		done
		[[ $round -gt 1 ]] || check_losses
		say "training: round $round of $rounds"
	done
}

gemm_part() {
	local round name
	[[ -x $peers/gemm_blis ]] || skip gemm BLIS "$(why_missing gemm_blis)"
	[[ -x $peers/gemm_blis ]] || skip gemm "packed BLIS" "$(why_missing gemm_blis)"
	[[ -x $peers/gemm_openblas ]] || skip gemm OpenBLAS "$(why_missing gemm_openblas)"
	[[ -x $peers/gemm_onednn ]] || skip gemm oneDNN "$(why_missing gemm_onednn)"
	for ((round = 1; round <= rounds; round++)); do
		turn "$round" gemm sheafbench "$peers/gemm_sheafbench"
		turn "$round" gemm BLIS "$peers/gemm_blis"
		for name in $subconfigurations; do
			[[ -z ${skipped[gemm BLIS]:-} ]] || break
			# What this CPU lacks would end in an illegal instruction, or in worse.
			if [[ $name == skx ]] && ! grep -qw avx512f /proc/cpuinfo; then
				skip gemm "BLIS $name" "this CPU has no AVX-512"
			fi
			turn "$round" gemm "BLIS $name" "$peers/gemm_blis" "$name"
		done
		turn "$round" gemm "packed BLIS" "$peers/gemm_blis" "$widest" packed
		turn "$round" gemm OpenBLAS "$peers/gemm_openblas"
		turn "$round" gemm oneDNN "$peers/gemm_onednn"
		say "matrix products: round $round of $rounds"
	done
}

op_part() {
	local round
	for ((round = 1; round <= rounds; round++)); do
		turn "$round" op sheafbench "$peers/op_speed" sheafbench
		turn "$round" op "plain loops" "$peers/op_speed" plain
	done
	say "elementwise and row ops: $rounds rounds"
}

[[ -n $only && $only != op ]] || op_part
[[ -n $only && $only != gemm ]] || gemm_part
[[ -n $only && $only != train ]] || train_part

cpu=$("$peers/../sheafbench" cpu --json | jq -r .cpu)
# The libraries do not all say which version they are; their packages do.
packages=$(dpkg-query -W -f '${Package} ${Version}\n' python3-torch libblis4-openmp \
	libopenblas0-pthread libdnnl2 libfann2 2>/dev/null | paste -sd ';' | sed 's/;/, /g') || true
name=peers${only:+-$only}
mkdir -p "$out"
for format in csv md; do
	jq -nr --arg format "$format" --arg cpu "${cpu:-unknown}" --arg cores "$(nproc --all)" \
		--arg rounds "$rounds" --slurpfile records "$tmp/all" --slurpfile search "$tmp/search" \
		--slurpfile skips "$tmp/skips" --slurpfile won "$tmp/won" --arg load "$load" \
		--arg packages "$packages" \
		-f scripts/peers/summary.jq >"$out/$name.$format.tmp"
	mv "$out/$name.$format.tmp" "$out/$name.$format"
done
say "wrote $out/$name.csv and $out/$name.md"
