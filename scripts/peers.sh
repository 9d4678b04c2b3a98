#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Speed of training and of matrix products next to other libraries, all in one run, taking turns;
# writes results/peers.{csv,md}, and the same as results/peers/<cpu>.{csv,md}. docs/PEERS.md says what is compared and how.
#   ROUNDS=N   turns of each program, 1 to 1000 (default 7)
#   ONLY=gemm, op or train: only that part, into results/peers-gemm.*, peers-op.* or peers-train.*
#   CASES=...  the networks trained, by name (default: all four)
#   PEERS=DIR  the programs (default build/peers), sheafbench beside DIR; NAME.skipped there is why
#              NAME is missing
#   PEER_ENV=DIR  the Python environment with what PyPI has (default .cache/peers-python), NAME.skipped
#              there likewise; PYTHON=PROGRAM is the Python of Debian's PyTorch
# A peer that is missing or fails is listed as skipped, with the reason. Exit 1: a program computes
# something else than the others; 2: bad usage; 3: our own programs are missing.
# shellcheck source=scripts/lib.bash
source "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/lib.bash"

root=$(dirname "$(dirname "$(realpath "${BASH_SOURCE[0]}")")")
cd "$root"
rounds=${ROUNDS:-7}
only=${ONLY:-}
peers=${PEERS:-build/peers}
environment=${PEER_ENV:-.cache/peers-python}
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

python=${PYTHON:-/usr/bin/python3} # Debian's PyTorch is this one's
cases=${CASES:-moe-nano dense-256 moe-512 dense-1024}
seconds=1
search_seconds=0.4
temporary peers
export LC_ALL=C OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 BLIS_NUM_THREADS=1 MKL_NUM_THREADS=1
export PYTHONDONTWRITEBYTECODE=1 TORCHINDUCTOR_CACHE_DIR=$tmp/inductor TORCHINDUCTOR_COMPILE_THREADS=1
unset BLIS_ARCH_TYPE OPENBLAS_CORETYPE
: >"$tmp/all"
: >"$tmp/search"
: >"$tmp/skips"
: >"$tmp/won"
: >"$tmp/ours"
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

# why_missing PROGRAM [NAME]: NAME is what PyPI was asked for.
why_missing() {
	cat "$environment/${2:-$1}.skipped" 2>/dev/null || cat "$peers/$1.skipped" 2>/dev/null ||
		echo "no program $1"
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

# run_python PEER BLAS ARGUMENTS ...: BLAS is a folder with a libblas.so.3, or "-": as installed.
run_python() {
	local peer=$1 blas=${2#-}
	shift 2
	case $peer in
	PyTorch) LD_LIBRARY_PATH=$blas "$python" scripts/peers/torch_train.py "$@" ;;
	"PyTorch 2") "$environment/bin/python" scripts/peers/torch_train.py "$@" ;;
	JAX) "$environment/bin/python" scripts/peers/jax_train.py "$@" ;;
	esac
}

# try PEER CASE BLAS [SETTING ...]: these settings (without any: all of them), briefly. What did not work
# is recorded with its reason; a program that does not even begin, under the setting "all".
try() {
	local status=0
	run_python "$1" "$3" "$2" "$search_seconds" "$tmp/$2" "${@:4}" >"$tmp/lines" 2>"$tmp/errors" ||
		status=$?
	if [[ ! -s $tmp/lines ]]; then
		jq -nc --arg case "$2" --arg failed "exit $status: $(tail -n 1 "$tmp/errors")" \
			'{group: "train", $case, setting: "all", $failed}' >"$tmp/lines"
	fi
	jq -c --arg peer "$1" --arg blas "${3#-}" --argjson pass "$pass" '. + {$peer, $blas, $pass}' \
		"$tmp/lines" >>"$tmp/search"
}

# settings_by_speed PEER CASE [BLAS]: what worked in all passes so far, the least median of processor
# time first: "SETTING BLAS" lines.
settings_by_speed() {
	jq -sr --arg peer "$1" --arg case "$2" --arg blas "${3:-any}" '
		map(select(.case == $case and .peer == $peer and ($blas == "any" or .blas == $blas)))
		| group_by([.setting, .blas]) | map(select(any(.[]; .failed) | not))
		| sort_by(map(-.cpu_value) | sort | .[length / 2 | floor]) | .[]
		| "\(.[0].setting) \(.[0].blas)"' "$tmp/search"
}

# Every setting of the peer; of Debian's PyTorch the two fastest with every other BLAS that is installed;
# then the three of least processor time twice more; of these the one with the best median.
search() {
	local peer=$1 case=$2 pass=1 library first=- settings setting blas
	local -a blases=()
	for library in /usr/lib/*/*/libblas.so.3; do
		[[ $peer == PyTorch && -e $library && $library != */blas/libblas.so.3 ]] || continue
		blases+=("${library%/*}")
	done
	first=${blases[0]:--}
	try "$peer" "$case" "$first"
	mapfile -t settings < <(settings_by_speed "$peer" "$case" "${first#-}" | head -n 2 | cut -d' ' -f1)
	for blas in "${blases[@]:1}"; do
		[[ ${#settings[@]} -eq 0 ]] || try "$peer" "$case" "$blas" "${settings[@]}"
	done
	settings_by_speed "$peer" "$case" | head -n 3 >"$tmp/finalists"
	for pass in 2 3; do
		for blas in "${blases[@]:--}"; do
			mapfile -t settings < <(awk -v blas="${blas#-}" '$2 == blas { print $1 }' "$tmp/finalists")
			[[ ${#settings[@]} -eq 0 ]] || try "$peer" "$case" "$blas" "${settings[@]}"
		done
	done
	setting=""
	read -r setting blas < <(settings_by_speed "$peer" "$case" | grep -F -x -f "$tmp/finalists") || true
	if [[ -z $setting ]]; then
		skip train "$peer" "no setting works for $case: $(jq -sr --arg peer "$peer" --arg case "$case" \
			'map(select(.case == $case and .peer == $peer and .failed)) | last
			| "\(.setting): \(.failed)"' "$tmp/search")"
		return 0
	fi
	best_setting[$peer $case]=$setting
	best_blas[$peer $case]=$blas
	jq -nc --arg peer "$peer" --arg case "$case" --arg setting "$setting" --arg blas "$blas" \
		'$ARGS.named' >>"$tmp/won"
	say "$case: $peer is fastest with $setting${blas:+, ${blas##*/}}"
}

# check_losses FILE: the losses of the first steps are sheafbench's, of every peer and setting that has
# any: the same network, data and weights, or no comparison.
check_losses() {
	local differ
	differ=$(jq -nr --slurpfile ours "$tmp/ours" --slurpfile theirs "$1" '
		($ours | map({key: .case, value: .losses}) | from_entries) as $right
		| [$theirs[] | select(.losses) | . as $r
			| select(($r.losses | length) != ($right[$r.case] | length)
				or any([$r.losses, $right[$r.case]] | transpose[];
					(.[0] | type) != "number" or (((.[0] - .[1]) / .[1] | fabs) > 1e-4)))
			| "\(.case): \(.peer) \(.setting // "")"] | unique | join(", ")')
	[[ -z $differ ]] || {
		printf 'peers: the losses differ, these are not the same networks: %s\n' "$differ" >&2
		exit 1
	}
}

# Every process of torch.compile asks the compiler for four seconds what it can. Where the answer is what
# PyTorch takes without asking, none of them needs to.
ask_compiler_once() {
	local program="from torch._inductor import cpu_vec_isa; print(cpu_vec_isa.pick_vec_isa())" asked
	asked=$("$environment/bin/python" -c "$program" 2>/dev/null) || return 0
	[[ $asked != "$(TORCHINDUCTOR_VEC_ISA_OK=1 "$environment/bin/python" -c "$program" 2>/dev/null)" ]] ||
		export TORCHINDUCTOR_VEC_ISA_OK=1
}

train_part() {
	local case round how peer
	for case in $cases; do
		"$peers/train_speed" "$case" 0.01 "$tmp/$case" >>"$tmp/ours"
	done
	"$python" -c 'import torch, numpy' 2>"$tmp/errors" ||
		skip train PyTorch "$(tail -n 1 "$tmp/errors")"
	if [[ -e $environment/torch.ready ]]; then
		ask_compiler_once
	else
		skip train "PyTorch 2" "$(why_missing torch)"
	fi
	[[ -e $environment/jax.ready ]] || skip train JAX "$(why_missing jax)"
	[[ -x $peers/fann_speed ]] || skip train "FANN rprop" "$(why_missing fann_speed)"
	[[ -x $peers/fann_speed ]] || skip train "FANN incremental" "$(why_missing fann_speed)"
	for case in $cases; do
		for peer in PyTorch "PyTorch 2" JAX; do
			[[ -n ${skipped[train $peer]:-} ]] || search "$peer" "$case"
		done
		check_losses "$tmp/search"
	done
	for ((round = 1; round <= rounds; round++)); do
		for case in $cases; do
			turn "$round" train sheafbench "$peers/train_speed" "$case" "$seconds"
			for peer in PyTorch "PyTorch 2" JAX; do
				turn "$round" train "$peer" run_python "$peer" "${best_blas[$peer $case]:--}" \
					"$case" "$seconds" "$tmp/$case" "${best_setting[$peer $case]:-}"
			done
			[[ $case == dense-256 ]] || continue
			for how in rprop incremental; do
				turn "$round" train "FANN $how" "$peers/fann_speed" "$how" "$seconds"
			done
		done
		[[ $round -gt 1 ]] || check_losses "$tmp/all"
		say "training: round $round of $rounds"
	done
}

# torch_gemm WAY: the products that ours were.
torch_gemm() {
	local shapes
	mapfile -t shapes < <(jq -r 'select(.group == "gemm" and .peer == "sheafbench")
		| .case | split(" ")[0]' "$tmp/all" | awk '!seen[$0]++')
	"$environment/bin/python" scripts/peers/torch_gemm.py "$1" "${shapes[@]}"
}

gemm_part() {
	local round name
	[[ -x $peers/gemm_mkl ]] || skip gemm MKL "$(why_missing gemm_mkl mkl)"
	[[ -x $peers/gemm_openblas_pypi ]] ||
		skip gemm "OpenBLAS of PyPI" "$(why_missing gemm_openblas_pypi openblas)"
	[[ -x $peers/gemm_libxsmm ]] || skip gemm LIBXSMM "$(why_missing gemm_libxsmm)"
	for name in "PyTorch 2 mm" "PyTorch 2 mm, oneDNN off" "PyTorch 2 oneDNN"; do
		[[ -e $environment/torch.ready ]] || skip gemm "$name" "$(why_missing torch)"
	done
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
		turn "$round" gemm "OpenBLAS of PyPI" "$peers/gemm_openblas_pypi"
		turn "$round" gemm MKL "$peers/gemm_mkl"
		turn "$round" gemm LIBXSMM "$peers/gemm_libxsmm"
		turn "$round" gemm "PyTorch 2 mm" torch_gemm mm
		turn "$round" gemm "PyTorch 2 mm, oneDNN off" torch_gemm mm-only
		turn "$round" gemm "PyTorch 2 oneDNN" torch_gemm onednn
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
	libopenblas0-pthread libdnnl2 libfann2 libxsmm-dev 2>/dev/null | paste -sd ';' | sed 's/;/, /g') || true
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
# The next CPU's take their place; these stay.
if [[ -z $only ]]; then
	stem=$(tr '[:upper:]' '[:lower:]' <<<"${cpu:-unknown}" | sed 's/[^a-z0-9]\+/-/g; s/^-//; s/-$//')
	mkdir -p "$out/peers"
	cp "$out/peers.csv" "$out/peers/$stem.csv"
	cp "$out/peers.md" "$out/peers/$stem.md"
fi
