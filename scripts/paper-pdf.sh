#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# paper-pdf.sh PAPER.md OUT.pdf: the paper with its figures as PDF. Exit 1: a program failed, 2: bad
# usage, 3: a program is missing.
set -euo pipefail

if [[ $# -ne 2 || ! -s $1 ]]; then
	echo "paper-pdf: expected paper-pdf.sh PAPER.md OUT.pdf" >&2
	exit 2
fi
paper=$1
out=$2
for program in pandoc weasyprint; do
	if ! command -v "$program" >/dev/null; then
		echo "paper-pdf: skipped, no $program (scripts/setup.sh pdf installs it)" >&2
		exit 3
	fi
done
mkdir -p "$(dirname "$out")"
style=$(mktemp "${TMPDIR:-/tmp}/paper.XXXXXX.css")
made=$(mktemp "$out.XXXXXX.tmp")
trap 'rm -f "$style" "$made"' EXIT
cat >"$style" <<'END'
@page { size: A4; margin: 20mm 15mm; @bottom-center { content: counter(page); font-size: 8pt } }
body { font: 9pt/1.4 "DejaVu Serif", serif; max-width: none; padding: 0 }
h1, h2, h3 { font-family: "DejaVu Sans", sans-serif }
table { font-size: 5.5pt; border-collapse: collapse; width: 100% }
th, td { border-bottom: 0.3pt solid #999; padding: 1pt 2pt; overflow-wrap: anywhere }
pre, code { font: 7.5pt "DejaVu Sans Mono", monospace; white-space: pre-wrap }
img { max-width: 100% }
END
# Dates inside are those of the last change.
SOURCE_DATE_EPOCH=$(stat -c %Y "$paper") pandoc --from gfm --to html5 --standalone \
	--metadata title=sheafbench --resource-path "$(dirname "$paper")" --css "$style" \
	--pdf-engine weasyprint --output "$made.pdf" "$paper"
mv "$made.pdf" "$out"
echo "$out: written"
