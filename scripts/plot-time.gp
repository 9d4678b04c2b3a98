# SPDX-License-Identifier: Apache-2.0
# gnuplot -c plot-time.gp DATA OUT.svg TASK METRIC
# Validation metric over measured seconds of training, a block of DATA per arm, a point per epoch.

array colour[8] = [0x0072B2, 0xD55E00, 0x009E73, 0xCC79A7, 0xE69F00, 0x56B4E9, 0x000000, 0x999999]
pick(i) = colour[1 + (i % 8)]

stats ARG1 using 1 nooutput
blocks = STATS_blocks
longest = 0
measure(name) = (longest = strlen(name) > longest ? strlen(name) : longest, 1)
stats ARG1 using (measure(stringcolumn(1))) nooutput

set encoding utf8
set terminal svg size (longest > 60 ? 10 * longest + 120 : 720), 440 + (blocks > 6 ? 20 * blocks : 0) font 'sans-serif,13' background rgb 'white'
set output ARG2
set title ARG3.': mean over seeds, a point per epoch' noenhanced
set xlabel 'seconds of training (measured)'
set ylabel 'validation '.ARG4 noenhanced
set border 3 lc rgb '#444444'
set tics nomirror
set grid ytics lc rgb '#dddddd' lw 1
set key outside bottom center horizontal samplen 2 noenhanced

plot for [i = 0:blocks - 1] ARG1 index i using 1:2 with linespoints pt 7 ps 0.4 lw 2 \
	dt 1 + i / 8 lc rgb pick(i) title columnheader(1)
