# SPDX-License-Identifier: Apache-2.0
# awk -f figure.awk KIND ID DIGEST DATA DRAWN [ARGUMENT ...]: DRAWN, which gnuplot made of DATA with
# plot-KIND.gp and the arguments, as a figure that can be read out: a title, a description with the numbers,
# and last the digest of DATA. ID begins the names of its elements. Exit 1: DRAWN is no whole figure.

function escaped(text)
{
	gsub(/[[:cntrl:]]/, " ", text)
	gsub(/&/, "\\&amp;", text)
	gsub(/</, "\\&lt;", text)
	gsub(/>/, "\\&gt;", text)
	return text
}

# Words and quoted words of a line into field[1], ...; how many.
function split_line(line,    count)
{
	for (count = 0; match(line, /^[ \t]*("[^"]*"|[^" \t]+)/); line = substr(line, RLENGTH + 1)) {
		field[++count] = substr(line, 1, RLENGTH)
		gsub(/^[ \t]*"?|"$/, "", field[count])
	}
	return count
}

function number(value) { return sprintf("%.4g", value) }
function signed(value) { return sprintf("%+.3g", value) }

# " [low, high]"; a band of no width is none.
function interval(low, high)
{
	return low == high ? "" : " [" number(low) ", " number(high) "]"
}

# A sentence more, while there is room: a description is heard from its beginning to its end.
function say(sentence)
{
	if (full)
		return
	if (length(description) + length(sentence) > 2100) {
		description = description " And so on; the table has all."
		full = 1
	} else
		description = description (description == "" ? "" : " ") sentence
}

# What a block of points ends with.
function end_block()
{
	if (sentence != "")
		say(sentence ".")
	sentence = ""
}

# One reader for each kind: a line of `count` fields in block `block`, the first of it where `first`.
function read_curves(first)
{
	if (first)
		label = field[1]
	else
		sentence = label " ends after epoch " field[1] " at " number(field[2]) interval(field[3], field[4])
}

function read_time(first)
{
	if (first)
		label = field[1]
	else
		sentence = label " ends after " number(field[1]) " seconds at " number(field[2])
}

function read_final()
{
	if (block == 0)
		say(field[2] ": " number(field[3]) interval(field[4], field[5]) ".")
}

function read_differences(    range)
{
	if (block % 2)
		return
	if (field[7] != task) {
		task = field[7]
		tasks = tasks (tasks == "" ? "" : ", ") task " (" field[8] ")"
		say(task ", " field[8] (field[10] + 0 ? ", lower is better" : "") ":")
	}
	say(field[2] ": " signed(field[3]) " [" signed(field[4]) ", " signed(field[5]) "], " field[11] ".")
}

function read_sensitivity(first)
{
	sentence = (first ? parameter[block + 1] ": " : sentence ", ") field[1] " gives " \
		number(field[2]) interval(field[3], field[4])
}

function read_valuations(first)
{
	if (first) {
		label = field[1]
		return
	}
	sentence = (sentence == "" ? label ": " : sentence ", ") \
		(field[2] == "∞" ? "zero " : field[2] " times ") number(field[3])
}

function read_throughput(first)
{
	if (block == 0) {
		row[field[1]] = field[2]
		return
	}
	if (first) {
		label = field[1]
		rows = 0
		return
	}
	if (rows++ == 0 || field[2] + 0 < least + 0) {
		least = field[2]
		least_row = row[field[1]]
	}
	if (rows == 1 || field[2] + 0 > most + 0) {
		most = field[2]
		most_row = row[field[1]]
		most_interval = interval(field[3], field[4])
	}
	sentence = label ", " rows " rows: the highest is " most_row " with " number(most) " %" most_interval \
		", the lowest " least_row " with " number(least) " %"
}

function read_line(first)
{
	if (kind == "curves")
		read_curves(first)
	else if (kind == "time")
		read_time(first)
	else if (kind == "final")
		read_final()
	else if (kind == "differences")
		read_differences()
	else if (kind == "sensitivity")
		read_sensitivity(first)
	else if (kind == "valuations")
		read_valuations(first)
	else
		read_throughput(first)
}

# As gnuplot counts: two empty lines or more are between two blocks.
function read_data(file,    line, empty, first)
{
	block = empty = 0
	first = 1
	while ((getline line < file) > 0) {
		if (line == "") {
			empty++
			continue
		}
		if (empty >= 2) {
			end_block()
			block++
			first = 1
		}
		empty = 0
		split_line(line)
		read_line(first)
		first = 0
	}
	end_block()
	close(file)
}

# What is shown, and how it is drawn. ARGV[6] on are plot-KIND.gp's arguments.
function begin_words()
{
	if (kind == "curves") {
		title = ARGV[6] ": validation " ARGV[7] " by epoch"
		say("Learning curves of each arm: mean over seeds [95 % interval].")
	} else if (kind == "time") {
		title = ARGV[6] ": validation " ARGV[7] " by measured seconds of training"
		say("A curve for each arm, a point for each epoch: mean over seeds.")
	} else if (kind == "final") {
		title = ARGV[6] ": " ARGV[8] " " ARGV[7] " by arm"
		say("A row for each arm, with a dot for each seed: mean over seeds [95 % interval].")
	} else if (kind == "sensitivity") {
		title = ARGV[6] ": " ARGV[8] " " ARGV[7] " by parameter of the router"
		say("A panel for each parameter, the others at their middle: mean over seeds [95 % interval].")
	} else if (kind == "valuations") {
		title = "Share of encoded numbers by how often p divides them, " ARGV[6] " part"
		say("A panel for each arm with a codec: mean share over seeds.")
	} else if (kind == "throughput") {
		title = "Throughput: percentage of the measured roof by row and machine"
		say("Percent of the measured FMA, cache or memory roof, median [95 % interval].")
	} else
		say("A panel for each task, a row for each pair of arms, with a dot for each seed: mean " \
			"difference, paired by seed [95 % interval].")
}

BEGIN {
	kind = ARGV[1]
	id = ARGV[2]
	split("router.overlap_penalty router.padic.tolerance router.padic.digits router.padic.p", parameter, " ")
	begin_words()
	read_data(ARGV[4])
	if (kind == "differences")
		title = "Differences of arms by seed, " ARGV[6] " part: " tasks
	head = 1
	while ((getline line < ARGV[5]) > 0) {
		if (head && line ~ /^<svg/) {
			sub(/^<svg/, "<svg role=\"img\" aria-labelledby=\"" id "-title " id "-description\"", line)
			begun = 1
		}
		if (head && line ~ /^<title>/)
			continue
		# It names gnuplot's version, of which the figure does not depend.
		if (head && line ~ /^<desc>/)
			continue
		if (head && begun && line ~ /^<g id="gnuplot_canvas"/) {
			print "<title id=\"" id "-title\">" escaped(title) "</title>"
			print "<desc id=\"" id "-description\">" escaped(description) "</desc>\n"
			head = 0
		}
		# Where a plot has no name a pointer would be told how it was asked for.
		sub(/<title>(ARG1 |gnuplot_plot_)[^<]*<\/title>/, "", line)
		if (line ~ /^<\/svg>/) {
			print "<!-- data SHA-256: " ARGV[3] " -->"
			whole = !head
		}
		print line
	}
	exit !whole
}
