/* SPDX-License-Identifier: Apache-2.0 */
/* From an experiment file to the list of its runs. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/experiment/identity.h"
#include "harness/tasks/dataset.h"
#include "harness/tasks/dataset_hash.h"
#include "harness/experiment/experiment.h"
#include "harness/experiment/file.h"
#include "harness/experiment/resolve.h"
#include "foundation/array.h"

/* Beyond these a list was expanded by mistake. */
enum { RUNS_MAX = 100000, POINTS_MAX = 1000000 };

struct expansion {
	const struct experiment *x;
	struct run_spec *runs;
	int64_t count, capacity;
};

/* An error without a position (a missing file, a machine's failure) is told where the experiment
 * names the task; one with a position in the task's own files stays. */
static int place_error(const struct experiment *x, int task, struct error *error)
{
	char path[SETTING_PATH];
	if (error == NULL || error->line > 0 || error->status != ERROR_INPUT)
		return error == NULL ? ERROR_INPUT : error->status;
	snprintf(path, sizeof path, "tasks[%d]", task);
	return json_file_refuse(&x->file, path, error, error->expected, "%s%s%s%s%s", error->file,
				error->file[0] != '\0' ? ": " : "", error->path,
				error->path[0] != '\0' ? ": " : "", error->what);
}

static int check_task(const struct experiment *x, const struct task *tasks, int index,
		      struct error *error)
{
	char path[SETTING_PATH];
	snprintf(path, sizeof path, "tasks[%d]", index);
	for (int i = 0; i < index; i++)
		if (strcmp(tasks[i].name, tasks[index].name) == 0)
			return json_file_refuse(&x->file, path, error, "every task once",
						"\"%s\" is task %s, as tasks[%d] is",
						x->tasks[index], tasks[index].name, i);
	if (!x->evaluate_test && !(tasks[index].validation_fraction > 0.0))
		return json_file_refuse(&x->file, "evaluate_on", error, "\"test\"",
					"found \"validation\", but task %s has no validation part",
					tasks[index].name);
	return 0;
}

static int read_tasks(struct plan *plan, const struct experiment *x, const char *file_name,
		      struct error *error)
{
	struct error found = {0};
	plan->tasks = array_zeroed(x->task_count, sizeof *plan->tasks);
	if (plan->tasks == NULL)
		return error_no_memory(error, file_name);
	for (int i = 0; i < x->task_count; i++) {
		int status = task_read(&plan->tasks[i], x->tasks[i], file_name, &found);
		if (status != 0) {
			status = place_error(x, i, &found);
			if (error != NULL)
				*error = found;
			return status;
		}
		plan->task_count++;
		status = check_task(x, plan->tasks, i, error);
		if (status != 0)
			return status;
	}
	return 0;
}

static int read_data(const struct experiment *x, struct plan_task *task, const char *cache_dir,
		     struct error *error)
{
	struct error found = {0};
	int status = dataset_hash(task->task, cache_dir, task->sha256, &found);
	if (status == 0)
		status = dataset_dims(task->task, cache_dir, &task->input_dim, &task->output_dim,
				      &task->train_rows, &found);
	if (status == 0)
		return 0;
	status = place_error(x, task->index, &found);
	if (error != NULL)
		*error = found;
	return status;
}

/* What is evaluated on no row has no metric. */
static int check_validation(const struct experiment *x, const struct plan_task *task,
			    struct error *error)
{
	double rows = task->task->validation_fraction * (double)task->train_rows;
	if (x->evaluate_test || rows >= 1.0)
		return 0;
	return json_file_refuse(&x->file, "evaluate_on", error, "\"test\"",
				"found \"validation\", but the validation part of task %s, %g of "
				"%" PRId64 " training rows, has no row",
				task->task->name, task->task->validation_fraction,
				task->train_rows);
}

static struct run_spec *add_run(struct expansion *e)
{
	if (e->count == e->capacity) {
		int64_t capacity = e->capacity > 0 ? 2 * e->capacity : 64;
		struct run_spec *runs = array_grow(e->runs, capacity, sizeof *runs);
		if (runs == NULL)
			return NULL;
		e->runs = runs;
		e->capacity = capacity;
	}
	return &e->runs[e->count++];
}

static int add_seed(struct expansion *e, const struct run_spec *resolved, const struct task *task,
		    int64_t seed, struct error *error)
{
	struct run_spec *run = add_run(e);
	if (run == NULL)
		return error_no_memory(error, e->x->file.name);
	*run = *resolved;
	run->seed = run->arch.seed = (uint64_t)seed;
	/* Reading the file made sure that there is one. */
	if (run->router.nerve.kind == NERVE_SHUFFLED &&
	    nerve_shuffled(&run->router.nerve, run->router.nerve.n_experts, run->router.nerve.k,
			   run->seed) != 0)
		return error_no_memory(error, e->x->file.name);
	return canonical_run(run, &task->heads, error);
}

/* Whether the arm has a run of its own at this point: along axes it does not use, only the first
 * point is one. */
static bool has_point(const struct expansion *e, const struct plan_task *task, int arm,
		      const int index[KEYS])
{
	if (!plan_arm_has_task(e->x, task, arm))
		return false;
	for (int key = 0; key < KEYS; key++)
		if (index[key] >= plan_axis_length(e->x, task, arm, (enum experiment_key)key))
			return false;
	return true;
}

/* All seeds and arms of one task at one point; arms side by side. */
static int expand_point(struct expansion *e, const struct plan_task *task, const int index[KEYS],
			struct run_spec *resolved, struct error *error)
{
	int arms = 0;
	for (int arm = 0; arm < e->x->arm_count; arm++) {
		if (!has_point(e, task, arm, index))
			continue;
		int status = plan_resolve(e->x, task, arm, index, &resolved[arms++], error);
		if (status != 0)
			return status;
	}
	for (int64_t s = 0; arms > 0 && s < e->x->seed_count; s++)
		for (int arm = 0; arm < arms; arm++) {
			int status =
			    add_seed(e, &resolved[arm], task->task, e->x->first_seed + s, error);
			if (status != 0)
				return status;
		}
	return 0;
}

/* Refused before any is made: a product of lists grows faster than memory.  The longest list is
 * named; the number is a double, which no product of lists overflows. */
static int check_size(const struct plan *plan, const struct experiment *x, struct error *error)
{
	const char *path = "seeds.count";
	double runs = 0.0;
	int64_t longest = x->seed_count;
	for (int t = 0; t < plan->task_count; t++) {
		struct plan_task task = {.task = &plan->tasks[t], .index = t};
		for (int arm = 0; arm < x->arm_count; arm++) {
			double product = (double)x->seed_count;
			for (int key = 0; key < KEYS && plan_arm_has_task(x, &task, arm); key++) {
				enum experiment_key k = (enum experiment_key)key;
				int length = plan_axis_length(x, &task, arm, k);
				product = product * length;
				if (length > longest) {
					longest = length;
					path = experiment_key_path(k);
				}
			}
			if (plan_arm_has_task(x, &task, arm))
				runs = runs + product;
		}
	}
	if (runs <= RUNS_MAX)
		return 0;
	return json_file_refuse(&x->file, path, error,
				"at most 100000 runs: a smaller product of the lists",
				"found %.15g runs", runs);
}

/* The number of points, and each axis' length, over all arms; 0 when there are too many. */
static int64_t measure_axes(const struct expansion *e, const struct plan_task *task,
			    int length[KEYS])
{
	int64_t points = 1;
	for (int key = 0; key < KEYS; key++) {
		length[key] = 1;
		for (int arm = 0; arm < e->x->arm_count; arm++) {
			if (!plan_arm_has_task(e->x, task, arm))
				continue;
			int own = plan_axis_length(e->x, task, arm, (enum experiment_key)key);
			length[key] = own > length[key] ? own : length[key];
		}
		points *= length[key];
		if (points > POINTS_MAX)
			return 0;
	}
	return points;
}

static int expand_task(struct expansion *e, const struct plan_task *task, struct error *error)
{
	int length[KEYS], index[KEYS], status = 0;
	int64_t points = measure_axes(e, task, length);
	if (points == 0)
		return json_file_refuse(&e->x->file, "", error, "a smaller product of the lists",
					"found more than %d combinations", POINTS_MAX);
	struct run_spec *resolved = array_zeroed(e->x->arm_count, sizeof *resolved);
	if (resolved == NULL)
		return error_no_memory(error, e->x->file.name);
	for (int64_t point = 0; status == 0 && point < points; point++) {
		int64_t rest = point;
		for (int key = KEYS - 1; key >= 0; key--) {
			index[key] = (int)(rest % length[key]);
			rest /= length[key];
		}
		status = expand_point(e, task, index, resolved, error);
	}
	free(resolved);
	return status;
}

static int compare_ids(const void *a, const void *b)
{
	const struct run_spec *const *x = a, *const *y = b;
	int order = strcmp((*x)->run_id, (*y)->run_id);
	return order != 0 ? order : (*x > *y) - (*x < *y);
}

static int refuse_twin(const struct experiment *x, const struct run_spec *run,
		       const struct run_spec *twin, struct error *error)
{
	char path[SETTING_PATH] = "arms";
	for (int arm = 0; arm < x->arm_count; arm++)
		if (strcmp(x->arms[arm].name, twin->arm) == 0)
			snprintf(path, sizeof path, "arms[%d]", arm);
	return json_file_refuse(&x->file, path, error, "arms that differ in what they compute",
				"arm %s is the same run as arm %s (task %s%s%s, seed %" PRIu64 ")",
				twin->arm, run->arm, run->task_name,
				run->variant[0] != '\0' ? ", " : "", run->variant, run->seed);
}

/* Two entries of one id would share a folder. */
static int check_distinct_ids(const struct expansion *e, struct error *error)
{
	const struct run_spec **order = calloc((size_t)e->count + 1, sizeof *order);
	int status = 0;
	if (order == NULL)
		return error_no_memory(error, e->x->file.name);
	for (int64_t i = 0; i < e->count; i++)
		order[i] = &e->runs[i];
	qsort(order, (size_t)e->count, sizeof *order, compare_ids);
	for (int64_t i = 1; status == 0 && i < e->count; i++)
		if (strcmp(order[i - 1]->run_id, order[i]->run_id) == 0)
			status = refuse_twin(e->x, order[i - 1], order[i], error);
	free(order);
	return status;
}

static int expand(struct plan *plan, const struct experiment *x, const char *cache_dir,
		  struct error *error)
{
	struct expansion e = {.x = x};
	int status = check_size(plan, x, error);
	for (int i = 0; status == 0 && i < plan->task_count; i++) {
		struct plan_task task = {.task = &plan->tasks[i], .index = i};
		status = read_data(x, &task, cache_dir, error);
		status = status != 0 ? status : check_validation(x, &task, error);
		if (status == 0)
			status = expand_task(&e, &task, error);
	}
	if (status == 0)
		status = check_distinct_ids(&e, error);
	/* The plan owns them in any case. */
	plan->runs = e.runs;
	plan->run_count = e.count;
	return status;
}

void plan_free(struct plan *plan)
{
	for (int64_t i = 0; i < plan->run_count; i++)
		free(plan->runs[i].canonical);
	for (int i = 0; i < plan->task_count; i++)
		task_free(&plan->tasks[i]);
	free(plan->runs);
	free(plan->tasks);
	free(plan->file_name);
	*plan = (struct plan){0};
}

int plan_read(struct plan *plan, const char *file_name, const char *cache_dir, struct error *error)
{
	struct experiment x = {0};
	struct plan made = {0};
	int status = experiment_read(&x, file_name, error);
	if (status != 0)
		return status;
	memcpy(made.name, x.name, sizeof made.name);
	made.first_seed = x.first_seed;
	made.seed_count = x.seed_count;
	made.file_name = strdup(file_name);
	if (made.file_name == NULL)
		status = error_no_memory(error, file_name);
	if (status == 0)
		status = read_tasks(&made, &x, file_name, error);
	if (status == 0)
		status = expand(&made, &x, cache_dir, error);
	experiment_free(&x);
	if (status != 0) {
		plan_free(&made);
		return status;
	}
	*plan = made;
	return 0;
}
