/* Which atoms of a structure are fitted together: chains, confident residues, rigid domains.
 * SPDX-License-Identifier: MIT */
#include "program/fit_parts.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "program/rotation_list.h"

typedef struct chooser {
  const pleat_options *options;
  pleat_context *context;
  const pleat_structure *structure;
  size_t atoms, residues, count;
  size_t *residue; /* (atoms) which residue with a CA or P an atom belongs to; residues: none */
  int *part;       /* (atoms) */
} chooser;

static void *take(size_t count, size_t size) {
  void *block = calloc(count + 1, size);
  if (!block) abort();
  return block;
}

static bool is_water(const char *name) { return !strcmp(name, "HOH") || !strcmp(name, "DOD") || !strcmp(name, "WAT"); }

/* Whether a list "A,B" has the chain. */
static bool lists(const char *list, const char *chain) {
  size_t length = strlen(chain);
  for (const char *at = list; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL)
    if (!strncmp(at, chain, length) && (!at[length] || at[length] == ',')) return true;
  return false;
}

static bool same_residue(const pleat_atom *a, const pleat_atom *b) {
  return a->residue_number == b->residue_number && a->insertion_code == b->insertion_code && !strcmp(a->chain, b->chain) &&
         a->hetero == b->hetero;
}

static void number_residues(chooser *c) {
  size_t first = 0;
  for (size_t i = 0; i < c->atoms;) {
    pleat_atom head = pleat_structure_atom(c->structure, i);
    bool polymer = false;
    for (first = i; i < c->atoms; i++) {
      pleat_atom atom = pleat_structure_atom(c->structure, i);
      if (!same_residue(&head, &atom)) break;
      polymer |= (!strcmp(atom.name, "CA") && !strcmp(atom.element, "C")) || !strcmp(atom.name, "P") || !strcmp(atom.name, "C1'");
    }
    for (size_t a = first; a < i; a++) c->residue[a] = polymer ? c->residues : (size_t)-1;
    c->residues += polymer;
  }
}

static bool choose_plain(chooser *c) {
  const char *chains = c->options->values[PLEAT_OPTION_FIT_CHAINS];
  bool by_chain = pleat_options_flag(c->options, PLEAT_OPTION_BY_CHAIN), plddt = c->options->values[PLEAT_OPTION_MIN_PLDDT];
  double least = 0;
  char (*names)[8] = take(c->atoms, sizeof *names);
  size_t left = 0, known = 0;
  if (plddt && !pleat_rotation_list_number(c->options, PLEAT_OPTION_MIN_PLDDT, 0, 100, &least)) return free(names), false;
  for (size_t i = 0; i < c->atoms; i++) {
    pleat_atom atom = pleat_structure_atom(c->structure, i);
    c->part[i] = -1;
    if (is_water(atom.residue_name) || (chains && !lists(chains, atom.chain))) continue;
    if (plddt && (double)atom.b_factor < least) continue;
    size_t n = 0;
    while (by_chain && n < known && strcmp(names[n], atom.chain) != 0) n++;
    if (n == known) memcpy(names[known++], atom.chain, sizeof *names);
    c->part[i] = (int)n;
    left++;
  }
  c->count = known;
  free(names);
  if (left) return true;
  fprintf(stderr, "pleat fit: %s: no atom is left of it; look at --chains and --min-plddt\n", c->options->inputs[1]);
  return false;
}

/* ---- Domains from aligned errors ------------------------------------------------------------------------------- */

/* The square table under any of the names that ColabFold, AlphaFold's database and AlphaFold 3 give it. */
static const json_t *find_table(const json_t *root) {
  static const char *const names[] = {"predicted_aligned_error", "pae"};
  if (json_is_array(root)) root = json_array_get(root, 0);
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (json_is_array(json_object_get(root, names[i]))) return json_object_get(root, names[i]);
  return NULL;
}

static float *copy_table(const json_t *table, size_t count) {
  float *pae = take(count * count, sizeof *pae);
  for (size_t i = 0; i < count; i++) {
    const json_t *row = json_array_get(table, i);
    for (size_t j = 0; j < count; j++) {
      if (json_array_size(row) != count || !json_is_number(json_array_get(row, j))) return free(pae), NULL;
      pae[i * count + j] = (float)json_number_value(json_array_get(row, j));
    }
  }
  return pae;
}

static float *read_pae(const chooser *c) {
  const char *path = c->options->values[PLEAT_OPTION_PAE];
  json_error_t error;
  json_t *root = json_load_file(path, 0, &error);
  const json_t *table = root ? find_table(root) : NULL;
  float *pae = NULL;
  if (!root)
    fprintf(stderr, "pleat fit: %s:%d: %s\n", path, error.line, error.text);
  else if (!table)
    fprintf(stderr, "pleat fit: %s: has no table predicted_aligned_error or pae\n", path);
  else if (json_array_size(table) != c->residues)
    fprintf(stderr, "pleat fit: %s: has errors of %zu residues, the structure has %zu\n", path, json_array_size(table), c->residues);
  else if (!(pae = copy_table(table, c->residues)))
    fprintf(stderr, "pleat fit: %s: its table is not square, or holds what is no number\n", path);
  json_decref(root);
  return pae;
}

/* Residues that are left keep their places in the parts of their domains; ligands and the like go with none. */
static bool choose_domains(chooser *c) {
  double cutoff;
  size_t count = 0, kept = 0;
  if (!pleat_rotation_list_number(c->options, PLEAT_OPTION_PAE_CUTOFF, 0.1, 100, &cutoff)) return false;
  float *pae = read_pae(c);
  if (!pae) return false;
  int *domain = take(c->residues, sizeof *domain), *number = take(c->residues, sizeof *number);
  size_t least = (size_t)pleat_options_number(c->options, PLEAT_OPTION_MIN_DOMAIN);
  pleat_status status = pleat_fit_domains(c->context, pae, c->residues, cutoff, least, domain, &count);
  if (status) fprintf(stderr, "pleat fit: %s\n", pleat_context_error(c->context));
  for (size_t i = 0; i < c->atoms && !status; i++) {
    int own = c->part[i] < 0 || c->residue[i] == (size_t)-1 ? -1 : domain[c->residue[i]];
    if (own >= 0 && !number[own]) number[own] = (int)++kept;
    c->part[i] = own < 0 ? -1 : number[own] - 1;
  }
  if (!status && !kept)
    fprintf(stderr, "pleat fit: no domain of %zu residues has a mean aligned error below %g angstrom; look at --pae-cutoff, "
                    "--min-domain and --min-plddt\n", least, cutoff);
  c->count = kept;
  free(domain);
  free(number);
  free(pae);
  return !status && kept > 0;
}

int *pleat_fit_parts_choose(const pleat_options *options, pleat_context *context, const pleat_structure *structure,
                            size_t *count) {
  chooser c = {.options = options, .context = context, .structure = structure, .atoms = pleat_structure_atom_count(structure)};
  c.residue = take(c.atoms, sizeof *c.residue);
  c.part = take(c.atoms, sizeof *c.part);
  number_residues(&c);
  bool good = choose_plain(&c) && (!options->values[PLEAT_OPTION_PAE] || choose_domains(&c));
  *count = c.count;
  free(c.residue);
  if (good) return c.part;
  free(c.part);
  return NULL;
}
