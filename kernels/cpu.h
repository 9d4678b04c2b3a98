/* SPDX-License-Identifier: Apache-2.0 */
/* What the CPU under the program can execute.  On PowerPC a program that links cpu.c keeps
 * subnormals in AltiVec too (docs/NUMERICS.md), from before main. */
#ifndef SHEAFBENCH_KERNELS_CPU_H
#define SHEAFBENCH_KERNELS_CPU_H

#include <stdbool.h>
#include <stddef.h>

/* What kernels may need, as bits; usable under this operating system. */
enum cpu_feature {
	CPU_FMA = 1,
	CPU_AVX2 = 2,   /* with BMI2 */
	CPU_AVX512 = 4, /* F, DQ, BW, VL and CD */
	CPU_AARCH64 = 8,
};

struct cpu {
	char architecture[68]; /* "x86_64", "aarch64", ... */
	char model[128];       /* as the system names it, told from its like; "" when it does not */
	unsigned features;     /* enum cpu_feature */
};

static inline bool cpu_has(const struct cpu *cpu, unsigned needs)
{
	return (needs & ~cpu->features) == 0;
}

/* Never fails: what is not found out is "" or no feature. */
void cpu_detect(struct cpu *cpu);
/* The features as a comma-separated text, for records; cut at `size` bytes. */
void cpu_features(const struct cpu *cpu, char *text, size_t size);
/* What tells CPUs apart whose speed may differ: architecture, name, family, model, stepping and
 * features; at most 400 bytes. */
void cpu_identity(const struct cpu *cpu, char *text, size_t size);
/* The name of a file about the CPU at a kernel level: "AMD EPYC 7B13" and v3 give amd-epyc-7b13-v3.
 * What is no ASCII letter or digit becomes one '-', and is left out at the ends; a long name is
 * cut, never the level. size: more than strlen(level) + 2. */
void cpu_file_stem(const struct cpu *cpu, const char *level, char *stem, size_t size);

#endif
