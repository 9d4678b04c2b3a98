# SPDX-License-Identifier: Apache-2.0
# gnuplot -c plot-throughput.gp DATA OUT.svg
# Percentage of its roof that each row reaches, by machine: median and 95 % interval.

longest = 0
measure(name) = (longest = strlen(name) > longest ? strlen(name) : longest, 1)
stats ARG1 index 0 using (measure(stringcolumn(2)), column(1)) nooutput
rows = STATS_records
stats ARG1 using 1 nooutput
files = STATS_blocks - 1
colour(i) = word('#0072B2 #E69F00 #009E73 #CC79A7 #D55E00 #56B4E9 #F0E442 #000000', 1 + i % 8)

set encoding utf8
set terminal svg size 640 + 8 * longest, 130 + 20 * rows + 20 * files font 'sans-serif,13' background rgb 'white'
set output ARG2
set title 'Percentage of the roof: median and 95 % interval' noenhanced
set xlabel 'percent of the measured FMA, cache or memory roof'
set border 3 lc rgb '#444444'
set tics nomirror
set grid xtics ytics lc rgb '#dddddd' lw 1
set yrange [rows + 0.8:0.2]
set xrange [0:*]
set ytics noenhanced
set key below vertical left noenhanced

plot ARG1 index 0 using (-1):1:ytic(2) with points pt 0 notitle, \
     for [i = 1:files] ARG1 index i using 2:($1 + 0.5 * (i - 0.5 * (files + 1)) / files):3:4 \
     with xerrorbars pt 7 ps 0.5 lw 1.5 lc rgb colour(i - 1) title columnheader(1)
