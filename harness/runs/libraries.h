/* SPDX-License-Identifier: Apache-2.0 */
/* Private to this room: the libraries of a run's environment. */
#ifndef SHEAFBENCH_HARNESS_RUNS_LIBRARIES_H
#define SHEAFBENCH_HARNESS_RUNS_LIBRARIES_H

#include <jansson.h>

#include "foundation/error.h"

/* {name: version} of what the program was linked with, a new reference; NULL: out of memory. */
json_t *provenance_versions(void);
/* {file name: SHA-256} of the shared objects in memory, a new reference (a name met again becomes
 * "name (2)"), and the hash of the program's own file.  Hashes are cached in `cache_dir` (NULL:
 * none).  ERROR_MACHINE: a file cannot be read, no memory. */
int provenance_loaded(json_t **loaded, char executable[65], const char *cache_dir,
		      struct error *error);

#endif
