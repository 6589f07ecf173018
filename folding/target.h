/* A structure in the numbers that design models work on, and the settings of what to design.
 * SPDX-License-Identifier: MIT
 *
 * Letters are indices in ACDEFGHIKLMNPQRSTVWYX (ProteinMPNN's order), 20 = X. */
#ifndef PLEAT_FOLDING_TARGET_H
#define PLEAT_FOLDING_TARGET_H

#include "data/structure.h"
#include "lib/memory.h"

enum {
  PLEAT_TARGET_LETTERS = 21,
  PLEAT_TARGET_DRAWN = 20, /* letters that can be drawn: all but X */
  PLEAT_TARGET_UNKNOWN = 20,
  PLEAT_TARGET_ATOMS = PLEAT_RESIDUE_ATOM37
};
extern const char pleat_target_letters[PLEAT_TARGET_LETTERS + 1];

/* Positions that get one letter together: members start[g] .. start[g+1]-1 of group g. */
typedef struct pleat_target_ties {
  int64_t count;
  int64_t *start;  /* (count + 1) */
  int32_t *member; /* residue indices */
  float *weight;   /* of each member's logits */
} pleat_target_ties;

/* L residues, chains in the file's order. Residues are those with a CA. */
typedef struct pleat_backbone {
  const char *name;
  int64_t length;
  float *x;           /* (L,4,3) N CA C O in angstrom; 0 where missing */
  float *mask;        /* (L) 1 when all four are there */
  int32_t *number;    /* (L) residue number; from each place on where one repeats the one before, 1 more */
  int32_t *chain;     /* (L) 0, 1, ... by the order in which the file's chains appear, those without protein too */
  int32_t *letter;    /* (L) native, or as the setting `sequence` says */
  float *designed;    /* (L) 1 to be designed */
  float *bias;        /* (L,21) added to the logits; omitted letters -1e8 */
  int32_t *label;     /* (L) transmembrane label: 0 other, 1 interface, 2 buried; or the global label, 0 or 1 */
  float *atoms;       /* (L,37,3) heavy atoms but OXT in AlphaFold 2's atom37 order (selenium in its sulphur's place); 0
                         where missing */
  float *atom_mask;   /* (L,37) */
  float *likely;      /* (L,3,3) N CA C; of alternates not A but the one of highest occupancy; 0 where missing */
  float *near_ligand; /* (L) 1 where the context atom nearest to the (virtual) CB is nearer than the score's cut-off */
  pleat_target_ties ties;
  int64_t context_count; /* heavy atoms that are no protein and no water */
  float *context;        /* (n,3) */
  int32_t *element;      /* (n) atomic number, 1..118 */
  bool atom_context;     /* ligand_mpnn_use_atom_context */
  bool side_chain_context;
} pleat_backbone;

/* Draws to be used in place of the stream's; NULL: none stored. */
typedef enum pleat_draw_kind {
  PLEAT_DRAW_RANDN, PLEAT_DRAW_EXPONENTIAL, PLEAT_DRAW_UNIFORM, PLEAT_DRAW_ANGLES, PLEAT_DRAW_KINDS
} pleat_draw_kind;

const pleat_backbone *pleat_target_backbone(const pleat_target *target);
const pleat_array *pleat_target_draws(const pleat_target *target, pleat_draw_kind kind);

/* Settings that contradict each other, and a target with nothing to do, in one sentence; called before each run. */
pleat_status pleat_target_check(const pleat_target *target);

/* The name of setting `index` of the table when it was changed and only some models heed it, else NULL. */
const char *pleat_target_special(const pleat_target *target, size_t index);

/* mask (L,4): which of the atoms N, CA, C and O the structure had. */
void pleat_target_backbone_mask(const pleat_backbone *backbone, float *mask);

/* The structure of one sample: residues named by `letters` (L, indices as above), chains and numbers as in the file,
 * then the context's atoms. positions (L,places,3) with mask (L,places); places is 4 (N CA C O) or 14 (data/residue's
 * atom14 order of the letter); b_factors (L,places). Context atoms keep their record's fields, B 0. */
typedef struct pleat_target_sample {
  const int32_t *letters;
  const float *positions, *mask, *b_factors;
  int places;
} pleat_target_sample;
pleat_status pleat_target_make_structure(const pleat_target *target, const pleat_target_sample *sample,
                                         pleat_structure **structure);

/* One letter a residue, chains joined by ':' in the order of their names as the published code does, in the pool. */
pleat_status pleat_target_make_sequence(const pleat_target *target, const int32_t *letters, pleat_pool *pool,
                                        const char **sequence);

#endif
