/* SPDX-License-Identifier: Apache-2.0 */
/* metrics.jsonl: a JSON object per line, one line per epoch. */
#include <inttypes.h>
#include <math.h> /* INFINITY */
#include <stdlib.h>
#include <string.h>

#include "harness/runs/file.h"
#include "foundation/text_file.h"
#include "foundation/text_lines.h"

/* Appends the epoch of one parsed line.  A run without a validation part has no metrics there. */
static int read_epoch(struct run_log *log, const struct json_file *line, const char *metric,
		      struct error *error)
{
	const json_t *validation;
	int64_t epoch, next = log->epochs + 1;
	double value;
	int status =
	    json_file_get_object(line, line->root, "", "validation", true, &validation, error);
	if (status < 0 || json_object_size(validation) == 0)
		return status < 0 ? status : 0;
	status =
	    json_file_get_integer(line, line->root, "", "epoch", true, next, next, &epoch, error);
	if (status < 0)
		return status;
	status = json_file_get_number(line, validation, "validation", metric, true, -INFINITY,
				      INFINITY, &value, error);
	if (status < 0)
		return status;
	log->values[log->epochs++] = value;
	return 0;
}

static int read_line(struct run_log *log, const char *file_name, const struct text_line *line,
		     const char *metric, struct error *error)
{
	struct json_file json;
	struct error found = {0};
	int status = json_file_parse(&json, file_name, line->text, line->length, &found);
	if (!status) {
		status = read_epoch(log, &json, metric, &found);
		json_file_free(&json);
	}
	if (status && error) {
		*error = found;
		error->line = line->number; /* the parser saw one line */
	}
	return status;
}

static size_t count_lines(const char *text, size_t size)
{
	size_t lines = 0;
	for (size_t i = 0; i < size; i++)
		lines += text[i] == '\n';
	return lines;
}

static int read_lines(struct run_log *log, const char *file_name, const char *text, size_t size,
		      const char *metric, struct error *error)
{
	struct text_line line = {0};
	int status = 0;
	log->values = calloc(count_lines(text, size) + 2, sizeof *log->values);
	if (!log->values)
		return error_no_memory(error, file_name);
	for (size_t at = 0; at < size && !status;) {
		text_next_line(text, size, &at, &line);
		status = read_line(log, file_name, &line, metric, error);
	}
	return status;
}

int run_log_read(struct run_log *log, const char *file_name, const char *metric,
		 struct error *error)
{
	struct run_log read = {0};
	char *text;
	size_t size;
	int status = text_file_read(file_name, &text, &size, error);
	if (status)
		return status;
	status = read_lines(&read, file_name, text, size, metric, error);
	free(text);
	if (status)
		run_log_free(&read);
	else
		*log = read;
	return status;
}

/* What of a line does not depend on metrics. */
static int check_line(const struct json_file *line, int64_t epoch, int64_t *step,
		      struct error *error)
{
	int64_t found;
	const json_t *validation;
	int status =
	    json_file_get_integer(line, line->root, "", "epoch", true, epoch, epoch, &found, error);
	if (status >= 0)
		status = json_file_get_integer(line, line->root, "", "step", true, *step + 1,
					       INT64_MAX, step, error);
	if (status >= 0)
		status = json_file_get_object(line, line->root, "", "validation", true, &validation,
					      error);
	return status < 0 ? status : 0;
}

static int check_lines(const char *file_name, const char *text, size_t size, int64_t *step,
		       struct error *error)
{
	struct text_line line = {0};
	for (size_t at = 0; at < size;) {
		struct json_file json;
		text_next_line(text, size, &at, &line);
		int status = json_file_parse(&json, file_name, line.text, line.length, error);
		if (!status) {
			status = check_line(&json, line.number, step, error);
			json_file_free(&json);
		}
		if (status) {
			if (error)
				error->line = line.number; /* the parser saw one line */
			return status;
		}
	}
	return 0;
}

int run_log_check(const char *file_name, int64_t steps, struct error *error)
{
	char *text, expected[64];
	size_t size;
	int64_t last = 0;
	int status = text_file_read(file_name, &text, &size, error);
	if (status)
		return status;
	status = check_lines(file_name, text, size, &last, error);
	free(text);
	if (status || last == steps)
		return status;
	snprintf(expected, sizeof expected, "epochs up to the run's last step, %" PRId64, steps);
	return error_set(error, ERROR_INPUT, file_name, 0, 0, NULL, expected,
			 "the last epoch ends at step %" PRId64, last);
}

void run_log_free(struct run_log *log)
{
	free(log->values);
	*log = (struct run_log){0};
}
