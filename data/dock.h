/* A docking behind the public handle, and its partners as bodies of atoms.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_DATA_DOCK_H
#define PLEAT_DATA_DOCK_H

#include "data/structure.h"
#include "geometry/dock.h"
#include "pleat_dock.h"

/* A structure's atoms that count, and which of its residues each belongs to. */
typedef struct pleat_dock_partner {
  const char *role; /* "receptor", for sentences */
  const pleat_structure *structure;
  const pleat_dock_site *sites; /* of the structure's atoms; NULL: all free */
  pleat_dock_body body;
  size_t *residue;   /* (body.count) */
  double centre[3];  /* what was taken off the positions */
  size_t wanted;     /* residues that must be in the interface */
} pleat_dock_partner;

/* Fills the body, around its middle when `centred`. */
pleat_status pleat_dock_partner_take(pleat_context *context, bool centred, pleat_dock_partner *partner);
void pleat_dock_partner_release(pleat_context *context, pleat_dock_partner *partner);

/* Contact energies and weights. */
extern const pleat_dock_model pleat_dock_standard_model;

struct pleat_dock {
  pleat_context *context;
  pleat_dock_settings settings;
  pleat_dock_partner receptor, ligand;
  double *rotations; /* (settings.rotation_count,4) */
  double spread[9];  /* mean of x x^T over the ligand's atoms */
  pleat_dock_pose *poses;
  size_t count;
};

#endif
