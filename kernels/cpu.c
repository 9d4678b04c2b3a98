/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/cpu.h"

#include <ctype.h>
#include <math.h> /* FP_FAST_FMAF */
#include <stdio.h>
#include <stdlib.h> /* atoi */
#include <string.h>
#include <sys/utsname.h>

#if defined __powerpc__ && defined __ALTIVEC__
/* Linux starts a program with AltiVec flushing subnormals to zero, and gcc mixes its vmaddfp with
 * VSX's xvmaddasp, which keeps them. Before main, so that every thread inherits it. */
__attribute__((constructor)) static void keep_subnormals(void)
{
	typedef int vector_status __attribute__((vector_size(16)));
	__builtin_altivec_mtvscr((vector_status){0});
}
#endif

/* What the system says of the first processor; numbers are -1 where it says none. */
struct cpu_numbers {
	char name[64];
	int family, model, stepping;
};

static void read_numbers(struct cpu_numbers *numbers)
{
	FILE *file = fopen("/proc/cpuinfo", "r");
	char line[512];
	*numbers = (struct cpu_numbers){.family = -1, .model = -1, .stepping = -1};
	/* An empty line ends a processor. */
	while (file && fgets(line, sizeof line, file) && line[0] != '\n') {
		const char *colon = strchr(line, ':');
		if (!colon)
			continue;
		if (!strncmp(line, "cpu family", 10))
			numbers->family = atoi(colon + 1);
		else if (!strncmp(line, "model\t", 6))
			numbers->model = atoi(colon + 1);
		else if (!strncmp(line, "stepping", 8))
			numbers->stepping = atoi(colon + 1);
		else if (!strncmp(line, "model name", 10) && colon[1])
			snprintf(numbers->name, sizeof numbers->name, "%.*s",
				 (int)strcspn(colon + 2, "\n"), colon + 2);
	}
	if (file)
		fclose(file);
}

/* A name without a number, as hypervisors give ("AMD EPYC"), is that of many CPUs: family and model
 * are added. */
static void read_model(char *model, size_t size)
{
	struct cpu_numbers numbers;
	read_numbers(&numbers);
	if (!numbers.name[0] || strpbrk(numbers.name, "0123456789") || numbers.family < 0 ||
	    numbers.model < 0)
		snprintf(model, size, "%s", numbers.name);
	else
		snprintf(model, size, "%s family %d model %d", numbers.name, numbers.family,
			 numbers.model);
}

void cpu_detect(struct cpu *cpu)
{
	memset(cpu, 0, sizeof *cpu);
	read_model(cpu->model, sizeof cpu->model);
#if defined(__x86_64__)
	snprintf(cpu->architecture, sizeof cpu->architecture, "x86_64");
	/* PORTABILITY: gcc and clang; also asks whether the system saves the wide registers. */
	__builtin_cpu_init();
	if (__builtin_cpu_supports("fma"))
		cpu->features |= CPU_FMA;
	if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2"))
		cpu->features |= CPU_AVX2;
	if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
	    __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
	    __builtin_cpu_supports("avx512cd"))
		cpu->features |= CPU_AVX512;
#elif defined(__aarch64__)
	snprintf(cpu->architecture, sizeof cpu->architecture, "aarch64");
	cpu->features = CPU_AARCH64 | CPU_FMA;
#elif defined(__i386__)
	/* The system says what the CPU could be. */
	snprintf(cpu->architecture, sizeof cpu->architecture, "i386");
#else
	struct utsname system;
	snprintf(cpu->architecture, sizeof cpu->architecture, "%s",
		 uname(&system) ? "other" : system.machine);
#ifdef FP_FAST_FMAF
	cpu->features = CPU_FMA;
#endif
#endif
}

void cpu_features(const struct cpu *cpu, char *text, size_t size)
{
	snprintf(text, size, "%s%s%s", cpu_has(cpu, CPU_FMA) ? "fma" : "",
		 cpu_has(cpu, CPU_AVX2) ? ",avx2" : "",
		 cpu_has(cpu, CPU_AVX512) ? ",avx512f,avx512dq,avx512bw,avx512vl" : "");
}

void cpu_identity(const struct cpu *cpu, char *text, size_t size)
{
	struct cpu_numbers numbers;
	char features[128];
	read_numbers(&numbers);
	cpu_features(cpu, features, sizeof features);
	snprintf(text, size, "%s %s family %d model %d stepping %d %s", cpu->architecture,
		 numbers.name, numbers.family, numbers.model, numbers.stepping, features);
}

void cpu_file_stem(const struct cpu *cpu, const char *level, char *stem, size_t size)
{
	const size_t most = size - strlen(level) - 2; /* '-' and the end */
	size_t used = 0;
	for (const char *c = cpu->model[0] ? cpu->model : cpu->architecture; *c; c++) {
		const unsigned char byte = (unsigned char)*c;
		const bool plain = byte < 0x80 && isalnum(byte);
		if (used < most && (plain || (used && stem[used - 1] != '-')))
			stem[used++] = plain ? (char)tolower(byte) : '-';
	}
	while (used && stem[used - 1] == '-')
		used--;
	snprintf(stem + used, size - used, "-%s", level);
}
