#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# docs/EXTENDING.md does what it says: its lines, applied to a copy of the tree, are built beside the
# objects there are, and its commands show each addition at work. TAP; the build is that of SHEAFBENCH.
# shellcheck source=tests/cli/lib.bash
source "$(dirname "${BASH_SOURCE[0]}")/lib.bash"

build=$(dirname "$SHEAFBENCH")
objects=$(basename "$build")
tree=$tmp/tree
document=$root/docs/EXTENDING.md
export SHEAFBENCH_RESULTS=$tree/results
# What make told its commands of itself is not for the copy; the variables of its command line are.
if [[ ${MAKEFLAGS:-} == *"-- "* ]]; then
	export MAKEFLAGS="-- ${MAKEFLAGS#*-- }"
else
	unset MAKEFLAGS
fi

# Blocks as files of $tmp/blocks: NUMBER.SECTION.KIND, the file they are about in NUMBER.target.
take_blocks() {
	mkdir "$tmp/blocks"
	awk -v folder="$tmp/blocks" '
		/^## / { section = tolower($NF) }
		/^```/ && !out && /^```(diff|sh$|[a-z]+ new )/ {
			kind = /^```sh/ ? "sh" : /^```diff/ ? "diff" : "new"
			base = sprintf("%s/%02d", folder, ++number)
			out = base "." section "." kind
			printf "%s", $NF > (base ".target")
			close(base ".target")
			next
		}
		/^```/ { if (out) close(out); out = ""; next }
		out { print > out }' "$document"
}

# apply_diff BLOCK FILE: the lines with " " and "-" stand in the file once, and become those with " " and "+".
apply_diff() {
	awk -v block="$1" '
		BEGIN {
			while ((getline line <block) > 0) {
				sign = substr(line, 1, 1)
				text = substr(line, 2) "\n"
				if (sign != "+") old = old text
				if (sign != "-") new = new text
			}
		}
		{ all = all $0 "\n" }
		END {
			at = index("\n" all, "\n" old)
			if (!at || index(substr("\n" all, at + 1), "\n" old)) {
				print FILENAME ": not there, or more than once:\n" old >"/dev/stderr"
				exit 1
			}
			printf "%s", substr(all, 1, at - 1) new substr(all, at + length(old))
		}' "$2" >"$tmp/changed"
	cat "$tmp/changed" >"$2"
}

copy_tree() {
	mkdir "$tree"
	cp -a .clang-format Makefile mk foundation kernels models harness scripts docs configs data tests "$tree"
	cp -a "$build" "$tree/$objects"
}

apply() {
	local block target
	for block in "$tmp"/blocks/*.{diff,new}; do
		target=$tree/$(cat "${block%.*.*}.target")
		if [[ $block == *.diff ]]; then
			apply_diff "$block" "$target"
		else
			[[ ! -e $target ]]
			cp "$block" "$target"
		fi
	done
}

built() { make -C "$tree" BUILD="$objects" all; }

# shown SECTION: its commands, as in a shell that ends where one fails.
shown() {
	local block
	for block in "$tmp"/blocks/*."$1".sh; do
		[[ -e $block ]]
		(cd "$tree" && bash -euo pipefail <(sed "s/\bbuild\//$objects\//g; s/^make /make BUILD=$objects /" "$block"))
	done
}

task() {
	shown task >"$tmp/out"
	cat "$tmp/out"
	[[ $(jq -s 'map(select(.metrics.test.accuracy > 0.6)) | length' "$tree"/results/bands/runs/*/run.json) -eq 2 ]]
}

# measured FOLDER ROW ROOF: the hash that a benchmark wrote there is the pinned one.
measured() {
	diff <(jq -r '.benchmarks[0] | .label + " " + .run_name' "$1"/throughput/*.json) \
		<(sed -n "s,^\(.*\) \($2\)\$,xxh3=\1 roof=$3 \2,p" "$tree/tests/fixtures/bench_hashes.txt")
}

router() {
	shown router
	jq -se 'map(.weights_sha256) | unique | length == 2' "$tree"/results/greedy/runs/*/run.json
	grep -q '^bands,SheafGreedy,' "$tree/results/greedy/greedy.csv"
	grep -q '^bands,.*,SheafGreedy,,SheafOnly,' "$tree"/results/greedy/comparisons.csv
	measured "$tree/results/greedy" train/Nano/SheafGreedy fma
}

op() {
	shown op
	measured "$tree/results" op/relu/8192 cache
}

metric() {
	shown metric
	jq -se 'all(.[]; .metrics_version == 3 and (.metrics.test.confidence | . >= 0.5 and . <= 1))' \
		"$tree"/results/bands/runs/*/run.json
}

table() {
	shown table
	local flops
	flops=$(jq -r '.rows[0].forward_flops // empty' "$tree/results/bands/bands.json")
	awk -F , -v flops="$flops" 'NR > 1 && ($8 + 0 <= 0 || $8 >= $7 || (flops != "" && $8 != flops)) { exit 1 }' \
		"$tree/results/bands/bands.csv"
}

in_order() {
	"$tree/scripts/check-rooms.sh" "$tree/$objects"
	! command -v clang-format >/dev/null ||
		(cd "$tree" && clang-format --dry-run -Werror kernels/*.[ch] models/*.[ch] harness/*/*.[ch] tests/*/*.[ch])
}

if [[ -n ${EXEC_WRAPPER:-} || ! -e $build/flags ]]; then
	skip "docs/EXTENDING.md" "no build for this machine beside the program"
elif grep -q -- '-fsanitize' "$build/flags"; then
	skip "docs/EXTENDING.md" "the build with sanitizers takes too long to follow"
else
	check "the document's blocks are found" take_blocks
	check "the tree is copied with its objects" copy_tree
	check "its lines are there once, its files are new" apply
	check "what results is built" built
	check "a task is planned and trained" task
	check "a router trains an arm" router
	check "an op is the oracle's on every level, and measured" op
	check "a metric is in records and tables" metric
	check "a column is in the table" table
	check "rooms and format stay in order" in_order
fi
finish
