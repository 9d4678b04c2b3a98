# SPDX-License-Identifier: Apache-2.0
# gnuplot -c plot-sensitivity.gp DATA OUT.svg TASK METRIC PART
# A panel per parameter, the others at their middle: mean over seeds with 95 % intervals. DATA has a
# block per parameter (p with digits and scale of its own), in the order of `name` below, of "label
# mean low high"; steps are even, whatever their size.

array name[4] = ['router.overlap_penalty', 'router.padic.tolerance', 'router.padic.digits', \
	'router.padic.p']

blocks = |name|

set encoding utf8
set terminal svg size 340 * blocks, 360 font 'sans-serif,13' background rgb 'white'
set output ARG2
set border 3 lc rgb '#444444'
set tics nomirror
set grid ytics lc rgb '#dddddd' lw 1
set offsets 0.4, 0.4, 0, 0
set xtics noenhanced
unset key
stats ARG1 using 3 name 'LOW' nooutput
stats ARG1 using 4 name 'HIGH' nooutput
slack = 0.05 * (HIGH_max - LOW_min) + 1e-6
set yrange [LOW_min - slack:HIGH_max + slack]
set bmargin 4

set multiplot layout 1, blocks title ARG3.': mean and 95 % interval over seeds, others at their middle' noenhanced
do for [i = 0:blocks - 1] {
	set ylabel i == 0 ? ARG5.' '.ARG4 : '' noenhanced
	set xlabel name[i + 1] noenhanced
	plot ARG1 index i using 0:2:3:4:xtic(1) with yerrorbars pt 7 ps 0.7 lw 2 lc rgb '#0072B2', \
	     ARG1 index i using 0:2 with lines lw 1 lc rgb '#0072B2'
}
unset multiplot
