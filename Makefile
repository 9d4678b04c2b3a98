# SPDX-License-Identifier: Apache-2.0
# Phony targets only; the rules and flags are in mk/*.mk.

.DEFAULT_GOAL := all

include mk/config.mk
include mk/build.mk
include mk/test.mk
include mk/run.mk

.PHONY: all setup test asan exhaustive test-flips verify verify-matrix ablation smoke tuning plots report test-report paper check-paper lint format clean help
