#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Paths, names and limits as a user's machine may have them: long ones, FIFOs, quotes, a small stack, no
# room for temporary files, folders that go away. TAP; SHEAFBENCH is the program.
# shellcheck source=tests/cli/lib.bash
source "$(dirname "${BASH_SOURCE[0]}")/lib.bash"

export SHEAFBENCH_RESULTS=$tmp/results
table=$SHEAFBENCH_RESULTS/tiny

# padded FOLDER LENGTH: the same folder by a name of that many bytes.
padded() {
	local name=$1
	while [[ ${#name} -lt $(($2 - 1)) ]]; do name+=/.; done
	[[ ${#name} -eq $2 ]] || name+=/
	printf '%s' "$name"
}

# A command that says it is fine wrote where it should; one that cannot writes nowhere.
long_folders() {
	local length status command name made
	cp -r "$SHEAFBENCH_RESULTS" "$tmp/long"
	for command in table report crate; do
		made=tiny.csv
		case $command in report) made=report.html ;; crate) made=ro-crate-metadata.json ;; esac
		for length in 100 3830 3840 3841 3990 4010 4015 4020 $(seq 4040 4 4096) 4097 5000; do
			name=$(padded "$tmp/long" "$length")
			rm -f "$tmp/long/tiny/$made"
			find "$tmp" -mindepth 2 -type f | sort >"$tmp/before.txt"
			status=0
			bench "$command" "$tmp/tiny.json" --out "$name" >/dev/null 2>"$tmp/err" || status=$?
			echo "$command, $length bytes: exit $status"
			if [[ $status -eq 0 ]]; then
				[[ -s $tmp/long/tiny/$made ]]
			else
				[[ $status -le 3 ]]
				[[ $(wc -l <"$tmp/err") -eq 1 ]]
				[[ ! -e $tmp/long/tiny/$made ]]
			fi
			# Nothing lies elsewhere.
			find "$tmp" -mindepth 2 -type f | sort |
				comm -13 "$tmp/before.txt" - | absent -v "^$tmp/long/"
		done
	done
}

# fifo PATTERN ARGUMENTS: refused at once, by what it is.
fifo() {
	local status=0
	timeout 900 "${wrapper[@]}" "$SHEAFBENCH" "$@" >"$tmp/out" 2>"$tmp/err" || status=$?
	echo "$*: exit $status"
	cat "$tmp/err"
	[[ $status -eq 2 ]]
	grep -q 'found a FIFO' "$tmp/err"
}

fifos() {
	local other=$tmp/fifos
	mkfifo "$tmp/fifo.json"
	fifo plan "$tmp/fifo.json"
	jq --arg task "$tmp/fifo.json" '.tasks = [$task]' "$tmp/tiny.json" >"$tmp/task-fifo.json"
	fifo plan "$tmp/task-fifo.json"
	fifo arch describe "$tmp/fifo.json"
	mkdir -p "$other"
	cp -r "$table" "$other/"
	rm "$other/tiny/tiny.json"
	mkfifo "$other/tiny/tiny.json"
	fifo explain letter/SheafOnly/accuracy "$tmp/tiny.json" --out "$other"
	rm -r "$other"
	mkdir -p "$other"
	cp -r "$table" "$other/"
	mkfifo "$other/reproducibility.csv"
	fifo report "$tmp/tiny.json" --out "$other"
	fifo bench-compare "$tmp/fifo.json" --out "$other"
	fifo verify --bisect "$tmp/fifo.json" "$tmp/fifo.json"
	fifo predict "$table/runs/${ids[0]}" "$tmp/fifo.json"
	fifo arch init "$tmp/fifo.json" --out "$tmp/x.safetensors"
	jq --arg file "$tmp/fifo.json" '.files[0].path = $file' configs/tasks/letter.json >"$tmp/task-of-fifo.json"
	jq --arg task "$tmp/task-of-fifo.json" '.tasks = [$task]' "$tmp/tiny.json" >"$tmp/data-fifo.json"
	fifo plan "$tmp/data-fifo.json"
	fifo_in_record "$other"
}

# Each file of a record; caches are passed over.
fifo_in_record() {
	local name command folder=$1/tiny/runs/${ids[0]} status
	for name in run.json metrics.jsonl arch.json model.safetensors; do
		rm -rf "$folder"
		cp -r "$table/runs/${ids[0]}" "$folder"
		rm "$folder/$name"
		mkfifo "$folder/$name"
		for command in "table $tmp/tiny.json" "verify $tmp/tiny.json --id ${ids[0]}" "explain ${ids[0]}" \
			"predict $folder $tmp/rows.csv" "crate $tmp/tiny.json"; do
			status=0
			# shellcheck disable=SC2086 # words
			SHEAFBENCH_RESULTS=$1 timeout 900 "${wrapper[@]}" "$SHEAFBENCH" $command >"$tmp/out" 2>&1 ||
				status=$?
			echo "$name, $command: exit $status"
			cat "$tmp/out"
			[[ $status -lt 124 ]]
		done
		SHEAFBENCH_RESULTS=$1 bench plan "$tmp/tiny.json" --pending >"$tmp/out" 2>&1
		grep -q ', 1 damaged' "$tmp/out"
	done
	rm -rf "$folder" "$1/.cache"
	cp -r "$table/runs/${ids[0]}" "$folder"
	mkdir "$1/.cache"
	mkfifo "$1/.cache/data-hashes"
	SHEAFBENCH_RESULTS=$1 timeout 900 "${wrapper[@]}" "$SHEAFBENCH" plan "$tmp/tiny.json" --pending
}

# A record is JSON, which such a name cannot be in.
name_without_characters() {
	local name=$tmp/$'caf\xe9.json'
	cp "$tmp/tiny.json" "$name"
	expect_exit 2 "caf.xe9.json: the file's name is not UTF-8; expected a name in UTF-8" plan "$name"
	expect_exit 2 "the file's name is not UTF-8" run "$name" --id "${ids[0]}" --out "$tmp/none"
	[[ ! -e $tmp/none ]]
	cp -r "$SHEAFBENCH_RESULTS" "$tmp/"$'r\xe9sultats'
	bench explain "${ids[0]}" --out "$tmp/"$'r\xe9sultats'
	expect_exit 2 'r.xe9sultats.*a text that is not UTF-8' explain "${ids[0]}" --json \
		--out "$tmp/"$'r\xe9sultats'
}

odd_folders() {
	: >"$tmp/a-file"
	expect_exit 2 'without a value\|unexpected' table "$tmp/tiny.json" --out ''
	# No command takes what is no folder for one without results.
	ln -s a-loop "$tmp/a-loop"
	local command words
	for command in plan table report crate verify "run --id ${ids[0]}"; do
		read -r -a words <<<"$command"
		expect_exit 2 'a-file: found a file; expected a folder' "${words[@]}" "$tmp/tiny.json" --out "$tmp/a-file"
		expect_exit 2 'a-file/x: Not a directory; expected a folder' "${words[@]}" "$tmp/tiny.json" \
			--out "$tmp/a-file/x"
		expect_exit 2 'a-loop: .*symbolic links; expected a folder' "${words[@]}" "$tmp/tiny.json" --out "$tmp/a-loop"
	done
	cp -r "$SHEAFBENCH_RESULTS" "$tmp/odd"
	rm -r "$tmp/odd/tiny/plot"
	: >"$tmp/odd/tiny/plot"
	expect_exit 2 'found a file; expected a folder' table "$tmp/tiny.json" --out "$tmp/odd"
}

small_stack() {
	local id=${ids[0]} command
	(
		ulimit -s 128
		for command in help cpu "plan $tmp/tiny.json" "run $tmp/tiny.json --id $id --quiet --force" \
			"table $tmp/tiny.json" "report $tmp/tiny.json" "explain $id" "crate $tmp/tiny.json" \
			"verify $tmp/tiny.json --id $id" "predict $table/runs/$id $tmp/rows.csv" \
			"arch describe $table/runs/$id/arch.json"; do
			echo "$command"
			# shellcheck disable=SC2086 # words
			bench $command >/dev/null
			# shellcheck disable=SC2086
			BLIS_NUM_THREADS=2 bench $command >/dev/null
		done
		{
			head -c 100000 /dev/zero | tr '\0' '['
		} >"$tmp/deep.json"
		expect_exit 2 'depth' plan "$tmp/deep.json"
		{
			printf '{"schema": '
			head -c 2040 /dev/zero | tr '\0' '['
			head -c 2040 /dev/zero | tr '\0' ']'
			printf '}'
		} >"$tmp/deep.json"
		expect_exit 2 'schema' plan "$tmp/deep.json"
	)
}

# run_make GOAL VARIABLE ...: nothing is built. Its own settings, not those of a make around it; `given` are
# what stands in the environment.
given=()
run_make() {
	local build=${SHEAFBENCH%/*} program options=()
	build=${build#"$root"/}
	options=(-o "$build/sheafbench")
	for program in tests/*/test_*.c; do
		program=${program##*/}
		options+=(-o "$build/tests/${program%.c}")
	done
	env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS -u MAKEOVERRIDES "${given[@]}" make --no-print-directory BUILD="$build" \
		"${options[@]}" "$@"
}

values_are_data() {
	local value variable goal status
	# One that no test has in its name, or all of them would run.
	for value in "no-such'; touch $tmp/ran; '\"; touch $tmp/ran; \"" "no-such\$(shell touch $tmp/ran)" \
		"no-such\`touch $tmp/ran\`\$\$(touch $tmp/ran)"; do
		for goal in CONFIG/ablation JOBS/ablation CONFIG/plots FILES/bench-compare TESTS/test BUILD/help \
			LEVELS/help SECONDS/fuzz RUNS/fuzz JOBS/fuzz TARGETS/fuzz KILLS/test-faults \
			FAULTS/test-faults SEED/test-faults N/mutate SEED/mutate JOBS/mutate FILES/mutate; do
			variable=${goal%/*}
			status=0
			run_make "${goal#*/}" "$variable=$value" >"$tmp/out" 2>&1 </dev/null || status=$?
			echo "$goal $value: exit $status"
			tail -n 2 "$tmp/out"
			[[ $status -eq 2 && ! -e $tmp/ran ]]
			# One message beside make's own.
			case $goal in */fuzz | */test-faults | */mutate)
				[[ $(grep -vc '^make' "$tmp/out") -eq 1 ]]
				grep -q '^\(fuzz\|test-faults\|mutate\): .*\(expected\|no source\)' "$tmp/out"
				;;
			esac
		done
	done
	# What bash would run where it counts.
	for goal in SECONDS/fuzz RUNS/fuzz JOBS/fuzz KILLS/test-faults FAULTS/test-faults SEED/test-faults \
		N/mutate SEED/mutate JOBS/mutate; do
		status=0
		given=("${goal%/*}=a[\$(touch $tmp/ran)]")
		run_make "${goal#*/}" >"$tmp/out" 2>&1 </dev/null || status=$?
		given=()
		echo "$goal from the environment: exit $status"
		cat "$tmp/out"
		[[ $status -eq 2 && ! -e $tmp/ran && $(grep -vc '^make' "$tmp/out") -eq 1 ]]
	done
	status=0
	run_make ablation CONFIG="$tmp/tiny.json" JOBS=many >"$tmp/out" 2>"$tmp/err" || status=$?
	grep -q '^--jobs "many"; expected a number from 1 to 4096$' "$tmp/err"
}

# Legal names, from the tables to the command that is shown.
odd_names() {
	local name command folder="$tmp/it's \$HOME \"and\" so"
	mkdir "$folder"
	for name in "$folder/a 'b' \$c \"d\".json" "$folder/-x.json"; do
		jq '.name = "odd" | .seeds.count = 1' "$tmp/tiny.json" >"$name"
		SHEAFBENCH_RESULTS="$folder/r" run_make ablation CONFIG="$name" JOBS=2 2>&1
		[[ -s $folder/r/odd/odd.csv && -n $(find "$folder/r/odd/figures" -name "*.svg") ]]
		SHEAFBENCH_RESULTS="$folder/r" run_make plots report crate CONFIG="$name" 2>&1
		[[ -s $folder/r/odd/report.html ]]
		bench plan "$name" --json >"$tmp/plan"
		SHEAFBENCH_RESULTS="$folder/r" bench explain "$(jq -r '.[0].run_id' "$tmp/plan")" >"$tmp/out"
		command=$(sed -n 's/^verify *build\/sheafbench //p' "$tmp/out")
		echo "$command"
		(eval "SHEAFBENCH_RESULTS=\"\$folder/r\" bench $command") >/dev/null
		rm -r "$folder/r"
	done
	cd "$folder"
	SHEAFBENCH_RESULTS=r "$root/scripts/experiment.sh" -x.json 2
	[[ -s r/odd/odd.csv ]]
}

# A checkout in a folder with blanks and quotes; the user's locale, CDPATH and IFS.
odd_checkout() {
	local place="$tmp/a b'c"
	mkdir -p "$place/data" "$place/build"
	cp -r scripts configs "$place/"
	cp data/letter* "$place/data/"
	cp "$SHEAFBENCH" "$place/build/sheafbench"
	cd "$place"
	jq '.tasks = ["letter"] | .seeds.count = 1' "$tmp/tiny.json" >configs/tiny.json
	unset SHEAFBENCH SHEAFBENCH_RESULTS
	CDPATH=$tmp:/ LC_ALL=de_DE.UTF-8 IFS=e scripts/experiment.sh configs/tiny.json 2
	[[ -s results/tiny/tiny.csv && -n $(find results/tiny/figures -name "*.svg") ]]
	cmp <(CDPATH=/ LC_NUMERIC=de_DE.UTF-8 scripts/plot-time.sh results/tiny && cat results/tiny/wall_time.csv) \
		<(scripts/plot-time.sh results/tiny && cat results/tiny/wall_time.csv)
}

no_temporary() {
	local status=0 command
	TMPDIR=$tmp/nowhere expect_exit 3 'expected TMPDIR to be a folder' run "$tmp/tiny.json" --jobs 1 --out "$tmp/none"
	[[ -z $(find "$tmp/none/tiny/runs" -mindepth 1) ]]
	for command in "experiment.sh $tmp/tiny.json 1" "plot-time.sh $table" "paper-pdf.sh PAPER.md $tmp/x.pdf" \
		"run-tests.sh $tmp/no-programs"; do
		status=0
		# shellcheck disable=SC2086 # words
		TMPDIR=$tmp/nowhere scripts/$command >"$tmp/out" 2>"$tmp/err" || status=$?
		echo "$command: exit $status"
		cat "$tmp/err"
		[[ $status -eq 3 && $(wc -l <"$tmp/err") -eq 1 ]]
		grep -q "TMPDIR\|skipped" "$tmp/err"
	done
	# Before its first step.
	status=0
	TMPDIR=$tmp/nowhere .ci/run >"$tmp/out" 2>"$tmp/err" || status=$?
	[[ $status -eq 3 && $(tail -n 1 "$tmp/out") == "0 passed, 1 failed, 0 skipped" ]]
	[[ $(wc -l <"$tmp/err") -eq 1 ]]
	grep -q TMPDIR "$tmp/err"
}

full_temporary() {
	local status=0
	head -c 16M /dev/zero >"$tmp/small/filler" 2>/dev/null || true
	TMPDIR=$tmp/small scripts/experiment.sh "$tmp/tiny.json" 1 >"$tmp/out" 2>"$tmp/err" || status=$?
	echo "exit $status"
	cat "$tmp/err"
	[[ $status -eq 3 && $(wc -l <"$tmp/err") -eq 1 ]]
	grep -q 'no room in .*: No space left on device' "$tmp/err"
	[[ -z $(find "$tmp/small" -name 'sheafbench*') ]]
	# Where something is to be trained, before that.
	TMPDIR=$tmp/small expect_exit 3 'cannot .*: No space left on device' \
		run "$tmp/tiny.json" --jobs 1 --out "$tmp/none"
	[[ -z $(find "$tmp/small" -name 'sheafbench*') && -z $(find "$tmp/none/tiny/runs" -mindepth 1) ]]
}

# A program that removes the results when it has trained its second run.
removed_results() {
	export SHEAFBENCH_RESULTS=$tmp/gone
	cat >"$tmp/removes" <<-'END'
		#!/usr/bin/env bash
		"$@" || exit
		[[ $* == *" --id "* ]] || exit 0
		echo >>"$COUNT"
		[[ $(wc -l <"$COUNT") -ne 2 ]] || rm -rf "$SHEAFBENCH_RESULTS"
	END
	chmod +x "$tmp/removes"
	local status=0
	env COUNT="$tmp/count" EXEC_WRAPPER="$tmp/removes ${EXEC_WRAPPER:-}" scripts/experiment.sh "$tmp/tiny.json" 1 \
		>"$tmp/out" 2>"$tmp/err" || status=$?
	cat "$tmp/out" "$tmp/err"
	[[ $status -eq 3 ]]
	grep -q 'are no longer in .*/gone/tiny/runs' "$tmp/err"
	scripts/experiment.sh "$tmp/tiny.json" 2
	[[ $(find "$tmp/gone/tiny/runs" -name run.json | wc -l) -eq 8 ]]
}

# What a killed driver left goes with the next start; what another one uses stays.
killed_driver() {
	export SHEAFBENCH_RESULTS=$tmp/killed TMPDIR=$tmp/drivers
	mkdir "$TMPDIR"
	cat >"$tmp/waits" <<-'END'
		#!/usr/bin/env bash
		if [[ $* == *" --id "* ]]; then
			echo $$ >>"$PIDS"
			exec sleep 300
		fi
		exec "$@"
	END
	chmod +x "$tmp/waits"
	local driver left
	env PIDS="$tmp/pids" EXEC_WRAPPER="$tmp/waits ${EXEC_WRAPPER:-}" "${wrapper[@]}" "$SHEAFBENCH" \
		run "$tmp/tiny.json" --jobs 1 &
	driver=$!
	for _ in {1..3000}; do
		[[ ! -s $tmp/pids ]] || break
		sleep 0.1
	done
	left=$(echo "$TMPDIR"/sheafbench.*.tmp)
	SHEAFBENCH_RESULTS=$tmp/beside scripts/experiment.sh "$tmp/tiny.json" 2 >/dev/null
	[[ -d $left ]]
	kill -KILL "$driver"
	wait "$driver" || true
	# GNU Parallel hears that the driver is gone: it ends its run and starts no other.
	for _ in {1..3000}; do
		grep -qs '^State:[[:space:]]*[DRSTtI]' "/proc/$(head -n 1 "$tmp/pids")/status" || break
		sleep 0.1
	done
	sleep 1
	[[ -d $left && $(wc -l <"$tmp/pids") -eq 1 ]]
	mkdir -p "$SHEAFBENCH_RESULTS/tiny/runs"
	# A note of a run that was done since.
	train "${ids[1]}"
	echo stale >"$SHEAFBENCH_RESULTS/tiny/runs/${ids[1]}.failed"
	scripts/experiment.sh "$tmp/tiny.json" 2 >/dev/null
	[[ -z $(find "$TMPDIR" -mindepth 1) ]]
	[[ ! -e $SHEAFBENCH_RESULTS/tiny/runs/${ids[1]}.failed ]]
}

tiny_experiment
head -n 20 < <(gzip -dc data/letter-recognition.data.gz) >"$tmp/rows.csv"
mapfile -t ids < <(bench plan "$tmp/tiny.json" --pending)
train "${ids[@]}"
bench table "$tmp/tiny.json" >/dev/null

check "a long results folder is written to, or refused" long_folders
check "a FIFO is refused where a file is read" fifos
check "folders that are none" odd_folders
check "names that JSON cannot hold are refused" name_without_characters
if [[ ${#wrapper[@]} -gt 0 ]] || grep -q __asan_init "$SHEAFBENCH"; then
	skip "a stack of 128 KiB" "sanitizers and wrappers need more"
else
	check "a stack of 128 KiB" small_stack
fi
if [[ ${#wrapper[@]} -gt 0 || ${SHEAFBENCH%/*} != "$root"/build* ]]; then
	skip "what make is given runs nothing" "make would take another program than this"
	skip "names with quotes, blanks and dollars" "make would take another program than this"
	skip "a checkout in a folder with blanks and quotes" "a wrapper is in the way"
else
	check "what make is given runs nothing" values_are_data
	check "names with quotes, blanks and dollars" odd_names
	check "a checkout in a folder with blanks and quotes" odd_checkout
fi
check "without a folder for temporary files it is exit 3, with a word" no_temporary
mkdir "$tmp/small"
if mount -t tmpfs -o size=64k tmpfs "$tmp/small" 2>/dev/null; then
	trap 'umount "$tmp/small"; rm -rf "$tmp"' EXIT
	check "a full one too" full_temporary
else
	skip "a full one too" "cannot mount a small file system here"
fi
check "a results folder that goes away is told" removed_results
check "what a killed driver left is cleaned, what is in use stays" killed_driver
finish
