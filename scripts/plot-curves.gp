# SPDX-License-Identifier: Apache-2.0
# gnuplot -c plot-curves.gp DATA OUT.svg TASK METRIC
# Learning curves of one task: mean over seeds with 95 % bands, a block of DATA per arm.

# Okabe and Ito's colours, told apart with every kind of colour vision; after eight, other dashes.
array colour[8] = [0x0072B2, 0xD55E00, 0x009E73, 0xCC79A7, 0xE69F00, 0x56B4E9, 0x000000, 0x999999]
pick(i) = colour[1 + (i % 8)]
dash(i) = 1 + i / 8

# One column at a time: of two, stats fits a line, and complains where that has no errors.
stats ARG1 using (column(2), column(1)) nooutput
blocks = STATS_blocks
# One epoch is a point, not a range.
if (STATS_min == STATS_max) set xrange [STATS_min - 1:STATS_max + 1]

longest = 0
measure(name) = (longest = strlen(name) > longest ? strlen(name) : longest, 1)
stats ARG1 using (measure(stringcolumn(1))) name 'NAMES' nooutput
set encoding utf8
# Long names, as of sweeps, take a line each below the plot, which is as wide as they are.
set terminal svg size (longest > 60 ? 10 * longest + 120 : 720), 440 + (blocks > 6 ? 20 * blocks : 0) font 'sans-serif,13' background rgb 'white'
set output ARG2
set title ARG3.': mean over seeds with 95 % interval' noenhanced
set xlabel 'epoch'
set ylabel 'validation '.ARG4 noenhanced
set border 3 lc rgb '#444444'
set tics nomirror
set grid ytics lc rgb '#dddddd' lw 1
set key outside bottom center horizontal samplen 2 noenhanced
set style fill transparent solid 0.15 noborder

plot for [i = 0:blocks - 1] ARG1 index i using 1:3:4 with filledcurves lc rgb pick(i) notitle, \
     for [i = 0:blocks - 1] ARG1 index i using 1:2 with linespoints pt 7 ps 0.3 lw 2 \
	dt dash(i) lc rgb pick(i) title columnheader(1)
