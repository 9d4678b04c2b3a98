#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# golden-digest.sh GOLDEN.json: one digest of the weights of all its runs, that of the same lines as
# `sheafbench run` ends with, sorted.
# shellcheck source=scripts/lib.bash
source "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/lib.bash"

jq -r '.weights_sha256 | to_entries[] | "\(.key) weights_sha256=\(.value)"' "$1" |
	sort | sha256sum | cut -c1-16
