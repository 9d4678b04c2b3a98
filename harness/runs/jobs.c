/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/runs/jobs.h"

#include <inttypes.h>
#include <limits.h> /* PATH_MAX */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/runs/parallel.h"
#include "harness/runs/record.h"
#include "kernels/team.h"
#include "foundation/folder.h"
#include "foundation/interrupt.h"
#include "foundation/leftovers.h"
#include "foundation/path.h"
#include "foundation/shell_text.h"
#include "foundation/text_file.h"
#include "foundation/visible.h"

enum { REASON = 1024 };

/* Where things lie while the runs are trained. */
struct places {
	char scratch[PATH_MAX - 64]; /* what is removed at the end */
	char commands[PATH_MAX];     /* a line for each run */
	char errors[PATH_MAX];       /* what GNU Parallel says */
	char home[PATH_MAX];         /* what it keeps */
	char program[PATH_MAX];      /* this one */
};

/* What a run says on standard error. */
static int words_path(const struct places *places, const struct job *job, char *path, size_t size)
{
	return path_make(path, size, NULL, "%s/%s", places->scratch, job->run->run_id);
}

static int find_program(struct places *places, struct error *error)
{
	ssize_t length = readlink("/proc/self/exe", places->program, sizeof places->program - 1);
	if (length < 0)
		return error_set(error, ERROR_MACHINE, "/proc/self/exe", 0, 0, NULL, NULL,
				 "cannot find this program, which every run is a process of");
	places->program[length] = '\0';
	return 0;
}

static int make_home(const struct jobs *jobs, struct places *places, struct error *error)
{
	char results[PATH_MAX];
	if (!realpath(jobs->results_dir, results))
		return error_set(error, ERROR_MACHINE, jobs->results_dir, 0, 0, NULL, NULL,
				 "cannot find the folder");
	int status =
	    path_make(places->home, sizeof places->home, error, "%s/.cache/parallel", results);
	/* Without it GNU Parallel takes longer to start. */
	if (!status)
		folder_make_all(places->home, 0777);
	return status;
}

static int make_places(const struct jobs *jobs, struct places *places, struct error *error)
{
	int status = find_program(places, error);
	if (!status)
		status = record_make_runs(jobs->results_dir, jobs->experiment, error);
	status = status ? status : make_home(jobs, places, error);
	if (!status)
		status = leftovers_make_scratch(places->scratch, sizeof places->scratch, error);
	if (!status)
		status = path_make(places->commands, sizeof places->commands, error, "%s/commands",
				   places->scratch);
	if (!status)
		status = path_make(places->errors, sizeof places->errors, error, "%s/parallel",
				   places->scratch);
	return status;
}

/* By name, which needs no memory; what GNU Parallel may have left goes with the folder. */
static void remove_places(const struct jobs *jobs, const struct places *places)
{
	char path[PATH_MAX];
	if (places->scratch[0] == '\0')
		return;
	for (int64_t i = 0; i < jobs->count; i++)
		if (words_path(places, &jobs->list[i], path, sizeof path) == 0)
			unlink(path);
	unlink(places->commands);
	unlink(places->errors);
	leftovers_remove_scratch(places->scratch);
}

static void put_word(FILE *out, const char *before, const char *word)
{
	char text[4 * PATH_MAX] = "";
	shell_word(text, sizeof text, word);
	fprintf(out, "%s%s", before, text);
}

static void put_option(FILE *out, const char *before, const char *value)
{
	if (value)
		put_word(out, before, value);
}

int jobs_threads(int at_a_time, int64_t count, int64_t index, long processors)
{
	const int64_t free = at_a_time < processors ? at_a_time : processors;
	const int64_t share = free / count + (index < free % count);
	return (int)(share < 1 ? 1 : share > TEAM_MOST ? TEAM_MOST : share);
}

/* A line of bash, which splits EXEC_WRAPPER into words as make's shell would. */
static void put_command(FILE *out, const struct jobs *jobs, const struct places *places,
			const struct job *job)
{
	char words[PATH_MAX];
	const int threads = jobs_threads(jobs->at_a_time, jobs->count, job - jobs->list,
					 sysconf(_SC_NPROCESSORS_ONLN));
	words_path(places, job, words, sizeof words);
	put_word(out, "set -f; exec $EXEC_WRAPPER ", places->program);
	put_word(out, " run ", jobs->config);
	put_word(out, " --id ", job->run->run_id);
	fputs(" --quiet", out);
	if (threads > 1)
		fprintf(out, " --threads %d", threads);
	put_option(out, " --isa ", jobs->isa);
	put_option(out, " --blis ", jobs->blis);
	put_option(out, " --out ", jobs->out);
	put_word(out, " >/dev/null 2>", words);
	fputc('\n', out);
}

static int write_commands(const struct jobs *jobs, const struct places *places, struct error *error)
{
	struct text_stream stream;
	int status = text_stream_open(&stream, error);
	if (status)
		return status;
	for (int64_t i = 0; i < jobs->count; i++)
		put_command(stream.out, jobs, places, &jobs->list[i]);
	return text_stream_save(&stream, places->commands, error);
}

/* The last line of a text that is told in a message; "" where there is none. */
static void last_line(const char *path, char text[REASON])
{
	char *whole = NULL;
	size_t size;
	text[0] = '\0';
	if (text_file_read(path, &whole, &size, NULL))
		return;
	while (size > 0 && whole[size - 1] == '\n')
		whole[--size] = '\0';
	const char *line = strrchr(whole, '\n');
	snprintf(text, REASON, "%s", line ? line + 1 : whole);
	free(whole);
}

/* Whether the note is of this time: the run has said the same, or could say nothing. */
static bool noted_itself(const struct jobs *jobs, const struct job *job, const char *said)
{
	char note[REASON];
	return record_read_failure(jobs->results_dir, job->run, note, sizeof note) &&
	       (said[0] == '\0' || strcmp(said, note) == 0);
}

static void note_failure(const struct jobs *jobs, const struct job *job,
			 const struct parallel_ended *ended, const char *said)
{
	struct error reason;
	/* A shell ends so where what it waited for did not exit. */
	const int code = ended->exit_code, signal = code > 128 ? code - 128 : ended->signal;
	if (signal)
		error_set(&reason, ERROR_CHECK, NULL, 0, 0, NULL, NULL, "killed by signal %d",
			  signal);
	else if (code == 0)
		error_set(&reason, ERROR_CHECK, NULL, 0, 0, NULL, NULL, "its record is gone");
	else if (noted_itself(jobs, job, said))
		return;
	else
		error_set(&reason, ERROR_CHECK, NULL, 0, 0, NULL, NULL, "exit %d: %s", code, said);
	record_forget_failure(jobs->results_dir, job->run);
	record_failure(jobs->results_dir, job->run, &reason);
}

static bool is_recorded(const struct jobs *jobs, const struct job *job)
{
	char path[PATH_MAX];
	return !path_make(path, sizeof path, NULL, "%s/%s/runs/%s/run.json", jobs->results_dir,
			  jobs->experiment, job->run->run_id) &&
	       access(path, F_OK) == 0;
}

static void finish(struct jobs *jobs, const struct places *places,
		   const struct parallel_ended *ended)
{
	char path[PATH_MAX], said[REASON];
	if (ended->number < 1 || ended->number > jobs->count)
		return;
	struct job *job = &jobs->list[ended->number - 1];
	if (ended->exit_code == 0 && ended->signal == 0 && is_recorded(jobs, job)) {
		job->state = JOB_TRAINED;
		jobs->trained++;
	} else {
		job->state = JOB_FAILED;
		jobs->failed++;
		words_path(places, job, path, sizeof path);
		last_line(path, said);
		note_failure(jobs, job, ended, said);
	}
	jobs->work_done += job->work;
}

static int stopped(const struct jobs *jobs, struct error *error)
{
	return error_set(error, -(128 + interrupt_signal()), jobs->experiment, 0, 0, NULL, NULL,
			 "stopped; the same command goes on with what is left");
}

static int ended_early(const struct jobs *jobs, const struct places *places, struct error *error)
{
	char said[REASON];
	last_line(places->errors, said);
	return error_set(error, ERROR_MACHINE, jobs->experiment, 0, 0, NULL, NULL,
			 "GNU Parallel ended after %" PRId64 " of %" PRId64 " runs%s%s",
			 jobs->trained + jobs->failed, jobs->count, said[0] ? ": " : "", said);
}

static int follow(struct jobs *jobs, const struct places *places, jobs_watch *watch, void *context,
		  struct error *error)
{
	struct parallel parallel;
	struct parallel_ended ended;
	enum parallel_news news = PARALLEL_NONE;
	const struct parallel_settings settings = {places->commands, places->errors, places->home,
						   places->scratch, jobs->at_a_time};
	int status = parallel_start(&parallel, &settings, error);
	if (status)
		return status;
	while (news != PARALLEL_LAST && !interrupt_signal()) {
		watch(context, jobs);
		news = parallel_wait(&parallel, interrupt_descriptor(), &ended);
		/* After a signal runs may have failed of that. */
		if (news == PARALLEL_ENDED && !interrupt_signal())
			finish(jobs, places, &ended);
	}
	parallel_close(&parallel);
	if (interrupt_signal())
		return stopped(jobs, error);
	return jobs->trained + jobs->failed < jobs->count ? ended_early(jobs, places, error) : 0;
}

int jobs_train(struct jobs *jobs, jobs_watch *watch, void *context, struct error *error)
{
	struct places *places = calloc(1, sizeof *places);
	if (!places)
		return error_no_memory(error, NULL);
	int status = interrupt_open(error);
	if (!status) {
		status = make_places(jobs, places, error);
		status = status ? status : write_commands(jobs, places, error);
		status = status ? status : follow(jobs, places, watch, context, error);
		remove_places(jobs, places);
		interrupt_close();
	}
	free(places);
	return status;
}

int64_t jobs_lost(const struct jobs *jobs)
{
	int64_t lost = 0;
	for (int64_t i = 0; i < jobs->count; i++)
		lost += jobs->list[i].state == JOB_TRAINED && !is_recorded(jobs, &jobs->list[i]);
	return lost;
}

void jobs_print_failures(FILE *out, const struct jobs *jobs)
{
	char reason[REASON];
	for (int64_t i = 0; i < jobs->count; i++) {
		const struct job *job = &jobs->list[i];
		if (job->state != JOB_FAILED)
			continue;
		fprintf(out, "  %s  ", job->run->run_id);
		if (record_read_failure(jobs->results_dir, job->run, reason, sizeof reason))
			visible_print(out, reason);
		else
			fprintf(out, "no reason is kept; %s/%s/runs cannot be written to",
				jobs->results_dir, jobs->experiment);
		fputc('\n', out);
	}
}
