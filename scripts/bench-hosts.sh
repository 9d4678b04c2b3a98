#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# bench-hosts.sh HOSTS [RESULTS_FOLDER]: runs `make bench` on every machine of HOSTS and brings the
# files back into RESULTS_FOLDER/throughput. A line of HOSTS is what GNU Parallel's --sshlogin takes:
# host, user@host, or "ssh -p PORT user@host"; # starts a comment. The sources as they stand here are
# sent and built there in a folder of their own, which is removed in the end; rsync must be on both
# sides. FILTER, REPETITIONS and THREADS pass through. Exit 1: a machine failed (listed with its last lines), 2: bad usage.
# shellcheck source=scripts/lib.bash
source "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/lib.bash"

self=$(realpath "${BASH_SOURCE[0]}")
root=$(dirname "$(dirname "$self")")

# One machine, as the outer Parallel starts it: its archive ends up as NUMBER.out.tar.
if [[ ${1:-} == --one ]]; then
	number=$2 host=$3
	cp "$BENCH_HOSTS_TMP/source.tar.gz" "$BENCH_HOSTS_TMP/$number.in.tar.gz"
	cd "$BENCH_HOSTS_TMP"
	# One job at a time and machine: nothing else may run beside a measurement.
	parallel --plain --will-cite --sshlogin "1/$host" --workdir ... --transferfile '{}.in.tar.gz' \
		--return '{}.out.tar' --cleanup \
		"mkdir source && tar -xzf {}.in.tar.gz -C source &&
		env -u MAKEFLAGS -u MAKELEVEL make -C source bench FILTER=$(printf %q "$FILTER") \
			REPETITIONS=$REPETITIONS THREADS=$THREADS SHEAFBENCH_RESULTS=out &&
		tar -cf {}.out.tar -C source/out/throughput . && rm -rf source" ::: "$number"
	exit
fi

if [[ $# -lt 1 || $# -gt 2 || ! -r ${1:-} ]]; then
	echo "bench-hosts: expected bench-hosts.sh HOSTS [RESULTS_FOLDER], HOSTS a readable file" >&2
	exit 2
fi
mapfile -t hosts < <(sed 's/[[:space:]]*#.*//; /^[[:space:]]*$/d' "$1")
if [[ ${#hosts[@]} -eq 0 ]]; then
	echo "bench-hosts: $1 names no machine; expected one --sshlogin of GNU Parallel a line" >&2
	exit 2
fi
for number in REPETITIONS THREADS; do
	if [[ ! ${!number:-} =~ ^[0-9]*$ ]]; then
		echo "bench-hosts: $number=${!number}; expected a number" >&2
		exit 2
	fi
done
results=${2:-results}
export FILTER=${FILTER:-} REPETITIONS=${REPETITIONS:-} THREADS=${THREADS:-} PARALLEL_SHELL=/bin/bash
temporary bench-hosts
export BENCH_HOSTS_TMP=$tmp
export PARALLEL_HOME=$BENCH_HOSTS_TMP/parallel
mkdir "$PARALLEL_HOME"
trap 'exit 130' INT
trap 'exit 143' TERM

tar -czf "$BENCH_HOSTS_TMP/source.tar.gz" -C "$root" LICENSE CITATION.cff Makefile configs foundation harness kernels mk models scripts

failed=0
parallel --plain --will-cite --jobs 0 --results "$BENCH_HOSTS_TMP/log/{#}" "$self" --one '{#}' '{}' \
	::: "${hosts[@]}" >/dev/null 2>&1 || true

# Two machines of one CPU: the second is NAME_2.
mkdir -p "$results/throughput"
declare -A taken
for i in "${!hosts[@]}"; do
	number=$((i + 1))
	unpacked=$BENCH_HOSTS_TMP/$number
	mkdir "$unpacked"
	if ! tar -xf "$BENCH_HOSTS_TMP/$number.out.tar" -C "$unpacked" 2>/dev/null; then
		failed=1
		echo "bench-hosts: ${hosts[i]} failed:" >&2
		cat "$BENCH_HOSTS_TMP/log/$number" "$BENCH_HOSTS_TMP/log/$number.err" 2>/dev/null |
			grep -v '^[[:space:]]*$' | tail -n 5 | sed 's/^/    /' >&2 || true
		continue
	fi
	for json in "$unpacked"/*.json; do
		name=$(basename "$json" .json)
		taken[$name]=$((${taken[$name]:-0} + 1))
		final=$name
		[[ ${taken[$name]} -eq 1 ]] || final=${name}_${taken[$name]}
		for kind in csv json; do
			# Beside the old file first, so that a reader sees the old or the new one.
			sed "s/,$name,/,$final,/" "$unpacked/$name.$kind" >"$results/throughput/$final.$kind.tmp"
			mv "$results/throughput/$final.$kind.tmp" "$results/throughput/$final.$kind"
		done
		say "${hosts[i]}: $results/throughput/$final.json"
	done
done
exit "$failed"
