/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/tasks/dataset_hash.h"

#include <inttypes.h>
#include <limits.h> /* PATH_MAX */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "foundation/build_info.h"
#include "foundation/byte_source.h"
#include "harness/tasks/cache.h"
#include "harness/tasks/dataset.h"
#include "harness/tasks/dataset_identity.h"

static int read_content(const char *path, char hex[65], struct error *error)
{
	struct byte_source source;
	int status = byte_source_read(&source, path, error);
	if (status)
		return status;
	memcpy(hex, source.sha256, 65);
	byte_source_free(&source);
	return 0;
}

/* A file that changes while it is read has no key. */
static bool still(const char *path, const char *key)
{
	char now[PATH_MAX + 192];
	return data_cache_file_key(path, now, sizeof now) && strcmp(now, key) == 0;
}

static int content_hash(const struct task *task, int file, const char *cache_dir, char hex[65],
			struct error *error)
{
	char key[PATH_MAX + 192];
	const char *path = task->files[file].path;
	bool keyed = data_cache_file_key(path, key, sizeof key);
	/* A cache is no reason to accuse the data: what is not the pinned hash is computed. */
	if (keyed && data_cache_get(cache_dir, key, hex, 65) && strlen(hex) == 64 &&
	    dataset_check_pin(task, file, hex, NULL) == 0)
		return 0;
	int status = read_content(path, hex, error);
	if (status)
		return status;
	if (keyed && still(path, key))
		data_cache_put(cache_dir, key, hex);
	return dataset_check_pin(task, file, hex, error);
}

int dataset_content(const struct task *task, const char *cache_dir, char (*content)[65],
		    char hex[65], struct error *error)
{
	for (int i = 0; i < task->file_count; i++) {
		int status = content_hash(task, i, cache_dir, content[i], error);
		if (status)
			return status;
	}
	return dataset_identity(task, content, hex, error);
}

int dataset_hash(const struct task *task, const char *cache_dir, char hex[65], struct error *error)
{
	char content[TASK_MAX_FILES][65];
	return dataset_content(task, cache_dir, content, hex, error);
}

/* Numbers that a data set can have; runner_check_data compares them before anything trains. */
static bool read_dims(const char *text, int64_t *input_dim, int64_t *output_dim,
		      int64_t *train_rows)
{
	const int64_t most = INT64_C(1) << 31;
	int64_t input, output, rows;
	if (sscanf(text, "%" SCNd64 " %" SCNd64 " %" SCNd64, &input, &output, &rows) != 3 ||
	    input < 1 || input > most || output < 1 || output > most || rows < 1 || rows > most)
		return false;
	*input_dim = input;
	*output_dim = output;
	*train_rows = rows;
	return true;
}

int dataset_dims(const struct task *task, const char *cache_dir, int64_t *input_dim,
		 int64_t *output_dim, int64_t *train_rows, struct error *error)
{
	char hex[65], key[128], value[128];
	int status = dataset_hash(task, cache_dir, hex, error);
	if (status)
		return status;
	/* Only of data that dataset_load accepted; another program may refuse the same data. */
	snprintf(key, sizeof key, "dims %s %.16s", hex, build_info()->source_sha256);
	if (data_cache_get(cache_dir, key, value, sizeof value) &&
	    read_dims(value, input_dim, output_dim, train_rows))
		return 0;
	struct dataset dataset;
	status = dataset_load(&dataset, task, error);
	if (status)
		return status;
	*input_dim = dataset.input_dim;
	*output_dim = dataset.output_dim;
	*train_rows = dataset.train_rows;
	dataset_print_notes(&dataset, task, stderr);
	dataset_free(&dataset);
	snprintf(value, sizeof value, "%" PRId64 " %" PRId64 " %" PRId64, *input_dim, *output_dim,
		 *train_rows);
	data_cache_put(cache_dir, key, value);
	return 0;
}
