/* SPDX-License-Identifier: Apache-2.0 */
#include "foundation/stack.h"

#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <sys/resource.h>

enum { STACK_NEEDED = 3 << 20, STACK_OWN = 8 << 20 };

struct call {
	int (*work)(void *context);
	void *context;
	int status;
};

static void *start(void *argument)
{
	struct call *call = argument;
	call->status = call->work(call->context);
	return NULL;
}

static bool limit_suffices(void)
{
	struct rlimit limit;
	return getrlimit(RLIMIT_STACK, &limit) || limit.rlim_cur == RLIM_INFINITY ||
	       limit.rlim_cur >= STACK_NEEDED;
}

int stack_run(int (*work)(void *context), void *context, struct error *error)
{
	if (limit_suffices())
		return work(context);
	struct call call = {work, context, 0};
	pthread_attr_t attributes;
	pthread_t thread;
	int failed = pthread_attr_init(&attributes);
	if (!failed) {
		failed = pthread_attr_setstacksize(&attributes, STACK_OWN);
		/* What other threads get, OpenMP's among them. */
		failed = failed ? failed : pthread_setattr_default_np(&attributes);
		failed = failed ? failed : pthread_create(&thread, &attributes, start, &call);
		pthread_attr_destroy(&attributes);
	}
	failed = failed ? failed : pthread_join(thread, NULL);
	if (failed)
		return error_set(error, ERROR_MACHINE, NULL, 0, 0, NULL,
				 "a stack of 2 MiB (ulimit -s), or memory for one",
				 "no stack to run on: %s", strerror(failed));
	return call.status;
}
