/* Alignments of jobs: files of one complex, or of its chains, which are then paired.
 * SPDX-License-Identifier: MIT */
#include "program/alignment.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "program/output.h"

char *pleat_alignment_find(const char *folder, const char *name) {
  static const char *const endings[] = {"a3m", "a3m.gz", "sto", "sto.gz", "stockholm", "fasta", "fa", "afa"};
  for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
    char *path = pleat_output_path("%s/%s.%s", folder, name, endings[i]);
    if (access(path, F_OK) == 0) return path;
    free(path);
  }
  return NULL;
}

/* ---- Modes ---- */

static bool is_mode(const pleat_settings *settings, const char *word) {
  const char *mode = pleat_options_model_text(settings->options, "pair-mode");
  return mode && !strcmp(mode, word);
}

static pleat_msa_pairing pairing_of(const pleat_settings *settings) {
  const char *strategy = pleat_options_model_text(settings->options, "pair-strategy");
  if (is_mode(settings, "unpaired")) return PLEAT_MSA_PAIRING_NONE;
  if (strategy && !strcmp(strategy, "complete")) return PLEAT_MSA_PAIRING_COMPLETE;
  return strategy && !strcmp(strategy, "alphafold") ? PLEAT_MSA_PAIRING_ALPHAFOLD : PLEAT_MSA_PAIRING_GREEDY;
}

/* Leaves out rows of a complex; an alignment of one chain has nothing to pair. */
static pleat_status apply_mode(const pleat_settings *settings, pleat_msa **msa) {
  const pleat_msa_filter_options options = {.no_own_rows = is_mode(settings, "paired"),
                                            .no_paired_rows = is_mode(settings, "unpaired")};
  pleat_msa *filtered;
  if (pleat_msa_chain_count(*msa) < 2 || !(options.no_own_rows || options.no_paired_rows)) return PLEAT_OK;
  pleat_status status = pleat_msa_filter(*msa, &options, &filtered);
  pleat_msa_free(*msa);
  *msa = status ? NULL : filtered;
  return status;
}

pleat_status pleat_alignment_read(pleat_settings *settings, const char *path, pleat_msa **msa,
                                  pleat_alignment_error *error) {
  *msa = NULL;
  pleat_status status = pleat_msa_read(settings->context, path, msa);
  if (status) return status;
  if (pleat_msa_chain_count(*msa) > 1 && pleat_options_model_text(settings->options, "pair-strategy")) {
    snprintf(error->text, sizeof error->text,
             "%.200s: its chains are paired already; --pair-strategy is for a folder of alignments of single chains",
             path);
    return PLEAT_ERROR_INPUT;
  }
  return apply_mode(settings, msa);
}

/* ---- One alignment a chain ---- */

enum { MOST_CHAINS = 62 };
static const char letters[MOST_CHAINS + 1] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/* A kind of chain: its first chain's letter and sequence. */
typedef struct chain_kind {
  const char *sequence;
  char letter;
  pleat_msa *msa, *pairing;
  size_t copies;
} chain_kind;

typedef struct chain_kinds {
  chain_kind list[MOST_CHAINS];
  size_t count, found; /* found: kinds that have an alignment */
} chain_kinds;

static void add_chain(chain_kinds *kinds, const char *sequence, char letter) {
  size_t k = 0;
  while (k < kinds->count && strcmp(kinds->list[k].sequence, sequence)) k++;
  if (k == kinds->count) kinds->list[kinds->count++] = (chain_kind){.sequence = sequence, .letter = letter};
  kinds->list[k].copies++;
}

/* False: more chains than letters. */
static bool list_kinds(const pleat_query *query, chain_kinds *kinds) {
  size_t chain = 0;
  *kinds = (chain_kinds){.count = 0};
  for (int c = 0; c < pleat_query_chain_count(query); c++) {
    const char *sequence = pleat_query_chain(query, c);
    if (!*sequence) continue;
    if (chain == MOST_CHAINS) return false;
    add_chain(kinds, sequence, letters[chain++]);
  }
  return true;
}

/* NAME_A or NAME/A with `tail` behind the letter. */
static char *find_chain(const char *folder, const char *name, char letter, const char *tail) {
  char *beside = pleat_output_path("%s_%c%s", name, letter, tail);
  char *inside = pleat_output_path("%s/%c%s", name, letter, tail);
  char *path = pleat_alignment_find(folder, beside);
  if (!path) path = pleat_alignment_find(folder, inside);
  free(beside);
  free(inside);
  return path;
}

static pleat_status read_chain(pleat_settings *settings, char *path, const char *sequence, pleat_msa **msa) {
  if (!path) return PLEAT_OK;
  pleat_status status = pleat_msa_read(settings->context, path, msa);
  free(path);
  return status ? status : pleat_msa_check_query(*msa, sequence);
}

static pleat_status read_kinds(pleat_settings *settings, const char *folder, const char *name, chain_kinds *kinds) {
  for (size_t k = 0; k < kinds->count; k++) {
    chain_kind *kind = &kinds->list[k];
    char *path = find_chain(folder, name, kind->letter, "");
    pleat_status status = read_chain(settings, path, kind->sequence, &kind->msa);
    if (status) return status;
    kinds->found += kind->msa != NULL;
    if (!kind->msa) continue;
    path = find_chain(folder, name, kind->letter, "_uniprot_hits");
    status = read_chain(settings, path, kind->sequence, &kind->pairing);
    if (status) return status;
  }
  return PLEAT_OK;
}

/* ---- Pairing ---- */

/* Rows that span chains, the query aside. */
static size_t count_pairs(const pleat_msa *msa) {
  size_t count = 0;
  for (size_t i = 1; i < pleat_msa_row_count(msa); i++) count += pleat_msa_row_at(msa, i).chain < 0;
  return count;
}

static void say_pairs(const pleat_settings *settings, const char *name, const pleat_msa *msa) {
  if (!settings->verbose) return;
  fprintf(stderr, "pleat %s: %s: rows paired: %zu of %zu\n", settings->options->verb, name, count_pairs(msa),
          pleat_msa_row_count(msa) - 1);
}

/* Species are told by UniProt names, or, where those tell nothing, by OX= and TaxID=. */
static pleat_status pair_kinds(pleat_settings *settings, const chain_kinds *kinds, pleat_msa **msa) {
  pleat_msa_part parts[MOST_CHAINS];
  pleat_msa_pairing how = pairing_of(settings);
  for (size_t k = 0; k < kinds->count; k++)
    parts[k] = (pleat_msa_part){kinds->list[k].msa, kinds->list[k].pairing, kinds->list[k].copies};
  pleat_status status = pleat_msa_pair(parts, kinds->count, how, PLEAT_MSA_SPECIES_MNEMONIC, msa);
  if (status || how == PLEAT_MSA_PAIRING_NONE || count_pairs(*msa)) return status;
  pleat_msa_free(*msa);
  return pleat_msa_pair(parts, kinds->count, how, PLEAT_MSA_SPECIES_TAXID, msa);
}

static pleat_status join_kinds(pleat_settings *settings, const char *name, chain_kinds *kinds, pleat_msa **msa) {
  if (kinds->count == 1) { /* rows of equal chains lie side by side */
    *msa = kinds->list[0].msa;
    kinds->list[0].msa = NULL;
    return PLEAT_OK;
  }
  pleat_status status = pair_kinds(settings, kinds, msa);
  if (!status) status = apply_mode(settings, msa);
  if (!status) say_pairs(settings, name, *msa);
  return status;
}

static bool is_complete(const char *folder, const char *name, const chain_kinds *kinds, pleat_alignment_error *error) {
  for (size_t k = 0; kinds->found && k < kinds->count; k++) {
    if (kinds->list[k].msa) continue;
    char letter = kinds->list[k].letter;
    snprintf(error->text, sizeof error->text,
             "%.150s: has alignments of some chains, but none of chain %c: neither %.80s_%c.a3m nor %.80s/%c.a3m", folder,
             letter, name, letter, name, letter);
    return false;
  }
  return true;
}

pleat_status pleat_alignment_join(pleat_settings *settings, const char *folder, const pleat_query *query,
                                  pleat_msa **msa, pleat_alignment_error *error) {
  chain_kinds kinds;
  const char *name = pleat_query_name(query);
  *msa = NULL;
  if (!list_kinds(query, &kinds)) return PLEAT_OK; /* the model says how many chains it takes */
  pleat_status status = read_kinds(settings, folder, name, &kinds);
  if (!status && !is_complete(folder, name, &kinds, error)) status = PLEAT_ERROR_INPUT;
  if (!status && kinds.found) status = join_kinds(settings, name, &kinds, msa);
  for (size_t k = 0; k < kinds.count; k++) {
    pleat_msa_free(kinds.list[k].msa);
    pleat_msa_free(kinds.list[k].pairing);
  }
  return status;
}
