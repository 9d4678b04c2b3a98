/* SPDX-License-Identifier: Apache-2.0 */
/* Folders of refused inputs: every NAME.SUFFIX has a NAME.expect beside it, whose first line is an
 * extended regular expression that the printed error must match. */
#ifndef SHEAFBENCH_TESTS_CORPUS_H
#define SHEAFBENCH_TESTS_CORPUS_H

#include "foundation/error.h"

/* Feeds one file to what is tested and returns its status. */
typedef int corpus_try(const char *file_name, struct error *error);

/* Tries every file of the folder in order of names; each must give ERROR_INPUT and its message.
 * Fails the running cmocka test otherwise, or when the folder holds fewer than `at_least`. */
void corpus_check(const char *folder, const char *suffix, int at_least, corpus_try *attempt);
/* Tries every file of the folder; each must give 0. */
void corpus_check_good(const char *folder, const char *suffix, int at_least, corpus_try *attempt);

/* The line error_print writes, without its newline. */
void corpus_message(const struct error *error, char *line, size_t size);

#endif
