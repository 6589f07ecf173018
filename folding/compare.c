/* pleat_structure_compare: matches the chains, residues and atoms of two structures and scores their agreement.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "data/structure.h"
#include "geometry/score.h"
#include "geometry/superpose.h"
#include "geometry/vector.h"
#include "msa/align.h"

/* The residues of one polymer chain that have a C-alpha atom, as indices into the structure's residues. */
typedef struct chain_view {
  const char *id;
  size_t *residues, count;
  char *letters; /* (count), terminated */
  bool taken;
} chain_view;

typedef struct side {
  const pleat_structure *structure;
  unsigned char *keep; /* (atoms): not an alternate that is left out, not a hydrogen */
  chain_view *chains;
  size_t chain_count, residue_count;
} side;

/* Matched residues, and their matched atoms as flat points. */
typedef struct matching {
  pleat_context *context;
  pleat_pool pool;
  side model, reference;
  size_t *pairs; /* (count,2): residue of the model, of the reference */
  size_t count;
  double *ca_model, *ca_reference;   /* (count,3) */
  double *all_model, *all_reference; /* (atoms,3) */
  int32_t *atom_residue;             /* (atoms): which pair */
  unsigned char *atom_symmetry;      /* (atoms): see symmetry_of */
  size_t atoms;
} matching;

/* ---- What each side has ---- */

static bool is_hydrogen(const pleat_atom *atom) {
  return (atom->element[0] == 'H' || atom->element[0] == 'D') && atom->element[1] == 0;
}

/* The kept atom of this name in a residue, or NULL. */
static const pleat_atom *find_atom(const side *s, size_t residue, const char *name) {
  const pleat_structure_residue *r = &s->structure->residues[residue];
  for (size_t i = r->first; i < r->first + r->count; i++)
    if (s->keep[i] && strcmp(s->structure->atoms[i].site.name, name) == 0) return &s->structure->atoms[i].site;
  return NULL;
}

static bool has_ca(const side *s, size_t residue) {
  const pleat_atom *ca = find_atom(s, residue, "CA");
  return ca && ca->element[0] == 'C' && ca->element[1] == 0;
}

static pleat_status view_chain(pleat_pool *pool, side *s, const pleat_structure_chain *chain) {
  chain_view *view = &s->chains[s->chain_count];
  *view = (chain_view){.id = chain->id};
  PLEAT_TRY(pleat_pool_take(pool, chain->count, sizeof *view->residues, &view->residues));
  PLEAT_TRY(pleat_pool_take(pool, chain->count + 1, 1, &view->letters));
  for (size_t i = chain->first; i < chain->first + chain->count; i++) {
    if (!has_ca(s, i)) continue;
    view->letters[view->count] = pleat_residue_letter(pleat_structure_residue_name(s->structure, i));
    view->residues[view->count++] = i;
  }
  s->residue_count += view->count;
  s->chain_count += view->count > 0;
  return PLEAT_OK;
}

static pleat_status view_side(pleat_pool *pool, const pleat_structure *structure, side *s) {
  s->structure = structure;
  PLEAT_TRY(pleat_pool_take(pool, structure->atom_count + 1, 1, &s->keep));
  PLEAT_TRY(pleat_pool_take(pool, structure->chain_count + 1, sizeof *s->chains, &s->chains));
  pleat_structure_select_alternates(structure, s->keep);
  for (size_t i = 0; i < structure->atom_count; i++)
    if (is_hydrogen(&structure->atoms[i].site)) s->keep[i] = 0;
  for (size_t i = 0; i < structure->chain_count; i++)
    if (structure->chains[i].kind == PLEAT_STRUCTURE_POLYMER) PLEAT_TRY(view_chain(pool, s, &structure->chains[i]));
  return PLEAT_OK;
}

/* ---- Residues ---- */

static const pleat_atom *first_atom(const side *s, size_t residue) {
  return &s->structure->atoms[s->structure->residues[residue].first].site;
}

static bool same_name(const matching *m, size_t model, size_t reference) {
  return strcmp(pleat_structure_residue_name(m->model.structure, model),
                pleat_structure_residue_name(m->reference.structure, reference)) == 0;
}

/* match[i]: place in `model` of the residue with the number and insertion code of reference residue i, or -1. The
 * search goes on from the last one found, so equal numberings take one pass. */
static void match_by_number(const matching *m, const chain_view *model, const chain_view *reference, int64_t *match) {
  size_t at = 0;
  for (size_t i = 0; i < reference->count; i++) {
    const pleat_atom *want = first_atom(&m->reference, reference->residues[i]);
    match[i] = -1;
    for (size_t step = 0; step < model->count && match[i] < 0; step++) {
      size_t j = (at + step) % model->count;
      const pleat_atom *have = first_atom(&m->model, model->residues[j]);
      if (have->residue_number == want->residue_number && have->insertion_code == want->insertion_code)
        match[i] = (int64_t)j;
    }
    if (match[i] >= 0) at = (size_t)match[i] + 1;
  }
}

/* Numbers are believed when they pair at least half of the shorter chain and nine in ten pairs have the same name. */
static bool numbers_agree(const matching *m, const chain_view *model, const chain_view *reference,
                          const int64_t *match) {
  size_t found = 0, equal = 0, shorter = model->count < reference->count ? model->count : reference->count;
  for (size_t i = 0; i < reference->count; i++) {
    if (match[i] < 0) continue;
    found++;
    equal += same_name(m, model->residues[match[i]], reference->residues[i]);
  }
  return 2 * found >= shorter && 10 * equal >= 9 * found;
}

static pleat_status match_chain(matching *m, chain_view *model, chain_view *reference) {
  int64_t *match;
  model->taken = reference->taken = true;
  PLEAT_TRY(pleat_pool_take(&m->pool, reference->count, sizeof *match, &match));
  match_by_number(m, model, reference, match);
  if (!numbers_agree(m, model, reference, match))
    PLEAT_TRY(pleat_align_global(m->context, reference->letters, model->letters, match, NULL));
  for (size_t i = 0; i < reference->count; i++) {
    if (match[i] < 0) continue;
    m->pairs[2 * m->count] = model->residues[match[i]];
    m->pairs[2 * m->count + 1] = reference->residues[i];
    m->count++;
  }
  return PLEAT_OK;
}

/* The free chain of the model with this id, or (id NULL) the first free one. */
static chain_view *free_chain(side *model, const char *id) {
  for (size_t i = 0; i < model->chain_count; i++)
    if (!model->chains[i].taken && (!id || strcmp(model->chains[i].id, id) == 0)) return &model->chains[i];
  return NULL;
}

/* Chains of the same id first, then what is left in the order of the files. */
static pleat_status match_chains(matching *m) {
  PLEAT_TRY(pleat_pool_take(&m->pool, m->reference.residue_count + 1, 2 * sizeof *m->pairs, &m->pairs));
  for (int pass = 0; pass < 2; pass++)
    for (size_t i = 0; i < m->reference.chain_count; i++) {
      chain_view *reference = &m->reference.chains[i];
      chain_view *model = reference->taken ? NULL : free_chain(&m->model, pass == 0 ? reference->id : NULL);
      if (model) PLEAT_TRY(match_chain(m, model, reference));
    }
  return PLEAT_OK;
}

/* Pairs in the order of the reference's residues, however the chains were matched. */
static int by_reference(const void *a, const void *b) {
  size_t x = ((const size_t *)a)[1], y = ((const size_t *)b)[1];
  return (x > y) - (x < y);
}

/* ---- Atoms ---- */

static bool is_backbone(const char *name) {
  static const char *const names[] = {"N", "CA", "C", "O", "CB"};
  for (int i = 0; i < 5; i++)
    if (strcmp(name, names[i]) == 0) return true;
  return false;
}

/* 1 and 2, in rings also 3 and 4, for two atoms whose names may be exchanged without another meaning, 0 for all others
 * (Mariani et al. 2013). */
static unsigned char symmetry_of(const char *residue, const char *atom) {
  static const char *const rows[][3] = {{"ASP", "OD1", "OD2"}, {"GLU", "OE1", "OE2"}, {"PHE", "CD1", "CD2"},
                                        {"PHE", "CE1", "CE2"}, {"TYR", "CD1", "CD2"}, {"TYR", "CE1", "CE2"},
                                        {"VAL", "CG1", "CG2"}, {"LEU", "CD1", "CD2"}, {"ARG", "NH1", "NH2"}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    for (unsigned char k = 1; k <= 2; k++)
      if (strcmp(residue, rows[i][0]) == 0 && strcmp(atom, rows[i][k]) == 0)
        return (unsigned char)(rows[i][k][1] == 'E' ? k + 2 : k);
  return 0;
}

static void copy_point(double *to, const pleat_atom *from) { memcpy(to, from->position, sizeof from->position); }

/* Atoms of one pair of residues; of different residues only those that every amino acid has. */
static void match_atoms_of(matching *m, size_t pair) {
  size_t model = m->pairs[2 * pair], reference = m->pairs[2 * pair + 1];
  const pleat_structure_residue *r = &m->reference.structure->residues[reference];
  bool same = same_name(m, model, reference);
  for (size_t i = r->first; i < r->first + r->count; i++) {
    const pleat_atom *want = &m->reference.structure->atoms[i].site;
    if (!m->reference.keep[i] || (!same && !is_backbone(want->name))) continue;
    const pleat_atom *have = find_atom(&m->model, model, want->name);
    if (!have) continue;
    copy_point(m->all_model + 3 * m->atoms, have);
    copy_point(m->all_reference + 3 * m->atoms, want);
    m->atom_residue[m->atoms] = (int32_t)pair;
    m->atom_symmetry[m->atoms++] = same ? symmetry_of(want->residue_name, want->name) : 0;
  }
  copy_point(m->ca_model + 3 * pair, find_atom(&m->model, model, "CA"));
  copy_point(m->ca_reference + 3 * pair, find_atom(&m->reference, reference, "CA"));
}

static pleat_status match_atoms(matching *m) {
  size_t most = m->reference.structure->atom_count;
  PLEAT_TRY(pleat_pool_take(&m->pool, m->count, 3 * sizeof(double), &m->ca_model));
  PLEAT_TRY(pleat_pool_take(&m->pool, m->count, 3 * sizeof(double), &m->ca_reference));
  PLEAT_TRY(pleat_pool_take(&m->pool, most, 3 * sizeof(double), &m->all_model));
  PLEAT_TRY(pleat_pool_take(&m->pool, most, 3 * sizeof(double), &m->all_reference));
  PLEAT_TRY(pleat_pool_take(&m->pool, most, sizeof *m->atom_residue, &m->atom_residue));
  PLEAT_TRY(pleat_pool_take(&m->pool, most, sizeof *m->atom_symmetry, &m->atom_symmetry));
  for (size_t pair = 0; pair < m->count; pair++) match_atoms_of(m, pair);
  return PLEAT_OK;
}

/* ---- Scores ---- */

static void fill_deviations(const matching *m, const pleat_superposition *ca, const double *lddt,
                            pleat_residue_deviation *rows, size_t capacity) {
  for (size_t i = 0; i < m->count && i < capacity; i++) {
    const pleat_atom *atom = first_atom(&m->reference, m->pairs[2 * i + 1]);
    pleat_residue_deviation *row = &rows[i];
    double moved[3];
    *row = (pleat_residue_deviation){.residue_number = atom->residue_number, .insertion_code = atom->insertion_code};
    memcpy(row->chain, atom->chain, sizeof row->chain);
    memcpy(row->residue_name, atom->residue_name, sizeof row->residue_name);
    pleat_rigid_apply(&ca->frame, m->ca_model + 3 * i, moved);
    row->distance = pleat_vector_distance(moved, m->ca_reference + 3 * i);
    row->lddt = lddt[i];
  }
}

static pleat_status score(matching *m, pleat_comparison *result, pleat_residue_deviation *rows, size_t capacity) {
  pleat_score_tm_result tm;
  double *lddt;
  PLEAT_TRY(pleat_pool_take(&m->pool, m->count, sizeof *lddt, &lddt));
  pleat_superposition ca = pleat_superpose(m->ca_model, m->ca_reference, NULL, m->count);
  PLEAT_TRY(pleat_score_tm(m->context, m->ca_model, m->ca_reference, m->count, m->reference.residue_count, &tm));
  *result = (pleat_comparison){.residues = m->count,
                               .atoms = m->atoms,
                               .rmsd_ca = ca.rmsd,
                               .tm_score = tm.tm,
                               .gdt_ts = tm.gdt_ts,
                               .gdt_ha = tm.gdt_ha};
  result->rmsd_all = pleat_superpose(m->all_model, m->all_reference, NULL, m->atoms).rmsd;
  memcpy(result->rotation, ca.frame.rotation, sizeof result->rotation);
  memcpy(result->translation, ca.frame.translation, sizeof result->translation);
  pleat_score_atoms atoms = {m->all_model, m->all_reference, m->atom_residue, m->atom_symmetry, m->atoms, m->count};
  PLEAT_TRY(pleat_score_lddt(m->context, &atoms, lddt, &result->lddt));
  if (rows) fill_deviations(m, &ca, lddt, rows, capacity);
  return PLEAT_OK;
}

static pleat_status compare(matching *m, const pleat_structure *model, const pleat_structure *reference) {
  PLEAT_TRY(view_side(&m->pool, model, &m->model));
  PLEAT_TRY(view_side(&m->pool, reference, &m->reference));
  PLEAT_CHECK(m->context, m->model.residue_count, PLEAT_ERROR_INPUT,
              "the model has no amino acid with a C-alpha atom; compare needs proteins");
  PLEAT_CHECK(m->context, m->reference.residue_count, PLEAT_ERROR_INPUT,
              "the reference has no amino acid with a C-alpha atom; compare needs proteins");
  PLEAT_TRY(match_chains(m));
  PLEAT_CHECK(m->context, m->count, PLEAT_ERROR_INPUT,
              "no residue of the model matches one of the reference, by number or by sequence");
  qsort(m->pairs, m->count, 2 * sizeof *m->pairs, by_reference);
  return match_atoms(m);
}

pleat_status pleat_structure_compare(const pleat_structure *model, const pleat_structure *reference,
                                     pleat_comparison *comparison, pleat_residue_deviation *deviations,
                                     size_t capacity) {
  matching m = {.context = model->context};
  *comparison = (pleat_comparison){0};
  pleat_pool_init(&m.pool, m.context, 0);
  pleat_status status = compare(&m, model, reference);
  if (status == PLEAT_OK) status = score(&m, comparison, deviations, capacity);
  pleat_pool_free(&m.pool);
  return status;
}
