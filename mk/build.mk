# SPDX-License-Identifier: Apache-2.0
# build/sheafbench and the objects the tests share.

# Kernel sources whose loops are compiled once per level, symbols suffixed by it (kernels/level_functions.h).
LEVEL_SRC   := $(wildcard kernels/level_*.c)
KERNEL_SRC  := $(filter-out $(LEVEL_SRC),$(wildcard kernels/*.c))
KERNEL_CXX  := $(wildcard kernels/*.cc)
FOUNDATION_SRC := $(wildcard foundation/*.c)
MODEL_SRC   := $(wildcard models/*.c)
HARNESS_SRC := $(filter-out harness/commands/main.c,$(filter-out harness/peers/%,$(wildcard harness/*/*.c)))
HARNESS_CXX := $(wildcard harness/bench/*.cc)
# Rooms with templates, which are bytes of the program.
TEMPLATE_ROOMS := $(patsubst %/templates/,%,$(wildcard harness/*/templates/))

LEVEL_OBJ   := $(foreach level,$(LEVELS),$(LEVEL_SRC:%.c=$(BUILD)/%.$(level).o))
LIB_OBJ     := $(FOUNDATION_SRC:%.c=$(BUILD)/%.o) $(LEVEL_OBJ) $(KERNEL_SRC:%.c=$(BUILD)/%.o) $(KERNEL_CXX:%.cc=$(BUILD)/%.o) \
               $(MODEL_SRC:%.c=$(BUILD)/%.o) $(HARNESS_SRC:%.c=$(BUILD)/%.o) \
               $(HARNESS_CXX:%.cc=$(BUILD)/%.o) \
               $(TEMPLATE_ROOMS:%=$(BUILD)/%/templates.o)
MAIN_OBJ    := $(BUILD)/harness/commands/main.o

# Google Benchmark 1.7 has no version to ask for in its header.
BENCHMARK_VERSION := $(firstword $(shell sed -n 's/^Version: *//p' \
                     $(SYSROOT)/usr/lib/*/pkgconfig/benchmark.pc 2>/dev/null) unknown)

# The one place of the version is what people cite.
VERSION := $(or $(shell sed -n 's/^version: *//p' CITATION.cff 2>/dev/null),unknown)

# What a binary was built with, for the record of every run.
BUILD_DEFINES = -DBUILD_VERSION='"$(VERSION)"' \
                -DBUILD_COMPILER='"$(shell $(CC) --version | head -1)"' \
                -DBUILD_BENCHMARK='"$(BENCHMARK_VERSION)"' \
                -DBUILD_FLAGS=$(call quoted,"$(call c_text,-std=c17 $(OPT) -g $(strip $(NUMERIC) $(SAN) $(CROSS_FLAGS) $(CFLAGS)))") \
                -DBUILD_LEVEL_FLAGS='"$(foreach level,$(LEVELS),$(level): $(LEVEL_FLAGS_$(level));)"' \
                -DKERNEL_LEVELS='$(foreach level,$(LEVELS),KERNEL_LEVEL($(level)))'

all: $(BUILD)/sheafbench

# Flags are part of what an object depends on.
$(BUILD)/flags: export FLAGS_TEXT = $(CC) $(CXX) $(CFLAGS_ALL) $(CXXFLAGS_ALL) $(LEVELS)
$(BUILD)/flags: FORCE
	@mkdir -p $(BUILD)
	@printf '%s\n' "$$FLAGS_TEXT" | cmp -s - $@ || printf '%s\n' "$$FLAGS_TEXT" > $@

# The state of the source tree, a file of its own: a commit builds one object anew, not all.
$(BUILD)/source-state.h: FORCE
	@mkdir -p $(BUILD)
	@scripts/source-state.sh $@

$(BUILD)/foundation/build_info.o: BUILD_DEFINES += -DBUILD_SOURCE='"$(BUILD)/source-state.h"'
$(BUILD)/foundation/build_info.o: $(BUILD)/source-state.h $(wildcard CITATION.cff)

define level_rule
$(BUILD)/%.$(1).o: %.c $(BUILD)/flags
	@mkdir -p $$(dir $$@)
	$$(call say,CC,$$@)
	$$(Q)$$(CC) $$(CFLAGS_ALL) $$(FRAME_LEVEL) $$(LEVEL_FLAGS) $$(LEVEL_FLAGS_$(1)) -DLEVEL=$(1) -MMD -MP -c $$< -o $$@
endef
$(foreach level,$(LEVELS),$(eval $(call level_rule,$(level))))

$(BUILD)/%.o: %.c $(BUILD)/flags
	@mkdir -p $(dir $@)
	$(call say,CC,$@)
	$(Q)$(CC) $(CFLAGS_ALL) $(BLIS_CFLAGS) $(BUILD_DEFINES) -MMD -MP -c $< -o $@

$(BUILD)/%.o: %.cc $(BUILD)/flags
	@mkdir -p $(dir $@)
	$(call say,CXX,$@)
	$(Q)$(CXX) $(CXXFLAGS_ALL) -MMD -MP -c $< -o $@

# A room's templates as the array ROOM_templates that ROOM.h declares, each by its name in the folder.
define template_rule
$(BUILD)/$(1)/templates.c: $(wildcard $(1)/templates/*) mk/build.mk
	@mkdir -p $$(dir $$@)
	$$(call say,EMBED,$$@)
	$$(Q){ printf '#include "$(1)/$(notdir $(1)).h"\n'; cd $(1)/templates; list=''; n=0; \
	 for file in *; do \
		printf 'static const unsigned char text_%d[] = {\n' $$$$n; od -An -v -tu1 "$$$$file" | sed 's/[0-9][0-9]*/&,/g'; \
		printf '};\n'; list="$$$$list{\"$$$$file\", text_$$$$n, sizeof text_$$$$n}, "; n=$$$$((n + 1)); \
	 done; \
	 printf 'const struct template_text $(notdir $(1))_templates[] = {%s{0}};\n' "$$$$list"; } >$$@

$(BUILD)/$(1)/templates.o: $(BUILD)/$(1)/templates.c $(BUILD)/flags
	$$(call say,CC,$$@)
	$$(Q)$$(CC) $$(CFLAGS_ALL) -Wno-missing-field-initializers -MMD -MP -c $$< -o $$@
endef
$(foreach room,$(TEMPLATE_ROOMS),$(eval $(call template_rule,$(room))))

# LINK_SHARED=1: programs share one library, and an object that changes costs one link (scripts/mutate.sh).
LINK_OBJ = $(if $(LINK_SHARED),$(BUILD)/libsheafbench.so,$(LIB_OBJ))
LIBS += $(if $(LINK_SHARED),-Xlinker -rpath -Xlinker $(abspath $(BUILD)))

$(BUILD)/libsheafbench.so: $(LIB_OBJ)
	$(call say,LD,$@)
	$(Q)$(CXX) $(SAN) $(LDFLAGS) -shared -Xlinker -soname -Xlinker $(notdir $@) $^ -o $@ $(LIBS)

$(BUILD)/sheafbench: $(MAIN_OBJ) $(LINK_OBJ)
	$(call say,LD,$@)
	$(Q)$(CXX) $(SAN) $(LDFLAGS) $^ -o $@ $(LIBS)

clean:
	$(Q)rm -rf $(BUILD) build-*

FORCE:
.PHONY: FORCE
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
