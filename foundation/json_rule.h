/* SPDX-License-Identifier: Apache-2.0 */
/* What the value of a JSON key must be, as a row of a table: the reading, the check and what a
 * message says was expected all come from it.  Files are read by such tables (json_file_read);
 * experiments add to each row what only they know (harness/experiment/keys.c). */
#ifndef SHEAFBENCH_FOUNDATION_JSON_RULE_H
#define SHEAFBENCH_FOUNDATION_JSON_RULE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum json_rule_type {
	RULE_UNREAD,  /* any value, left alone */
	RULE_INTEGER, /* int64_t, or uint64_t where `least` is not negative; 3.0 is none */
	RULE_NUMBER,  /* double, finite */
	RULE_BOOL,    /* bool */
	RULE_STRING,  /* const char *, owned by the document */
	RULE_CHOICE,  /* int: index into `choices` */
	RULE_OBJECT,  /* const json_t *, owned by the document */
	RULE_ARRAY,   /* likewise */
};

/* Kinds of object that one table describes are bits; a table of one kind uses this. */
enum { JSON_ANY_KIND = 0x7fffffff };

struct json_rule {
	const char *key;
	enum json_rule_type type;
	unsigned required, optional; /* the kinds that must, and those that may, have the key */
	int64_t least, most;         /* of an integer, both included */
	double min, max;             /* of a number, both included; infinite: no bound */
	bool below_max;              /* of a number: less than max, also as binary32 */
	const char *const *choices;  /* NULL-terminated */
	size_t at;                   /* offsetof the member that json_file_read fills */
};

/* Whether the value is as the rule says; *out, of the type's C type, is then what it says, and
 * untouched otherwise. */
bool json_rule_read(const struct json_rule *rule, const json_t *value, void *out);
/* "an integer from 1 to 9", "one of "a", "b"": what a message says was expected; cut to size. */
void json_rule_describe(const struct json_rule *rule, char *out, size_t size);
/* "one of "a", "b"" from a NULL-terminated list; cut to size. */
void json_rule_describe_names(const char *const *names, char *out, size_t size);

#endif
