#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# paper-pdf.sh PAPER.md OUT.pdf: the paper with its figures as PDF. Exit 1: a program failed, 2: bad
# usage, 3: a program is missing.
# shellcheck source=scripts/lib.bash
source "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/lib.bash"

if [[ $# -ne 2 || ! -s $1 ]]; then
	echo "paper-pdf: expected paper-pdf.sh PAPER.md OUT.pdf" >&2
	exit 2
fi
paper=$1
out=$2
for program in pandoc weasyprint rsvg-convert; do
	if ! command -v "$program" >/dev/null; then
		echo "paper-pdf: skipped, no $program (scripts/setup.sh pdf installs it)" >&2
		exit 3
	fi
done
mkdir -p "$(dirname "$out")"
temporary paper
style=$tmp/style.css

# WeasyPrint 57 fails on the colours of gnuplot's markers; it gets the figures as bitmaps.
sed 's/^\(!\[.*](.*\)\.svg)$/\1.png)/' "$paper" >"$tmp/paper.md"
sed -n 's/^!\[.*](\(.*\)\.svg)$/\1/p' "$paper" | while IFS= read -r figure; do
	mkdir -p "$tmp/$(dirname "$figure")"
	rsvg-convert --zoom 2 --output "$tmp/$figure.png" "$(dirname "$paper")/$figure.svg"
done
cat >"$style" <<'END'
@page { size: A4; margin: 20mm 15mm; @bottom-center { content: counter(page); font-size: 8pt } }
body { font: 9pt/1.4 "DejaVu Serif", serif; max-width: none; padding: 0 }
header { display: none }
h1, h2, h3 { font-family: "DejaVu Sans", sans-serif }
table { font-size: 5.5pt; border-collapse: collapse; width: 100% }
th, td { border-bottom: 0.3pt solid #999; padding: 1pt 2pt; overflow-wrap: anywhere }
pre, code { font: 7.5pt "DejaVu Sans Mono", monospace; white-space: pre-wrap }
img { max-width: 100% }
END
# From there, where WeasyPrint looks for the figures.
(cd "$tmp" && pandoc --from gfm --to html5 --standalone --metadata title=sheafbench \
	--css "$style" --pdf-engine weasyprint --output paper.pdf paper.md)
mv "$tmp/paper.pdf" "$out"
say "$out: written"
