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

check "arch init writes the seeded weights, twice the same" writes
check "arch init without --out is refused" no_out
check "arch init says what is wrong first" first_error
finish
