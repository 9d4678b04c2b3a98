# SPDX-License-Identifier: Apache-2.0
# CROSS=NAME builds for an architecture of scripts/architectures.txt with Debian's cross compilers and
# libraries (scripts/sysroot.sh), and runs what it built under qemu-user.

CROSS ?=
ARCHITECTURES := $(shell sed -n 's/^\([a-z0-9]\+\) .*/\1/p' scripts/architectures.txt)
ifneq ($(CROSS),)
CROSS_ROW := $(shell sed -n 's/^$(CROSS) \+//p' scripts/architectures.txt)
ifeq ($(CROSS_ROW),)
$(error CROSS=$(CROSS): expected one of $(ARCHITECTURES))
endif
CROSS_PREFIX := $(word 1,$(CROSS_ROW))-
CROSS_FLAGS  := $(wordlist 4,99,$(CROSS_ROW))
CC      := $(CROSS_PREFIX)gcc
CXX     := $(CROSS_PREFIX)g++
BUILD   ?= build-$(CROSS)
ifneq ($(words $(CURDIR)),1)
$(error CROSS: the folder $(CURDIR) holds blanks; expected a checkout in a folder without them)
endif
SYSROOT := $(abspath .cache/sysroot/$(CROSS))
# What this machine's own CPU and kernel run needs no emulation: i386 on x86-64.
CROSS_LOADER := $(patsubst i386,$(SYSROOT)/lib/ld-linux.so.2,$(filter i386,$(CROSS)))
CROSS_PATH   := $(SYSROOT)/lib/i386-linux-gnu:$(SYSROOT)/usr/lib/i386-linux-gnu
# The old form of a path also holds for the libraries of libraries.
CROSS_LIBS   := $(if $(CROSS_LOADER),-Xlinker --disable-new-dtags -Xlinker -rpath=$(CROSS_PATH) \
                -Xlinker --dynamic-linker=$(CROSS_LOADER))
# Libraries of a newer Debian ask for more than the compiler's own C library has; theirs is loaded.
CROSS_LIBS   += $(if $(filter own,$(word 3,$(CROSS_ROW))),,-Xlinker --allow-shlib-undefined)
RUNS_HERE     = $(if $(CROSS_LOADER),$(shell $(CROSS_LOADER) --version 2>/dev/null))
EXEC_WRAPPER ?= $(if $(RUNS_HERE),,qemu-$(word 2,$(CROSS_ROW)) -L $(SYSROOT))
endif
# Search paths of another architecture's libraries; empty for this one's.
SYSROOT_FLAGS := $(if $(SYSROOT),--sysroot=$(SYSROOT))

print-wrapper:
	@echo $(EXEC_WRAPPER)
.PHONY: print-wrapper
