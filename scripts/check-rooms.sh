#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The doors of the house: check-rooms.sh [BUILD]. Fails with a line for each include that leads to a file
# on the same floor or a higher one (docs/rooms.txt), each room that is not on the list, each loop of files
# that need each other, by what their objects in BUILD call; and where docs/rooms.svg is not the list's
# picture. --draw writes that picture.
# shellcheck source=scripts/lib.bash
source "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/lib.bash"
cd "$(dirname "$(dirname "$(realpath "${BASH_SOURCE[0]}")")")"
rooms=docs/rooms.txt picture=docs/rooms.svg

# Floors from the top down, the rooms of a floor side by side.
draw() {
	sort -k1,1nr -s "$rooms" | awk '
	function text(s) { gsub(/&/, "\\&amp;", s); gsub(/</, "\\&lt;", s); return s }
	# Words in lines of at most `most` characters, from y down.
	function paragraph(s, x, y, most, n, words, i, line) {
		n = split(s, words, " ")
		for (i = 1; i <= n + 1; i++)
			if (i > n || length(line words[i]) + 1 > most) {
				printf "<text x=\"%d\" y=\"%d\">%s</text>\n", x, y, text(line)
				y += 16
				line = words[i]
			} else
				line = line == "" ? words[i] : line " " words[i]
	}
	/^#/ { next }
	{
		floor = $1
		if (!(floor in count)) order[++floors] = floor
		name = $2
		sub(/:$/, "", name)
		holds = $0
		sub(/^[^:]*: */, "", holds)
		room[floor, ++count[floor]] = name
		what[floor, count[floor]] = holds
	}
	END {
		wide = 960; left = 40; high = 68
		printf "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\" aria-labelledby=\"t d\"" \
			" font-family=\"sans-serif\" font-size=\"12\">\n", wide, floors * high + 8
		printf "<title id=\"t\">The floors of sheafbench</title>\n<desc id=\"d\">From the top:"
		for (f = 1; f <= floors; f++)
			for (i = 1; i <= count[order[f]]; i++)
				printf " %s (%d)%s", room[order[f], i], order[f], f == floors && i == count[order[f]] ? "." : ","
		print " A room uses its own floor\047s ground only: rooms below it.</desc>"
		print "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>"
		for (f = 1; f <= floors; f++) {
			n = count[order[f]]
			y = (f - 1) * high + 8
			printf "<text x=\"12\" y=\"%d\" font-size=\"16\" fill=\"#555555\">%d</text>\n", y + 34, order[f]
			w = (wide - left - 8) / n
			for (i = 1; i <= n; i++) {
				x = left + (i - 1) * w
				printf "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"%s\" stroke=\"#333333\"/>\n", \
					x, y, w - 8, high - 10, room[order[f], i] ~ /^harness/ ? "#eef3fa" : "#f6efe2"
				printf "<text x=\"%d\" y=\"%d\" font-size=\"14\" font-weight=\"bold\">%s</text>\n", x + 10, y + 21, room[order[f], i]
				paragraph(what[order[f], i], x + 10, y + 40, int((w - 28) / 6.4))
			}
		}
		print "</svg>"
	}'
}

if [[ ${1:-} == --draw ]]; then
	draw >"$picture"
	exit
fi
build=${1:-build}
failed=0

# FILE:LINE: what is wrong.
# shellcheck disable=SC2016
find foundation kernels models harness \( -name '*.c' -o -name '*.h' -o -name '*.cc' \) | sort |
	xargs -d '\n' awk -v rooms="$rooms" '
	function room_of(path) { sub(/\/[^\/]*$/, "", path); return path }
	BEGIN {
		while ((getline line <rooms) > 0)
			if (line !~ /^#/) {
				split(line, part, /[ :]+/)
				floor[part[2]] = part[1]
			}
	}
	FNR == 1 && !(room_of(FILENAME) in floor) {
		printf "%s:1: the room is not in %s\n", FILENAME, rooms
		bad = 1
	}
	/^#include "/ {
		split($0, part, "\"")
		from = room_of(FILENAME)
		to = room_of(part[2])
		if (from == to) next
		if (!(to in floor) || floor[to] >= floor[from]) {
			printf "%s:%d: floor %s includes %s, floor %s\n", FILENAME, FNR, floor[from], part[2], floor[to]
			bad = 1
		}
	}
	END { exit bad }' || failed=1

# Who calls whom, by the names that objects define and need; a level is no file of its own, and what is left
# of a file that was moved is none.
uses() {
	(
		cd "$build"
		find foundation kernels models harness -name '*.o' -print0 | sort -z | xargs -0 nm -g -A
	) | awk '
		{
			unit = $1
			sub(/\.o:.*/, "", unit)
			sub(/\..*/, "", unit)
			if (!(unit in is)) {
				is[unit] = unit ~ /\/templates$/ || (getline line <(unit ".c")) > 0 ||
					(getline line <(unit ".cc")) > 0
				close(unit ".c")
				close(unit ".cc")
			}
			if (!is[unit]) next
			if ($(NF - 1) == "U") { needs[++n] = $NF; who[n] = unit }
			else by[$NF] = unit
		}
		END { for (i = 1; i <= n; i++) if (needs[i] in by && by[needs[i]] != who[i]) print who[i], by[needs[i]], needs[i] }'
}
if [[ ! -d $build/harness ]]; then
	die 2 "no objects in $build; expected the folder of a build"
fi
uses | sort -u >"$build/uses.txt"
[[ -s $build/uses.txt ]] || die 1 "no call between files found in $build"
if ! awk '{ print $1, $2 }' "$build/uses.txt" | sort -u | tsort >/dev/null 2>"$build/loops.txt"; then
	sed 's/^tsort: //' "$build/loops.txt" | sed 's/^-: input contains a loop:/files that need each other:/'
	failed=1
fi
awk -v rooms="$rooms" '
	function room_of(path) { sub(/\/[^\/]*$/, "", path); return path }
	BEGIN {
		while ((getline line <rooms) > 0)
			if (line !~ /^#/) {
				split(line, part, /[ :]+/)
				floor[part[2]] = part[1]
			}
	}
	room_of($1) != room_of($2) && floor[room_of($2)] >= floor[room_of($1)] {
		printf "%s: floor %s calls %s of %s, floor %s\n", $1, floor[room_of($1)], $3, $2, floor[room_of($2)]
		bad = 1
	}
	END { exit bad }' "$build/uses.txt" || failed=1

if ! draw | cmp -s - "$picture"; then
	echo "$picture: not the picture of $rooms (scripts/check-rooms.sh --draw)"
	failed=1
fi
exit "$failed"
