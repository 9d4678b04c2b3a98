#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The order of the rooms is kept, and a file against it is found. TAP; the objects beside SHEAFBENCH are
# those that are looked at.
# shellcheck source=tests/cli/lib.bash
source "$(dirname "${BASH_SOURCE[0]}")/lib.bash"

house=$tmp/house
objects=$(dirname "$(realpath "$SHEAFBENCH")")
mkdir "$house"
cp -r docs scripts foundation kernels models harness "$house"

# found LINE ...: the check fails and says just these; without lines it passes.
found() {
	local status=0
	"$house/scripts/check-rooms.sh" "${build:-$objects}" >"$tmp/out" 2>&1 || status=$?
	cat "$tmp/out"
	[[ $status -eq $(($# > 0)) ]]
	diff <([[ $# -eq 0 ]] || printf '%s\n' "$@") "$tmp/out"
}

kept() { [[ -z $("$house/scripts/check-rooms.sh" "$objects") ]]; }

upward_include() {
	local file=$house/foundation/error.c
	cp "$file" "$tmp/kept"
	printf '#include "harness/commands/options.h"\n' | cat - "$tmp/kept" >"$file"
	found "foundation/error.c:1: floor 1 includes harness/commands/options.h, floor 10"
	printf '#include "kernels/nowhere/x.h"\n' | cat - "$tmp/kept" >"$file"
	found "foundation/error.c:1: floor 1 includes kernels/nowhere/x.h, floor "
	cp "$tmp/kept" "$file"
	# Rooms of one floor do not know each other.
	file=$house/harness/paper/paper.c
	cp "$file" "$tmp/kept"
	echo '#include "harness/report/report.h"' >>"$file"
	found "harness/paper/paper.c:$(wc -l <"$file"): floor 9 includes harness/report/report.h, floor 9"
	cp "$tmp/kept" "$file"
}

unknown_room() {
	mkdir "$house/harness/shed"
	echo 'int shed;' >"$house/harness/shed/shed.c"
	found "harness/shed/shed.c:1: the room is not in docs/rooms.txt"
	rm -r "$house/harness/shed"
}

# Two files that call each other, and one that calls upward though it includes nothing.
calls() {
	local build=$tmp/objects name
	mkdir -p "$build"/{foundation,kernels,models,harness/paper}
	echo 'int two(void); int one(void) { return two(); }' >"$house/kernels/one.c"
	echo 'int one(void); int two(void) { return one(); }' >"$house/kernels/two.c"
	echo 'int low(void) { return 0; }' >"$house/foundation/low.c"
	echo 'int low(void); int high(void) { return low(); }' >"$house/models/high.c"
	for name in kernels/one kernels/two foundation/low models/high; do
		cc -c "$house/$name.c" -o "$build/$name.o"
	done
	found "files that need each other:" kernels/one kernels/two
	echo 'int two(void) { return 0; }' >"$house/kernels/two.c"
	echo 'int high(void); int low(void) { return high(); }' >"$house/foundation/low.c"
	echo 'int high(void) { return 0; }' >"$house/models/high.c"
	for name in kernels/two foundation/low models/high; do
		cc -c "$house/$name.c" -o "$build/$name.o"
	done
	found "foundation/low: floor 1 calls high of models/high, floor 3"
	rm "$house"/kernels/{one,two}.c "$house/foundation/low.c" "$house/models/high.c"
}

stale_picture() {
	sed -i 's/^10 harness\/commands: .*/10 harness\/commands: another text/' "$house/docs/rooms.txt"
	found "docs/rooms.svg: not the picture of docs/rooms.txt (scripts/check-rooms.sh --draw)"
	"$house/scripts/check-rooms.sh" --draw
	found
}

if nm "$objects/foundation/error.o" >/dev/null 2>&1; then
	check "the rooms keep their order" kept
	check "an include that leads up is found" upward_include
	check "a room that is on no list is found" unknown_room
	check "calls in a loop, and calls that lead up, are found" calls
	check "a picture of another list is found" stale_picture
else
	skip "the order of the rooms" "no nm here reads these objects"
fi
finish
