# SPDX-License-Identifier: Apache-2.0
# Tests: every tests/test_*.c is a cmocka program that links everything but main.

TEST_SRC := $(wildcard tests/test_*.c)
TEST_BIN := $(TEST_SRC:tests/%.c=$(BUILD)/tests/%)
TEST_HELPERS := $(filter-out $(TEST_SRC),$(wildcard tests/*.c))
TEST_HELPER_OBJ := $(TEST_HELPERS:%.c=$(BUILD)/%.o)

$(BUILD)/tests/test_%: $(BUILD)/tests/test_%.o $(TEST_HELPER_OBJ) $(LIB_OBJ)
	$(call say,LD,$@)
	$(Q)$(CXX) $(SAN) $(LDFLAGS) $^ -o $@ -lcmocka $(LIBS)

.SECONDARY: $(TEST_SRC:tests/%.c=$(BUILD)/tests/%.o) $(TEST_HELPER_OBJ)

test: $(BUILD)/sheafbench $(TEST_BIN)
	$(Q)SHEAFBENCH='$(abspath $(BUILD)/sheafbench)' EXEC_WRAPPER='$(EXEC_WRAPPER)' \
	 scripts/run-tests.sh $(BUILD)/tests

asan:
	$(Q)$(MAKE) --no-print-directory test SANITIZE=address,undefined BUILD=build-asan OPT=-O1
