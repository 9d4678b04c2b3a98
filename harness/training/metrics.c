/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/training/metrics.h"

#include <math.h> /* isfinite */
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* A leading * stands for the name of a head or part, # for a number.  The first that fits counts,
 * so that the metrics of a head whose name is like a router's are the head's. */
static const struct {
	const char *name;
	enum value_range range;
} known[] = {
    {"loss", RANGE_REAL},
    {"accuracy", RANGE_PROPORTION},
    {"*.loss", RANGE_REAL},
    {"*.accuracy", RANGE_PROPORTION},
    {"*.brier", RANGE_PROPORTION}, /* mean of (p - t)^2, both in [0, 1] */
    {"router.entropy", RANGE_REAL},
    {"router.load.#", RANGE_PROPORTION},
    {"router.dead", RANGE_REAL},
    {"router.balance", RANGE_REAL},
    {"router.overlap_penalty", RANGE_REAL},
    {"router.gluing_mean", RANGE_REAL},
    {"router.gluing_max", RANGE_REAL},
    {"router.saturated", RANGE_PROPORTION},
    {"router.load_cv", RANGE_REAL},
    {"router.load_max", RANGE_REAL},
    {"router.pair.#.#", RANGE_REAL},
    {"router.outside_nerve", RANGE_PROPORTION},
    {"router.overruled", RANGE_PROPORTION},
    {"router.class_information", RANGE_REAL},
    {"router.true_information", RANGE_REAL},
    {"router.true_agreement", RANGE_PROPORTION},
    {"router.padic.error_max", RANGE_REAL},
    {"router.padic.digits", RANGE_REAL},
    {"router.padic.skipped", RANGE_PROPORTION},
    {"router.padic.zeros", RANGE_PROPORTION},
    {"router.padic.valuation.#", RANGE_PROPORTION},
};
enum { KNOWN = sizeof known / sizeof *known };

static bool fits(const char *pattern, const char *name)
{
	if (*pattern == '*') {
		size_t length = strlen(name), tail = strlen(pattern + 1);
		return length > tail && strcmp(name + length - tail, pattern + 1) == 0;
	}
	for (; *pattern; pattern++) {
		if (*pattern != '#') {
			if (*name++ != *pattern)
				return false;
			continue;
		}
		size_t digits = strspn(name, "0123456789");
		if (digits == 0)
			return false;
		name += digits;
	}
	return *name == '\0';
}

static int find(const char *name)
{
	for (int m = 0; m < KNOWN; m++)
		if (fits(known[m].name, name))
			return m;
	return -1;
}

enum value_range metric_range(const char *name)
{
	int found = find(name);
	return found < 0 ? RANGE_REAL : known[found].range;
}

bool metric_is_known(const char *name)
{
	return find(name) >= 0;
}

bool metric_allows(const char *name, double value)
{
	if (!isfinite(value))
		return false;
	return metric_range(name) == RANGE_REAL || (value >= 0.0 && value <= 1.0);
}

const char *metric_allowed(const char *name)
{
	return metric_range(name) == RANGE_REAL ? "a finite number" : "a number from 0 to 1";
}

void metrics_put(struct metrics *metrics, double value, const char *format, ...)
{
	if (metrics->count == METRICS_MAX)
		return;
	struct metric *metric = &metrics->metric[metrics->count++];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(metric->name, sizeof metric->name, format, arguments);
	va_end(arguments);
	metric->value = value;
}

const struct metric *metrics_find(const struct metrics *metrics, const char *name)
{
	for (int i = 0; i < metrics->count; i++)
		if (!strcmp(metrics->metric[i].name, name))
			return &metrics->metric[i];
	return NULL;
}
