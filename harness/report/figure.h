/* SPDX-License-Identifier: Apache-2.0 */
/* Figures that scripts/plot*.sh drew, as a page shows them. */
#ifndef SHEAFBENCH_HARNESS_REPORT_FIGURE_H
#define SHEAFBENCH_HARNESS_REPORT_FIGURE_H

#include <jansson.h>

#include "foundation/error.h"
#include "harness/tables/table.h"

/* Appends the SVG of that name, where there is one, as {title, alt, data}: its own <title>, that
 * and its <desc>, all of it in base64.  What gnuplot says of itself is none of these; `title`
 * stands for what is missing.  A file that is no SVG is ERROR_INPUT. */
int figure_append(json_t *list, const char *file_name, const char *title, struct error *error);

/* Those of an experiment's folder, RESULTS_DIR/NAME, by kind, {"curves": [...], ...}:
 * figures/KIND.svg, then figures/KIND-STEM.svg of each task. */
int figures_read(json_t **figures, const char *results_dir, const char *name,
		 const struct table *table, struct error *error);

#endif
