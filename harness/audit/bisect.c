/* SPDX-License-Identifier: Apache-2.0 */
/* verify --bisect: the first place where two traced runs differ. */
#include <errno.h>
#include <fcntl.h> /* O_WRONLY */
#include <inttypes.h>
#include <limits.h> /* PATH_MAX */
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "foundation/array.h"
#include "foundation/number_text.h"
#include "harness/audit/verify.h"
#include "foundation/leftovers.h"
#include "foundation/json_file.h"
#include "foundation/path.h"

extern char **environ;

struct traced {
	const char *name;
	FILE *file;
	struct json_file header;
	const char *run_id, *config, *isa, *blis; /* owned by header */
	const json_t *tensors;
	int64_t flip[3];
	int64_t count; /* tensors of a step */
};

static int refuse(const struct traced *t, struct error *error, const char *what)
{
	return error_set(error, ERROR_INPUT, t->name, 1, 0, NULL, "a trace written by run --trace",
			 "%s", what);
}

static int read_header(struct traced *t, struct error *error)
{
	const json_t *flip = NULL;
	const json_t *root = t->header.root;
	int status = json_file_get_string(&t->header, root, "", "run_id", true, &t->run_id, error);
	if (status > 0)
		status = json_file_get_string(&t->header, root, "", "config_file", true, &t->config,
					      error);
	if (status > 0)
		status = json_file_get_string(&t->header, root, "", "isa", true, &t->isa, error);
	if (status > 0)
		status = json_file_get_string(&t->header, root, "", "blis", true, &t->blis, error);
	if (status > 0)
		status =
		    json_file_get_array(&t->header, root, "", "tensors", true, &t->tensors, error);
	if (status > 0)
		status = json_file_get_array(&t->header, root, "", "flip", true, &flip, error);
	if (status < 0)
		return status;
	for (size_t i = 0; i < 3; i++) {
		const json_t *number = json_array_get(flip, i);
		t->flip[i] = json_integer_value(number);
		if (!json_is_integer(number) || t->flip[i] < 0 || json_array_size(flip) != 3)
			return json_file_refuse(&t->header, "flip", error,
						"step, tensor and element, from 0",
						"found another value");
	}
	t->count = (int64_t)json_array_size(t->tensors);
	return t->count > 0 ? 0 : refuse(t, error, "no tensors in the header");
}

static int open_traced(struct traced *t, const char *name, struct error *error)
{
	char *line = NULL;
	size_t room = 0;
	memset(t, 0, sizeof *t);
	t->name = name;
	t->file = path_open_file(name, error);
	if (!t->file)
		return error ? error->status : ERROR_INPUT;
	ssize_t length = getline(&line, &room, t->file);
	int status;
	if (length > 0)
		status = json_file_parse(&t->header, name, line, (size_t)length, error);
	else if (feof(t->file))
		status = refuse(t, error, "no header line");
	else /* nothing is known of the file */
		status = errno == ENOMEM ? error_no_memory(error, name)
					 : error_set(error, ERROR_MACHINE, name, 0, 0, NULL, NULL,
						     "cannot read: %s", strerror(errno));
	free(line);
	return status ? status : read_header(t, error);
}

static void close_traced(struct traced *t)
{
	if (t->file)
		fclose(t->file);
	if (t->header.root)
		json_file_free(&t->header);
}

static int same_shape(const struct traced *a, const struct traced *b, struct error *error)
{
	if (strcmp(a->run_id, b->run_id) != 0)
		return error_set(error, ERROR_INPUT, b->name, 1, 0, "run_id", a->run_id,
				 "a trace of another run, %s", b->run_id);
	if (!json_equal(a->tensors, b->tensors))
		return refuse(b, error, "other tensors than in the first trace");
	return 0;
}

/* 1 and the place of the first different hash, 0 when there is none, or ERROR_INPUT when one trace
 * ends inside a step or before the other. */
static int first_difference(struct traced *a, struct traced *b, int64_t *step, int64_t *tensor,
			    struct error *error)
{
	for (int64_t at = 0;; at++) {
		unsigned char x[8], y[8];
		size_t got_x = fread(x, 1, sizeof x, a->file),
		       got_y = fread(y, 1, sizeof y, b->file);
		if (got_x == 0 && got_y == 0 && at == 0)
			return refuse(a, error, "a trace without a step");
		if (got_x == 0 && got_y == 0 && at % a->count == 0)
			return 0;
		if (got_x != 8 || got_y != 8)
			return refuse(got_x != 8 ? a : b, error, "the trace ends early");
		if (memcmp(x, y, sizeof x) == 0)
			continue;
		*step = at / a->count + 1;
		*tensor = at % a->count;
		return 1;
	}
}

/* The last line that the run printed, its reason; "?" when there is none. */
static void read_reason(const char *file_name, char *line, int size)
{
	FILE *file = fopen(file_name, "r");
	snprintf(line, (size_t)size, "%s", file ? "?" : strerror(errno));
	while (file && fgets(line, size, file))
		line[strcspn(line, "\n")] = '\0';
	if (file)
		fclose(file);
	unlink(file_name);
}

/* What the run has to say goes to a file in `folder`, and from there into this command's message.
 */
static int spawn_run(char *const *arguments, const char *folder, struct error *error)
{
	pid_t child;
	int state = 0;
	char said[PATH_MAX], reason[640];
	posix_spawn_file_actions_t actions;
	int status = path_make(said, sizeof said, error, "%s/said", folder);
	if (status)
		return status;
	posix_spawn_file_actions_init(&actions);
	int failed =
	    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	if (!failed)
		failed = posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, said,
							  O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (!failed)
		failed = posix_spawn(&child, "/proc/self/exe", &actions, NULL, arguments, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (failed || waitpid(child, &state, 0) < 0)
		return error_set(
		    error, ERROR_MACHINE, NULL, 0, 0, NULL, NULL, "cannot make the run again: %s%s",
		    failed == ENOMEM ? "out of memory: " : "", strerror(failed ? failed : errno));
	read_reason(said, reason, (int)sizeof reason);
	if (WIFSIGNALED(state))
		return error_set(error, ERROR_MACHINE, NULL, 0, 0, NULL, NULL,
				 "the run cannot be made again: ended by signal %d: %s",
				 WTERMSIG(state), reason);
	if (WEXITSTATUS(state) != 0)
		return error_set(error, ERROR_MACHINE, NULL, 0, 0, NULL, NULL,
				 "the run cannot be made again on this machine: %s", reason);
	return 0;
}

/* Makes the traced run again and reads the tensor it dumps; *values is malloc'ed. */
static int remake(const struct traced *t, int64_t step, int64_t tensor, const char *folder,
		  float **values, int64_t *count, struct error *error)
{
	char file_name[PATH_MAX], dump[PATH_MAX + 64], flip[96];
	int status = path_make(file_name, sizeof file_name, error, "%s/tensor", folder);
	if (status)
		return status;
	snprintf(dump, sizeof dump, "%" PRId64 ":%" PRId64 ":%s", step, tensor, file_name);
	snprintf(flip, sizeof flip, "%" PRId64 ":%" PRId64 ":%" PRId64, t->flip[0], t->flip[1],
		 t->flip[2]);
	const char *arguments[] = {
	    "sheafbench", "run",     t->config, "--id",  t->run_id,
	    "--isa",      t->isa,    "--blis",  t->blis, "--dump",
	    dump,         "--quiet", "--out",   folder,  t->flip[0] ? "--flip" : NULL,
	    flip,         NULL};
	union {
		const char **in;
		char *const *out;
	} list = {.in = arguments};
	status = spawn_run(list.out, folder, error);
	if (!status && access(file_name, F_OK))
		status = error_set(error, ERROR_MACHINE, NULL, 0, 0, NULL, NULL,
				   "the run did not reach step %" PRId64, step);
	FILE *file = status ? NULL : path_open_file(file_name, error);
	if (!file) /* our own file: no fault of the input */
		return status ? status : ERROR_MACHINE;
	fseeko(file, 0, SEEK_END);
	int64_t size = ftello(file);
	*count = size > 0 ? size / 4 : 0;
	rewind(file);
	*values = array_zeroed(*count + 1, sizeof **values);
	bool whole = true;
	for (int64_t i = 0; *values && i < *count; i++) {
		unsigned char bytes[4] = {0};
		whole = whole && fread(bytes, 1, 4, file) == 4;
		uint32_t word = (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 |
				(uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
		memcpy(*values + i, &word, sizeof word);
	}
	fclose(file);
	unlink(file_name);
	if (!*values)
		return error_no_memory(error, NULL);
	return whole && *count > 0 ? 0
				   : error_set(error, ERROR_MACHINE, file_name, 0, 0, NULL, NULL,
					       "cannot read the tensor that was dumped");
}

static void print_value(const char *label, float value)
{
	uint32_t bits;
	char number[NUMBER_TEXT];
	memcpy(&bits, &value, sizeof bits);
	number_text((double)value, number);
	printf("  %s  0x%08" PRIx32 "  %s\n", label, bits, number);
}

static int print_elements(const struct traced *a, const struct traced *b, int64_t step,
			  int64_t tensor, const char *folder, struct error *error)
{
	float *x = NULL, *y = NULL;
	int64_t nx = 0, ny = 0, at = 0, differ = 0;
	int status = remake(a, step, tensor, folder, &x, &nx, error);
	status = status ? status : remake(b, step, tensor, folder, &y, &ny, error);
	for (int64_t i = nx < ny ? nx : ny; !status && i-- > 0;)
		if (memcmp(x + i, y + i, sizeof *x) != 0) {
			at = i;
			differ++;
		}
	if (!status && differ == 0)
		printf(
		    "  made again here, both tensors are equal: the difference came from another "
		    "machine or build\n");
	else if (!status) {
		printf("  element %" PRId64 " (first of %" PRId64 " that differ, of %" PRId64 ")\n",
		       at, differ, nx);
		print_value("A", x[at]);
		print_value("B", y[at]);
	}
	free(x);
	free(y);
	return status;
}

static int report(struct traced *a, struct traced *b, struct error *error)
{
	int64_t step = 0, tensor = 0;
	int found = first_difference(a, b, &step, &tensor, error);
	if (found < 0)
		return found;
	if (!found) {
		printf("no difference\n");
		return 0;
	}
	const char *name = json_string_value(json_array_get(a->tensors, (size_t)tensor));
	printf("first difference: step %" PRId64 ", tensor %s\n", step, name ? name : "?");
	char folder[PATH_MAX];
	int status = leftovers_make_scratch(folder, sizeof folder, error);
	if (status)
		return status;
	fflush(stdout);
	status = print_elements(a, b, step, tensor, folder, error);
	leftovers_remove_scratch(folder);
	return status ? status
		      : error_set(error, ERROR_CHECK, NULL, 0, 0, NULL, NULL, "the runs differ");
}

int verify_bisect(const char *a, const char *b, struct error *error)
{
	struct traced x = {0}, y = {0};
	int status = open_traced(&x, a, error);
	status = status ? status : open_traced(&y, b, error);
	status = status ? status : same_shape(&x, &y, error);
	status = status ? status : report(&x, &y, error);
	close_traced(&x);
	close_traced(&y);
	return status;
}
