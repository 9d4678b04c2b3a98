/* SPDX-License-Identifier: Apache-2.0 */
/* Finding the markers and replacing what is between them. */
#include "harness/paper/paper.h"

#include <stdbool.h>
#include <string.h>

#include "foundation/text_file.h"
#include "foundation/text_lines.h"
#include "harness/paper/templates.h"

/* A part is the template KEY.md with these values. */
static const struct {
	const char *key;
	json_t *(*values)(const struct paper_source *source);
} parts[] = {
    {"finding", paper_finding},
    {"protocol", paper_protocol},
    {"params", paper_table},
    {"tuning", paper_tuning},
    {"ablation-table", paper_ablation_table},
    {"comparisons", paper_comparisons},
    {"across", paper_across},
    {"verdict", paper_verdict},
    {"reached", paper_reached},
    {"curves", paper_table},
    {"limits", paper_limits},
    {"reproducibility", paper_reproducibility},
    {"throughput", paper_throughput},
    {"peers", paper_peers},
    {"answers", paper_answers},
    {"matching", paper_matching},
    {"controls", paper_controls},
    {"sensitivity", paper_sensitivity},
    {"collapse", paper_routing},
    {"wall-time", paper_wall_time},
    {"routers", paper_routers},
    {"valuations", paper_valuations},
    {"cost", paper_cost},
    {"conclusion", paper_routing},
};
enum { PARTS = sizeof parts / sizeof *parts, KEY_TEXT = 64 };

static const char marker_form[] = "a line <!-- generated:KEY --> or <!-- /generated:KEY -->";

struct marker {
	bool closes;
	char key[KEY_TEXT];
};

static int refuse(const char *file_name, const struct text_line *line, const char *expected,
		  const char *what, const char *key, struct error *error)
{
	return error_set(error, ERROR_INPUT, file_name, line->number, 1, NULL, expected, "%s%s",
			 what, key);
}

static bool begins(const struct text_line *line, const char *prefix)
{
	size_t length = strlen(prefix);
	return line->length >= length && memcmp(line->text, prefix, length) == 0;
}

/* 1: a marker, 0: an ordinary line, negative: a line that begins as a marker and is none. */
static int read_marker(const char *file_name, const struct text_line *line, struct marker *marker,
		       struct error *error)
{
	static const char opening[] = "<!-- generated:", closing[] = "<!-- /generated:",
			  end[] = " -->";
	marker->closes = begins(line, closing);
	if (!marker->closes && !begins(line, opening))
		return 0;
	size_t from = marker->closes ? sizeof closing - 1 : sizeof opening - 1;
	size_t tail = sizeof end - 1;
	if (line->length < from + 1 + tail || line->length - from - tail >= KEY_TEXT ||
	    memcmp(line->text + line->length - tail, end, tail) != 0)
		return refuse(file_name, line, marker_form, "broken marker", "", error);
	memcpy(marker->key, line->text + from, line->length - from - tail);
	marker->key[line->length - from - tail] = '\0';
	return 1;
}

static int find_part(const char *file_name, const struct text_line *line, const char *key,
		     struct error *error)
{
	const char *keys[PARTS + 1] = {NULL};
	char expected[512] = "one of";
	for (int i = 0; i < PARTS; i++) {
		size_t used = strlen(expected);
		keys[i] = parts[i].key;
		snprintf(expected + used, sizeof expected - used, " %s", keys[i]);
		if (strcmp(key, keys[i]) == 0)
			return i;
	}
	const char *near = error_near_name(key, keys);
	return error_set(error, ERROR_INPUT, file_name, line->number, 1, NULL, expected,
			 "unknown key \"%s\"%s%s", key, near ? ", near " : "", near ? near : "");
}

/* Between two lines of the file: which part is open, if any. */
struct replacing {
	const char *file_name;
	const struct paper_source *source;
	FILE *out;
	struct text_line opened;
	char key[KEY_TEXT]; /* "" outside */
};

static void copy_line(FILE *out, const struct text_line *line, bool newline)
{
	fwrite(line->text, 1, line->length, out);
	if (newline)
		fputc('\n', out);
}

static int open_part(struct replacing *r, const struct text_line *line, const struct marker *marker,
		     struct error *error)
{
	if (r->key[0])
		return refuse(r->file_name, line, "the end of the part before it",
			      "found a marker inside part ", r->key, error);
	int part = find_part(r->file_name, line, marker->key, error);
	if (part < 0)
		return part;
	r->opened = *line;
	memcpy(r->key, marker->key, sizeof r->key);
	copy_line(r->out, line, true);
	char name[KEY_TEXT + 8];
	snprintf(name, sizeof name, "%s.md", r->key);
	/* Blank lines, or Markdown would take the content as part of the comment. */
	fputc('\n', r->out);
	json_t *values = parts[part].values(r->source);
	int status = template_write(r->out, paper_templates, name, values, error);
	fputc('\n', r->out);
	return status;
}

static int close_part(struct replacing *r, const struct text_line *line,
		      const struct marker *marker, bool newline, struct error *error)
{
	if (!r->key[0])
		return refuse(r->file_name, line, "an opening marker before it",
			      "found the end of part ", marker->key, error);
	if (strcmp(r->key, marker->key) != 0)
		return refuse(r->file_name, line, r->key, "found the end of part ", marker->key,
			      error);
	r->key[0] = '\0';
	copy_line(r->out, line, newline);
	return 0;
}

/* A paper that says whose it is takes no other experiment's results. */
static int check_experiment(const struct replacing *r, const struct text_line *line,
			    struct error *error)
{
	static const char begin[] = "<!-- generated from: ", end[] = " -->";
	char whose[PLAN_NAME + sizeof begin + sizeof end];
	const char *name = r->source->plan->name;
	if (!begins(line, begin))
		return 0;
	int length = snprintf(whose, sizeof whose, "%s%s%s", begin, name, end);
	if (line->length == (size_t)length && memcmp(line->text, whose, line->length) == 0)
		return 0;
	return error_set(error, ERROR_INPUT, r->file_name, line->number, 1, NULL, whose,
			 "this paper is of another experiment than \"%s\"", name);
}

static int replace_line(struct replacing *r, const struct text_line *line, bool newline,
			struct error *error)
{
	struct marker marker;
	int status = read_marker(r->file_name, line, &marker, error);
	if (status < 0)
		return status;
	if (status == 0) {
		if (r->key[0])
			return 0;
		copy_line(r->out, line, newline);
		return check_experiment(r, line, error);
	}
	return marker.closes ? close_part(r, line, &marker, newline, error)
			     : open_part(r, line, &marker, error);
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
		return refuse(r->file_name, &r->opened, "a closing marker", "no end of part ",
			      r->key, error);
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
