/* SPDX-License-Identifier: Apache-2.0 */
#include "foundation/template.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include "foundation/html_text.h"

enum { DEPTH = 16, NAME = 64 };

struct page {
	FILE *out;
	const struct template_text *set;
	bool html;
	struct scope {
		const json_t *value;
		int at; /* its place in a list; -1: in none */
	} scope[DEPTH]; /* innermost last */
	int depth;
	struct error *error;
};

/* A part of a template: what is before `end` is left. */
struct part {
	const struct template_text *of;
	const char *at, *end;
};

/* kind: '=' a text, '&' the same as it is, else as written. */
struct tag {
	char kind, name[NAME];
	const char *begin, *end; /* of the tag, or of the line it has alone */
};

static int render(struct page *page, struct part part);

__attribute__((format(printf, 4, 5))) static int refuse(struct page *page, const struct part *part,
							const char *at, const char *format, ...)
{
	const char *text = (const char *)part->of->text;
	char what[256];
	long line = 1;
	va_list arguments;
	for (; text < at; text++)
		line += *text == '\n';
	va_start(arguments, format);
	vsnprintf(what, sizeof what, format, arguments);
	va_end(arguments);
	return error_set(page->error, ERROR_CHECK, part->of->name, line, 0, NULL, NULL, "%s", what);
}

static const char *find(const char *at, const char *end, const char *word)
{
	return at < end ? memmem(at, (size_t)(end - at), word, strlen(word)) : NULL;
}

/* Widens a tag that has a line for itself to the line. */
static void take_line(struct tag *tag, const struct part *part)
{
	const char *begin = tag->begin, *end = tag->end;
	while (begin > (const char *)part->of->text && (begin[-1] == ' ' || begin[-1] == '\t'))
		begin--;
	while (end < part->end && (*end == ' ' || *end == '\t'))
		end++;
	bool first = begin == (const char *)part->of->text || begin[-1] == '\n';
	if (first && begin >= part->at && end < part->end && *end == '\n') {
		tag->begin = begin;
		tag->end = end + 1;
	}
}

/* 1: the part's next tag, 0: it has none, negative: it is broken. */
static int next_tag(struct page *page, const struct part *part, struct tag *tag)
{
	tag->begin = find(part->at, part->end, "{{");
	if (!tag->begin)
		return 0;
	const char *name = tag->begin + 2;
	bool raw = name < part->end && *name == '{';
	const char *end = find(name, part->end, raw ? "}}}" : "}}");
	if (!end)
		return refuse(page, part, tag->begin, "a tag without end");
	tag->end = end + (raw ? 3 : 2);
	tag->kind = raw ? '&' : strchr("#^/>!", *name) ? *name : '=';
	name += tag->kind != '=';
	if (tag->kind == '!')
		end = name;
	snprintf(tag->name, sizeof tag->name, "%.*s", (int)(end - name), name);
	if (tag->kind != '=' && tag->kind != '&')
		take_line(tag, part);
	return 1;
}

/* The text within a section, up to its end; `part` goes on behind it. */
static int enter(struct page *page, const struct tag *tag, struct part *part, struct part *inner)
{
	struct tag next;
	int open = 1, status;
	part->at = tag->end;
	*inner = *part;
	while ((status = next_tag(page, part, &next)) == 1) {
		part->at = next.end;
		open += next.kind == '#' || next.kind == '^' ? 1 : next.kind == '/' ? -1 : 0;
		if (open > 0)
			continue;
		inner->end = next.begin;
		if (strcmp(next.name, tag->name) == 0)
			return 0;
		break;
	}
	return status < 0 ? status
			  : refuse(page, inner, tag->begin, "{{%c%s}} without its end", tag->kind,
				   tag->name);
}

static int look_up(struct page *page, const struct part *part, const struct tag *tag,
		   const json_t **value)
{
	bool first = strcmp(tag->name, "-first") == 0;
	*value = strcmp(tag->name, ".") == 0 ? page->scope[page->depth - 1].value : NULL;
	for (int i = page->depth - 1; !*value && i >= 0; i--)
		if (!first)
			*value = json_object_get(page->scope[i].value, tag->name);
		else if (page->scope[i].at >= 0)
			*value = json_boolean(page->scope[i].at == 0);
	return *value ? 0 : refuse(page, part, tag->begin, "{{%s}} is not given", tag->name);
}

static bool is_empty(const json_t *value)
{
	return json_is_false(value) || json_is_null(value) ||
	       (json_is_array(value) && json_array_size(value) == 0) ||
	       (json_is_string(value) && json_string_length(value) == 0);
}

static int render_within(struct page *page, struct scope scope, const struct part *inner)
{
	if (page->depth == DEPTH)
		return refuse(page, inner, inner->at, "sections too deep");
	page->scope[page->depth++] = scope;
	int status = render(page, *inner);
	page->depth--;
	return status;
}

static int render_section(struct page *page, const struct tag *tag, struct part *part)
{
	const json_t *value;
	struct part inner;
	int status = look_up(page, part, tag, &value);
	status = status ? status : enter(page, tag, part, &inner);
	if (status || is_empty(value) != (tag->kind == '^'))
		return status;
	if (!json_is_array(value) || tag->kind == '^')
		return render_within(page, (struct scope){value, -1}, &inner);
	for (int i = 0; !status && i < (int)json_array_size(value); i++) {
		const struct scope scope = {json_array_get(value, (size_t)i), i};
		status = render_within(page, scope, &inner);
	}
	return status;
}

static int render_text(struct page *page, const struct tag *tag, const struct part *part)
{
	const json_t *value;
	int status = look_up(page, part, tag, &value);
	if (status)
		return status;
	if (!json_is_string(value))
		return refuse(page, part, tag->begin, "{{%s}} is no text", tag->name);
	if (page->html && tag->kind == '=')
		html_text(page->out, json_string_value(value));
	else
		fputs(json_string_value(value), page->out);
	return 0;
}

static int render_other(struct page *page, const struct tag *tag, const struct part *part)
{
	for (const struct template_text *t = page->set; t->name; t++)
		if (strcmp(t->name, tag->name) == 0) {
			const char *text = (const char *)t->text;
			const struct part whole = {t, text, text + t->size};
			return render_within(page, page->scope[page->depth - 1], &whole);
		}
	return refuse(page, part, tag->begin, "there is no template %s", tag->name);
}

static int render_tag(struct page *page, const struct tag *tag, struct part *part)
{
	switch (tag->kind) {
	case '#':
	case '^':
		return render_section(page, tag, part);
	case '/':
		return refuse(page, part, tag->begin, "{{/%s}} without its beginning", tag->name);
	case '>':
		return render_other(page, tag, part);
	case '!':
		return 0;
	default:
		return render_text(page, tag, part);
	}
}

static int render(struct page *page, struct part part)
{
	struct tag tag;
	int status;
	while ((status = next_tag(page, &part, &tag)) == 1) {
		fwrite(part.at, 1, (size_t)(tag.begin - part.at), page->out);
		part.at = tag.end;
		status = render_tag(page, &tag, &part);
		if (status)
			return status;
	}
	if (!status)
		fwrite(part.at, 1, (size_t)(part.end - part.at), page->out);
	return status;
}

int template_write(FILE *out, const struct template_text *set, const char *name, json_t *values,
		   struct error *error)
{
	static const char html[] = ".html";
	size_t length = strlen(name), tail = sizeof html - 1;
	struct page page = {.out = out,
			    .set = set,
			    .html = length > tail && strcmp(name + length - tail, html) == 0,
			    .scope = {{values, -1}},
			    .depth = 1,
			    .error = error};
	const struct template_text from = {.name = name};
	const struct part part = {.of = &from};
	struct tag tag = {.kind = '>'};
	if (!values)
		return error_no_memory(error, NULL);
	snprintf(tag.name, sizeof tag.name, "%s", name);
	int status = render_other(&page, &tag, &part);
	json_decref(values);
	return status;
}

json_t *template_bytes(const char *bytes)
{
	return json_string_nocheck(bytes);
}

json_t *template_integer(int64_t value)
{
	return template_print("%" PRId64, value);
}

json_t *template_print(const char *format, ...)
{
	char text[1024];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	return json_string_nocheck(text);
}

static void give_up(json_t **value)
{
	json_decref(*value);
	*value = NULL;
}

void template_append(json_t **list, json_t *element)
{
	if (*list && json_is_null(element))
		return;
	if (!*list)
		json_decref(element);
	else if (json_array_append_new(*list, element))
		give_up(list);
}

void template_set(json_t **object, const char *name, json_t *value)
{
	if (!*object)
		json_decref(value);
	else if (json_object_set_new_nocheck(*object, name, value))
		give_up(object);
}
