/* What follows from a target's settings, and whether they agree with each other.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "folding/target_parts.h"

/* ---- Ties ---- */

/* Adds a residue to the group that is being made; false when it is in one already. */
static bool tie(pleat_target *target, int64_t *members, int32_t residue, float weight) {
  pleat_target_ties *ties = &target->backbone.ties;
  if (target->flags[residue] & PLEAT_TARGET_TIED) return false;
  target->flags[residue] |= PLEAT_TARGET_TIED;
  ties->member[*members] = residue;
  ties->weight[(*members)++] = weight;
  return true;
}

/* Residues without a whole backbone are not designed and would hand their own letter to the group: they are left out,
 * and the others' weights grow to the same sum. */
static void end_group(pleat_target *target, int64_t *members) {
  pleat_target_ties *ties = &target->backbone.ties;
  int64_t from = ties->start[ties->count], to = from;
  float all = 0, kept = 0;
  for (int64_t i = from; i < *members; i++) {
    all += ties->weight[i];
    if (target->backbone.mask[ties->member[i]] <= 0) continue;
    kept += ties->weight[i];
    ties->member[to] = ties->member[i];
    ties->weight[to++] = ties->weight[i];
  }
  for (int64_t i = from; to < *members && kept != 0 && i < to; i++) ties->weight[i] *= all / kept;
  *members = to;
  if (to > from) ties->start[++ties->count] = to;
}

static pleat_status check_weights(const pleat_target *target) {
  const pleat_target_groups *ties = &target->settings.ties, *weights = &target->settings.weights;
  if (!weights->groups) return PLEAT_OK;
  PLEAT_CHECK(target->context, ties->groups == weights->groups, PLEAT_ERROR_INPUT,
              "symmetry_weights: %lld groups of weights are given for %lld groups of symmetry_residues",
              (long long)weights->groups, (long long)ties->groups);
  for (int64_t g = 0; g < ties->groups; g++) {
    long long residues = ties->start[g + 1] - ties->start[g], numbers = weights->start[g + 1] - weights->start[g];
    PLEAT_CHECK(target->context, residues == numbers, PLEAT_ERROR_INPUT,
                "symmetry_weights: group %lld has %lld weights for %lld residues", (long long)g + 1, numbers, residues);
  }
  return PLEAT_OK;
}

static pleat_status tie_groups(pleat_target *target) {
  const pleat_target_groups *ties = &target->settings.ties, *weights = &target->settings.weights;
  int64_t members = 0;
  char place[24];
  PLEAT_TRY(check_weights(target));
  for (int64_t g = 0; g < ties->groups; g++) {
    for (int64_t i = ties->start[g]; i < ties->start[g + 1]; i++) {
      float equal = 1 / (float)(ties->start[g + 1] - ties->start[g]);
      PLEAT_CHECK(target->context, tie(target, &members, ties->member[i], weights->groups ? weights->weight[i] : equal),
                  PLEAT_ERROR_INPUT, "symmetry_residues: residue %s is named twice, it can be tied only once",
                  pleat_target_place(target, ties->member[i], place));
    }
    end_group(target, &members);
  }
  return PLEAT_OK;
}

/* The residue of protein chain `c` that has the number of `residue`. */
static pleat_status find_partner(const pleat_target *target, int32_t residue, int32_t c, int32_t *partner) {
  const char *chain = target->residues[target->sorted[target->chain_start[c]]].chain;
  char text[40], place[24];
  pleat_target_place(target, residue, place);
  snprintf(text, sizeof text, "%s%s", chain, place + strlen(target->residues[residue].chain));
  pleat_status status = pleat_target_find(target, "homo_oligomer", text, partner);
  if (!status && strcmp(target->residues[*partner].chain, chain) == 0) return PLEAT_OK;
  return pleat_status_fail(target->context, PLEAT_ERROR_INPUT,
                           "homo_oligomer: residue %s has no partner in chain %s of %s; all chains need the same "
                           "residue numbers, or name the tied residues by symmetry_residues", place, chain,
                           target->backbone.name);
}

/* Residues of the first chain by name with those of the same number in all others. */
static pleat_status tie_chains(pleat_target *target) {
  int64_t members = 0;
  int32_t partner, chains = target->protein_chains, length = target->chain_start[1];
  for (int32_t i = 0; i < length; i++) {
    for (int32_t c = 0; c < chains; c++) {
      PLEAT_TRY(find_partner(target, target->sorted[i], c, &partner));
      tie(target, &members, partner, 1 / (float)chains);
    }
    end_group(target, &members);
  }
  for (int32_t c = 1; c < chains; c++)
    for (int32_t i = target->chain_start[c]; i < target->chain_start[c + 1]; i++)
      PLEAT_TRY(find_partner(target, target->sorted[i], 0, &partner));
  return PLEAT_OK;
}

static pleat_status make_ties(pleat_target *target) {
  pleat_target_settings *settings = &target->settings;
  target->backbone.ties.count = target->backbone.ties.start[0] = 0;
  for (int64_t i = 0; i < target->backbone.length; i++) target->flags[i] &= (unsigned char)~PLEAT_TARGET_TIED;
  PLEAT_CHECK(target->context, !settings->homo_oligomer || (!settings->ties.groups && !settings->weights.groups),
              PLEAT_ERROR_INPUT, "homo_oligomer ties residues itself; give either it or symmetry_residues, not both");
  return settings->homo_oligomer ? tie_chains(target) : tie_groups(target);
}

/* ---- What follows from settings ---- */

void pleat_target_resolve(pleat_target *target) {
  pleat_backbone *backbone = &target->backbone;
  for (int64_t i = 0; i < backbone->length; i++) {
    unsigned char flags = target->flags[i];
    bool kept = target->settings.redesigned ? !(flags & PLEAT_TARGET_REDESIGNED) : (flags & PLEAT_TARGET_FIXED) != 0;
    backbone->designed[i] = !kept && !(flags & PLEAT_TARGET_OUTSIDE);
    backbone->label[i] = target->settings.global_label;
    if (flags & PLEAT_TARGET_INTERFACE) backbone->label[i] = 1;
    if (flags & PLEAT_TARGET_BURIED) backbone->label[i] = 2;
  }
  /* Ties that contradict something are pleat_target_check's to report: another setting may still mend them. */
  if (make_ties(target)) {
    backbone->ties.count = 0;
    target->context->error[0] = 0;
  }
}

void pleat_target_resolve_bias(pleat_target *target) {
  const pleat_target_settings *settings = &target->settings;
  for (int64_t i = 0; i < target->backbone.length; i++)
    for (int letter = 0; letter < PLEAT_TARGET_LETTERS; letter++) {
      int64_t at = i * PLEAT_TARGET_LETTERS + letter;
      double all = settings->bias[letter] + settings->everywhere[letter] - (settings->omitted[letter] ? 1e8 : 0);
      target->backbone.bias[at] = (float)(all + target->added[at]);
    }
}

/* ---- Residues near the context ---- */

static int compare_x(const void *a, const void *b) {
  float first = *(const float *)a, second = *(const float *)b;
  return (first > second) - (first < second);
}

/* The place where CB would be if bonds and angles were ideal (Dauparas et al. 2022). */
static void virtual_cb(const float *x, float cb[3]) {
  float b[3], c[3];
  for (int k = 0; k < 3; k++) b[k] = x[3 + k] - x[k], c[k] = x[6 + k] - x[3 + k];
  for (int k = 0; k < 3; k++) {
    float a = b[(k + 1) % 3] * c[(k + 2) % 3] - b[(k + 2) % 3] * c[(k + 1) % 3];
    cb[k] = -0.58273431f * a + 0.56802827f * b[k] - 0.54067466f * c[k] + x[3 + k];
  }
}

/* atoms (n,3) by rising x: only a window of them can be near. */
static bool is_near(const float *atoms, int64_t count, const float cb[3], float cutoff) {
  int64_t low = 0, high = count;
  while (low < high) {
    int64_t middle = low + (high - low) / 2;
    if (atoms[middle * 3] < cb[0] - cutoff) low = middle + 1;
    else high = middle;
  }
  for (; low < count && atoms[low * 3] <= cb[0] + cutoff; low++) {
    float sum = 0;
    for (int k = 0; k < 3; k++) sum += (cb[k] - atoms[low * 3 + k]) * (cb[k] - atoms[low * 3 + k]);
    if (sqrtf(sum) < cutoff) return true;
  }
  return false;
}

pleat_status pleat_target_resolve_near_ligand(pleat_target *target) {
  pleat_backbone *backbone = &target->backbone;
  size_t count = (size_t)backbone->context_count;
  float *atoms;
  PLEAT_TRY(pleat_memory_take(target->context, count + 1, 3 * sizeof *atoms, &atoms));
  memcpy(atoms, backbone->context, count * 3 * sizeof *atoms);
  qsort(atoms, count, 3 * sizeof *atoms, compare_x);
  for (int64_t i = 0; i < backbone->length; i++) {
    float cb[3];
    virtual_cb(&backbone->x[i * 12], cb);
    bool near = backbone->mask[i] > 0 && is_near(atoms, (int64_t)count, cb, (float)target->settings.cutoff);
    backbone->near_ligand[i] = near;
  }
  pleat_memory_release(target->context, atoms);
  return PLEAT_OK;
}

/* ---- Contradictions ---- */

static pleat_status check_residue(const pleat_target *target, int32_t i) {
  unsigned char flags = target->flags[i];
  char place[24];
  pleat_target_place(target, i, place);
  PLEAT_CHECK(target->context, !(flags & PLEAT_TARGET_FIXED) || !(flags & PLEAT_TARGET_REDESIGNED), PLEAT_ERROR_INPUT,
              "residue %s is in fixed_residues and in redesigned_residues; it can be in one of them only", place);
  PLEAT_CHECK(target->context, !(flags & PLEAT_TARGET_OUTSIDE) || !(flags & PLEAT_TARGET_REDESIGNED), PLEAT_ERROR_INPUT,
              "residue %s is in redesigned_residues, but chain %s is not in chains_to_design", place,
              target->residues[i].chain);
  PLEAT_CHECK(target->context, !(flags & PLEAT_TARGET_BURIED) || !(flags & PLEAT_TARGET_INTERFACE), PLEAT_ERROR_INPUT,
              "residue %s is in transmembrane_buried and in transmembrane_interface; it can be in one of them only",
              place);
  bool labelled = flags & (PLEAT_TARGET_BURIED | PLEAT_TARGET_INTERFACE);
  PLEAT_CHECK(target->context, !target->settings.global_label || !labelled, PLEAT_ERROR_INPUT,
              "global_transmembrane_label is 1 and residue %s has a label of its own; the two are for different models",
              place);
  return PLEAT_OK;
}

static pleat_status check_letters(const pleat_target *target, int32_t i) {
  const float *bias = &target->backbone.bias[i * PLEAT_TARGET_LETTERS];
  char place[24];
  for (int letter = 0; letter < PLEAT_TARGET_DRAWN; letter++)
    if (bias[letter] > -5e7f) return PLEAT_OK;
  return pleat_status_fail(target->context, PLEAT_ERROR_INPUT,
                           "every letter is omitted at residue %s, none is left to draw",
                           pleat_target_place(target, i, place));
}

static pleat_status check_ties(const pleat_target *target) {
  const pleat_target_ties *ties = &target->backbone.ties;
  for (int64_t g = 0; g < ties->count; g++)
    for (int64_t i = ties->start[g] + 1; i < ties->start[g + 1]; i++) {
      int32_t a = ties->member[i - 1], b = ties->member[i];
      char first[24], second[24];
      bool same = (target->backbone.designed[a] > 0) == (target->backbone.designed[b] > 0);
      PLEAT_CHECK(target->context, same, PLEAT_ERROR_INPUT,
                  "residues %s and %s are tied, but one of them is to be designed and the other is fixed; design "
                  "both or fix both", pleat_target_place(target, a, first), pleat_target_place(target, b, second));
      const int32_t *letter = target->backbone.letter;
      PLEAT_CHECK(target->context, target->backbone.designed[a] > 0 || letter[a] == letter[b], PLEAT_ERROR_INPUT,
                  "residues %s and %s are tied and both fixed, but one is %c and the other %c; design both or untie them",
                  pleat_target_place(target, a, first), pleat_target_place(target, b, second),
                  pleat_target_letters[letter[a]], pleat_target_letters[letter[b]]);
    }
  return PLEAT_OK;
}

pleat_status pleat_target_check(const pleat_target *target) {
  bool any = false;
  pleat_target *own = (pleat_target *)(uintptr_t)target; /* making ties again only says what is wrong with them */
  for (int32_t i = 0; i < target->backbone.length; i++) {
    PLEAT_TRY(check_residue(target, i));
    bool designed = target->backbone.designed[i] > 0 && target->backbone.mask[i] > 0;
    if (designed) PLEAT_TRY(check_letters(target, i));
    any = any || designed;
  }
  pleat_status status = make_ties(own);
  if (status) own->backbone.ties.count = 0;
  if (!status) status = check_ties(target);
  if (status) return status;
  PLEAT_CHECK(target->context, any, PLEAT_ERROR_INPUT,
              "%s: every residue is fixed or lacks backbone atoms, there is nothing to design", target->backbone.name);
  return PLEAT_OK;
}
