/* Torsion angles: measured from atoms, and turned into rigid-group frames and atom positions.
 * SPDX-License-Identifier: MIT */
#include "geometry/torsion.h"

#include "geometry/residue_geometry.h"
#include "geometry/vector.h"

double pleat_torsion_dihedral(const double a[3], const double b[3], const double c[3], const double d[3]) {
  double ba[3], bc[3], cd[3], n1[3], n2[3], side[3];
  pleat_vector_subtract(b, a, ba);
  pleat_vector_subtract(c, b, bc);
  pleat_vector_subtract(d, c, cd);
  pleat_vector_cross(ba, bc, n1);
  pleat_vector_cross(bc, cd, n2);
  pleat_vector_cross(n1, n2, side);
  double length = pleat_vector_length(bc);
  if (length == 0) return 0;
  return atan2(pleat_vector_dot(side, bc) / length, pleat_vector_dot(n1, n2));
}

void pleat_torsion_sin_cos(double positions[4][3], double epsilon, double sin_cos[2]) {
  double beyond[3], fourth[3];
  for (int d = 0; d < 3; d++) beyond[d] = 2 * positions[2][d] - positions[1][d];
  pleat_rigid frame = pleat_rigid_from_points(beyond, positions[2], positions[0], epsilon);
  pleat_rigid_apply_inverse(&frame, positions[3], fourth);
  double length = sqrt(fourth[1] * fourth[1] + fourth[2] * fourth[2] + epsilon);
  sin_cos[0] = fourth[2] / length;
  sin_cos[1] = fourth[1] / length;
}

/* `frame` turned about its own x axis. */
static pleat_rigid turned(const pleat_rigid *frame, double sine, double cosine) {
  pleat_rigid turn = {{1, 0, 0, 0, cosine, -sine, 0, sine, cosine}, {0, 0, 0}};
  return pleat_rigid_compose(frame, &turn);
}

static void residue_frames(const pleat_rigid defaults[PLEAT_GEOMETRY_GROUPS], const float *torsions,
                           const float *backbone, float *frames) {
  pleat_rigid base = pleat_rigid_from_flat_f(backbone), before = base;
  for (int i = 0; i < 12; i++) frames[i] = backbone[i];
  for (int group = 1; group < PLEAT_GEOMETRY_GROUPS; group++) {
    const float *angle = torsions + 2 * (group - 1);
    pleat_rigid local = turned(&defaults[group], angle[0], angle[1]);
    before = pleat_rigid_compose(group > 4 ? &before : &base, &local);
    pleat_rigid_to_flat_f(&before, frames + 12 * group);
  }
}

void pleat_torsion_to_frames(size_t length, const int32_t *types, const float *torsions, const float *backbone,
                             float *frames) {
  pleat_rigid defaults[PLEAT_GEOMETRY_TYPES][PLEAT_GEOMETRY_GROUPS];
  for (int type = 0; type < PLEAT_GEOMETRY_TYPES; type++)
    for (int group = 0; group < PLEAT_GEOMETRY_GROUPS; group++)
      defaults[type][group] = pleat_residue_default_frame(type, group);
  for (size_t i = 0; i < length; i++)
    residue_frames(defaults[types[i]], torsions + 14 * i, backbone + 12 * i, frames + 96 * i);
}

static void place_atom(const float frame[12], const double position[3], float out[3]) {
  pleat_rigid rigid = pleat_rigid_from_flat_f(frame);
  double x[3];
  pleat_rigid_apply(&rigid, position, x);
  for (int i = 0; i < 3; i++) out[i] = (float)x[i];
}

void pleat_frames_to_atom14(size_t length, const int32_t *types, const float *frames, float *positions) {
  for (size_t i = 0; i < length; i++)
    for (int place = 0; place < PLEAT_GEOMETRY_ATOMS; place++) {
      const pleat_residue_atom *atom = &pleat_residue_atoms[types[i]][place];
      float *out = positions + 3 * (PLEAT_GEOMETRY_ATOMS * i + (size_t)place);
      if (atom->name[0])
        place_atom(frames + 12 * (PLEAT_GEOMETRY_GROUPS * i + (size_t)atom->group), atom->position, out);
      else
        out[0] = out[1] = out[2] = 0;
    }
}

pleat_torsion_angles pleat_torsion_measure(const double *positions, const int32_t *types, size_t index,
                                           int joined_before, int joined_after) {
  pleat_torsion_angles angles = {NAN, NAN, NAN, {NAN, NAN, NAN, NAN}};
  const double *here = positions + 42 * index, *n = here, *ca = here + 3, *c = here + 6;
  if (joined_before) {
    angles.omega = pleat_torsion_dihedral(here - 42 + 3, here - 42 + 6, n, ca);
    angles.phi = pleat_torsion_dihedral(here - 42 + 6, n, ca, c);
  }
  if (joined_after) angles.psi = pleat_torsion_dihedral(n, ca, c, here + 42);
  for (int chi = 0; chi < pleat_residue_chi_count(types[index]); chi++) {
    int p[4];
    pleat_residue_chi_places(types[index], chi, p);
    angles.chi[chi] = pleat_torsion_dihedral(here + 3 * p[0], here + 3 * p[1], here + 3 * p[2], here + 3 * p[3]);
  }
  return angles;
}
