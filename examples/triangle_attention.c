/* Triangle attention with weights of one's own, as plain arrays: what a layer of a new model would look like.
 * SPDX-License-Identifier: MIT */
#include <pleat_kernels.h>
#include <stdio.h>

enum { L = 40, C = 32, HEADS = 4, WIDTH = 8, INNER = HEADS * WIDTH };

static float gain[C], offset[C], query[C * INNER], key[C * INNER], value[C * INNER], gate[C * INNER], gate_bias[INNER];
static float out[INNER * C], out_bias[C], bias[C * HEADS], pair[L * L * C];

/* Numbers from -scale to scale: a linear congruence modulo 2^32. */
static void fill(float *x, int count, float scale) {
  static uint32_t seed = 1;
  for (int i = 0; i < count; i++) {
    seed = seed * 1664525u + 1013904223u;
    x[i] = scale * ((float)(seed >> 8) / 8388608.0f - 1);
  }
}

int main(void) {
  const pleat_array weights[] = {{"layer/query_norm//scale", gain, 1, {C}},
                                 {"layer/query_norm//offset", offset, 1, {C}},
                                 {"layer/attention//query_w", query, 3, {C, HEADS, WIDTH}},
                                 {"layer/attention//key_w", key, 3, {C, HEADS, WIDTH}},
                                 {"layer/attention//value_w", value, 3, {C, HEADS, WIDTH}},
                                 {"layer/attention//gating_w", gate, 3, {C, HEADS, WIDTH}},
                                 {"layer/attention//gating_b", gate_bias, 2, {HEADS, WIDTH}},
                                 {"layer/attention//output_w", out, 3, {HEADS, WIDTH, C}},
                                 {"layer/attention//output_b", out_bias, 1, {C}},
                                 {"layer//feat_2d_weights", bias, 2, {C, HEADS}}};
  float *const matrices[] = {query, key, value, gate, out};
  pleat_context *context;
  pleat_block *block = NULL;
  double sum = 0;
  for (int c = 0; c < C; c++) gain[c] = 1;
  for (int i = 0; i < 5; i++) fill(matrices[i], C * INNER, 0.3f);
  fill(bias, C * HEADS, 0.3f);
  fill(pair, L * L * C, 1);
  if (pleat_context_create(NULL, &context) != PLEAT_OK) return 1;
  const pleat_block_arrays arrays = {.length = L, .pair = pair};
  pleat_status status =
      pleat_block_create(context, PLEAT_BLOCK_TRIANGLE_STARTING, weights, sizeof weights / sizeof *weights, "layer", &block);
  if (status == PLEAT_OK) status = pleat_block_run(block, &arrays, NULL, 0);
  for (int i = 0; i < L * L * C; i++) sum += (double)pair[i] * (double)pair[i];
  if (status == PLEAT_OK) printf("pair (%d,%d,%d): mean square %.5f\n", L, L, C, sum / (L * L * C));
  else fprintf(stderr, "%s: %s\n", pleat_status_name(status), pleat_context_error(context));
  pleat_block_free(block);
  pleat_context_free(context);
  return status == PLEAT_OK ? 0 : 2;
}
