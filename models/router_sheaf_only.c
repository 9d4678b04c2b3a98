/* SPDX-License-Identifier: Apache-2.0 */
/* SheafOnly: T is the simplex of the nerve with the largest sum of p (ties: lexicographic). */
#include "models/router.h"

#include <string.h>

/* Sums of probabilities are compared exactly, as fixed point with 2^-149 (the smallest binary32) as
 * unit: rounded sums could tie where the exact ones do not, and then a complete nerve would not
 * choose what top-k chooses.  160 bits hold a sum of eight values <= 1. */
struct exact_sum {
	uint32_t word[5]; /* least significant first */
};

static void exact_add(struct exact_sum *sum, float p)
{
	uint32_t bits;
	memcpy(&bits, &p, sizeof bits);
	uint32_t exponent = bits >> 23 & 0xff;
	uint64_t mantissa = (bits & 0x7fffff) | (exponent ? 0x800000u : 0);
	uint32_t shift = exponent ? exponent - 1 : 0;
	uint64_t carry = 0, part = mantissa << (shift % 32);
	for (uint32_t i = shift / 32; i < 5; i++) {
		uint64_t total = (uint64_t)sum->word[i] + (part & 0xffffffffu) + carry;
		sum->word[i] = (uint32_t)total;
		carry = total >> 32;
		part >>= 32;
	}
}

static bool exact_greater(const struct exact_sum *x, const struct exact_sum *y)
{
	for (int i = 4; i >= 0; i--)
		if (x->word[i] != y->word[i])
			return x->word[i] > y->word[i];
	return false;
}

void router_choose_simplex(const float *p, const struct nerve *nerve, uint8_t *chosen)
{
	struct exact_sum best = {{0}};
	int winner = 0;
	for (int s = 0; s < nerve->count; s++) {
		struct exact_sum sum = {{0}};
		for (int i = 0; i < nerve->k; i++)
			exact_add(&sum, p[nerve->simplex[s][i]]);
		/* Simplices are in lexicographic order: the first of equals stays. */
		if (s == 0 || exact_greater(&sum, &best)) {
			best = sum;
			winner = s;
		}
	}
	memcpy(chosen, nerve->simplex[winner], (size_t)nerve->k);
}

const struct router router_sheaf_only = {
    .choose = router_choose_simplex,
    .has_nerve = true,
    .has_controls = true,
};
