# SPDX-License-Identifier: Apache-2.0
# Readers of untrusted bytes under libFuzzer, failing calls, and mutations (docs/TESTING.md).

# Every reader is a target of one program; FUZZ_TARGET says which.
FUZZ_SRC := $(filter-out tests/fuzz/libfuzzer.c tests/fuzz/replay.c,$(wildcard tests/fuzz/*.c))
FUZZ_OBJ := $(FUZZ_SRC:%.c=$(BUILD)/%.o)

# All corpora again, with any compiler: a program of `make test`.
$(BUILD)/tests/test_fuzz: $(BUILD)/tests/fuzz/replay.o $(FUZZ_OBJ) $(LIB_OBJ)
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

.PHONY: fuzz
