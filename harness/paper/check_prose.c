/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers in hand-written text that look like results. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "harness/paper/paper.h"
#include "foundation/text_lines.h"

enum { WRITTEN_NUMBER = 64 };

static const char allowed_line[] = "<!-- allowed numbers:";

/* Where the reading is. */
struct prose {
	const char *file_name;
	const char *whole; /* NUL-terminated */
	bool generated, fenced, comment, references;
	struct error *error;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool begins(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* The bytes of a blank, the narrow and the other one that does not break included. */
static size_t blank(const char *text)
{
	if (*text == ' ')
		return 1;
	if (begins(text, "\xc2\xa0"))
		return 2;
	return begins(text, "\xe2\x80\xaf") ? 3 : 0;
}

static size_t percent_length(const char *text)
{
	static const char *const signs[] = {"%", "\\%", "percent", "per cent"};
	size_t at = 0;
	while (blank(text + at) > 0)
		at += blank(text + at);
	for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
		if (begins(text + at, signs[i]))
			return at + strlen(signs[i]);
	return 0;
}

static size_t digits(const char *text)
{
	size_t length = 0;
	while (is_digit(text[length]) || (length > 0 && text[length] == ',' &&
					  is_digit(text[length + 1]) && is_digit(text[length - 1])))
		length++;
	return length;
}

/* The length of the number at `text`; `form` is "4,000", "0.5", "1e-3" or "95 %", and *result
 * whether it looks like one. */
static size_t read_number(const char *text, char form[WRITTEN_NUMBER], bool *result)
{
	size_t length = digits(text);
	*result = false;
	if (text[length] == '.' && is_digit(text[length + 1])) {
		length += 1 + digits(text + length + 1);
		*result = true;
	}
	if (text[length] == 'e' || text[length] == 'E') {
		size_t exponent = length + 1;
		exponent += text[exponent] == '-' || text[exponent] == '+';
		if (is_digit(text[exponent])) {
			length = exponent + digits(text + exponent);
			*result = true;
		}
	}
	size_t percent = percent_length(text + length);
	snprintf(form, WRITTEN_NUMBER, "%.*s%s", length < 40 ? (int)length : 40, text,
		 percent ? " %" : "");
	*result = *result || percent > 0;
	return length + percent;
}

/* Whether an entry of an allow-list is `form`. */
static bool is_allowed(const char *whole, const char *form)
{
	size_t length = strlen(form);
	const char *list = whole;
	while ((list = strstr(list, allowed_line)) != NULL) {
		list += sizeof allowed_line - 1;
		const char *end = strstr(list, "-->");
		for (const char *at = list; end && at + length < end; at++)
			if (strncmp(at, form, length) == 0 && (at[-1] == ' ' || at[-1] == ':') &&
			    (at[length] == ',' || begins(at + length, " -->")))
				return true;
	}
	return false;
}

/* The end of what begins with `open` at `text` and is closed in the same line; 0: it is not. */
static size_t skip_span(const char *text, const char *end)
{
	static const struct {
		const char *open, *close;
	} spans[] = {{"``", "``"}, {"`", "`"}, {"](", ")"}, {"<http", ">"}, {"<!--", "-->"}};
	for (size_t i = 0; i < sizeof spans / sizeof *spans; i++) {
		if (!begins(text, spans[i].open))
			continue;
		const char *close = strstr(text + strlen(spans[i].open), spans[i].close);
		if (close && close < end)
			return (size_t)(close - text) + strlen(spans[i].close);
	}
	return 0;
}

static int check_line(const struct prose *p, const char *line, const char *end, long number)
{
	for (const char *at = line; at < end;) {
		char form[WRITTEN_NUMBER];
		bool result = false;
		size_t length = skip_span(at, end);
		if (length == 0 && (is_digit(*at) || (*at == '.' && is_digit(at[1]))))
			length = read_number(at, form, &result);
		if (result && !is_allowed(p->whole, form))
			return error_set(
			    p->error, ERROR_CHECK, p->file_name, number, (long)(at - line) + 1,
			    NULL, "a generated part, or an entry of <!-- allowed numbers: ... -->",
			    "found \"%s\" in hand-written text", form);
		at += length ? length : 1;
	}
	return 0;
}

/* Whether the line is hand-written text. */
static bool enter(struct prose *p, const char *line, const char *end)
{
	if (begins(line, "<!-- generated:") || begins(line, "<!-- /generated:")) {
		p->generated = begins(line, "<!-- g");
		return false;
	}
	if (p->generated)
		return false;
	if (begins(line, "```")) {
		p->fenced = !p->fenced;
		return false;
	}
	if (!p->fenced && begins(line, "## "))
		p->references = begins(line, "## References");
	const char *closes = strstr(line, "-->");
	bool closed = closes && closes < end, was_open = p->comment;
	if (p->comment || begins(line, "<!--"))
		p->comment = !closed;
	return !(was_open || p->comment || p->fenced || p->references || begins(line, "<!--") ||
		 begins(line, "    ") || begins(line, "\t"));
}

int paper_check_prose(const char *file_name, const char *text, size_t size, struct error *error)
{
	struct text_line line = {0};
	char *whole = strndup(text, size);
	struct prose p = {.file_name = file_name, .whole = whole, .error = error};
	int status = whole ? 0 : error_no_memory(error, NULL);
	size = whole ? strlen(whole) : 0;
	for (size_t at = 0; !status && at < size;) {
		text_next_line(whole, size, &at, &line);
		const char *end = line.text + line.length;
		if (enter(&p, line.text, end))
			status = check_line(&p, line.text, end, line.number);
	}
	free(whole);
	return status;
}
