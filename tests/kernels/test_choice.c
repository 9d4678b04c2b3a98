/* SPDX-License-Identifier: Apache-2.0 */
/* What a choice of kernels says: its text, whom it is for, what is refused of it. Nothing here is
 * timed. */
#include <fcntl.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <xxhash.h>

#include "kernels/backend_select.h"
#include "kernels/contest_turns.h"
#include "tests/kernels/choice_fixture.h"

/* Whatever byte is changed, cut or put in, in either form: refused, and nothing is touched. */
static void test_text(void **state)
{
	(void)state;
	const struct kernel_choice choice = choice_fixture_sample();
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
	const struct kernel_choice here = choice_fixture_sample();
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
	struct kernel_choice choice = choice_fixture_sample();
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
	    cmocka_unit_test(test_text),       cmocka_unit_test(test_foreign),
	    cmocka_unit_test(test_put),        cmocka_unit_test(test_this_process),
	    cmocka_unit_test(test_half_a_cpu), cmocka_unit_test(test_fastest_blis),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
