/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/training/profile_print.h"

static void print_entry(FILE *out, const char *name, const struct profile_entry *entry,
			const struct profile *profile)
{
	double steps = (double)profile->steps;
	fprintf(out, "%-24s %6.1f %12.1f %10.1f", name, 100.0 * entry->seconds / profile->seconds,
		1e6 * entry->seconds / steps, (double)entry->calls / steps);
	if (entry->flops > 0.0 && entry->seconds > 0.0)
		fprintf(out, " %8.1f", 1e-9 * entry->flops / entry->seconds);
	else
		fprintf(out, " %8s", "");
	if (entry->bytes > 0.0 && entry->seconds > 0.0)
		fprintf(out, " %8.1f", 1e-9 * entry->bytes / entry->seconds);
	else if (profile->counts_subnormals)
		fprintf(out, " %8s", "");
	if (profile->counts_subnormals)
		fprintf(out, " %14.1f", (double)entry->subnormals / steps);
	fputc('\n', out);
}

void profile_print(FILE *out, const struct profile *profile)
{
	bool printed[PROFILE_OPS] = {false};
	struct profile_entry rest = {.seconds = profile->seconds};
	int64_t calls = 0;
	if (profile->steps <= 0 || !(profile->seconds > 0.0)) {
		fprintf(out, "%lld steps, too short to be measured\n", (long long)profile->steps);
		return;
	}
	fprintf(out, "%lld steps, %.1f us each\n", (long long)profile->steps,
		1e6 * profile->seconds / (double)profile->steps);
	fprintf(out, "%-24s %6s %12s %10s %8s %8s%s\n", "op", "%", "us/step", "calls/step", "GF/s",
		"GB/s", profile->counts_subnormals ? " subnormal/step" : "");
	for (;;) {
		int most = -1;
		for (int i = 0; i < PROFILE_OPS; i++)
			if (!printed[i] && profile->op[i].calls &&
			    (most < 0 || profile->op[i].seconds > profile->op[most].seconds))
				most = i;
		if (most < 0)
			break;
		printed[most] = true;
		calls += profile->op[most].calls;
		rest.seconds = rest.seconds - profile->op[most].seconds;
		print_entry(out, profile_op_names[most], &profile->op[most], profile);
	}
	/* An op's own time is without one reading of the two around it. */
	struct profile_entry clocks = {.seconds = 2.0 * (double)calls * profile->clock_cost};
	if (clocks.seconds > rest.seconds)
		clocks.seconds = rest.seconds > 0.0 ? rest.seconds : 0.0;
	rest.seconds = rest.seconds - clocks.seconds;
	print_entry(out, "reading clocks", &clocks, profile);
	print_entry(out, "rest", &rest, profile);
}
