/* SPDX-License-Identifier: Apache-2.0 */
/* Pages and prose as templates: C says what stands there, the template how.
 *
 * The language is Mustache's (https://mustache.github.io/mustache.5.html), of it
 *
 *     {{name}}                    a text; in a template NAME.html as html_text writes it
 *     {{{name}}}                  the same as it is
 *     {{#name}} ... {{/name}}     once per element of a list, whose members have names within; of
 *                                 anything else once, unless it is false, null or ""; {{.}} is it
 *     {{^name}} ... {{/name}}     where it is false, null, "" or an empty list
 *     {{#-first}} {{^-first}}     whether the innermost list's element is its first or a later one;
 *                                 a name that JMustache and others have too
 *     {{>name}}                   another template of the set
 *     {{! a comment }}
 *
 * A line with nothing but a tag other than the first two is not there at all.  A name is looked up
 * from the innermost section out; one that is not given is an error, so that absent is said by
 * null. The library that Debian has (kainjow's) leaves the line break of a section that is skipped,
 * and takes what is not given as empty. */
#ifndef SHEAFBENCH_FOUNDATION_TEMPLATE_H
#define SHEAFBENCH_FOUNDATION_TEMPLATE_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h> /* FILE */

#include "foundation/error.h"

/* One of a set that ends with a name of NULL; mk/build.mk puts a room's templates/ into the
 * program. The text is not NUL-terminated. */
struct template_text {
	const char *name;
	const unsigned char *text;
	size_t size;
};

/* Writes the set's template of that name with `values`, an object whose reference is taken; NULL
 * says that making them found no memory, which is ERROR_MACHINE.  A template that is broken, or
 * names what is not given, is ERROR_CHECK with its line. */
int template_write(FILE *out, const struct template_text *set, const char *name, json_t *values,
		   struct error *error);

/* Values: any bytes; "-12"; as printf, up to 1023 bytes.  NULL without memory. */
json_t *template_bytes(const char *bytes);
json_t *template_integer(int64_t value);
__attribute__((format(printf, 1, 2))) json_t *template_print(const char *format, ...);
/* Appends an element, or sets a member, whose reference is taken; an element that is null is left
 * out.  Without memory, where one of the two is NULL, the list or object is given up and NULL, as
 * all that is made of it will be. */
void template_append(json_t **list, json_t *element);
void template_set(json_t **object, const char *name, json_t *value);

#endif
