/* Tensor products of irreps over any list of paths: checks and scales the paths, lays them out for the kernel, runs it.
 * SPDX-License-Identifier: MIT
 *
 * Definitions and normalisations are those of e3nn (Geiger & Smidt, arXiv:2207.09453, section 3). */
#include "geometry/tensor_product.h"

#include <math.h>
#include <stdlib.h>

#include "geometry/wigner.h"
#include "lib/dispatch.h"
#include "lib/team.h"

enum { GRAIN = 4 * PLEAT_TENSOR_LANES, COUNT_MAX = 1 << 28 };

typedef struct terms {
  pleat_irreps_term in1, in2, out;
} terms;

static terms terms_of(const pleat_tensor *t, const pleat_tensor_path *p) {
  return (terms){t->irreps[0]->terms[p->in1], t->irreps[1]->terms[p->in2], t->irreps[2]->terms[p->out]};
}

/* What the multiplicities of a path must be; NULL when they are. */
static const char *misfit(const pleat_tensor_path *p, terms t) {
  int64_t u = t.in1.multiplicity, v = t.in2.multiplicity, w = t.out.multiplicity;
  switch (p->mode) {
    case PLEAT_TENSOR_UVW: return p->weighted ? NULL : "of mode UVW must have weights";
    case PLEAT_TENSOR_UVU: return u == w ? NULL : "of mode UVU must have the first input's multiplicity in its result";
    case PLEAT_TENSOR_UVV: return v == w ? NULL : "of mode UVV must have the second input's multiplicity in its result";
    case PLEAT_TENSOR_UUW:
      if (u != v) return "of mode UUW must have one multiplicity in both inputs";
      return p->weighted || w == 1 ? NULL : "of mode UUW without weights must have a single copy as its result";
    case PLEAT_TENSOR_UUU: return u == v && u == w ? NULL : "of mode UUU must have one multiplicity throughout";
    case PLEAT_TENSOR_UVUV: return u * v == w ? NULL : "of mode UVUV must have the product of the inputs' multiplicities";
    case PLEAT_TENSOR_UVU_ABOVE:
      return u == v && u * (u - 1) / 2 == w ? NULL : "of mode UVU_ABOVE must have n copies in both inputs and n (n - 1) / 2 in its result";
    case PLEAT_TENSOR_UVW_ABOVE:
      if (u != v) return "of mode UVW_ABOVE must have one multiplicity in both inputs";
      return p->weighted ? NULL : "of mode UVW_ABOVE must have weights";
  }
  return "has a mode that there is not";
}

static pleat_status check_path(const pleat_tensor *t, int index) {
  const pleat_tensor_path *p = &t->paths[index];
  PLEAT_CHECK(t->context, p->in1 >= 0 && p->in1 < t->irreps[0]->count && p->in2 >= 0 && p->in2 < t->irreps[1]->count &&
              p->out >= 0 && p->out < t->irreps[2]->count, PLEAT_ERROR_INPUT,
              "path %d of the tensor product couples terms %d and %d to %d; the irreps have %d, %d and %d terms, counted from 0",
              index, p->in1, p->in2, p->out, t->irreps[0]->count, t->irreps[1]->count, t->irreps[2]->count);
  terms of = terms_of(t, p);
  PLEAT_CHECK(t->context, pleat_wigner_couples(of.in1.l, of.in2.l, of.out.l), PLEAT_ERROR_INPUT,
              "path %d of the tensor product: degrees %d and %d do not couple to %d", index, of.in1.l, of.in2.l, of.out.l);
  PLEAT_CHECK(t->context, of.in1.parity * of.in2.parity == of.out.parity, PLEAT_ERROR_INPUT,
              "path %d of the tensor product: the parity of its result is not the product of its inputs' parities", index);
  const char *wrong = misfit(p, of);
  PLEAT_CHECK(t->context, !wrong, PLEAT_ERROR_INPUT, "path %d of the tensor product, %dx%d with %dx%d to %dx%d, %s", index,
              of.in1.multiplicity, of.in1.l, of.in2.multiplicity, of.in2.l, of.out.multiplicity, of.out.l, wrong);
  PLEAT_CHECK(t->context, isfinite(p->share) && p->share >= 0, PLEAT_ERROR_INPUT,
              "path %d of the tensor product: its share of the variance must be a number of at least 0", index);
  return PLEAT_OK;
}

/* ---- Normalisation --------------------------------------------------------------------------------------------- */

/* Products that one number of the result adds up. */
static double products_of(const pleat_tensor_path *p, terms t) {
  double u = t.in1.multiplicity, v = t.in2.multiplicity;
  switch (p->mode) {
    case PLEAT_TENSOR_UVW: return u * v;
    case PLEAT_TENSOR_UVU: return v;
    case PLEAT_TENSOR_UVV:
    case PLEAT_TENSOR_UUW: return u;
    case PLEAT_TENSOR_UVW_ABOVE: return u * (u - 1) / 2;
    default: return 1;
  }
}

static double variance_of(const pleat_tensor *t, const pleat_tensor_settings *s, const pleat_tensor_path *p) {
  return products_of(p, terms_of(t, p)) * (s->variance1 ? s->variance1[p->in1] : 1) * (s->variance2 ? s->variance2[p->in2] : 1);
}

static double factor_of(const pleat_tensor *t, const pleat_tensor_settings *s, const pleat_tensor_path *p) {
  terms of = terms_of(t, p);
  double square = p->share * (s->variance_out ? s->variance_out[p->out] : 1), sum = 0;
  if (s->irrep_scale == PLEAT_TENSOR_COMPONENT) square *= 2 * of.out.l + 1;
  if (s->irrep_scale == PLEAT_TENSOR_NORM) square *= (2 * of.in1.l + 1) * (2 * of.in2.l + 1);
  if (s->path_scale == PLEAT_TENSOR_PATH_NONE) return sqrt(square);
  for (const pleat_tensor_path *other = t->paths; other < t->paths + t->count; other++)
    if (other->out == p->out) sum += variance_of(t, s, s->path_scale == PLEAT_TENSOR_ELEMENT ? other : p);
  return sqrt(sum > 0 ? square / sum : square);
}

static pleat_status check_settings(pleat_context *context, const pleat_tensor *t, const pleat_tensor_settings *s) {
  const double *variances[3] = {s->variance1, s->variance2, s->variance_out};
  PLEAT_CHECK(context, (unsigned)s->irrep_scale <= PLEAT_TENSOR_IRREP_NONE && (unsigned)s->path_scale <= PLEAT_TENSOR_PATH_NONE,
              PLEAT_ERROR_INPUT, "%d, %d are no normalisations of tensor products: use component, norm or none, and element, path or none",
              (int)s->irrep_scale, (int)s->path_scale);
  for (int which = 0; which < 3; which++)
    for (int i = 0; variances[which] && i < t->irreps[which]->count; i++)
      PLEAT_CHECK(context, isfinite(variances[which][i]) && variances[which][i] >= 0, PLEAT_ERROR_INPUT,
                  "the variance of term %d of a tensor product's irreps must be a number of at least 0", i);
  return PLEAT_OK;
}

/* ---- Layout for the kernel ------------------------------------------------------------------------------------- */

static int64_t weights_of(const pleat_tensor_path *p, terms t) {
  int64_t u = t.in1.multiplicity, v = t.in2.multiplicity, w = t.out.multiplicity;
  if (!p->weighted) return 0;
  switch (p->mode) {
    case PLEAT_TENSOR_UVW: return u * v * w;
    case PLEAT_TENSOR_UUW: return u * w;
    case PLEAT_TENSOR_UUU: return u;
    case PLEAT_TENSOR_UVU_ABOVE: return u * (u - 1) / 2;
    case PLEAT_TENSOR_UVW_ABOVE: return u * (u - 1) / 2 * w;
    default: return u * v;
  }
}

/* Which pairs meet, and where the weight and the result of a pair are. */
static void lay_pairs(const pleat_tensor_path *p, terms t, pleat_kernel_tensor_path *step) {
  int64_t u = t.in1.multiplicity, v = t.in2.multiplicity;
  bool above = p->mode == PLEAT_TENSOR_UVU_ABOVE || p->mode == PLEAT_TENSOR_UVW_ABOVE;
  bool same = p->mode == PLEAT_TENSOR_UUW || p->mode == PLEAT_TENSOR_UUU;
  step->pairs = above ? PLEAT_TENSOR_PAIRS_ABOVE : same ? PLEAT_TENSOR_PAIRS_SAME : PLEAT_TENSOR_PAIRS_ALL;
  step->mixes = p->weighted && (p->mode == PLEAT_TENSOR_UVW || p->mode == PLEAT_TENSOR_UUW || p->mode == PLEAT_TENSOR_UVW_ABOVE);
  step->mixed = (int)(above ? u * (u - 1) / 2 : same ? u : u * v);
  step->weight_step1 = v, step->weight_step2 = 1;
  step->out_step1 = p->mode == PLEAT_TENSOR_UVV || p->mode == PLEAT_TENSOR_UUW ? 0 : p->mode == PLEAT_TENSOR_UVUV ? v : 1;
  step->out_step2 = p->mode == PLEAT_TENSOR_UVV || p->mode == PLEAT_TENSOR_UVUV ? 1 : 0;
}

static void swap(int64_t *a, int64_t *b) {
  int64_t kept = *a;
  *a = *b, *b = kept;
}

/* The operand with more copies comes first: the other is then contracted with the entries once for all of them. */
static void lay_operands(terms t, pleat_kernel_tensor_path *step) {
  step->swapped = step->pairs == PLEAT_TENSOR_PAIRS_ALL && t.in2.multiplicity > t.in1.multiplicity;
  pleat_irreps_term first = step->swapped ? t.in2 : t.in1, second = step->swapped ? t.in1 : t.in2;
  step->copies1 = first.multiplicity, step->copies2 = second.multiplicity, step->copies_out = t.out.multiplicity;
  step->width1 = 2 * first.l + 1, step->width2 = 2 * second.l + 1, step->width_out = 2 * t.out.l + 1;
  step->offset1 = first.offset, step->offset2 = second.offset, step->offset_out = t.out.offset;
  if (!step->swapped) return;
  swap(&step->weight_step1, &step->weight_step2);
  swap(&step->out_step1, &step->out_step2);
}

static int by_result(const void *a, const void *b) {
  const pleat_kernel_tensor_entry *x = a, *y = b;
  if (x->k != y->k) return x->k - y->k;
  return x->i != y->i ? x->i - y->i : x->j - y->j;
}

/* The 3j symbol's entries times the path's factor, ordered by k, at t->entries + step->first. */
static void lay_entries(pleat_tensor *t, terms of, double factor, pleat_kernel_tensor_path *step, pleat_wigner_entry *room) {
  pleat_kernel_tensor_entry *entries = t->entries + step->first;
  step->count = pleat_wigner_list(of.in1.l, of.in2.l, of.out.l, room);
  for (int n = 0; n < step->count; n++)
    entries[n] = (pleat_kernel_tensor_entry){(int16_t)(step->swapped ? room[n].j : room[n].i),
                                             (int16_t)(step->swapped ? room[n].i : room[n].j), (int16_t)room[n].k,
                                             (float)(factor * room[n].value)};
  qsort(entries, (size_t)step->count, sizeof *entries, by_result);
  step->contracts = step->pairs == PLEAT_TENSOR_PAIRS_ALL && step->copies1 > 1 && 2 * step->count > step->width1 * step->width_out;
}

static pleat_status lay_paths(pleat_tensor *t, pleat_wigner_entry *room) {
  pleat_kernel_tensor *k = &t->kernel;
  int64_t weights = 0;
  int entries = 0, widest = 0;
  for (int i = 0; i < t->count; i++) {
    terms of = terms_of(t, &t->paths[i]);
    pleat_kernel_tensor_path *step = &t->steps[i];
    lay_pairs(&t->paths[i], of, step);
    lay_operands(of, step);
    step->first_weight = weights;
    step->weights = weights_of(&t->paths[i], of);
    step->first = entries;
    lay_entries(t, of, t->factors[i], step, room);
    entries += step->count;
    weights += step->weights;
    PLEAT_CHECK(t->context, weights <= COUNT_MAX && (int64_t)step->mixed * step->width_out <= COUNT_MAX, PLEAT_ERROR_INPUT,
                "path %d of the tensor product: more than %d weights or pairs; use smaller multiplicities", i, COUNT_MAX);
    if (step->weights > k->most_weights) k->most_weights = step->weights;
    if (step->mixes && (int64_t)step->mixed * step->width_out > k->most_pairs) k->most_pairs = (int64_t)step->mixed * step->width_out;
    if (step->width1 * step->width_out > widest) widest = step->width1 * step->width_out;
  }
  k->weight_count = (int)weights;
  k->dimension1 = t->irreps[0]->dimension, k->dimension2 = t->irreps[1]->dimension, k->dimension_out = t->irreps[2]->dimension;
  k->paths = t->steps, k->entries = t->entries, k->path_count = t->count;
  int64_t lanes = k->dimension1 + k->dimension2 + k->dimension_out + k->most_weights + k->most_pairs + widest;
  return pleat_scratch_take(t->context, PLEAT_TENSOR_LANES * lanes, &t->scratch);
}

static pleat_status prepare(pleat_tensor *t, const pleat_tensor_settings *settings) {
  static const pleat_tensor_settings usual = {.irrep_scale = PLEAT_TENSOR_COMPONENT};
  size_t entries = 0;
  pleat_wigner_entry *room;
  if (!settings) settings = &usual;
  PLEAT_TRY(check_settings(t->context, t, settings));
  for (int i = 0; i < t->count; i++) {
    PLEAT_TRY(check_path(t, i));
    terms of = terms_of(t, &t->paths[i]);
    entries += 4 * (size_t)(2 * of.in1.l + 1) * (size_t)(2 * of.in2.l + 1);
  }
  PLEAT_TRY(pleat_memory_take(t->context, (size_t)t->count + 1, sizeof *t->factors, &t->factors));
  PLEAT_TRY(pleat_memory_take(t->context, (size_t)t->count + 1, sizeof *t->steps, &t->steps));
  PLEAT_TRY(pleat_memory_take(t->context, entries + 1, sizeof *t->entries, &t->entries));
  for (int i = 0; i < t->count; i++) t->factors[i] = factor_of(t, settings, &t->paths[i]);
  PLEAT_TRY(pleat_memory_take(t->context, PLEAT_WIGNER_ENTRIES, sizeof *room, &room));
  pleat_status status = lay_paths(t, room);
  pleat_memory_release(t->context, room);
  return status;
}

static pleat_status fill(pleat_tensor *t, const pleat_irreps *const irreps[3], const pleat_tensor_path *paths,
                         const pleat_tensor_settings *settings) {
  for (int i = 0; i < 3; i++)
    PLEAT_TRY(pleat_irreps_create_terms(t->context, irreps[i]->terms, irreps[i]->count, &t->irreps[i]));
  PLEAT_TRY(pleat_memory_take(t->context, (size_t)t->count + 1, sizeof *t->paths, &t->paths));
  for (int i = 0; i < t->count; i++) t->paths[i] = paths[i];
  PLEAT_TRY(pleat_dispatch_choose(t->context, &t->kernels));
  return prepare(t, settings);
}

pleat_status pleat_tensor_create(pleat_context *context, const pleat_irreps *const irreps[3], const pleat_tensor_path *paths,
                                 int count, const pleat_tensor_settings *settings, pleat_tensor **tensor) {
  *tensor = NULL;
  PLEAT_CHECK(context, count >= 0, PLEAT_ERROR_INPUT, "a tensor product of %d paths", count);
  PLEAT_TRY(pleat_memory_take(context, 1, sizeof **tensor, tensor));
  (*tensor)->context = context;
  (*tensor)->count = count;
  pleat_status status = fill(*tensor, irreps, paths, settings);
  if (status == PLEAT_OK) return status;
  pleat_tensor_free(*tensor);
  *tensor = NULL;
  return status;
}

void pleat_tensor_free(pleat_tensor *t) {
  if (!t) return;
  for (int i = 0; i < 3; i++) pleat_irreps_free(t->irreps[i]);
  void *blocks[] = {t->paths, t->factors, t->steps, t->entries, t->scratch.block};
  for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) pleat_memory_release(t->context, blocks[i]);
  pleat_memory_release(t->context, t);
}

const pleat_irreps *pleat_tensor_irreps(const pleat_tensor *t, int which) { return t->irreps[which]; }
int pleat_tensor_weight_count(const pleat_tensor *t) { return t->kernel.weight_count; }
int pleat_tensor_path_count(const pleat_tensor *t) { return t->count; }

pleat_tensor_path pleat_tensor_get_path(const pleat_tensor *t, int index, double *factor) {
  if (factor) *factor = t->factors[index];
  return t->paths[index];
}

typedef struct apply_work {
  const pleat_tensor *tensor;
  const pleat_kernel_tensor *kernel;
} apply_work;

static void apply_rows(void *argument, int64_t begin, int64_t end, int thread) {
  const apply_work *w = argument;
  w->tensor->kernels->tensor(w->kernel, begin, end, pleat_scratch_of(&w->tensor->scratch, thread));
}

void pleat_tensor_run(const pleat_tensor *t, const pleat_kernel_tensor *kernel, size_t count) {
  apply_work w = {t, kernel};
  pleat_team_for(pleat_scratch_threads(&t->scratch, t->context), (int64_t)count, GRAIN, apply_rows, &w);
}

void pleat_tensor_apply(pleat_tensor *t, size_t count, const float *x, const float *y, const float *weights, int each, float *z) {
  pleat_kernel_tensor kernel = t->kernel;
  kernel.x1 = x, kernel.x2 = y, kernel.weights = weights, kernel.shared = !each, kernel.y = z;
  pleat_tensor_run(t, &kernel, count);
}
