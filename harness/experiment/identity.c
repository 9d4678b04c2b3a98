/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/experiment/identity.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h> /* isfinite */
#include <stdio.h>
#include <stdlib.h> /* strtod */
#include <string.h>

#include "kernels/contract.h"
#include "foundation/digest.h"
#include "foundation/number_text.h"
#include "foundation/memory_stream.h"

static void write_number(FILE *out, const char *key, double value)
{
	char text[NUMBER_TEXT];
	number_text(value, text);
	fprintf(out, "\"%s\":%s", key, text);
}

/* False: out of memory. */
static bool write_string(FILE *out, const char *key, const char *value)
{
	json_t *string = json_string(value);
	char *text = json_dumps(string, JSON_COMPACT | JSON_ENCODE_ANY);
	json_decref(string);
	if (text == NULL)
		return false;
	fprintf(out, "\"%s\":%s", key, text);
	free(text);
	return true;
}

/* Of a Dense arch the router kind is stored but computes nothing, so it is left out. */
static void write_arch(FILE *out, const struct arch *arch)
{
	fprintf(out,
		"\"arch\":{\"expert_depth\":%" PRId64 ",\"hidden_dim\":%" PRId64
		",\"input_dim\":%" PRId64 ",\"intermediate\":%" PRId64 ",\"model_kind\":\"%s\""
		",\"n_experts\":%" PRId64 ",\"output_dim\":%" PRId64,
		arch->expert_depth, arch->hidden_dim, arch->input_dim, arch->intermediate,
		model_kind_names[arch->model_kind], arch->n_experts, arch->output_dim);
	if (arch->model_kind == MODEL_MOE)
		fprintf(out, ",\"router_kind\":\"%s\"", router_kind_names[arch->router_kind]);
	fprintf(out, ",\"top_k\":%" PRId64 "}", arch->top_k);
}

static bool write_heads(FILE *out, const struct heads *heads)
{
	fputs("\"heads\":[", out);
	for (int i = 0; i < heads->count; i++) {
		const struct head *head = &heads->head[i];
		fprintf(out, "%s{\"kind\":\"%s\",", i > 0 ? "," : "", head_kind_names[head->kind]);
		if (!write_string(out, "name", head->name))
			return false;
		fputc(',', out);
		write_number(out, "weight", (double)head->weight);
		fprintf(out, ",\"width\":%" PRId64 "}", head->width);
	}
	fputc(']', out);
	return true;
}

/* The simplices themselves: "cycle" and the same list written out are one nerve. */
static void write_nerve(FILE *out, const struct nerve *nerve)
{
	fputs(",\"nerve\":[", out);
	for (int s = 0; s < nerve->count; s++) {
		fputs(s > 0 ? ",[" : "[", out);
		for (int i = 0; i < nerve->k; i++)
			fprintf(out, "%s%d", i > 0 ? "," : "", nerve->simplex[s][i]);
		fputc(']', out);
	}
	fputc(']', out);
}

static void write_router(FILE *out, const struct router_settings *router)
{
	fputs("\"router\":{", out);
	write_number(out, "balance", router->balance);
	fprintf(out, ",\"codec\":%s", router->codec ? "true" : "false");
	/* Said only where there is one: ids from before there were controls stay. */
	if (router->control != CONTROL_NONE)
		fprintf(out, ",\"control\":\"%s\"", router_control_names[router->control]);
	if (router_of(router->kind)->has_nerve) {
		write_nerve(out, &router->nerve);
		fputc(',', out);
		write_number(out, "overlap_penalty", router->overlap_penalty);
	}
	if (router->codec) {
		const struct padic_settings *padic = &router->padic;
		fprintf(out, ",\"padic\":{\"digits\":%d,\"p\":%d,\"scale\":%d,", padic->digits,
			padic->p, padic->scale);
		write_number(out, "tolerance", padic->tolerance);
		fputc('}', out);
	}
	fprintf(out, ",\"renormalize\":%s}", router->renormalize ? "true" : "false");
}

static void write_train(FILE *out, const struct train_settings *train)
{
	fprintf(out, "\"train\":{\"batch_size\":%" PRId64 ",", train->batch_size);
	write_number(out, "beta1", train->beta1);
	fputc(',', out);
	write_number(out, "beta2", train->beta2);
	fprintf(out, ",\"epochs\":%" PRId64 ",", train->epochs);
	write_number(out, "epsilon", train->epsilon);
	fputc(',', out);
	write_number(out, "lr", train->lr);
	fprintf(out, ",\"max_steps\":%" PRId64 ",\"schedule\":\"%s\",", train->max_steps,
		schedule_names[train->schedule]);
	write_number(out, "warmup", train->warmup);
	fputc(',', out);
	write_number(out, "weight_decay", train->weight_decay);
	fputc('}', out);
}

#define CONTRACT_TEXT ",\"contract\":%" PRId64 ","

static bool write_run(FILE *out, const struct run_spec *run, const struct heads *heads)
{
	fputc('{', out);
	write_arch(out, &run->arch);
	fprintf(out, CONTRACT_TEXT "\"data_sha256\":\"%s\",\"evaluate_on\":\"%s\",",
		(int64_t)CONTRACT_VERSION, run->data_sha256,
		run->evaluate_test ? "test" : "validation");
	if (!write_heads(out, heads))
		return false;
	fputc(',', out);
	if (run->arch.model_kind == MODEL_MOE) {
		write_router(out, &run->router);
		fputc(',', out);
	}
	fprintf(out, "\"seed\":%" PRIu64 ",", run->seed);
	if (!write_string(out, "task", run->task_name))
		return false;
	fputc(',', out);
	write_train(out, &run->train);
	fputc('}', out);
	return !ferror(out);
}

int canonical_run(struct run_spec *run, const struct heads *heads, struct error *error)
{
	char *text = NULL, hex[65];
	size_t size = 0;
	FILE *out = memory_stream_open(&text, &size);
	bool written = out != NULL && write_run(out, run, heads);
	/* The stream's text is complete, and its errors known, only when it is closed. */
	if (out != NULL && fclose(out) != 0)
		written = false;
	if (!written) {
		free(text);
		return error_no_memory(error, NULL);
	}
	digest_bytes(text, size, hex);
	int status = digest_check(hex, NULL, error);
	if (status) {
		free(text);
		return status;
	}
	free(run->canonical);
	run->canonical = text;
	memcpy(run->run_id, hex, sizeof run->run_id - 1);
	run->run_id[sizeof run->run_id - 1] = '\0';
	return 0;
}

int canonical_id_under(const struct run_spec *run, int64_t contract, char id[17],
		       struct error *error)
{
	char now[32], then[32], hex[65];
	size_t size = strlen(run->canonical), head;
	char *text = malloc(size + sizeof then);
	if (!text)
		return error_no_memory(error, NULL);
	snprintf(now, sizeof now, CONTRACT_TEXT, (int64_t)CONTRACT_VERSION);
	snprintf(then, sizeof then, CONTRACT_TEXT, contract);
	/* The key stands once outside of strings, and the first: arch has no name of the user's. */
	const char *at = strstr(run->canonical, now);
	head = at ? (size_t)(at - run->canonical) : size;
	snprintf(text, size + sizeof then, "%.*s%s%s", (int)head, run->canonical, at ? then : "",
		 at ? at + strlen(now) : "");
	digest_bytes(text, strlen(text), hex);
	free(text);
	snprintf(id, 17, "%.16s", hex);
	return digest_check(hex, NULL, error);
}
