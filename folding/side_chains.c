/* Residues of a backbone as rigid groups: measured from a target, turned, and placed again.
 * SPDX-License-Identifier: MIT
 *
 * Ideal geometry of AlphaFold 2 (Jumper et al. 2021, algorithm 24). */
#include "folding/side_chains.h"

#include <math.h>
#include <string.h>

#include "geometry/residue_geometry.h"
#include "geometry/torsion.h"
#include "lib/team.h"

enum { ATOMS = PLEAT_SIDE_CHAINS_ATOMS, CHIS = PLEAT_SIDE_CHAINS_CHIS, TORSIONS = 7, PSI = 2, GRAIN = 64 };

static void to_double(const float *from, double to[3]) {
  for (int d = 0; d < 3; d++) to[d] = from[d];
}

static int built_type(const pleat_backbone *backbone, int64_t i) {
  int letter = backbone->letter[i];
  if (backbone->mask[i] == 0 || letter == PLEAT_TARGET_UNKNOWN) return PLEAT_GEOMETRY_UNKNOWN;
  return pleat_residue_type_of_letter(pleat_target_letters[letter]);
}

static int atom_count(int type) {
  int count = 0;
  for (int place = 0; place < ATOMS; place++) count += pleat_residue_has_atom(type, place);
  return count;
}

/* Sets torsion t; false, and angle 0, when the atoms have no dihedral angle. */
static bool set_torsion(double atoms[4][3], double sign, float *torsion) {
  double sin_cos[2];
  pleat_torsion_sin_cos(atoms, 1e-8, sin_cos);
  torsion[0] = (float)(sign * sin_cos[0]);
  torsion[1] = (float)(sign * sin_cos[1]);
  return fabs(sin_cos[0]) + fabs(sin_cos[1]) > 0.5;
}

static void set_zero(float *torsion) {
  torsion[0] = 0;
  torsion[1] = 1;
}

/* The epsilon is as published: make_transform_from_reference's 1e-9. */
static void measure_backbone(const pleat_backbone *backbone, int64_t i, pleat_side_chains *chains) {
  double atoms[4][3];
  float *torsions = chains->torsions + TORSIONS * 2 * i;
  for (int a = 0; a < 4; a++) to_double(backbone->x + 12 * i + 3 * a, atoms[a]);
  pleat_rigid frame = pleat_rigid_from_points(atoms[2], atoms[1], atoms[0], 1e-9);
  pleat_rigid_to_flat_f(&frame, chains->frames + 12 * i);
  for (int t = 0; t < TORSIONS; t++) set_zero(torsions + 2 * t);
  /* the fourth atom is O, half a turn away from the next residue's N */
  if (!set_torsion(atoms, -1, torsions + 2 * PSI)) set_zero(torsions + 2 * PSI);
}

/* False when the input has an atom that the type does not: its letter was changed. */
static bool has_own_atoms(const pleat_backbone *backbone, int64_t i, int type) {
  for (int a = 0; a < PLEAT_TARGET_ATOMS; a++) {
    const char *name = pleat_residue_atom37_names[a];
    if (backbone->atom_mask[i * PLEAT_TARGET_ATOMS + a] != 0 && pleat_residue_place(type, name) < 0 &&
        strcmp(name, "OXT") != 0)
      return false;
  }
  return true;
}

/* Sets a chi angle of the input; false when an atom is missing there. */
static bool measure_chi(const pleat_backbone *backbone, int64_t i, int chi, pleat_side_chains *chains) {
  const pleat_residue_type *residue = &pleat_residue_types[chains->type[i]];
  double atoms[4][3];
  bool whole = true;
  for (int a = 0; a < 4; a++) {
    int64_t place = i * PLEAT_TARGET_ATOMS + pleat_residue_atom37_index(residue->chi[chi][a]);
    whole = whole && backbone->atom_mask[place] != 0;
    to_double(backbone->atoms + 3 * place, atoms[a]);
  }
  return set_torsion(atoms, 1, chains->torsions + TORSIONS * 2 * i + 2 * (TORSIONS - CHIS + chi)) && whole;
}

static bool keep_residue(const pleat_backbone *backbone, int64_t i, pleat_side_chains_keep keep,
                         pleat_side_chains *chains) {
  if (keep == PLEAT_SIDE_CHAINS_KEEP_NONE || backbone->designed[i] != 0 || !chains->atoms[i]) return false;
  bool whole = has_own_atoms(backbone, i, chains->type[i]);
  for (int chi = 0; chi < pleat_residue_types[chains->type[i]].chi_count; chi++)
    whole = measure_chi(backbone, i, chi, chains) && whole;
  return whole || keep == PLEAT_SIDE_CHAINS_KEEP_ALL;
}

void pleat_side_chains_measure(pleat_run *run, const pleat_backbone *backbone, pleat_side_chains_keep keep,
                               pleat_side_chains *chains) {
  int64_t length = chains->length = backbone->length;
  chains->type = pleat_run_take_bytes(run, (size_t)length * sizeof *chains->type);
  chains->atoms = pleat_run_take_bytes(run, (size_t)length * sizeof *chains->atoms);
  chains->kept = pleat_run_take(run, length);
  chains->frames = pleat_run_take(run, length * 12);
  chains->torsions = pleat_run_take(run, length * TORSIONS * 2);
  if (pleat_run_idle(run)) return;
  for (int64_t i = 0; i < length; i++) {
    chains->type[i] = built_type(backbone, i);
    chains->atoms[i] = atom_count(chains->type[i]);
    measure_backbone(backbone, i, chains);
    chains->kept[i] = keep_residue(backbone, i, keep, chains);
  }
}

void pleat_side_chains_turn(pleat_side_chains *chains, int64_t i, const float angles[CHIS]) {
  float *torsions = chains->torsions + TORSIONS * 2 * i + 2 * (TORSIONS - CHIS);
  for (int chi = 0; chi < CHIS; chi++) {
    torsions[2 * chi] = (float)sin(angles[chi]);
    torsions[2 * chi + 1] = (float)cos(angles[chi]);
  }
}

typedef struct place_work {
  const pleat_side_chains *chains;
  float *positions;
} place_work;

static void place_part(void *argument, int64_t begin, int64_t end, int thread) {
  const place_work *work = argument;
  const pleat_side_chains *chains = work->chains;
  float frames[GRAIN * PLEAT_GEOMETRY_GROUPS * 12];
  size_t count = (size_t)(end - begin);
  (void)thread;
  pleat_torsion_to_frames(count, chains->type + begin, chains->torsions + TORSIONS * 2 * begin,
                          chains->frames + 12 * begin, frames);
  pleat_frames_to_atom14(count, chains->type + begin, frames, work->positions + ATOMS * 3 * begin);
}

void pleat_side_chains_place(pleat_run *run, const pleat_side_chains *chains, float *positions) {
  place_work work = {chains, positions};
  if (!pleat_run_idle(run)) pleat_team_for(run->threads, chains->length, GRAIN, place_part, &work);
}

int pleat_side_chains_group(int type, int place) {
  int group = pleat_residue_atoms[type][place].group;
  return group > 3 ? group - 3 : 0;
}
