/* SPDX-License-Identifier: Apache-2.0 */
/* The files of harness/report/templates as mk/build.mk puts them into the program. */
#ifndef SHEAFBENCH_HARNESS_REPORT_TEMPLATES_H
#define SHEAFBENCH_HARNESS_REPORT_TEMPLATES_H

#include "foundation/template.h"

extern const struct template_text report_templates[];

#endif
