/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/statistics/stats_fixture.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

json_t *stats_fixture(const char *name)
{
	char path[256];
	json_error_t error;
	snprintf(path, sizeof path, "tests/fixtures/stats/%s", name);
	json_t *root = json_load_file(path, 0, &error);
	if (!root)
		fail_msg("%s:%d: %s", path, error.line, error.text);
	return root;
}

double stats_number(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);
	if (!json_is_number(value))
		fail_msg("no number %s", key);
	return json_number_value(value);
}

struct stats_numbers stats_numbers(const json_t *array)
{
	struct stats_numbers numbers = {.n = (int64_t)json_array_size(array)};
	if (numbers.n < 1 || numbers.n > STATS_MOST)
		fail_msg("%lld numbers", (long long)numbers.n);
	for (int64_t i = 0; i < numbers.n; i++) {
		numbers.value[i] = json_number_value(json_array_get(array, (size_t)i));
		numbers.whole[i] = (int64_t)numbers.value[i];
	}
	return numbers;
}

void stats_near(const json_t *object, const char *what, double found, double expected,
		double tolerance)
{
	const char *name = json_string_value(json_object_get(object, "name"));
	if (!(fabs(found - expected) <= tolerance))
		fail_msg("%s: %s: found %.17g, expected %.17g", name ? name : "-", what, found,
			 expected);
}

void stats_same(const json_t *object, const char *key, double found)
{
	double expected = stats_number(object, key);
	stats_near(object, key, found, expected, 1e-12 * fabs(expected));
}

double stats_normal(struct random_stream *stream)
{
	double radius = sqrt(-2.0 * log(1.0 - random_unit_double(stream)));
	return radius * cos(6.283185307179586 * random_unit_double(stream));
}
