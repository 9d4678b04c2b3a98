# SPDX-License-Identifier: Apache-2.0
# gnuplot -c plot-final.gp DATA OUT.svg TASK METRIC PART
# Final metric of one task by arm: every seed as a small point, mean and 95 % interval over them.

longest = 0
measure(name) = (longest = strlen(name) > longest ? strlen(name) : longest, 1)
# One column at a time: of two, stats fits a line, and complains where that has no errors.
stats ARG1 index 0 using (measure(stringcolumn(2)), column(3)) nooutput
arms = STATS_records

set encoding utf8
set terminal svg size 740 + 8 * longest, 150 + 34 * arms font 'sans-serif,13' background rgb 'white'
set output ARG2
set title ARG3.': seeds, mean and 95 % interval' noenhanced
set xlabel ARG5.' '.ARG4 noenhanced
set border 3 lc rgb '#444444'
set tics nomirror
set grid xtics lc rgb '#dddddd' lw 1
set yrange [arms + 0.6:0.4]
set ytics noenhanced
set offsets graph 0.05, graph 0.05, 0, 0
unset key

plot ARG1 index 1 using 2:($1 + 0.22) with points pt 7 ps 0.45 lc rgb '#E69F00', \
     ARG1 index 0 using 3:1:4:5:ytic(2) with xerrorbars pt 7 ps 0.9 lw 2 lc rgb '#0072B2'
