/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/cpu.h"

#include <math.h> /* FP_FAST_FMAF */
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

static void read_model(char *model, size_t size)
{
	FILE *file = fopen("/proc/cpuinfo", "r");
	char line[512];
	model[0] = '\0';
	while (file && fgets(line, sizeof line, file)) {
		const char *colon = strchr(line, ':');
		if (strncmp(line, "model name", 10) || !colon)
			continue;
		snprintf(model, size, "%s", colon + 2);
		model[strcspn(model, "\n")] = '\0';
		break;
	}
	if (file)
		fclose(file);
}

void cpu_detect(struct cpu *cpu)
{
	memset(cpu, 0, sizeof *cpu);
	read_model(cpu->model, sizeof cpu->model);
#if defined(__x86_64__)
	snprintf(cpu->architecture, sizeof cpu->architecture, "x86_64");
	/* PORTABILITY: gcc and clang; also asks whether the system saves the wide registers. */
	__builtin_cpu_init();
	cpu->avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2");
	cpu->fma = __builtin_cpu_supports("fma");
	cpu->avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
		      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
		      __builtin_cpu_supports("avx512cd");
#elif defined(__aarch64__)
	snprintf(cpu->architecture, sizeof cpu->architecture, "aarch64");
	cpu->fma = true;
#else
	struct utsname system;
	snprintf(cpu->architecture, sizeof cpu->architecture, "%s",
		 uname(&system) ? "other" : system.machine);
#ifdef FP_FAST_FMAF
	cpu->fma = true;
#endif
#endif
}

void cpu_features(const struct cpu *cpu, char *text, size_t size)
{
	snprintf(text, size, "%s%s%s", cpu->fma ? "fma" : "", cpu->avx2 ? ",avx2" : "",
		 cpu->avx512 ? ",avx512f,avx512dq,avx512bw,avx512vl" : "");
}
