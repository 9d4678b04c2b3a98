/* SPDX-License-Identifier: Apache-2.0 */
/* A JSON document that knows where each value stood, so that a refused value is reported as
 * file:line:column: json.path.  jansson parses (duplicate keys refused); the position of a value is
 * found again by walking the text along its path, only when an error needs it. */
#ifndef SHEAFBENCH_FOUNDATION_JSON_FILE_H
#define SHEAFBENCH_FOUNDATION_JSON_FILE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "foundation/error.h"
#include "foundation/json_rule.h"

struct json_file {
	json_t *root; /* owned; always an object */
	char *text;   /* owned; the file's bytes, NUL-terminated */
	size_t size;
	char *name; /* owned; as the user named it */
};

/* Reads and parses a file whose root must be an object.  ERROR_INPUT: it cannot be opened, is no
 * JSON (line and column), has a key twice or another root; ERROR_MACHINE: no memory.  Free with
 * json_file_free. */
int json_file_load(struct json_file *file, const char *name, struct error *error);
/* The same for text already in memory (tests, canonical forms). */
int json_file_parse(struct json_file *file, const char *name, const char *text, size_t size,
		    struct error *error);
void json_file_free(struct json_file *file);

/* 1-based line and column of the value at `path` (of its key when `at_key`); the position of the
 * nearest existing ancestor when the path does not exist.  Path syntax: "train.lr", "arms[2].name",
 * "" for the root. */
void json_file_locate(const struct json_file *file, const char *path, bool at_key, long *line,
		      long *column);

/* Fills *error with the position of `path` and returns ERROR_INPUT. */
__attribute__((format(printf, 5, 6))) int json_file_refuse(const struct json_file *file,
							   const char *path, struct error *error,
							   const char *expected, const char *format,
							   ...);

/* Refuses keys of the object at `path` that are not in the NULL-terminated list, with a near name;
 * position is the key's. */
int json_file_check_keys(const struct json_file *file, const json_t *object, const char *path,
			 const char *const *keys, struct error *error);

/* The member of the object at `path` ("" for the root) that the rule names; its kinds and `at` are
 * not looked at.  Returns 1 when present and read, 0 when absent and not `required` (*out
 * untouched), negative on error (not as the rule says, missing although required). */
int json_file_get(const struct json_file *file, const json_t *object, const char *path,
		  const struct json_rule *rule, bool required, void *out, struct error *error);

enum { JSON_TABLE_MAX = 64 };

struct json_table {
	const struct json_rule *rules; /* distinct keys among those of one kind */
	size_t count;                  /* at most JSON_TABLE_MAX */
};

/* Reads the object by the rows whose kinds meet `kinds` (bits) into the members they name of the
 * struct at `out`; absent ones are untouched.  Keys of no such row are refused first, then each
 * row's value in the table's order. */
int json_file_read(const struct json_file *file, const json_t *object, const char *path,
		   const struct json_table *table, unsigned kinds, void *out, struct error *error);

/* json_file_get for one key alone, by the type of *out. */
int json_file_get_integer(const struct json_file *file, const json_t *object, const char *path,
			  const char *key, bool required, int64_t min, int64_t max, int64_t *out,
			  struct error *error);
int json_file_get_number(const struct json_file *file, const json_t *object, const char *path,
			 const char *key, bool required, double min, double max, double *out,
			 struct error *error);
int json_file_get_bool(const struct json_file *file, const json_t *object, const char *path,
		       const char *key, bool required, bool *out, struct error *error);
/* The string stays owned by the document. */
int json_file_get_string(const struct json_file *file, const json_t *object, const char *path,
			 const char *key, bool required, const char **out, struct error *error);
/* One of a NULL-terminated list of names; *out is its index; near name on a miss. */
int json_file_get_choice(const struct json_file *file, const json_t *object, const char *path,
			 const char *key, bool required, const char *const *choices, int *out,
			 struct error *error);
int json_file_get_object(const struct json_file *file, const json_t *object, const char *path,
			 const char *key, bool required, const json_t **out, struct error *error);
int json_file_get_array(const struct json_file *file, const json_t *object, const char *path,
			const char *key, bool required, const json_t **out, struct error *error);

#endif
