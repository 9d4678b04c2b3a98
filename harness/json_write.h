/* SPDX-License-Identifier: Apache-2.0 */
/* JSON values inside a text that is written by hand. */
#ifndef SHEAFBENCH_HARNESS_JSON_WRITE_H
#define SHEAFBENCH_HARNESS_JSON_WRITE_H

#include <jansson.h>
#include <stdio.h> /* FILE */

/* An object with a line per member, `indent` blanks before each and two less before the closing
 * brace; members that are objects likewise, all else on one line.  Returns 0, or -1 out of memory:
 * what was written then is no whole JSON. */
int json_write_object(FILE *file, const json_t *object, int indent);

#endif
