#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# sheafbench arch init: weights from an arch.json, and what it refuses. TAP; SHEAFBENCH is the program.
# shellcheck source=tests/cli/lib.bash
source "$(dirname "${BASH_SOURCE[0]}")/lib.bash"

arch=tests/good/arch/dense_before_intermediate.json

writes() {
	local line
	line=$(bench arch init "$arch" --out "$tmp/m.safetensors")
	[[ $line =~ ^"$tmp/m.safetensors weights_sha256="[0-9a-f]{64}$ ]]
	[[ -s $tmp/m.safetensors ]]
	# The seed in the file is all it depends on.
	[[ ${line##* } == "$(bench arch init "$arch" --out "$tmp/n.safetensors" | sed 's/.* //')" ]]
	cmp "$tmp/m.safetensors" "$tmp/n.safetensors"
	[[ ${line##* } != "$(jq '.seed += 1' "$arch" >"$tmp/other.json" &&
		bench arch init "$tmp/other.json" --out "$tmp/n.safetensors" | sed 's/.* //')" ]]
}

no_out() {
	expect_exit 2 'missing --out; expected arch init FILE --out' arch init "$arch"
	[[ ! -s $tmp/out ]]
}

# The first thing that is wrong is what is said.
first_error() {
	expect_exit 2 'missing argument; expected arch init FILE --out' arch init
	expect_exit 2 'unexpected argument "b"' arch init a b
	expect_exit 2 'no_such_file' arch init "$tmp/no_such_file" --out "$tmp/o.safetensors"
	expect_exit 2 'cut_short.json:[0-9]*:[0-9]*: ' arch init tests/bad/arch/cut_short.json \
		--out "$tmp/o.safetensors"
	expect_exit 2 'bogus' arch init "$arch" --isa bogus --out "$tmp/o.safetensors"
	[[ ! -e $tmp/o.safetensors ]]
}

# The file's own fields, and counts: parameters as the weights have them.
describes() {
	bench arch describe "$arch" >"$tmp/described.json"
	jq -e --slurpfile file "$arch" '. as $all | $file[0] | to_entries | length > 8 and all(.value == $all[.key])' "$tmp/described.json"
	bench arch init "$arch" --out "$tmp/m.safetensors" >/dev/null
	local header
	header=$(od -An -tu8 -N8 "$tmp/m.safetensors")
	jq -e --argjson floats "$((($(wc -c <"$tmp/m.safetensors") - 8 - header) / 4))" \
		'.counts.total_params == $floats' "$tmp/described.json"
	head -c $((8 + header)) "$tmp/m.safetensors" | tail -c "$header" |
		jq -e --slurpfile described "$tmp/described.json" \
			'del(.__metadata__) | length == $described[0].tensors'
}

# What a size stands for: sizes of the data from 1, a Dense network as large as the mixture.
describes_sizes() {
	bench arch describe --size Nano --input 1 --output 1 >"$tmp/moe.json"
	jq -e '.size == "Nano" and .model_kind == "MoE" and .input_dim == 1 and .output_dim == 1' "$tmp/moe.json"
	bench arch describe --model Dense --output 1 --size Nano --input 1 >"$tmp/dense.json"
	jq -es '.[1].model_kind == "Dense" and .[1].input_dim == 1 and .[1].output_dim == 1
		and (.[0].counts.total_params - .[1].counts.total_params | . < 300 and . > -300)' \
		"$tmp/moe.json" "$tmp/dense.json"
	local text
	for text in 0 -1 1x +1 " 1" 99999999999999999999; do
		expect_exit 2 "^--input: found \"${text//+/[+]}\"; expected a positive integer\$" \
			arch describe --size Nano --input "$text"
	done
	expect_exit 2 '^--output: found "0"; expected a positive integer$' arch describe --size Nano --output 0
	expect_exit 2 '^--size: found "Huge"; expected one of .*Nano' arch describe --size Huge
	expect_exit 2 '^--model: found "Sparse"; expected one of MoE, Dense$' arch describe --size Nano --model Sparse
	expect_exit 2 '^unexpected argument "--siz"; expected --size$' arch describe --siz Nano
	expect_exit 2 'found neither a file nor --size' arch describe
	expect_exit 2 'found both a file and --size' arch describe "$arch" --size Nano
	expect_exit 2 'go with --size, not with a file' arch describe "$arch" --input 4
	expect_exit 2 '^unexpected argument "other"' arch describe "$arch" other
}

# Weights of 4 GiB and a little: where size_t has 32 bits their size is not that little.
too_large() {
	bench arch describe --size Full --model Dense --input 262144 --output 1 |
		jq '.intermediate = 1 | del(.fingerprint, .counts, .tensors)' >"$tmp/large.json"
	ulimit -v 3000000
	expect_exit 3 '^out of memory for 4.0 GiB of weights$' arch init "$tmp/large.json" --out "$tmp/l.safetensors"
	[[ ! -e $tmp/l.safetensors ]]
}

check "arch init writes the seeded weights, twice the same" writes
check "arch init without --out is refused" no_out
check "arch init says what is wrong first" first_error
if grep -q __asan_init "$SHEAFBENCH" || [[ ${#wrapper[@]} -gt 0 ]]; then
	skip "arch init says what there is no memory for" "sanitizers and wrappers need the address space"
else
	check "arch init says what there is no memory for" too_large
fi
check "arch describe counts what arch init writes" describes
check "arch describe makes a network of a size" describes_sizes
finish
