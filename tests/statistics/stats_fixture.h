/* SPDX-License-Identifier: Apache-2.0 */
/* Reads tests/fixtures/stats; every function fails the running test when it cannot. */
#ifndef SHEAFBENCH_TESTS_STATISTICS_STATS_FIXTURE_H
#define SHEAFBENCH_TESTS_STATISTICS_STATS_FIXTURE_H

#include <jansson.h>
#include <stdint.h>

#include "kernels/random.h"

enum { STATS_MOST = 128 };

struct stats_numbers {
	double value[STATS_MOST];
	int64_t whole[STATS_MOST]; /* the same, cut */
	int64_t n;
};

/* json_decref() it. */
json_t *stats_fixture(const char *name);
double stats_number(const json_t *object, const char *key);
struct stats_numbers stats_numbers(const json_t *array);

/* |found - expected| <= tolerance; `what` and the case's name are printed. */
void stats_near(const json_t *object, const char *what, double found, double expected,
		double tolerance);
/* Against the number `key`, to 1e-12 relative. */
void stats_same(const json_t *object, const char *key, double found);

/* Normal noise (Box and Muller). */
double stats_normal(struct random_stream *stream);

#endif
