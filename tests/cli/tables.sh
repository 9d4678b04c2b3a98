#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Tables, figures, the paper and explain, from a few short runs. TAP; SHEAFBENCH is the program.
# shellcheck source=tests/cli/lib.bash
source "$(dirname "${BASH_SOURCE[0]}")/lib.bash"

export SHEAFBENCH_RESULTS=$tmp/results
table=$tmp/results/tiny

nothing_yet() {
	expect_exit 1 'none of 8 runs is done' table "$tmp/tiny.json"
	expect_exit 1 'no .*tiny/tiny.json' paper --file "$tmp/paper.md" "$tmp/tiny.json"
	[[ ! -e $table/tiny.csv ]]
}

partial_table() {
	train "${ids[@]:0:5}"
	bench table "$tmp/tiny.json" 2>"$tmp/err"
	grep -q '5 of 8 runs are in' "$tmp/err"
	grep -q '^5 of 8 runs are in' "$table/tiny.md"
	grep -q '| Dense | 1 of 2 |' "$table/tiny.md"
}

whole_table() {
	train "${ids[@]:5}"
	bench table "$tmp/tiny.json" 2>"$tmp/err"
	[[ ! -s $tmp/err ]]
	[[ $(head -n 1 "$table/tiny.csv") == task,arm,size,runs,total_params,active_params,train_flops,metric,mean,ci_low,ci_high,* ]]
	grep -q '^letter,SheafPadic,Nano,2,157356,78712,449792,accuracy,0\.' "$table/tiny.csv"
	# As many columns in every line.
	[[ $(awk -F , '{ print NF }' "$table/tiny.csv" | sort -u) -eq 20 ]]
	jq -e '.runs == 8 and (.rows | length) == 4 and (.timing | length) == 4' "$table/tiny.json"
	grep -q '^\\end{tabular}' "$table/tiny.tex"
	[[ $(wc -l <"$table/learning_curves.csv") -eq 5 ]]
	jq -e '.schema == "sheafbench/comparisons/2" and (.pairs | length) == 6 and .family == 6
		and ([.pairs[] | .n] == [2, 2, 2, 2, 2, 2])
		and ([.across_tasks[] | .better + .worse] == [0, 0, 0, 0, 0, 0])
		and ([.across_tasks[] | .undecided] == [0, 1, 1, 1, 1, 0])
		and ([.across_tasks[] | .no_verdict] == [1, 0, 0, 0, 0, 1])
		and ([.pairs[] | if .ci_low <= 0 and .ci_high >= 0
			then .verdict == "undecided" and .reason == null
			else .verdict == "no verdict" and (.reason | test("2 seeds")) end] | all)
		and ([.across_tasks[].probability_of_improvement.reason] | all)' \
		"$table/comparisons.json"
	[[ $(awk -F , '{ print NF }' "$table/comparisons.csv" | sort -u) -eq 25 ]]
	# Shares are between 0 and 1, and so are their intervals.
	awk -F , '$8 ~ /accuracy$|brier$|router.load\.|overruled|zeros|skipped/ {
			if ($9 < 0 || $9 > 1 || ($10 != "" && ($10 <= 0 || $11 >= 1 || $10 > $11))) bad = 1
			intervals += $10 != ""
		}
		END { exit bad || !intervals }' "$table/tiny.csv"
}

# The mean in the CSV is that of the runs' own files.
right_mean() {
	local expected
	expected=$(jq -s '[.[] | select(.arm == "SheafOnly") | .metrics.test.accuracy] | add / 2' \
		"$table"/runs/*/run.json)
	awk -F , -v expected="$expected" '$2 == "SheafOnly" && $8 == "accuracy" {
			d = $9 - expected
			found = d < 1e-12 && d > -1e-12
		}
		END { exit !found }' "$table/tiny.csv"
}

same_twice() {
	local before after
	before=$(cd "$table" && sha256sum tiny.* comparisons.* learning_curves.csv plot/*)
	bench table "$tmp/tiny.json"
	after=$(cd "$table" && sha256sum tiny.* comparisons.* learning_curves.csv plot/*)
	[[ $before == "$after" ]]
	[[ -z $(find "$table" -name '*.tmp') ]]
}

# speaks FIGURE TITLE DESCRIPTION: the title, and a part of the description. Well-formed, and nothing of the
# program that drew it.
speaks() {
	local name=${1##*/}
	name=${name%.svg}
	[[ $(head -n 2 "$1" | tail -n 1) == "<svg role=\"img\" aria-labelledby=\"$name-title $name-description\""* ]]
	[[ $(grep -c '<desc' "$1") -eq 1 ]]
	grep -qxF "<title id=\"$name-title\">$2</title>" "$1"
	grep -F "<desc id=\"$name-description\">" "$1" >"$tmp/description"
	grep -qF -- "$3" "$tmp/description"
	[[ $(wc -c <"$tmp/description") -le 2300 ]]
	expect_none GNUPLOT "$1"
	expect_none ARG1 "$1"
	if command -v xmllint >/dev/null; then xmllint --noout "$1"; fi
}

expect_none() { if grep -F "$1" "$2"; then return 1; fi; }

# of_data FIGURE DATA: what the figure says it was drawn from.
of_data() {
	[[ $(grep -B 1 -x '</svg>' "$1" | head -n 1) == "<!-- data SHA-256: $(sha256sum <"$2" | cut -d ' ' -f 1) -->" ]]
}

# The words of figures, of data made by hand.
figure_words() {
	local folder=$tmp/words
	mkdir -p "$folder/plot"
	printf 'a\ta & <b>\tloss\ttest\n' >"$folder/plot/index.tsv"
	printf '"R & <S>"\n1 .5 .5 .5\n2 .25 .125 .375\n\n\n"T"\n1 .75 .75 .75\n' >"$folder/plot/curves-a.dat"
	printf '1 "R & <S>" .25 .125 .375\n2 "T" .75 .75 .75\n\n\n1 .25\n2 .75\n' >"$folder/plot/final-a.dat"
	printf '%s\n' '1 "R − T" -.5 -.75 -.25 1 "a & <b>" "loss" 1 1 "better, also after Holm"' \
		'2 "S − T" .5 -.5 1.5 0 "a & <b>" "loss" 0 1 "undecided"' '' '' '1 -.5' '2 .5' '' '' \
		'1 "R − T" .5 .25 .75 1 "c" "accuracy" 0 0 "better, not after Holm"' '' '' '1 .5' '' '' \
		>"$folder/plot/differences.dat"
	scripts/plot.sh "$folder" 2>"$tmp/err"
	[[ ! -s $tmp/err ]]
	speaks "$folder/figures/curves-a.svg" 'a &amp; &lt;b&gt;: validation loss by epoch' \
		'R &amp; &lt;S&gt; ends after epoch 2 at 0.25 [0.125, 0.375]. T ends after epoch 1 at 0.75.</desc>'
	speaks "$folder/figures/final-a.svg" 'a &amp; &lt;b&gt;: test loss by arm' \
		'R &amp; &lt;S&gt;: 0.25 [0.125, 0.375]. T: 0.75.</desc>'
	speaks "$folder/figures/differences.svg" \
		'Differences of arms by seed, test part: a &amp; &lt;b&gt; (loss), c (accuracy)' \
		'a &amp; &lt;b&gt;, loss, lower is better: R − T: -0.5 [-0.75, -0.25], better, also after Holm. S − T: +0.5 [-0.5, +1.5], undecided. c, accuracy: R − T: +0.5 [+0.25, +0.75], better, not after Holm.</desc>'
	of_data "$folder/figures/differences.svg" "$folder/plot/differences.dat"
	of_data "$folder/figures/curves-a.svg" "$folder/plot/curves-a.dat"
	# What is too long to be heard ends with a sentence.
	local i
	for i in {1..200}; do printf '%d "arm %d" .5 .25 .75\n' "$i" "$i"; done >"$folder/plot/final-a.dat"
	scripts/plot.sh "$folder"
	speaks "$folder/figures/final-a.svg" 'a &amp; &lt;b&gt;: test loss by arm' \
		'[0.25, 0.75]. And so on; the table has all.</desc>'
}

# What gnuplot did not finish is no figure, and what was there stays.
half_figure() {
	local folder=$tmp/words before status=0
	before=$(sha256sum "$folder"/figures/*.svg)
	mkdir -p "$tmp/half"
	cat >"$tmp/half/gnuplot" <<-'END'
		#!/bin/sh
		echo '<svg' >"$4"
	END
	chmod +x "$tmp/half/gnuplot"
	PATH=$tmp/half:$PATH scripts/plot.sh "$folder" 2>"$tmp/err" || status=$?
	[[ $status -eq 1 ]]
	diff "$tmp/err" <(echo "plot: gnuplot made no whole figure of $folder/plot/curves-a.dat")
	[[ $before == "$(sha256sum "$folder"/figures/*.svg)" ]]
	rm -r "$folder" "$tmp/half"
}

figures() {
	scripts/plot.sh "$table"
	local before
	before=$(sha256sum "$table"/figures/*.svg)
	scripts/plot.sh "$table"
	[[ $before == "$(sha256sum "$table"/figures/*.svg)" ]]
	[[ $(find "$table/figures" -type f | wc -l) -eq 3 ]]
	grep -q SheafPadic "$table/figures/differences.svg"
	grep -q SheafPadic "$table/figures/curves-letter.svg"
	grep -q SheafPadic "$table/figures/final-letter.svg"
	speaks "$table/figures/final-letter.svg" 'letter: test accuracy by arm' 'SheafPadic: 0.'
}

# Where there is no gnuplot a figure's place is taken by an empty file.
stand_in() {
	local figure
	sed -n 's/^!\[.*\](\(.*\))$/\1/p' "$1" | while IFS= read -r figure; do
		mkdir -p "$tmp/${figure%/*}"
		[[ -e $tmp/$figure ]] || : >"$tmp/$figure"
	done
}

# The paper, of the experiment here.
own_paper() {
	sed 's/^<!-- generated from: ablation -->/<!-- generated from: tiny -->/' PAPER.md
}

paper() {
	# The project's own paper is not overwritten with another experiment.
	expect_exit 2 "PAPER.md:3:1: this paper is of another experiment than \"tiny\"" paper "$tmp/tiny.json"
	own_paper >"$tmp/paper.md"
	bench paper --file "$tmp/paper.md" "$tmp/tiny.json"
	stand_in "$tmp/paper.md"
	bench paper --check --file "$tmp/paper.md" "$tmp/tiny.json"
	cp "$tmp/paper.md" "$tmp/first.md"
	bench paper --file "$tmp/paper.md" "$tmp/tiny.json"
	cmp "$tmp/first.md" "$tmp/paper.md"
	grep -q '^| letter | SheafPadic − SoftmaxOnly | accuracy | 2 |' "$tmp/paper.md"
	grep -q '^- SheafPadic against SoftmaxOnly: ' "$tmp/paper.md"
	grep -q '^Not measured yet' "$tmp/paper.md"
	[[ $(grep -c '^Not trained yet' "$tmp/paper.md") -eq 3 ]]
	# What is outside the markers is untouched.
	local outside='/^<!-- generated:/,/^<!-- \/generated:/d'
	diff <(own_paper | sed "$outside") <(sed "$outside" "$tmp/paper.md")
}

paper_edited() {
	sed 's/^| letter | Dense | 157,414/| letter | Dense | 157,415/' "$tmp/first.md" >"$tmp/paper.md"
	expect_exit 1 "paper.md:[0-9]*:1: found .*157,415.*157,414" \
		paper --check --file "$tmp/paper.md" "$tmp/tiny.json"
	# Files of comparisons that are not of this table.
	cp "$table/comparisons.json" "$tmp/kept"
	sed 's/"mean": /"mean": 1/' "$tmp/kept" >"$table/comparisons.json"
	expect_exit 1 'comparisons.json:[0-9]*:1: found' \
		paper --check --file "$tmp/first.md" "$tmp/tiny.json"
	cp "$tmp/kept" "$table/comparisons.json"
	own_paper | sed 's/^<!-- generated:params -->/<!-- generated:parms -->/' >"$tmp/paper.md"
	cp "$tmp/paper.md" "$tmp/before.md"
	expect_exit 2 'unknown key "parms", near params' paper --file "$tmp/paper.md" "$tmp/tiny.json"
	cmp "$tmp/before.md" "$tmp/paper.md"
}

# An experiment beside the ablation: told while it is there, traced to its own configuration.
paper_studies() {
	jq '.name = "controls" | .arms = [.arms[1], {name: "RandomSimplex", model_kind: "MoE",
		router_kind: "SheafOnly", router: {control: "random"}}]' "$tmp/tiny.json" >"$tmp/controls.json"
	local id folder=${table%tiny}controls
	for id in $(bench plan "$tmp/controls.json" --pending 2>/dev/null); do
		bench run "$tmp/controls.json" --id "$id" --quiet >/dev/null
	done
	bench table "$tmp/controls.json"
	scripts/step-time.sh "$folder"
	[[ $(head -n 1 "$folder/step_time.csv") == task,arm,seed,microseconds ]]
	[[ $(wc -l <"$folder/step_time.csv") -eq 5 ]]
	cp "$tmp/first.md" "$tmp/paper.md"
	bench paper --file "$tmp/paper.md" "$tmp/tiny.json"
	bench paper --check --file "$tmp/paper.md" "$tmp/tiny.json"
	[[ $(grep -c '^Not trained yet' "$tmp/paper.md") -eq 2 ]]
	grep -q '^| letter | simplices learned, or at random | SheafOnly − RandomSimplex | ' "$tmp/paper.md"
	# A changed number in the paper, in the table, in a file of comparisons; no configuration.
	sed 's/^\(| letter | simplices learned.* RandomSimplex | \)[-+]*[0-9.]*/\1+0.9876/' "$tmp/paper.md" \
		>"$tmp/changed.md"
	expect_exit 1 'changed.md:[0-9]*:1: found .*0.9876' \
		paper --check --file "$tmp/changed.md" "$tmp/tiny.json"
	cp "$folder/controls.json" "$tmp/kept"
	jq '.rows[0].metrics.accuracy.values[0] += 0.125' "$tmp/kept" >"$folder/controls.json"
	expect_exit 2 'another mean of "accuracy"' paper --check --file "$tmp/paper.md" "$tmp/tiny.json"
	# A table that is right in itself: the values of two seeds are exchanged.
	jq '.rows[0].metrics.accuracy.values |= reverse' "$tmp/kept" >"$folder/controls.json"
	expect_exit 1 'has another accuracy than the table' \
		paper --check --file "$tmp/paper.md" "$tmp/tiny.json"
	jq '.rows[0].seeds[0] = 99' "$tmp/kept" >"$folder/controls.json"
	expect_exit 1 'seed 99 of SheafOnly on letter, which is no run' \
		paper --check --file "$tmp/paper.md" "$tmp/tiny.json"
	cp "$tmp/kept" "$folder/controls.json"
	mv "$tmp/controls.json" "$tmp/gone.json"
	expect_exit 2 'controls.json' paper --check --file "$tmp/paper.md" "$tmp/tiny.json"
	# Without it no number of it stays.
	rm -r "$folder"
	bench paper --file "$tmp/paper.md" "$tmp/tiny.json"
	cmp "$tmp/first.md" "$tmp/paper.md"
}

other_plan() {
	jq '.seeds.count = 3' "$tmp/tiny.json" >"$tmp/more.json"
	expect_exit 1 'is of 8 runs, the plan of 12' paper --file "$tmp/first.md" "$tmp/more.json"
}

damaged_run() {
	local id=${ids[0]} file=$table/runs/${ids[0]}/run.json
	cp "$file" "$tmp/kept"
	head -c 900 "$tmp/kept" >"$file"
	expect_exit 2 "$id/run.json:[0-9]*:[0-9]*: " table "$tmp/tiny.json"
	expect_exit 2 "$id/run.json:[0-9]*:[0-9]*: " explain "$id"
	cp "$tmp/kept" "$file"
	edit_record "$file" ".metrics.test.accuracy = 0.99"
	expect_exit 2 'bits.test.accuracy' table "$tmp/tiny.json"
	cp "$tmp/kept" "$file"
}

# Metrics came in that the run does not have: it is made again, to the same weights.
older_metrics() {
	local id=${ids[0]} file=$table/runs/${ids[0]}/run.json before
	cp "$file" "$tmp/kept"
	before=$(jq -r .weights_sha256 "$file")
	edit_record "$file" "del(.metrics_version)"
	[[ $(bench plan "$tmp/tiny.json" --pending 2>/dev/null) == "$id" ]]
	bench table "$tmp/tiny.json" 2>"$tmp/err"
	grep -q '7 of 8 runs are in' "$tmp/err"
	bench explain "$id" >"$tmp/out"
	train "$id"
	[[ $(jq -r .weights_sha256 "$file") == "$before" ]]
	[[ $(jq -S .metrics "$file") == "$(jq -S .metrics "$tmp/kept")" ]]
	bench table "$tmp/tiny.json"
}

# Two points of each parameter are enough to draw.
other_figures() {
	jq '.name = "sens" | .train.max_steps = 3 | .seeds.count = 1 | .arms = [.arms[0]]
		| .router.overlap_penalty = [0, 0.01]
		| .router.padic = [{p: 5, digits: [5, 6], scale: 4, tolerance: [0.04, 0.5]},
			{p: 2, digits: 14, scale: 9, tolerance: 0.04}]' "$tmp/tiny.json" >"$tmp/sens.json"
	local id before
	for id in $(bench plan "$tmp/sens.json" --pending 2>/dev/null); do
		bench run "$tmp/sens.json" --id "$id" --quiet >/dev/null
	done
	bench table "$tmp/sens.json"
	scripts/plot.sh "${table%tiny}sens"
	scripts/plot-time.sh "$table"
	scripts/plot-valuations.sh "$table"
	before=$(sha256sum "${table%tiny}sens"/figures/*.svg "$table"/figures/*.svg)
	scripts/plot.sh "${table%tiny}sens"
	scripts/plot-time.sh "$table"
	scripts/plot-valuations.sh "$table"
	[[ $before == "$(sha256sum "${table%tiny}sens"/figures/*.svg "$table"/figures/*.svg)" ]]
	grep -q overlap_penalty "${table%tiny}sens/figures/sensitivity-letter.svg"
	# A block per parameter, ascending, each with the middle; p has digits and scale of its own.
	[[ $(cut -d ' ' -f 1 "${table%tiny}sens/plot/sensitivity-letter.dat" | tr '\n' ' ') == '0 0.01   0.04 0.5   5 6   2 5   ' ]]
	grep -q SheafPadic "$table/figures/time-letter.svg"
	grep -q SheafPadic "$table/figures/valuations.svg"
	[[ $(head -n 1 "$table/wall_time.csv") == task,metric,arm,epoch,seconds,value ]]
	[[ $(wc -l <"$table/wall_time.csv") -eq 5 ]]
	speaks "${table%tiny}sens/figures/sensitivity-letter.svg" 'letter: test accuracy by parameter of the router' \
		'router.padic.digits: 5 gives 0.'
	speaks "$table/figures/time-letter.svg" 'letter: validation accuracy by measured seconds of training' \
		' seconds at 0.'
	speaks "$table/figures/valuations.svg" 'Share of encoded numbers by how often p divides them, test part' \
		'letter, SheafPadic: 0 times 0.'
	# Without the runs, of the means that are there.
	mkdir "$tmp/means"
	cp "$table/wall_time.csv" "$tmp/means"
	scripts/plot-time.sh "$tmp/means"
	cmp "$tmp/means/figures/time-letter.svg" "$table/figures/time-letter.svg"
	cmp "$tmp/means/wall_time.csv" "$table/wall_time.csv"
	rm -r "$tmp/means"
	rm -r "${table%tiny}sens"
}

# A random router: made twice the same, and no answer for other rows.
control_run() {
	jq '.name = "random" | .seeds.count = 1 | .arms = [{name: "R", model_kind: "MoE",
		router_kind: "SoftmaxOnly", router: {control: "random"}}]' "$tmp/tiny.json" >"$tmp/random.json"
	local id first folder=${table%tiny}random
	id=$(bench plan "$tmp/random.json" --pending 2>/dev/null)
	first=$(bench run "$tmp/random.json" --id "$id" --quiet)
	[[ $(bench run "$tmp/random.json" --id "$id" --quiet --force) == "$first" ]]
	: >"$tmp/rows.csv"
	expect_exit 2 'the control "random"' predict "$folder/runs/$id" "$tmp/rows.csv"
	rm -r "$folder"
}

# What older versions called ablation.json in every folder is named, not passed over.
older_name() {
	local folder=$tmp/older-name
	mkdir -p "$folder/tiny" "$folder/controls"
	cp "$tmp/first.md" "$tmp/paper.md"
	cp "$table/tiny.json" "$folder/tiny/ablation.json"
	expect_exit 1 'tiny/ablation.json: the table of tiny as older .*; expected .*tiny/tiny.json (sheafbench table' \
		paper --out "$folder" --file "$tmp/paper.md" "$tmp/tiny.json"
	expect_exit 1 'tiny/ablation.json: the table of tiny' \
		explain letter/Dense/accuracy "$tmp/tiny.json" --out "$folder"
	mv "$folder/tiny/ablation.json" "$folder/tiny/tiny.json"
	cp "$table/tiny.json" "$folder/controls/ablation.json"
	expect_exit 1 'controls/ablation.json: the table of controls' \
		paper --out "$folder" --file "$tmp/paper.md" "$tmp/tiny.json"
}

# No experiment is called as a file beside its table is.
names_of_files() {
	local file name
	for file in "$table"/*.*; do
		name=${file##*/}
		name=${name%.*}
		[[ $name != tiny ]] || continue
		jq --arg name "$name" '.name = $name' "$tmp/tiny.json" >"$tmp/named.json"
		expect_exit 2 "named.json:[0-9]*:[0-9]*: name: \"$name\" is what a file" plan "$tmp/named.json"
	done
}

explains() {
	local id=${ids[0]}
	bench explain "$id" >"$tmp/out"
	grep -q "weights *sha256 $(jq -r .weights_sha256 "$table/runs/$id/run.json")" "$tmp/out"
	# The last line makes the same weights again.
	local again
	again=$(tail -n 1 "$tmp/out" | sed 's/^again *build\/sheafbench //')
	eval "bench $again --quiet --out '$tmp/again'" >"$tmp/line"
	grep -q "$id weights_sha256=$(jq -r .weights_sha256 "$table/runs/$id/run.json")" "$tmp/line"
}

explains_near() {
	local id=${ids[0]}
	expect_exit 2 "near $id" explain "${id:0:15}"
	expect_exit 2 'no run "xyz" among 8;' explain xyz
	expect_exit 2 'expected explain RUN_ID' explain
}

tiny_experiment
mapfile -t ids < <(bench plan "$tmp/tiny.json" --pending 2>/dev/null)
own_paper >"$tmp/paper.md"

check "without runs there is no table" nothing_yet
check "a partial table says how many runs are in" partial_table
check "a table of all runs" whole_table
check "means are those of the runs" right_mean
check "tables are the same bytes twice" same_twice
if command -v gnuplot >/dev/null; then
	check "figures are the same bytes twice" figures
	check "figures have a title, their numbers in words and the hash of their data" figure_words
	check "a figure that gnuplot did not finish is none" half_figure
else
	skip "figures have a title, their numbers in words and the hash of their data" "no gnuplot"
	skip "a figure that gnuplot did not finish is none" "no gnuplot"
	skip "figures are the same bytes twice" "no gnuplot"
fi
if command -v gnuplot >/dev/null; then
	check "figures of sensitivity, time and valuations are the same bytes twice" other_figures
else
	skip "figures of sensitivity, time and valuations are the same bytes twice" "no gnuplot"
fi
check "a run under a control is the same twice" control_run
check "the paper's parts are generated, twice the same" paper
check "an edited paper is found, an unknown part refused" paper_edited
check "an experiment beside it is told while it is there" paper_studies
check "a table with the name of older versions is named" older_name
check "the name of a file beside the table is no experiment's" names_of_files
check "a table of another plan is refused" other_plan
check "a damaged run file is refused where it is damaged" damaged_run
check "a run without the newer metrics is made again" older_metrics
check "explain ends with the command that makes the run again" explains
check "explain of an unknown run names near ones" explains_near
finish
