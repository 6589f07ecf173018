/* The sanity gate of a predicted structure: finite, connected, without impossible clashes, left-handed amino acids.
 * SPDX-License-Identifier: MIT */
#include "geometry/sanity.h"

#include <stdio.h>

#include "geometry/neighbor.h"
#include "geometry/residue_geometry.h"
#include "geometry/vector.h"

/* One atom of the flat list: which residue, which place. */
typedef struct site {
  int32_t residue, place;
} site;

typedef struct survey {
  const pleat_sanity_model *model;
  double *points; /* (count,3) */
  site *sites;
  size_t count;
  pleat_geometry_report *report;
} survey;

static const double *point_of(const survey *s, const size_t *first_atom, size_t residue, int place) {
  return s->points + 3 * (first_atom[residue] + (size_t)place);
}

/* Lists the atoms there are; first_atom (L) is where each residue begins. Places of a residue are without holes. */
static void list_atoms(survey *s, size_t *first_atom) {
  for (size_t i = 0; i < s->model->length; i++) {
    first_atom[i] = s->count;
    for (int place = 0; place < PLEAT_GEOMETRY_ATOMS; place++) {
      if (!pleat_residue_has_atom(s->model->types[i], place)) continue;
      const float *x = s->model->positions + 3 * (PLEAT_GEOMETRY_ATOMS * i + (size_t)place);
      bool finite = isfinite(x[0]) && isfinite(x[1]) && isfinite(x[2]);
      s->report->not_finite += !finite;
      for (int k = 0; k < 3; k++) s->points[3 * s->count + (size_t)k] = x[k];
      s->sites[s->count++] = (site){(int32_t)i, place};
    }
  }
}

static bool joined(const pleat_sanity_model *model, size_t i) {
  return i + 1 < model->length && model->chains[i] == model->chains[i + 1] &&
         model->types[i] != PLEAT_GEOMETRY_UNKNOWN && model->types[i + 1] != PLEAT_GEOMETRY_UNKNOWN;
}

static void measure_chain(const survey *s, const size_t *first_atom) {
  pleat_geometry_report *report = s->report;
  for (size_t i = 0; i + 1 < s->model->length; i++) {
    if (!joined(s->model, i)) continue;
    const double *c = point_of(s, first_atom, i, PLEAT_ATOM_C), *n = point_of(s, first_atom, i + 1, PLEAT_ATOM_N);
    double c_n = pleat_vector_distance(c, n);
    report->bonds++;
    report->c_n_mean += c_n;
    report->ca_ca_mean += pleat_vector_distance(c - 3, n + 3);
    if (c_n > report->c_n_longest) report->c_n_longest = c_n;
    if (c_n > PLEAT_SANITY_BREAK && report->breaks++ == 0) report->first_break = i;
  }
  if (report->bonds == 0) return;
  report->c_n_mean /= (double)report->bonds;
  report->ca_ca_mean /= (double)report->bonds;
}

/* The sign of the volume spanned by N, C and CB about CA: positive in L-amino acids. */
static void measure_hands(const survey *s, const size_t *first_atom) {
  for (size_t i = 0; i < s->model->length; i++) {
    if (!pleat_residue_has_atom(s->model->types[i], PLEAT_ATOM_CB)) continue;
    const double *ca = point_of(s, first_atom, i, PLEAT_ATOM_CA);
    double n[3], c[3], cb[3], normal[3];
    pleat_vector_subtract(point_of(s, first_atom, i, PLEAT_ATOM_N), ca, n);
    pleat_vector_subtract(point_of(s, first_atom, i, PLEAT_ATOM_C), ca, c);
    pleat_vector_subtract(point_of(s, first_atom, i, PLEAT_ATOM_CB), ca, cb);
    pleat_vector_cross(n, c, normal);
    if (pleat_vector_dot(normal, cb) < 0 && s->report->wrong_hands++ == 0) s->report->first_wrong_hand = i;
  }
}

/* Atoms of joined neighbours that lie within three bonds across the peptide bond (or at most four, by proline's ring):
 * N CA C O CB of the first, N CA C CB CD of the second. */
static bool across_peptide(const survey *s, site a, site b) {
  if (a.residue + 1 != b.residue || !joined(s->model, (size_t)a.residue)) return false;
  int32_t type = s->model->types[b.residue];
  bool proline_ring = pleat_residue_letters[type] == 'P';
  return a.place <= PLEAT_ATOM_CB && (b.place <= PLEAT_ATOM_CB || proline_ring);
}

static bool is_sulphur(const survey *s, site at) {
  return pleat_residue_atoms[s->model->types[at.residue]][at.place].name[0] == 'S';
}

static double radius_of(const survey *s, site at) {
  return pleat_residue_radius(pleat_residue_atoms[s->model->types[at.residue]][at.place].name);
}

static void count_clash(void *argument, size_t first, size_t second, double distance2) {
  const survey *s = argument;
  site a = s->sites[first], b = s->sites[second];
  if (a.residue == b.residue || across_peptide(s, a, b) || (is_sulphur(s, a) && is_sulphur(s, b))) return;
  double distance = sqrt(distance2);
  if (distance >= radius_of(s, a) + radius_of(s, b) - PLEAT_SANITY_OVERLAP) return;
  if (s->report->clashes++ == 0 || distance < s->report->nearest) s->report->nearest = distance;
  s->report->impossible += distance < PLEAT_SANITY_NEAREST;
}

pleat_status pleat_sanity_measure(pleat_context *context, const pleat_sanity_model *model,
                                  pleat_geometry_report *report) {
  survey s = {.model = model, .report = report};
  size_t *first_atom = NULL;
  pleat_pool pool;
  *report = (pleat_geometry_report){.residues = model->length};
  pleat_pool_init(&pool, context, 0);
  pleat_status status = pleat_pool_take(&pool, model->length * PLEAT_GEOMETRY_ATOMS, 3 * sizeof(double), &s.points);
  if (status == PLEAT_OK)
    status = pleat_pool_take(&pool, model->length * PLEAT_GEOMETRY_ATOMS, sizeof *s.sites, &s.sites);
  if (status == PLEAT_OK) status = pleat_pool_take(&pool, model->length, sizeof *first_atom, &first_atom);
  if (status == PLEAT_OK) {
    list_atoms(&s, first_atom);
    measure_chain(&s, first_atom);
    measure_hands(&s, first_atom);
    status = pleat_neighbor_pairs(context, s.points, s.count, 2 * 1.8 - PLEAT_SANITY_OVERLAP, count_clash, &s);
  }
  pleat_pool_free(&pool);
  return status;
}

static bool full_of_clashes(const pleat_geometry_report *r) {
  return r->impossible * PLEAT_SANITY_RESIDUES_PER_PAIR > r->residues;
}

bool pleat_sanity_passes(const pleat_geometry_report *r, char *reason, size_t capacity) {
  if (capacity) reason[0] = 0;
  if (r->not_finite)
    snprintf(reason, capacity, "%zu atoms have coordinates that are not finite numbers", r->not_finite);
  else if (r->breaks)
    snprintf(reason, capacity, "the chain is broken in %zu place%s (C-N over %.1f angstrom), first after residue %zu",
             r->breaks, r->breaks == 1 ? "" : "s", PLEAT_SANITY_BREAK, r->first_break + 1);
  else if (full_of_clashes(r))
    snprintf(reason, capacity, "%zu pairs of atoms that are not bonded are nearer than %.1f angstrom", r->impossible,
             PLEAT_SANITY_NEAREST);
  else if (r->wrong_hands)
    snprintf(reason, capacity, "%zu residues have the wrong hand (D instead of L), first residue %zu", r->wrong_hands,
             r->first_wrong_hand + 1);
  return !(r->not_finite || r->breaks || full_of_clashes(r) || r->wrong_hands);
}
