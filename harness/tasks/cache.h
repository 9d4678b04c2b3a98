/* SPDX-License-Identifier: Apache-2.0 */
/* Remembers what was computed from a file's content, so that a plan need not read the data again:
 * inflating and hashing the data of the ablation takes a second, and every run makes the plan.
 *
 * A file is known by its path, device, inode, size, times of modification and of change.  The last
 * is the system's own: `touch` sets it to now.  A file that changed in the last two seconds is not
 * remembered, for a second change could fall into the same tick of the clock.
 *
 * Every line ends with a digest of itself.  What is wrong, stale, damaged or of another version is
 * a miss, and gone when the file is next written; a cache that cannot be written costs time only.
 * Nothing trains on a cache's word: the bytes that are read are hashed and compared with the plan
 * (harness/runs/runner.h). */
#ifndef SHEAFBENCH_HARNESS_TASKS_CACHE_H
#define SHEAFBENCH_HARNESS_TASKS_CACHE_H

#include <stdbool.h>
#include <stddef.h>

/* A key for the file's present state (PATH_MAX + 192 bytes hold any); false when it cannot be
 * examined or is too new. */
bool data_cache_file_key(const char *file_name, char *key, size_t size);
/* From and into `cache_dir`/data-hashes; NULL: none.  Values are single words or words separated by
 * blanks, without line breaks; one that does not fit in `size` bytes is a miss. */
bool data_cache_get(const char *cache_dir, const char *key, char *value, size_t size);
void data_cache_put(const char *cache_dir, const char *key, const char *value);
/* Forgets everything: something of it was found to be wrong. */
void data_cache_drop(const char *cache_dir);

#endif
