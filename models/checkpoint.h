/* SPDX-License-Identifier: Apache-2.0 */
/* Weights on disk in the safetensors format: 8-byte little-endian header length, JSON header,
 * raw little-endian binary32.  Names and [out,in] shapes as PyTorch's nn.Linear has them.  In
 * memory a Linear's weight is [in,out] row-major (models/params.h); the transpose happens here. */
#ifndef SHEAFBENCH_MODELS_CHECKPOINT_H
#define SHEAFBENCH_MODELS_CHECKPOINT_H

#include "models/arch.h"
#include "foundation/error.h"

/* Writes atomically (temporary name beside it, fsync, rename); only a regular file is replaced.
 * `arena` holds the tensors in the arch's order, each [cols,rows] for TENSOR_WEIGHT (that is
 * [in,out]). */
int checkpoint_write(const char *file_name, const struct arch *arch, const float *arena,
		     struct error *error);
/* Reads into `arena`; every tensor of the arch must be there with its shape and dtype F32, nothing
 * else may be, offsets must tile the data exactly, the file must end where the header says.  All of
 * that is checked before `arena` is touched; only when reading then fails (ERROR_MACHINE) is its
 * content undefined. */
int checkpoint_read(const char *file_name, const struct arch *arch, float *arena,
		    struct error *error);
/* The same without the weights: header, and the size of the file. */
int checkpoint_check(const char *file_name, const struct arch *arch, struct error *error);
/* SHA-256 over the tensors' names, shapes and little-endian bytes in the file's layout and the
 * arch's order, without the header's metadata: equal weights, equal hash, on any machine.  Per
 * tensor: "NAME [out,in]\n" (or "NAME [n]\n"), then its bytes.  Out of memory: 64 times '?'. */
void checkpoint_weights_sha256(const struct arch *arch, const float *arena, char hex[65]);

#endif
