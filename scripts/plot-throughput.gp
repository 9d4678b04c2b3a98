# SPDX-License-Identifier: Apache-2.0
# gnuplot -c plot-throughput.gp DATA OUT.svg
# Percentage of its roof that each row reaches, by machine: median and 95 % interval. In a row a machine
# always has the same line: where it did not measure the row, that line is empty.

longest = 0
measure(name) = (longest = strlen(name) > longest ? strlen(name) : longest, 1)
stats ARG1 index 0 using (measure(stringcolumn(2)), column(1)) nooutput
rows = STATS_records
stats ARG1 using 1 nooutput
files = STATS_blocks - 1
stats ARG1 using 4 nooutput
highest = STATS_max
# Told apart in print and by who sees no colours too: of each pair of neighbours mark and colour differ.
colour(i) = word('#0072B2 #D55E00 #009E73 #CC79A7 #000000 #E69F00 #56B4E9 #7F5F00', 1 + i % 8)
mark(i) = int(word('7 5 9 11 13 6 4 8 10 12', 1 + i % 10))

line = 6
row = files * line + 4 > 20 ? files * line + 4 : 20
title = 40
key = 20 * files + 8
head = title + key + 30
foot = 56
height = head + row * rows + foot
place(i) = line * (i - 0.5 * (files + 1)) / row

set encoding utf8
set terminal svg size 640 + 8 * longest, height font 'sans-serif,13' background rgb 'white'
set output ARG2
set tmargin at screen 1 - 1.0 * head / height
set bmargin at screen 1.0 * foot / height
set label 'Percentage of the roof: median and 95 % interval' at screen 0.5, screen 1 - 24.0 / height center noenhanced
set xlabel 'percent of the measured FMA, cache or memory roof'
set border 7 lc rgb '#444444'
set tics nomirror
set errorbars 0
set grid xtics lc rgb '#dddddd' lw 1
set yrange [rows + 0.5:0.5]
set xrange [0:highest > 0 ? 1.02 * highest : 1]
# The scale at both ends: they are far apart.
set link x2
set x2tics
set ytics scale 0 noenhanced
set key at screen 0.5, screen 1 - 1.0 * title / height center top vertical Left reverse noenhanced \
	maxrows files

# A band behind every second row.
do for [i = 1:rows:2] {
	set object i rectangle from graph 0, first i - 0.5 to graph 1, first i + 0.5 behind \
		fillcolor rgb '#f3f3f3' fillstyle solid noborder
}
plot ARG1 index 0 using (-1):1:ytic(2) with points pt 0 notitle, \
     for [i = 1:files] ARG1 index i using 2:($1 + place(i)):3:4 \
     with xerrorbars pt mark(i - 1) ps 0.6 lw 1.4 lc rgb colour(i - 1) title columnheader(1)
