/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/report/figure.h"

#include <limits.h> /* PATH_MAX */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h> /* access */

#include <openssl/evp.h> /* EVP_EncodeBlock */

#include "foundation/path.h"
#include "foundation/template.h"
#include "foundation/text_file.h"

enum { WORDS = 4096 };

/* The character of an entity at `at`, which moves behind it; an '&' that begins none is one. */
static char next_character(const char **at)
{
	static const struct {
		const char *name;
		char is;
	} entities[] = {{"&lt;", '<'},   {"&gt;", '>'},   {"&amp;", '&'},
			{"&quot;", '"'}, {"&#39;", '\''}, {"&apos;", '\''}};
	for (size_t i = 0; i < sizeof entities / sizeof *entities; i++)
		if (strncmp(*at, entities[i].name, strlen(entities[i].name)) == 0) {
			*at += strlen(entities[i].name);
			return entities[i].is;
		}
	return *(*at)++;
}

/* The text of the first element of that name; "" where there is none, or gnuplot says `own`. */
static void find_words(const char *svg, const char *name, const char *own, char words[WORDS])
{
	char begin[16], end[16];
	size_t used = 0;
	snprintf(begin, sizeof begin, "<%s", name);
	snprintf(end, sizeof end, "</%s>", name);
	const char *at = strstr(svg, begin), *close = at ? strstr(at, end) : NULL;
	at = close ? memchr(at, '>', (size_t)(close - at)) : NULL;
	at = at ? at + 1 : close;
	while (at && at < close && used < WORDS - 1)
		words[used++] = next_character(&at);
	words[used] = '\0';
	if (strncmp(words, own, strlen(own)) == 0)
		words[0] = '\0';
}

/* One element, of which nothing is missing. */
static bool is_svg(const char *text, size_t size)
{
	static const char end[] = "</svg>";
	while (size > 0 && strchr(" \t\r\n", text[size - 1]))
		size--;
	return strlen(text) >= size && strstr(text, "<svg") && size >= sizeof end - 1 &&
	       memcmp(text + size - (sizeof end - 1), end, sizeof end - 1) == 0;
}

static json_t *encode(const char *svg, size_t size)
{
	unsigned char *data = malloc(4 * (size / 3 + 1) + 1);
	if (!data)
		return NULL;
	EVP_EncodeBlock(data, (const unsigned char *)svg, (int)size);
	json_t *value = json_string_nocheck((const char *)data);
	free(data);
	return value;
}

static json_t *figure_of(const char *svg, size_t size, const char *title)
{
	char own[WORDS], words[WORDS], alt[2 * WORDS + 4];
	find_words(svg, "title", "Gnuplot", own);
	find_words(svg, "desc", "Produced by GNUPLOT", words);
	title = own[0] ? own : title;
	snprintf(alt, sizeof alt, "%s%s%s", title, words[0] ? ". " : "", words);
	return json_pack("{s:o s:o s:o}", "title", template_bytes(title), "alt",
			 template_bytes(alt), "data", encode(svg, size));
}

int figure_append(json_t *list, const char *file_name, const char *title, struct error *error)
{
	char *text;
	size_t size;
	if (access(file_name, F_OK) != 0)
		return 0;
	int status = text_file_read(file_name, &text, &size, error);
	if (status)
		return status;
	if (!is_svg(text, size))
		status = error_set(error, ERROR_INPUT, file_name, 0, 0, NULL,
				   "<svg> ... </svg>, as scripts/plot.sh draws it", "no figure");
	else if (json_array_append_new(list, figure_of(text, size, title)))
		status = error_no_memory(error, file_name);
	free(text);
	return status;
}

static const struct {
	const char *name, *title;
} kinds[] = {
    {"differences", "Paired differences"}, {"curves", "Learning curves"},
    {"final", "Results by seed"},          {"valuations", "Valuations of what the codec encoded"},
    {"sensitivity", "Sensitivity"},
};

/* KIND.svg, then that of each task. */
static int read_kind(json_t *list, const char *results_dir, const char *name,
		     const struct table *table, size_t kind, struct error *error)
{
	int status = 0;
	for (int64_t r = -1; !status && r < table->row_count; r++) {
		char path[PATH_MAX], end[68] = "-", title[160];
		if (r >= 0 && !table_task_begins(table, r))
			continue;
		if (r >= 0)
			table_task_stem(table->row[r].task, end + 1);
		status = path_make(path, sizeof path, error, "%s/%s/figures/%s%s.svg", results_dir,
				   name, kinds[kind].name, r < 0 ? "" : end);
		snprintf(title, sizeof title, "%s%s%s", kinds[kind].title, r < 0 ? "" : " of ",
			 r < 0 ? "" : table->row[r].task);
		status = status ? status : figure_append(list, path, title, error);
	}
	return status;
}

int figures_read(json_t **figures, const char *results_dir, const char *name,
		 const struct table *table, struct error *error)
{
	json_t *made = json_object();
	int status = 0;
	for (size_t kind = 0; !status && kind < sizeof kinds / sizeof *kinds; kind++) {
		json_t *list = json_array();
		status = json_object_set_new(made, kinds[kind].name, list)
			     ? error_no_memory(error, NULL)
			     : read_kind(list, results_dir, name, table, kind, error);
	}
	if (status)
		json_decref(made);
	else
		*figures = made;
	return status;
}
