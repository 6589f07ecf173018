/* Frame2seq's view of a backbone; the facts are those of the published package (frame2seq 0.0.8).
 * SPDX-License-Identifier: MIT */
#include "folding/frame2seq_features.h"

#include <math.h>
#include <string.h>

#include "geometry/rigid.h"

enum { ATOMS = PLEAT_FRAME2SEQ_ATOMS, CENTRES = PLEAT_FRAME2SEQ_CENTRES };

typedef struct vector {
  double x, y, z;
} vector;

static vector at(const double *p) { return (vector){p[0], p[1], p[2]}; }
static vector difference(vector a, vector b) { return (vector){a.x - b.x, a.y - b.y, a.z - b.z}; }
static double dot(vector a, vector b) { return a.x * b.x + a.y * b.y + a.z * b.z; }
static vector scaled(vector a, double by) { return (vector){a.x * by, a.y * by, a.z * by}; }
static vector cross(vector a, vector b) {
  return (vector){a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}

/* a / max(|a|, 1e-12). */
static vector direction(vector a) { return scaled(a, 1 / fmax(sqrt(dot(a, a)), 1e-12)); }

/* ---- Atoms ---- */

static double rounded(double x) { return rint(x * 1e4) / 1e4; }

/* CB at 1.522 angstrom from CA, angle 1.927, torsion -2.143 (C, N, CA, CB); 0 where the atoms do not say where. The
 * three parts along the axes are those numbers in single precision, as published. */
static void place_beta(double *residue) {
  vector n = at(residue), ca = at(residue + 3), c = at(residue + 6);
  vector along = difference(n, ca), normal = cross(difference(n, c), along);
  double length = sqrt(dot(along, along)), area = sqrt(dot(normal, normal));
  double *beta = residue + 9;
  beta[0] = beta[1] = beta[2] = 0;
  if (!(length > 0) || !(area > 0)) return;
  along = scaled(along, 1 / length);
  normal = scaled(normal, 1 / area);
  vector third = cross(normal, along);
  const double parts[3] = {-0.530749977, -0.772408068, 1.19923902};
  beta[0] = ca.x + parts[0] * along.x + parts[1] * third.x + parts[2] * normal.x;
  beta[1] = ca.y + parts[0] * along.y + parts[1] * third.y + parts[2] * normal.y;
  beta[2] = ca.z + parts[0] * along.z + parts[1] * third.z + parts[2] * normal.z;
}

/* N, CA and C are the first three of atom37. */
static void fill_atoms(const pleat_backbone *backbone, int64_t i, pleat_frame2seq_features *f) {
  const float *from = backbone->likely + i * 9;
  const float *there = backbone->atom_mask + i * PLEAT_TARGET_ATOMS;
  double *to = f->atoms + i * ATOMS * 3;
  for (int d = 0; d < 9; d++) to[d] = there[d / 3] > 0 ? (double)from[d] : 0;
  place_beta(to);
  for (int d = 0; d < 12; d++) to[d] = rounded(to[d]);
  f->mask[i] = there[0] > 0 && there[1] > 0 && there[2] > 0;
}

/* ---- Single ---- */

/* Sines and cosines of i / 10000^(2k/128), in single precision, as published. */
static void fill_places(int64_t i, float *to) {
  const float step = (float)(-log(10000.0) / PLEAT_FRAME2SEQ_PLACES);
  for (int k = 0; k < PLEAT_FRAME2SEQ_PLACES / 2; k++) {
    float angle = (float)i * expf((float)(2 * k) * step);
    to[2 * k] = sinf(angle);
    to[2 * k + 1] = cosf(angle);
  }
}

/* Atom `place` of the chain N CA C N CA C ... */
static vector chain_atom(const pleat_frame2seq_features *f, int64_t place) {
  return at(f->atoms + (place / 3 * ATOMS + place % 3) * 3);
}

/* Torsion about the bond from atom `place` on: phi, psi, omega in turn; 0 beyond the ends. */
static double torsion(const pleat_frame2seq_features *f, int64_t place) {
  vector bond[3];
  if (place < 1 || place + 2 >= 3 * f->length) return 0;
  for (int b = 0; b < 3; b++)
    bond[b] = direction(difference(chain_atom(f, place + b), chain_atom(f, place + b - 1)));
  vector left = direction(cross(bond[0], bond[1])), right = direction(cross(bond[1], bond[2]));
  double cosine = fmin(fmax(dot(left, right), -1 + 1e-7), 1 - 1e-7), side = dot(bond[0], right);
  return side == 0 ? 0 : copysign(acos(cosine), side);
}

static void fill_torsions(const pleat_frame2seq_features *f, int64_t i, float *to) {
  for (int t = 0; t < 3; t++) {
    double angle = torsion(f, 3 * i + t);
    to[t] = (float)cos(angle);
    to[3 + t] = (float)sin(angle);
  }
}

/* ---- Frames ---- */

static vector centre(const pleat_frame2seq_features *f) {
  vector sum = {0, 0, 0};
  double count = 0;
  for (int64_t i = 0; i < f->length; i++) {
    if (!(f->mask[i] > 0)) continue;
    const double *p = f->atoms + (i * ATOMS + 1) * 3; /* CA */
    sum = (vector){sum.x + p[0], sum.y + p[1], sum.z + p[2]};
    count++;
  }
  return scaled(sum, count > 0 ? 1 / count : 0);
}

/* Attention sees differences only, so the origin is moved to the middle of the protein, where single precision is
 * finest. */
static void fill_frame(const pleat_frame2seq_features *f, int64_t i, vector middle, float *flat) {
  const double *atoms = f->atoms + i * ATOMS * 3;
  pleat_rigid frame = pleat_rigid_from_backbone(atoms, atoms + 3, atoms + 6, 1e-8);
  frame.translation[0] -= middle.x;
  frame.translation[1] -= middle.y;
  frame.translation[2] -= middle.z;
  pleat_rigid_to_flat_f(&frame, flat);
}

void pleat_frame2seq_features_fill(const pleat_backbone *backbone, pleat_frame2seq_features *f) {
  f->length = backbone->length;
  for (int64_t i = 0; i < f->length; i++) fill_atoms(backbone, i, f);
  vector middle = centre(f);
  for (int64_t i = 0; i < f->length; i++) {
    float *single = f->single + i * PLEAT_FRAME2SEQ_SINGLE;
    fill_places(i, single);
    fill_torsions(f, i, single + PLEAT_FRAME2SEQ_PLACES);
    fill_frame(f, i, middle, f->frames + i * 12);
  }
}

/* ---- Pairs ---- */

/* Centres 12/23 apart from 0 to 12, sigma 0.5. From the nearest centre outwards each value is the one before times a
 * ratio that itself shrinks by a constant ratio: three exponentials instead of 24, and errors that never grow. */
static void fill_radial(double distance, float *to) {
  static const double step = 12.0 / (CENTRES - 1), width = 0.5, least = 1e-38;
  static const double shrink = 0.11330253218511378; /* exp(-2 step^2 / width^2) */
  int nearest = distance < 12 ? (int)rint(distance / step) : CENTRES - 1;
  double off = distance - nearest * step, value = exp(-(off / width) * (off / width));
  memset(to, 0, CENTRES * sizeof *to);
  if (!(value > least)) return;
  double up = exp((2 * off - step) * step / (width * width)), down = exp((-2 * off - step) * step / (width * width));
  double rising = value, falling = value;
  to[nearest] = (float)value;
  for (int k = nearest + 1; k < CENTRES && rising * up > least; k++, up *= shrink) to[k] = (float)(rising *= up);
  for (int k = nearest - 1; k >= 0 && falling * down > least; k--, down *= shrink) to[k] = (float)(falling *= down);
}

void pleat_frame2seq_pair(const pleat_frame2seq_features *f, int64_t i, int64_t j, float *rbf) {
  for (int a = 0; a < ATOMS; a++)
    for (int b = 0; b < ATOMS; b++, rbf += CENTRES) {
      vector apart = difference(at(f->atoms + (i * ATOMS + a) * 3), at(f->atoms + (j * ATOMS + b) * 3));
      fill_radial(sqrt(dot(apart, apart)), rbf);
    }
}

int pleat_frame2seq_offset(int64_t i, int64_t j) {
  int64_t most = PLEAT_FRAME2SEQ_OFFSETS / 2, apart = i - j;
  if (apart > most) apart = most;
  if (apart < -most) apart = -most;
  return (int)(apart + most);
}
