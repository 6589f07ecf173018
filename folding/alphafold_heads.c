/* Heads and confidences; facts as in the published code (AlphaFold 2.3).
 * SPDX-License-Identifier: MIT */
#include "folding/alphafold_heads.h"

#include <math.h>
#include <string.h>

#include "folding/gated_attention.h"
#include "lib/team.h"

static int64_t lesser(int64_t a, int64_t b) { return a < b ? a : b; }

pleat_status pleat_alphafold_heads_load(pleat_context *context, const pleat_weight_scope *scope,
                                        pleat_alphafold_heads *h) {
  *h = (pleat_alphafold_heads){0};
  PLEAT_TRY(pleat_norm_load(context, scope, "predicted_lddt_head/input_layer_norm", 0, &h->plddt_norm));
  PLEAT_TRY(pleat_dense_load(context, scope, "predicted_lddt_head/act_0", h->plddt_norm.channels, 0, &h->plddt_1));
  PLEAT_TRY(pleat_dense_load(context, scope, "predicted_lddt_head/act_1", h->plddt_1.linear.out, 0, &h->plddt_2));
  PLEAT_TRY(pleat_dense_load(context, scope, "predicted_lddt_head/logits", h->plddt_2.linear.out, PLEAT_PLDDT_BINS,
                             &h->plddt));
  PLEAT_TRY(pleat_dense_load(context, scope, "distogram_head/half_logits", 0, PLEAT_DISTANCE_BINS, &h->distance));
  PLEAT_TRY(pleat_dense_load(context, scope, "masked_msa_head/logits", 0, 0, &h->masked_msa));
  PLEAT_TRY(pleat_dense_load(context, scope, "experimentally_resolved_head/logits", 0, 37, &h->resolved));
  h->has_error = pleat_weights_scope_has(scope, "predicted_aligned_error_head/logits//weights");
  if (!h->has_error) return PLEAT_OK;
  return pleat_dense_load(context, scope, "predicted_aligned_error_head/logits", h->distance.linear.in,
                          PLEAT_ERROR_BINS, &h->error);
}

void pleat_alphafold_heads_free(pleat_context *context, pleat_alphafold_heads *h) {
  pleat_dense *layers[] = {&h->plddt_1, &h->plddt_2, &h->plddt, &h->distance, &h->masked_msa, &h->resolved, &h->error};
  for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) pleat_dense_free(context, layers[i]);
}

/* p = softmax(logits) in double. */
static void probabilities(const float *logits, int count, double *p) {
  double most = -INFINITY, sum = 0;
  for (int b = 0; b < count; b++) most = fmax(most, logits[b]);
  for (int b = 0; b < count; b++) sum += p[b] = exp(logits[b] - most);
  for (int b = 0; b < count; b++) p[b] /= sum;
}

/* ---- pLDDT ---- */

void pleat_alphafold_plddt_logits(pleat_run *run, const pleat_alphafold_heads *h, int64_t length, const float *s,
                                  float *logits) {
  size_t mark = pleat_arena_mark(run->arena);
  float *n = pleat_run_take(run, length * h->plddt_norm.channels);
  float *a = pleat_run_take(run, length * h->plddt_1.linear.out);
  float *b = pleat_run_take(run, length * h->plddt_2.linear.out);
  pleat_norm_forward(run, &h->plddt_norm, length, s, n);
  pleat_dense_forward(run, &h->plddt_1, length, n, PLEAT_ACTIVATION_RELU, a);
  pleat_dense_forward(run, &h->plddt_2, length, a, PLEAT_ACTIVATION_RELU, b);
  pleat_dense_forward(run, &h->plddt, length, b, PLEAT_ACTIVATION_NONE, logits);
  pleat_arena_release(run->arena, mark);
}

void pleat_alphafold_plddt(int64_t length, const float *logits, float *plddt) {
  for (int64_t i = 0; i < length; i++) {
    double p[PLEAT_PLDDT_BINS], sum = 0;
    probabilities(logits + i * PLEAT_PLDDT_BINS, PLEAT_PLDDT_BINS, p);
    for (int b = 0; b < PLEAT_PLDDT_BINS; b++) sum += p[b] * (b + 0.5) / PLEAT_PLDDT_BINS;
    plddt[i] = (float)(100 * sum);
  }
}

/* ---- Distances ---- */

typedef struct transpose_work {
  int64_t length, first, channels;
  const float *z;
  float *to; /* (count,L,Z): z(j, first + i) */
} transpose_work;

static void transpose_part(void *argument, int64_t begin, int64_t end, int thread) {
  const transpose_work *work = argument;
  (void)thread;
  for (int64_t i = begin; i < end; i++)
    for (int64_t j = 0; j < work->length; j++)
      memcpy(work->to + (i * work->length + j) * work->channels,
             work->z + (j * work->length + work->first + i) * work->channels, (size_t)work->channels * sizeof(float));
}

void pleat_alphafold_distance_logits(pleat_run *run, const pleat_alphafold_heads *h, int64_t length, const float *z,
                                     const int64_t first_count[2], float *logits) {
  int64_t first = first_count[0], rows = first_count[1] * length, channels = h->distance.linear.in;
  size_t mark = pleat_arena_mark(run->arena);
  float *other = pleat_run_take(run, rows * channels);
  transpose_work work = {length, first, channels, z, other};
  if (!pleat_run_idle(run)) pleat_team_for(run->threads, first_count[1], 1, transpose_part, &work);
  pleat_dense_forward(run, &h->distance, rows, z + first * length * channels, PLEAT_ACTIVATION_NONE, logits);
  pleat_dense_add(run, &h->distance, rows, other, logits);
  pleat_arena_release(run->arena, mark);
}

/* ---- Aligned errors ---- */

typedef struct error_work {
  int64_t length, first;
  const int32_t *asym;
  const float *logits;              /* (count,L,64) */
  double share[PLEAT_ERROR_BINS];   /* of a bin in the TM score: 1 / (1 + (error / d0)^2) */
  float *pae;                       /* (L,L) or NULL */
  double *tm, *interface;           /* (L) of each row that is aligned on: the mean over all, over other chains */
} error_work;

static double bin_center(int bin) { return 0.25 + 0.5 * bin; }

static void error_part(void *argument, int64_t begin, int64_t end, int thread) {
  const error_work *work = argument;
  (void)thread;
  for (int64_t row = begin; row < end; row++) {
    int64_t i = work->first + row, others = 0;
    double all = 0, between = 0;
    for (int64_t j = 0; j < work->length; j++) {
      double p[PLEAT_ERROR_BINS], error = 0, tm = 0;
      probabilities(work->logits + (row * work->length + j) * PLEAT_ERROR_BINS, PLEAT_ERROR_BINS, p);
      for (int b = 0; b < PLEAT_ERROR_BINS; b++) {
        error += p[b] * bin_center(b);
        tm += p[b] * work->share[b];
      }
      if (work->pae) work->pae[i * work->length + j] = (float)error;
      bool other = work->asym && work->asym[i] != work->asym[j];
      all += tm;
      between += other ? tm : 0;
      others += other;
    }
    work->tm[i] = all / (1e-8 + (double)work->length);
    work->interface[i] = between / (1e-8 + (double)others);
  }
}

void pleat_alphafold_error(pleat_run *run, const pleat_alphafold_heads *h, int64_t length, const float *z,
                           const int32_t *asym, pleat_aligned_error *error) {
  int64_t channels = h->error.linear.in, chunk = pleat_chunk_rows(run) / (length > 0 ? length : 1);
  double residues = length > 19 ? (double)length : 19, d0 = 1.24 * cbrt(residues - 15) - 1.8;
  size_t mark = pleat_arena_mark(run->arena);
  error_work work = {.length = length, .asym = asym, .pae = error->pae};
  chunk = lesser(chunk > 1 ? chunk : 1, length);
  float *logits = pleat_run_take(run, chunk * length * PLEAT_ERROR_BINS);
  work.logits = logits;
  work.tm = pleat_run_take_bytes(run, (size_t)length * sizeof *work.tm);
  work.interface = pleat_run_take_bytes(run, (size_t)length * sizeof *work.interface);
  for (int b = 0; b < PLEAT_ERROR_BINS; b++) work.share[b] = 1 / (1 + bin_center(b) * bin_center(b) / (d0 * d0));
  for (work.first = 0; work.first < length; work.first += chunk) {
    int64_t count = lesser(chunk, length - work.first);
    const float *rows = z + work.first * length * channels;
    pleat_dense_forward(run, &h->error, count * length, rows, PLEAT_ACTIVATION_NONE, logits);
    if (!pleat_run_idle(run)) pleat_team_for(run->threads, count, 1, error_part, &work);
  }
  error->ptm = error->iptm = 0;
  for (int64_t i = 0; i < length && !pleat_run_idle(run); i++) {
    error->ptm = fmax(error->ptm, work.tm[i]);
    error->iptm = fmax(error->iptm, work.interface[i]);
  }
  pleat_arena_release(run->arena, mark);
}
