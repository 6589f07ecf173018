/* Settings of a target: their table, and reading each from text. What contradicts another is target_check.c's to say.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "data/number.h"
#include "folding/target_parts.h"

typedef struct target_setting target_setting;
struct target_setting {
  const char *name, *help, *start;
  pleat_status (*set)(pleat_target *target, const target_setting *setting, const char *value);
  int flag;  /* of residue lists */
  bool some; /* only some models heed it */
};

bool pleat_target_next_piece(const char **at, const char *separators, char piece[64]) {
  if (!*at) return false;
  size_t whole = strcspn(*at, separators), from = strspn(*at, " \t\r\n"), to = whole;
  if (from > whole) from = whole;
  while (to > from && strchr(" \t\r\n", (*at)[to - 1])) to--;
  size_t length = to - from < 63 ? to - from : 63;
  memcpy(piece, *at + from, length);
  piece[length] = 0;
  *at = (*at)[whole] ? *at + whole + 1 : NULL;
  return true;
}

/* ---- Lists of residues and chains ---- */

/* First all residues are looked up, so that a list with a mistake changes nothing. */
static pleat_status set_residues(pleat_target *target, const target_setting *setting, const char *value) {
  static const char separators[] = ", \t\r\n";
  const char *at = value;
  char piece[64];
  int32_t residue;
  bool any = false;
  while (pleat_target_next_piece(&at, separators, piece))
    if (piece[0]) PLEAT_TRY(pleat_target_find(target, setting->name, piece, &residue));
  for (int64_t i = 0; i < target->backbone.length; i++) target->flags[i] &= (unsigned char)~setting->flag;
  at = value;
  while (pleat_target_next_piece(&at, separators, piece)) {
    if (!piece[0]) continue;
    PLEAT_TRY(pleat_target_find(target, setting->name, piece, &residue));
    target->flags[residue] |= (unsigned char)setting->flag;
    any = true;
  }
  if (setting->flag == PLEAT_TARGET_REDESIGNED) target->settings.redesigned = any;
  return PLEAT_OK;
}

static void mark_chain(pleat_target *target, const char *chain, bool outside) {
  for (int64_t i = 0; i < target->backbone.length; i++) {
    if (chain && strcmp(target->residues[i].chain, chain) != 0) continue;
    if (outside) target->flags[i] |= PLEAT_TARGET_OUTSIDE;
    else target->flags[i] &= (unsigned char)~PLEAT_TARGET_OUTSIDE;
  }
}

static pleat_status set_chains(pleat_target *target, const target_setting *setting, const char *value) {
  const char *at = value;
  char piece[64];
  bool any = false;
  while (pleat_target_next_piece(&at, ", ", piece)) {
    if (!piece[0]) continue;
    PLEAT_TRY(pleat_target_check_chain(target, setting->name, piece));
    any = true;
  }
  mark_chain(target, NULL, any);
  at = value;
  while (pleat_target_next_piece(&at, ", ", piece))
    if (piece[0]) mark_chain(target, piece, false);
  return PLEAT_OK;
}

/* ---- Letters ---- */

static pleat_status read_letter(const pleat_target *target, const char *setting, char text, int *letter) {
  *letter = pleat_target_letter_index(text);
  PLEAT_CHECK(target->context, *letter >= 0, PLEAT_ERROR_INPUT, "%s: '%c' is no amino acid, the letters are %s",
              setting, text >= ' ' && text <= '~' ? text : '?', pleat_target_letters);
  return PLEAT_OK;
}

static pleat_status set_bias(pleat_target *target, const target_setting *setting, const char *value) {
  double bias[PLEAT_TARGET_LETTERS] = {0}, number;
  bool given[PLEAT_TARGET_LETTERS] = {false};
  const char *at = *value ? value : NULL;
  char piece[64];
  int letter;
  while (pleat_target_next_piece(&at, ",", piece)) {
    bool good = piece[0] && piece[1] == ':' && pleat_number_parse(piece + 2, strlen(piece + 2), &number);
    PLEAT_CHECK(target->context, good, PLEAT_ERROR_INPUT, "%s: '%s' is not LETTER:NUMBER, for instance A:-1.0,P:2.3",
                setting->name, piece);
    PLEAT_TRY(read_letter(target, setting->name, piece[0], &letter));
    PLEAT_CHECK(target->context, !given[letter], PLEAT_ERROR_INPUT, "%s: %c is given twice", setting->name,
                pleat_target_letters[letter]);
    given[letter] = true;
    bias[letter] = number;
  }
  memcpy(target->settings.bias, bias, sizeof bias);
  return PLEAT_OK;
}

static pleat_status set_omitted(pleat_target *target, const target_setting *setting, const char *value) {
  bool omitted[PLEAT_TARGET_LETTERS] = {false};
  int letter;
  for (; *value; value++) {
    if (strchr(", ", *value)) continue;
    PLEAT_TRY(read_letter(target, setting->name, *value, &letter));
    omitted[letter] = true;
  }
  memcpy(target->settings.omitted, omitted, sizeof omitted);
  return PLEAT_OK;
}

pleat_status pleat_target_add_bias(pleat_target *target, const char *residue, char letter, double value) {
  int index;
  int32_t at;
  PLEAT_TRY(read_letter(target, "bias", letter, &index));
  PLEAT_CHECK(target->context, isfinite(value), PLEAT_ERROR_INPUT, "bias: %g for %c is no finite number", value,
              letter);
  if (!residue) {
    target->settings.everywhere[index] += value;
    pleat_target_resolve_bias(target);
    return PLEAT_OK;
  }
  PLEAT_TRY(pleat_target_find(target, "bias", residue, &at));
  double *added = &target->added[at * PLEAT_TARGET_LETTERS + index], before = *added;
  *added += value;
  float *bias = &target->backbone.bias[at * PLEAT_TARGET_LETTERS + index];
  *bias = (float)((double)*bias - before + *added);
  return PLEAT_OK;
}

/* ---- Ties ---- */

static void free_groups(pleat_context *context, pleat_target_groups *groups) {
  pleat_memory_release(context, groups->start);
  pleat_memory_release(context, groups->member);
  pleat_memory_release(context, groups->weight);
  *groups = (pleat_target_groups){0};
}

static pleat_status fill_groups(const pleat_target *target, const target_setting *setting, const char *value,
                                bool weights, pleat_target_groups *groups) {
  const char *at = *value ? value : NULL;
  char piece[64];
  double number;
  for (int64_t i = 0; at; i++) {
    bool last = !at[strcspn(at, ",|")] || at[strcspn(at, ",|")] == '|';
    pleat_target_next_piece(&at, ",|", piece);
    if (!weights) {
      PLEAT_TRY(pleat_target_find(target, setting->name, piece, &groups->member[i]));
    } else {
      PLEAT_CHECK(target->context, pleat_number_parse(piece, strlen(piece), &number), PLEAT_ERROR_INPUT,
                  "%s: '%s' is no number; weights are given as 0.5,0.5|1,1", setting->name, piece);
      groups->weight[i] = (float)number;
    }
    if (last) groups->start[++groups->groups] = i + 1;
  }
  return PLEAT_OK;
}

static pleat_status read_groups(const pleat_target *target, const target_setting *setting, const char *value,
                                bool weights, pleat_target_groups *groups) {
  size_t pieces = 1;
  for (const char *c = value; *c; c++) pieces += *c == ',' || *c == '|';
  PLEAT_TRY(pleat_memory_take(target->context, pieces + 1, sizeof *groups->start, &groups->start));
  if (weights) PLEAT_TRY(pleat_memory_take(target->context, pieces, sizeof *groups->weight, &groups->weight));
  else PLEAT_TRY(pleat_memory_take(target->context, pieces, sizeof *groups->member, &groups->member));
  return fill_groups(target, setting, value, weights, groups);
}

static pleat_status set_groups(pleat_target *target, const target_setting *setting, const char *value, bool weights) {
  pleat_target_groups groups = {0}, *own = weights ? &target->settings.weights : &target->settings.ties;
  pleat_status status = read_groups(target, setting, value, weights, &groups);
  if (!status) {
    free_groups(target->context, own);
    *own = groups;
  } else {
    free_groups(target->context, &groups);
  }
  return status;
}

static pleat_status set_ties(pleat_target *target, const target_setting *setting, const char *value) {
  return set_groups(target, setting, value, false);
}

static pleat_status set_weights(pleat_target *target, const target_setting *setting, const char *value) {
  return set_groups(target, setting, value, true);
}

/* ---- Switches and numbers ---- */

static pleat_status read_switch(const pleat_target *target, const target_setting *setting, const char *value,
                                bool *on) {
  PLEAT_CHECK(target->context, strcmp(value, "0") == 0 || strcmp(value, "1") == 0, PLEAT_ERROR_INPUT,
              "%s: takes 0 or 1, not '%s'", setting->name, value);
  *on = value[0] == '1';
  return PLEAT_OK;
}

static pleat_status set_homo_oligomer(pleat_target *target, const target_setting *setting, const char *value) {
  return read_switch(target, setting, value, &target->settings.homo_oligomer);
}

static pleat_status set_force_hetatm(pleat_target *target, const target_setting *setting, const char *value) {
  return read_switch(target, setting, value, &target->settings.force_hetatm);
}

static pleat_status set_global_label(pleat_target *target, const target_setting *setting, const char *value) {
  bool on = false;
  PLEAT_TRY(read_switch(target, setting, value, &on));
  target->settings.global_label = on;
  return PLEAT_OK;
}

static pleat_status set_atom_context(pleat_target *target, const target_setting *setting, const char *value) {
  return read_switch(target, setting, value, &target->backbone.atom_context);
}

static pleat_status set_side_chains(pleat_target *target, const target_setting *setting, const char *value) {
  return read_switch(target, setting, value, &target->backbone.side_chain_context);
}

static pleat_status set_cutoff(pleat_target *target, const target_setting *setting, const char *value) {
  double number, before = target->settings.cutoff;
  PLEAT_CHECK(target->context, pleat_number_parse(value, strlen(value), &number) && number >= 0, PLEAT_ERROR_INPUT,
              "%s: takes a distance in angstrom, not '%s'", setting->name, value);
  target->settings.cutoff = number;
  pleat_status status = pleat_target_resolve_near_ligand(target);
  if (status) target->settings.cutoff = before;
  return status;
}

/* ---- The sequence in place of the structure's own ---- */

/* One chain's letters from `text` up to its ':' or end. */
static pleat_status check_chain_letters(const pleat_target *target, const target_setting *setting, const char *text,
                                        size_t residues, const char *chain) {
  size_t length = strcspn(text, ":");
  int letter;
  PLEAT_CHECK(target->context, length == residues, PLEAT_ERROR_INPUT,
              "%s: chain %s of %s has %zu residues, %zu letters are given; chains are joined by ':' in the order of "
              "their names", setting->name, chain, target->backbone.name, residues, length);
  for (size_t i = 0; i < length; i++) PLEAT_TRY(read_letter(target, setting->name, text[i], &letter));
  return PLEAT_OK;
}

static pleat_status check_sequence(const pleat_target *target, const target_setting *setting, const char *value) {
  const char *at = value;
  for (int32_t c = 0; c < target->protein_chains; c++) {
    int32_t from = target->chain_start[c], to = target->chain_start[c + 1];
    const char *chain = target->residues[target->sorted[from]].chain;
    PLEAT_CHECK(target->context, at, PLEAT_ERROR_INPUT, "%s: no letters are given for chain %s of %s", setting->name,
                chain, target->backbone.name);
    PLEAT_TRY(check_chain_letters(target, setting, at, (size_t)(to - from), chain));
    at += to - from;
    at = *at ? at + 1 : NULL;
  }
  PLEAT_CHECK(target->context, !at, PLEAT_ERROR_INPUT, "%s: more chains are given than the %d of %s", setting->name,
              (int)target->protein_chains, target->backbone.name);
  return PLEAT_OK;
}

static pleat_status set_sequence(pleat_target *target, const target_setting *setting, const char *value) {
  if (*value) PLEAT_TRY(check_sequence(target, setting, value));
  for (int64_t i = 0; i < target->backbone.length; i++) {
    if (*value == ':') value++;
    int32_t residue = target->sorted[i];
    target->backbone.letter[residue] = *value ? pleat_target_letter_index(*value) : target->native[residue];
    if (*value) value++;
  }
  return PLEAT_OK;
}

/* ---- The table ---- */

static const target_setting settings[] = {
  {"fixed_residues", "residues that keep their letter, \"A12 A13 B82A\"", "", set_residues, PLEAT_TARGET_FIXED, false},
  {"redesigned_residues", "the only residues to be designed, \"A12 A13 B82A\"", "", set_residues,
   PLEAT_TARGET_REDESIGNED, false},
  {"chains_to_design", "the only chains to be designed, \"A,B\"; all others are fixed", "", set_chains, 0, false},
  {"bias_AA", "numbers added to the logits of letters everywhere, \"A:-1.0,P:2.3\"", "", set_bias, 0, false},
  {"omit_AA", "letters never to be drawn, \"CG\"", "", set_omitted, 0, false},
  {"symmetry_residues", "groups of residues that get one letter together, \"A12,A13|C2,C3\"", "", set_ties, 0, true},
  {"symmetry_weights", "weights of the logits in those groups, \"0.5,0.5|1,1\"; without them all count the same", "",
   set_weights, 0, true},
  {"homo_oligomer", "1: residues of the same number get one letter in all chains", "0", set_homo_oligomer, 0, true},
  {"transmembrane_buried", "residues buried in the membrane, for the per-residue-label model", "", set_residues,
   PLEAT_TARGET_BURIED, true},
  {"transmembrane_interface", "residues at the membrane's surface, for the per-residue-label model", "", set_residues,
   PLEAT_TARGET_INTERFACE, true},
  {"global_transmembrane_label", "1: a transmembrane protein, 0: a soluble one, for the global-label model", "0",
   set_global_label, 0, true},
  {"ligand_mpnn_use_atom_context", "0: LigandMPNN does not see ligands, ions and nucleic acids", "1", set_atom_context,
   0, true},
  {"ligand_mpnn_use_side_chain_context", "1: LigandMPNN sees the side chains of fixed residues", "0", set_side_chains,
   0, true},
  {"ligand_mpnn_cutoff_for_score",
   "residues nearer than this to a context atom count for ligand_confidence, in angstrom", "8.0", set_cutoff, 0, true},
  {"sequence", "letters in place of the structure's own, chains joined by ':' in the order of their names", "",
   set_sequence, 0, false},
  {"force_hetatm", "1: atoms of ligands and nucleic acids are written as HETATM", "0", set_force_hetatm, 0, false},
};
enum { SETTINGS = sizeof settings / sizeof *settings };

size_t pleat_target_option_count(void) { return SETTINGS; }

pleat_option_info pleat_target_option(size_t index) {
  return (pleat_option_info){settings[index].name, settings[index].help, settings[index].start};
}

const char *pleat_target_special(const pleat_target *target, size_t index) {
  return settings[index].some && (target->given >> index & 1u) ? settings[index].name : NULL;
}

pleat_status pleat_target_set_option(pleat_target *target, const char *name, const char *value) {
  const target_setting *own = settings;
  while (own < settings + SETTINGS && strcmp(own->name, name) != 0) own++;
  if (own == settings + SETTINGS) {
    pleat_text list;
    pleat_text_init(&list, target->context);
    for (int i = 0; i < SETTINGS; i++) pleat_text_append(&list, "%s%s", i ? ", " : "", settings[i].name);
    pleat_status status = list.status ? list.status
                                      : pleat_status_fail(target->context, PLEAT_ERROR_NOT_FOUND,
                                                          "there is no setting '%s' of a target, they are %s", name,
                                                          list.bytes);
    pleat_text_free(&list);
    return status;
  }
  PLEAT_TRY(own->set(target, own, value));
  bool start = strcmp(value, own->start) == 0;
  target->given = (target->given & ~(1u << (own - settings))) | (unsigned)!start << (own - settings);
  pleat_target_resolve(target);
  if (own->set == set_bias || own->set == set_omitted) pleat_target_resolve_bias(target);
  return PLEAT_OK;
}
