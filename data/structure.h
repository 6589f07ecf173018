/* Structures: atoms in file order with an index of residues and chains, and where a predicted one came from.
 * SPDX-License-Identifier: MIT
 *
 *     pleat_structure_create(context, &structure);
 *     for each atom: pleat_structure_add_atom(structure, &atom);
 *     pleat_structure_set_origin(structure, &origin);     only when a model made it
 *     pleat_structure_finish(structure);                   makes the index: residues, chains, entities
 *
 * A residue is a run of atoms with the same chain, number and insertion code; a chain is a run of residues that mmCIF
 * calls one asym: a polymer, one ligand, or the waters of a chain. */
#ifndef PLEAT_DATA_STRUCTURE_H
#define PLEAT_DATA_STRUCTURE_H

#include <stdbool.h>

#include "data/residue.h"
#include "lib/memory.h"
#include "lib/text.h"

typedef struct pleat_structure_record {
  pleat_atom site;     /* what users see */
  int serial;          /* as in the file; 0: not given */
  char label_chain[8]; /* mmCIF label_asym_id; "": finish chooses one */
  int label_number;    /* mmCIF label_seq_id, from 1; 0: not given */
  int charge;          /* formal charge, in electrons */
  bool detached;       /* follows the TER record of its chain, so a hetero residue here is no part of the polymer */
} pleat_structure_record;

typedef struct pleat_structure_residue {
  size_t first, count; /* atoms */
  size_t chain;        /* index into chains */
  int label_number;    /* 1-based place in its polymer; 0 in ligands and waters */
} pleat_structure_residue;

typedef enum pleat_structure_kind {
  PLEAT_STRUCTURE_POLYMER, PLEAT_STRUCTURE_LIGAND, PLEAT_STRUCTURE_WATER
} pleat_structure_kind;

typedef struct pleat_structure_chain {
  char id[8];          /* author chain id */
  char label[8];       /* unique mmCIF asym id */
  size_t first, count; /* residues */
  size_t entity;       /* from 0; chains with the same residues share one */
  pleat_structure_kind kind;
} pleat_structure_chain;

/* Aligned errors are written for so many residues at most: their table has L*L lines, and PAE files hold them, too. */
enum { PLEAT_STRUCTURE_PAE_RESIDUES = 500 };

/* Where a predicted structure came from, for ModelCIF. NULL texts are left out. */
typedef struct pleat_structure_origin {
  const char *title;            /* the query's name */
  const char *model_name;       /* "flashabb" */
  const char *software_version; /* of pleat */
  const char *weights_sha256;   /* 64 hex digits */
  const char *license;          /* of the weights */
  const char *license_url;
  const char *citation;
  bool has_plddt;               /* B factors are pLDDT, 0-100, the same for all atoms of a residue */
  bool aligned, templated;      /* made from an alignment, from templates */
  const float *pae;             /* (L,L) aligned errors of the residues in angstrom, the caller's; NULL: none */
  bool has_iptm;                /* with pae */
  double ptm, iptm;
} pleat_structure_origin;

struct pleat_structure {
  pleat_context *context;
  pleat_structure_record *atoms;
  size_t atom_count, atom_capacity;
  pleat_structure_residue *residues;
  size_t residue_count, residue_capacity;
  pleat_structure_chain *chains;
  size_t chain_count, chain_capacity;
  size_t entity_count;
  int model_number;              /* which model of the file it was; 1 when the file does not say */
  bool predicted;                /* origin is set */
  pleat_structure_origin origin; /* texts live in pool */
  pleat_pool pool;
};

pleat_status pleat_structure_create(pleat_context *context, pleat_structure **structure);
pleat_status pleat_structure_add_atom(pleat_structure *structure, const pleat_structure_record *atom);

/* Copies the texts. */
pleat_status pleat_structure_set_origin(pleat_structure *structure, const pleat_structure_origin *origin);

/* Builds residues, chains and entities; call once after the last atom. PLEAT_ERROR_INPUT when there is no atom. */
pleat_status pleat_structure_finish(pleat_structure *structure);

/* The name of a residue: that of its first atom. */
const char *pleat_structure_residue_name(const pleat_structure *structure, size_t residue);

/* keep[atom_count]: 1 for atoms without alternates and, of each alternate group (same name in one residue), for the
 * one of highest occupancy, the first on ties. */
void pleat_structure_select_alternates(const pleat_structure *structure, unsigned char *keep);

/* Reads model `model` (0: the first there is) from bytes in memory; `name` is what error sentences call the file. */
typedef struct pleat_structure_source {
  const char *bytes;
  size_t length;
  const char *name;
  int model;
} pleat_structure_source;

/* Whether the bytes are mmCIF rather than PDB. */
bool pleat_structure_is_cif(const char *bytes, size_t length);

/* PDB or mmCIF, found from the content. */
pleat_status pleat_structure_parse(pleat_context *context, const pleat_structure_source *source,
                                   pleat_structure **structure);

#endif
