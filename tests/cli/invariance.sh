#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What must not change a run's bits, and what must. TAP; SHEAFBENCH is the program.
# shellcheck source=tests/cli/lib.bash
source "$(dirname "${BASH_SOURCE[0]}")/lib.bash"

cat >"$tmp/base.json" <<EOF
{"schema": "sheafbench/experiment/1", "name": "base",
 "tasks": ["$root/configs/tasks/letter_short.json"], "size": "Nano",
 "arms": [
   {"name": "SheafPadic", "model_kind": "MoE", "router_kind": "SheafPadic"},
   {"name": "Dense", "model_kind": "Dense", "match": {"arm": "SheafPadic", "on": "total_params"}}],
 "seeds": {"first": 3, "count": 1},
 "train": {"epochs": 1, "batch_size": 64, "lr": 2e-3, "weight_decay": 0.1, "warmup": 0.05,
           "schedule": "cosine", "max_steps": 12, "override_task": true},
 "router": {"nerve": "cycle", "overlap_penalty": 0.01, "balance": 0.01,
            "padic": {"p": 5, "digits": 6, "scale": 4, "tolerance": 0.04}}}
EOF

ids() {
	bench plan "$1" --json --out "$tmp/none" 2>/dev/null | jq -r '.[].run_id'
}

# outcome COMMAND ...: "id weights" of every run of base.json, each made by COMMAND sheafbench run,
# with $blis for its products.
blis=auto
outcome() {
	local id folder
	folder=$(mktemp -d "$tmp/out.XXXXXX")
	for id in $base_ids; do
		"$@" "${wrapper[@]}" "$SHEAFBENCH" run "$tmp/base.json" --id "$id" --out "$folder" \
			--blis "$blis" --quiet | tail -n 1 | cut -d ' ' -f 1,2
	done
}

same() { # NAME COMMAND ...
	local name=$1 status=0
	shift
	outcome "$@" >"$tmp/output" 2>&1 || status=1
	cmp -s "$tmp/output" "$tmp/expected" || status=1
	report "$status" "same bits: $name"
}

base_ids=$(ids "$tmp/base.json")
outcome env >"$tmp/expected"
same "again" env
# Threads are BLIS's own; networks this small are left to our kernels unless it is asked for.
case $(bench cpu --json | jq -r '"\(.architecture) \(.features)"') in
*fma*avx2*) blis=haswell ;;
esac
if [[ $blis == auto ]]; then
	skip "same bits: BLIS and its threads" "BLIS has no kernels with FMA for this CPU"
else
	same "BLIS for every product" env
	same "BLIS told of another CPU" env BLIS_ARCH_TYPE=1
	same "two threads" env BLIS_NUM_THREADS=2
	# Not more of them: waiting for each other without a CPU each, they take minutes.
	same "two threads along n" env BLIS_NUM_THREADS=2 BLIS_JC_NT=2 BLIS_IC_NT=1 OMP_NUM_THREADS=1
	same "two threads along m" env BLIS_NUM_THREADS=2 BLIS_JC_NT=1 BLIS_IC_NT=2 OMP_NUM_THREADS=1
	blis=auto
fi
same "a large environment" env PADDING="$(head -c 60000 /dev/zero | tr '\0' x)"
same "an empty environment" env -i PATH="$PATH" TMPDIR="$tmp"
locale -a >"$tmp/locales" 2>/dev/null || true
if grep -qi '^de_DE.utf-\?8' "$tmp/locales"; then
	same "a locale with a decimal comma" env LC_ALL=de_DE.UTF-8
elif command -v localedef >/dev/null && [[ -e /usr/share/i18n/locales/de_DE ]]; then
	mkdir "$tmp/locale"
	localedef -i de_DE -f UTF-8 "$tmp/locale/de_DE.UTF-8" 2>/dev/null
	same "a locale with a decimal comma" env LOCPATH="$tmp/locale" LC_ALL=de_DE.UTF-8
else
	skip "same bits: a locale with a decimal comma" "no de_DE.UTF-8 and nothing to make it from"
fi
if setarch -R true 2>/dev/null; then
	same "addresses not randomised" setarch -R
else
	skip "same bits: addresses not randomised" "setarch -R is not allowed here"
fi
# The first that this process may use.
cpu=$(taskset -cp $$ | sed 's/.*: \([0-9]*\).*/\1/')
same "a low priority and one CPU" nice -n 5 taskset -c "$cpu"
same "another working folder" env --chdir="$tmp"
same "a stack of another size" bash -c 'ulimit -s 4096; exec "$@"' limited

# Order and position: the same runs, last first, in a plan that has more before them.
base_ids=$(tac <<<"$base_ids")
outcome env | sort >"$tmp/output"
status=0
sort "$tmp/expected" | cmp -s - "$tmp/output" || status=1
report "$status" "same bits: runs in another order"
jq '.name = "longer" | .seeds = {"first": 1, "count": 4} | .arms = [.arms[0],
	{"name": "Between", "model_kind": "MoE", "router_kind": "SoftmaxOnly"}, .arms[1]]' \
	"$tmp/base.json" >"$tmp/longer.json"
bench plan "$tmp/longer.json" --json --out "$tmp/none" 2>/dev/null |
	jq -r '.[] | select(.seed == 3) | .run_id' >"$tmp/longer.ids"
while read -r id; do
	bench run "$tmp/longer.json" --id "$id" --out "$tmp/longer" --quiet </dev/null | tail -n 1
done <"$tmp/longer.ids" | cut -d ' ' -f 2 | sort >"$tmp/output"
status=0
[[ $(cut -d ' ' -f 2 "$tmp/expected" | sort | comm -12 - "$tmp/output" | wc -l) -eq 2 ]] || status=1
report "$status" "same bits: another position in a longer plan"

# What must change both the id and the bits. The first run is SheafPadic's.
first_id=$(head -n 1 "$tmp/expected" | cut -d ' ' -f 1)
first_weights=$(head -n 1 "$tmp/expected" | cut -d ' ' -f 2)
differs() { # NAME CONFIG
	local status=0 id weights
	id=$(ids "$2" | sed -n 1p)
	weights=$(bench run "$2" --id "$id" --out "$tmp/changed" --quiet 2>"$tmp/output" </dev/null |
		tail -n 1 | cut -d ' ' -f 2) || status=1
	echo "$id $weights" >>"$tmp/output"
	[[ $status -eq 0 && -n $id && $id != "$first_id" && $weights == weights_sha256=* &&
		$weights != "$first_weights" ]] || status=1
	report "$status" "other id and other bits: $1"
}
while IFS='|' read -r name change; do
	jq "$change" "$tmp/base.json" >"$tmp/changed.json"
	differs "$name" "$tmp/changed.json"
done <<'CHANGES'
seed|.seeds.first = 4
learning rate, by one part in 10^6|.train.lr = 2.000002e-3
weight decay|.train.weight_decay = 0.11
warm-up|.train.warmup = 0.25
schedule|.train.schedule = "constant"
batch size|.train.batch_size = 63
steps|.train.max_steps = 11
beta1|.train.beta1 = 0.91
beta2|.train.beta2 = 0.99
epsilon|.train.epsilon = 1e-7
nerve|.router.nerve = "complete"
overlap penalty|.router.overlap_penalty = 0.02
balance|.router.balance = 0.02
codec's prime|.router.padic.p = 7
codec's digits|.router.padic.digits = 4
codec's scale|.router.padic.scale = 5
codec's tolerance|.router.padic.tolerance = 0.2
codec off|.router.padic = {"enabled": false}
renormalised gates|.router.renormalize = true
number of experts|.n_experts = 5
experts for a row|.top_k = 3
router|.arms[0].router_kind = "SoftmaxOnly"
control|.arms[0].router_kind = "SheafOnly" | .router.control = "random"
CHANGES

# What the task says.
while IFS='|' read -r name change; do
	jq "$change" configs/tasks/letter_short.json >"$tmp/letter_short.json"
	jq --arg task "$tmp/letter_short.json" '.tasks = [$task]' "$tmp/base.json" >"$tmp/changed.json"
	differs "$name" "$tmp/changed.json"
done <<'CHANGES'
validation's share|.validation_fraction = 0.025
weight of a head|.head_weights = {"letter": 2}
size of the test part|.split.test_last = 201
CHANGES

# One bit of one training row: a feature's digit 2 (0x32) becomes 3 (0x33).
gzip -dc data/letter-recognition.data.gz >"$tmp/before.data"
awk '!done && NR > 6 { done = sub(/,2,/, ",3,") } { print }' "$tmp/before.data" >"$tmp/letter.data"
sha=$(sha256sum "$tmp/letter.data" | cut -d ' ' -f 1)
jq --arg path "$tmp/letter.data" --arg sha "$sha" '.files[0].path = $path | .files[0].sha256 = $sha' \
	configs/tasks/letter_short.json >"$tmp/letter_short.json"
jq --arg task "$tmp/letter_short.json" '.tasks = [$task]' "$tmp/base.json" >"$tmp/changed.json"
differs "one bit of the data ($(cmp -l "$tmp/before.data" "$tmp/letter.data" | wc -l) byte differs)" \
	"$tmp/changed.json"
finish
