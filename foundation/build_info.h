/* SPDX-License-Identifier: Apache-2.0 */
/* What this program was built from and how, as known when it was built. */
#ifndef SHEAFBENCH_FOUNDATION_BUILD_INFO_H
#define SHEAFBENCH_FOUNDATION_BUILD_INFO_H

#include <stdbool.h>
#include <stddef.h>

struct build_info {
	const char *version;     /* of CITATION.cff, "0.1.0" */
	const char *commit;      /* of the source tree; "unknown" where there was no git */
	const char *day;         /* of the commit, UTC, "2026-01-31"; "" when unknown */
	bool known, dirty;       /* dirty: the tree differed from the commit */
	const char *diff_sha256; /* of `diff`; "" unless dirty */
	const char *diff;        /* a patch to the commit: build inputs, new files too */
	size_t diff_size;
	const char *source_sha256; /* of all build inputs, with and without git */
	const char *compiler, *flags, *level_flags;
};

/* Static, with all its texts. */
const struct build_info *build_info(void);

#endif
