/* SPDX-License-Identifier: Apache-2.0 */
#include "models/matched_width.h"

#include <stdlib.h> /* llabs */

#include "models/arch_limits.h"

const char *const arch_match_names[] = {"total_params", "active_params", "train_flops", NULL};

int64_t matched_count(const struct arch *arch, enum arch_match on)
{
	struct arch_counts counts = arch_count(arch);
	switch (on) {
	case MATCH_TOTAL_PARAMS:
		return counts.total_params;
	case MATCH_ACTIVE_PARAMS:
		return counts.active_params;
	case MATCH_TRAIN_FLOPS:
		return counts.train_flops;
	}
	return 0;
}

static int64_t count_with(struct arch dense, enum arch_match on, int64_t intermediate)
{
	dense.intermediate = intermediate;
	return matched_count(&dense, on);
}

int64_t matched_intermediate(const struct arch *dense, enum arch_match on, int64_t target,
			     int64_t *residual)
{
	/* Every count grows with the intermediate, so bisection finds the largest one that does
	 * not exceed the target; only its successor can be nearer. */
	int64_t low = 1, high = ARCH_MAX_DIM;
	while (low < high) {
		int64_t middle = low + (high - low + 1) / 2;
		if (count_with(*dense, on, middle) <= target)
			low = middle;
		else
			high = middle - 1;
	}
	int64_t below = count_with(*dense, on, low) - target;
	if (low < ARCH_MAX_DIM && below < 0) {
		int64_t above = count_with(*dense, on, low + 1) - target;
		if (above < -below) {
			*residual = above;
			return low + 1;
		}
	}
	*residual = below;
	return low;
}

bool matched_closely(int64_t target, int64_t residual)
{
	return llabs(residual) <= target / 1000;
}

static void match_at_width(struct arch *dense, int64_t hidden, enum arch_match on, int64_t target,
			   int64_t *residual)
{
	dense->hidden_dim = hidden;
	dense->intermediate = matched_intermediate(dense, on, target, residual);
}

void matched_near_width(struct arch *dense, enum arch_match on, int64_t target, int64_t *residual)
{
	int64_t width = dense->hidden_dim, best = width, least = INT64_MAX;
	for (int64_t away = 0; away <= 2 * (width / 8); away++) {
		int64_t hidden = away % 2 ? width - (away + 1) / 2 : width + away / 2;
		match_at_width(dense, hidden, on, target, residual);
		if (matched_closely(target, *residual))
			return;
		if (llabs(*residual) < least) {
			least = llabs(*residual);
			best = hidden;
		}
	}
	match_at_width(dense, best, on, target, residual);
}
