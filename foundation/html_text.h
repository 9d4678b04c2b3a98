/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as text of an HTML page. */
#ifndef SHEAFBENCH_FOUNDATION_HTML_TEXT_H
#define SHEAFBENCH_FOUNDATION_HTML_TEXT_H

#include <stddef.h>
#include <stdio.h> /* FILE */

/* Text for elements and quoted attributes; bytes that are not UTF-8 and control characters become
 * U+FFFD. */
void html_text(FILE *out, const char *text);
/* Appends a part to an id, behind a '-' where it has one before: letters and digits stay, all else
 * is _ and two hex digits. */
void html_id(char *id, size_t size, const char *part);

#endif
