# SPDX-License-Identifier: Apache-2.0
# gnuplot -c plot-valuations.gp DATA OUT.svg PART
# A panel per block of DATA: share of encoded numbers by how often p divides them, mean over seeds.

stats ARG1 using 1 nooutput
blocks = STATS_blocks
columns = blocks < 4 ? blocks : 4
rows = (blocks + columns - 1) / columns

set encoding utf8
set terminal svg size 330 * columns, 40 + 260 * rows font 'sans-serif,13' background rgb 'white'
set output ARG2
set border 3 lc rgb '#444444'
set tics nomirror
set grid ytics lc rgb '#dddddd' lw 1
set style fill solid 0.8 noborder
set boxwidth 0.7
set yrange [0:*]
set xlabel 'times that p divides'
set key outside top center samplen 0.5 noenhanced
set xrange [-0.6:*]
set offsets 0, 0.6, 0, 0

set multiplot layout rows, columns \
	title 'Share of encoded numbers, '.ARG3.' part: mean over seeds, 95 % interval' noenhanced
do for [i = 0:blocks - 1] {
	plot ARG1 index i using 1:3:xtic(2) with boxes lc rgb '#0072B2' title columnheader(1), \
	     ARG1 index i using 1:4:(0):($5 - $4) with vectors nohead lw 2 lc rgb '#444444' notitle
}
unset multiplot
