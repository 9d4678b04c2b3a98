/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/commands/progress.h"

#include <inttypes.h>
#include <unistd.h> /* isatty */

#include "harness/forecast/forecast.h"
#include "foundation/clock.h"

static const double SAY_SECONDS = 15.0, PACE_FROM = 0.2;

void progress_start(struct progress *progress, double predicted)
{
	*progress = (struct progress){.predicted = predicted,
				      .start = clock_seconds(CLOCK_MONOTONIC),
				      .terminal = isatty(STDERR_FILENO)};
}

double progress_seconds(const struct progress *progress)
{
	return clock_seconds(CLOCK_MONOTONIC) - progress->start;
}

double progress_left(double predicted, double passed, double work_done, double work)
{
	double left = predicted - passed;
	if (predicted <= 0.0 && work_done <= 0.0)
		return -1.0;
	if (work_done > 0.0 && (predicted <= 0.0 || work_done >= PACE_FROM * work))
		left = passed * (work - work_done) / work_done;
	return left > 0.0 ? left : 0.0;
}

static void print_line(const struct progress *progress, const struct jobs *jobs, double passed)
{
	char clock[48];
	const double left = progress_left(progress->predicted, passed, jobs->work_done, jobs->work);
	forecast_clock(passed, clock, sizeof clock);
	fprintf(stderr, "%s: %" PRId64 "/%" PRId64 " runs, %" PRId64 " failed, %s",
		jobs->experiment, jobs->trained + jobs->failed, jobs->count, jobs->failed, clock);
	if (left < 0.0)
		return;
	forecast_clock(left, clock, sizeof clock);
	fprintf(stderr, ", %s left", clock);
}

void progress_show(void *context, const struct jobs *jobs)
{
	struct progress *progress = context;
	const double passed = progress_seconds(progress);
	if (progress->terminal) {
		fputc('\r', stderr);
		print_line(progress, jobs, passed);
		fputs("\033[K", stderr);
	} else if (passed - progress->said >= SAY_SECONDS) {
		progress->said = passed;
		print_line(progress, jobs, passed);
		fputc('\n', stderr);
	}
}

void progress_end(const struct progress *progress, bool keep)
{
	if (progress->terminal)
		fputs(keep ? "\n" : "\r\033[K", stderr);
}
