#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What is stored is not trusted: damaged records, weights and caches are named and healed, leftovers
# of killed processes cleaned. TAP; SHEAFBENCH is the program.
# shellcheck source=tests/cli/lib.bash
source "$(dirname "${BASH_SOURCE[0]}")/lib.bash"

export SHEAFBENCH_RESULTS=$tmp/results
table=$tmp/results/tiny
runs=$table/runs

# exact FOLDER: what of a record is equal on every machine and in every run.
exact() {
	sed -n '/^  "environment"/q;p' "$1/run.json"
	cat "$1/arch.json" "$1/model.safetensors"
}

# The table without the three columns of times.
exact_columns() { sed "s/,[^,]*,[^,]*,[^,]*$//" "$table/tiny.csv"; }

# The damages: each changes the folder of a record, $1.
truncated() { head -c 900 "$1/run.json" >"$tmp/part" && cp "$tmp/part" "$1/run.json"; }
nul_filled() { head -c "$(wc -c <"$1/run.json")" /dev/zero >"$tmp/part" && cp "$tmp/part" "$1/run.json"; }
empty() { : >"$1/run.json"; }
no_record() { rm "$1/run.json"; }
other_contract() { sed -i 's/^  "contract": [0-9]*,/  "contract": 77,/' "$1/run.json"; }
other_rate() { sed -i 's/"lr":[0-9.e-]*/"lr":0.5/' "$1/run.json"; }
other_loss() { sed -i 's/"train": {"loss": [0-9.]*/"train": {"loss": 0.125/' "$1/run.json"; }
other_metric() {
	sed -i 's/"accuracy": 0\.[0-9]*/"accuracy": 0.5/; s/"accuracy": "[0-9a-f]*"/"accuracy": "3fe0000000000000"/' \
		"$1/run.json"
}
one_bit() { change_byte "$1/run.json" 17; } # of the schema's name
other_schema() { sed -i 's|sheafbench/run/3|sheafbench/run/2|' "$1/run.json"; }
no_seal() { sed -i '/^  "sha256"/d; s/^\(  "files".*\),$/\1/' "$1/run.json"; }
no_first_epoch() { sed -i 1d "$1/metrics.jsonl"; }
no_last_epoch() { sed -i '$d' "$1/metrics.jsonl"; }
no_epochs() { rm "$1/metrics.jsonl"; }
other_epoch() { change_byte "$1/metrics.jsonl" 60; }
other_arch() { change_byte "$1/arch.json" 60; }
swapped() { cp "$runs/${ids[1]}"/* "$1"; }
no_weights() { rm "$1/model.safetensors"; }
half_weights() { truncate -s 300000 "$1/model.safetensors"; }
# The same where there is no seal, or a right one over wrong numbers.
sealed_contract() { other_contract "$1" && seal "$1/run.json"; }
sealed_rate() { other_rate "$1" && seal "$1/run.json"; }
old_contract() { edit_record "$1/run.json" '.contract = 77'; }
old_rate() { edit_record "$1/run.json" '.config.train.lr = 0.5'; }
old_seed() { edit_record "$1/run.json" '.seed = 2'; }
old_metric() { edit_record "$1/run.json" '.metrics.test.accuracy = 0.5'; }
old_first_epoch() { edit_record "$1/run.json" . && no_first_epoch "$1"; }
old_last_epoch() { edit_record "$1/run.json" . && no_last_epoch "$1"; }
old_swapped() { swapped "$1" && edit_record "$1/run.json" .; }

# One damage in the first run: every reader names the run, and `run` makes it again.
damaged() {
	local id=${ids[0]} folder=$runs/${ids[0]} what="damaged record\|cannot open" status=0
	rm -rf "$folder" "$runs"/*.damaged-*
	cp -r "$tmp/whole" "$folder"
	"$1" "$folder"
	[[ $(bench plan "$tmp/tiny.json" --pending 2>"$tmp/err") == "$id" ]]
	cat "$tmp/err"
	grep -q "^[^ ]*/$id/.*\($what\)" "$tmp/err"
	grep -q ', 1 damaged$' "$tmp/err"
	bench verify "$tmp/tiny.json" --id "$id" >"$tmp/out" 2>"$tmp/err" || status=$?
	[[ $status -eq 1 ]]
	grep -q "^DAMAGED .*/$id/" "$tmp/out"
	grep -q "/$id/" "$tmp/err"
	expect_exit 2 "/$id/" crate "$tmp/tiny.json"
	# These read no weights.
	if [[ $1 != *_weights ]]; then
		expect_exit 2 "/$id/" table "$tmp/tiny.json"
		expect_exit 2 "/$id/" report "$tmp/tiny.json"
		expect_exit 2 "/$id/" explain letter/SheafPadic/accuracy "$tmp/tiny.json"
	fi
	cp -r "$folder" "$tmp/damaged"
	bench run "$tmp/tiny.json" --id "$id" --quiet >"$tmp/out" 2>"$tmp/err"
	grep -q "$id: set aside as .*/$id.damaged-1; the run is trained again" "$tmp/err"
	diff -r "$tmp/damaged" "$folder.damaged-1"
	rm -r "$tmp/damaged" "$folder.damaged-1"
	cmp <(exact "$folder") <(exact "$tmp/whole")
	[[ -z $(bench plan "$tmp/tiny.json" --pending 2>/dev/null) ]]
	bench table "$tmp/tiny.json"
	cmp <(exact_columns) "$tmp/exact.csv"
}

# An older record that is whole is done, and stays.
older_is_done() {
	edit_record "$runs/${ids[0]}/run.json" .
	bench plan "$tmp/tiny.json" --pending 2>"$tmp/err"
	grep -q '4 done' "$tmp/err"
	bench run "$tmp/tiny.json" --id "${ids[0]}" --quiet
	jq -e '.schema == "sheafbench/run/2"' "$runs/${ids[0]}/run.json"
	bench verify "$tmp/tiny.json" --id "${ids[0]}"
}

# flip_weights FOLDER: one bit of one weight.
flip_weights() { change_byte "$1/model.safetensors" 100000; }
old_flip_weights() { edit_record "$1/run.json" . && flip_weights "$1"; }

# refuses_weights: who reads them says that they are damaged, and what to do.
refuses_weights() {
	local folder=$runs/${ids[0]} status=0 what
	what="${ids[0]}/model.safetensors: damaged record (run and make ablation set it aside and train it again)"
	expect_exit 2 "$what" predict "$folder" "$tmp/rows.csv"
	[[ ! -s $tmp/out ]]
	expect_exit 2 "$what" explain "${ids[0]}"
	expect_exit 2 "$what" crate "$tmp/tiny.json"
	bench verify "$tmp/tiny.json" --id "${ids[0]}" >"$tmp/out" 2>"$tmp/err" || status=$?
	[[ $status -eq 1 ]]
	grep -q "^DAMAGED .*/${ids[0]}/model.safetensors" "$tmp/out"
	grep -qF "$what" "$tmp/err"
	[[ $(bench plan "$tmp/tiny.json" --pending 2>"$tmp/err") == "${ids[0]}" ]]
	grep -qF "$what" "$tmp/err"
}

# One bit of the weights, in records with a seal and without.
flipped_weights() {
	local folder=$runs/${ids[0]} damage
	for damage in flip_weights old_flip_weights; do
		bench predict "$folder" "$tmp/rows.csv" >/dev/null
		"$damage" "$folder"
		refuses_weights
		bench run "$tmp/tiny.json" --id "${ids[0]}" --quiet 2>"$tmp/err"
		grep -q 'set aside as .*damaged-1; the run is trained again' "$tmp/err"
		rm -r "$folder.damaged-1"
		bench predict "$folder" "$tmp/rows.csv" >/dev/null
	done
}

# A record of a version to come is that version's: refused, and not moved.
newer_record() {
	local folder=$runs/${ids[0]} status=0 command
	sed -i 's|sheafbench/run/3|sheafbench/run/4|' "$folder/run.json"
	seal "$folder/run.json"
	cp -r "$folder" "$tmp/newer"
	for command in plan crate table report "run --id ${ids[0]}" "run --force --id ${ids[0]}"; do
		# shellcheck disable=SC2086 # words
		expect_exit 2 "/${ids[0]}/run.json:.*schema: a newer version of sheafbench made this record" \
			$command "$tmp/tiny.json"
	done
	expect_exit 2 "a newer version" predict "$folder" "$tmp/rows.csv"
	expect_exit 2 "a newer version" explain "${ids[0]}"
	scripts/experiment.sh "$tmp/tiny.json" 2 >"$tmp/out" 2>"$tmp/err" || status=$?
	cat "$tmp/err"
	[[ $status -eq 2 && $(wc -l <"$tmp/err") -eq 1 ]]
	diff -r "$tmp/newer" "$folder"
	[[ -z $(find "$runs" -name '*.damaged-*' -o -name '*.failed') ]]
	# What changed since it was sealed is damage, whatever number it has.
	sed -i 's|sheafbench/run/4|sheafbench/run/7|' "$folder/run.json"
	bench plan "$tmp/tiny.json" 2>"$tmp/err" >/dev/null
	grep -q ', 1 damaged' "$tmp/err"
	rm -r "$folder"
	cp -r "$tmp/whole" "$folder"
}

# Usage that is refused moves nothing.
refused_usage() {
	local folder=$runs/${ids[0]} option
	truncated "$folder"
	cp -r "$folder" "$tmp/before"
	for option in "--isa v9" "--blis no-such" "--isa v3 --isa v3" "--flip 1:0:-1" "--dump 1:0:$tmp"; do
		# shellcheck disable=SC2086 # words
		expect_exit 2 'expected' run "$tmp/tiny.json" --id "${ids[0]}" $option
		diff -r "$tmp/before" "$folder"
	done
	SHEAFBENCH_CHOICE=junk expect_exit 2 'SHEAFBENCH_CHOICE is damaged' run "$tmp/tiny.json" --id "${ids[0]}"
	SHEAFBENCH_ISA=junk expect_exit 2 'unknown SHEAFBENCH_ISA "junk"' run "$tmp/tiny.json" --id "${ids[0]}"
	diff -r "$tmp/before" "$folder"
	[[ -z $(find "$runs" -name '*.damaged-*' -o -name '*.failed') ]]
	rm -r "$folder" "$tmp/before"
	cp -r "$tmp/whole" "$folder"
}

# Said before it trains.
linked_folder() {
	local folder=$runs/${ids[0]}
	mv "$folder" "$tmp/real"
	ln -s "$tmp/real" "$folder"
	bench plan "$tmp/tiny.json" --pending 2>/dev/null >"$tmp/pending"
	[[ ! -s $tmp/pending ]]
	expect_exit 2 "/${ids[0]}: found a symbolic link where the run's record is to be written" \
		run "$tmp/tiny.json" --id "${ids[0]}" --force
	cmp "$tmp/real/run.json" "$tmp/whole/run.json"
	[[ -L $folder && ! -e $folder.failed ]]
	rm "$folder"
	mv "$tmp/real" "$folder"
}

# A network that is not the config's would be read with the config's nerve.
foreign_network() {
	local folder=$runs/${ids[0]}
	edit_record "$folder/run.json" .
	cp "$runs/${ids[3]}/arch.json" "$folder"
	expect_exit 2 'arch.json: another network' predict "$folder" "$tmp/rows.csv"
}

# rewrite FILE SED: changes lines of a cache and gives them right digests.
rewrite() {
	sed "s/\t[0-9a-f]\{64\}\$//; $2" "$1" >"$tmp/lines"
	local line
	while IFS= read -r line; do
		printf '%s\t%s\n' "$line" "$(printf %s "$line" | sha256sum | cut -d ' ' -f 1)"
	done <"$tmp/lines" >"$1"
}

edited_cache() {
	local cache=$tmp/results/.cache/data-hashes before
	bench plan "$tmp/tiny.json" --pending 2>/dev/null
	before=$(sort "$cache")
	grep -q $'\t16 26 16000\t' "$cache"
	# A width, and a digit of the data's hash: misses, made anew.
	sed -i $'s/\t16 26 16000\t/\t24 26 16000\t/' "$cache"
	bench plan "$tmp/tiny.json" 2>/dev/null | cmp - "$tmp/plan"
	[[ $(sort "$cache") == "$before" ]]
	sed -i $'/letter/s/\t[0-9a-f]\\{8\\}/\t00000000/' "$cache"
	[[ $(sort "$cache") != "$before" ]]
	bench plan "$tmp/tiny.json" 2>/dev/null | cmp - "$tmp/plan"
	[[ $(sort "$cache") == "$before" ]]
	# With right digests, as no accident makes them. A hash that is not the pinned one accuses nobody.
	rewrite "$cache" $'/letter/s/\t[0-9a-f]\\{8\\}/\t00000000/'
	bench plan "$tmp/tiny.json" 2>/dev/null | cmp - "$tmp/plan"
	[[ $(sort "$cache") == "$before" ]]
	# Dims that are not the data's plan runs that do not train.
	local id status=0
	rewrite "$cache" $'s/\t16 26 16000/\t24 26 16000/'
	id=$(bench plan "$tmp/tiny.json" --pending 2>/dev/null | head -n 1)
	[[ $id != "${ids[0]}" ]]
	expect_exit 2 'found 16 inputs, 26 outputs, 16000 training rows, planned with 24, 26, 16000' \
		run "$tmp/tiny.json" --id "$id" --quiet
	[[ ! -e $runs/$id && ! -e $runs/$id.failed ]]
	bench plan "$tmp/tiny.json" 2>/dev/null | cmp - "$tmp/plan"
}

# Other bytes of the same size and time: the time of the change is the system's.
same_size_and_time() {
	cp "$tmp/letter" "$tmp/own.csv"
	jq --arg file "$tmp/own.csv" '.name = "own" | del(.files[0].sha256) | .files[0].path = $file' \
		configs/tasks/letter.json >"$tmp/own.task.json"
	jq --arg task "$tmp/own.task.json" '.name = "own" | .tasks = [$task]' "$tmp/tiny.json" >"$tmp/own.json"
	sleep 3 # younger files are not remembered
	bench plan "$tmp/own.json" --pending >"$tmp/first" 2>/dev/null
	grep -q "$tmp/own.csv" "$tmp/results/.cache/data-hashes"
	touch -r "$tmp/own.csv" "$tmp/stamp"
	sed -i '1s/2/3/' "$tmp/own.csv"
	touch -r "$tmp/stamp" "$tmp/own.csv"
	[[ $(wc -c <"$tmp/own.csv") -eq $(wc -c <"$tmp/letter") ]]
	bench plan "$tmp/own.json" --pending >"$tmp/second" 2>/dev/null
	absent -F -f "$tmp/first" "$tmp/second"
}

edited_forecast() {
	local cache=$tmp/none/.cache/forecast/data-hashes
	bench plan "$tmp/tiny.json" --jobs 1 --out "$tmp/none" >/dev/null 2>&1
	# What is remembered is of this kind of machine, this program and that many processes.
	grep -q "^start $(bench cpu --json | jq -r .architecture) .* [0-9a-f]\{16\} 1$(printf '\t')" "$cache"
	rewrite "$cache" $'s/\t[0-9.e+-]* /\t1e300 /'
	grep -q 1e300 "$cache"
	bench plan "$tmp/tiny.json" --jobs 1 --out "$tmp/none" >/dev/null 2>"$tmp/err"
	cat "$tmp/err"
	grep -q 'pending; predicted [0-9:]*, 1 at a time$' "$tmp/err"
	absent 1e300 "$cache"
	rewrite "$cache" $'s/ [0-9.e+-]*$/ nan/'
	bench plan "$tmp/tiny.json" --jobs 1 --out "$tmp/none" >/dev/null 2>"$tmp/err"
	grep -q 'pending; predicted [0-9:]*, 1 at a time$' "$tmp/err"
}

# Of times that are given: 130 steps of 128 rows, the last of the 113 of an epoch a short one; 1,600 rows
# evaluated after each epoch, the last not whole, and 4,000 at the end. How busy the machine is goes into
# all alike.
forecast_counts() {
	local cache=$tmp/counted/.cache/forecast/data-hashes
	jq '.train.epochs = 2 | .train.max_steps = 130 | .train.batch_size = 128' "$tmp/tiny.json" >"$tmp/counted.json"
	# However busy the machine is, each time one more of the four networks is measured.
	for _ in 1 2 3 4; do
		bench plan "$tmp/counted.json" --jobs 1 --out "$tmp/counted" >/dev/null 2>&1
	done
	rewrite "$cache" $'/^start/s/\t.*/\t1 0/; /^load/s/\t[^ ]*/\t2/; /^step 0/s/\t.*/\t100 0/
		/^step [1-3]/s/\t.*/\t1e-9 1/'
	grep -q $'^load .*\t2 4000\t' "$cache"
	bench plan "$tmp/counted.json" --json --jobs 1 --out "$tmp/counted" 2>/dev/null >"$tmp/counted.out"
	jq -e '(map(select(.arm == "SheafPadic"))[0].predicted_seconds) as $steps
		| (map(select(.arm == "Dense"))[0].predicted_seconds) as $rows
		| ($steps / $rows) / ((3.06 + 130 * 14400 / 128 / 113 * 100) / (3.06 + 2 * 1600 + 4000))
		| . > 0.999 and . < 1.001' "$tmp/counted.out"
}

# Of two sizes of one network, the larger one's weights: drawn, hashed and written. Of a small one they are
# not looked at.
forecast_weights() {
	local cache=$tmp/weights/.cache/forecast/data-hashes params
	jq --arg root "$root" '.name = "weights" | .size = ["Nano", "Tiny"] | del(.description)
		| .tasks = [$root + "/configs/tasks/letter.json"] | .arms = .arms[:1]' configs/tiny.json >"$tmp/weights.json"
	jq '.size = "Nano"' "$tmp/weights.json" >"$tmp/nano.json"
	bench plan "$tmp/nano.json" --jobs 1 --out "$tmp/weights" >/dev/null 2>&1
	grep -q '^step ' "$cache"
	absent '^weights ' "$cache"
	# The second time both networks' steps are known, however busy the machine is.
	for _ in 1 2; do
		bench plan "$tmp/weights.json" --jobs 1 --out "$tmp/weights" >/dev/null 2>&1
	done
	grep -q "^weights 1 .*"$'\t[0-9.e-]* [0-9.e-]*\t' "$cache"
	[[ $(ls -A "$tmp/weights/.cache/forecast") == data-hashes ]]
	rewrite "$cache" $'/^start/s/\t.*/\t1 0/; /^load/s/\t[^ ]*/\t2/; /^step/s/\t.*/\t1e-9 0/
		/^weights/s/\t.*/\t1e-6 3e-6/'
	bench plan "$tmp/weights.json" --json --jobs 1 --out "$tmp/weights" 2>/dev/null >"$tmp/weights.out"
	cat "$tmp/weights.out"
	params=$(jq '[.[].parameters] | max' "$tmp/weights.out")
	[[ $params -gt 80000000 ]]
	jq -e --argjson params "$params" 'map(.predicted_seconds) | max / min / ((3.06 + $params * 4e-6) / 3.06)
		| . > 0.999 and . < 1.001' "$tmp/weights.out"
}

# A record is replaced, and nothing stays beside it.
forced() {
	local id=${ids[1]}
	rm -rf "${runs:?}/$id"
	bench run "$tmp/tiny.json" --id "$id" --quiet
	local before
	before=$(stat -c %i "$runs/$id")
	bench run "$tmp/tiny.json" --id "$id" --quiet --force
	[[ $(stat -c %i "$runs/$id") != "$before" ]]
	[[ $(find "$runs" -mindepth 1 -maxdepth 1 | wc -l) -eq 4 ]]
	cmp <(exact "$runs/$id") <(exact "$tmp/second_run")
}

# begun PID: as in /proc/PID/stat.
begun() {
	sed 's/.*) //' "/proc/$1/stat" | cut -d ' ' -f 20
}

# Sets `ended` to a process that has ended and is not waited for, until `parent` is killed.
waits_in_vain() {
	# shellcheck disable=SC2016 # for the other shell
	bash -c 'until [[ -e $1/go ]]; do sleep 0.1; done & echo $! >"$1/ended"; exec sleep 1000' - "$tmp" &
	parent=$!
	until [[ $(<"/proc/$parent/comm") == sleep ]]; do sleep 0.1; done
	touch "$tmp/go"
	ended=$(<"$tmp/ended")
	until grep -q ') Z ' "/proc/$ended/stat"; do sleep 0.1; done
}

leftovers() {
	local place dead name mine living waiting ended parent
	place=$(printf '%s\n%s' "$HOSTNAME" "$(readlink /proc/self/ns/pid)" | sha256sum | cut -c 1-8)
	dead=$(bash -c 'echo $$')-12345 # it has ended
	mine=$place-$dead
	living=$place-$$-$(begun $$)
	waits_in_vain
	waiting=$place-$ended-$(begun "$ended")
	mkdir -p "$table/figures" "$runs/${ids[0]}.$mine.tmp" "$runs/${ids[0]}.$living.tmp" \
		"$runs/${ids[0]}.00000000-$dead.tmp" "$runs/${ids[1]}.00000000-$dead.tmp"
	for name in "$runs"/*.tmp; do : >"$name/run.json"; done
	touch -d '2 days ago' "$runs/${ids[1]}.00000000-$dead.tmp"
	: >"$table/figures/x.svg.$mine.tmp"
	: >"$table/figures/plot.AbCdEf.tmp"
	touch -d '1 hour ago' "$table/figures/plot.AbCdEf.tmp"
	: >"$table/figures/plot.GhIjKl.tmp"
	: >"$tmp/results/.cache/data-hashes.$mine.tmp"
	: >"$table/tiny.csv.$mine.tmp"
	: >"$table/tiny.tex.$waiting.tmp"
	# The id of a living process that began later.
	: >"$table/tiny.json.$place-$$-1.tmp"
	: >"$table/notes.txt"
	echo old >"$runs/${ids[0]}.failed"
	touch -d '1 year ago' "$runs/${ids[0]}.failed"
	echo new >"$runs/${ids[1]}.failed"
	touch -d '1 day' "$runs/${ids[1]}.failed"
	# Set aside to be replaced: with its successor in place, and without.
	cp -r "$runs/${ids[2]}" "$runs/${ids[2]}.$mine.old"
	mv "$runs/${ids[3]}" "$runs/${ids[3]}.$mine.old"
	[[ -z $(bench plan "$tmp/tiny.json" --pending 2>/dev/null) ]]
	kill "$parent"
	find "$tmp/results" -name '*.tmp' -o -name '*.old' -o -name '*.failed' | sort >"$tmp/left"
	cat "$tmp/left"
	diff "$tmp/left" <(printf '%s\n' "$table/figures/plot.GhIjKl.tmp" "$runs/${ids[0]}.$living.tmp" \
		"$runs/${ids[0]}.00000000-$dead.tmp" "$runs/${ids[1]}.failed" | sort)
	[[ -e $table/notes.txt ]]
	rm -r "$runs"/*.tmp "$runs"/*.failed "$table"/figures/*.tmp
}

# The folder of the results goes away while a run trains: the record is there, or exit 3.
removed_folder() {
	local id=${ids[0]} status=0 pid
	jq '.train.epochs = 4 | .train.max_steps = 500' "$tmp/tiny.json" >"$tmp/long.json"
	id=$(bench plan "$tmp/long.json" --pending --out "$tmp/gone/results" 2>/dev/null | head -n 1)
	"${wrapper[@]}" "$SHEAFBENCH" run "$tmp/long.json" --id "$id" --quiet --out "$tmp/gone/results" \
		>"$tmp/out" 2>"$tmp/err" &
	pid=$!
	until [[ -d $tmp/gone/results/tiny/runs ]]; do sleep 0.01; done
	rm -rf "$tmp/gone"
	wait "$pid" || status=$?
	cat "$tmp/out" "$tmp/err"
	if [[ $status -eq 0 ]]; then
		bench verify "$tmp/long.json" --id "$id" --out "$tmp/gone/results"
	else
		[[ $status -eq 3 && -s $tmp/err ]]
	fi
}

# A path that does not fit is refused before anything trains.
long_path() {
	local part length out
	part=$(printf '%0200d' 0)
	for length in 4012 4015 4020 4090; do
		out=$tmp
		while [[ $((${#out} + 201)) -lt $length ]]; do out+=/$part; done
		out+=/${part:0:$((length - ${#out} - 1))}
		[[ ${#out} -eq $length ]]
		expect_exit 2 'the path has [0-9]* bytes; expected a path below' \
			run "$tmp/tiny.json" --id "${ids[0]}" --quiet --out "$out"
	done
}

# A folder that is set aside a second time takes the next number.
second_aside() {
	local folder=$runs/${ids[0]}
	mkdir -p "$folder.damaged-1" "$folder.damaged-2/x"
	truncated "$folder"
	bench run "$tmp/tiny.json" --id "${ids[0]}" --quiet 2>"$tmp/err"
	grep -q "damaged-3; the run is trained again" "$tmp/err"
	[[ -e $folder.damaged-3/run.json && -d $folder.damaged-2/x ]]
	rm -r "$folder".damaged-*
}

# Without a word in between: plan, training and tables.
ablation_heals() {
	truncated "$runs/${ids[0]}"
	no_last_epoch "$runs/${ids[2]}"
	flip_weights "$runs/${ids[1]}"
	scripts/experiment.sh "$tmp/tiny.json" 2 2>"$tmp/err"
	cat "$tmp/err"
	# Which, and why, of each.
	grep -q "^[^ ]*/${ids[0]}/run.json:.*damaged record" "$tmp/err"
	grep -q "^[^ ]*/${ids[2]}/metrics.jsonl.*damaged record" "$tmp/err"
	[[ -z $(bench plan "$tmp/tiny.json" --pending 2>/dev/null) ]]
	[[ $(find "$runs" -name '*.damaged-1' | wc -l) -eq 3 ]]
	cmp <(exact_columns) "$tmp/exact.csv"
	rm -r "$runs"/*.damaged-*
}

jq --arg root "$root" '.name = "tiny" | .tasks = [$root + "/configs/tasks/letter.json"]
	| .seeds.count = 1 | .train.epochs = 2 | .train.batch_size = 128 | .train.max_steps = 130' \
	configs/smoke.json >"$tmp/tiny.json"
mapfile -t ids < <(bench plan "$tmp/tiny.json" --pending 2>/dev/null)
train "${ids[@]}"
bench table "$tmp/tiny.json" 2>/dev/null
exact_columns >"$tmp/exact.csv"
cp -r "$runs/${ids[0]}" "$tmp/whole"
cp -r "$runs/${ids[1]}" "$tmp/second_run"
bench plan "$tmp/tiny.json" >"$tmp/plan" 2>/dev/null

for damage in truncated nul_filled empty no_record other_contract other_rate other_loss other_metric \
	one_bit other_schema no_seal no_first_epoch no_last_epoch no_epochs other_epoch other_arch swapped \
	no_weights half_weights sealed_contract sealed_rate old_contract old_rate old_seed old_metric \
	old_first_epoch old_last_epoch old_swapped; do
	check "a damaged record is named and made again: ${damage//_/ }" damaged "$damage"
done
check "a record of an older schema is done and is verified" older_is_done
gzip -dc data/letter-recognition.data.gz >"$tmp/letter"
head -n 3 "$tmp/letter" >"$tmp/rows.csv"
check "weights with a changed bit are refused by all that read them, and made again" flipped_weights
rm -rf "${runs:?}/${ids[0]}"
cp -r "$tmp/whole" "$runs/${ids[0]}"
check "a record of a newer version is refused and stays" newer_record
check "usage that is refused moves nothing" refused_usage
check "a run's folder that is a link is refused before it trains" linked_folder
check "a network that is not the config's is refused" foreign_network
check "an edited cache of data is healed and never trained on" edited_cache
check "data of the same size and time are other data" same_size_and_time
check "an edited forecast is measured anew" edited_forecast
check "a forecast counts steps and rows" forecast_counts
check "a forecast counts the weights of large networks" forecast_weights
rm -rf "${runs:?}/${ids[0]}"
cp -r "$tmp/whole" "$runs/${ids[0]}"
check "a record is replaced whole" forced
check "a damaged record takes the next free name" second_aside
check "leftovers of ended processes are cleaned, records put back" leftovers
check "an ablation heals its damaged records" ablation_heals
check "results that were removed during a run are there or exit 3" removed_folder
check "a path that does not fit is refused before training" long_path
finish
