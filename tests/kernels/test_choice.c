/* SPDX-License-Identifier: Apache-2.0 */
/* How kernels are chosen: contests over given numbers, the text and the file of a choice, and what
 * is refused of them. Nothing here is timed. */
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <xxhash.h>

#include "kernels/backend_select.h"
#include "kernels/contest_turns.h"
#include "kernels/choice_file.h"

/* Rates of round i: what each case makes of it. */
typedef void fill_function(int round, double rate[CONTEST_CANDIDATES]);

struct replay {
	fill_function *fill;
	int turns, count;
	double rate[CONTEST_CANDIDATES];
};

/* As contest_run asks: a warm-up round, then rounds whose first candidate goes round. */
static double replay_turn(void *self, int candidate)
{
	struct replay *replay = self;
	replay->fill(replay->turns / replay->count, replay->rate);
	replay->turns++;
	return replay->rate[candidate];
}

static struct contest play(fill_function *fill, int count, int *rounds)
{
	struct contest contest = {.subject = "s", .count = count, .name = {"a", "b", "c"}};
	struct replay replay = {.fill = fill, .count = count};
	contest_run(&contest, replay_turn, &replay);
	*rounds = replay.turns / count - 1;
	return contest;
}

static void equal(int round, double rate[CONTEST_CANDIDATES])
{
	(void)round;
	rate[0] = rate[1] = rate[2] = 100.0;
}

static void clear_win(int round, double rate[CONTEST_CANDIDATES])
{
	rate[0] = 100.0 + round % 3;
	rate[1] = 90.0;
	rate[2] = 120.0 + round % 5;
}

static void clear_first(int round, double rate[CONTEST_CANDIDATES])
{
	(void)round;
	rate[0] = 146.0;
	rate[1] = 131.0;
	rate[2] = 120.0;
}

/* Every other round the one, then the other is ahead. */
static void noisy(int round, double rate[CONTEST_CANDIDATES])
{
	rate[0] = round % 2 ? 80.0 : 120.0;
	rate[1] = round % 2 ? 120.0 : 80.0;
	rate[2] = 10.0;
}

/* A load that halves all that falls into it: the order within every round stays. */
static void loaded(int round, double rate[CONTEST_CANDIDATES])
{
	const double share = round % 7 < 3 ? 0.5 : 1.0;
	rate[0] = 100.0 * share;
	rate[1] = 110.0 * share;
	rate[2] = 50.0 * share;
}

/* A faster one whose turn is interrupted in every tenth round. */
static void interrupted(int round, double rate[CONTEST_CANDIDATES])
{
	rate[0] = 100.0;
	rate[1] = round % 10 == 9 ? 3.0 : 130.0;
	rate[2] = 50.0;
}

static void within_margin(int round, double rate[CONTEST_CANDIDATES])
{
	(void)round;
	rate[0] = 100.0;
	rate[1] = 104.0;
	rate[2] = 104.9;
}

static void absent(int round, double rate[CONTEST_CANDIDATES])
{
	rate[0] = 100.0;
	rate[1] = round % 3 == 0 ? NAN : round % 3 == 1 ? 0.0 : INFINITY;
	rate[2] = -5.0;
}

static void first_absent(int round, double rate[CONTEST_CANDIDATES])
{
	(void)round;
	rate[0] = 0.0;
	rate[1] = 7.0;
	rate[2] = NAN;
}

static void none(int round, double rate[CONTEST_CANDIDATES])
{
	(void)round;
	rate[0] = rate[1] = rate[2] = 0.0;
}

static void test_decides(void **state)
{
	(void)state;
	const struct {
		fill_function *fill;
		int count, chosen;
		bool tie, whole;
		int least, most; /* rounds */
	} cases[] = {{equal, 3, 0, true, true, CONTEST_LEAD, CONTEST_LEAD},
		     {equal, 1, 0, false, true, 1, 1},
		     {clear_win, 3, 2, false, true, CONTEST_LEAD, CONTEST_LEAD},
		     {clear_first, 3, 0, false, true, CONTEST_LEAD, CONTEST_LEAD},
		     {noisy, 2, 0, true, true, CONTEST_ROUNDS, CONTEST_ROUNDS},
		     {noisy, 3, 0, true, true, CONTEST_ROUNDS, CONTEST_ROUNDS},
		     {loaded, 3, 1, false, true, CONTEST_LEAD, CONTEST_LEAD},
		     {interrupted, 3, 1, false, true, CONTEST_LEAD, CONTEST_LEAD + 4},
		     {within_margin, 3, 0, true, true, CONTEST_LEAD, CONTEST_LEAD},
		     {absent, 3, 0, false, false, CONTEST_LEAD, CONTEST_LEAD},
		     {first_absent, 3, 1, false, false, CONTEST_LEAD, CONTEST_LEAD},
		     {none, 3, 0, true, false, CONTEST_LEAD, CONTEST_LEAD}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int rounds;
		struct contest contest = play(cases[i].fill, cases[i].count, &rounds);
		if (contest.chosen != cases[i].chosen || contest.tie != cases[i].tie ||
		    contest_is_whole(&contest) != cases[i].whole || rounds < cases[i].least ||
		    rounds > cases[i].most)
			fail_msg("case %zu: chosen %d, tie %d, rounds %d", i, contest.chosen,
				 contest.tie, rounds);
	}
}

/* The order of two is that of their turns: swapped, it is the other's. */
static void test_compares_both_ways(void **state)
{
	(void)state;
	fill_function *const fills[] = {equal, clear_win, noisy, loaded, within_margin, absent};
	for (size_t i = 0; i < sizeof fills / sizeof *fills; i++) {
		struct contest_rounds rounds = {.count = CONTEST_ROUNDS};
		for (int r = 0; r < CONTEST_ROUNDS; r++)
			fills[i](r, rounds.rate[r]);
		for (int a = 0; a < 3; a++)
			for (int b = 0; b < 3; b++) {
				enum contest_order order = contest_compare(&rounds, a, b);
				enum contest_order back = contest_compare(&rounds, b, a);
				assert_int_not_equal(order, CONTEST_OPEN);
				assert_int_equal(back, order == CONTEST_FASTER   ? CONTEST_SLOWER
						       : order == CONTEST_SLOWER ? CONTEST_FASTER
										 : CONTEST_TIE);
			}
	}
	struct contest_rounds few = {.count = CONTEST_LEAD - 1};
	for (int r = 0; r < few.count; r++)
		clear_win(r, few.rate[r]);
	assert_int_equal(contest_compare(&few, 0, 2), CONTEST_OPEN);
	clear_win(few.count, few.rate[few.count]);
	few.count++;
	assert_int_equal(contest_compare(&few, 0, 2), CONTEST_FASTER);
}

/* The margin itself is no win: the first is left for more than it alone. */
static void test_margin(void **state)
{
	(void)state;
	struct contest_rounds rounds = {.count = CONTEST_LEAD};
	for (int r = 0; r < rounds.count; r++) {
		rounds.rate[r][0] = 100.0;
		rounds.rate[r][1] = CONTEST_MARGIN * 100.0;
	}
	assert_int_equal(contest_compare(&rounds, 0, 1), CONTEST_TIE);
	for (int r = 0; r < rounds.count; r++)
		rounds.rate[r][1] = 105.01;
	assert_int_equal(contest_compare(&rounds, 0, 1), CONTEST_FASTER);
}

static struct kernel_choice sample(void)
{
	struct kernel_choice choice = {.cpu =
					   "x86_64 Some CPU family 6 model 207 stepping 8 fma,avx2",
				       .executable = "0123456789abcdef",
				       .blis = "0.9.0",
				       .count = 2,
				       .contests = {{.subject = "level",
						     .count = 2,
						     .name = {"v4", "v3"},
						     .rate = {146.203, 120.11},
						     .tie = false},
						    {.subject = "blis-v4-1",
						     .count = 3,
						     .name = {"none", "skx", "haswell"},
						     .rate = {146.0, 149.25, 0.001},
						     .chosen = 0,
						     .tie = true}}};
	return choice;
}

static void assert_same_choice(const struct kernel_choice *x, const struct kernel_choice *y)
{
	assert_string_equal(x->cpu, y->cpu);
	assert_string_equal(x->executable, y->executable);
	assert_string_equal(x->blis, y->blis);
	assert_int_equal(x->count, y->count);
	for (int i = 0; i < x->count; i++) {
		const struct contest *a = &x->contests[i], *b = &y->contests[i];
		assert_true(contest_is_like(a, b));
		assert_int_equal(a->chosen, b->chosen);
		assert_int_equal(a->tie, b->tie);
		for (int j = 0; j < a->count; j++)
			assert_true(a->rate[j] == b->rate[j]);
	}
}

/* Whatever byte is changed, cut or put in, in either form: refused, and nothing is touched. */
static void test_text(void **state)
{
	(void)state;
	const struct kernel_choice choice = sample();
	for (int form = 0; form < 2; form++) {
		const char end = form ? ';' : '\n';
		char text[CHOICE_TEXT], bad[CHOICE_TEXT + 1];
		struct kernel_choice read, untouched;
		assert_true(choice_write(&choice, end, text));
		const size_t size = strlen(text);
		assert_true(choice_read(&read, end, text, size));
		assert_same_choice(&read, &choice);
		memset(&untouched, 0x5a, sizeof untouched);
		read = untouched;
		for (size_t i = 0; i < size; i++) {
			static const char others[] = {0,   ' ', '0', ';',   '\n',
						      '=', '-', 'z', '\x7f'};
			assert_false(choice_read(&read, end, text, i)); /* cut */
			for (size_t c = 0; c < sizeof others; c++) {
				if (text[i] == others[c])
					continue;
				memcpy(bad, text, size);
				bad[i] = others[c];
				assert_false(choice_read(&read, end, bad, size));
				memmove(bad + i + 1, text + i, size - i);
				bad[i] = others[c];
				assert_false(choice_read(&read, end, bad, size + 1));
			}
			for (int bit = 0; bit < 8; bit++) {
				memcpy(bad, text, size);
				bad[i] = (char)(bad[i] ^ (1 << bit));
				assert_false(choice_read(&read, end, bad, size));
			}
		}
		assert_memory_equal(&read, &untouched, sizeof read);
		memset(bad, 'x', sizeof bad);
		assert_false(choice_read(&read, end, bad, sizeof bad));
	}
}

static void test_foreign(void **state)
{
	(void)state;
	const struct kernel_choice here = sample();
	struct kernel_choice other = here;
	assert_true(choice_is_for(&other, &here));
	other.count = 0;
	assert_true(choice_is_for(&other, &here));
	other.cpu[7]++;
	assert_false(choice_is_for(&other, &here));
	other = here;
	other.executable[15]++;
	assert_false(choice_is_for(&other, &here));
	other = here;
	other.blis[0]++;
	assert_false(choice_is_for(&other, &here));
	/* Other candidates are another question. */
	struct contest question = here.contests[0];
	assert_non_null(choice_find(&here, &question));
	snprintf(question.name[1], sizeof question.name[1], "baseline");
	assert_null(choice_find(&here, &question));
	question = here.contests[1];
	question.count = 2;
	assert_null(choice_find(&here, &question));
	snprintf(question.subject, sizeof question.subject, "blis-v4-2");
	assert_null(choice_find(&here, &question));
}

static void test_put(void **state)
{
	(void)state;
	struct kernel_choice choice = sample();
	struct contest contest = choice.contests[0];
	contest.chosen = 1;
	choice_put(&choice, &contest);
	assert_int_equal(choice.count, 2);
	assert_int_equal(choice.contests[0].chosen, 1);
	for (int i = 0; i < CHOICE_CONTESTS + 3; i++) {
		snprintf(contest.subject, sizeof contest.subject, "blis-v4-%d", i + 2);
		choice_put(&choice, &contest);
	}
	assert_int_equal(choice.count, CHOICE_CONTESTS);
	assert_non_null(choice_find(&choice, &contest));
	char text[CHOICE_TEXT];
	assert_true(choice_write(&choice, '\n', text));
}

/* Of all its bytes at once. */
static void executable_hash(char hex[17])
{
	const int file = open("/proc/self/exe", O_RDONLY);
	struct stat info;
	assert_true(file >= 0 && fstat(file, &info) == 0 && info.st_size > 0);
	const size_t size = (size_t)info.st_size;
	void *bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, file, 0);
	assert_true(bytes != MAP_FAILED);
	snprintf(hex, 17, "%016" PRIx64, (uint64_t)XXH3_64bits(bytes, size));
	munmap(bytes, size);
	close(file);
}

static void test_this_process(void **state)
{
	(void)state;
	char hex[17];
	struct cpu cpu;
	struct kernel_choice here, again;
	cpu_detect(&cpu);
	if (!choice_open(&here, &cpu))
		skip(); /* no /proc */
	assert_true(choice_open(&again, &cpu));
	assert_true(choice_is_for(&here, &again));
	executable_hash(hex);
	assert_string_equal(here.executable, hex);
	assert_int_equal(here.count, 0);
	assert_null(strpbrk(here.cpu, "\n;"));
}

struct place {
	char folder[1024], path[1064];
};

static void make_place(struct place *place)
{
	const char *base = getenv("TMPDIR");
	snprintf(place->folder, sizeof place->folder, "%.1000s/choice.XXXXXX",
		 base && base[0] ? base : "/tmp");
	assert_non_null(mkdtemp(place->folder));
	snprintf(place->path, sizeof place->path, "%s/x.choice", place->folder);
}

static void remove_place(const struct place *place)
{
	unlink(place->path);
	/* Nothing else was left. */
	assert_int_equal(rmdir(place->folder), 0);
}

static void write_place(const struct place *place, const char *text, size_t size)
{
	FILE *file = fopen(place->path, "wb");
	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

static void test_file(void **state)
{
	(void)state;
	struct place place;
	struct kernel_choice here = sample(), read;
	struct contest level = here.contests[0], blis = here.contests[1];
	here.count = 0;
	make_place(&place);
	assert_false(choice_file_read(place.path, &here, &read));
	assert_true(choice_file_keep(place.path, &here, &level, false));
	assert_true(choice_file_keep(place.path, &here, &blis, false));
	const struct kernel_choice both = sample();
	assert_true(choice_file_read(place.path, &here, &read));
	assert_same_choice(&read, &both);
	/* Who comes later follows. */
	struct contest late = level;
	late.chosen = 1;
	assert_true(choice_file_keep(place.path, &here, &late, false));
	assert_int_equal(late.chosen, 0);
	/* Unless it was told to decide anew. */
	late.chosen = 1;
	assert_true(choice_file_keep(place.path, &here, &late, true));
	assert_true(choice_file_read(place.path, &here, &read));
	assert_int_equal(read.count, 1);
	assert_int_equal(read.contests[0].chosen, 1);
	/* Of another executable: as good as none, and replaced. */
	struct kernel_choice other = here;
	other.executable[0] = 'f';
	assert_false(choice_file_read(place.path, &other, &read));
	assert_true(choice_file_keep(place.path, &other, &blis, false));
	assert_true(choice_file_read(place.path, &other, &read));
	assert_int_equal(read.count, 1);
	remove_place(&place);
}

static void test_file_damaged(void **state)
{
	(void)state;
	struct place place;
	char text[CHOICE_TEXT], large[3 * CHOICE_TEXT];
	struct kernel_choice here = sample(), read;
	assert_true(choice_write(&here, '\n', text));
	const size_t size = strlen(text);
	make_place(&place);
	memset(large, 'x', sizeof large);
	const struct {
		const char *bytes;
		size_t size;
	} files[] = {{text, 0}, {text, size / 2}, {text, size - 1}, {large, sizeof large}};
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		struct contest level = here.contests[0];
		write_place(&place, files[i].bytes, files[i].size);
		assert_false(choice_file_read(place.path, &here, &read));
		assert_true(choice_file_keep(place.path, &here, &level, false));
		assert_true(choice_file_read(place.path, &here, &read));
	}
	/* A FIFO is not waited for, and gives way; so does a link to nowhere. */
	struct contest level = here.contests[0];
	unlink(place.path);
	assert_int_equal(mkfifo(place.path, 0666), 0);
	assert_false(choice_file_read(place.path, &here, &read));
	assert_true(choice_file_keep(place.path, &here, &level, false));
	assert_true(choice_file_read(place.path, &here, &read));
	unlink(place.path);
	assert_int_equal(symlink("/nowhere/at/all", place.path), 0);
	assert_false(choice_file_read(place.path, &here, &read));
	assert_true(choice_file_keep(place.path, &here, &level, false));
	assert_true(choice_file_read(place.path, &here, &read));
	/* Where a folder lies nothing can be kept, and nothing is left. */
	unlink(place.path);
	assert_int_equal(mkdir(place.path, 0777), 0);
	assert_false(choice_file_read(place.path, &here, &read));
	assert_false(choice_file_keep(place.path, &here, &level, false));
	assert_int_equal(rmdir(place.path), 0);
	remove_place(&place);
}

/* Processes that decide at once, each for itself otherwise: all go by what the file then holds. */
static void test_file_at_once(void **state)
{
	(void)state;
	enum { PROCESSES = 8 };
	struct place place;
	struct kernel_choice here = sample(), kept;
	int start[2];
	pid_t children[PROCESSES];
	struct contest level = here.contests[0];
	here.count = 0;
	make_place(&place);
	assert_int_equal(pipe(start), 0);
	for (int i = 0; i < PROCESSES; i++) {
		children[i] = fork();
		assert_true(children[i] >= 0);
		if (children[i] == 0) {
			char byte;
			close(start[1]);
			level.chosen = i % 2;
			level.rate[0] = 100.0 + i;
			/* Until the parent lets go. */
			if (read(start[0], &byte, 1) != 0)
				_exit(9);
			_exit(choice_file_keep(place.path, &here, &level, false)
				  ? (int)level.rate[0] - 100
				  : 8);
		}
	}
	close(start[0]);
	close(start[1]); /* go */
	int status[PROCESSES];
	for (int i = 0; i < PROCESSES; i++)
		assert_int_equal(waitpid(children[i], &status[i], 0), children[i]);
	assert_true(choice_file_read(place.path, &here, &kept));
	const int first = (int)kept.contests[0].rate[0] - 100;
	for (int i = 0; i < PROCESSES; i++) {
		assert_true(WIFEXITED(status[i]));
		assert_int_equal(WEXITSTATUS(status[i]), first);
	}
	assert_int_equal(kept.contests[0].chosen, first % 2);
	remove_place(&place);
}

static void test_places(void **state)
{
	(void)state;
	struct kernel_choice here = sample();
	struct choice_places places, others;
	setenv("XDG_CACHE_HOME", "/some/cache", 1);
	choice_places_find(&places, &here);
	if (places.count == 0)
		skip(); /* no /proc */
	const char *last = places.path[places.count - 1];
	assert_memory_equal(last, "/some/cache/sheafbench/", 23);
	/* Of another CPU: another file. */
	here.cpu[0]++;
	choice_places_find(&others, &here);
	assert_int_equal(others.count, places.count);
	for (int i = 0; i < places.count; i++)
		assert_string_not_equal(places.path[i], others.path[i]);
	/* A folder that is not absolute is none. */
	setenv("XDG_CACHE_HOME", "cache", 1);
	setenv("HOME", "/home/of/mine", 1);
	choice_places_find(&others, &here);
	assert_memory_equal(others.path[others.count - 1], "/home/of/mine/.cache/sheafbench/", 32);
	/* Whom it is of is not known: nowhere. */
	here.executable[0] = '\0';
	choice_places_find(&others, &here);
	assert_int_equal(others.count, 0);
}

/* A CPU with one of the two features that BLIS's kernels need has none of them. */
static void test_half_a_cpu(void **state)
{
	(void)state;
	struct cpu cpu;
	cpu_detect(&cpu);
	const struct backend_wish wish = {.cpu = &cpu};
	if (!cpu_has(&cpu, CPU_AVX2 | CPU_FMA))
		skip();
	for (int i = 0; i < 2; i++) {
		struct backend backend = {0};
		struct error error;
		cpu.features = i ? CPU_FMA : CPU_AVX2;
		assert_int_equal(backend_select(&backend, &wish, &error), 0);
		assert_null(backend.blis);
		assert_string_equal(backend.level, "baseline");
		assert_non_null(strstr(backend.choice, "no kernels for this CPU"));
		backend_close(&backend);
	}
}

/* Of BLIS's own, by rates that are handed down: the first that is as good as the best. */
static void test_fastest_blis(void **state)
{
	static const struct {
		double skx, haswell;
		const char *fastest;
	} cases[] = {{50.0, 51.0, "skx"}, {50.0, 53.0, "haswell"}, {50.0, 1.0, "skx"}};
	(void)state;
	struct cpu cpu;
	struct kernel_choice handed;
	struct backend backend;
	char text[CHOICE_TEXT];
	struct error error;
	cpu_detect(&cpu);
	/* Three candidates are those of AVX-512. */
	if (!cpu_has(&cpu, CPU_AVX512) || !choice_open(&handed, &cpu) ||
	    backend_open(&backend, "v4", "none", &error))
		skip();
	backend_close(&backend);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct backend_wish wish = {.level = kernel_table_named("v4"), .cpu = &cpu};
		handed.count = 1;
		handed.contests[0] = (struct contest){
		    .count = 3,
		    .name = {"none", "skx", "haswell"},
		    .rate = {100.0, cases[i].skx, cases[i].haswell},
		};
		snprintf(handed.contests[0].subject, sizeof handed.contests[0].subject,
			 "blis-v4-%d", contest_threads());
		assert_true(choice_write(&handed, ';', text));
		setenv(CHOICE_VARIABLE, text, 1);
		memset(&backend, 0, sizeof backend);
		assert_int_equal(backend_select(&backend, &wish, &error), 0);
		assert_null(backend.blis);
		assert_string_equal(backend.blis_fastest, cases[i].fastest);
		backend_close(&backend);
	}
	unsetenv(CHOICE_VARIABLE);
}

/* For tests/cli/choice.sh: what the machine would hardly decide.  Every contest of the file goes to
 * its last candidate. */
static int forge(const char *path)
{
	char text[CHOICE_TEXT];
	struct kernel_choice choice;
	FILE *file = fopen(path, "rb");
	size_t size = file ? fread(text, 1, sizeof text, file) : 0;
	if (!file || fclose(file) || !choice_read(&choice, '\n', text, size))
		return 1;
	for (int i = 0; i < choice.count; i++)
		choice.contests[i].chosen = choice.contests[i].count - 1;
	file = fopen(path, "wb");
	if (!file || !choice_write(&choice, '\n', text))
		return 1;
	fputs(text, file);
	return fclose(file) != 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "--forge"))
		return forge(argv[2]);
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_decides),      cmocka_unit_test(test_compares_both_ways),
	    cmocka_unit_test(test_margin),       cmocka_unit_test(test_text),
	    cmocka_unit_test(test_foreign),      cmocka_unit_test(test_put),
	    cmocka_unit_test(test_this_process), cmocka_unit_test(test_file),
	    cmocka_unit_test(test_file_damaged), cmocka_unit_test(test_file_at_once),
	    cmocka_unit_test(test_places),       cmocka_unit_test(test_half_a_cpu),
	    cmocka_unit_test(test_fastest_blis),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
