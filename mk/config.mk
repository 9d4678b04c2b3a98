# SPDX-License-Identifier: Apache-2.0
# Tools, flags and the levels the kernels are built for.

include mk/cross.mk

CC      ?= gcc
CXX     ?= g++
ifeq ($(origin CC),default)
CC      := gcc
endif
ifeq ($(origin CXX),default)
CXX     := $(if $(findstring clang,$(CC)),clang++,g++)
endif
BUILD   ?= build
OPT     ?= -O3
V       ?= 0
# Runs a built program: empty, or for example `qemu-aarch64 -L /usr/aarch64-linux-gnu`.
EXEC_WRAPPER ?=
SANITIZE ?=

Q       := $(if $(filter 1,$(V)),,@)
say      = $(if $(filter 1,$(V)),,@printf '  %-7s %s\n' '$(1)' '$(2)')

include mk/setup.mk

# Empty where the compiler is not there yet: mk/setup.mk installs it and make starts over.
TRIPLET := $(shell $(CC) -print-multiarch 2>/dev/null || $(CC) -dumpmachine 2>/dev/null)
MACHINE := $(firstword $(subst -, ,$(shell $(CC) -dumpmachine 2>/dev/null)))

WARN    := -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror
# What a function takes of the stack; GEMM's run_rows copies parts of its operands (kernels/level_gemm.c).
# Sanitizers need more.
FRAME   := $(if $(SANITIZE),,-Wframe-larger-than=65536)
FRAME_LEVEL := $(if $(SANITIZE),,-Wframe-larger-than=1048576)
# The contract: fused multiply-add only where the source writes it, no reassociation, errno and trap
# behaviour is not observed (needed to vectorise sqrt and selections; changes no value).
NUMERIC := -ffp-contract=off -fno-math-errno -fno-trapping-math
ifneq ($(findstring clang,$(shell $(CC) --version 2>/dev/null | head -1)),)
WARN    += -Wno-pass-failed
else
# In ISO mode gcc for s390x evaluates binary32 expressions in binary64 (FLT_EVAL_METHOD 1).
NUMERIC += -fexcess-precision=fast
endif
SAN     := $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer)
# Sizes and times of files have 64 bits on every architecture.
FEATURES := -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64
CFLAGS_ALL   = -std=c17 $(FEATURES) $(OPT) -g $(WARN) $(FRAME) $(NUMERIC) $(SAN) $(CROSS_FLAGS) -I. $(SYSROOT_FLAGS) $(CFLAGS)
CXXFLAGS_ALL = -std=c++17 $(OPT) -g -Wall -Wextra -Werror $(SAN) $(CROSS_FLAGS) -I. $(SYSROOT_FLAGS) $(CXXFLAGS)

# Levels of the kernels' source: one object set each, chosen at run time. A loop that begins in the middle
# of what a CPU fetches at a time is slower.
LEVEL_FLAGS := -falign-loops=32
ifeq ($(MACHINE),x86_64)
LEVELS  := baseline v3 v4
LEVEL_FLAGS_baseline := -march=x86-64
LEVEL_FLAGS_v3 := -march=x86-64-v3
LEVEL_FLAGS_v4 := -march=x86-64-v4 -mprefer-vector-width=512
else
# aarch64 has FMA and 128-bit vectors in its base; others take what their base has.
LEVELS  := baseline
LEVEL_FLAGS_baseline :=
endif

BLIS_CFLAGS := $(foreach place,$(TRIPLET)/blis-openmp blis-openmp,-isystem $(SYSROOT)/usr/include/$(place))
LIBS    := $(SYSROOT_FLAGS) $(CROSS_LIBS) -lblis -ljansson -lz -lcsv -lcrypto -lgsl -lgslcblas -lxxhash -lbenchmark -lm
