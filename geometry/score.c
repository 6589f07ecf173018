/* How well two structures of the same residues agree: TM-score, GDT, lDDT.
 * SPDX-License-Identifier: MIT */
#include "geometry/score.h"

#include <string.h>

#include "geometry/neighbor.h"
#include "geometry/superpose.h"
#include "geometry/vector.h"

/* ---- TM-score and GDT ---- */

enum { GDT_CUTOFFS = 5, TM_ROUNDS = 20, TM_LEVELS = 6, TM_SHORTEST = 4, TM_STARTS = 400 };
static const double gdt_cutoffs[GDT_CUTOFFS] = {0.5, 1, 2, 4, 8};

typedef struct tm_search {
  const double *model, *reference;
  size_t count;
  double d0, near; /* near: the search's own distance, d0 held between 4.5 and 8 */
  double *distance2;
  size_t *chosen, *previous;
  double best;
  pleat_rigid best_frame;
  size_t gdt[GDT_CUTOFFS];
} tm_search;

double pleat_score_tm_d0(size_t length) {
  double d0 = length > 15 ? 1.24 * cbrt((double)length - 15) - 1.8 : 0.5;
  return d0 > 0.5 ? d0 : 0.5;
}

/* Superposes the chosen pairs, scores all pairs, and keeps what is best. */
static void tm_try(tm_search *s, size_t chosen_count) {
  pleat_rigid frame = pleat_superpose_chosen(s->model, s->reference, s->chosen, chosen_count).frame;
  size_t within[GDT_CUTOFFS] = {0};
  double sum = 0;
  for (size_t i = 0; i < s->count; i++) {
    double moved[3], d2;
    pleat_rigid_apply(&frame, s->model + 3 * i, moved);
    s->distance2[i] = d2 = pleat_vector_distance2(moved, s->reference + 3 * i);
    sum += 1 / (1 + d2 / (s->d0 * s->d0));
    for (int k = 0; k < GDT_CUTOFFS; k++) within[k] += d2 <= gdt_cutoffs[k] * gdt_cutoffs[k];
  }
  for (int k = 0; k < GDT_CUTOFFS; k++)
    if (within[k] > s->gdt[k]) s->gdt[k] = within[k];
  if (sum > s->best) {
    s->best = sum;
    s->best_frame = frame;
  }
}

/* Chooses the pairs nearer than `cutoff`, widened by half angstroms until there are three. */
static size_t tm_choose(tm_search *s, double cutoff) {
  size_t wanted = s->count < 3 ? s->count : 3, found;
  do {
    found = 0;
    for (size_t i = 0; i < s->count; i++)
      if (s->distance2[i] < cutoff * cutoff) s->chosen[found++] = i;
    cutoff += 0.5;
  } while (found < wanted && cutoff < 1e4);
  return found;
}

/* From a fragment: superpose it, then again and again all that came near, until the choice stays the same. */
static void tm_extend(tm_search *s, size_t start, size_t length) {
  for (size_t i = 0; i < length; i++) s->chosen[i] = start + i;
  tm_try(s, length);
  size_t found = tm_choose(s, s->near - 1);
  for (int round = 0; round < TM_ROUNDS && found > 0; round++) {
    tm_try(s, found);
    memcpy(s->previous, s->chosen, found * sizeof *s->chosen);
    size_t again = tm_choose(s, s->near + 1);
    if (again == found && memcmp(s->previous, s->chosen, found * sizeof *s->chosen) == 0) break;
    found = again;
  }
}

static void tm_search_all(tm_search *s) {
  size_t step = 1 + s->count / (TM_STARTS + 1);
  size_t length = s->count;
  for (int level = 0; level < TM_LEVELS; level++) {
    size_t last = s->count - length;
    for (size_t start = 0; start <= last; start += step) tm_extend(s, start, length);
    if (length <= TM_SHORTEST) break;
    length = level == TM_LEVELS - 2 || length / 2 < TM_SHORTEST ? TM_SHORTEST : length / 2;
  }
}

pleat_status pleat_score_tm(pleat_context *context, const double *model, const double *reference, size_t count,
                            size_t reference_length, pleat_score_tm_result *result) {
  *result = (pleat_score_tm_result){.frame = pleat_rigid_identity()};
  if (count == 0 || reference_length == 0) return PLEAT_OK;
  tm_search s = {.model = model, .reference = reference, .count = count, .best = -1};
  s.d0 = pleat_score_tm_d0(reference_length);
  s.near = fmin(fmax(s.d0, 4.5), 8);
  pleat_pool pool;
  pleat_pool_init(&pool, context, 0);
  pleat_status status = pleat_pool_take(&pool, count, sizeof *s.distance2, &s.distance2);
  if (status == PLEAT_OK) status = pleat_pool_take(&pool, count, sizeof *s.chosen, &s.chosen);
  if (status == PLEAT_OK) status = pleat_pool_take(&pool, count, sizeof *s.previous, &s.previous);
  if (status == PLEAT_OK) {
    double share = 1 / (double)reference_length;
    tm_search_all(&s);
    result->tm = s.best * share;
    result->frame = s.best_frame;
    result->gdt_ts = share * (double)(s.gdt[1] + s.gdt[2] + s.gdt[3] + s.gdt[4]) / 4;
    result->gdt_ha = share * (double)(s.gdt[0] + s.gdt[1] + s.gdt[2] + s.gdt[3]) / 4;
  }
  pleat_pool_free(&pool);
  return status;
}

/* ---- lDDT ---- */

static const double lddt_inclusion = 15;
static const double lddt_thresholds[4] = {0.5, 1, 2, 4};

typedef struct lddt_counts {
  const pleat_score_atoms *atoms;
  double *kept, *all; /* (residues): kept counts 1/4 a threshold */
  size_t *partner;    /* (count): the atom that may exchange its name with this one, or itself */
  double *gain;       /* (residues): what exchanging names would keep more */
} lddt_counts;

static double lddt_kept(const double *a, const double *b, double wanted) {
  double off = fabs(pleat_vector_distance(a, b) - wanted), kept = 0;
  for (int k = 0; k < 4; k++) kept += off < lddt_thresholds[k] ? 0.25 : 0;
  return kept;
}

/* Finds the partner of each atom with symmetry: 2 of 1, 4 of 3, in the same residue. */
static void lddt_find_partners(lddt_counts *counts) {
  const pleat_score_atoms *atoms = counts->atoms;
  for (size_t i = 0; i < atoms->count; i++) counts->partner[i] = i;
  for (size_t i = 0; i < atoms->count; i++) {
    if (atoms->symmetry[i] % 2 == 0) continue;
    for (size_t j = i + 1; j < atoms->count && atoms->residue[j] == atoms->residue[i]; j++) {
      if (atoms->symmetry[j] != atoms->symmetry[i] + 1) continue;
      counts->partner[i] = j;
      counts->partner[j] = i;
      break;
    }
  }
}

/* Adds to the gain of the residue of atom i, which has symmetry, for its distance to atom j, which has none. */
static void lddt_add_gain(lddt_counts *counts, size_t i, size_t j, double wanted) {
  const pleat_score_atoms *atoms = counts->atoms;
  const double *fixed = atoms->model + 3 * j;
  counts->gain[atoms->residue[i]] += lddt_kept(atoms->model + 3 * counts->partner[i], fixed, wanted) -
                                     lddt_kept(atoms->model + 3 * i, fixed, wanted);
}

static void lddt_gain_pair(void *argument, size_t i, size_t j, double distance2) {
  lddt_counts *counts = argument;
  if (counts->atoms->residue[i] == counts->atoms->residue[j]) return;
  bool moves_i = counts->partner[i] != i, moves_j = counts->partner[j] != j;
  if (moves_i && !moves_j) lddt_add_gain(counts, i, j, sqrt(distance2));
  if (moves_j && !moves_i) lddt_add_gain(counts, j, i, sqrt(distance2));
}

/* Where atom i of the reference is in the model, after exchanging names where that gains. */
static const double *lddt_model(const lddt_counts *counts, size_t i) {
  bool exchanged = counts->gain && counts->gain[counts->atoms->residue[i]] > 0;
  return counts->atoms->model + 3 * (exchanged ? counts->partner[i] : i);
}

static void lddt_pair(void *argument, size_t i, size_t j, double distance2) {
  lddt_counts *counts = argument;
  const pleat_score_atoms *atoms = counts->atoms;
  int32_t a = atoms->residue[i], b = atoms->residue[j];
  if (a == b) return;
  double kept = lddt_kept(lddt_model(counts, i), lddt_model(counts, j), sqrt(distance2));
  counts->kept[a] += kept;
  counts->kept[b] += kept;
  counts->all[a]++;
  counts->all[b]++;
}

static void lddt_shares(const lddt_counts *counts, double *per_residue, double *global) {
  double kept = 0, all = 0;
  for (size_t r = 0; r < counts->atoms->residues; r++) {
    kept += counts->kept[r];
    all += counts->all[r];
    if (per_residue) per_residue[r] = counts->all[r] > 0 ? counts->kept[r] / counts->all[r] : NAN;
  }
  *global = all > 0 ? kept / all : NAN;
}

static pleat_status lddt_symmetry(pleat_pool *pool, lddt_counts *counts) {
  const pleat_score_atoms *atoms = counts->atoms;
  if (!atoms->symmetry) return PLEAT_OK;
  PLEAT_TRY(pleat_pool_take(pool, atoms->count, sizeof *counts->partner, &counts->partner));
  PLEAT_TRY(pleat_pool_take(pool, atoms->residues, sizeof *counts->gain, &counts->gain));
  lddt_find_partners(counts);
  return pleat_neighbor_pairs(pool->context, atoms->reference, atoms->count, lddt_inclusion, lddt_gain_pair, counts);
}

pleat_status pleat_score_lddt(pleat_context *context, const pleat_score_atoms *atoms, double *per_residue,
                              double *global) {
  lddt_counts counts = {.atoms = atoms};
  pleat_pool pool;
  pleat_pool_init(&pool, context, 0);
  pleat_status status = pleat_pool_take(&pool, atoms->residues, sizeof *counts.kept, &counts.kept);
  if (status == PLEAT_OK) status = pleat_pool_take(&pool, atoms->residues, sizeof *counts.all, &counts.all);
  if (status == PLEAT_OK) status = lddt_symmetry(&pool, &counts);
  if (status == PLEAT_OK)
    status = pleat_neighbor_pairs(context, atoms->reference, atoms->count, lddt_inclusion, lddt_pair, &counts);
  if (status == PLEAT_OK) lddt_shares(&counts, per_residue, global);
  pleat_pool_free(&pool);
  return status;
}
