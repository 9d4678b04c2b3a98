/* SPDX-License-Identifier: Apache-2.0 */
/* Names of a level's functions: LEVEL_NAME(gemm) is gemm_v3 when compiled with -DLEVEL=v3. */
#ifndef SHEAFBENCH_KERNELS_LEVEL_FUNCTIONS_H
#define SHEAFBENCH_KERNELS_LEVEL_FUNCTIONS_H

#include "kernels/kernels.h"

#ifndef LEVEL
#define LEVEL baseline
#endif
#define LEVEL_JOIN(name, level) name##_##level
#define LEVEL_EXPAND(name, level) LEVEL_JOIN(name, level)
#define LEVEL_NAME(name) LEVEL_EXPAND(name, LEVEL)
#define LEVEL_TEXT_OF(level) #level
#define LEVEL_TEXT(level) LEVEL_TEXT_OF(level)

void LEVEL_NAME(gemm)(const struct gemm_args *args);
void LEVEL_NAME(gemm_group)(int64_t count, const struct gemm_args *args);
void LEVEL_NAME(add_bias)(int64_t rows, int64_t n, const float *bias, float *y);
void LEVEL_NAME(column_sum)(int64_t rows, int64_t n, int64_t ld, const float *x, float *sum);
void LEVEL_NAME(layer_norm)(int64_t rows, int64_t n, const float *x, const float *bias,
			    const float *gamma, const float *beta, float *xhat, float *rstd,
			    float *y);
void LEVEL_NAME(layer_norm_backward)(int64_t rows, int64_t n, const float *dy, const float *xhat,
				     const float *rstd, const float *gamma, float *dx);
void LEVEL_NAME(layer_norm_gradient)(int64_t rows, int64_t n, int64_t ld, const float *dy,
				     const float *xhat, float *dgamma, float *dbeta);
void LEVEL_NAME(norm_gelu)(const struct norm_gelu_args *args);
void LEVEL_NAME(norm_gelu_backward)(const struct norm_gelu_backward_args *args);
void LEVEL_NAME(bias_gelu)(int64_t rows, int64_t n, const float *x, const float *bias, float *slope,
			   float *y);
void LEVEL_NAME(bias_gelu_backward)(int64_t rows, int64_t n, const float *dy, const float *slope,
				    float *dx, float *dbias);
void LEVEL_NAME(softmax)(int64_t rows, int64_t n, int64_t ld, const float *z, float *p,
			 float *log_sum);
float LEVEL_NAME(dot)(int64_t count, const float *x, const float *y);
void LEVEL_NAME(padic_encode)(const struct padic *padic, int64_t n, const float *x, int32_t *codes);
void LEVEL_NAME(padic_decode)(const struct padic *padic, int64_t n, const int32_t *codes, float *x);
void LEVEL_NAME(padic_logits)(const struct padic *padic, int64_t rows, int64_t inputs,
			      int64_t experts, const int32_t *x, const int32_t *w, const int32_t *b,
			      float *logits);
uint64_t LEVEL_NAME(hash)(const void *bytes, size_t size);
double LEVEL_NAME(fma_burn)(int64_t iterations);
float LEVEL_NAME(squared_distance)(int64_t count, const float *x, const float *y);

#endif
