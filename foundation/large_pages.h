/* SPDX-License-Identifier: Apache-2.0 */
/* Memory of networks and data in pages of 2 MiB where the system has them for the asking: reading
 * rows that are kilobytes apart finds its addresses without walking page tables, and the first
 * touch is one fault instead of 512. */
#ifndef SHEAFBENCH_FOUNDATION_LARGE_PAGES_H
#define SHEAFBENCH_FOUNDATION_LARGE_PAGES_H

#include <stddef.h>

/* Asks for the whole large pages within `memory` (NULL: none), which was just allocated and is not
 * yet written to.  What it holds and how it is freed stay as they are; a refusal is no error. */
void large_pages_ask(void *memory, size_t bytes);

#endif
