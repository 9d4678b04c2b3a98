# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What tests/faults counts with are numbers: bash would run what else it finds where it counts.
for name in KILLS FAULTS SEED; do
	value=${!name:-1}
	if [[ ! $value =~ ^(0|[1-9][0-9]{0,8})$ && $name=$value != FAULTS=all ]]; then
		echo "test-faults: found $name=${value//[[:cntrl:]]/?}; expected a number below 10^9" >&2
		exit 2
	fi
done
