#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The HTML report, from a few short runs with awkward names. TAP; SHEAFBENCH is the program.
# shellcheck source=tests/cli/lib.bash
source "$(dirname "${BASH_SOURCE[0]}")/lib.bash"

export SHEAFBENCH_RESULTS=$tmp/results
page=$tmp/results/tiny/report.html
# Names of arms are plain letters; that of the file may hold anything.
config="$tmp/it's <b onclick=\"x()\">&amp; co<br>/tiny.json"

make_page() {
	bench report "$config"
}

nothing_yet() {
	local status=0
	bench report "$config" 2>"$tmp/err" || status=$?
	cat "$tmp/err"
	[[ $status -eq 1 && $(wc -l <"$tmp/err") -eq 1 && ! -e $page ]]
	grep -q 'none of 12 runs is done' "$tmp/err"
}

partial() {
	local id
	for id in "${ids[@]:0:5}"; do
		bench run "$config" --id "$id" --quiet >/dev/null
	done
	make_page
	grep -q '5 of 12 runs' "$page"
	grep -q 'Not all runs are in' "$page"
	grep -q '<td class="n state">pending</td>' "$page"
	grep -q 'No figure: <code>scripts/plot.sh</code> draws it' "$page"
	grep -q 'Not measured here' "$page"
	[[ $(grep -c 'Not trained here: <code>make studies</code>' "$page") -eq 3 ]]
}

# Tables of the experiments beside it, with arms of this one under their names.
studies() {
	local table=$tmp/results/tiny/tiny.json
	bench table "$config"
	mkdir -p "$tmp"/results/{matching,controls,sensitivity}
	jq '.experiment = "matching" | .rows[] |= if .arm == "Dense" then .arm = "DenseTotal" else . end' \
		"$table" >"$tmp/results/matching/matching.json"
	jq '.experiment = "controls" | .rows[] |= if .arm == "SoftmaxOnly"
		then .arm = "RandomSimplex" | .router_kind = "SheafOnly" else . end' \
		"$table" >"$tmp/results/controls/controls.json"
	jq '.experiment = "sensitivity" | .evaluated_on = "validation"
		| .rows = [.rows[] | select(.arm == "SheafPadic")
			| .variant = "router.padic.digits=6", .variant = "router.padic.digits=7"]
		| .runs = ([.rows[].runs] | add)' \
		"$table" >"$tmp/results/sensitivity/sensitivity.json"
	draw '<title>Differences &lt;b&gt; &amp; "c"</title><desc>All of them
		in &#39;words&#39;.</desc>' "$tmp/results/controls/figures/differences.svg"
	draw '<title>Gnuplot</title><desc>Produced by GNUPLOT 5.4</desc>' \
		"$tmp/results/sensitivity/figures/sensitivity-letter.svg"
	draw '<desc>Curves.</desc><script>alert(1)</script>' "$tmp/results/tiny/figures/curves-letter.svg"
}

# draw TEXT FILE: a figure with that in it.
draw() {
	mkdir -p "${2%/*}"
	echo "<svg xmlns=\"http://www.w3.org/2000/svg\">$1</svg>" >"$2"
}

further() {
	absent -F 'Not trained here' "$page"
	grep -q '<td>equal total parameters</td><td>SoftmaxOnly − DenseTotal</td>' "$page"
	grep -q '<td>simplices learned, or at random</td><td>SheafOnly − RandomSimplex</td>' "$page"
	grep -q '<td>one setting changed</td><td>digits N = 7</td>.*<td class="open">no verdict (tied: none of 3 seeds differs)</td>' \
		"$page"
	grep -q '^<li>letter, SheafOnly − RandomSimplex: [-+][0-9.]* \[[^]]*\], ' "$page"
	[[ $(section studies | grep -c '<img ') -eq 2 ]]
	section studies | grep -q ' alt="Sensitivity of letter"'
}

whole() {
	local id
	for id in "${ids[@]:5}"; do
		bench run "$config" --id "$id" --quiet >/dev/null
	done
	studies
	make_page
	grep -q '12 of 12 runs' "$page"
	[[ $(stat -c %s "$page") -lt 2000000 ]]
	# Three seeds cannot reach 5 %: no better or worse is said.
	[[ $(grep -c '<td class="\(better\|worse\)">' "$page") -eq 0 ]]
	[[ $(grep -c '<td class="open">\(undecided\|no verdict\)' "$page") -gt 6 ]]
	grep -q '<p class="word">Not shown in any of 1 comparison' "$page"
}

same_twice() {
	local before
	before=$(sha256sum "$page")
	make_page
	[[ $before == "$(sha256sum "$page")" ]]
	[[ -z $(find "$tmp/results/tiny" -maxdepth 1 -name '*.tmp') ]]
}

well_formed() {
	# What libxml2 does not know are the elements that came with HTML 5.
	xmllint --html --noout "$page" 2>&1 | grep -A 2 'error' | grep -v 'Tag [a-z]* invalid' |
		grep 'error' && return 1
	[[ $(head -n 1 "$page") == '<!DOCTYPE html>' && $(tail -n 1 "$page") == '</html>' ]]
}

# Every element that is opened is closed, in order.
nested() {
	sed '/^<style>$/,/^<\/style>$/d; /^<script>$/,/^<\/script>$/d' "$page" | tr '\n' ' ' |
		grep -o '<[/a-zA-Z][^>]*>' | awk '
		{ end = /^<\//; empty = /\/>$/; gsub(/^<\/?|[ >\/].*$/, "") }
		empty || /^(meta|link|img)$/ { next }
		!end { open[++depth] = $0; next }
		open[depth--] != $0 { print "line " NR ": " $0 " closes " open[depth + 1]; bad = 1; exit }
		END { exit bad || depth != 0 }'
}

# Nothing on the page names another place.
nothing_fetched() {
	sed 's| src="data:image/svg+xml;base64,[A-Za-z0-9+/=]*"||g' "$page" >"$tmp/bare"
	absent -i -E 'https?:|src=|url\(|@import|fetch\(|XMLHttp' "$tmp/bare"
	grep -q "default-src 'none'" "$page"
	[[ $(grep -o 'href="[^#"][^"]*"' "$page") == 'href="data:,"' ]]
}

targets() {
	grep -o ' id="[^"]*"' "$page" | sed 's/^ id="//; s/"$//' | sort >"$tmp/ids"
	grep -o 'href="#[^"]*"' "$page" | sed 's/^href="#//; s/"$//' | sort -u >"$tmp/links"
	[[ -s $tmp/links && -z $(uniq -d "$tmp/ids") ]]
	[[ -z $(comm -23 "$tmp/links" <(sort -u "$tmp/ids")) ]]
	grep -o 'aria-\(labelledby\|describedby\)="[^"]*"' "$page" | sed 's/.*="//; s/"$//' |
		sort -u >"$tmp/labels"
	[[ -s $tmp/labels && -z $(comm -23 "$tmp/labels" <(sort -u "$tmp/ids")) ]]
}

escaped() {
	absent -F '<b onclick' "$page"
	absent -F '<script>alert' "$page"
	grep -q -F 's &lt;b onclick=&quot;x()&quot;&gt;&amp;amp; co&lt;br&gt;/tiny.json&#39; --id' "$page"
	# What the command becomes again in a shell is the file's name.
	local word
	word=$(grep -o -m 1 "<code>build/sheafbench run .* --id" "$page" | sed -n 1p |
		sed 's/.*sheafbench run //; s/ --id$//; s/&lt;/</g; s/&gt;/>/g; s/&quot;/"/g
			s/&#39;/'"\\x27"'/g; s/&amp;/\&/g')
	[[ $(eval "printf %s $word") == "$config" ]]
	grep -q -F 'no &lt;script&gt;alert(1)&lt;/script&gt; here' "$page"
}

# Each run is there with its hash and both commands.
runs() {
	local id hash
	for id in "${ids[@]}"; do
		hash=$(jq -r .weights_sha256 "$tmp/results/tiny/runs/$id/run.json")
		grep -q "<tr id=\"run-$id\">.*$hash" "$page"
		grep -q "build/sheafbench run .*tiny.json&#39; --id $id --force</code>" "$page"
		grep -q "build/sheafbench explain $id</code>" "$page"
	done
}

# Every estimate with an interval has a way to its runs: a link, or the command that explains it.
traced() {
	sed '/<h2 id="matrix">/,/<h2 id="pairs">/d' "$page" | tr '\n' ' ' | sed 's/<tr/\n<tr/g' |
		grep '<td class="n"[^>]*>\(<a [^>]*>\)\?[-+0-9.]* \[' >"$tmp/estimates"
	[[ $(wc -l <"$tmp/estimates") -gt 50 ]]
	absent -v '<a href="#\(runs\|pair\)-[^>]*>[-+0-9.]* \[\|build/sheafbench explain' "$tmp/estimates"
	# The command of a row, as a reader pastes it.
	local command
	command=$(grep -m 1 -o 'explain letter/SheafOnly/accuracy &#39;[^<]*' "$page" | sed 's/&lt;/</g; s/&gt;/>/g
		s/&quot;/"/g; s/&#39;/'"\x27"'/g; s/&amp;/\&/g')
	eval "bench $command" >"$tmp/explained"
	grep -q '^seeds *3 of 3 runs are in$' "$tmp/explained"
	grep -q 'explain letter/RandomSimplex/accuracy configs/controls.json</code>' "$page"
	grep -q 'explain &#39;letter/SheafPadic/accuracy/router.padic.digits=7&#39; configs/sens' "$page"
}

right_difference() {
	local expected
	expected=$(jq -s '[.[] | select(.seed == 1)] | map({(.arm): .metrics.test.accuracy}) | add
		| .SheafOnly - .SoftmaxOnly' "$tmp"/results/tiny/runs/*/run.json)
	awk '/^<details id="pair-letter-SheafOnly-SoftmaxOnly">/ { on = 1 } on && /<\/details>/ { exit } on' \
		"$page" | grep '<th scope="row" class="n" data-v="1">' | sed 's/<[^>]*>/ /g' >"$tmp/seed"
	cat "$tmp/seed"
	awk -v expected="$expected" '{ d = $NF - expected; ok = d < 0.00006 && d > -0.00006 } END { exit !ok }' \
		"$tmp/seed"
}

matrix() {
	grep -q '1 same, 1 different, 1 not run' "$page"
	grep -q '<td class="different">✗ DIFFERENT</td>' "$page"
	grep -q '<td class="notrun">– not run</td>' "$page"
}

# section ID: of the page, up to the next.
section() {
	awk -v id="<h2 id=\"$1\">" 'index($0, id) { on = 1 } on && /<\/section>/ { print; exit } on' "$page"
}

# Each cell of a file in its place; behind a ratio its bar, as a share of the greatest.
peers() {
	section peers >"$tmp/peers"
	grep -q -F '<tr><th scope="row">Dense</th><td>other &lt;b&gt;</td><td>samples/s</td><td class="n" data-v="5">5</td><td class="n" data-v="100">100</td><td class="n" data-v="90">90</td>' \
		"$tmp/peers"
	grep -q -F '<tr><th scope="row">MoE</th><td>third</td><td>samples/s</td><td class="n" data-v="5">5</td><td class="n"></td>' \
		"$tmp/peers"
	grep -q -F '<td>not run</td><td>no &lt;third&gt; here</td></tr>' "$tmp/peers"
	[[ $(grep -c '^<tr><th' "$tmp/peers") -eq 4 ]]
	grep -q -F '<td>other &lt;b&gt;</td><td>' "$tmp/peers"
	grep -q 'other &lt;b&gt;.*<td class="n" style="--bar:1.0000" data-v="4">4</td>' "$tmp/peers"
	grep -q '<td>sheafbench</td>.*<td class="n" style="--bar:0.2500" data-v="1">1</td>' "$tmp/peers"
	[[ $(grep -o -e '--bar:' "$tmp/peers" | wc -l) -eq 3 ]]
}

# A question is answered by its own comparison, once on the one task.
tallies() {
	section verdict | sed '/<table/,$d' >"$tmp/verdict"
	cat "$tmp/verdict"
	local answer
	for answer in sheaf:SheafOnly-SoftmaxOnly padic:SheafPadic-SheafOnly both:SheafPadic-SoftmaxOnly \
		mixture:SoftmaxOnly-Dense; do
		sed -n "/id=\"answer-${answer%:*}\"/,/<\/article>/p" "$tmp/verdict" | grep '^<li>' >"$tmp/answer"
		[[ $(wc -l <"$tmp/answer") -eq 1 ]]
		grep -q "^<li>letter, <a href=\"#pair-letter-${answer#*:}\">${answer#*:}</a>: [-+0-9.]* \[" \
			<(sed 's/ − /-/' "$tmp/answer")
	done
}

# Every seed of a comparison has its difference and its sign.
seeds() {
	[[ $(section pairs | grep -c '^<tr><th scope="row" class="n" data-v="[1-3]">.*<td class="n" data-v="[^"]*">[-+]\?[0-9.]*</td></tr>$') -eq 18 ]]
	absent '<td class="n" data-v="[^"]*"><\/td>' "$page"
}

# The page's comparisons are those of comparisons.csv: the same pairs, findings, p and adjusted p.
same_comparisons() {
	bench table "$config"
	jq -r '.pairs[] | [.task, .arm + " − " + .reference, .verdict, .p, .p_holm, .n] | map(tostring) | join(" ")' \
		"$tmp/results/tiny/comparisons.json" >"$tmp/expected"
	section verdict | sed -n 's|^<tr><th scope="row">\([^<]*\)</th><td>\([^<]*\)</td><td>accuracy</td><td class="n" data-v="\([^"]*\)">[^<]*</td><td [^>]*><a [^>]*>[^<]*</a></td><td [^>]*>[^<]*</td><td [^>]*>[^<]*</td><td class="n" data-v="\([^"]*\)">[^<]*</td><td class="n" data-v="\([^"]*\)">[^<]*</td>.*<td class="[a-z]*">\([^<,(]*[^<,( ]\)[^<]*</td></tr>$|\1 \2 \6 \4 \5 \3|p' >"$tmp/shown"
	[[ $(wc -l <"$tmp/shown") -eq 6 ]]
	diff "$tmp/expected" "$tmp/shown"
	grep -q 'over the 6 comparisons of this table' "$page"
}

# A figure is the file, and its own title and description are what is read in its place.
figures() {
	[[ $(grep -c '<figure>' "$page") -eq 3 && $(grep -c '<figcaption>' "$page") -eq 3 ]]
	grep -q '^<figcaption>Differences &lt;b&gt; &amp; &quot;c&quot;</figcaption>' "$page"
	grep -A 1 ' alt="Differences &lt;b&gt; &amp; &quot;c&quot;. All of them$' "$page" |
		grep -q "in &#39;words&#39;.\">"
	grep -q ' alt="Learning curves of letter. Curves."' "$page"
	section curves | sed -n 's/.*base64,\([^"]*\)".*/\1/p' | base64 -d | cmp - "$tmp/results/tiny/figures/curves-letter.svg"
}

broken_figure() {
	local file=$tmp/results/tiny/figures/differences.svg text status
	for text in '' 'no figure' '<svg>cut' '<svg>\0</svg>'; do
		printf '%b' "$text" >"$file"
		status=0
		bench report "$config" 2>"$tmp/err" || status=$?
		cat "$tmp/err"
		[[ $status -eq 2 ]]
		grep -q 'figures/differences.svg: no figure; expected <svg>' "$tmp/err"
	done
	rm "$file"
}

# The shares by valuation add up to one, whatever is rounded.
codec() {
	section codec >"$tmp/codec"
	sed -n '/often p divides/,/<\/table>/p' "$tmp/codec" | sed -n 's/.*style="--bar:[0-9.]*" data-v="\([^"]*\)">.*/\1/p' |
		awk '{ sum += $1 } END { exit !(NR > 2 && sum > 0.9999 && sum < 1.0001) }'
}

# Experts that are chosen together stand next to the nerve: a cycle of four has four edges of six.
together() {
	section experts | sed -n '/aria-label="letter, SheafOnly: samples by pair/,/<\/table>/p' | grep '^<tr>' >"$tmp/pairs"
	[[ $(wc -l <"$tmp/pairs") -eq 4 ]]
	[[ $(grep -o 'class="n shade edge"[^>]*>[0-9.]* in</td>' "$tmp/pairs" | wc -l) -eq 8 ]]
	[[ $(grep -o 'class="n shade"[^>]*>[0-9.]* not in</td>' "$tmp/pairs" | wc -l) -eq 4 ]]
	local mean
	mean=$(jq '.rows[] | select(.arm == "SheafOnly") | .metrics["router.pair.0.1"].mean * 10 | round / 10' \
		"$tmp/results/tiny/tiny.json")
	grep -q "^<tr><th scope=\"row\">0</th>.*>$(printf %.1f "$mean") in</td>" "$tmp/pairs"
}

# An arm under a control answers no question of the verdict.
control_arm() {
	jq '.name = "control" | .seeds.count = 2 | .train.max_steps = 3 | .arms = [.arms[1], .arms[2],
		{name: "RandomSimplex", model_kind: "MoE", router_kind: "SheafOnly",
		 router: {control: "random"}}] | del(.arms[].match)' "$config" >"$tmp/control.json"
	local id
	for id in $(bench plan "$tmp/control.json" --pending 2>/dev/null); do
		bench run "$tmp/control.json" --id "$id" --quiet >/dev/null
	done
	bench report "$tmp/control.json"
	local own=$tmp/results/control/report.html
	[[ $(grep -c 'id="answer-\(sheaf\|padic\|both\|mixture\)"' "$own") -eq 1 ]]
	sed -n '/id="answer-sheaf"/,/<\/article>/p' "$own" | grep '^<li>' >"$tmp/answer"
	[[ $(wc -l <"$tmp/answer") -eq 1 ]]
	grep -q '^<li>letter, <a href="#pair-letter-SheafOnly-SoftmaxOnly">' "$tmp/answer"
	# It is compared all the same.
	[[ $(grep -c '<details id="pair-letter-' "$own") -eq 2 ]]
}

damaged_matrix() {
	local status=0
	cp "$tmp/results/reproducibility.csv" "$tmp/kept"
	echo 'one,two' >>"$tmp/results/reproducibility.csv"
	bench report "$config" 2>"$tmp/err" || status=$?
	cp "$tmp/kept" "$tmp/results/reproducibility.csv"
	cat "$tmp/err"
	[[ $status -eq 2 ]]
	grep -q 'reproducibility.csv:5:' "$tmp/err"
}

mkdir -p "${config%/*}"
jq --arg root "$root" '.name = "tiny"
	| .tasks = [$root + "/configs/tasks/letter.json"] | .seeds.count = 3
	| .train.epochs = 2 | .train.max_steps = 10 | .router.nerve = "cycle"' \
	configs/smoke.json >"$config"
mapfile -t ids < <(bench plan "$config" --pending 2>/dev/null)

check "without runs there is no report" nothing_yet
check "a partial report says what is missing" partial
cat >"$tmp/results/reproducibility.csv" <<'END'
cell,kind,compiler,level,blis,threads,config,runs,status,digest,reason
native,native,gcc-O3,auto,auto,1,smoke,12,same,0123456789abcdef,
other,native,gcc-O0,auto,auto,1,smoke,12,DIFFERENT,0123456789abcdee,
far,cross,far,auto,auto,1,smoke,0,not run,,no <script>alert(1)</script> here
END
cat >"$tmp/results/peers.csv" <<'END'
group,case,peer,unit,rounds,median,min,max,ratio,ratio_min,ratio_max,cpu_ratio,threads,setting,version,status,reason
train,Dense,sheafbench,samples/s,5,400,390,410,1,1,1,,1,,,measured,
train,Dense,other <b>,samples/s,5,100,90,110,4,3.5,4.5,,1,plain,1.2,measured,
train,MoE,third,samples/s,5,,,,,,,,1,,,not run,no <third> here
gemm,8x8x8,loops,GF/s,5,2,1,3,1.5,1.25,1.75,,1,,,measured,
END
check "a report of all runs" whole
check "it is the same bytes twice" same_twice
check "the experiments beside it have tables and figures" further
if command -v xmllint >/dev/null; then
	check "xmllint finds it well formed" well_formed
else
	skip "xmllint finds it well formed" "no xmllint"
fi
check "elements are nested" nested
check "nothing is fetched" nothing_fetched
check "every link has a target, every id is one element's" targets
check "names and reasons are escaped" escaped
check "every run has its hash and its commands" runs
check "every estimate leads to its runs" traced
check "a seed's difference is that of the runs' files" right_difference
check "the matrix says in words what differs and what was not run" matrix
check "other libraries stand in their cells" peers
check "questions are answered by their comparisons" tallies
check "comparisons are those of comparisons.json" same_comparisons
check "every seed has its difference" seeds
check "figures are files with captions and text alternatives" figures
check "a figure that is none is refused by its name" broken_figure
check "the codec has its valuations" codec
check "experts chosen together stand next to the nerve" together
check "an arm under a control answers no question" control_arm
check "a damaged matrix is refused where it is damaged" damaged_matrix
finish
