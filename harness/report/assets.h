/* SPDX-License-Identifier: Apache-2.0 */
/* harness/report/style.css and report.js as mk/build.mk puts them into the program. */
#ifndef SHEAFBENCH_HARNESS_REPORT_ASSETS_H
#define SHEAFBENCH_HARNESS_REPORT_ASSETS_H

#include <stddef.h>

extern const unsigned char report_style[], report_script[];
extern const size_t report_style_size, report_script_size;

#endif
