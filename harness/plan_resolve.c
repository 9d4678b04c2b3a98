/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/plan_resolve.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h> /* llabs */
#include <string.h>

/* One point: what every function below looks at. */
struct point {
	const struct experiment *x;
	const struct plan_task *task;
	int arm;
	const int *index;
};

static const struct setting_list *list_of(const struct experiment *x, int arm,
					  enum experiment_key key)
{
	const struct setting_list *own = &x->arms[arm].own[key];
	return own->count > 0 ? own : &x->common[key];
}

static bool task_overrides(const struct experiment *x, const struct plan_task *task,
			   enum experiment_key key)
{
	if (x->override_task)
		return false;
	return (key == KEY_EPOCHS && task->task->epochs > 0) ||
	       (key == KEY_BATCH_SIZE && task->task->batch_size > 0);
}

int plan_axis_length(const struct experiment *x, const struct plan_task *task, int arm,
		     enum experiment_key key)
{
	const struct experiment_arm *a = &x->arms[arm];
	if (!experiment_key_used(a->model_kind, a->router_kind, key) ||
	    task_overrides(x, task, key))
		return 1;
	return list_of(x, arm, key)->count;
}

static const struct setting *setting_at(const struct point *at, enum experiment_key key)
{
	const struct setting_list *list = list_of(at->x, at->arm, key);
	return &list->items[at->index[key] < list->count ? at->index[key] : 0];
}

/* Where a refused setting stands; a default stands nowhere, its key's section is the nearest. */
static const char *path_of(const struct setting *setting, enum experiment_key key)
{
	return setting->path[0] != '\0' ? setting->path : experiment_key_path(key);
}

static int resolve_train(const struct point *at, struct train_settings *train, struct error *error)
{
	const struct setting *batch = setting_at(at, KEY_BATCH_SIZE);
	char path[SETTING_PATH];
	bool of_task = task_overrides(at->x, at->task, KEY_BATCH_SIZE);
	*train = (struct train_settings){
	    .epochs = task_overrides(at->x, at->task, KEY_EPOCHS)
			  ? at->task->task->epochs
			  : setting_at(at, KEY_EPOCHS)->integer,
	    .batch_size = of_task ? at->task->task->batch_size : batch->integer,
	    .lr = setting_at(at, KEY_LR)->number,
	    .weight_decay = setting_at(at, KEY_WEIGHT_DECAY)->number,
	    .schedule = (enum schedule)setting_at(at, KEY_SCHEDULE)->integer,
	    .warmup = setting_at(at, KEY_WARMUP)->number,
	    .beta1 = setting_at(at, KEY_BETA1)->number,
	    .beta2 = setting_at(at, KEY_BETA2)->number,
	    .epsilon = setting_at(at, KEY_EPSILON)->number,
	    .max_steps = setting_at(at, KEY_MAX_STEPS)->integer,
	};
	if (train->batch_size <= at->task->train_rows)
		return 0;
	snprintf(path, sizeof path, "tasks[%d]", at->task->index);
	return json_file_refuse(&at->x->file, of_task ? path : path_of(batch, KEY_BATCH_SIZE),
				error, "at most as many as training rows",
				"found a batch_size of %" PRId64 " for task %s, which has %" PRId64
				" training rows",
				train->batch_size, at->task->task->name, at->task->train_rows);
}

static int resolve_codec(const struct point *at, struct router_settings *router,
			 struct error *error)
{
	const struct setting *setting = setting_at(at, KEY_PADIC);
	struct padic made;
	router->codec = setting->codec;
	if (!router->codec)
		return 0;
	router->padic = setting->padic;
	const char *wrong = padic_init(&made, &setting->padic, at->task->input_dim);
	if (wrong == NULL)
		return 0;
	return json_file_refuse(&at->x->file, path_of(setting, KEY_PADIC), error, NULL,
				"found p %d, digits %d for task %s of %" PRId64 " inputs, but %s",
				setting->padic.p, setting->padic.digits, at->task->task->name,
				at->task->input_dim, wrong);
}

static int resolve_router(const struct point *at, struct router_settings *router,
			  struct error *error)
{
	enum router_kind kind = at->x->arms[at->arm].router_kind;
	memset(router, 0, sizeof *router);
	router->kind = kind;
	if (at->x->arms[at->arm].model_kind == MODEL_DENSE)
		return 0;
	router->balance = setting_at(at, KEY_BALANCE)->number;
	router->renormalize = setting_at(at, KEY_RENORMALIZE)->integer != 0;
	if (kind == ROUTER_SOFTMAX_ONLY)
		return 0;
	const struct setting *nerve = setting_at(at, KEY_NERVE);
	if (nerve->nerve.count == 0)
		return json_file_refuse(
		    &at->x->file, "router.nerve", error, "\"cycle\" or a list of simplices",
		    "missing, and the complete nerve of %" PRId64 " experts with top_k %" PRId64
		    " has more than 256 simplices",
		    at->x->n_experts, at->x->top_k);
	router->nerve = nerve->nerve;
	router->overlap_penalty = setting_at(at, KEY_OVERLAP_PENALTY)->number;
	return kind == ROUTER_SHEAF_PADIC ? resolve_codec(at, router, error) : 0;
}

static struct arch make_moe(const struct point *at, int arm)
{
	struct arch arch =
	    arch_moe((enum arch_size)setting_at(at, KEY_SIZE)->integer, at->task->input_dim,
		     at->task->output_dim, at->x->arms[arm].router_kind, 0);
	arch.n_experts = arch.topology_experts = at->x->n_experts;
	arch.top_k = arch.topology_top_k = at->x->top_k;
	return arch;
}

static int64_t matched_count(const struct arch *moe, enum arch_match on)
{
	struct arch_counts counts = arch_count(moe);
	if (on == MATCH_TRAIN_FLOPS)
		return counts.train_flops;
	return on == MATCH_ACTIVE_PARAMS ? counts.active_params : counts.total_params;
}

/* Within 0.1 %. */
static bool is_match(int64_t target, int64_t residual)
{
	return llabs(residual) <= target / 1000;
}

static void solve_at_width(struct arch *dense, int64_t hidden, enum arch_match on, int64_t target,
			   int64_t *residual)
{
	dense->hidden_dim = hidden;
	dense->intermediate = arch_solve_intermediate(dense, on, target, residual);
}

/* One more unit in `intermediate` adds depth * (2 h + 1) parameters, half of which may be more than
 * 0.1 % of a small network.  Widths beside the size's own have other remainders; the nearest of
 * them that matches is taken, the narrower first.  Without any, the size's own width stays. */
static void solve_near_width(struct arch *dense, enum arch_match on, int64_t target,
			     int64_t *residual)
{
	int64_t width = dense->hidden_dim;
	for (int64_t away = 0; away <= width / 8; away++) {
		solve_at_width(dense, width - away, on, target, residual);
		if (is_match(target, *residual))
			return;
		solve_at_width(dense, width + away, on, target, residual);
		if (is_match(target, *residual))
			return;
	}
	solve_at_width(dense, width, on, target, residual);
}

static int refuse_match(const struct point *at, const struct run_spec *run, struct error *error)
{
	const struct experiment_arm *arm = &at->x->arms[at->arm];
	char path[SETTING_PATH];
	snprintf(path, sizeof path, "arms[%d].match", at->arm);
	return json_file_refuse(
	    &at->x->file, path, error,
	    arm->match_hidden == WIDTH_SIZE && run->arch.intermediate > 1
		? "at most 0.1 %; \"hidden\": \"nearest\" may find a width that matches"
		: "at most 0.1 %",
	    "task %s at size %s: %s of arm %s is %" PRId64
	    ", the nearest Dense network has %" PRId64 " (hidden %" PRId64 ", intermediate %" PRId64
	    "), off by %.3f %%",
	    at->task->task->name, arch_size_names[run->size], arch_match_names[arm->match_on],
	    at->x->arms[arm->match_arm].name, run->match_target,
	    run->match_target + run->match_residual, run->arch.hidden_dim, run->arch.intermediate,
	    100.0 * (double)run->match_residual / (double)run->match_target);
}

static int resolve_dense(const struct point *at, struct run_spec *run, struct error *error)
{
	const struct experiment_arm *arm = &at->x->arms[at->arm];
	struct arch moe = make_moe(at, arm->match_arm);
	run->arch = arch_dense(run->size, at->task->input_dim, at->task->output_dim, 1, 0);
	run->match_target = matched_count(&moe, arm->match_on);
	if (arm->match_hidden == WIDTH_NEAREST)
		solve_near_width(&run->arch, arm->match_on, run->match_target,
				 &run->match_residual);
	else
		solve_at_width(&run->arch, run->arch.hidden_dim, arm->match_on, run->match_target,
			       &run->match_residual);
	/* Other counts may miss by the granularity, but a network already too large at its smallest
	 * matches nothing. */
	bool too_large = run->arch.intermediate == 1 && run->match_residual > 0;
	bool must_match = arm->match_on == MATCH_TOTAL_PARAMS || too_large;
	if (must_match && !is_match(run->match_target, run->match_residual))
		return refuse_match(at, run, error);
	return 0;
}

static int resolve_variant(const struct point *at, struct run_spec *run, struct error *error)
{
	size_t used = 0;
	run->variant[0] = '\0';
	for (int k = KEY_TRAIN_FIRST; k < KEYS; k++) {
		enum experiment_key key = (enum experiment_key)k;
		if (plan_axis_length(at->x, at->task, at->arm, key) < 2)
			continue;
		int length = snprintf(run->variant + used, sizeof run->variant - used, "%s%s",
				      used > 0 ? " " : "", setting_at(at, key)->variant);
		if (length < 0 || (size_t)length >= sizeof run->variant - used)
			return json_file_refuse(&at->x->file, experiment_key_path(key), error,
						"fewer lists in one experiment",
						"too many keys are swept to name a variant");
		used += (size_t)length;
	}
	return 0;
}

/* arch_check speaks of fields of arch.json; here they come from size, task and n_experts. */
static int check_arch(const struct point *at, const struct run_spec *run, struct error *error)
{
	struct error found = {0};
	char path[SETTING_PATH];
	if (arch_check(&run->arch, &found) == 0)
		return 0;
	snprintf(path, sizeof path, "arms[%d]", at->arm);
	return json_file_refuse(&at->x->file, path, error, found.expected, "task %s: %.64s: %.200s",
				at->task->task->name, found.path, found.what);
}

int plan_resolve(const struct experiment *x, const struct plan_task *task, int arm,
		 const int index[KEYS], struct run_spec *run, struct error *error)
{
	struct point at = {x, task, arm, index};
	struct run_spec made = {
	    .size = (enum arch_size)setting_at(&at, KEY_SIZE)->integer,
	    .evaluate_test = x->evaluate_test,
	    .train_rows = task->train_rows,
	};
	snprintf(made.experiment, sizeof made.experiment, "%s", x->name);
	snprintf(made.task_name, sizeof made.task_name, "%s", task->task->name);
	snprintf(made.arm, sizeof made.arm, "%s", x->arms[arm].name);
	memcpy(made.data_sha256, task->sha256, sizeof made.data_sha256);
	int status = resolve_train(&at, &made.train, error);
	if (status == 0)
		status = resolve_router(&at, &made.router, error);
	if (status == 0 && x->arms[arm].model_kind == MODEL_DENSE)
		status = resolve_dense(&at, &made, error);
	else
		made.arch = make_moe(&at, arm);
	if (status == 0)
		status = check_arch(&at, &made, error);
	if (status == 0)
		status = resolve_variant(&at, &made, error);
	if (status == 0)
		*run = made;
	return status;
}
