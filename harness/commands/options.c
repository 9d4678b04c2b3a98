/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/commands/options.h"

#include <errno.h>
#include <limits.h> /* PATH_MAX */
#include <stddef.h> /* offsetof */
#include <stdio.h>
#include <stdlib.h> /* getenv, setenv */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h> /* sysconf */

#include "harness/experiment/experiment.h" /* plan_results_dir */
#include "foundation/path.h"
#include "kernels/share.h"
#include "kernels/team.h"

static const struct {
	const char *name;
	int bit;
	size_t offset;
	bool flag;
} table[] = {
#define OPTION(text, mask, member)                                                                 \
	.name = (text), .bit = (mask), .offset = offsetof(struct options, member)
    {OPTION("--isa", OPTION_ISA, isa)},
    {OPTION("--blis", OPTION_BLIS, blis)},
    {OPTION("--out", OPTION_OUT, out)},
    {OPTION("--id", OPTION_ID, id)},
    {OPTION("--force", OPTION_FORCE, force), .flag = true},
    {OPTION("--json", OPTION_JSON, json), .flag = true},
    {OPTION("--quiet", OPTION_QUIET, quiet), .flag = true},
    {OPTION("--trace", OPTION_TRACE, trace), .flag = true},
    {OPTION("--flip", OPTION_FLIP, flip)},
    {OPTION("--dump", OPTION_DUMP, dump)},
    {OPTION("--write", OPTION_WRITE, write), .flag = true},
    {OPTION("--bisect", OPTION_BISECT, bisect), .flag = true},
    {OPTION("--profile", OPTION_PROFILE, profile), .flag = true},
    {OPTION("--choose", OPTION_CHOOSE, choose), .flag = true},
    {OPTION("--hand-down", OPTION_HAND_DOWN, hand_down), .flag = true},
    {OPTION("--pending", OPTION_PENDING, pending), .flag = true},
    {OPTION("--jobs", OPTION_JOBS, jobs)},
    {OPTION("--threads", OPTION_THREADS, threads)},
    {OPTION("--check", OPTION_CHECK, check), .flag = true},
    {OPTION("--file", OPTION_FILE, file)},
    {OPTION("--sample", OPTION_SAMPLE, sample)},
    {OPTION("--sample-seed", OPTION_SAMPLE_SEED, sample_seed)},
#undef OPTION
};
enum { OPTIONS = sizeof table / sizeof *table };

static int unknown(const char *argument, int mask, const char *usage, struct error *error)
{
	const char *names[OPTIONS + 1];
	int count = 0;
	for (int i = 0; i < OPTIONS; i++)
		if (mask & table[i].bit)
			names[count++] = table[i].name;
	names[count] = NULL;
	const char *near = error_near_name(argument, names);
	return error_set(error, ERROR_INPUT, NULL, 0, 0, NULL, usage,
			 "unexpected argument \"%s\"%s%s", argument, near ? ", near " : "",
			 near ? near : "");
}

/* A folder, if it is there at all, with room for all names that are made below it: folders of
 * experiments and runs, files, and what tells their owner while they are made.  Found here, nothing
 * is half written there, and runs are not pending where there is no place for them. */
static int check_results_dir(const struct options *options, int mask, struct error *error)
{
	enum { BELOW_MAX = 256 };
	char folder[PATH_MAX - BELOW_MAX];
	struct stat info;
	int status = path_make(folder, sizeof folder, error, "%s", plan_results_dir(options->out));
	if (status || mask & OPTION_OUT_FILE)
		return status;
	const bool there = stat(folder, &info) == 0;
	if (there && S_ISDIR(info.st_mode))
		return 0;
	if (there || errno == ENOTDIR || errno == ELOOP)
		return error_set(error, ERROR_INPUT, folder, 0, 0, NULL, "a folder", "%s",
				 there ? "found a file" : strerror(errno));
	return 0;
}

static int refuse_name(const char *option, const char *name, const char *const *names,
		       struct error *error)
{
	char expected[256];
	size_t used = 0;
	for (int i = 0; names[i] && used < sizeof expected; i++)
		used += (size_t)snprintf(expected + used, sizeof expected - used, "%s%s",
					 i ? ", " : "one of ", names[i]);
	const char *near = error_near_name(name, names);
	return error_set(error, ERROR_INPUT, NULL, 0, 0, NULL, expected, "unknown %s \"%s\"%s%s",
			 option, name, near ? ", near " : "", near ? near : "");
}

static bool listed(const char *name, const char *const *names)
{
	for (; name && *names; names++)
		if (!strcmp(name, *names))
			return true;
	return !name;
}

/* Names only: whether this machine has what they name is found when it is opened. */
static int check_names(const struct options *options, int mask, struct error *error)
{
	const char *variable = getenv(BACKEND_LEVEL_VARIABLE);
	if (!listed(options->isa, backend_level_names()))
		return refuse_name("level", options->isa, backend_level_names(), error);
	if (mask & OPTION_ISA && !options->isa && variable && variable[0] &&
	    !listed(variable, backend_level_names()))
		return refuse_name(BACKEND_LEVEL_VARIABLE, variable, backend_level_names(), error);
	if (!listed(options->blis, backend_blis_names()))
		return refuse_name("BLIS sub-configuration", options->blis, backend_blis_names(),
				   error);
	return 0;
}

/* A number from 1 to `most`; *value stays where none was given. */
static int read_number(const char *name, const char *text, int most, int *value,
		       struct error *error)
{
	char expected[40];
	char *end;
	long number;
	if (!text)
		return 0;
	number = strtol(text, &end, 10);
	if (text[0] >= '0' && text[0] <= '9' && !*end && number >= 1 && number <= most) {
		*value = (int)number;
		return 0;
	}
	snprintf(expected, sizeof expected, "a number from 1 to %d", most);
	return error_set(error, ERROR_INPUT, NULL, 0, 0, NULL, expected, "%s \"%.80s\"", name,
			 text);
}

static int read_threads(const struct options *options, int *threads, struct error *error)
{
	*threads = 1;
	return read_number("--threads", options->threads, TEAM_MOST, threads, error);
}

int options_read(struct options *options, int argc, char **argv, int mask, int positional,
		 const char *usage, struct error *error)
{
	int given = 0;
	memset(options, 0, sizeof *options);
	for (int a = 1; a < argc; a++) {
		int i = 0;
		while (i < OPTIONS &&
		       (strcmp(argv[a], table[i].name) != 0 || !(mask & table[i].bit)))
			i++;
		if (i == OPTIONS) {
			if (argv[a][0] == '-' || options->count == positional)
				return unknown(argv[a], mask, usage, error);
			options->positional[options->count++] = argv[a];
			continue;
		}
		if (given & table[i].bit)
			return error_set(error, ERROR_INPUT, NULL, 0, 0, NULL, "it once",
					 "%s given twice", argv[a]);
		given |= table[i].bit;
		if (table[i].flag) {
			*(bool *)((char *)options + table[i].offset) = true;
		} else if (a + 1 == argc || argv[a + 1][0] == '\0') {
			return error_set(error, ERROR_INPUT, NULL, 0, 0, NULL, usage,
					 "%s without a value", argv[a]);
		} else {
			*(const char **)((char *)options + table[i].offset) = argv[++a];
		}
	}
	if (options->count != positional)
		return error_set(error, ERROR_INPUT, NULL, 0, 0, NULL, usage, "missing argument");
	int threads, status = check_names(options, mask, error);
	status = status ? status : read_threads(options, &threads, error);
	return status || !(mask & OPTION_OUT) ? status : check_results_dir(options, mask, error);
}

int options_backend(const struct options *options, struct backend *backend, struct error *error)
{
	int threads;
	/* Also for commands without these options: the variable is for all. */
	int status = check_names(options, OPTION_ISA, error);
	status = status ? status : read_threads(options, &threads, error);
	if (!status)
		status = (options->choose ? backend_open_anew : backend_open)(backend, options->isa,
									      options->blis, error);
	if (status)
		return status;
	status = share_open(backend, threads, error);
	if (status) {
		backend_close(backend);
		return status;
	}
	if (backend->warning[0])
		fprintf(stderr, "warning: %s\n", backend->warning);
	return 0;
}

int options_backend_one_thread(const struct options *options, struct backend *backend,
			       struct error *error)
{
	if (setenv("BLIS_NUM_THREADS", "1", 1))
		return error_no_memory(error, NULL);
	return options_backend(options, backend, error);
}

enum { JOBS_MAX = 4096 };

int options_jobs(const struct options *options, int *jobs, struct error *error)
{
	long online = sysconf(_SC_NPROCESSORS_ONLN);
	*jobs = online < 1 ? 1 : online > JOBS_MAX ? JOBS_MAX : (int)online;
	return read_number("--jobs", options->jobs, JOBS_MAX, jobs, error);
}
