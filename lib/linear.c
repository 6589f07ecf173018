/* Dense layers: weights packed into panels for the kernels, in float32 or fewer bits.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "lib/gemm.h"
#include "lib/op.h"
#include "lib/precision.h"

enum { ALIGNMENT = 64 /* bytes of a cache line: loads that cross lines take twice as long */ };

/* A matrix (out, in) and the panels that it goes into. */
typedef struct packing {
  const float *weight;
  int out, in, panel;
  pleat_precision precision;
  void *packed;
  float *scale; /* (panels panel) of int8 */
} packing;

/* Panel by panel (in, panel), 0 beyond `out`: TYPE of CONVERT(x, scale of its row); column c at PLACE(c). */
#define FILL(name, TYPE, CONVERT, PLACE)                                                                  \
  static void name(const packing *p) {                                                             \
    TYPE *to = p->packed;                                                                          \
    for (int first = 0; first < p->out; first += p->panel) {                                       \
      const float *row = p->weight + (int64_t)first * p->in, *scale = p->scale ? p->scale + first : NULL; \
      int there = p->out - first < p->panel ? p->out - first : p->panel;                           \
      (void)scale;                                                                                 \
      for (int k = 0; k < p->in; k++, to += p->panel)                                              \
        for (int c = 0; c < there; c++)                                                            \
          to[PLACE(c, p->panel / 2)] = (TYPE)CONVERT(row[(int64_t)c * p->in + k], scale[c]);       \
    }                                                                                              \
  }
#define AS_IT_IS(x, scale) (x)
#define HALF(x, scale) pleat_bf16_round(x)
#define WHOLE(x, scale) pleat_row_round(x, scale, PLEAT_INT8_MOST)
#define IN_ORDER(c, half) (c)
#define IN_TURN(c, half) ((c) < (half) ? 2 * (c) : 2 * ((c) - (half)) + 1)
FILL(fill_fp32, float, AS_IT_IS, IN_ORDER)
FILL(fill_bf16, uint16_t, HALF, IN_TURN)
FILL(fill_int8, int8_t, WHOLE, IN_ORDER)
#undef IN_TURN
#undef IN_ORDER
#undef WHOLE
#undef HALF
#undef AS_IT_IS
#undef FILL

static void fill_panels(const packing *p) {
  static void (*const fill[])(const packing *) = {fill_fp32, fill_bf16, fill_int8};
  for (int o = 0; p->scale && o < p->out; o++)
    p->scale[o] = pleat_row_scale(p->weight + (int64_t)o * p->in, (size_t)p->in, PLEAT_INT8_MOST);
  fill[p->precision](p);
}

pleat_status pleat_linear_pack(pleat_context *context, const float *weight, const float *bias, int out, int in,
                               pleat_linear *linear) {
  *linear = (pleat_linear){.in = in, .out = out, .bias = bias, .weight = weight};
  PLEAT_TRY(pleat_gemm_choose(context, linear));
  if (!linear->gemm->packs) return PLEAT_OK;
  packing p = {.weight = weight, .out = out, .in = in, .panel = linear->kernels->panel, .precision = context->precision};
  size_t wide = (size_t)((out + p.panel - 1) / p.panel * p.panel), bytes = wide * (size_t)in * pleat_precision_bytes(p.precision);
  size_t scales = p.precision == PLEAT_PRECISION_INT8 ? wide * sizeof(float) : 0;
  PLEAT_TRY(pleat_memory_take(context, scales + bytes + ALIGNMENT, 1, &linear->block));
  char *start = (char *)(((uintptr_t)linear->block + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
  if (scales) p.scale = (float *)start; /* memory comes zeroed */
  p.packed = start + scales;
  fill_panels(&p);
  linear->packed = p.packed;
  linear->scale = p.scale;
  linear->precision = p.precision;
  return PLEAT_OK;
}

pleat_status pleat_linear_pack_copy(pleat_context *context, const float *weight, const float *bias, int out, int in,
                                    pleat_linear *linear) {
  PLEAT_TRY(pleat_linear_pack(context, weight, bias, out, in, linear));
  size_t weights = linear->packed ? 0 : (size_t)out * (size_t)in, biases = bias ? (size_t)out : 0;
  float *copy;
  linear->weight = linear->bias = NULL;
  PLEAT_TRY(pleat_memory_take(context, weights + biases + 1, sizeof *copy, &copy));
  linear->copy = copy;
  if (weights) linear->weight = memcpy(copy, weight, weights * sizeof *copy);
  if (biases) linear->bias = memcpy(copy + weights, bias, biases * sizeof *copy);
  return PLEAT_OK;
}

/* The parts' weights as one (out, in), and their biases behind it. */
static void join_parts(const pleat_linear_part *parts, int count, int in, float *joined, float *bias) {
  for (int p = 0; p < count; p++)
    for (int o = 0; o < parts[p].out; o++, joined += in) {
      for (int k = 0; k < in; k++) joined[k] = parts[p].weight[(int64_t)k * parts[p].out + o];
      *bias++ = parts[p].bias ? parts[p].bias[o] : 0;
    }
}

pleat_status pleat_linear_pack_parts(pleat_context *context, const pleat_linear_part *parts, int count, int in,
                                     pleat_linear *linear) {
  int out = 0;
  float *joined;
  *linear = (pleat_linear){0};
  for (int p = 0; p < count; p++) out += parts[p].out;
  PLEAT_TRY(pleat_memory_take(context, ((size_t)in + 1) * (size_t)out, sizeof *joined, &joined));
  float *bias = joined + (int64_t)out * in;
  join_parts(parts, count, in, joined, bias);
  pleat_status status = pleat_linear_pack_copy(context, joined, bias, out, in, linear);
  pleat_memory_release(context, joined);
  return status;
}

void pleat_linear_free(pleat_context *context, pleat_linear *linear) {
  pleat_memory_release(context, linear->block);
  pleat_memory_release(context, linear->copy);
  *linear = (pleat_linear){0};
}
