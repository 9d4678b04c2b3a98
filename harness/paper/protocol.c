/* SPDX-License-Identifier: Apache-2.0 */
/* The protocol in numbers: what the plan resolved the experiment file to. */
#include <inttypes.h>
#include <string.h>

#include "foundation/number_text.h"
#include "harness/paper/paper.h"
#include "harness/tables/cell.h"
#include "harness/tables/grid.h"

enum { VALUE_TEXT = 160, VALUES_MAX = 16 };

/* One setting of a run as text; false: the run does not use it. */
typedef bool setting_text(const struct run_spec *run, char text[VALUE_TEXT]);

static bool number(double value, char text[VALUE_TEXT])
{
	char shortest[NUMBER_TEXT];
	number_text(value, shortest);
	snprintf(text, VALUE_TEXT, "%s", shortest);
	return true;
}

static bool integer(int64_t value, char text[VALUE_TEXT])
{
	snprintf(text, VALUE_TEXT, "%" PRId64, value);
	return true;
}

static bool has_nerve(const struct run_spec *run)
{
	return run->arch.model_kind == MODEL_MOE && router_of(run->router.kind)->has_nerve;
}

static bool epochs(const struct run_spec *run, char text[VALUE_TEXT])
{
	return integer(run->train.epochs, text);
}

static bool batch_size(const struct run_spec *run, char text[VALUE_TEXT])
{
	return integer(run->train.batch_size, text);
}

static bool size_name(const struct run_spec *run, char text[VALUE_TEXT])
{
	snprintf(text, VALUE_TEXT, "%s", arch_size_names[run->size]);
	return true;
}

static bool learning_rate(const struct run_spec *run, char text[VALUE_TEXT])
{
	return number(run->train.lr, text);
}

static bool schedule(const struct run_spec *run, char text[VALUE_TEXT])
{
	snprintf(text, VALUE_TEXT, "%s", schedule_names[run->train.schedule]);
	return true;
}

static bool warmup(const struct run_spec *run, char text[VALUE_TEXT])
{
	return number(run->train.warmup, text);
}

static bool weight_decay(const struct run_spec *run, char text[VALUE_TEXT])
{
	return number(run->train.weight_decay, text);
}

static bool betas(const struct run_spec *run, char text[VALUE_TEXT])
{
	char beta1[NUMBER_TEXT], beta2[NUMBER_TEXT], epsilon[NUMBER_TEXT];
	number_text(run->train.beta1, beta1);
	number_text(run->train.beta2, beta2);
	number_text(run->train.epsilon, epsilon);
	snprintf(text, VALUE_TEXT, "%s, %s; %s", beta1, beta2, epsilon);
	return true;
}

static bool experts(const struct run_spec *run, char text[VALUE_TEXT])
{
	if (run->arch.model_kind != MODEL_MOE)
		return false;
	snprintf(text, VALUE_TEXT, "%" PRId64 ", %" PRId64, run->arch.n_experts, run->arch.top_k);
	return true;
}

static bool balance(const struct run_spec *run, char text[VALUE_TEXT])
{
	return run->arch.model_kind == MODEL_MOE && number(run->router.balance, text);
}

static bool renormalize(const struct run_spec *run, char text[VALUE_TEXT])
{
	if (run->arch.model_kind != MODEL_MOE)
		return false;
	snprintf(text, VALUE_TEXT, "%s", run->router.renormalize ? "yes" : "no");
	return true;
}

static bool nerve(const struct run_spec *run, char text[VALUE_TEXT])
{
	if (!has_nerve(run))
		return false;
	snprintf(text, VALUE_TEXT, "%s of %d simplices", nerve_kind_names[run->router.nerve.kind],
		 run->router.nerve.count);
	return true;
}

static bool overlap_penalty(const struct run_spec *run, char text[VALUE_TEXT])
{
	return has_nerve(run) && number(run->router.overlap_penalty, text);
}

static bool codec(const struct run_spec *run, char text[VALUE_TEXT])
{
	const struct padic_settings *padic = &run->router.padic;
	char tolerance[NUMBER_TEXT];
	if (run->arch.model_kind != MODEL_MOE || !router_of(run->router.kind)->has_codec)
		return false;
	number_text((double)padic->tolerance, tolerance);
	if (run->router.codec)
		snprintf(text, VALUE_TEXT, "p = %d, N = %d, F = %d, τ = %s", (int)padic->p,
			 (int)padic->digits, (int)padic->scale, tolerance);
	else
		snprintf(text, VALUE_TEXT, "off");
	return true;
}

/* The distinct values that runs of the task (NULL: of any) have, in plan order. */
static void write_values(struct grid *grid, const struct plan *plan, const char *task,
			 setting_text *setting)
{
	char all[VALUES_MAX * (VALUE_TEXT + 2) + 8] = "";
	char seen[VALUES_MAX][VALUE_TEXT], text[VALUE_TEXT];
	int count = 0;
	bool more = false;
	for (int64_t i = 0; i < plan->run_count; i++) {
		const struct run_spec *run = &plan->runs[i];
		int s = 0;
		if ((task && strcmp(run->task_name, task) != 0) || !setting(run, text))
			continue;
		while (s < count && strcmp(seen[s], text) != 0)
			s++;
		if (s < count)
			continue;
		if (count == VALUES_MAX) {
			more = true;
			continue;
		}
		memcpy(seen[count++], text, sizeof text);
	}
	for (int s = 0; s < count; s++)
		snprintf(all + strlen(all), sizeof all - strlen(all), "%s%s", s ? "; " : "",
			 seen[s]);
	snprintf(all + strlen(all), sizeof all - strlen(all), "%s",
		 more    ? "; …"
		 : count ? ""
			 : "–");
	grid_text(grid, all);
}

static const struct {
	const char *title;
	setting_text *setting;
} settings[] = {
    {"size", size_name},
    {"experts, chosen per sample", experts},
    {"AdamW learning rate", learning_rate},
    {"schedule", schedule},
    {"warm-up, share of steps", warmup},
    {"weight decay", weight_decay},
    {"β₁, β₂; ε", betas},
    {"balance coefficient", balance},
    {"gates renormalised", renormalize},
    {"nerve", nerve},
    {"overlap penalty λ", overlap_penalty},
    {"p-adic codec", codec},
};

static void write_task(struct grid *grid, const struct plan *plan, const struct task *task)
{
	char rows[CELL_TEXT] = "–", held[NUMBER_TEXT];
	for (int64_t i = 0; i < plan->run_count; i++)
		if (strcmp(plan->runs[i].task_name, task->name) == 0)
			cell_integer(plan->runs[i].train_rows, rows);
	number_text(task->validation_fraction, held);
	grid_text(grid, task->name);
	grid_text(grid, rows);
	grid_text(grid, held);
	write_values(grid, plan, task->name, epochs);
	write_values(grid, plan, task->name, batch_size);
	grid_text(grid, task->primary_metric);
}

void paper_write_protocol(FILE *out, const struct paper_source *source)
{
	const struct plan *plan = source->plan;
	struct grid grid;
	grid_begin(&grid, out, GRID_MARKDOWN, NULL,
		   "task\t#training rows\t#of them validation\t#epochs\t#batch\tprimary metric");
	for (int i = 0; i < plan->task_count; i++)
		write_task(&grid, plan, &plan->tasks[i]);
	fputc('\n', out);
	grid_begin(&grid, out, GRID_MARKDOWN, NULL, "setting\tvalue");
	for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
		grid_text(&grid, settings[i].title);
		write_values(&grid, plan, NULL, settings[i].setting);
	}
	grid_text(&grid, "seeds");
	grid_print(&grid, "%" PRId64 " to %" PRId64 ", the same for every arm", plan->first_seed,
		   plan->first_seed + plan->seed_count - 1);
	grid_text(&grid, "runs");
	grid_print(&grid, "%" PRId64, plan->run_count);
}
