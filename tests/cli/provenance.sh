#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Where results come from: records, explained cells, verified runs, the crate, predicted time. TAP;
# SHEAFBENCH is the program.
# shellcheck source=tests/cli/lib.bash
source "$(dirname "${BASH_SOURCE[0]}")/lib.bash"

export SHEAFBENCH_RESULTS=$tmp/results
table=$tmp/results/tiny

record_is_whole() {
	train "${ids[@]}"
	jq -es 'length == 8 and all(.[]; .schema == "sheafbench/run/3" and (.environment
		| (.commit | length) > 6 and (.source_sha256 | length) == 64
		and (.libraries | keys | contains(["BLIS", "GSL", "glibc", "jansson", "libcrypto",
			"xxhash", "zlib"]))
		and (.shared_libraries | length) > 5 and .contract_check == "passed"
		and (.choice | length) > 0 and has("dirty") and has("diff_sha256")))' \
		"$table"/runs/*/run.json
	# The pinned hash of the data is the recorded one.
	[[ $(jq -r '.data[0].sha256' "$table/runs/${ids[0]}/run.json") == \
		"$(gzip -dc data/letter-recognition.data.gz | sha256sum | cut -d ' ' -f 1)" ]]
}

# The version that people cite is that of the program and of its records.
version() {
	local cited
	cited=$(sed -n 's/^version: //p' CITATION.cff)
	[[ $cited =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]]
	[[ $(bench --version) == "sheafbench $cited (numeric contract "*"; commit "*")" ]]
	[[ $(bench version) == "$(bench --version)" && $(bench --version | wc -l) -eq 1 ]]
	[[ $(jq -r .environment.version "$table/runs/${ids[0]}/run.json") == "$cited" ]]
	grep -q "^## \[$cited\]" CHANGELOG.md
}

diff_is_saved() {
	local sha file
	sha=$(jq -r '.environment.diff_sha256 // ""' "$table/runs/${ids[0]}/run.json")
	if [[ -z $sha ]]; then
		[[ ! -e $table/provenance ]]
		return
	fi
	file=$table/provenance/$sha.diff
	[[ $(sha256sum <"$file" | cut -d ' ' -f 1) == "$sha" ]]
	[[ $(find "$table/provenance" -type f | wc -l) -eq 1 ]]
	# Where it cannot be saved the run fails before it trains.
	mkdir -p "$tmp/full/tiny"
	: >"$tmp/full/tiny/provenance"
	expect_exit 2 'provenance: found a file; expected a folder' run "$tmp/tiny.json" --id "${ids[0]}" --out "$tmp/full" --quiet
	[[ ! -e $tmp/full/tiny/runs/${ids[0]}/run.json ]]
}

# Four states of a source tree: no git, clean, changed, a new file; and inside of another project.
source_states() {
	local tree=$tmp/tree first
	state() {
		(cd "$tree" && "$root/scripts/source-state.sh" "$tmp/state.h")
		sed -n "s/^#define SOURCE_$1 \"\(.*\)\"/\1/p" "$tmp/state.h"
	}
	mkdir -p "$tree"/{mk,foundation,kernels,models,harness}
	echo 'int x;' >"$tree/harness/x.c"
	: >"$tree/Makefile"
	[[ $(state COMMIT) == unknown && $(state SHA256 | wc -c) -eq 65 ]]
	command -v git >/dev/null || return 0
	export GIT_CONFIG_GLOBAL=/dev/null GIT_CEILING_DIRECTORIES=$tmp
	git -C "$tree" init -q
	git -C "$tree" add .
	git -C "$tree" -c user.name=x -c user.email=x@x commit -qm x
	[[ $(state COMMIT) == "$(git -C "$tree" rev-parse HEAD)" && -z $(state DIFF_SHA256) ]]
	first=$(state SHA256)
	echo 'results' >"$tree/notes"
	[[ -z $(state DIFF_SHA256) ]] # decides nothing about the program
	echo 'int y;' >>"$tree/harness/x.c"
	[[ $(state DIFF_SHA256 | wc -c) -eq 65 && $(state SHA256) != "$first" ]]
	git -C "$tree" checkout -q harness/x.c
	[[ -z $(state DIFF_SHA256) && $(state SHA256) == "$first" ]]
	echo 'int z;' >"$tree/harness/z.c"
	[[ $(state DIFF_SHA256 | wc -c) -eq 65 ]]
	mkdir "$tree/inner"
	cp -r "$tree"/{Makefile,mk,foundation,kernels,models,harness} "$tree/inner"
	tree=$tree/inner
	[[ $(state COMMIT) == unknown ]]
}

tables_have_it() {
	bench table "$tmp/tiny.json"
	jq -e '(keys_unsorted | index("provenance") > index("timing"))
		and (.provenance | map(.runs) | add) == 8
		and (.provenance[0].environment | has("commit") and has("contract_check")
			and (has("choice") | not))
		and .provenance[0].contract == 2' "$table/tiny.json"
	[[ $(jq -r '.provenance[0].data_sha256.letter' "$table/tiny.json") == \
		"$(jq -r .data_sha256 "$table/runs/${ids[0]}/run.json")" ]]
	! grep -q -i commit "$table/tiny.csv"
}

# Records made before provenance was kept count in tables, and their CSV is the same but for times.
older_records() {
	local file
	cp -r "$tmp/results" "$tmp/older"
	for file in "$tmp"/older/tiny/runs/*/run.json; do
		jq '.schema = "sheafbench/run/1" | del(.data, .files, .sha256) | .environment = {isa: "v3"}' "$file" >"$tmp/old.json"
		mv "$tmp/old.json" "$file"
	done
	bench table "$tmp/tiny.json" --out "$tmp/older"
	cmp "$table/tiny.csv" "$tmp/older/tiny/tiny.csv"
	jq -e '.provenance | length == 1 and .[0].runs == 8 and .[0].contract == 2
		and (.[0].data_sha256 | keys) == ["letter"] and .[0].environment == {"isa": "v3"}' \
		"$tmp/older/tiny/tiny.json"
	# And those that say nothing of where they were made.
	for file in "$tmp"/older/tiny/runs/*/run.json; do
		jq 'del(.environment)' "$file" >"$tmp/old.json"
		mv "$tmp/old.json" "$file"
	done
	bench table "$tmp/tiny.json" --out "$tmp/older"
	cmp "$table/tiny.csv" "$tmp/older/tiny/tiny.csv"
	file=$tmp/older/tiny/runs/${ids[0]}/run.json
	cp "$table/runs/${ids[0]}/run.json" "$file"
	edit_record "$file" "del(.environment.commit)"
	expect_exit 2 'environment.commit' table "$tmp/tiny.json" --out "$tmp/older"
}

explains_cell() {
	bench explain letter/SheafOnly/accuracy "$tmp/tiny.json" --json >"$tmp/cell.json"
	# As the table has it.
	jq -e --slurpfile cell "$tmp/cell.json" '.rows[] | select(.arm == "SheafOnly").metrics.accuracy
		| .mean == $cell[0][0].mean and .ci_low == $cell[0][0].ci_low
		and .values == [$cell[0][0].seeds[].value]' "$table/tiny.json"
	jq -r '.[0].seeds[] | .run_id + " " + .weights_sha256' "$tmp/cell.json" >"$tmp/pairs"
	[[ $(wc -l <"$tmp/pairs") -eq 2 ]]
	bench explain letter/SheafOnly/accuracy "$tmp/tiny.json" >"$tmp/cell.txt"
	local id sha command
	while read -r id sha; do
		[[ $(jq -r .weights_sha256 "$table/runs/$id/run.json") == "$sha" ]]
		grep -q "run $id  weights $sha" "$tmp/cell.txt"
	done <"$tmp/pairs"
	# The printed commands do what they say.
	command=$(sed -n 's/^ *verify *build\/sheafbench //p' "$tmp/cell.txt" | sed -n 1p)
	eval "bench $command" | grep -c '^same *all'
	command=$(sed -n 's/^ *again *build\/sheafbench //p' "$tmp/cell.txt" | sed -n 1p)
	eval "bench $command --quiet --out '$tmp/again'" | grep -c "weights_sha256=$(head -n 1 "$tmp/pairs" | cut -d ' ' -f 2)"
}

# One run of two is enough, without a table.
explains_one_run() {
	local id one=$tmp/one
	id=$(jq -r '.[0].seeds[0].run_id' "$tmp/cell.json")
	mkdir -p "$one/tiny/runs"
	cp -r "$table/runs/$id" "$one/tiny/runs"
	bench explain letter/SheafOnly/accuracy "$tmp/tiny.json" --out "$one" --json >"$tmp/one.json"
	jq -e --arg id "$id" '.[0].seeds | length == 1 and .[0].run_id == $id' "$tmp/one.json"
	expect_exit 1 'no run of letter/Dense is done' explain letter/Dense/accuracy "$tmp/tiny.json" --out "$one"
}

# A checkout has tables and no runs: the cell still leads to the commands, and these to its digits.
explains_table_alone() {
	local alone=$tmp/alone command id value
	mkdir -p "$alone/tiny"
	cp "$table/tiny.json" "$alone/tiny"
	bench explain letter/SheafOnly/accuracy "$tmp/tiny.json" --out "$alone" >"$tmp/cell.txt"
	[[ $(sed -n 2,3p "$tmp/cell.txt") == "$(bench explain letter/SheafOnly/accuracy "$tmp/tiny.json" |
		sed -n 2,3p)" ]]
	grep -q '2 of 2 runs are in the table; their own files are not here' "$tmp/cell.txt"
	absent '  verify  ' "$tmp/cell.txt"
	bench explain letter/SheafOnly/accuracy "$tmp/tiny.json" --out "$alone" --json >"$tmp/cell.json"
	jq -e '.[0].seeds | length == 2 and all(.[]; .weights_sha256 == null and .verify == null)' \
		"$tmp/cell.json"
	jq -r '.[0].seeds[0] | .run_id, .value, .again' "$tmp/cell.json" >"$tmp/lines"
	{ read -r id && read -r value && read -r command; } <"$tmp/lines"
	eval "bench ${command#build/sheafbench } --quiet --out '$tmp/remade'"
	jq -e --argjson value "$value" '.metrics.test.accuracy == $value' "$tmp/remade/tiny/runs/$id/run.json"
	expect_exit 2 'no metric "acuracy".*near accuracy' \
		explain letter/Dense/acuracy "$tmp/tiny.json" --out "$alone"
	jq '.seeds.first = 7' "$tmp/tiny.json" >"$tmp/later.json"
	expect_exit 1 'has seed 1 of letter/Dense, which is no run of the plan' \
		explain letter/Dense/loss "$tmp/later.json" --out "$alone"
}

# A run that is planned in configs/ and not trained here.
explains_planned() {
	local id
	id=$(bench plan configs/smoke.json --json --out "$tmp/none" 2>/dev/null | jq -r '.[0].run_id')
	bench explain "$id" --out "$tmp/none" >"$tmp/out"
	grep -q "^run  *$id, planned; its files are not here" "$tmp/out"
	[[ $(tail -n 1 "$tmp/out") == "again        build/sheafbench run configs/"*".json --id $id --force" ]]
	bench explain "$id" --out "$tmp/none" --json |
		jq -e --arg id "$id" '.[0] | .run.run_id == $id and .run.config.task == .run.task'
}

refuses_cells() {
	expect_exit 2 'no task "leter".*near letter' explain leter/Dense/loss "$tmp/tiny.json"
	expect_exit 2 'no arm "Dens".*near Dense' explain letter/Dens/loss "$tmp/tiny.json"
	expect_exit 2 'no metric "acuracy".*near accuracy' explain letter/Dense/acuracy "$tmp/tiny.json"
	expect_exit 2 'no variant "p=3"' explain letter/Dense/loss/p=3 "$tmp/tiny.json"
	expect_exit 2 'no cell "letter/Dense"; expected TASK/ARM/METRIC' explain letter/Dense "$tmp/tiny.json"
	expect_exit 2 'no cell' explain letter//loss "$tmp/tiny.json"
	expect_exit 2 'is no cell of a table' explain "${ids[0]}" "$tmp/tiny.json"
	expect_exit 1 'no run of letter/Dense is done' explain letter/Dense/loss "$tmp/tiny.json" --out "$tmp/none"
	[[ ! -s $tmp/out ]]
	bench explain "${ids[0]}" --json | jq -e '.[0].run.run_id == "'"${ids[0]}"'"'
}

verifies_one() {
	bench verify "$tmp/tiny.json" --id "${ids[1]}"
	local file=$table/runs/${ids[1]}/run.json status=0
	cp "$file" "$tmp/kept"
	edit_record "$file" '.weights_sha256 = "0000" + .weights_sha256[4:]'
	bench verify "$tmp/tiny.json" --id "${ids[1]}" >"$tmp/out" 2>"$tmp/err" || status=$?
	cp "$tmp/kept" "$file"
	[[ $status -eq 1 ]] && grep -q '^DAMAGED .*model.safetensors' "$tmp/out"
	mkdir "$tmp/results/golden"
	printf '{"schema": "sheafbench/golden/2", "contract": 2, "weights_sha256": {"%s": "%064d"}}' \
		"${ids[1]}" 0 >"$tmp/results/golden/tiny.json"
	status=0
	bench verify "$tmp/tiny.json" --id "${ids[1]}" >"$tmp/out" 2>"$tmp/err" || status=$?
	rm -r "$tmp/results/golden"
	[[ $status -eq 1 ]] && grep -q '^DIFFERENT .*golden$' "$tmp/out" && grep -q '^same .*run.json$' "$tmp/out"
	expect_exit 2 'nothing to compare' verify "$tmp/tiny.json" --id "${ids[1]}" --out "$tmp/none"
	expect_exit 2 'no run "0"' verify "$tmp/tiny.json" --id 0
	expect_exit 2 'two of --id, --write and --sample' verify "$tmp/tiny.json" --id "${ids[1]}" --write
}

crate() {
	bench crate "$tmp/tiny.json"
	local file=$table/ro-crate-metadata.json name sha
	cp "$file" "$tmp/first.json"
	bench crate "$tmp/tiny.json"
	cmp "$tmp/first.json" "$file"
	jq -e '.["@context"][0] == "https://w3id.org/ro/crate/1.1/context"
		and (.["@graph"] | map({key: .["@id"], value: .}) | from_entries
		| .["ro-crate-metadata.json"].about["@id"] == "./"
		and .["ro-crate-metadata.json"].conformsTo["@id"] == "https://w3id.org/ro/crate/1.1"
		and (.["./"].datePublished | test("^[0-9]{4}-[0-9]{2}-[0-9]{2}$"))
		and .["./"].author["@id"] == "#authors"
		and .["#authors"].name == "The sheafbench authors"
		and .[.["./"].license["@id"]].identifier == "Apache-2.0"
		and .["#sheafbench"]["@type"] == "SoftwareApplication")
		and ([.["@graph"][]["@id"]] | length == (unique | length))
		and ([.["@graph"][] | select(.["@type"] == "File")["@id"]]
		== [.["@graph"][1].hasPart[]["@id"]])' "$file"
	# Sizes and hashes are those of the files, and every record is there.
	[[ $(jq -r '.["@graph"][]["@id"]' "$file" | grep -c '/run.json$') -eq 8 ]]
	jq -r '.["@graph"][] | select(.["@type"] == "File") | .sha256 + "  " + .["@id"]' "$file" >"$tmp/sums"
	(cd "$table" && sha256sum --quiet -c "$tmp/sums")
	jq -r '.["@graph"][] | select(.["@type"] == "File") | .contentSize + " " + .["@id"]' "$file" |
		while read -r sha name; do
			[[ $(wc -c <"$table/$name") -eq $sha ]]
		done
	# Links to nowhere, to a folder and in a circle hold nothing to describe.
	ln -s nowhere "$table/dangling"
	ln -s . "$table/plot/loop"
	bench crate "$tmp/tiny.json" 2>"$tmp/err"
	diff "$tmp/err" <(printf '%s: left out: a symbolic link that leads to no file\n' dangling plot/loop)
	cmp "$tmp/first.json" "$file"
	rm "$table/dangling" "$table/plot/loop"
	# What is in a folder of a run's is none of its record; in the table's own folders all is.
	mkdir "$table/runs/${ids[0]}/mine" "$table/plot/more"
	echo 1 >"$table/runs/${ids[0]}/mine/notes"
	echo 2 >"$table/plot/more/points"
	bench crate "$tmp/tiny.json"
	jq -e '[.["@graph"][]["@id"]] | any(. == "plot/more/points") and all(contains("/mine") | not)' "$file"
	rm -r "$table/runs/${ids[0]}/mine" "$table/plot/more"
	SOURCE_DATE_EPOCH=86400 bench crate "$tmp/tiny.json"
	jq -e '.["@graph"][1].datePublished == "1970-01-02"' "$file"
	SOURCE_DATE_EPOCH=253402300799 bench crate "$tmp/tiny.json"
	jq -e '.["@graph"][1].datePublished == "9999-12-31"' "$file"
	local epoch
	for epoch in 253402300800 99999999999999999 1e9 -5 today; do
		SOURCE_DATE_EPOCH=$epoch expect_exit 2 "SOURCE_DATE_EPOCH \"$epoch\"; expected seconds" \
			crate "$tmp/tiny.json"
	done
	expect_exit 1 'no run is done' crate "$tmp/tiny.json" --out "$tmp/none"
	expect_exit 2 'expected crate CONFIG' crate
}

predicts_time() {
	bench plan "$tmp/tiny.json" --json --jobs 1 --out "$tmp/none" >"$tmp/plan.json" 2>"$tmp/err"
	jq -e 'length == 8 and all(.[]; .predicted_seconds > 0.01)' "$tmp/plan.json"
	grep -q '8 pending; predicted [0-9]*:[0-9][0-9], 1 at a time$' "$tmp/err"
	# So many more steps take longer, however much busier the machine was before.
	jq '.train.epochs = 4000 | .train.max_steps = 200000' "$tmp/tiny.json" >"$tmp/longer.json"
	bench plan "$tmp/longer.json" --json --jobs 1 --out "$tmp/none" 2>/dev/null |
		jq -e --slurpfile short "$tmp/plan.json" \
			'(map(.predicted_seconds) | add) > ($short[0] | map(.predicted_seconds) | add)'
	bench plan "$tmp/tiny.json" --json 2>"$tmp/err" | jq -e 'all(.[]; has("predicted_seconds") | not)'
	absent predicted "$tmp/err"
	expect_exit 2 'a number from 1 to 4096' plan "$tmp/tiny.json" --jobs 0
	expect_exit 2 'a number from 1 to 4096' plan "$tmp/tiny.json" --jobs 2x
	expect_exit 2 'a number from 1 to 4096' plan "$tmp/tiny.json" --jobs 4097
	bench plan "$tmp/tiny.json" --jobs 4096 --pending --out "$tmp/none" >"$tmp/pending" 2>/dev/null
	[[ $(wc -l <"$tmp/pending") -eq 8 ]]
}

tiny_experiment
mapfile -t ids < <(bench plan "$tmp/tiny.json" --pending 2>/dev/null)

check "a record says what made it" record_is_whole
check "the version is said once" version
check "the diff of a changed source tree is saved once" diff_is_saved
check "the state of a source tree, with git and without" source_states
check "tables carry the provenance after all that is exact" tables_have_it
check "older records stay readable, broken ones are refused" older_records
check "a cell is explained down to its runs, which are made again" explains_cell
check "a cell is explained from a single run" explains_one_run
check "a cell is explained from its table where there are no runs" explains_table_alone
check "a run that is only planned is explained" explains_planned
check "unknown cells are refused with near names" refuses_cells
check "one run is verified against its record" verifies_one
check "the crate describes every file, twice the same" crate
check "a plan predicts its time" predicts_time
finish
