# SPDX-License-Identifier: Apache-2.0
# Throughput of this machine, or of several, and its comparison (docs/BENCHMARKING.md).

FILTER      ?=
REPETITIONS ?=
HOSTS       ?=
THREADS     ?=
FILES       ?=
export FILTER REPETITIONS HOSTS THREADS FILES

BENCH_OUT   = "$${SHEAFBENCH_RESULTS:-results}"
BENCH_FLAGS = $(if $(FILTER),"--benchmark_filter=$$FILTER") \
              $(if $(REPETITIONS),"--benchmark_repetitions=$$REPETITIONS") \
              $(if $(THREADS),--threads "$$THREADS")

ifeq ($(HOSTS),)
bench: $(BUILD)/sheafbench
	$(Q)$(RUN) bench --out $(BENCH_OUT) $(BENCH_FLAGS)
else
bench:
	$(Q)scripts/setup.sh base hosts
	$(Q)scripts/bench-hosts.sh "$$HOSTS" $(BENCH_OUT)
endif

# Names of FILES, or patterns of names, without blanks.
bench-compare: $(BUILD)/sheafbench
	$(Q)$(RUN) bench-compare --out $(BENCH_OUT) $$FILES
	$(Q)scripts/plot-throughput.sh $(BENCH_OUT)

# Whether FILES may stand beside those of the results folder; without FILES, whether these may.
bench-check: $(BUILD)/sheafbench
	$(Q)$(RUN) bench-compare --check --out $(BENCH_OUT) $$FILES

# What the numeric contract costs, arm by arm: results/contract_cost.{csv,md}.
bench-contract: $(BUILD)/sheafbench
	$(Q)$(RUN) bench-contract --out $(BENCH_OUT)

# What the rules by which GEMM copies its operands lose to the best way: results/gemm_rules.
bench-rules: $(BUILD)/sheafbench
	$(Q)$(RUN) bench-rules --out $(BENCH_OUT)

.PHONY: bench bench-compare bench-check bench-contract bench-rules
