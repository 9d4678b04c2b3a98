# SPDX-License-Identifier: Apache-2.0
# The kernels alone (tests/portable/contract_check.c) under C libraries that the whole program is not
# built with. A block each: compilers, flags, what runs it.

PORTABLE := musl windows wasm
PORTABLE_CC_musl       := musl-gcc
PORTABLE_FLAGS_musl    := -DWITHOUT_RANDOM
PORTABLE_LIBS_musl     := -lm
PORTABLE_CC_windows    := x86_64-w64-mingw32-gcc
PORTABLE_CXX_windows   := x86_64-w64-mingw32-g++
PORTABLE_EXE_windows   := .exe
PORTABLE_LIBS_windows  := -lstdc++ -lm
PORTABLE_RUN_windows   := env WINEPREFIX="$$PWD/$(BUILD)/portable/wine" WINEDEBUG=-all /usr/lib/wine/wine64
PORTABLE_CC_wasm       := clang --target=wasm32-wasi -msimd128
PORTABLE_CXX_wasm      := clang++ --target=wasm32-wasi -fno-exceptions
PORTABLE_FLAGS_wasm    := -Wno-pass-failed
PORTABLE_EXE_wasm      := .wasm
# As much stack as foundation/stack.c asks for, below all else, so that more of it traps.
PORTABLE_LIBS_wasm     := -lc++ -lc++abi -lm -Wl,-z,stack-size=3145728 -Wl,--stack-first
PORTABLE_RUN_wasm      := node --no-warnings --experimental-wasi-unstable-preview1 scripts/run-wasm.js

PORTABLE_SRC   := tests/portable/contract_check.c kernels/backend_check.c kernels/scalar_oracle.c kernels/levels.c \
                  kernels/gemm_rules.c kernels/padic.c
PORTABLE_LEVEL := $(wildcard kernels/level_*.c)
# None of them is s390x, which asks for -fexcess-precision; clang does not know it.
PORTABLE_FLAGS := $(OPT) $(filter-out -fexcess-precision=%,$(NUMERIC)) -I. -isystem $(BUILD)/portable/include -D_GNU_SOURCE \
                  -DLEVEL=baseline '-DKERNEL_LEVELS=KERNEL_LEVEL(baseline)'

# Header-only libraries, without what else is beside them.
$(BUILD)/portable/include:
	@mkdir -p $@
	@ln -sf /usr/include/xxhash.h /usr/include/pcg_*.hpp $@/

define portable_rule
$(BUILD)/portable/$(1)$(PORTABLE_EXE_$(1)): $(PORTABLE_SRC) $(PORTABLE_LEVEL) $(wildcard kernels/*.h) kernels/random.cc | $(BUILD)/portable/include
	$$(call say,CC,$$@)
	@rm -rf $$@.objects && mkdir -p $$@.objects
	$$(Q)for source in $(PORTABLE_SRC) $(PORTABLE_LEVEL); do \
	 case $$$$source in kernels/scalar_oracle.c) inline=-DXXH_INLINE_ALL ;; *) inline= ;; esac; \
	 $(PORTABLE_CC_$(1)) -std=c17 $(WARN) $$(PORTABLE_FLAGS) $(PORTABLE_FLAGS_$(1)) $$$$inline \
	  -c $$$$source -o $$@.objects/$$$$(basename $$$$source).o || exit; done
	$(if $(PORTABLE_CXX_$(1)),$$(Q)$(PORTABLE_CXX_$(1)) -std=c++17 $(OPT) -Wall -Wextra -Werror -I. \
	 -isystem $(BUILD)/portable/include -c kernels/random.cc -o $$@.objects/random.cc.o)
	$$(Q)$(PORTABLE_CC_$(1)) -static $$@.objects/*.o $(PORTABLE_LIBS_$(1)) -o $$@

test-portable-$(1): $(BUILD)/portable/$(1)$(PORTABLE_EXE_$(1))
	$$(Q)$$(PORTABLE_RUN_$(1)) $$<
.PHONY: test-portable-$(1)
endef
$(foreach name,$(PORTABLE),$(eval $(call portable_rule,$(name))))

test-portable:
	$(Q)scripts/setup.sh portable
	$(Q)for name in $(PORTABLE); do echo "== $$name"; \
	 $(MAKE) --no-print-directory test-portable-$$name || exit; done
.PHONY: test-portable
