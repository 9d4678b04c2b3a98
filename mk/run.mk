# SPDX-License-Identifier: Apache-2.0
# Experiments, the paper's numbers, and the checks of the source text.

CONFIG  ?= configs/ablation.json
ifeq ($(origin JOBS),undefined)
JOBS    := $(shell nproc)
endif
export CONFIG JOBS

# Program and wrapper as the scripts take them.
RUN_ENV  = SHEAFBENCH="$$(realpath $(BUILD)/sheafbench)" EXEC_WRAPPER=$(call quoted,$(EXEC_WRAPPER))
RUN      = $(EXEC_WRAPPER) $(BUILD)/sheafbench

ablation: $(BUILD)/sheafbench
	$(Q)$(RUN_ENV) scripts/experiment.sh "$$CONFIG" "$$JOBS"

smoke: $(BUILD)/sheafbench
	$(Q)$(RUN_ENV) scripts/experiment.sh configs/smoke.json "$$JOBS"

tuning: $(BUILD)/sheafbench
	$(Q)$(RUN_ENV) scripts/experiment.sh configs/tuning.json "$$JOBS"

# Matching, controls and sensitivity beside the ablation, with what the paper shows of them.
STUDY_RESULTS = $${SHEAFBENCH_RESULTS:-results}
studies: $(BUILD)/sheafbench
	$(Q)for name in matching controls sensitivity; do \
	 $(RUN_ENV) scripts/experiment.sh "configs/$$name.json" "$$JOBS" || exit; done
	$(Q)scripts/plot-time.sh "$(STUDY_RESULTS)/matching"
	$(Q)scripts/step-time.sh "$(STUDY_RESULTS)/controls"
	$(Q)test ! -e "$(STUDY_RESULTS)/ablation/ablation.json" || $(RUN) paper configs/ablation.json

plots: $(BUILD)/sheafbench
	$(Q)$(RUN) table "$$CONFIG"
	$(Q)scripts/plot.sh "$${SHEAFBENCH_RESULTS:-results}/$$(jq -r .name <"$$CONFIG")"
	$(Q)scripts/plot-valuations.sh "$${SHEAFBENCH_RESULTS:-results}/$$(jq -r .name <"$$CONFIG")"

report: $(BUILD)/sheafbench
	$(Q)$(RUN) report "$$CONFIG"

# In headless Chromium; skipped, with the reason, where there is none.
test-report: $(BUILD)/sheafbench
	$(Q)$(RUN_ENV) scripts/test-report.sh

paper: $(BUILD)/sheafbench
	$(Q)$(RUN) paper configs/ablation.json

crate: $(BUILD)/sheafbench
	$(Q)$(RUN) crate "$$CONFIG"

check-paper: $(BUILD)/sheafbench
	$(Q)$(RUN) paper --check configs/ablation.json
	$(Q)scripts/check-paper-text.sh PAPER.md
	$(Q)scripts/check-matrix.sh

# Left out, with the reason, where its programs are not there.
paper-pdf:
	$(Q)scripts/paper-pdf.sh PAPER.md '$(BUILD)/PAPER.pdf' || test $$? -eq 3

C_FILES   = $(wildcard foundation/*.[ch] harness/*/*.[ch] harness/*/*.cc \
            kernels/*.[ch] kernels/*.cc models/*.[ch] tests/*.[ch] tests/*/*.[ch])
# level_*.c are compiled once per level, with its name; the checkers read them as the base one.
# Nor what needs headers that only peers or exhaustive install.
TIDY_C    = $(filter-out tests/% %/fann_speed.c,$(filter %.c,$(C_FILES)))
# cmocka's assertions end a test in ways the analyzer does not see; tests write bytes that are no strings,
# and put themselves in place of the allocator.
TIDY_TEST_CHECKS = -clang-analyzer-*,-bugprone-not-null-terminated-result,-bugprone-suspicious-missing-comma,-bugprone-reserved-identifier
TIDY_TESTS = $(filter tests/%.c,$(filter-out tests/exhaustive/%,$(C_FILES)))
SHELL_FILES = $(wildcard scripts/*.sh scripts/*.bash scripts/peers/*.sh tests/cli/*.sh tests/cli/*.bash tests/faults/*.sh \
            tests/faults/*.bash) .ci/run
TIDY_CXX  = $(filter %.cc,$(C_FILES))
TIDY_FLAGS = -D_GNU_SOURCE -I. -DLEVEL=baseline -DKERNEL_LEVELS='KERNEL_LEVEL(baseline)'

# tidy FILES, CHECKS, FLAGS
tidy = printf '%s\n' $(1) | xargs -P "$$JOBS" -I FILE \
	clang-tidy --quiet --checks='$(2)' --warnings-as-errors='*' FILE -- $(3) $(TIDY_FLAGS)

# The cheap part, in every CI run: all but the checkers that follow paths through the code.
lint-quick:
	$(Q)scripts/setup.sh base lint
	$(Q)$(MAKE) --no-print-directory all
	$(Q)scripts/check-rooms.sh '$(BUILD)'
	$(Q)scripts/check-docs.sh
	$(Q)$(RUN) bench-compare --check --out results >/dev/null
	$(Q)clang-format --dry-run -Werror $(C_FILES)
	$(Q)printf '%s\n' $(SHELL_FILES) | xargs -P "$$JOBS" -n 8 shellcheck --external-sources
	$(Q)$(call tidy,$(TIDY_C),-clang-analyzer-*,-std=c17 $(BLIS_CFLAGS))
	$(Q)$(call tidy,$(TIDY_TESTS),$(TIDY_TEST_CHECKS),-std=c17)

lint: lint-quick
	$(Q)$(call tidy,$(TIDY_C),,-std=c17 $(BLIS_CFLAGS))
	$(Q)$(if $(TIDY_CXX),$(call tidy,$(TIDY_CXX),,-std=c++17))
	$(Q)cppcheck --quiet --std=c17 --enable=warning,performance,portability --inline-suppr \
	 --suppress=missingIncludeSystem --error-exitcode=1 -j "$$JOBS" $(TIDY_FLAGS) \
	 -D'json_array_foreach(a,i,v)=while(i=0,v=json_array_get(a,i))' \
	 -D'json_object_foreach(o,k,v)=while(k=json_object_iter_key(o),v=json_object_iter_value(o))' \
	 $(TIDY_C) $(TIDY_CXX)

format:
	$(Q)scripts/setup.sh lint
	$(Q)clang-format -i $(C_FILES)

help:
	@echo 'make                  builds $(BUILD)/sheafbench'
	@echo 'make setup            installs the Debian packages that are missing'
	@echo 'make test             unit and command tests; asan: the same with sanitizers'
	@echo 'make fuzz             SECONDS=60 or RUNS=N, TARGETS=...: readers of untrusted bytes under libFuzzer'
	@echo 'make test-faults      KILLS=300 FAULTS=100 SEED=1: killed commands, failing calls, no memory'
	@echo 'make mutate           N=200 SEED=1 FILES=...: small changes that a test must notice'
	@echo 'make smoke            a small ablation in seconds (configs/smoke.json)'
	@echo 'make ablation         CONFIG=configs/ablation.json JOBS=N: trains what is pending, tables, figures (scripts/experiment.sh)'
	@echo 'make tuning           the search for learning rates (configs/tuning.json)'
	@echo 'make studies          JOBS=N: matching, controls, sensitivity with tables and figures, then the paper'
	@echo 'make plots            CONFIG=...: tables and figures of the runs that are in'
	@echo 'make report           CONFIG=...: a page with all of it, report.html; test-report: in a browser'
	@echo 'make paper            writes the numbers into the paper; check-paper: compares them'
	@echo 'make peers            ROUNDS=7 ONLY=gemm|op|train: speed next to PyTorch, JAX, BLAS libraries, FANN'
	@echo 'make bench            FILTER=REGEX REPETITIONS=N HOSTS=file: throughput into results/throughput'
	@echo 'make bench-compare    FILES=...: tables and figure of several machines or builds'
	@echo 'make bench-check      FILES=...: whether these may be added to results/throughput'
	@echo 'make bench-contract   what bit-for-bit reproducibility costs in speed'
	@echo 'make bench-rules      what the rules of GEMM lose to the best way of each product'
	@echo 'make verify           the golden hashes; verify-matrix: in every cell this machine can make'
	@echo 'make test-portable    the kernels alone under musl, on Windows (Wine) and as WebAssembly (Node.js)'
	@echo 'make test-bits        a million random cases against the scalar oracle; exhaustive: all inputs'
	@echo 'make crate            CONFIG=...: RO-Crate metadata of the results'
	@echo 'make paper-pdf        $(BUILD)/PAPER.pdf, where pandoc and weasyprint are there'
	@echo 'make lint             all checkers of the text; lint-quick: those of every CI run; format: rewrites the sources'
	@echo 'make clean            removes $(BUILD) and build-*'
	@echo 'Variables: CC, CXX, OPT, CFLAGS, BUILD, SANITIZE, EXEC_WRAPPER, V=1'
