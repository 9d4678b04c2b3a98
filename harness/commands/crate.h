/* SPDX-License-Identifier: Apache-2.0 */
/* sheafbench crate CONFIG [--out DIR]: describes results/<name>/ as an RO-Crate 1.1 (JSON-LD) in
 * results/<name>/ro-crate-metadata.json: the finished runs of the plan, tables, figures and saved
 * diffs with size, type and SHA-256, the program and its authors.  The same files and program, the
 * same bytes: the date is SOURCE_DATE_EPOCH's, else the source commit's, else that of the newest
 * run record. */
#ifndef SHEAFBENCH_HARNESS_COMMANDS_CRATE_H
#define SHEAFBENCH_HARNESS_COMMANDS_CRATE_H

#include "foundation/error.h"

int command_crate(int argc, char **argv, struct error *error);

#endif
