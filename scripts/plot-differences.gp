# SPDX-License-Identifier: Apache-2.0
# gnuplot -c plot-differences.gp DATA OUT.svg PART
# Differences of arms, paired by seed: a panel per task (a block of DATA), mean and 95 % interval per
# pair; what the interval decides in blue, what it leaves undecided in grey.

# One column at a time: of two, stats fits a line, and complains where that has no errors.
stats ARG1 using 3 nooutput
blocks = STATS_blocks
longest = 0
measure(name) = (longest = strlen(name) > longest ? strlen(name) : longest, 1)
stats ARG1 using (measure(stringcolumn(2)), column(3)) nooutput
array pairs[blocks]
array task[blocks]
array metric[blocks]
name(i, text, what) = (task[i] = text, metric[i] = what, 1)
total = 0
do for [i = 1:blocks] {
	stats ARG1 index i - 1 using (name(i, stringcolumn(7), stringcolumn(8)), column(3)) nooutput
	pairs[i] = STATS_records
	total = total + pairs[i]
}

row = 22
head = 78
height = blocks * head + row * total
set encoding utf8
set terminal svg size 640 + 7 * longest, height + 10 font 'sans-serif,13' background rgb 'white'
set output ARG2
set border 1 lc rgb '#444444'
set tics nomirror
set ytics scale 0 noenhanced
set grid xtics lc rgb '#dddddd' lw 1
unset key
set lmargin 0.9 * longest
set rmargin 4
set arrow 1 from first 0, graph 0 to first 0, graph 1 nohead lc rgb '#444444' dt 2
set offsets graph 0.05, graph 0.05, 0, 0

shade(verdict) = verdict == 0 ? 0x888888 : 0x0072B2
set multiplot
top = 1.0
do for [i = 1:blocks] {
	share = (head + row * pairs[i]) / (1.0 * height)
	set origin 0, top - share
	set size 1, share
	top = top - share
	set title task[i].': difference of '.ARG3.' '.metric[i].', paired by seed, 95 % intervals' noenhanced
	set yrange [pairs[i] + 0.6:0.4]
	# Zero is always in sight.
	plot ARG1 index i - 1 using (0):1 with points pt -2, \
	     ARG1 index i - 1 using 3:1:4:5:(shade($6)):ytic(2) with xerrorbars \
		pt 7 ps 0.8 lw 2 lc rgb variable
}
unset multiplot
