#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Numbers in hand-written text, and figures that are shown. TAP.
# shellcheck source=tests/cli/lib.bash
source "$(dirname "${BASH_SOURCE[0]}")/lib.bash"

# Cases as they are to look at: "LINE:COLUMN TEXT", or "none TEXT".
# shellcheck disable=SC2016 # quotes of Markdown
cases=(
	'1:13 Accuracy is 0.97 here.\n'
	'2:3 a\nb 95 %% c\n'
	'1:3 b 95%% c\n'
	'1:3 b 95\u00a0%% c\n'
	'1:3 b 95\u202f%% c\n'
	'1:9 five of 12 percent\n'
	'1:3 b 5\\%%\n'
	'1:11 a rate of 1e-3\n'
	'1:4 is .5 of it\n'
	'1:1 4,000.5\n'
	'none 4,000 rows, 2 of 4, x_1, 2021.\n'
	'none `lr 0.1` and [a](b-1.5.svg)\n'
	# Before a span, between two, and after one that has no end.
	'1:1 0.5 of `x`\n'
	'1:7 `1.5` 0.5 `2.5`\n'
	'1:15 ``1.5 ` 2.5`` 0.5\n'
	'1:25 <http://a/1.5> [b](1.5) 0.5\n'
	'1:3 ` 0.5\n'
	'4:1 ```\n0.5\n```\n0.25\n'
	'none     y = 0.5\n'
	'5:1 <!-- 0.5 -->\n<!--\n0.5\n-->\n1.5\n'
	'none <!-- allowed numbers: 95 %%, 0.5 -->\n95 %% and 0.5\n'
	'2:1 <!-- allowed numbers: 95 %%, 0.5 -->\n5 %%\n'
	'2:1 <!-- allowed numbers: 95 %%, 0.5 -->\n0.55\n'
	'4:1 ## References\narXiv:1607.06450\n## After\n0.5\n'
	'4:1 <!-- generated:params -->\n0.5\n<!-- /generated:params -->\n0.5'
	'none '
)

numbers() {
	local case place found status
	for case in "${cases[@]}"; do
		place=${case%% *}
		# shellcheck disable=SC2059 # the case is a format
		printf "${case#* }" >"$tmp/P.md"
		status=0
		scripts/check-paper-text.sh "$tmp/P.md" 2>"$tmp/err" || status=$?
		if [[ $place == none ]]; then
			found=$(<"$tmp/err")
			[[ $status -eq 0 && -z $found ]]
		else
			found=$(<"$tmp/err")
			[[ $status -eq 1 && $found == "$tmp/P.md:$place: found \""*'" in hand-written text; expected '* ]]
		fi || {
			echo "$case: exit $status, $found"
			return 1
		}
	done
}

figures() {
	mkdir "$tmp/data"
	touch "$tmp/README.md" "$tmp/data/README.md"
	printf '![a](README.md)\ntext ![b](none.svg)\n![c\n![d](data/README.md)' >"$tmp/P.md"
	scripts/check-paper-text.sh "$tmp/P.md"
	# Beside the file, wherever one is.
	printf '![a](README.md)\n' >"$tmp/data/P.md"
	scripts/check-paper-text.sh "$tmp/data/P.md"
	printf 'a\n![b](P.svg)\n' >"$tmp/data/P.md"
	touch "$tmp/P.svg"
	local status=0
	scripts/check-paper-text.sh "$tmp/data/P.md" 2>"$tmp/err" || status=$?
	[[ $status -eq 1 ]]
	diff "$tmp/err" \
		<(echo "$tmp/data/P.md:2:1: no P.svg; expected the figure (make ablation and make studies draw them)")
}

refused() {
	local status=0
	scripts/check-paper-text.sh "$tmp/none.md" 2>"$tmp/err" || status=$?
	[[ $status -eq 2 ]]
	diff "$tmp/err" <(echo "check-paper-text: $tmp/none.md: cannot open; expected a readable file")
}

check "numbers in hand-written text are found, with their place" numbers
check "figures that are not there are found" figures
check "a paper that is not there is bad input" refused
finish
