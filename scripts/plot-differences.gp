# SPDX-License-Identifier: Apache-2.0
# gnuplot -c plot-differences.gp DATA OUT.svg PART
# Differences of arms, paired by seed: a panel per task (two blocks of DATA), mean and 95 % interval per
# pair, and a dot per seed; what the interval decides in blue, what it leaves undecided in grey, and what
# is decided after Holm's adjustment too with a filled square.

# One column at a time: of two, stats fits a line, and complains where that has no errors.
stats ARG1 using 2 nooutput
blocks = STATS_blocks / 2
longest = 0
measure(name) = (longest = strlen(name) > longest ? strlen(name) : longest, 1)
array pairs[blocks]
array task[blocks]
array metric[blocks]
array lower[blocks]
name(i, text, what, less) = (task[i] = text, metric[i] = what, lower[i] = less, 1)
total = 0
do for [i = 1:blocks] {
	stats ARG1 index 2 * i - 2 using (measure(stringcolumn(2)), column(3)) nooutput
	stats ARG1 index 2 * i - 2 using (name(i, stringcolumn(7), stringcolumn(8), column(10)), column(3)) nooutput
	pairs[i] = STATS_records
	total = total + pairs[i]
}

row = 28
head = 96
foot = 34
height = blocks * head + row * total + foot
set encoding utf8
set terminal svg size 640 + 7 * longest, height font 'sans-serif,13' background rgb 'white'
set output ARG2
set border 1 lc rgb '#444444'
set tics nomirror
set ytics scale 0 noenhanced
set grid xtics lc rgb '#dddddd' lw 1
unset key
set lmargin 0.9 * longest
set rmargin 4
set arrow 1 from first 0, graph 0 to first 0, graph 1 nohead lc rgb '#444444'
set offsets graph 0.05, graph 0.05, 0, 0

shade(verdict) = verdict == 0 ? 0x888888 : 0x0072B2
open(holm) = holm > 0 ? NaN : 1
set multiplot
set label 1 'square: mean, filled where it is decided after Holm too; line: 95 % interval, blue where decided; dots: seeds' \
	at screen 0.5, screen 0.4 * foot / height center
top = 1.0
do for [i = 1:blocks] {
	share = (head + row * pairs[i]) / (1.0 * height)
	set origin 0, top - share
	set size 1, share
	top = top - share
	if (i == 2) { unset label 1 }
	set title task[i].': difference of '.ARG3.' '.metric[i].', paired by seed' noenhanced
	set xlabel lower[i] > 0 ? '← first arm better          first arm worse →' : '← first arm worse          first arm better →'
	set yrange [pairs[i] + 0.6:0.4]
	# Zero is always in sight. An open square is white inside.
	plot ARG1 index 2 * i - 2 using (0):1 with points pt -2, \
	     ARG1 index 2 * i - 1 using 2:($1 + 0.3) with points pt 7 ps 0.35 lc rgb '#999999', \
	     ARG1 index 2 * i - 2 using 3:1:4:5:(shade($6)):ytic(2) with xerrorbars \
		pt 5 ps 0.8 lw 2 lc rgb variable, \
	     ARG1 index 2 * i - 2 using ($3 * open($9)):1 with points pt 5 ps 0.5 lc rgb 'white'
}
unset multiplot
