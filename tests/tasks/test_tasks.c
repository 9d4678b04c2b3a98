/* SPDX-License-Identifier: Apache-2.0 */
/* Task files and the data sets they describe. Run from the repository root. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "harness/tasks/dataset.h"
#include "harness/tasks/dataset_hash.h"
#include "harness/tasks/generate.h"
#include "foundation/digest.h"
#include "tests/corpus.h"

static void load(const char *name, struct task *task, struct dataset *dataset)
{
	struct error error = {0};
	if (task_read(task, name, NULL, &error) || dataset_load(dataset, task, &error)) {
		error_print(stderr, &error);
		fail();
	}
}

static void check_shape(const char *name, int64_t rows, int64_t train, int64_t in, int64_t out,
			int heads)
{
	struct task task;
	struct dataset d;
	char hex[65];
	load(name, &task, &d);
	assert_int_equal(d.rows, rows);
	assert_int_equal(d.train_rows, train);
	assert_int_equal(d.input_dim, in);
	assert_int_equal(d.output_dim, out);
	assert_int_equal(d.heads.count, heads);
	assert_int_equal(dataset_hash(&task, NULL, hex, NULL), 0);
	assert_string_equal(hex, d.sha256);
	for (int64_t c = 0; c < out; c++)
		assert_non_null(d.class_names[c]);
	for (int64_t c = 0; c < in; c++)
		assert_non_null(d.input_names[c]);
	/* Softmax targets sum to one in every row. */
	for (int64_t r = 0; r < rows; r += 97)
		for (int h = 0; h < heads; h++) {
			const struct head *head = &d.heads.head[h];
			double sum = 0.0;
			for (int64_t c = 0; c < head->width; c++)
				sum += (double)d.targets[r * out + head->offset + c];
			if (head->kind == HEAD_SOFTMAX)
				assert_true(fabs(sum - 1.0) < 1e-6);
		}
	dataset_free(&d);
	task_free(&task);
}

static void test_shipped(void **state)
{
	(void)state;
	check_shape("letter", 20000, 16000, 16, 26, 1);
	check_shape("diamonds", 53940, 43152, 7, 20, 3);
	check_shape("quality_decision", 20000, 16000, 96, 20, 2);
}

static void test_fashion(void **state)
{
	(void)state;
	struct task task;
	assert_int_equal(task_read(&task, "fashion_mnist", NULL, NULL), 0);
	bool there = access(task.files[0].path, R_OK) == 0;
	task_free(&task);
	if (!there) {
		print_message("skipped: the Fashion-MNIST files are not installed\n");
		skip();
	}
	check_shape("fashion_mnist", 70000, 60000, 784, 10, 1);
}

/* Mean 0 and deviation 1 over the training rows, and not over all. */
static void test_standardised(void **state)
{
	struct task task;
	struct dataset d;
	(void)state;
	load("diamonds", &task, &d);
	for (int64_t c = 0; c < d.input_dim; c++) {
		double sum = 0.0, square = 0.0, rest = 0.0;
		for (int64_t r = 0; r < d.rows; r++) {
			double x = (double)d.inputs[r * d.input_dim + c];
			if (r < d.train_rows) {
				sum += x;
				square += x * x;
			} else {
				rest += x;
			}
		}
		double n = (double)d.train_rows;
		assert_true(fabs(sum / n) < 1e-6);
		assert_true(fabs(square / n - 1.0) < 1e-5);
		assert_true(fabs(rest) > 1e-3);
	}
	dataset_free(&d);
	task_free(&task);
}

/* Values worked out by hand; see tests/good/tables. */
static void test_quoted_table(void **state)
{
	struct task task;
	struct dataset d;
	(void)state;
	load("tests/good/tables/quoted.json", &task, &d);
	assert_int_equal(d.rows, 6);
	assert_int_equal(d.train_rows, 5);
	/* petal + flag, two soils + flag, size + flag */
	assert_int_equal(d.input_dim, 7);
	assert_int_equal(d.output_dim, 2);
	assert_string_equal(d.class_names[0], "species=iris; blue");
	assert_string_equal(d.class_names[1], "species=red rose");
	assert_string_equal(d.input_names[1], "petal; length missing");
	assert_string_equal(d.input_names[3], "soil=sand \"dry\"");
	/* petals 1.5, 2.5, 5.5, 3.5: mean 3.25, variance 2.1875 */
	double std = sqrt(2.1875);
	assert_true(d.inputs[0] == (float)((1.5 - 3.25) / std));
	assert_true(d.inputs[2 * 7] == 0.0f && d.inputs[2 * 7 + 1] == 1.0f);
	assert_true(d.inputs[7 + 3] == 1.0f && d.inputs[7 + 2] == 0.0f);
	assert_true(d.inputs[4 * 7 + 2] == 0.0f && d.inputs[4 * 7 + 3] == 0.0f &&
		    d.inputs[4 * 7 + 4] == 1.0f);
	assert_true(d.inputs[2 * 7 + 5] == 0.5f && d.inputs[7 + 5] == 1.0f);
	assert_true(d.inputs[3 * 7 + 6] == 1.0f);
	dataset_free(&d);
	task_free(&task);
}

static void test_plain_table(void **state)
{
	struct task task;
	struct dataset d;
	float *inputs;
	uint32_t *lines;
	int64_t rows;
	struct error error = {0};
	(void)state;
	load("tests/good/tables/plain.json", &task, &d);
	assert_int_equal(d.rows, 4);
	assert_int_equal(d.train_rows, 3);
	assert_int_equal(d.input_dim, 3);
	assert_string_equal(d.class_names[0], "answer=no");
	assert_int_equal(dataset_encode_file(&d, &task, "tests/good/tables/plain.csv.gz", &inputs,
					     &lines, &rows, &error),
			 0);
	assert_int_equal(rows, 4);
	assert_true(inputs[1] == 1.0f && inputs[3 + 2] == 1.0f);
	assert_true(lines[0] == 1 && lines[3] == 4);
	free(inputs);
	free(lines);
	assert_int_equal(dataset_encode_file(&d, &task, "tests/good/tables/quoted.csv", &inputs,
					     &lines, &rows, &error),
			 ERROR_INPUT);
	dataset_free(&d);
	task_free(&task);
}

/* A byte-order mark, CR CR LF, a header with a line break; categories are their bytes; a quoted
 * missing mark is one; nanoseconds; what is lost of them is said. */
static void test_texts(void **state)
{
	static const char *const categories[] = {"k\nind=007", "k\nind=1",  "k\nind=1.0",
						 "k\nind=7",   "k\nind=NA", "k\nind=Null"};
	static const int category_of[] = {4, 5, 0, 2, 1, 3, 4};
	static const double v[] = {1, 1, 0, 2, 0, 3, 0};
	struct task task;
	struct dataset d;
	char notes[1024] = "";
	(void)state;
	load("tests/good/tables/texts.json", &task, &d);
	assert_int_equal(d.rows, 7);
	assert_int_equal(d.input_dim, 6 + 2 + 1);
	/* 1, 1, 2, -0, 3: mean 1.4, variance 1.04 */
	double deviation = sqrt(1.04);
	for (int r = 0; r < 7; r++) {
		const float *x = d.inputs + r * d.input_dim;
		for (int c = 0; c < 6; c++) {
			assert_string_equal(d.input_names[c], categories[c]);
			assert_true(x[c] == (c == category_of[r] ? 1.0f : 0.0f));
		}
		double expected = r == 2 ? 0.0 : (v[r] - 1.4) / deviation;
		assert_true(fabs((double)x[6] - expected) < 1e-6);
		assert_true(x[7] == (r == 2 ? 1.0f : 0.0f));
		/* 0 to 5 seconds in training, 6 in the test row: mean 2.5, variance 35/12 */
		assert_true(fabs((double)x[8] - (r - 2.5) / sqrt(35.0 / 12.0)) < 1e-6);
		assert_true(d.targets[r * 2 + r % 2] == 1.0f);
	}
	FILE *out = fmemopen(notes, sizeof notes, "w");
	assert_non_null(out);
	dataset_print_notes(&d, &task, out);
	fclose(out);
	assert_string_equal(notes,
			    "note: tests/good/tables/texts.csv: column t: 1 integers of the "
			    "training rows lie beyond 2^53 where binary64 does not hold them: each "
			    "is rounded to the nearest that it holds\n");
	dataset_free(&d);
	task_free(&task);
}

/* Training pixels that are all the same carry nothing, whatever the test's are. */
static void test_constant_pixels(void **state)
{
	struct task task;
	struct dataset d;
	(void)state;
	load("tests/good/tables/pixels.json", &task, &d);
	assert_true(d.constant_bytes && d.rows == 3 && d.input_dim == 4 && d.output_dim == 2);
	assert_string_equal(d.class_names[0], "class=a");
	assert_string_equal(d.class_names[1], "class=b");
	assert_string_equal(d.input_names[0], "pixel0");
	assert_string_equal(d.input_names[3], "pixel3");
	for (int b = 0; b < 256; b++)
		assert_true(d.byte_value[b] == 0.0f);
	dataset_free(&d);
	task_free(&task);
}

static void write_file(const char *name, const void *bytes, size_t size)
{
	FILE *file = fopen(name, "wb");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

/* The first column is noted as any other. */
static void test_first_column_noted(void **state)
{
	static const char rows[] = "c,n,y\n2.5,3,a\n2.5,1,b\n2.5,7,a\n0.5,8,b\n";
	static const char text[] =
	    "{\"schema\": \"sheafbench/task/1\", \"name\": \"noted\", \"source\": \"csv\","
	    " \"files\": [{\"role\": \"data\", \"path\": \"noted.csv\"}],"
	    " \"columns\": [{\"name\": \"c\", \"role\": \"numeric\"},"
	    " {\"name\": \"n\", \"role\": \"numeric\"}, {\"name\": \"y\", \"role\": \"label\"}],"
	    " \"split\": {\"test_last\": 1}}";
	char folder[] = "/tmp/sheafbench-noted.XXXXXX", data[64], name[64], notes[1024] = "",
	     expected[1024];
	struct task task;
	struct dataset d;
	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(data, sizeof data, "%s/noted.csv", folder);
	snprintf(name, sizeof name, "%s/noted.json", folder);
	write_file(data, rows, sizeof rows - 1);
	write_file(name, text, sizeof text - 1);
	load(name, &task, &d);
	FILE *out = fmemopen(notes, sizeof notes, "w");
	assert_non_null(out);
	dataset_print_notes(&d, &task, out);
	fclose(out);
	snprintf(expected, sizeof expected,
		 "note: %s: column c: 2.5 in all training rows: its input is 0 for any value\n",
		 data);
	assert_string_equal(notes, expected);
	dataset_free(&d);
	task_free(&task);
	unlink(data);
	unlink(name);
	rmdir(folder);
}

/* One flipped bit anywhere is refused by the pin, whatever the cache says. */
static void test_flipped_bit(void **state)
{
	char folder[] = "/tmp/sheafbench-task.XXXXXX", data[128], cache[128], hex[65];
	static char bytes[1 << 20];
	struct task task;
	struct error error = {0};
	(void)state;
	assert_non_null(mkdtemp(folder));
	FILE *from = fopen("data/letter-recognition.data.gz", "rb");
	assert_non_null(from);
	size_t size = fread(bytes, 1, sizeof bytes, from);
	fclose(from);
	snprintf(data, sizeof data, "%s/letter.gz", folder);
	snprintf(cache, sizeof cache, "%s/data-hashes", folder);
	assert_int_equal(task_read(&task, "letter", NULL, NULL), 0);
	free(task.files[0].path);
	task.files[0].path = strdup(data);
	write_file(data, bytes, size);
	assert_int_equal(dataset_hash(&task, folder, hex, &error), 0);
	/* A damaged cache is a miss. */
	write_file(cache, "nonsense\nwithout\ttabs\t\n", 24);
	assert_int_equal(dataset_hash(&task, folder, hex, &error), 0);
	for (size_t at = 12; at < size; at += size / 9) {
		bytes[at] ^= 4;
		write_file(data, bytes, size);
		assert_int_equal(dataset_hash(&task, folder, hex, &error), ERROR_INPUT);
		assert_non_null(strstr(error.file, "letter.gz"));
		bytes[at] ^= 4;
	}
	task_free(&task);
	unlink(data);
	unlink(cache);
	rmdir(folder);
}

/* Another split, column or pin of the encoding is another data set. */
static void test_identity(void **state)
{
	struct task task;
	char before[65], after[65];
	(void)state;
	assert_int_equal(task_read(&task, "diamonds", NULL, NULL), 0);
	assert_int_equal(dataset_hash(&task, NULL, before, NULL), 0);
	task.split_seed++;
	assert_int_equal(dataset_hash(&task, NULL, after, NULL), 0);
	assert_string_not_equal(before, after);
	task.split_seed--;
	task.columns[2].role = COLUMN_IGNORE;
	assert_int_equal(dataset_hash(&task, NULL, after, NULL), 0);
	assert_string_not_equal(before, after);
	task.columns[2].role = COLUMN_NUMERIC;
	task.epochs = 99; /* not the data's */
	assert_int_equal(dataset_hash(&task, NULL, after, NULL), 0);
	assert_string_equal(before, after);
	task_free(&task);
}

static void test_generated(void **state)
{
	enum { ROWS = 20000 };
	float *inputs = malloc(ROWS * GENERATE_INPUTS * sizeof *inputs);
	float *targets = malloc(ROWS * 20 * sizeof *targets);
	int32_t *expert = malloc(ROWS * sizeof *expert);
	int64_t load_of[GENERATE_EXPERTS] = {0};
	char hex[65];
	(void)state;
	assert_true(inputs && targets && expert);
	generate_quality_decision(1, ROWS, inputs, targets, expert);
	for (int i = 0; i < ROWS; i++)
		load_of[expert[i]]++;
	for (int e = 0; e < GENERATE_EXPERTS; e++)
		assert_in_range(load_of[e], ROWS / 20, ROWS / 2);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	struct digest *digest = digest_new();
	digest_update(digest, inputs, ROWS * GENERATE_INPUTS * sizeof *inputs);
	digest_update(digest, targets, ROWS * 20 * sizeof *targets);
	digest_finish(digest, hex);
	assert_string_equal(hex,
			    "34d0462a18ee91fc53aee84aca1e8ce6cfa09a4755bcfd0d3a80031b783af49f");
#else
	(void)hex;
#endif
	free(inputs);
	free(targets);
	free(expert);
}

static int try_task(const char *name, struct error *error)
{
	struct task task;
	int status = task_read(&task, name, NULL, error);
	if (status == 0)
		task_free(&task);
	return status;
}

static int try_data(const char *name, struct error *error)
{
	struct task task;
	struct dataset dataset;
	int status = task_read(&task, name, NULL, error);
	if (status == 0) {
		status = dataset_load(&dataset, &task, error);
		if (status == 0)
			dataset_free(&dataset);
		task_free(&task);
	}
	return status;
}

static void test_bad_tasks(void **state)
{
	(void)state;
	corpus_check("tests/bad/task", ".json", 37, try_task);
}

static void test_bad_tables(void **state)
{
	(void)state;
	corpus_check("tests/bad/table", ".json", 15, try_data);
}

static void test_bad_idx(void **state)
{
	(void)state;
	corpus_check("tests/bad/idx_task", ".json", 6, try_data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_shipped),      cmocka_unit_test(test_fashion),
	    cmocka_unit_test(test_standardised), cmocka_unit_test(test_quoted_table),
	    cmocka_unit_test(test_plain_table),  cmocka_unit_test(test_first_column_noted),
	    cmocka_unit_test(test_flipped_bit),  cmocka_unit_test(test_identity),
	    cmocka_unit_test(test_generated),    cmocka_unit_test(test_bad_tasks),
	    cmocka_unit_test(test_bad_tables),   cmocka_unit_test(test_bad_idx),
	    cmocka_unit_test(test_texts),        cmocka_unit_test(test_constant_pixels),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
