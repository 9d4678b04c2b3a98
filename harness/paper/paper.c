/* SPDX-License-Identifier: Apache-2.0 */
/* Finding the markers and replacing what is between them. */
#include "harness/paper/paper.h"

#include <stdbool.h>
#include <string.h>

#include "foundation/json_rule.h"
#include "foundation/text_file.h"
#include "foundation/text_lines.h"

#define PART_KEY(key, values) key,
#define PART_VALUES(key, values) values,
static const char *const keys[] = {PAPER_PARTS(PART_KEY) NULL};
static json_t *(*const values_of[])(const struct paper_source *source) = {PAPER_PARTS(PART_VALUES)};
enum { KEY_TEXT = PLAN_NAME + 8 };

/* Between two lines of the file: which part is open, if any. */
struct replacing {
	const char *file_name;
	const struct paper_source *source;
	FILE *out;
	struct text_line opened;
	char key[KEY_TEXT]; /* "" outside */
};

static int refuse(const struct replacing *r, const struct text_line *line, const char *expected,
		  const char *what, const char *key, struct error *error)
{
	return error_set(error, ERROR_INPUT, r->file_name, line->number, 1, NULL, expected, "%s%s",
			 what, key);
}

/* Whether the line begins and ends so, with something before an end that is given; what is between
 * is cut where it is longer than any key. */
static bool is_between(const struct text_line *line, const char *begin, const char *end,
		       char between[KEY_TEXT])
{
	size_t head = strlen(begin), tail = strlen(end);
	if (line->length < head + tail + (tail > 0) || memcmp(line->text, begin, head) != 0 ||
	    memcmp(line->text + line->length - tail, end, tail) != 0)
		return false;
	snprintf(between, KEY_TEXT, "%.*s", (int)(line->length - head - tail), line->text + head);
	return true;
}

static int find_part(const struct replacing *r, const struct text_line *line, const char *key,
		     struct error *error)
{
	char expected[512];
	for (int i = 0; keys[i]; i++)
		if (strcmp(key, keys[i]) == 0)
			return i;
	json_rule_describe_names(keys, expected, sizeof expected);
	const char *near = error_near_name(key, keys);
	return error_set(error, ERROR_INPUT, r->file_name, line->number, 1, NULL, expected,
			 "unknown key \"%s\"%s%s", key, near ? ", near " : "", near ? near : "");
}

static void copy_line(FILE *out, const struct text_line *line, bool newline)
{
	fwrite(line->text, 1, line->length, out);
	if (newline)
		fputc('\n', out);
}

static int open_part(struct replacing *r, const struct text_line *line, const char *key,
		     struct error *error)
{
	if (r->key[0])
		return refuse(r, line, "the end of the part before it",
			      "found a marker inside part ", r->key, error);
	int part = find_part(r, line, key, error);
	if (part < 0)
		return part;
	char name[KEY_TEXT + 8];
	r->opened = *line;
	snprintf(r->key, sizeof r->key, "%s", key);
	snprintf(name, sizeof name, "%s.md", key);
	copy_line(r->out, line, true);
	/* Blank lines, or Markdown would take the content as part of the comment. */
	fputc('\n', r->out);
	int status =
	    template_write(r->out, paper_templates, name, values_of[part](r->source), error);
	fputc('\n', r->out);
	return status;
}

static int close_part(struct replacing *r, const struct text_line *line, const char *key,
		      bool newline, struct error *error)
{
	if (strcmp(r->key, key) != 0)
		return refuse(r, line, r->key[0] ? r->key : "an opening marker before it",
			      "found the end of part ", key, error);
	r->key[0] = '\0';
	copy_line(r->out, line, newline);
	return 0;
}

static int replace_line(struct replacing *r, const struct text_line *line, bool newline,
			struct error *error)
{
	char found[KEY_TEXT], whose[PLAN_NAME + 32];
	const char *name = r->source->plan->name;
	if (is_between(line, "<!-- /generated:", " -->", found))
		return close_part(r, line, found, newline, error);
	if (is_between(line, "<!-- generated:", " -->", found))
		return open_part(r, line, found, error);
	if (is_between(line, "<!-- /generated:", "", found) ||
	    is_between(line, "<!-- generated:", "", found))
		return refuse(r, line, "a line <!-- generated:KEY --> or <!-- /generated:KEY -->",
			      "broken marker", "", error);
	if (r->key[0])
		return 0;
	copy_line(r->out, line, newline);
	if (!is_between(line, "<!-- generated from: ", " -->", found) || strcmp(found, name) == 0)
		return 0;
	/* A paper that says whose it is takes no other experiment's results. */
	snprintf(whose, sizeof whose, "<!-- generated from: %s -->", name);
	return error_set(error, ERROR_INPUT, r->file_name, line->number, 1, NULL, whose,
			 "this paper is of another experiment than \"%s\"", name);
}

static int replace(struct replacing *r, const char *text, size_t size, struct error *error)
{
	struct text_line line = {0};
	for (size_t at = 0; at < size;) {
		bool newline = text_next_line(text, size, &at, &line);
		int status = replace_line(r, &line, newline, error);
		if (status)
			return status;
	}
	if (r->key[0])
		return refuse(r, &r->opened, "a closing marker", "no end of part ", r->key, error);
	return 0;
}

int paper_generate(const char *file_name, const char *text, size_t size,
		   const struct paper_source *source, char **out, size_t *out_size,
		   struct error *error)
{
	struct text_stream stream;
	int status = text_stream_open(&stream, error);
	if (status)
		return status;
	struct replacing r = {.file_name = file_name, .source = source, .out = stream.out};
	status = replace(&r, text, size, error);
	if (!status)
		return text_stream_take(&stream, out, out_size, error);
	text_stream_drop(&stream);
	return status;
}
