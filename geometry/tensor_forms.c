/* The usual lists of paths: fully connected, full, element-wise and depth-wise tensor products, in e3nn's order.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "geometry/tensor_product.h"

/* A product in the making. Terms and paths grow; `irreps` are those read from texts. */
typedef struct maker {
  pleat_context *context;
  pleat_irreps *read[3]; /* the first input, the second, and the result or what may come out */
  pleat_irreps_term *terms[3];
  size_t room[3];
  int count[3];
  pleat_tensor_path *paths;
  size_t path_room;
  int path_count;
} maker;

static pleat_status add_term(maker *m, int which, pleat_irreps_term term) {
  PLEAT_TRY(pleat_memory_grow(m->context, &m->terms[which], &m->room[which], (size_t)m->count[which] + 1, sizeof term));
  m->terms[which][m->count[which]++] = term;
  return PLEAT_OK;
}

static pleat_status add_path(maker *m, pleat_tensor_path path) {
  PLEAT_TRY(pleat_memory_grow(m->context, &m->paths, &m->path_room, (size_t)m->path_count + 1, sizeof path));
  m->paths[m->path_count++] = path;
  return PLEAT_OK;
}

static bool same_irrep(pleat_irreps_term a, pleat_irreps_term b) { return a.l == b.l && a.parity == b.parity; }

/* The terms of a text; `join`: neighbours of one irrep become one, and those without copies go. */
static pleat_status take_terms(maker *m, int which, bool join) {
  const pleat_irreps *from = m->read[which];
  for (int i = 0; i < from->count; i++) {
    pleat_irreps_term *last = m->count[which] ? &m->terms[which][m->count[which] - 1] : NULL;
    if (join && from->terms[i].multiplicity == 0) continue;
    if (join && last && same_irrep(*last, from->terms[i]))
      last->multiplicity += from->terms[i].multiplicity;
    else
      PLEAT_TRY(add_term(m, which, from->terms[i]));
  }
  return PLEAT_OK;
}

static bool may_come_out(const maker *m, pleat_irreps_term term) {
  if (!m->read[2]) return true;
  for (int i = 0; i < m->read[2]->count; i++)
    if (same_irrep(m->read[2]->terms[i], term)) return true;
  return false;
}

/* Every irrep that terms a and b couple to, with `copies` copies: a term of the result and a path each. */
static pleat_status couple_terms(maker *m, int a, int b, pleat_tensor_mode mode, int64_t copies) {
  pleat_irreps_term x = m->terms[0][a], y = m->terms[1][b];
  PLEAT_CHECK(m->context, copies <= 1 << 20, PLEAT_ERROR_INPUT,
              "a tensor product of %d with %d copies has more than 1048576 of them: use smaller multiplicities", x.multiplicity,
              y.multiplicity);
  PLEAT_CHECK(m->context, m->read[2] || x.l + y.l <= PLEAT_DEGREE_MAX, PLEAT_ERROR_INPUT,
              "a tensor product of degrees %d and %d goes to degree %d, but %d is the most: say which irreps to keep", x.l, y.l,
              x.l + y.l, PLEAT_DEGREE_MAX);
  for (int l = abs(x.l - y.l); l <= x.l + y.l && l <= PLEAT_DEGREE_MAX; l++) {
    pleat_irreps_term out = {.multiplicity = (int)copies, .l = l, .parity = x.parity * y.parity};
    if (!may_come_out(m, out)) continue;
    PLEAT_TRY(add_path(m, (pleat_tensor_path){a, b, m->count[2], mode, mode == PLEAT_TENSOR_UVU, 1}));
    PLEAT_TRY(add_term(m, 2, out));
  }
  return PLEAT_OK;
}

/* Before sorting, `offset` is the term's place. */
static int by_irrep(const void *a, const void *b) {
  const pleat_irreps_term *x = a, *y = b;
  if (x->l != y->l) return x->l - y->l;
  return x->parity != y->parity ? x->parity - y->parity : x->offset - y->offset;
}

static pleat_status sort_result(maker *m) {
  int *place;
  for (int i = 0; i < m->count[2]; i++) m->terms[2][i].offset = i;
  if (m->count[2]) qsort(m->terms[2], (size_t)m->count[2], sizeof *m->terms[2], by_irrep);
  PLEAT_TRY(pleat_memory_take(m->context, (size_t)m->count[2] + 1, sizeof *place, &place));
  for (int i = 0; i < m->count[2]; i++) place[m->terms[2][i].offset] = i;
  for (int i = 0; i < m->path_count; i++) m->paths[i].out = place[m->paths[i].out];
  pleat_memory_release(m->context, place);
  return PLEAT_OK;
}

/* ---- The lists ------------------------------------------------------------------------------------------------- */

typedef pleat_status (*list_fn)(maker *m);

static pleat_status list_connected(maker *m) {
  for (int i = 0; i < 3; i++) PLEAT_TRY(take_terms(m, i, false));
  for (int a = 0; a < m->count[0]; a++)
    for (int b = 0; b < m->count[1]; b++)
      for (int c = 0; c < m->count[2]; c++) {
        pleat_irreps_term x = m->terms[0][a], y = m->terms[1][b], z = m->terms[2][c];
        if (z.l < abs(x.l - y.l) || z.l > x.l + y.l || z.parity != x.parity * y.parity) continue;
        PLEAT_TRY(add_path(m, (pleat_tensor_path){a, b, c, PLEAT_TENSOR_UVW, 1, 1}));
      }
  return PLEAT_OK;
}

static pleat_status list_full(maker *m) {
  for (int i = 0; i < 2; i++) PLEAT_TRY(take_terms(m, i, true));
  for (int a = 0; a < m->count[0]; a++)
    for (int b = 0; b < m->count[1]; b++)
      PLEAT_TRY(couple_terms(m, a, b, PLEAT_TENSOR_UVUV, (int64_t)m->terms[0][a].multiplicity * m->terms[1][b].multiplicity));
  return sort_result(m);
}

static pleat_status list_depthwise(maker *m) {
  for (int i = 0; i < 2; i++) PLEAT_TRY(take_terms(m, i, false));
  for (int a = 0; a < m->count[0]; a++)
    for (int b = 0; b < m->count[1]; b++) PLEAT_TRY(couple_terms(m, a, b, PLEAT_TENSOR_UVU, m->terms[0][a].multiplicity));
  return sort_result(m);
}

/* Both inputs in pieces of the same multiplicities. */
static pleat_status cut_alike(maker *m) {
  const pleat_irreps_term *a = m->terms[0], *b = m->terms[1], *a_end = a + m->count[0], *b_end = b + m->count[1];
  maker cut = {.context = m->context};
  pleat_status status = PLEAT_OK;
  int used_a = 0, used_b = 0;
  while (!status && a < a_end && b < b_end) {
    pleat_irreps_term x = *a, y = *b;
    int left_a = a->multiplicity - used_a, left_b = b->multiplicity - used_b;
    x.multiplicity = y.multiplicity = left_a < left_b ? left_a : left_b;
    used_a += x.multiplicity, used_b += x.multiplicity;
    if (used_a == a->multiplicity) a++, used_a = 0;
    if (used_b == b->multiplicity) b++, used_b = 0;
    status = add_term(&cut, 0, x);
    if (!status) status = add_term(&cut, 1, y);
  }
  bool all = a == a_end && b == b_end;
  for (int i = 0; i < 2; i++) {
    pleat_memory_release(m->context, m->terms[i]);
    m->terms[i] = cut.terms[i], m->count[i] = cut.count[i], m->room[i] = cut.room[i];
  }
  PLEAT_TRY(status);
  PLEAT_CHECK(m->context, all, PLEAT_ERROR_INPUT,
              "an element-wise product of %s with %s: both must have the same number of copies in all", m->read[0]->text,
              m->read[1]->text);
  return PLEAT_OK;
}

static pleat_status list_elementwise(maker *m) {
  for (int i = 0; i < 2; i++) PLEAT_TRY(take_terms(m, i, true));
  PLEAT_TRY(cut_alike(m));
  for (int a = 0; a < m->count[0]; a++) PLEAT_TRY(couple_terms(m, a, a, PLEAT_TENSOR_UUU, m->terms[0][a].multiplicity));
  return PLEAT_OK;
}

/* ---- From texts to a product ----------------------------------------------------------------------------------- */

static pleat_status build(maker *m, const char *const texts[3], list_fn list, const pleat_tensor_settings *settings,
                          pleat_irreps *irreps[3], pleat_tensor **tensor) {
  for (int i = 0; i < 3; i++)
    if (texts[i]) PLEAT_TRY(pleat_irreps_create(m->context, texts[i], &m->read[i]));
  PLEAT_TRY(list(m));
  for (int i = 0; i < 3; i++) PLEAT_TRY(pleat_irreps_create_terms(m->context, m->terms[i], m->count[i], &irreps[i]));
  return pleat_tensor_create(m->context, (const pleat_irreps *const[3]){irreps[0], irreps[1], irreps[2]}, m->paths, m->path_count,
                             settings, tensor);
}

static pleat_status make(pleat_context *context, const char *const texts[3], list_fn list, const pleat_tensor_settings *settings,
                         pleat_tensor **tensor) {
  maker m = {.context = context};
  pleat_irreps *irreps[3] = {0};
  *tensor = NULL;
  pleat_status status = build(&m, texts, list, settings, irreps, tensor);
  for (int i = 0; i < 3; i++) {
    pleat_irreps_free(m.read[i]);
    pleat_irreps_free(irreps[i]);
    pleat_memory_release(context, m.terms[i]);
  }
  pleat_memory_release(context, m.paths);
  return status;
}

pleat_status pleat_tensor_create_connected(pleat_context *context, const char *in1, const char *in2, const char *out,
                                           const pleat_tensor_settings *settings, pleat_tensor **tensor) {
  return make(context, (const char *const[3]){in1, in2, out}, list_connected, settings, tensor);
}

pleat_status pleat_tensor_create_full(pleat_context *context, const char *in1, const char *in2, const char *keep,
                                      const pleat_tensor_settings *settings, pleat_tensor **tensor) {
  return make(context, (const char *const[3]){in1, in2, keep}, list_full, settings, tensor);
}

pleat_status pleat_tensor_create_elementwise(pleat_context *context, const char *in1, const char *in2, const char *keep,
                                             const pleat_tensor_settings *settings, pleat_tensor **tensor) {
  return make(context, (const char *const[3]){in1, in2, keep}, list_elementwise, settings, tensor);
}

pleat_status pleat_tensor_create_depthwise(pleat_context *context, const char *in1, const char *in2, const char *keep,
                                           const pleat_tensor_settings *settings, pleat_tensor **tensor) {
  return make(context, (const char *const[3]){in1, in2, keep}, list_depthwise, settings, tensor);
}
