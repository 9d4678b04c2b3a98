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

FUZZ_FOR  = $(or $(SECONDS),60)
# SECONDS=N of all targets together, or RUNS=N inputs; TARGETS='csv gz' picks some.
fuzz:
	$(Q)scripts/setup.sh base fuzz
	$(Q)$(MAKE) --no-print-directory build-fuzz/fuzz CC=clang CXX=clang++ BUILD=build-fuzz OPT=-O1 \
	 SANITIZE=address,undefined,fuzzer-no-link
	$(Q)scripts/fuzz.sh build-fuzz '$(FUZZ_FOR)' '$(RUNS)' '$(JOBS)' $(TARGETS)

.PHONY: fuzz test-faults mutate

# Commands that are killed, whose calls fail, or whose memory ends: TAP, SEED decides what is chosen.
KILLS  ?= 300
FAULTS ?= 100
SEED   ?= 1

$(BUILD)/faults/inject: tests/faults/inject.c
	@mkdir -p $(dir $@)
	$(call say,CC,$@)
	$(Q)$(CC) -std=c17 -D_GNU_SOURCE -O1 -g $(WARN) $< -o $@

$(BUILD)/faults/alloc.so: tests/faults/alloc.c
	@mkdir -p $(dir $@)
	$(call say,CC,$@)
	$(Q)$(CC) -std=c17 -D_GNU_SOURCE -O1 -g $(WARN) -shared -fPIC $< -o $@ -ldl

test-faults: $(BUILD)/sheafbench $(BUILD)/faults/inject $(BUILD)/faults/alloc.so
	$(Q)SHEAFBENCH='$(abspath $(BUILD)/sheafbench)' EXEC_WRAPPER='$(EXEC_WRAPPER)' \
	 INJECT='$(BUILD)/faults/inject' ALLOC='$(BUILD)/faults/alloc.so' SCRIPTS='tests/faults' \
	 KILLS='$(KILLS)' FAULTS='$(FAULTS)' SEED='$(SEED)' TESTS='$(TESTS)' \
	 scripts/run-tests.sh $(BUILD)/faults

# N small changes, one at a time, in a copy of the tree; FILES='...' names where, TESTS which must notice,
# FIRST and LAST a part of the N.
N ?= 200
mutate:
	$(Q)scripts/setup.sh base mutate
	$(Q)TESTS='$(TESTS)' FIRST='$(FIRST)' LAST='$(LAST)' scripts/mutate.sh '$(N)' '$(SEED)' '$(JOBS)' $(FILES)
