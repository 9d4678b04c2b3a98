# SPDX-License-Identifier: Apache-2.0
# Tests: every tests/ROOM/test_*.c is a cmocka program that links everything but main; programs stand
# side by side in $(BUILD)/tests.

TEST_SRC := $(wildcard tests/*/test_*.c)
TEST_BIN := $(addprefix $(BUILD)/tests/,$(notdir $(TEST_SRC:.c=)))
TEST_HELPERS := $(wildcard tests/*.c) $(filter-out $(TEST_SRC) tests/exhaustive/% tests/faults/% tests/fuzz/% tests/portable/%,\
                $(wildcard tests/*/*.c))
TEST_HELPER_OBJ := $(TEST_HELPERS:%.c=$(BUILD)/%.o)

define test_rule
$(BUILD)/tests/$(notdir $(1:.c=)): $(BUILD)/$(1:.c=.o) $(TEST_HELPER_OBJ) $(LINK_OBJ)
	$$(call say,LD,$$@)
	$$(Q)$$(CXX) $$(SAN) $$(LDFLAGS) $$^ -o $$@ -lcmocka $$(LIBS)
endef
$(foreach source,$(TEST_SRC),$(eval $(call test_rule,$(source))))

# Debian 12's cross gcc for arm64 ends with an internal error in its vectoriser on test_gradients.c.
$(BUILD)/tests/%.o: private CFLAGS_ALL += $(if $(CROSS),-fno-tree-vectorize)
# Tests run where they are built.
$(BUILD)/tests/%.o: private FRAME :=

.SECONDARY: $(TEST_SRC:%.c=$(BUILD)/%.o) $(TEST_HELPER_OBJ)

test: $(BUILD)/sheafbench $(TEST_BIN) $(BUILD)/tests/test_fuzz
	$(Q)$(if $(CROSS),SHEAFBENCH_ISA=) $(RUN_ENV) scripts/run-tests.sh $(BUILD)/tests

# More than half a million cases of the ops a level, and some of every BLIS sub-configuration, against
# the oracle, byte for byte.
test-bits: $(BUILD)/tests/test_kernels $(BUILD)/tests/test_backend
	$(Q)for program in $^; do \
	 SHEAFBENCH_CASES=$${SHEAFBENCH_CASES:-22000} $(EXEC_WRAPPER) $$program || exit; done

asan:
	$(Q)$(MAKE) --no-print-directory test SANITIZE=address,undefined BUILD=build-asan OPT=-O1

# All 2^32 inputs of every elementary function, on every level this CPU has, against the committed
# hashes; under three minutes a level on one core of a Zen 5. ERRORS=1 also measures the worst error against MPFR.
$(BUILD)/exhaustive: $(BUILD)/tests/exhaustive/exhaustive.o $(LEVEL_OBJ) $(KERNEL_SRC:%.c=$(BUILD)/%.o) \
                     $(FOUNDATION_SRC:%.c=$(BUILD)/%.o)
	$(call say,LD,$@)
	$(Q)$(CXX) $(SAN) $(LDFLAGS) $^ -o $@ -lmpfr -lgmp $(LIBS)

exhaustive:
	$(Q)scripts/setup.sh base exhaustive
	$(Q)$(MAKE) --no-print-directory $(BUILD)/exhaustive
	$(Q)scripts/exhaustive.sh '$(BUILD)/exhaustive' '$(LEVELS)' "$$ERRORS"

# The first difference is found at 1,000 places where one ulp was changed.
test-flips: $(BUILD)/sheafbench
	$(Q)$(RUN_ENV) FLIPS=1000 tests/cli/verify.sh

verify: $(BUILD)/sheafbench
	$(Q)$(EXEC_WRAPPER) $(BUILD)/sheafbench verify configs/smoke.json
	$(Q)$(EXEC_WRAPPER) $(BUILD)/sheafbench verify configs/ablation.json --sample 10%

# Trains in every cell this machine can make: CELLS=PATTERN picks some (scripts/verify-matrix.sh).
CROSS_GROUPS ?= $(ARCHITECTURES:%=cross-%)
verify-matrix:
	$(Q)scripts/setup.sh base matrix $(CROSS_GROUPS)
	$(Q)scripts/verify-matrix.sh
