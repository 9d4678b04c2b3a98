/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a record is what was written: private to harness/runs/file.c, but for the weights. */
#ifndef SHEAFBENCH_HARNESS_RUNS_RECORD_CHECK_H
#define SHEAFBENCH_HARNESS_RUNS_RECORD_CHECK_H

#include <stdbool.h>
#include <stddef.h>

#include "harness/runs/file.h"
#include "models/arch.h"
#include "foundation/error.h"
#include "foundation/json_file.h"

/* The last member of run.json, over all bytes before it:
 *     head -c -LENGTH run.json | sha256sum     where LENGTH is RUN_SEAL */
#define RUN_SEAL_BEGIN "  \"sha256\": \""
#define RUN_SEAL_END "\"\n}\n"
enum { RUN_SEAL = sizeof RUN_SEAL_BEGIN - 1 + 64 + sizeof RUN_SEAL_END - 1 };

/* The seal of the text of a record, which ends in ",\n"; an error names file_name (may be NULL). */
int run_seal(const char *file_name, const char *text, size_t size, char seal[RUN_SEAL + 1],
	     struct error *error);
/* Refuses a record whose seal is missing although it should have one, or is another text's. */
int run_check_seal(const struct json_file *file, bool sealed, struct error *error);

/* The id is the hash of the config in its canonical form, and what stands in both is the same. */
int run_check_config(const struct run_file *run, struct error *error);

/* For a file DIR/run.json: the folder's name is the run's id (if it is an id at all); metrics.jsonl
 * has every epoch up to the last step; in sealed records it and arch.json are the recorded bytes.
 */
int run_check_folder(const struct run_file *run, const char *file_name, bool sealed,
		     struct error *error);

/* Says of an error of the record's content (ERROR_INPUT) that it is damage, and what to do. */
int run_check_damage(int status, struct error *error);

/* weights_sha256 against one that was computed of the weights in file_name. */
int run_check_digest(const struct run_file *run, const char *file_name, const char *found,
		     struct error *error);

/* model.safetensors in `folder` is what the run trained: the recorded bytes (sealed records), a
 * network of this arch, every weight finite, weights_sha256.  `arch` NULL: that of arch.json.  Else
 * the error says that it is damage. */
int run_check_weights(const struct run_file *run, const char *folder, const struct arch *arch,
		      struct error *error);
/* The same in the time that a plan of many runs has: of sealed records the bytes and the header
 * only.
 */
int run_check_model(const struct run_file *run, const char *folder, const struct arch *arch,
		    struct error *error);

#endif
