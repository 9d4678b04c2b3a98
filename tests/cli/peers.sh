#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `make peers` with programs that only say numbers: what is refused, what is left out and why, what is
# written. TAP.
# shellcheck source=tests/cli/lib.bash
source "$(dirname "${BASH_SOURCE[0]}")/lib.bash"

# program PATH TEXT: a shell script.
program() {
	mkdir -p "$(dirname "$1")"
	printf '#!/usr/bin/env bash\n%s\n' "$2" >"$1"
	chmod +x "$1"
}

export PEERS=$tmp/build/peers PEER_ENV=$tmp/env SHEAFBENCH_RESULTS=$tmp/results ROUNDS=1
export CASES=moe-nano PYTHON=$tmp/no-torch
program "$tmp/no-torch" 'echo "no such module: torch" >&2; exit 1'
program "$tmp/build/sheafbench" "echo '{\"cpu\": \"a CPU\"}'"
program "$PEERS/op_speed" "echo '{\"group\": \"op\", \"case\": \"exp\", \"unit\": \"G\", \"value\": 2,
	\"threads\": 1, \"version\": \"op\"}' | tr '\n' ' '"
program "$PEERS/train_speed" "echo '{\"group\": \"train\", \"case\": \"moe-nano\", \"peer\": \"sheafbench\",
	\"unit\": \"samples/s\", \"value\": 30, \"cpu_value\": 40, \"threads\": 1, \"version\": \"level x\",
	\"flops\": 1000, \"peak_gflops\": 1, \"losses\": [3, 2, 1, 1, 1]}' | tr '\n' ' '"
program "$PEERS/gemm_sheafbench" "echo '{\"group\": \"gemm\", \"case\": \"8x64x32 y = x W\", \"unit\": \"GF/s\",
	\"value\": 8, \"cpu_value\": 9, \"threads\": 1, \"version\": \"level x\"}' | tr '\n' ' '"
# The Python of the environment: of training a line for each setting it was given, or for three, of which
# `broken` does not work, LOSSES as they are given; of products a line with the shapes it was given. BREAKS
# is a setting that works only once, DIES the script that dies before its first line.
# shellcheck disable=SC2016
program "$PEER_ENV/bin/python" 'if [[ $1 == *gemm.py ]]; then
	echo "{\"group\": \"gemm\", \"case\": \"${*:3} y = x W\", \"unit\": \"GF/s\", \"value\": 4, \"cpu_value\": 3,
		\"threads\": 1, \"version\": \"$2\"}" | tr "\n" " "
	exit
fi
if [[ $1 == *"${DIES:-no script}" ]]; then
	echo "no such module" >&2
	exit 1
fi
settings=("${@:5}")
[[ $# -gt 4 ]] || settings=(slow broken fast)
for setting in "${settings[@]}"; do
	value=20
	[[ $setting != slow ]] || value=10
	if [[ $setting == broken || ($setting == "${BREAKS:-none}" && $# -gt 4) ]]; then
		echo "{\"group\": \"train\", \"case\": \"$2\", \"setting\": \"$setting\", \"version\": \"$1 9.9\",
			\"failed\": \"ended by SIGSEGV\"}" | tr "\n" " "
		continue
	fi
	echo "{\"group\": \"train\", \"case\": \"$2\", \"unit\": \"samples/s\", \"value\": $value, \"cpu_value\": $value,
		\"threads\": 1, \"setting\": \"$setting\", \"version\": \"$1 9.9\", \"losses\": $LOSSES}" | tr "\n" " "
done'
export LOSSES="[3.00001, 2, 1, 1, 1]"

# run EXIT PATTERN: the exit status, and a line of what was said.
run() {
	local status=0
	scripts/peers.sh >"$tmp/said" 2>&1 || status=$?
	cat "$tmp/said"
	[[ $status -eq $1 ]]
	grep -q -F -- "$2" "$tmp/said"
}

training() {
	export ONLY=train
	touch "$PEER_ENV/torch.ready"
	echo 'PyPI cannot be reached' >"$PEER_ENV/jax.skipped"
	run 0 "moe-nano: PyTorch 2 is fastest with fast"
	cat "$tmp/results/peers-train.csv" "$tmp/results/peers-train.md"
	grep -q '^"train","moe-nano","PyTorch 2","samples/s",1,20,20,20,1.5,1.5,1.5,2,1,"fast","[^"]* 9.9","measured",""$' \
		"$tmp/results/peers-train.csv"
	grep -q '^"train","","JAX",.*"skipped","PyPI cannot be reached"$' "$tmp/results/peers-train.csv"
	grep -q '^"train","","PyTorch",.*"skipped","no such module: torch"$' "$tmp/results/peers-train.csv"
	grep -q '^| moe-nano | 30 | PyTorch 2 | 20 | 1.50 (1.50–1.50) | 2.00 |$' "$tmp/results/peers-train.md"
	grep -q '^| moe-nano | 1000 | 0 % | JAX | skipped | |$' "$tmp/results/peers-train.md"
	grep -q '^- moe-nano, PyTorch 2: fast$' "$tmp/results/peers-train.md"
	# Nothing is lost: what was tried and did not work has its reason.
	grep -q '^"search","moe-nano","PyTorch 2",.*"broken","[^"]* 9.9","failed","ended by SIGSEGV"$' \
		"$tmp/results/peers-train.csv"
	grep -q '^- moe-nano, PyTorch 2: broken: ended by SIGSEGV$' "$tmp/results/peers-train.md"
	[[ $(grep -c '^"search",.*"tried",""$' "$tmp/results/peers-train.csv") -eq 6 ]]
}

setting_that_breaks_later() {
	export ONLY=train BREAKS=fast
	run 0 "moe-nano: PyTorch 2 is fastest with slow"
	grep -q '^- moe-nano, PyTorch 2: fast: ended by SIGSEGV$' "$tmp/results/peers-train.md"
}

program_that_dies() {
	export ONLY=train DIES=torch_train.py
	run 0 "skipped: PyTorch 2 (train): no setting works for moe-nano: all: exit 1: no such module"
	grep -q '^- moe-nano, PyTorch 2: all: exit 1: no such module$' "$tmp/results/peers-train.md"
}

# setting NAME: the line of a peer that has settings which work, die, or do not end.
setting() {
	PYTHONPATH=$tmp/stub:scripts/peers /usr/bin/python3 - "$@" <<'END'
import os, signal, sys, time
import speed

def measure(case, seconds, path, setting):
    if setting == "raises":
        raise ValueError("no such\noperator")
    if setting == "dies":
        os.kill(os.getpid(), signal.SIGSEGV)
    if setting == "leaves":
        os._exit(3)
    if setting == "hangs":
        time.sleep(600)
    return {"value": 1}

sys.exit(speed.main("usage", lambda case: ["works", "raises", "dies", "leaves", "hangs"], measure, {}))
END
}

settings_apart() {
	mkdir -p "$tmp/stub"
	# speed.py names numpy's types; nothing of it runs here.
	echo 'ndarray = uint32 = None' >"$tmp/stub/numpy.py"
	export PEER_LIMIT=2
	setting moe-nano 1 parameters >"$tmp/lines"
	cat "$tmp/lines"
	[[ $(jq -r '"\(.setting): \(.failed // "value \(.value)")"' "$tmp/lines") == "works: value 1
raises: ValueError: no such
dies: ended by SIGSEGV
leaves: exit 3
hangs: not done after 2 s" ]]
	local status=0
	setting moe-nano 1 parameters dies 2>"$tmp/errors" || status=$?
	[[ $status -eq 1 ]]
	[[ $(<"$tmp/errors") == "dies: ended by SIGSEGV" ]]
	status=0
	setting moe-nano 1 parameters works neither 2>"$tmp/errors" || status=$?
	[[ $status -eq 2 ]]
}

losses() {
	local LOSSES
	export ONLY=train LOSSES
	rm -rf "$tmp/results"
	touch "$PEER_ENV/torch.ready" "$PEER_ENV/jax.ready"
	for LOSSES in "[3.001, 2, 1, 1, 1]" "[3, 2, 1, 1, 1.001]" "[3, 2, 1, 1]" "[3, null, 1, 1, 1]"; do
		run 1 "JAX slow, moe-nano: PyTorch 2 fast, moe-nano: PyTorch 2 slow"
	done
	[[ ! -e $tmp/results ]]
}

products() {
	export ONLY=gemm
	rm -f "$PEER_ENV"/*.ready "$PEER_ENV"/*.skipped
	touch "$PEER_ENV/torch.ready"
	echo 'no header x.h here' >"$PEERS/gemm_libxsmm.skipped"
	echo '2 GiB are free; expected 8' >"$PEER_ENV/mkl.skipped"
	echo 'no header y.h here' >"$PEERS/gemm_mkl.skipped"
	run 0 "wrote"
	cat "$tmp/results/peers-gemm.csv"
	grep -q '^"gemm","8x64x32 y = x W","PyTorch 2 oneDNN","GF/s",1,4,4,4,2,2,2,3,1,"","onednn","measured",""$' \
		"$tmp/results/peers-gemm.csv"
	grep -q '^"gemm","","LIBXSMM",.*"no header x.h here"$' "$tmp/results/peers-gemm.csv"
	grep -q '^"gemm","","MKL",.*"2 GiB are free; expected 8"$' "$tmp/results/peers-gemm.csv"
	grep -q '^| 8x64x32 y = x W | 8 | skipped | skipped | skipped | 4, 2.00 (2.00–2.00) |' \
		"$tmp/results/peers-gemm.md"
}

# A run of all parts has a file of its CPU's own besides; a part has none.
every_part() {
	[[ ! -e $tmp/results/peers ]]
	rm -f "$PEER_ENV"/*.ready "$PEER_ENV"/*.skipped
	program "$tmp/build/sheafbench" "echo '{\"cpu\": \"A CPU (R) of 9 GHz\"}'"
	run 0 "wrote"
	cmp "$tmp/results/peers.csv" "$tmp/results/peers/a-cpu-r-of-9-ghz.csv"
	cmp "$tmp/results/peers.md" "$tmp/results/peers/a-cpu-r-of-9-ghz.md"
	grep -q '^"op","exp","sheafbench",' "$tmp/results/peers.csv"
}

# Nothing listens there; what pip is told of other places is not heard.
environment_without_pypi() {
	PYTHON=/usr/bin/python3 PIP_CONFIG_FILE=/dev/null PIP_FIND_LINKS="" PIP_INDEX_URL=http://127.0.0.1:9/ \
		scripts/peers/environment.sh "$tmp/unreached"
	for name in torch jax openblas mkl; do
		grep -q '^PyPI cannot be reached' "$tmp/unreached/$name.skipped"
		[[ ! -e $tmp/unreached/$name.ready ]]
	done
}

environment_without_python() {
	PYTHON=/bin/false PEER_DISK=1 scripts/peers/environment.sh "$tmp/bare"
	grep -q '^no virtual environment: exit 1 of false$' "$tmp/bare/torch.skipped"
}

environment_without_disk() {
	PEER_DISK=4096 scripts/peers/environment.sh "$tmp/other"
	[[ ! -e $tmp/other/bin ]]
	for name in torch jax openblas mkl; do
		grep -q '^[0-9]* GiB are free; expected 4096$' "$tmp/other/$name.skipped"
	done
	touch "$tmp/other"/{torch,jax,openblas,mkl}.ready
	[[ -z $(PEER_DISK=4096 scripts/peers/environment.sh "$tmp/other") ]]
	status=0
	PEER_DISK=no scripts/peers/environment.sh "$tmp/other" || status=$?
	[[ $status -eq 2 ]]
}

check "training next to other libraries is written, with what is left out and why" training
check "a finalist that fails later has its reason, and the next is taken" setting_that_breaks_later
check "a peer whose program dies is left out, with its reason" program_that_dies
if [[ -x /usr/bin/python3 ]]; then
	check "a setting that raises, dies or does not end takes no other with it" settings_apart
else
	skip "a setting that raises, dies or does not end takes no other with it" "no Python here"
fi
check "a peer or setting with other losses ends the run" losses
check "products next to other libraries are written, with what is left out and why" products
check "a whole run is kept as that of its CPU, a part is not" every_part
if [[ -x /usr/bin/python3 ]] && /usr/bin/python3 -c 'import ensurepip, venv' 2>/dev/null; then
	check "without PyPI the environment says so and goes on" environment_without_pypi
else
	skip "without PyPI the environment says so and goes on" "no venv of Python here"
fi
check "without a Python that makes environments it says so and goes on" environment_without_python
check "without disk nothing is fetched, and what is there is not fetched again" environment_without_disk
finish
