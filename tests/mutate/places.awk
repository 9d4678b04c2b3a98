# SPDX-License-Identifier: Apache-2.0
# Places in C files where one small change makes another program, a line each:
#
#     ORDER <tab> FILE <tab> LINE <tab> COLUMN <tab> LENGTH <tab> NEW
#
# ORDER is a number made of `seed` and of what is changed, not of where: the places with the least are
# a sample, which stays nearly the same when other lines change.
# Only inside functions, which in this tree's style begin with "{" and end with "}" in the first
# column.  Not in strings, comments and asserts, nor in what makes up a message.

# Products stay below 2^53.
function mixed(number, text,    i) {
	for (i = 1; i <= length(text); i++)
		number = (number * 16807 + ordinal[substr(text, i, 1)]) % 2147483647
	return number * (number % 4093 + 7) % 2147483647
}

function emit(column, length_, new,    order) {
	if (line_number != FNR || line_file != FILENAME) {
		line_number = FNR
		line_file = FILENAME
		# Lines that are the same are told apart by counting them.
		line_order = mixed(mixed(seed % 2147483646 + 1, FILENAME $0), "" ++twins[FILENAME, $0])
	}
	order = mixed(mixed(line_order, column "," length_ ","), new)
	printf "%010d\t%s\t%d\t%d\t%d\t%s\n", order, FILENAME, FNR, column, length_, new
}

function filler(n,    text) {
	text = ""
	while (n-- > 0)
		text = text "\001"
	return text
}

# The line with all that is not code filled up, so that columns stay.
function code(line,    out, i, c, start) {
	out = ""
	for (i = 1; i <= length(line); i++) {
		c = substr(line, i, 1)
		if (in_comment) {
			if (substr(line, i, 2) == "*/") {
				in_comment = 0
				i++
				out = out "\001"
			}
			out = out "\001"
		} else if (substr(line, i, 2) == "/*") {
			in_comment = 1
			i++
			out = out "\001\001"
		} else if (substr(line, i, 2) == "//") {
			return out filler(length(line) - i + 1)
		} else if (c == "\"" || c == "'") {
			start = i
			for (i++; i <= length(line) && substr(line, i, 1) != c; i++)
				if (substr(line, i, 1) == "\\")
					i++
			out = out filler(i - start + 1)
		} else {
			out = out c
		}
	}
	return out
}

BEGIN {
	for (i = 1; i < 256; i++)
		ordinal[sprintf("%c", i)] = i
	swap["<"] = "<="; swap["<="] = "<"; swap[">"] = ">="; swap[">="] = ">"
	swap["=="] = "!="; swap["!="] = "=="; swap["&&"] = "||"; swap["||"] = "&&"
	swap["+"] = "-"; swap["-"] = "+"; swap["*"] = "/"; swap["/"] = "*"
	type = "^\t+(static |const |unsigned |volatile |char |int |long |double |float |u?int[0-9]+_t |size_t |struct |enum )"
}

FNR == 1 { in_function = in_comment = in_message = 0 }

{
	line = code($0)
	if ($0 == "{") {
		in_function = 1
		next
	}
	if ($0 ~ /^}/) {
		in_function = 0
		next
	}
	if (!in_function || $0 ~ /^#/)
		next
	if (line ~ /(error_set|refuse|error_print|[Aa]ssert|no_memory|out_of_memory|cannot)\(/)
		in_message = 1
	if (in_message) {
		if (line ~ /;[\001 \t]*$/)
			in_message = 0
		next
	}
	if (line ~ /^\t+return status;/)
		emit(index(line, "status"), 6, "0")
	if (line ~ /^\t+[a-z_][a-z0-9_]*\(.*\);$/ &&
	    line !~ /^\t+(free|fclose|[a-z0-9_]*_(free|close|drop|decref)|(free|close|drop)_[a-z0-9_]*|close|va_end)\(/)
		emit(match(line, /[a-z_]/), length(line) - match(line, /[a-z_]/), "")
	operators(line)
	numbers(line)
	words(line)
}

function operators(line,    at, rest, token) {
	at = 0
	rest = line
	while (match(rest, / (<=|>=|==|!=|<|>|&&|\|\||\+|-|\*|\/) /)) {
		token = substr(rest, RSTART + 1, RLENGTH - 2)
		emit(at + RSTART + 1, RLENGTH - 2, swap[token])
		at += RSTART + RLENGTH - 2
		rest = substr(rest, RSTART + RLENGTH - 1)
	}
	at = 0
	rest = line
	while (match(rest, /![A-Za-z_(]/)) {
		emit(at + RSTART, 1, "")
		at += RSTART
		rest = substr(rest, RSTART + 1)
	}
}

# One more than a decimal constant; not the size of an array that is declared, nor "{0}".
function numbers(line,    at, rest, number, before, after, column) {
	at = 0
	rest = line
	while (match(rest, /[0-9]+(\.[0-9]+)?/)) {
		column = at + RSTART
		number = substr(rest, RSTART, RLENGTH)
		before = substr(line, column - 1, 1)
		after = substr(line, column + RLENGTH, 1)
		if (before !~ /[A-Za-z0-9_.]/ && after !~ /[A-Za-z0-9_.]/ &&
		    !(before == "[" && line ~ type) && !(before == "{" && after == "}") &&
		    !(number ~ /^0[0-9]/))
			emit(column, RLENGTH, (int(number) + 1) (index(number, ".") ? substr(number, index(number, ".")) : ""))
		at += RSTART + RLENGTH - 1
		rest = substr(rest, RSTART + RLENGTH)
	}
}

function words(line,    at, rest, word, before, after, column) {
	at = 0
	rest = line
	while (match(rest, /true|false/)) {
		column = at + RSTART
		word = substr(rest, RSTART, RLENGTH)
		before = substr(line, column - 1, 1)
		after = substr(line, column + RLENGTH, 1)
		if (before !~ /[A-Za-z0-9_]/ && after !~ /[A-Za-z0-9_]/)
			emit(column, RLENGTH, word == "true" ? "false" : "true")
		at += RSTART + RLENGTH - 1
		rest = substr(rest, RSTART + RLENGTH)
	}
}
