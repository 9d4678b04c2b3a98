/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/gemm_rules.h"

/* With rows of B at 2 KiB and multiples, they compete for few sets of the caches, and further apart
 * each is a page of its own, of which nothing is fetched ahead. */
const struct gemm_rules gemm_rules_known[GEMM_RULES] = {
    {.name = "intel",
     .k_major = {.stride = 192, .panels = 2, .rows = 24, .depth = 16},
     .row_major = {.stride = 512, .panels = 8, .rows = 24, .depth = 16},
     .transposed = {.stride = 512, .panels = 8, .rows = 24, .depth = 16},
     .far_apart = {{4096, 4}, {2048, 16}, {512, 48}}},
    {.name = "amd",
     .k_major = {.stride = 640, .panels = 16, .rows = 24, .depth = 16},
     .row_major = {.stride = 640, .panels = 16, .rows = 4, .depth = 16},
     .transposed = {.stride = 640, .panels = 16, .rows = 64, .depth = 16},
     .far_apart = {{4096, 4}, {2048, 8}, {1024, 96}, {512, 160}}},
};

const struct gemm_rules *gemm_rules = gemm_rules_known;

const struct gemm_rules *gemm_rules_of_cpu(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_cpu_init();
	if (__builtin_cpu_is("amd"))
		return &gemm_rules_known[1];
#endif
	return gemm_rules_known;
}
