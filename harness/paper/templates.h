/* SPDX-License-Identifier: Apache-2.0 */
/* The files of harness/paper/templates as mk/build.mk puts them into the program. */
#ifndef SHEAFBENCH_HARNESS_PAPER_TEMPLATES_H
#define SHEAFBENCH_HARNESS_PAPER_TEMPLATES_H

#include "foundation/template.h"

extern const struct template_text paper_templates[];

#endif
