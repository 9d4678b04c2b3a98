/* SPDX-License-Identifier: Apache-2.0 */
/* Finding the markers and replacing what is between them. */
#include "harness/paper/paper.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "foundation/text_file.h"
#include "foundation/text_lines.h"
#include "harness/paper/templates.h"

static const struct {
	const char *key;
	void (*write)(FILE *out, const struct paper_source *source);
	json_t *(*values)(const struct paper_source *source); /* of the template KEY.md */
} parts[] = {
    {"finding", paper_write_finding, NULL},
    {"protocol", paper_write_protocol, NULL},
    {"params", paper_write_params, NULL},
    {"tuning", paper_write_tuning, NULL},
    {"ablation-table", paper_write_table, NULL},
    {"comparisons", paper_write_comparisons, NULL},
    {"across", paper_write_across, NULL},
    {"verdict", paper_write_verdict, NULL},
    {"reached", paper_write_reached, NULL},
    {"curves", NULL, paper_curves},
    {"limits", paper_write_limits, NULL},
    {"reproducibility", paper_write_reproducibility, NULL},
    {"throughput", paper_write_throughput, NULL},
    {"peers", paper_write_peers, NULL},
    {"answers", paper_write_answers, NULL},
    {"matching", paper_write_matching, NULL},
    {"controls", paper_write_controls, NULL},
    {"sensitivity", paper_write_sensitivity, NULL},
    {"collapse", paper_write_collapse, NULL},
    {"wall-time", paper_write_wall_time, NULL},
    {"routers", paper_write_routers, NULL},
    {"valuations", paper_write_valuations, NULL},
    {"cost", paper_write_cost, NULL},
    {"conclusion", paper_write_conclusion, NULL},
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

static int write_part(struct replacing *r, int part, struct error *error)
{
	char name[KEY_TEXT + 8];
	if (!parts[part].values) {
		parts[part].write(r->out, r->source);
		return 0;
	}
	snprintf(name, sizeof name, "%s.md", parts[part].key);
	return template_write(r->out, paper_templates, name, parts[part].values(r->source), error);
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
	/* Blank lines, or Markdown would take the content as part of the comment. */
	fputc('\n', r->out);
	int status = write_part(r, part, error);
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
