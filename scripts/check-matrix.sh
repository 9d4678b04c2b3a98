#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Whether the cells that results/reproducibility.csv calls the same have the digest of the golden
# hashes as they are now: a matrix older than its config, or than the golden hashes, is exit 1.
# shellcheck source=scripts/lib.bash
source "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/lib.bash"

cd "$(dirname "$(dirname "$(realpath "${BASH_SOURCE[0]}")")")"
out=${SHEAFBENCH_RESULTS:-results}
csv=$out/reproducibility.csv
[[ -e $csv ]] || exit 0
status=0
while IFS=, read -r config digest; do
	golden=$out/golden/$(basename "$config")
	if [[ ! -e $config || ! -e $golden ]]; then
		echo "$csv: no $config or no $golden; expected make verify-matrix to be run again" >&2
		status=1
		continue
	fi
	now=$(scripts/golden-digest.sh "$golden")
	if [[ $digest != "$now" ]]; then
		echo "$csv: $config: digest $digest; expected $now, of $golden: run make verify-matrix" >&2
		status=1
	fi
done < <(awk -F, 'NR > 1 && $9 == "same" && !seen[$7, $10]++ { print $7 "," $10 }' "$csv")
exit "$status"
