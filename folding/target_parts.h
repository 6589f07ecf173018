/* The insides of a target: what was read from the structure, what was set, and the steps between target*.c files.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_FOLDING_TARGET_PARTS_H
#define PLEAT_FOLDING_TARGET_PARTS_H

#include "folding/target.h"

/* What residue lists say of a residue; PLEAT_TARGET_OUTSIDE: its chain is not among chains_to_design. */
enum {
  PLEAT_TARGET_FIXED = 1,
  PLEAT_TARGET_REDESIGNED = 2,
  PLEAT_TARGET_BURIED = 4,
  PLEAT_TARGET_INTERFACE = 8,
  PLEAT_TARGET_OUTSIDE = 16,
  PLEAT_TARGET_TIED = 32 /* already in a group, while ties are made */
};

/* How people name a residue, "A12" or "B82A"; sorted by text. */
typedef struct pleat_target_code {
  char text[24];
  int32_t residue;
} pleat_target_code;

/* Groups of residues or of weights, as "a,b|c,d" gave them; groups 0: not set. */
typedef struct pleat_target_groups {
  int64_t groups;
  int64_t *start;  /* (groups + 1) */
  int32_t *member; /* residues; NULL in lists of weights */
  float *weight;   /* NULL in lists of residues */
} pleat_target_groups;

/* Settings as they were given; what follows from them is made anew after each change, so their order is free. */
typedef struct pleat_target_settings {
  bool redesigned;       /* redesigned_residues is not empty */
  bool homo_oligomer;
  bool force_hetatm;     /* of context atoms that are written */
  int global_label;
  double cutoff;         /* angstrom */
  double bias[PLEAT_TARGET_LETTERS];       /* bias_AA */
  double everywhere[PLEAT_TARGET_LETTERS]; /* added by pleat_target_add_bias */
  bool omitted[PLEAT_TARGET_LETTERS];
  pleat_target_groups ties, weights;
} pleat_target_settings;

struct pleat_target {
  pleat_context *context;
  pleat_pool pool;
  pleat_backbone backbone;
  pleat_target_residue *residues;   /* (L) */
  pleat_structure_record *first;    /* (L) first atom of each, for its mmCIF labels */
  int32_t *native;                  /* (L) */
  pleat_target_code *codes;         /* (L) */
  int32_t *sorted;                  /* (L) residues by chain name, and within one as in the file */
  int32_t *chain_start;             /* (protein_chains + 1) where each chain begins in `sorted` */
  int32_t protein_chains;
  char (*chains)[8];                /* chains of the file by first appearance, context and all */
  int32_t chain_count;
  pleat_structure_record *others;   /* context atoms as in the file, hydrogens too */
  size_t other_count;
  unsigned char *flags;             /* (L) */
  double *added;                    /* (L,21) bias of single residues */
  pleat_target_settings settings;
  unsigned given;                   /* bit i: setting i of the table has another value than at the start */
  pleat_array draws[PLEAT_DRAW_KINDS];
};

/* Fills residues, backbone arrays and context from the structure; says in the log what is unusual. */
pleat_status pleat_target_read(pleat_target *target, const pleat_structure *structure,
                               const pleat_target_selection *selection);

/* Index of the residue that `text` names; `setting` begins the sentence when there is none. */
pleat_status pleat_target_find(const pleat_target *target, const char *setting, const char *text, int32_t *residue);

/* PLEAT_ERROR_NOT_FOUND with the list of chains unless one is called `name`. */
pleat_status pleat_target_check_chain(const pleat_target *target, const char *setting, const char *name);

/* "A12" */
const char *pleat_target_place(const pleat_target *target, int32_t residue, char text[24]);

/* Index of a letter in pleat_target_letters, -1 for others; small letters count as capital ones. */
int pleat_target_letter_index(char letter);

/* What follows from settings: designed, labels, ties; bias; near_ligand. */
void pleat_target_resolve(pleat_target *target);
void pleat_target_resolve_bias(pleat_target *target);
pleat_status pleat_target_resolve_near_ligand(pleat_target *target);

/* The next piece of *at up to one of `separators`, without blanks around it and cut to fit; *at is then what follows,
 * NULL at the end, where the next call gives false. Two separators side by side have an empty piece between them. */
bool pleat_target_next_piece(const char **at, const char *separators, char piece[64]);

#endif
