/* SPDX-License-Identifier: Apache-2.0 */
/* The file a choice is kept in: EXECUTABLE.HASH.choice beside the executable, or, where that cannot
 * be written, sheafbench/NAME.HASH.choice in the user's cache folder (XDG_CACHE_HOME, else
 * HOME/.cache).  HASH tells CPUs and places of the executable apart, so that machines that share a
 * folder do not take turns at one file.
 *
 * A file that is damaged, of another CPU, executable or BLIS, no regular file or too large is as
 * good as none and is written anew.  Nothing here fails: what cannot be kept costs time. */
#ifndef SHEAFBENCH_KERNELS_CHOICE_FILE_H
#define SHEAFBENCH_KERNELS_CHOICE_FILE_H

#include <limits.h> /* PATH_MAX */

#include "kernels/choice_text.h"

enum { CHOICE_PLACES = 2 };

struct choice_places {
	int count;
	char path[CHOICE_PLACES][PATH_MAX]; /* the first that works is used */
};

void choice_places_find(struct choice_places *places, const struct kernel_choice *here);

/* True: *choice is what the file holds, made for what `here` is of. */
bool choice_file_read(const char *path, const struct kernel_choice *here,
		      struct kernel_choice *choice);

/* Keeps a contest that was just decided, with those of `here` and what else the file holds, seen
 * whole by any reader.  Of several processes that decide at once the first to write is followed by
 * the others: *contest is then the one it wrote.  With `anew` the file is replaced, whatever it
 * holds.  False: it cannot be kept there. */
bool choice_file_keep(const char *path, const struct kernel_choice *here, struct contest *contest,
		      bool anew);

#endif
