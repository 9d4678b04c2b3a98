/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/bench/compare.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LEAST_REPETITIONS = 4 };

/* Files of one name from several folders: the second is name#2. */
static void tell_apart(struct comparison *c)
{
	for (int i = 0; i < c->file_count; i++) {
		int same = 1;
		size_t length = strlen(c->files[i].name);
		for (int j = 0; j < i; j++) {
			const char *other = c->files[j].name;
			same += !strncmp(other, c->files[i].name, length) &&
				(other[length] == '\0' || other[length] == '#');
		}
		if (same > 1)
			snprintf(c->files[i].name + length, sizeof c->files[i].name - length, "#%d",
				 same);
	}
}

static int read_files(struct comparison *c, char *const *file_names, int count, bool whole_only,
		      struct error *error)
{
	c->files = calloc((size_t)count, sizeof *c->files);
	if (!c->files)
		return error_no_memory(error, NULL);
	for (int i = 0; i < count; i++) {
		struct bench_file *file = &c->files[c->file_count];
		int status = bench_file_read(file, file_names[i], error);
		if (status)
			return status;
		if (!whole_only || !bench_file_is_part(file)) {
			c->file_count++;
			continue;
		}
		fprintf(stderr,
			"note: %s has %d of the suite's %d rows and is left out: name it to have "
			"it in\n",
			file_names[i], file->row_count, file->suite_rows);
		bench_file_free(file);
	}
	if (c->file_count == 0)
		return error_set(error, ERROR_INPUT, NULL, 0, 0, NULL,
				 "a file with all rows, or the names of those to compare",
				 "found only files with a part of the suite");
	tell_apart(c);
	return 0;
}

/* row_count: not there. */
static int place_of(const struct comparison *c, const char *name)
{
	int i = 0;
	while (i < c->row_count && strcmp(c->rows[i], name) != 0)
		i++;
	return i;
}

/* A row that the files before do not have stands behind the one that is before it in its file. */
static void add_rows(struct comparison *c, const struct bench_file *file)
{
	int next = 0;
	for (int i = 0; i < file->row_count; i++) {
		const char *name = file->rows[i].name;
		int at = place_of(c, name);
		if (at == c->row_count) {
			at = next;
			memmove(&c->rows[at + 1], &c->rows[at],
				(size_t)(c->row_count - at) * sizeof *c->rows);
			c->rows[at] = name;
			c->row_count++;
		}
		next = at + 1;
	}
}

static int collect_rows(struct comparison *c, struct error *error)
{
	size_t most = 1;
	for (int f = 0; f < c->file_count; f++)
		most += (size_t)c->files[f].row_count;
	c->rows = calloc(most, sizeof *c->rows);
	if (!c->rows)
		return error_no_memory(error, NULL);
	for (int f = 0; f < c->file_count; f++)
		add_rows(c, &c->files[f]);
	return 0;
}

/* The first file that has the row, and the first that disagrees with it. */
static bool row_agrees(const struct comparison *c, const char *name, int *first, int *other)
{
	*first = -1;
	for (int f = 0; f < c->file_count; f++) {
		const struct bench_row *row = bench_file_row(&c->files[f], name);
		if (!row)
			continue;
		if (*first < 0)
			*first = f;
		*other = f;
		if (strcmp(row->hash, bench_file_row(&c->files[*first], name)->hash) != 0)
			return false;
	}
	return true;
}

static int check_hashes(const struct comparison *c, struct error *error)
{
	int broken = 0, status = 0;
	for (int i = 0; i < c->row_count; i++) {
		int first, other;
		if (row_agrees(c, c->rows[i], &first, &other) || broken++)
			continue;
		const struct bench_file *a = &c->files[first], *b = &c->files[other];
		status =
		    error_set(error, ERROR_CHECK, b->json.name, 0, 0, c->rows[i],
			      "equal output hashes: a machine or build does not keep the contract",
			      "xxh3=%s here, xxh3=%s in %s", bench_file_row(b, c->rows[i])->hash,
			      bench_file_row(a, c->rows[i])->hash, a->json.name);
	}
	if (broken > 1) {
		size_t used = strlen(error->what);
		snprintf(error->what + used, sizeof error->what - used, " (and %d more rows)",
			 broken - 1);
	}
	return status;
}

/* Standard deviation relative to the median, by the interquartile range of a normal distribution.
 */
static double spread(const struct bench_row *row)
{
	static const double deviation = 0.7413; /* 1 / (2 quantile(3/4)) */
	return deviation *
	       (quantile_of(row->times, row->count, 0.75) -
		quantile_of(row->times, row->count, 0.25)) /
	       row->time.value;
}

/* Rows that do nothing but count cycles: what they differ by, the CPU's clock did. */
static const char *const clock_rows[] = {"overhead/c++", "roof/fma"};

/* Two levels or compilers may part in one of them: then it is no clock. */
static const double clock_rows_agree = 0.02;

static double clock_of(const struct bench_file *a, const struct bench_file *b)
{
	double ratio[2];
	if (strcmp(a->cpu, b->cpu) != 0 || a->threads > 1 || b->threads > 1)
		return 1.0;
	for (int i = 0; i < 2; i++) {
		const struct bench_row *x = bench_file_row(a, clock_rows[i]);
		const struct bench_row *y = bench_file_row(b, clock_rows[i]);
		if (!x || !y || x->count < LEAST_REPETITIONS || y->count < LEAST_REPETITIONS)
			return 1.0;
		ratio[i] = y->time.value / x->time.value;
	}
	return fabs(log(ratio[0] / ratio[1])) <= clock_rows_agree ? sqrt(ratio[0] * ratio[1]) : 1.0;
}

static bool compare_row(const struct comparison *c, const struct pair *pair, int i)
{
	struct difference *d = &pair->rows[i];
	const struct bench_row *a = bench_file_row(&c->files[pair->a], c->rows[i]);
	const struct bench_row *b = bench_file_row(&c->files[pair->b], c->rows[i]);
	if (!a || !b || a->count < LEAST_REPETITIONS || b->count < LEAST_REPETITIONS)
		return true;
	/* Memory keeps a time of its own. */
	const double clock = a->roof == ROOF_MEMORY ? 1.0 : pair->clock;
	double *times = calloc((size_t)b->count, sizeof *times);
	if (!times)
		return false;
	for (int j = 0; j < b->count; j++)
		times[j] = b->times[j] / clock;
	d->tested = true;
	d->relative = b->time.value / clock / a->time.value - 1.0;
	d->least = fmax(COMPARE_EFFECT, fmax(spread(a), spread(b)));
	d->p = mann_whitney(a->times, a->count, times, b->count);
	free(times);
	return true;
}

static bool adjust(const struct comparison *c, struct pair *pair)
{
	double *p = calloc((size_t)c->row_count * 2, sizeof *p);
	if (!p)
		return false;
	double *q = p + c->row_count;
	for (int i = 0; i < c->row_count; i++)
		if (pair->rows[i].tested)
			p[pair->tested++] = pair->rows[i].p;
	bool ok = false_discovery_rates(p, q, pair->tested);
	for (int i = 0, at = 0; ok && i < c->row_count; i++) {
		struct difference *d = &pair->rows[i];
		if (!d->tested)
			continue;
		d->q = q[at++];
		d->differs = d->q <= COMPARE_RATE && fabs(d->relative) >= d->least;
		pair->different += d->differs;
	}
	free(p);
	return ok;
}

static int compare_pairs(struct comparison *c, struct error *error)
{
	c->pairs = calloc((size_t)(c->file_count * c->file_count), sizeof *c->pairs);
	if (!c->pairs)
		return error_no_memory(error, NULL);
	for (int a = 0; a < c->file_count; a++)
		for (int b = a + 1; b < c->file_count; b++) {
			struct pair *pair = &c->pairs[c->pair_count++];
			*pair = (struct pair){.a = a, .b = b};
			pair->rows = calloc((size_t)c->row_count, sizeof *pair->rows);
			if (!pair->rows)
				return error_no_memory(error, NULL);
			pair->clock = clock_of(&c->files[a], &c->files[b]);
			for (int i = 0; i < c->row_count; i++)
				if (!compare_row(c, pair, i))
					return error_no_memory(error, NULL);
			if (!adjust(c, pair))
				return error_no_memory(error, NULL);
		}
	return 0;
}

int bench_compare(struct comparison *comparison, char *const *file_names, int count,
		  bool whole_only, struct error *error)
{
	memset(comparison, 0, sizeof *comparison);
	int status = read_files(comparison, file_names, count, whole_only, error);
	status = status ? status : collect_rows(comparison, error);
	status = status ? status : check_hashes(comparison, error);
	status = status ? status : compare_pairs(comparison, error);
	if (status)
		bench_compare_free(comparison);
	return status;
}

void bench_compare_free(struct comparison *comparison)
{
	for (int i = 0; i < comparison->file_count; i++)
		bench_file_free(&comparison->files[i]);
	for (int i = 0; i < comparison->pair_count; i++)
		free(comparison->pairs[i].rows);
	free(comparison->files);
	free(comparison->rows);
	free(comparison->pairs);
	memset(comparison, 0, sizeof *comparison);
}
