# SPDX-License-Identifier: Apache-2.0
# CROSS=arm64|s390x|ppc64el|riscv64 builds for another architecture with Debian's cross compilers and
# libraries (scripts/sysroot.sh), and runs what it built under qemu-user.

CROSS ?=
ifneq ($(CROSS),)
CROSS_NAME_arm64   := aarch64
CROSS_NAME_s390x   := s390x
CROSS_NAME_ppc64el := ppc64le
CROSS_NAME_riscv64 := riscv64
CROSS_CC_ppc64el   := powerpc64le
CROSS_MACHINE      := $(CROSS_NAME_$(CROSS))
ifeq ($(CROSS_MACHINE),)
$(error CROSS=$(CROSS): expected one of arm64, s390x, ppc64el, riscv64)
endif
CROSS_PREFIX := $(or $(CROSS_CC_$(CROSS)),$(CROSS_MACHINE))-linux-gnu-
CC      := $(CROSS_PREFIX)gcc
CXX     := $(CROSS_PREFIX)g++
BUILD   ?= build-$(CROSS)
ifneq ($(words $(CURDIR)),1)
$(error CROSS: the folder $(CURDIR) holds blanks; expected a checkout in a folder without them)
endif
SYSROOT := $(abspath .cache/sysroot/$(CROSS))
EXEC_WRAPPER ?= qemu-$(CROSS_MACHINE) -L $(SYSROOT)
endif
# Search paths of another architecture's libraries; empty for this one's.
SYSROOT_FLAGS := $(if $(SYSROOT),--sysroot=$(SYSROOT))

print-wrapper:
	@echo $(EXEC_WRAPPER)
.PHONY: print-wrapper
