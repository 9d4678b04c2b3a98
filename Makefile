# SPDX-License-Identifier: Apache-2.0
# Phony targets only; the rules and flags are in mk/*.mk.

.DEFAULT_GOAL := all

include mk/user.mk
include mk/config.mk
include mk/build.mk
include mk/test.mk
include mk/portable.mk
include mk/fuzz.mk
include mk/run.mk
include mk/peers.mk
include mk/bench.mk

.PHONY: all setup test asan exhaustive test-bits test-flips verify verify-matrix ablation smoke tuning studies peers plots paper check-paper lint lint-quick format clean help crate report test-report
