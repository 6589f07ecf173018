/* Which atoms of a partner are docked, and which residues belong in the interface.
 * SPDX-License-Identifier: MIT */
#include "program/dock_sites.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct chooser {
  const pleat_options *options;
  const char *path;
  const pleat_structure *structure;
  size_t atoms;
  pleat_dock_site *sites;
} chooser;

/* The next word of a list whose words stand between spaces or commas; false at its end. */
static bool next_word(const char **at, const char **word, size_t *length) {
  *word = *at + strspn(*at, " ,\t");
  *length = strcspn(*word, " ,\t");
  *at = *word + *length;
  return *length > 0;
}

static bool is_word(const char *text, const char *word, size_t length) {
  return strlen(text) == length && !strncmp(text, word, length);
}

static bool refuse(const chooser *c, pleat_option_id option, const char *what, const char *word, size_t length) {
  fprintf(stderr, "pleat dock: --%s: %s has no %s '%.*s'\n", pleat_options_row(option)->name, c->path, what, (int)length, word);
  return false;
}

static bool choose_chains(chooser *c, pleat_option_id option) {
  const char *at = c->options->values[option], *word;
  size_t length;
  if (!at) return true;
  for (size_t i = 0; i < c->atoms; i++) c->sites[i] = PLEAT_DOCK_SITE_ABSENT;
  while (next_word(&at, &word, &length)) {
    bool found = false;
    for (size_t i = 0; i < c->atoms; i++) {
      if (!is_word(pleat_structure_atom(c->structure, i).chain, word, length)) continue;
      c->sites[i] = PLEAT_DOCK_SITE_FREE;
      found = true;
    }
    if (!found) return refuse(c, option, "chain", word, length);
  }
  return true;
}

static bool mark_residues(chooser *c, pleat_option_id option, pleat_dock_site site) {
  const char *at = c->options->values[option], *word;
  size_t length;
  while (at && next_word(&at, &word, &length)) {
    bool found = false;
    for (size_t i = 0; i < c->atoms; i++) {
      pleat_atom atom = pleat_structure_atom(c->structure, i);
      char label[32], code[2] = {atom.insertion_code == ' ' ? 0 : atom.insertion_code, 0};
      snprintf(label, sizeof label, "%s%d%s", atom.chain, atom.residue_number, code);
      if (c->sites[i] == PLEAT_DOCK_SITE_ABSENT || !is_word(label, word, length)) continue;
      if (c->sites[i] != PLEAT_DOCK_SITE_FREE && c->sites[i] != site)
        return fprintf(stderr, "pleat dock: residue '%s' of %s must and must not be in the interface\n", label, c->path), false;
      c->sites[i] = site;
      found = true;
    }
    if (!found) return refuse(c, option, "residue", word, length);
  }
  return true;
}

pleat_dock_site *pleat_dock_sites_choose(const pleat_options *options, const pleat_dock_sites_options *which,
                                         const pleat_structure *structure) {
  chooser c = {options, which->path, structure, pleat_structure_atom_count(structure), NULL};
  c.sites = calloc(c.atoms + 1, sizeof *c.sites);
  if (!c.sites) abort();
  if (choose_chains(&c, which->chains) && mark_residues(&c, which->interface, PLEAT_DOCK_SITE_WANTED) &&
      mark_residues(&c, which->away, PLEAT_DOCK_SITE_AVOIDED))
    return c.sites;
  free(c.sites);
  return NULL;
}
