/* SPDX-License-Identifier: Apache-2.0 */
/* Where an experiment's table is, and reading it from there. */
#include <limits.h> /* PATH_MAX */
#include <unistd.h> /* access */

#include "harness/tables/table.h"
#include "foundation/path.h"

int table_path(char *path, size_t size, struct error *error, const char *results_dir,
	       const char *experiment, const char *extension)
{
	return path_make(path, size, error, "%s/%s/%s.%s", results_dir, experiment, experiment,
			 extension);
}

/* Versions that called every experiment's table "ablation" left it in this folder. */
static int check_older(const char *path, const char *results_dir, const char *experiment,
		       struct error *error)
{
	char older[PATH_MAX], expected[PATH_MAX + 32];
	int status =
	    path_make(older, sizeof older, error, "%s/%s/ablation.json", results_dir, experiment);
	if (status || access(older, F_OK) != 0)
		return status;
	snprintf(expected, sizeof expected, "%s (sheafbench table writes it)", path);
	return error_set(error, ERROR_CHECK, older, 0, 0, NULL, expected,
			 "the table of %s as older versions called it", experiment);
}

int table_read_stored(struct table *table, const char *results_dir, const char *experiment,
		      struct error *error)
{
	char path[PATH_MAX];
	int status = table_path(path, sizeof path, error, results_dir, experiment, "json");
	if (status)
		return status;
	if (access(path, F_OK) != 0)
		return check_older(path, results_dir, experiment, error);
	status = table_read(table, path, error);
	return status ? status : 1;
}
