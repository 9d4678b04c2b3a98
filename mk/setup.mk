# SPDX-License-Identifier: Apache-2.0
# What building needs is installed by itself: $(BUILD)/ready.mk is an included makefile, so that make
# remakes it before all else and then starts over, with the compiler in place.

SETUP_GROUPS := base $(if $(findstring clang,$(CC) $(CXX)),clang) $(CROSS:%=cross-%)
PLAIN_GOALS  := setup lint lint-quick format clean help print-wrapper

setup:
	$(Q)scripts/setup.sh $(SETUP_GROUPS)

ifneq ($(filter-out $(PLAIN_GOALS),$(or $(MAKECMDGOALS),all)),)

hash := \#
PROBE_HEADERS := jansson.h zlib.h csv.h openssl/evp.h xxhash.h gsl/gsl_rng.h pcg_random.hpp \
                 benchmark/benchmark.h
PROBE_SOURCE  := $(foreach header,$(PROBE_HEADERS),\
                 $(hash)if !__has_include(<$(header)>)\n$(hash)error\n$(hash)endif\n)
PROBE = { command -v $(firstword $(CC)) && command -v jq && command -v parallel && \
        command -v gnuplot && printf '$(PROBE_SOURCE)' | $(CXX) $(SYSROOT_FLAGS) $(CXXFLAGS) -E -x c++ - ; } \
        >/dev/null 2>&1

# After one setup what is still not found is for the compiler to name.
ifndef MAKE_RESTARTS
ifneq ($(shell $(PROBE) && echo found),found)
$(BUILD)/ready.mk: FORCE
endif
endif

# Exit 3 (no package manager, no root) is no harm where everything is there already.
$(BUILD)/ready.mk: scripts/packages.txt
	@status=0; scripts/setup.sh $(SETUP_GROUPS) || status=$$?; \
	 if [ $$status -ne 0 ]; then $(PROBE) || exit $$status; fi
	$(if $(CROSS),@scripts/sysroot.sh $(CROSS) >/dev/null)
	@mkdir -p $(BUILD)
	@echo '# Packages were there: $(SETUP_GROUPS)' > $@

include $(BUILD)/ready.mk

endif
