/* SPDX-License-Identifier: Apache-2.0 */
/* What a user writes: arch.json, experiments, tasks. */
#include <stdlib.h>
#include <string.h>

#include "harness/experiment/experiment.h"
#include "harness/experiment/file.h"
#include "harness/tasks/task.h"
#include "models/arch.h"
#include "tests/fuzz/fuzz.h"

static const char TINY_TASK[] = "tests/fuzz/tiny.json";

static void check_counts(const struct arch *arch)
{
	struct arch_counts counts = arch_count(arch);
	FUZZ_CHECK(counts.total_params > 0 && counts.active_params > 0);
	FUZZ_CHECK(counts.active_params <= counts.total_params);
	FUZZ_CHECK(counts.forward_flops > 0 && counts.train_flops >= counts.forward_flops);
	int64_t tensors = arch_tensor_count(arch), params = 0;
	FUZZ_CHECK(tensors > 0);
	for (int64_t i = 0; i < tensors && tensors < 1000; i++) {
		struct arch_tensor tensor;
		arch_tensor_at(arch, i, &tensor);
		FUZZ_CHECK(memchr(tensor.name, '\0', sizeof tensor.name) != NULL);
		params += tensor.rows * tensor.cols;
	}
	FUZZ_CHECK(tensors >= 1000 || params == counts.total_params);
}

void fuzz_arch(const uint8_t *bytes, size_t size)
{
	struct arch arch, again;
	struct error error = {0};
	fuzz_poison(&arch, sizeof arch);
	int status = arch_read(&arch, fuzz_file(0, bytes, size), &error);
	fuzz_status(status, &error);
	if (status) {
		FUZZ_CHECK(fuzz_poisoned(&arch, sizeof arch));
		return;
	}
	FUZZ_CHECK(arch_check(&arch, &error) == 0);
	check_counts(&arch);
	char *text = arch_to_json(&arch), *text_again;
	char hex[65], hex_again[65];
	FUZZ_CHECK(text != NULL);
	FUZZ_CHECK(arch_read(&again, fuzz_file(1, text, strlen(text)), &error) == 0);
	arch_fingerprint(&arch, hex);
	arch_fingerprint(&again, hex_again);
	FUZZ_CHECK(strcmp(hex, hex_again) == 0);
	text_again = arch_to_json(&again);
	FUZZ_CHECK(text_again != NULL && strcmp(text, text_again) == 0);
	free(text);
	free(text_again);
}

static void check_plan(const char *file_name)
{
	struct plan plan;
	struct error error = {0};
	fuzz_poison(&plan, sizeof plan);
	int status = plan_read(&plan, file_name, NULL, &error);
	fuzz_status(status, &error);
	if (status) {
		FUZZ_CHECK(fuzz_poisoned(&plan, sizeof plan));
		return;
	}
	FUZZ_CHECK(plan.run_count > 0 && plan.task_count > 0);
	for (int64_t i = 0; i < plan.run_count; i++) {
		const struct run_spec *run = &plan.runs[i];
		FUZZ_CHECK(strspn(run->run_id, "0123456789abcdef") == 16);
		FUZZ_CHECK(run->canonical[0] == '{');
		FUZZ_CHECK(run->train.epochs > 0 && run->train.batch_size > 0);
		FUZZ_CHECK(arch_check(&run->arch, &error) == 0);
	}
	plan_free(&plan);
}

/* Only plans over the tiny task are expanded: others would read whatever file the input names. */
void fuzz_experiment(const uint8_t *bytes, size_t size)
{
	struct experiment experiment;
	struct error error = {0};
	const char *name = fuzz_file(0, bytes, size);
	fuzz_poison(&experiment, sizeof experiment);
	int status = experiment_read(&experiment, name, &error);
	fuzz_status(status, &error);
	if (status) {
		FUZZ_CHECK(fuzz_poisoned(&experiment, sizeof experiment));
		return;
	}
	FUZZ_CHECK(experiment.arm_count > 0 && experiment.seed_count > 0);
	FUZZ_CHECK(experiment.task_count > 0 && experiment.task_count <= EXPERIMENT_TASKS_MAX);
	bool tiny = experiment.seed_count <= 100;
	int64_t points = experiment.seed_count;
	for (int i = 0; i < experiment.task_count; i++)
		tiny = tiny && strcmp(experiment.tasks[i], TINY_TASK) == 0;
	for (int key = 0; key < KEYS; key++) {
		FUZZ_CHECK(experiment.common[key].count > 0);
		points *= points < 1000 ? experiment.common[key].count : 1;
	}
	tiny = tiny && points < 200;
	experiment_free(&experiment);
	if (tiny)
		check_plan(name);
}

void fuzz_task(const uint8_t *bytes, size_t size)
{
	struct task task;
	struct error error = {0};
	fuzz_poison(&task, sizeof task);
	int status = task_read(&task, fuzz_file(0, bytes, size), NULL, &error);
	fuzz_status(status, &error);
	if (status) {
		FUZZ_CHECK(fuzz_poisoned(&task, sizeof task));
		return;
	}
	FUZZ_CHECK(memchr(task.name, '\0', sizeof task.name) != NULL);
	FUZZ_CHECK(task.file_count >= 0 && task.file_count <= TASK_MAX_FILES);
	FUZZ_CHECK(task.heads.count > 0);
	for (int64_t c = 0; c < task.column_count; c++) {
		const struct task_column *column = &task.columns[c];
		FUZZ_CHECK(column->name != NULL);
		FUZZ_CHECK(column->head >= -1 && column->head < task.heads.count);
		FUZZ_CHECK(column->value_count >= 0);
		for (int64_t v = 0; column->values && v < column->value_count; v++)
			FUZZ_CHECK(column->values[v] != NULL);
	}
	task_free(&task);
}
