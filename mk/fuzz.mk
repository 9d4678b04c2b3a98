# SPDX-License-Identifier: Apache-2.0
# Readers of untrusted bytes under libFuzzer, failing calls, and mutations (docs/TESTING.md).

# Every reader is a target of one program; FUZZ_TARGET says which.
FUZZ_SRC := $(filter-out tests/fuzz/libfuzzer.c tests/fuzz/replay.c,$(wildcard tests/fuzz/*.c))
FUZZ_OBJ := $(FUZZ_SRC:%.c=$(BUILD)/%.o)

# All corpora again, with any compiler: a program of `make test`.
$(BUILD)/tests/test_fuzz: $(BUILD)/tests/fuzz/replay.o $(FUZZ_OBJ) $(LINK_OBJ)
	$(call say,LD,$@)
	$(Q)$(CXX) $(SAN) $(LDFLAGS) $^ -o $@ $(LIBS)

$(BUILD)/fuzz: $(BUILD)/tests/fuzz/libfuzzer.o $(FUZZ_OBJ) $(LIB_OBJ)
	$(call say,LD,$@)
	$(Q)$(CXX) $(SAN) -fsanitize=fuzzer $(LDFLAGS) $^ -o $@ $(LIBS)

FUZZ_ASKED = "$${SECONDS:-60}" "$$RUNS" "$$JOBS" $$TARGETS
# SECONDS=N of all targets together, or RUNS=N inputs; TARGETS='csv gz' picks some.
fuzz:
	$(Q)scripts/fuzz.sh --check build-fuzz $(FUZZ_ASKED)
	$(Q)scripts/setup.sh base fuzz
	$(Q)$(MAKE) --no-print-directory build-fuzz/fuzz CC=clang CXX=clang++ BUILD=build-fuzz OPT=-O1 \
	 SANITIZE=address,undefined,fuzzer-no-link
	$(Q)scripts/fuzz.sh build-fuzz $(FUZZ_ASKED)

.PHONY: fuzz test-faults faults-asked mutate

# Commands that are killed, whose calls fail, or whose memory ends: TAP, SEED decides what is chosen.
FAULTS_ASKED = KILLS="$${KILLS:-300}" FAULTS="$${FAULTS:-100}" SEED="$${SEED:-1}"

faults-asked:
	$(Q)$(FAULTS_ASKED) bash tests/faults/numbers.bash

$(BUILD)/faults/inject: tests/faults/inject.c
	@mkdir -p $(dir $@)
	$(call say,CC,$@)
	$(Q)$(CC) -std=c17 -D_GNU_SOURCE -O1 -g $(WARN) $< -o $@

$(BUILD)/faults/alloc.so: tests/faults/alloc.c
	@mkdir -p $(dir $@)
	$(call say,CC,$@)
	$(Q)$(CC) -std=c17 -D_GNU_SOURCE -O1 -g $(WARN) -shared -fPIC $< -o $@ -ldl

test-faults: faults-asked $(BUILD)/sheafbench $(BUILD)/faults/inject $(BUILD)/faults/alloc.so
	$(Q)$(RUN_ENV) INJECT='$(BUILD)/faults/inject' ALLOC='$(BUILD)/faults/alloc.so' \
	 SCRIPTS='tests/faults' $(FAULTS_ASKED) scripts/run-tests.sh $(BUILD)/faults

# N small changes, one at a time, in a copy of the tree; FILES='...' names where, TESTS which must notice,
# FIRST and LAST a part of the N.
MUTATE_ASKED = "$${N:-200}" "$${SEED:-1}" "$$JOBS" $$FILES
mutate:
	$(Q)scripts/mutate.sh --check $(MUTATE_ASKED)
	$(Q)scripts/setup.sh base mutate
	$(Q)scripts/mutate.sh $(MUTATE_ASKED)
