/* SPDX-License-Identifier: Apache-2.0 */
/* Remembers what was computed from a file's content, keyed by its path, size, modification time and
 * inode, so that a plan need not read the data again.  A wrong or stale entry is a miss; a cache
 * that cannot be written costs time only. */
#ifndef SHEAFBENCH_HARNESS_DATA_CACHE_H
#define SHEAFBENCH_HARNESS_DATA_CACHE_H

#include <stdbool.h>
#include <stddef.h>

/* A key for the file's present state; false when it cannot be examined. */
bool data_cache_file_key(const char *file_name, char *key, size_t size);
/* Values are single words or words separated by blanks, without line breaks. */
bool data_cache_get(const char *cache_dir, const char *key, char *value, size_t size);
void data_cache_put(const char *cache_dir, const char *key, const char *value);

#endif
