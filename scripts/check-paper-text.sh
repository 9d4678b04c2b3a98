#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# check-paper-text.sh PAPER.md: what stands between the generated parts. Exit 1, with the place of the first:
# a number with a fraction, an exponent or a percent sign that no line
#
#     <!-- allowed numbers: 95 %, 0.5 -->
#
# lists (such numbers are results and are generated; code, link targets, comments and the references are left
# out), or a line that shows a figure which is not there, beside the file.
# shellcheck source=scripts/lib.bash
source "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/lib.bash"

[[ $# -eq 1 ]] || die 2 "expected check-paper-text.sh PAPER.md"
file=$1
[[ -f $file && -r $file ]] || die 2 "$file: cannot open; expected a readable file"
# Neither an option of awk nor an assignment.
place=$file
[[ $file == /* ]] || place=./$file

# Columns are of bytes.
LC_ALL=C NAME=$file awk '
# The length of what `spans` leaves out at the beginning of `text`; 0: nothing.
function span(text, i, close_at) {
	for (i = 1; i <= spans; i++) {
		if (index(text, open[i]) != 1) continue
		close_at = index(substr(text, length(open[i]) + 1), shut[i])
		if (close_at) return length(open[i]) + close_at - 1 + length(shut[i])
	}
	return 0
}
# Takes what matches from the beginning of `rest`.
function take(pattern) {
	if (!match(rest, "^" pattern)) return ""
	taken = substr(rest, 1, RLENGTH)
	rest = substr(rest, RLENGTH + 1)
	return taken
}
function number(text, form, fraction, exponent, percent) {
	rest = text
	form = take("[0-9]+(,[0-9]+)*")
	fraction = take("[.][0-9]+(,[0-9]+)*")
	exponent = take("[eE][-+]?[0-9]+(,[0-9]+)*")
	percent = take("( |\302\240|\342\200\257)*(%|\\\\%|percent|per cent)")
	form = form fraction exponent (percent != "" ? " %" : "")
	if (fraction exponent percent != "" && !(form in allowed)) {
		printf "%s:%d:%d: found \"%s\" in hand-written text; expected a generated part, or an entry of " \
			"<!-- allowed numbers: ... -->\n", ENVIRON["NAME"], FNR, at, form
		exit 1
	}
	return length(text) - length(rest)
}
# Whether the line is hand-written text.
function enter(closed, was) {
	if ($0 ~ /^<!-- \/?generated:/) { generated = $0 ~ /^<!-- g/; return 0 }
	if (generated) return 0
	if ($0 ~ /^```/) { fenced = !fenced; return 0 }
	if (!fenced && $0 ~ /^## /) references = $0 ~ /^## References/
	closed = index($0, "-->") > 0
	was = comment
	if (comment || $0 ~ /^<!--/) comment = !closed
	return !(was || comment || fenced || references || $0 ~ /^(<!--|    |\t)/)
}
BEGIN {
	spans = split("`` ` ]( <http <!--", open, " ")
	split("`` ` ) > -->", shut, " ")
}
NR == FNR {
	if (!match($0, /<!-- allowed numbers:.*-->/)) next
	n = split(substr($0, RSTART + 21, RLENGTH - 24), entries, ",")
	for (i = 1; i <= n; i++) {
		gsub(/^ +| +$/, "", entries[i])
		allowed[entries[i]] = 1
	}
	next
}
enter() {
	for (at = 1; at <= length($0); at += step ? step : 1) {
		text = substr($0, at)
		step = span(text)
		if (!step && text ~ /^[.]?[0-9]/) step = number(text)
	}
}' "$place" "$place" >&2

folder=$(dirname "$file")
while IFS=: read -r line path; do
	[[ -r $folder/$path ]] || {
		echo "$file:$line:1: no $path; expected the figure (make ablation and make studies draw them)" >&2
		exit 1
	}
done < <(awk '/^!\[.*\]\(.*\)/ {
	at = index($0, "](")
	path = substr($0, at + 2)
	if (index(path, ")")) print NR ":" substr(path, 1, index(path, ")") - 1)
}' "$place")
