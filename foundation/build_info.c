/* SPDX-License-Identifier: Apache-2.0 */
#include "foundation/build_info.h"

#include <string.h>

/* The build names a header that scripts/source-state.sh made; checkers of the source have none. */
#ifdef BUILD_SOURCE
#include BUILD_SOURCE
#else
#define SOURCE_COMMIT "unknown"
#define SOURCE_DAY ""
#define SOURCE_DIFF_SHA256 ""
#define SOURCE_SHA256 "unknown"
static const unsigned char source_diff[] = {0};
#endif

#ifndef BUILD_COMPILER
#define BUILD_VERSION "unknown"
#define BUILD_COMPILER "unknown"
#define BUILD_FLAGS "unknown"
#define BUILD_LEVEL_FLAGS "unknown"
#endif

const struct build_info *build_info(void)
{
	static struct build_info info = {
	    .version = BUILD_VERSION,
	    .commit = SOURCE_COMMIT,
	    .day = SOURCE_DAY,
	    .diff_sha256 = SOURCE_DIFF_SHA256,
	    .diff = (const char *)source_diff,
	    .diff_size = sizeof source_diff - 1,
	    .source_sha256 = SOURCE_SHA256,
	    .compiler = BUILD_COMPILER,
	    .flags = BUILD_FLAGS,
	    .level_flags = BUILD_LEVEL_FLAGS,
	};
	info.known = strcmp(info.commit, "unknown") != 0;
	info.dirty = info.diff_size > 0;
	return &info;
}
