/* SPDX-License-Identifier: Apache-2.0 */
/* JSON values inside a text that is written by hand. */
#ifndef SHEAFBENCH_HARNESS_JSON_WRITE_H
#define SHEAFBENCH_HARNESS_JSON_WRITE_H

#include <jansson.h>
#include <stdio.h> /* FILE */

/* An object with a line per member, `indent` blanks before each and two less before the closing
 * brace; members that are objects likewise, all else on one line.  Out of memory shows as ferror of
 * the caller's stream would: the text is incomplete JSON. */
void json_write_object(FILE *file, const json_t *object, int indent);

#endif
