#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# experiment.sh CONFIG [JOBS]: trains what is pending of an experiment, JOBS runs at a time, then writes its
# tables and figures and, of the ablation, the paper's numbers. Exit codes are the program's; where runs
# failed, the tables and figures of the others are made all the same.
# shellcheck source=scripts/lib.bash
source "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/lib.bash"

root=$(dirname "$(dirname "$(realpath "${BASH_SOURCE[0]}")")")
if [[ $# -lt 1 || $# -gt 2 ]]; then
	die 2 "expected experiment.sh CONFIG [JOBS]"
fi
config=$1
[[ $config != -* ]] || config=./$config # no option
results=${SHEAFBENCH_RESULTS:-results}
read -r -a program <<<"${EXEC_WRAPPER:-}"
program+=("${SHEAFBENCH:-$root/build/sheafbench}")
# The training ends with this script, whatever ends that.
follow=()
! command -v setpriv >/dev/null || follow=(setpriv --pdeathsig TERM)

status=0
"${follow[@]}" "${program[@]}" run "$config" --jobs "${2:-$(nproc)}" || status=$?
[[ $status -le 1 ]] || exit "$status"
"${program[@]}" table "$config"
folder=$results/$(jq -r .name <"$config")
"$root/scripts/plot.sh" "$folder"
"$root/scripts/plot-valuations.sh" "$folder"
[[ $status -eq 0 ]] || exit "$status"
if [[ $(realpath "$config") == "$root/configs/ablation.json" ]]; then
	"${program[@]}" paper "$config"
fi
