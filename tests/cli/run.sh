#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The commands as a user meets them: refusals, plans, and that a run's weights depend on its
# run_id only. TAP; SHEAFBENCH is the program.
# shellcheck source=tests/cli/lib.bash
source "$(dirname "${BASH_SOURCE[0]}")/lib.bash"

# expect_refusal PATTERN ARGUMENTS: exit 2, one line that matches, nothing on standard output.
expect_refusal() {
	expect_exit 2 "$@"
	[[ ! -s $tmp/out ]]
}

bad_usage() {
	expect_refusal 'expected' run
	expect_refusal 'expected' plan
	expect_refusal 'expected' table
	expect_refusal 'expected' predict
	expect_refusal '"--no-such-option"' plan --no-such-option
	expect_refusal 'near --pending' plan configs/smoke.json --pendin
	expect_refusal 'no run "0"' run configs/smoke.json --id 0
}

unknown_command() {
	expect_refusal 'near table' tabel configs/smoke.json
	expect_refusal 'unknown command "xyzzy"' xyzzy
}

plans() {
	local config
	for config in configs/*.json; do
		case $config in *.schema.json) continue ;; esac
		echo "$config"
		SHEAFBENCH_RESULTS=$tmp/plans bench plan "$config" >"$tmp/plan"
		[[ -s $tmp/plan ]]
		SHEAFBENCH_RESULTS=$tmp/plans bench plan "$config" --json | jq -e 'length > 0' >/dev/null
	done
}

bad_config() {
	export SHEAFBENCH_RESULTS=$tmp/refused
	mkdir "$SHEAFBENCH_RESULTS"
	jq '.train.epoch = 3' "$tmp/tiny.json" >"$tmp/bad_key.json"
	jq '.arms[0].router_kind = "SheafPadik"' "$tmp/tiny.json" >"$tmp/bad_kind.json"
	jq '.tasks = ["leter"]' "$tmp/tiny.json" >"$tmp/bad_task.json"
	head -c 100 "$tmp/tiny.json" >"$tmp/bad_end.json"
	local name status
	for name in bad_key bad_kind bad_task bad_end no_such; do
		expect_refusal "$name.json\|leter" plan "$tmp/$name.json"
		expect_refusal "$name.json\|leter" run "$tmp/$name.json" --id 0
		status=0
		scripts/experiment.sh "$tmp/$name.json" 1 >"$tmp/out" 2>"$tmp/err" || status=$?
		[[ $status -eq 2 ]]
	done
	find "$SHEAFBENCH_RESULTS" -mindepth 1
	[[ -z $(find "$SHEAFBENCH_RESULTS" -mindepth 1) ]]
}

# weights RESULTS: "run_id sha256" of every run that is done.
weights() {
	local file
	for file in "$1"/tiny/runs/*/run.json; do
		printf '%s %s\n' "$(basename "$(dirname "$file")")" \
			"$(jq -r 'first(.. | objects | .weights_sha256 // empty)' "$file")"
	done
}

same_weights() {
	weights "$tmp/first" >"$tmp/expected"
	weights "$1" | diff "$tmp/expected" -
}

trains() {
	SHEAFBENCH_RESULTS=$tmp/first scripts/experiment.sh "$tmp/tiny.json" 2
	[[ $(find "$tmp/first/tiny/runs" -name run.json | wc -l) -eq 4 ]]
	[[ -s $tmp/first/tiny/tiny.csv ]]
}

arms_differ() {
	weights "$tmp/first"
	[[ $(weights "$tmp/first" | cut -d ' ' -f 2 | sort -u | grep -c '^[0-9a-f]\{64\}$') -eq 4 ]]
}

trains_nothing() {
	local before after
	before=$(find "$tmp/first/tiny/runs" -type f -printf '%p %T@ %i\n' | sort)
	SHEAFBENCH_RESULTS=$tmp/first scripts/experiment.sh "$tmp/tiny.json" 2 | tee "$tmp/out"
	grep -q 'nothing to train' "$tmp/out"
	after=$(find "$tmp/first/tiny/runs" -type f -printf '%p %T@ %i\n' | sort)
	[[ $before == "$after" ]]
}

one_at_a_time() {
	SHEAFBENCH_RESULTS=$tmp/second scripts/experiment.sh "$tmp/tiny.json" 1
	same_weights "$tmp/second"
}

other_folder() {
	mkdir "$tmp/elsewhere"
	cd "$tmp/elsewhere"
	local id printed
	id=$(cut -d ' ' -f 1 "$tmp/expected" | sed -n 1p)
	printed=$(SHEAFBENCH_RESULTS=$tmp/third bench run "$tmp/tiny.json" --id "$id" --quiet | tail -n 1)
	echo "$printed"
	[[ $printed == "$id weights_sha256="* ]]
	weights "$tmp/third" | diff <(head -n 1 "$tmp/expected") -
	# The line names the same weights as the first record.
	local sha=${printed#*weights_sha256=}
	grep -q "${sha%% *}" "$tmp/first/tiny/runs/$id/run.json"
	[[ -z $(find "$tmp/elsewhere" -mindepth 1) ]]
}

# Killed when its trace has begun and nearly all epochs are left, however fast or busy the machine is.
killed_and_resumed() {
	jq --arg root "$root" '.name = "slow" | .tasks = [$root + "/configs/tasks/letter_short.json"]
		| .arms = [.arms[0]] | .train.epochs = 20 | .train.override_task = true
		| del(.train.max_steps)' "$tmp/tiny.json" >"$tmp/slow.json"
	local id pid whole
	id=$(bench plan "$tmp/slow.json" --pending --out "$tmp/whole" 2>/dev/null)
	whole=$(bench run "$tmp/slow.json" --id "$id" --out "$tmp/whole" --quiet | tail -n 1)
	export SHEAFBENCH_RESULTS=$tmp/killed
	# Once more where the run ended before it was killed.
	while [[ -z ${pid:-} || -e $SHEAFBENCH_RESULTS/slow/runs/$id/run.json ]]; do
		rm -rf "$SHEAFBENCH_RESULTS"
		"${wrapper[@]}" "$SHEAFBENCH" run "$tmp/slow.json" --id "$id" --trace --quiet >/dev/null &
		pid=$!
		until [[ -n $(find "$SHEAFBENCH_RESULTS" -name "$id.trace*" -size +0 2>/dev/null) ]]; do
			kill -0 "$pid"
			sleep 0.01
		done
		kill -9 "$pid"
		wait "$pid" || true
	done
	scripts/experiment.sh "$tmp/slow.json" 2
	[[ $whole == "$id weights_sha256=$(jq -r .weights_sha256 "$SHEAFBENCH_RESULTS/slow/runs/$id/run.json") "* ]]
}

failure_is_listed() {
	export SHEAFBENCH_RESULTS=$tmp/failing
	bench plan "$tmp/tiny.json" --pending >"$tmp/ids" 2>/dev/null
	cat >"$tmp/dies" <<-'END'
		#!/usr/bin/env bash
		if [[ $* == *" --id $DIES "* ]]; then kill -SEGV $$; fi
		exec "$@"
	END
	chmod +x "$tmp/dies"
	local id status=0
	id=$(sed -n 2p "$tmp/ids")
	DIES=$id EXEC_WRAPPER="$tmp/dies ${EXEC_WRAPPER:-}" \
		scripts/experiment.sh "$tmp/tiny.json" 2 >"$tmp/out" 2>&1 || status=$?
	cat "$tmp/out"
	[[ $status -eq 1 ]]
	grep -q "^  $id  killed by signal 11\$" "$tmp/out"
	[[ $(find "$tmp/failing/tiny/runs" -name run.json | wc -l) -eq 3 ]]
	scripts/experiment.sh "$tmp/tiny.json" 2
	[[ ! -e $tmp/failing/tiny/runs/$id.failed ]]
}

# hangs COMMAND ...: starts it, with runs that never end, and waits until there are two, however long the
# machine takes for that; sets `driver`. The pids of the runs are in $tmp/pids.
hangs() {
	cat >"$tmp/hangs" <<-'END'
		#!/usr/bin/env bash
		if [[ $* == *" --id "* ]]; then
			echo $$ >>"$PIDS"
			exec sleep 3600
		fi
		exec "$@"
	END
	chmod +x "$tmp/hangs"
	rm -f "$tmp/pids"
	PIDS=$tmp/pids EXEC_WRAPPER="$tmp/hangs ${EXEC_WRAPPER:-}" env --default-signal "$@" 2>"$tmp/err" &
	driver=$!
	until [[ -e $tmp/pids && $(wc -l <"$tmp/pids") -eq 2 ]]; do
		kill -0 "$driver"
		sleep 0.1
	done
}

# The runs that were hanging are gone, and no note says that they failed.
none_is_left() {
	local pid
	while read -r pid; do
		# A zombie has ended; whether it is reaped is up to the machine's first process. One that
		# was told to end may still have to be given a processor for it: not for a minute.
		for _ in {1..600}; do
			grep -qs '^State:[[:space:]]*[DRSTtI]' "/proc/$pid/status" || continue 2
			sleep 0.1
		done
		echo "process $pid is left"
		exit 1
	done <"$tmp/pids"
	[[ -z $(find "$SHEAFBENCH_RESULTS" -name '*.failed') ]]
}

script_stopped() {
	export SHEAFBENCH_RESULTS=$tmp/stopped
	local driver status=0
	hangs scripts/experiment.sh "$tmp/tiny.json" 2
	kill -TERM "$driver"
	wait "$driver" || status=$?
	[[ $status -eq 143 ]]
	none_is_left
}

program_stopped() {
	export SHEAFBENCH_RESULTS=$tmp/stopped TMPDIR=$tmp/stopped-tmp
	local driver status signal
	mkdir "$TMPDIR"
	for signal in INT TERM HUP; do
		status=0
		hangs "${wrapper[@]}" "$SHEAFBENCH" run "$tmp/tiny.json" --jobs 2
		kill -s "$signal" "$driver"
		wait "$driver" || status=$?
		echo "SIG$signal: exit $status"
		cat "$tmp/err"
		[[ $status -eq $((128 + $(kill -l "$signal"))) ]]
		diff "$tmp/err" <(echo "tiny: stopped; the same command goes on with what is left")
		none_is_left
		[[ -z $(find "$TMPDIR" -mindepth 1) ]]
	done
}

# The kernel tells GNU Parallel, or the runs.
others_killed() {
	export SHEAFBENCH_RESULTS=$tmp/killed-others
	local driver status=0 parallel
	hangs "${wrapper[@]}" "$SHEAFBENCH" run "$tmp/tiny.json" --jobs 2
	kill -KILL "$driver"
	wait "$driver" || true
	none_is_left
	hangs "${wrapper[@]}" "$SHEAFBENCH" run "$tmp/tiny.json" --jobs 2
	read -r parallel < <(ps -o ppid= -p "$(head -n 1 "$tmp/pids")")
	kill -KILL "$parallel"
	wait "$driver" || status=$?
	cat "$tmp/err"
	[[ $status -eq 3 ]]
	grep -q '^tiny: GNU Parallel ended after 0 of 4 runs' "$tmp/err"
	# These are no runs, which would have ended with it.
	xargs kill <"$tmp/pids"
	rm -r "$SHEAFBENCH_RESULTS/tiny"
}

# Words of the command line, of the shell and of GNU Parallel are data.
odd_jobs() {
	local folder="$tmp/{#} {} it's \$HOME *" status
	mkdir "$folder"
	cp "$tmp/tiny.json" "$folder/{%}{}.json"
	bench run "$folder/{%}{}.json" --jobs 3 --out "$folder/r {}" --isa baseline
	[[ $(jq -r .environment.isa "$folder/r {}"/tiny/runs/*/run.json | sort -u) == baseline ]]
	weights "$folder/r {}" | diff "$tmp/expected" -
	expect_refusal '"--force"; expected run CONFIG --jobs N' run "$tmp/tiny.json" --jobs 2 --force
	expect_refusal '"--id".*; expected run CONFIG --jobs N' run "$tmp/tiny.json" --jobs 2 --id 0
	expect_refusal '^--jobs "0"; expected a number from 1 to 4096' run "$tmp/tiny.json" --jobs 0
	status=0
	PATH=$tmp/nowhere "$SHEAFBENCH" run "$tmp/tiny.json" --jobs 2 --out "$tmp/none" >"$tmp/out" 2>"$tmp/err" ||
		status=$?
	cat "$tmp/err"
	[[ $status -eq 3 && $(wc -l <"$tmp/err") -eq 1 ]]
	grep -q '^parallel: cannot start: .*; expected GNU Parallel' "$tmp/err"
}

# The note is the run's own where it could write one, of this time.
reasons() {
	export SHEAFBENCH_RESULTS=$tmp/reasons
	cat >"$tmp/says" <<-'END'
		#!/usr/bin/env bash
		[[ $* != *" --id "* ]] || { printf 'first\n\033last\n' >&2; exit 7; }
		exec "$@"
	END
	chmod +x "$tmp/says"
	local status=0 id
	EXEC_WRAPPER="$tmp/says ${EXEC_WRAPPER:-}" bench run "$tmp/tiny.json" --jobs 2 2>"$tmp/err" || status=$?
	cat "$tmp/err"
	[[ $status -eq 1 && $(grep -c '^  [0-9a-f]\{16\}  exit 7: .x1blast$' "$tmp/err") -eq 4 ]]
	tail -n 1 "$tmp/err" | grep -qx 'tiny: 4 of 4 runs failed; the same command tries them again'
	(
		ulimit -f 100
		bench run "$tmp/tiny.json" --jobs 2
	) 2>"$tmp/err" || status=$?
	cat "$tmp/err"
	for id in $(bench plan "$tmp/tiny.json" --pending 2>/dev/null); do
		grep -q 'cannot write: File too large' "$SHEAFBENCH_RESULTS/tiny/runs/$id.failed"
		absent 'exit' "$SHEAFBENCH_RESULTS/tiny/runs/$id.failed"
	done
}

predicts() {
	local run status=0
	head -n 20 < <(gzip -dc data/letter-recognition.data.gz) >"$tmp/rows.csv"
	for run in "$tmp"/first/tiny/runs/*/; do
		bench predict "$run" "$tmp/rows.csv" >"$tmp/predicted.csv"
		head -n 2 "$tmp/predicted.csv"
		[[ $(wc -l <"$tmp/predicted.csv") -eq 21 ]]
		# As many columns in every line, and probabilities that sum to 1.
		awk -F , 'NR == 1 {
				for (i = 1; i <= NF; i++) probability[i] = $i ~ /^"?p:/
				columns = NF
				next
			}
			{
				sum = 0
				for (i = 1; i <= NF; i++) if (probability[i]) sum += $i
				if (NF != columns || sum < 0.999 || sum > 1.001) exit 1
			}' "$tmp/predicted.csv"
	done
	printf 'T,2,8\n' >"$tmp/short.csv"
	bench predict "$run" "$tmp/short.csv" >"$tmp/out" 2>"$tmp/err" || status=$?
	[[ $status -eq 2 ]]
}

explains() {
	local id
	id=$(head -n 1 "$tmp/ids")
	SHEAFBENCH_RESULTS=$tmp/first bench explain "$id" >"$tmp/out"
	cat "$tmp/out"
	grep -q "$id" "$tmp/out"
	SHEAFBENCH_RESULTS=$tmp/first expect_refusal '.' explain 0
}

# Nano runs need their data and little else, by the record and within a limit.
# Of twenty steps: what is called so often in each, and the same weights. A Dense network has no experts to
# gather rows for; a codec is called to gather encoded rows and to compute logits.
profiles() {
	local arm id calls
	for arm in SheafPadic:4.0 SheafOnly:4.0 Dense:1.0; do
		id=$(bench plan "$tmp/tiny.json" --json 2>/dev/null |
			jq -r --arg arm "${arm%:*}" '[.[] | select(.arm == $arm)][0].run_id')
		calls=${arm#*:}
		bench run "$tmp/tiny.json" --id "$id" --profile --quiet --out "$tmp/profiled" >"$tmp/out"
		cat "$tmp/out"
		grep -q '^20 steps, [1-9][0-9.]* us each$' "$tmp/out"
		grep -Eq "^gather  .* $calls +[0-9.]+\$" "$tmp/out"
		grep -Eq '^add_bias  .* [0-9.]+ +[0-9.]+ +[0-9.]+$' "$tmp/out"
		[[ $arm != SheafPadic* ]] || grep -Eq '^p-adic codec and logits  .* 2\.0 *$' "$tmp/out"
		bench run "$tmp/tiny.json" --id "$id" --quiet --out "$tmp/unprofiled" >"$tmp/unprofiled.out"
		[[ $(tail -n 1 "$tmp/out") == "$(cat "$tmp/unprofiled.out")" ]]
	done
}

peak_memory() {
	local id
	id=$(head -n 1 "$tmp/ids")
	(
		ulimit -v 1048576
		SHEAFBENCH_RESULTS=$tmp/memory bench run "$tmp/tiny.json" --id "$id" --quiet
	)
	jq -e '.timing.peak_memory_bytes | . > 1048576 and . < 536870912' "$tmp/memory/tiny/runs/$id/run.json"
}

# Full needs more than the limit: refused with the amount, before anything is allocated.
too_large() {
	local id status=0
	id=$(bench plan configs/full.json --json --out "$tmp/full" 2>/dev/null | jq -r '.[0].run_id')
	(
		ulimit -v 6000000
		bench run configs/full.json --id "$id" --out "$tmp/full" --quiet
	) >"$tmp/out" 2>"$tmp/err" || status=$?
	cat "$tmp/out" "$tmp/err"
	[[ $status -eq 3 ]]
	grep -q 'needs [0-9.]* GiB of memory, [0-9.]* GiB are available; expected at least' "$tmp/err"
}

jq '.name = "tiny" | .tasks = ["letter"] | .seeds.count = 1
	| .train.epochs = 1 | .train.max_steps = 20' configs/smoke.json >"$tmp/tiny.json"
# A bare task name is looked for beside the experiment's folder.
jq --arg root "$root" '.tasks = [.tasks[] | $root + "/configs/tasks/" + . + ".json"]' \
	"$tmp/tiny.json" >"$tmp/absolute.json"
mv "$tmp/absolute.json" "$tmp/tiny.json"

check "bad usage is refused in one line" bad_usage
check "an unknown command is answered with the near one" unknown_command
check "every experiment plans" plans
check "a bad experiment is refused and nothing written" bad_config
check "a small experiment trains" trains
check "the arms' weights differ" arms_differ
check "what is done is not trained again" trains_nothing
check "the same weights one run at a time, in another folder" one_at_a_time
check "the same weights from another working folder" other_folder
check "the same weights after kill -9 and resuming" killed_and_resumed
check "a run that crashes is listed and trained the next time" failure_is_listed
check "no process is left when the script is stopped" script_stopped
check "nor when the program is, which says so" program_stopped
check "nor when one of them is killed" others_killed
check "names that the shell or GNU Parallel would read otherwise, and refusals" odd_jobs
if [[ ${#wrapper[@]} -gt 0 ]]; then
	skip "why a run failed is noted" "the wrapper has files of its own"
else
	check "why a run failed is noted" reasons
fi
check "predict prints probabilities for every row" predicts
check "explain describes a run" explains
check "a profile counts ops and leaves the weights as they are" profiles
if grep -q __asan_init "$SHEAFBENCH"; then
	skip "a network that does not fit is refused with the amount" "sanitizers need the address space"
elif [[ ${#wrapper[@]} -gt 0 ]]; then
	skip "a network that does not fit is refused with the amount" "the wrapper needs the address space"
else
	check "a network that does not fit is refused with the amount" too_large
fi
if grep -q __asan_init "$SHEAFBENCH"; then
	skip "memory of a run is bounded" "sanitizers multiply it"
elif [[ ${#wrapper[@]} -gt 0 ]]; then
	skip "memory of a run is bounded" "the wrapper's memory would be measured"
elif [[ ! -e /proc/self/status ]]; then
	skip "memory of a run is bounded" "no /proc here"
else
	check "memory of a run is bounded" peak_memory
fi
finish
