/* Gates: scalars go through functions, and other irreps are multiplied by scalars that went through functions.
 * SPDX-License-Identifier: MIT
 *
 * As in e3nn, the input holds scalars, gates and gated irreps sorted by degree and parity (odd first). */
#include <stdlib.h>

#include "geometry/function.h"
#include "geometry/irreps.h"
#include "geometry/scratch.h"
#include "lib/dispatch.h"
#include "lib/kernel/kernels.h"
#include "lib/team.h"

enum { SCALARS, GATES, GATED, PARTS, GRAIN = 64 };

/* Copies that are handled alike: scalars, or gated ones, whose gates stand at `gate`. Offsets in rows. */
typedef struct piece {
  pleat_function function;
  float moment;
  int copies, width, from, gate, to; /* gate: -1 of scalars */
} piece;

struct pleat_gate {
  pleat_context *context;
  const pleat_kernels *kernels;
  pleat_irreps *part[PARTS], *in, *out;
  int *place[PARTS]; /* of each part's terms: where they start in the input */
  piece *pieces;
  int count, most;
  pleat_scratch scratch;
};

typedef struct sorted_term {
  pleat_irreps_term term;
  int part, index, number; /* number: its place before sorting */
} sorted_term;

static int by_irrep(const void *a, const void *b) {
  const sorted_term *x = a, *y = b;
  if (x->term.l != y->term.l) return x->term.l - y->term.l;
  return x->term.parity != y->term.parity ? x->term.parity - y->term.parity : x->number - y->number;
}

/* The input: all terms sorted, neighbours of one irrep joined. */
static pleat_status lay_input(pleat_gate *g) {
  int total = 0, offset = 0, joined = 0;
  sorted_term *all;
  pleat_irreps_term *terms;
  for (int p = 0; p < PARTS; p++) total += g->part[p]->count;
  PLEAT_TRY(pleat_memory_take(g->context, (size_t)total + 1, sizeof *all, &all));
  pleat_status status = pleat_memory_take(g->context, (size_t)total + 1, sizeof *terms, &terms);
  for (int p = 0, n = 0; !status && p < PARTS; p++)
    for (int i = 0; i < g->part[p]->count; i++, n++) all[n] = (sorted_term){g->part[p]->terms[i], p, i, n};
  if (!status) qsort(all, (size_t)total, sizeof *all, by_irrep);
  for (int n = 0; !status && n < total; n++) {
    pleat_irreps_term t = all[n].term;
    g->place[all[n].part][all[n].index] = offset;
    offset += t.multiplicity * (2 * t.l + 1);
    if (joined && terms[joined - 1].l == t.l && terms[joined - 1].parity == t.parity)
      terms[joined - 1].multiplicity += t.multiplicity;
    else
      terms[joined++] = t;
  }
  if (!status) status = pleat_irreps_create_terms(g->context, terms, joined, &g->in);
  pleat_memory_release(g->context, all);
  pleat_memory_release(g->context, terms);
  return status;
}

static int copies_of(const pleat_irreps *irreps) {
  int copies = 0;
  for (int i = 0; i < irreps->count; i++) copies += irreps->terms[i].multiplicity;
  return copies;
}

static pleat_status check_functions(const pleat_gate *g, int part, const pleat_function *functions) {
  for (int i = 0; i < g->part[part]->count; i++) {
    pleat_irreps_term t = g->part[part]->terms[i];
    PLEAT_CHECK(g->context, t.l == 0, PLEAT_ERROR_INPUT, "the %s of a gate, %s, must all be of degree 0",
                part == SCALARS ? "scalars" : "gates", g->part[part]->text);
    PLEAT_TRY(pleat_function_check(g->context, functions[i]));
    PLEAT_CHECK(g->context, t.parity == 1 || pleat_function_parity(functions[i]), PLEAT_ERROR_INPUT,
                "term %d of a gate's %s, %s, is odd: of functions it can take only tanh (odd), abs (even) or none",
                i + 1, part == SCALARS ? "scalars" : "gates", g->part[part]->text);
  }
  return PLEAT_OK;
}

static int parity_after(pleat_irreps_term term, pleat_function function) {
  return term.parity == 1 ? 1 : pleat_function_parity(function);
}

/* Pieces and the result's terms: scalars, then gated terms cut where the gates' terms end. */
static int lay_pieces(pleat_gate *g, const pleat_function *scalar_functions, const pleat_function *gate_functions,
                      pleat_irreps_term *out) {
  int n = 0, to = 0, gate = 0, used_gates = 0;
  for (int i = 0; i < g->part[SCALARS]->count; i++, n++) {
    pleat_irreps_term t = g->part[SCALARS]->terms[i];
    g->pieces[n] = (piece){scalar_functions[i],
                           (float)pleat_function_moment(scalar_functions[i]),
                           t.multiplicity,
                           1,
                           g->place[SCALARS][i],
                           -1,
                           to};
    out[n] = (pleat_irreps_term){.multiplicity = t.multiplicity, .parity = parity_after(t, scalar_functions[i])};
    to += t.multiplicity;
  }
  for (int i = 0; i < g->part[GATED]->count; i++) {
    pleat_irreps_term t = g->part[GATED]->terms[i];
    for (int used = 0; used < t.multiplicity; n++) {
      while (used_gates == g->part[GATES]->terms[gate].multiplicity) gate++, used_gates = 0;
      pleat_irreps_term of_gate = g->part[GATES]->terms[gate];
      int left = t.multiplicity - used, gates_left = of_gate.multiplicity - used_gates,
          copies = left < gates_left ? left : gates_left;
      int width = 2 * t.l + 1;
      g->pieces[n] = (piece){gate_functions[gate],
                             (float)pleat_function_moment(gate_functions[gate]),
                             copies,
                             width,
                             g->place[GATED][i] + used * width,
                             g->place[GATES][gate] + used_gates,
                             to};
      out[n] = (pleat_irreps_term){
          .multiplicity = copies, .l = t.l, .parity = t.parity * parity_after(of_gate, gate_functions[gate])};
      used += copies, used_gates += copies, to += copies * width;
    }
  }
  return n;
}

static pleat_status fill(pleat_gate *g, const char *const texts[PARTS], const pleat_function *scalar_functions,
                         const pleat_function *gate_functions) {
  pleat_irreps_term *out;
  int total = 0;
  PLEAT_TRY(pleat_dispatch_choose(g->context, &g->kernels));
  for (int p = 0; p < PARTS; p++) {
    PLEAT_TRY(pleat_irreps_create(g->context, texts[p], &g->part[p]));
    PLEAT_TRY(pleat_memory_take(g->context, (size_t)g->part[p]->count, sizeof(int), &g->place[p]));
    total += g->part[p]->count;
  }
  PLEAT_TRY(check_functions(g, SCALARS, scalar_functions));
  PLEAT_TRY(check_functions(g, GATES, gate_functions));
  PLEAT_CHECK(g->context, copies_of(g->part[GATES]) == copies_of(g->part[GATED]), PLEAT_ERROR_INPUT,
              "a gate of %d scalars (%s) for %d copies (%s): there must be one for each", copies_of(g->part[GATES]),
              g->part[GATES]->text, copies_of(g->part[GATED]), g->part[GATED]->text);
  PLEAT_TRY(lay_input(g));
  PLEAT_TRY(pleat_memory_take(g->context, (size_t)total, sizeof *g->pieces, &g->pieces));
  PLEAT_TRY(pleat_memory_take(g->context, (size_t)total, sizeof *out, &out));
  g->count = lay_pieces(g, scalar_functions, gate_functions, out);
  pleat_status status = pleat_irreps_create_terms(g->context, out, g->count, &g->out);
  pleat_memory_release(g->context, out);
  for (int i = 0; i < g->count; i++) g->most = g->pieces[i].copies > g->most ? g->pieces[i].copies : g->most;
  return status ? status : pleat_scratch_take(g->context, g->most, &g->scratch);
}

pleat_status pleat_gate_create(pleat_context *context, const char *scalars, const pleat_function *scalar_functions,
                               const char *gates, const pleat_function *gate_functions, const char *gated,
                               pleat_gate **gate) {
  *gate = NULL;
  PLEAT_TRY(pleat_memory_take(context, 1, sizeof **gate, gate));
  (*gate)->context = context;
  pleat_status status =
      fill(*gate, (const char *const[PARTS]){scalars, gates, gated}, scalar_functions, gate_functions);
  if (!status) return status;
  pleat_gate_free(*gate);
  *gate = NULL;
  return status;
}

void pleat_gate_free(pleat_gate *g) {
  if (!g) return;
  for (int p = 0; p < PARTS; p++) {
    pleat_irreps_free(g->part[p]);
    pleat_memory_release(g->context, g->place[p]);
  }
  pleat_irreps_free(g->in);
  pleat_irreps_free(g->out);
  pleat_memory_release(g->context, g->pieces);
  pleat_memory_release(g->context, g->scratch.block);
  pleat_memory_release(g->context, g);
}

const pleat_irreps *pleat_gate_irreps(const pleat_gate *gate, int which) { return which ? gate->out : gate->in; }

typedef struct apply_work {
  const pleat_gate *gate;
  const float *x;
  float *y;
} apply_work;

static void apply_piece(const pleat_gate *g, const piece *p, const float *x, float *y, float *scratch) {
  pleat_function_apply(g->kernels, p->function, p->copies, x + (p->gate < 0 ? p->from : p->gate), scratch);
  for (int u = 0; u < p->copies; u++)
    for (int i = 0; i < p->width; i++) {
      float value = p->moment * scratch[u];
      y[p->to + u * p->width + i] = p->gate < 0 ? value : value * x[p->from + u * p->width + i];
    }
}

static void apply_rows(void *argument, int64_t begin, int64_t end, int thread) {
  const apply_work *w = argument;
  const pleat_gate *g = w->gate;
  float *scratch = pleat_scratch_of(&g->scratch, thread);
  for (int64_t row = begin; row < end; row++)
    for (int i = 0; i < g->count; i++)
      apply_piece(g, &g->pieces[i], w->x + row * g->in->dimension, w->y + row * g->out->dimension, scratch);
}

void pleat_gate_apply(pleat_gate *g, size_t count, const float *x, float *y) {
  apply_work w = {g, x, y};
  pleat_team_for(pleat_scratch_threads(&g->scratch, g->context), (int64_t)count, GRAIN, apply_rows, &w);
}
