/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/choice_text.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "kernels/blis_gemm.h"

static const char heading[] = "sheafbench kernel choice 1";

/* A value of one line: names of CPUs may hold anything. */
static void set_plain(char *value, size_t size, const char *text)
{
	snprintf(value, size, "%s", text[0] ? text : "unknown");
	for (char *c = value; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == ';')
			*c = ' ';
}

static bool hash_executable(char hex[20])
{
	static _Thread_local char buffer[1 << 16];
	FILE *file = fopen("/proc/self/exe", "rb");
	XXH3_state_t *state = XXH3_createState();
	size_t got = 0, all = 0;
	bool good = file && state && XXH3_64bits_reset(state) == XXH_OK;
	while (good && (got = fread(buffer, 1, sizeof buffer, file)) > 0) {
		good = XXH3_64bits_update(state, buffer, got) == XXH_OK;
		all += got;
	}
	good = good && all > 0 && !ferror(file);
	if (good)
		snprintf(hex, 20, "%016" PRIx64, (uint64_t)XXH3_64bits_digest(state));
	if (file)
		fclose(file);
	XXH3_freeState(state);
	return good;
}

bool choice_open(struct kernel_choice *choice, const struct cpu *cpu)
{
	char identity[sizeof choice->cpu];
	memset(choice, 0, sizeof *choice);
	cpu_identity(cpu, identity, sizeof identity);
	set_plain(choice->cpu, sizeof choice->cpu, identity);
	set_plain(choice->blis, sizeof choice->blis, blis_gemm_version());
	return hash_executable(choice->executable);
}

bool choice_is_for(const struct kernel_choice *choice, const struct kernel_choice *here)
{
	return !strcmp(choice->cpu, here->cpu) && !strcmp(choice->executable, here->executable) &&
	       !strcmp(choice->blis, here->blis);
}

const struct contest *choice_find(const struct kernel_choice *choice,
				  const struct contest *question)
{
	for (int i = 0; i < choice->count; i++)
		if (contest_is_like(&choice->contests[i], question))
			return &choice->contests[i];
	return NULL;
}

void choice_put(struct kernel_choice *choice, const struct contest *contest)
{
	int i = 0;
	while (i < choice->count && !contest_is_like(&choice->contests[i], contest))
		i++;
	if (i == CHOICE_CONTESTS) {
		memmove(choice->contests, choice->contests + 1,
			(CHOICE_CONTESTS - 1) * sizeof *choice->contests);
		i--;
	} else if (i == choice->count) {
		choice->count++;
	}
	choice->contests[i] = *contest;
}

static int64_t megaflops(double rate)
{
	return rate > 0.0 && rate < 1e9 ? (int64_t)(rate * 1e3 + 0.5) : 0;
}

bool choice_write(const struct kernel_choice *choice, char end, char text[CHOICE_TEXT])
{
	FILE *out = fmemopen(text, CHOICE_TEXT - 32, "w");
	if (!out)
		return false;
	fprintf(out, "%s\ncpu %s\nexecutable %s\nblis %s\n", heading, choice->cpu,
		choice->executable, choice->blis);
	for (int i = 0; i < choice->count; i++) {
		const struct contest *c = &choice->contests[i];
		fprintf(out, "contest %s %s %s", c->subject, c->tie ? "tie" : "clear",
			c->name[c->chosen]);
		for (int j = 0; j < c->count; j++)
			fprintf(out, " %s=%" PRId64, c->name[j], megaflops(c->rate[j]));
		fputc('\n', out);
	}
	long size = ftell(out);
	bool good = !ferror(out) && size > 0;
	good = fclose(out) == 0 && good && strlen(text) == (size_t)size;
	if (!good)
		return false;
	/* The digest is that of the file's form. */
	snprintf(text + size, 32, "digest %016" PRIx64 "\n",
		 (uint64_t)XXH3_64bits(text, (size_t)size));
	for (char *c = text; end != '\n' && *c; c++)
		if (*c == '\n')
			*c = end;
	return true;
}

/* The rest of the line after `key`, which ends at its newline; NULL: another line. */
static char *take_line(char **at, const char *key)
{
	size_t length = strlen(key);
	char *line = *at, *newline = strchr(line, '\n');
	if (!newline || strncmp(line, key, length) != 0)
		return NULL;
	*newline = '\0';
	*at = newline + 1;
	return line + length;
}

static bool take_value(char **at, const char *key, char *value, size_t size)
{
	const char *text = take_line(at, key);
	if (!text || !text[0] || strlen(text) >= size)
		return false;
	memcpy(value, text, strlen(text) + 1);
	return true;
}

static bool take_word(char **rest, char *word, size_t size)
{
	const char *text = strsep(rest, " ");
	if (!text || !text[0] || strlen(text) >= size)
		return false;
	memcpy(word, text, strlen(text) + 1);
	return true;
}

/* SUBJECT clear|tie CHOSEN NAME=RATE ... */
static bool read_contest(struct contest *c, char *rest)
{
	char how[8], chosen[sizeof c->name[0]], pair[sizeof c->name[0] + 24];
	memset(c, 0, sizeof *c);
	c->chosen = -1;
	if (!take_word(&rest, c->subject, sizeof c->subject) ||
	    !take_word(&rest, how, sizeof how) || !take_word(&rest, chosen, sizeof chosen))
		return false;
	c->tie = !strcmp(how, "tie");
	while (rest && c->count < CONTEST_CANDIDATES) {
		if (!take_word(&rest, pair, sizeof pair))
			return false;
		char *equal = strchr(pair, '=');
		if (!equal || (size_t)(equal - pair) >= sizeof c->name[0])
			return false;
		memcpy(c->name[c->count], pair, (size_t)(equal - pair));
		c->rate[c->count] = (double)strtoll(equal + 1, NULL, 10) / 1e3;
		if (!strcmp(c->name[c->count], chosen))
			c->chosen = c->count;
		c->count++;
	}
	return c->chosen >= 0 && !rest;
}

bool choice_read(struct kernel_choice *choice, char end, const char *text, size_t size)
{
	char lines[CHOICE_TEXT], again[CHOICE_TEXT], *at = lines, *rest;
	struct kernel_choice made = {.count = 0};
	if (size >= sizeof lines || memchr(text, 0, size))
		return false;
	for (size_t i = 0; i < size; i++)
		lines[i] = text[i];
	lines[size] = '\0';
	for (char *c = lines; end != '\n' && *c; c++)
		if (*c == end)
			*c = '\n';
	if (!(rest = take_line(&at, heading)) || rest[0] ||
	    !take_value(&at, "cpu ", made.cpu, sizeof made.cpu) ||
	    !take_value(&at, "executable ", made.executable, sizeof made.executable) ||
	    !take_value(&at, "blis ", made.blis, sizeof made.blis))
		return false;
	while (made.count < CHOICE_CONTESTS && (rest = take_line(&at, "contest ")))
		if (!read_contest(&made.contests[made.count++], rest))
			return false;
	/* The digest, and whatever was read too kindly: it must be what we would write. */
	if (!choice_write(&made, end, again) || strlen(again) != size ||
	    memcmp(again, text, size) != 0)
		return false;
	*choice = made;
	return true;
}
