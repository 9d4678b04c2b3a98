#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every file that a document or a source names is there: paths in backticks that begin with a folder of the
# tree, and links; in sources, names of sources. A line for each that is not; exit 1.
# shellcheck source=scripts/lib.bash
source "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/lib.bash"
cd "$(dirname "$(dirname "$(realpath "${BASH_SOURCE[0]}")")")"
failed=0
tick=$'\x60'
quoted="$tick(configs|data|docs|foundation|harness|kernels|mk|models|scripts|tests|\.ci)/[A-Za-z0-9_./*-]+$tick"

# is_there PATH: or files of that pattern.
is_there() { compgen -G "$1" >/dev/null; }

for document in *.md docs/*.md; do
	folder=$(dirname "$document")
	while IFS=: read -r line path; do
		[[ $path != *NAME* ]] || continue # any
		is_there "$path" || {
			echo "$document:$line: no $path"
			failed=1
		}
	done < <(grep -noE "$quoted" "$document" |
		tr -d "$tick")
	while IFS=: read -r line path; do
		is_there "$folder/$path" || {
			echo "$document:$line: no $path"
			failed=1
		}
	done < <(grep -noE '\]\([A-Za-z0-9_./-]+(#[A-Za-z0-9_-]*)?\)' "$document" | sed 's/\](//; s/)$//; s/#.*//' | grep -v ':$')
done
# Tests, and what is generated, name files that are nowhere.
while IFS=: read -r source line path; do
	is_there "$path" || {
		echo "$source:$line: no $path"
		failed=1
	}
done < <(grep -rnoE '\b(foundation|kernels|models|harness|scripts|docs|mk)/[A-Za-z0-9_/*.-]+\.(c|h|cc|sh|md|mk|txt)\b' \
	foundation kernels models harness mk scripts .ci Makefile)
exit "$failed"
