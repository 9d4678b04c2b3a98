/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/tables/provenance.h"

#include "foundation/json_write.h"

/* The entry of an equal environment and contract; NULL: none yet. */
static json_t *find(const json_t *list, const json_t *environment, int64_t contract)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		json_t *entry = json_array_get(list, i);
		if (json_integer_value(json_object_get(entry, "contract")) == contract &&
		    json_equal(json_object_get(entry, "environment"), environment))
			return entry;
	}
	return NULL;
}

/* Takes `environment`. */
static int count(json_t *list, json_t *environment, const struct run_file *run)
{
	json_t *entry = find(list, environment, run->contract);
	if (entry) {
		json_decref(environment);
		json_int_t runs = json_integer_value(json_object_get(entry, "runs"));
		if (json_object_set_new(entry, "runs", json_integer(runs + 1)))
			return -1;
	} else {
		entry =
		    json_pack("{s:i,s:I,s:{},s:o}", "runs", 1, "contract",
			      (json_int_t)run->contract, "data_sha256", "environment", environment);
		if (json_array_append_new(list, entry)) /* refuses NULL */
			return -1;
	}
	return json_object_set_new(json_object_get(entry, "data_sha256"), run->task,
				   json_string(run->data_sha256));
}

int table_provenance_add(json_t **list, const struct run_file *run, struct error *error)
{
	const json_t *found;
	int status = json_file_get_object(&run->file, run->file.root, "", "environment", false,
					  &found, error);
	if (status <= 0)
		return status;
	json_t *environment = json_deep_copy(found);
	if (!*list)
		*list = json_array();
	if (!environment || !*list) {
		json_decref(environment);
		return error_no_memory(error, NULL);
	}
	json_object_del(environment, "choice");
	return count(*list, environment, run) ? error_no_memory(error, NULL) : 0;
}

void table_provenance_write(FILE *out, const json_t *list)
{
	if (!list)
		return;
	fputs(",\n  \"provenance\": [", out);
	for (size_t i = 0; i < json_array_size(list); i++) {
		fputs(i ? ",\n    " : "\n    ", out);
		json_write_object(out, json_array_get(list, i), 6);
	}
	fputs("\n  ]", out);
}
