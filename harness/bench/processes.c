/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/bench/processes.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h> /* PATH_MAX */
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "foundation/text_file.h"
#include "foundation/clock.h"
#include "foundation/json_file.h"
#include "foundation/json_memory.h"

extern char **environ;

static const char repetitions_flag[] = "--benchmark_repetitions=";

/* What the last flag says; 0 when it is no number above 0, which the library then refuses. */
static long asked_repetitions(const char *const *words)
{
	const char *value = NULL;
	for (; *words; words++)
		if (!strncmp(*words, repetitions_flag, sizeof repetitions_flag - 1))
			value = *words + sizeof repetitions_flag - 1;
	char *end = NULL;
	long count = value ? strtol(value, &end, 10) : 1;
	return value && (end == value || *end || count < 0 || count > INT_MAX) ? 0 : count;
}

/* The exit code and the last line that the process left. */
static int hand_on(int state, const char *said, struct error *error)
{
	char *text = NULL;
	size_t size = 0;
	struct error unread;
	const int code = WIFEXITED(state) ? WEXITSTATUS(state) : 0;
	if (code < 1 || code > 3 || text_file_read(said, &text, &size, &unread))
		return error_set(error, ERROR_MACHINE, NULL, 0, 0, NULL, NULL,
				 "a process of the benchmark ended before its time");
	while (size && text[size - 1] == '\n')
		text[--size] = '\0';
	const char *line = strrchr(text, '\n');
	/* On a full disk its reason is lost, which is the reason then. */
	const int status = text[0] ? -code : ERROR_MACHINE;
	if (text[0])
		error_set(error, status, NULL, 0, 0, NULL, NULL, "%s", line ? line + 1 : text);
	else
		error_set(error, status, said, 0, 0, NULL, "room for some lines",
			  "a process of the benchmark failed and could not write why");
	free(text);
	return status;
}

/* The library's words on the screen are kept in the file `said` for the case of failure. */
static int run_process(const char *const *words, const char *said, struct error *error)
{
	union {
		const char *const *in;
		char *const *out;
	} list = {.in = words};
	pid_t child;
	int state = 0;
	posix_spawn_file_actions_t actions;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, said,
					 O_WRONLY | O_CREAT | O_TRUNC, 0666);
	int failed = posix_spawn(&child, "/proc/self/exe", &actions, NULL, list.out, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (failed)
		return error_set(error, ERROR_MACHINE, NULL, 0, 0, NULL, NULL,
				 "cannot start a process: %s", strerror(failed));
	while (waitpid(child, &state, 0) < 0 && errno == EINTR)
		;
	return state ? hand_on(state, said, error) : 0;
}

/* This process hands its choice down, so that they part only where the kernels of one failed the
 * check at its start: what was measured then is not one thing. */
static int same_kernels(const json_t *x, const json_t *y, struct error *error)
{
	static const char *const keys[] = {"isa", "blis", "threads"};
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		const char *a = json_string_value(json_object_get(x, keys[i]));
		const char *b = json_string_value(json_object_get(y, keys[i]));
		if (!a || !b || strcmp(a, b) != 0)
			return error_set(error, ERROR_MACHINE, NULL, 0, 0, NULL,
					 "one choice, which this process handed down",
					 "two processes ran %s %s and %s", keys[i], a ? a : "?",
					 b ? b : "?");
	}
	return 0;
}

/* Adds a child's repetitions to the document, numbered from `first`. */
static int add_repetitions(json_t **document, const char *raw, long first, long all,
			   struct error *error)
{
	struct json_file file;
	int status = json_file_load(&file, raw, error);
	/* It is no input: the child did not write it whole. */
	if (status)
		return error->status = ERROR_MACHINE;
	json_t *part = json_incref(file.root), *entry;
	json_file_free(&file);
	json_t *entries = json_object_get(part, "benchmarks"), *kept = json_array();
	size_t i;
	json_array_foreach(entries, i, entry)
	{
		const char *type = json_string_value(json_object_get(entry, "run_type"));
		if (type && strcmp(type, "iteration") != 0)
			continue;
		json_int_t index = json_integer_value(json_object_get(entry, "repetition_index"));
		json_object_set_new(entry, "repetition_index", json_integer(index + first));
		json_object_set_new(entry, "repetitions", json_integer(all));
		json_array_append(kept, entry);
	}
	if (*document) {
		status = same_kernels(json_object_get(*document, "context"),
				      json_object_get(part, "context"), error);
		json_array_extend(json_object_get(*document, "benchmarks"), kept);
		json_decref(kept);
		json_decref(part);
	} else {
		json_object_set_new(part, "benchmarks", kept);
		*document = part;
	}
	return !status && json_memory_failed() ? json_memory_refuse(raw, error) : status;
}

int bench_processes_run(const char *const *words, const char *raw, json_t **document,
			struct error *error)
{
	const long asked = asked_repetitions(words), all = asked > 0 ? asked : 1;
	const long processes = all < BENCH_PROCESSES ? all : BENCH_PROCESSES;
	char file_flag[PATH_MAX + 32], count_flag[64], said[PATH_MAX + 16];
	int count = 0;
	while (words[count])
		count++;
	const char **list = calloc((size_t)count + 6, sizeof *list);
	if (!list)
		return error_no_memory(error, NULL);
	list[0] = "sheafbench";
	list[1] = "bench";
	list[2] = BENCH_PART;
	memcpy(list + 3, words, (size_t)count * sizeof *list);
	snprintf(file_flag, sizeof file_flag, "--benchmark_out=%s", raw);
	list[count + 3] = file_flag;
	list[count + 4] = asked > 0 ? count_flag : NULL;
	/* A name that tells, of both, that they are nobody's once this process is gone. */
	snprintf(said, sizeof said, "%s.err.tmp", raw);
	*document = NULL;
	double start = clock_seconds(CLOCK_MONOTONIC);
	long first = 0;
	int status = 0;
	for (long i = 0; !status && i < processes; i++) {
		long part = all / processes + (i < all % processes);
		snprintf(count_flag, sizeof count_flag, "%s%ld", repetitions_flag, part);
		status = run_process(list, said, error);
		status = status ? status : add_repetitions(document, raw, first, all, error);
		first += part;
		if (!status)
			fprintf(stderr, "bench: %ld of %ld repetitions; about %.0f s left\n", first,
				all,
				(clock_seconds(CLOCK_MONOTONIC) - start) * (double)(all - first) /
				    (double)first);
	}
	unlink(raw);
	unlink(said);
	free(list);
	if (status) {
		json_decref(*document);
		*document = NULL;
	}
	return status;
}
