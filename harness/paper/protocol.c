/* SPDX-License-Identifier: Apache-2.0 */
/* The protocol in numbers: what the plan resolved the experiment file to. */
#include <string.h>

#include "foundation/number_text.h"
#include "harness/paper/paper.h"
#include "harness/tables/views.h"

/* Values of a setting that are shown. */
enum { VALUES_MAX = 16 };

static json_t *number(bool used, double value)
{
	char text[NUMBER_TEXT];
	number_text(value, text);
	return used ? template_bytes(text) : json_null();
}

static json_t *betas(const struct train_settings *train)
{
	char beta1[NUMBER_TEXT], beta2[NUMBER_TEXT], epsilon[NUMBER_TEXT];
	number_text(train->beta1, beta1);
	number_text(train->beta2, beta2);
	number_text(train->epsilon, epsilon);
	return template_print("%s, %s; %s", beta1, beta2, epsilon);
}

static json_t *codec(const struct router_settings *router)
{
	char tolerance[NUMBER_TEXT];
	number_text((double)router->padic.tolerance, tolerance);
	if (!router->codec)
		return template_bytes("off");
	return template_print("p = %d, N = %d, F = %d, τ = %s", (int)router->padic.p,
			      (int)router->padic.digits, (int)router->padic.scale, tolerance);
}

/* null: the run does not use it. */
static json_t *settings_of(const struct run_spec *run)
{
	const struct nerve *nerve = &run->router.nerve;
	bool mixture = run->arch.model_kind == MODEL_MOE;
	bool sheaf = mixture && router_of(run->router.kind)->has_nerve;
	bool padic = mixture && router_of(run->router.kind)->has_codec;
	return json_pack(
	    "{s:o s:o s:s s:o s:o s:s s:o s:o s:o s:o s:s? s:o s:o s:o}", "epochs",
	    template_integer(run->train.epochs), "batch", template_integer(run->train.batch_size),
	    "size", arch_size_names[run->size], "experts",
	    mixture ? template_print("%d, %d", (int)run->arch.n_experts, (int)run->arch.top_k)
		    : json_null(),
	    "rate", number(true, run->train.lr), "schedule", schedule_names[run->train.schedule],
	    "warmup", number(true, run->train.warmup), "decay",
	    number(true, run->train.weight_decay), "betas", betas(&run->train), "balance",
	    number(mixture, run->router.balance), "renormalized",
	    !mixture                  ? NULL
	    : run->router.renormalize ? "yes"
				      : "no",
	    "nerve",
	    sheaf
		? template_print("%s of %d simplices", nerve_kind_names[nerve->kind], nerve->count)
		: json_null(),
	    "penalty", number(sheaf, run->router.overlap_penalty), "codec",
	    padic ? codec(&run->router) : json_null());
}

/* Adds the values that are not there yet; with `keys` alone only a list for each. */
static bool add_values(json_t *all, const struct run_spec *run, bool keys)
{
	json_t *settings = settings_of(run), *value;
	const char *setting;
	bool made = settings != NULL;
	json_object_foreach(settings, setting, value)
	{
		const json_t *values = json_object_get(all, setting);
		size_t count = json_array_size(values), same = 0;
		while (same < count && !json_equal(json_array_get(values, same), value))
			same++;
		if (keys)
			made = !json_object_set_new(all, setting, json_array()) && made;
		else if (same == count && count <= VALUES_MAX && !json_is_null(value))
			made = !json_array_append_new((json_t *)values,
						      count < VALUES_MAX ? json_incref(value)
									 : template_bytes("…")) &&
			       made;
	}
	json_decref(settings);
	return made;
}

/* By setting the distinct values that runs of the task (NULL: of any) have, in plan order. */
static json_t *distinct_settings(const struct plan *plan, const char *task)
{
	static const struct run_spec none;
	json_t *all = json_object();
	bool made = add_values(all, &none, true);
	for (int64_t i = 0; made && i < plan->run_count; i++)
		if (!task || strcmp(plan->runs[i].task_name, task) == 0)
			made = add_values(all, &plan->runs[i], false);
	if (made)
		return all;
	json_decref(all);
	return NULL;
}

static json_t *view_task(const struct plan *plan, const struct task *task)
{
	json_t *rows = template_bytes("–");
	for (int64_t i = 0; i < plan->run_count; i++)
		if (strcmp(plan->runs[i].task_name, task->name) == 0) {
			json_decref(rows);
			rows = view_integer(plan->runs[i].train_rows);
		}
	json_t *view = distinct_settings(plan, task->name);
	template_set(&view, "task", template_bytes(task->name));
	template_set(&view, "rows", rows);
	template_set(&view, "held", number(true, task->validation_fraction));
	template_set(&view, "metric", template_bytes(task->primary_metric));
	return view;
}

json_t *paper_protocol(const struct paper_source *source)
{
	const struct plan *plan = source->plan;
	json_t *view = distinct_settings(plan, NULL), *tasks = json_array();
	for (int i = 0; i < plan->task_count; i++)
		template_append(&tasks, view_task(plan, &plan->tasks[i]));
	template_set(&view, "tasks", tasks);
	template_set(&view, "first_seed", template_integer(plan->first_seed));
	template_set(&view, "last_seed", template_integer(plan->first_seed + plan->seed_count - 1));
	template_set(&view, "runs", template_integer(plan->run_count));
	return view;
}
