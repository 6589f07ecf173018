/* Tests of geometry, templates' numbers and confidences against the published code's, from the large golden files.
 * SPDX-License-Identifier: MIT
 *
 * geometry.h5 of $PLEAT_GOLDEN/alphafold2. What it has beyond that pleat does not compute: the frames of true side chains
 * (rigidgroups_*), FAPE and structural violations are terms of the training's loss; prng is JAX's generator, in whose place
 * pleat has its own (lib/random.h). relpos_monomer's bin, quat_multiply and rot_to_quat are steps of what is compared here and
 * by the recorded runs. */
#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/residue.h"
#include "folding/alphafold_embed.h"
#include "folding/alphafold_heads.h"
#include "folding/template_features.h"
#include "geometry/rigid.h"
#include "geometry/score.h"
#include "geometry/torsion.h"
#include "lib/dispatch.h"
#include "tests/alphafold_golden.h"
#include "tests/suites.h"

enum { ATOM37 = PLEAT_RESIDUE_ATOM37, ATOM14 = PLEAT_RESIDUE_ATOM14 };
static const char *const chains[] = {"2q2k_A", "3u8v_A", "4zey_A"};

static hid_t open_geometry(void) { return alphafold_open("geometry.h5"); }

static golden_array want(hid_t file, const char *group, const char *chain, const char *name) {
  golden_array array;
  char path[160];
  snprintf(path, sizeof path, "%s/%s%s%s", group, chain, *chain ? "/" : "", name);
  bool good = golden_read(file, path, &array);
  if (!good) fprintf(stderr, "no dataset %s\n", path);
  CU_ASSERT_FATAL(good);
  return array;
}

/* Largest difference over what is allowed: ten times the recording's noise and its suggested share of the largest number. */
static double over(const golden_array *a, const float *got) {
  double largest = 0, worst = 0;
  for (int64_t i = 0; i < alphafold_count(a); i++) largest = fmax(largest, fabs((double)a->data[i]));
  for (int64_t i = 0; i < alphafold_count(a); i++) {
    double difference = fabs((double)got[i] - (double)a->data[i]);
    if (!(difference <= worst)) worst = isnan(difference) ? INFINITY : difference;
  }
  return worst / (10 * (isnan(a->noise) ? 0 : a->noise) + 4e-6 * largest);
}

/* The comparison must see a shifted array, too. */
static void check(hid_t file, const char *const path[3], float *got) {
  golden_array a = want(file, path[0], path[1], path[2]);
  double ratio = over(&a, got);
  if (!(ratio <= 1)) fprintf(stderr, "%s/%s/%s: %g times what is allowed\n", path[0], path[1], path[2], ratio);
  CU_ASSERT(ratio <= 1);
  for (int64_t i = 0; i < alphafold_count(&a); i++) got[i] += 0.01f;
  CU_ASSERT(over(&a, got) > 1);
  golden_array_free(&a);
}
#define CHECK(file, group, chain, name, got) check(file, (const char *const[]){group, chain, name}, got)

static void to_double(const float *from, int count, double *to) {
  for (int i = 0; i < count; i++) to[i] = (double)from[i];
}

static void put(const double *from, int count, float *to) {
  for (int i = 0; i < count; i++) to[i] = (float)from[i];
}

/* ---- Frames ---- */

static pleat_rigid frame_at(const golden_array *quaternions, const golden_array *translations, size_t i) {
  pleat_rigid frame;
  double q[4];
  to_double(quaternions->data + 4 * i, 4, q);
  pleat_rigid_from_quaternion(q, frame.rotation);
  to_double(translations->data + 3 * i, 3, frame.translation);
  return frame;
}

/* Rotations (n,3,3) and translations (n,3) in two arrays. */
typedef struct frames {
  float *rotations, *translations;
} frames;

static frames take_frames(size_t n) {
  return (frames){alphafold_copy(NULL, (int64_t)n * 9), alphafold_copy(NULL, (int64_t)n * 3)};
}

static void put_frame(const pleat_rigid *frame, frames *f, size_t i) {
  put(frame->rotation, 9, f->rotations + 9 * i);
  put(frame->translation, 3, f->translations + 3 * i);
}

static void check_frames(hid_t file, const char *group, frames *f) {
  CHECK(file, group, "", "out/rot", f->rotations);
  CHECK(file, group, "", "out/trans", f->translations);
  free(f->rotations);
  free(f->translations);
}

static void check_rigid(hid_t file) {
  golden_array q = want(file, "rigid_compose", "", "in/quat_a"), t = want(file, "rigid_compose", "", "in/trans_a");
  golden_array r = want(file, "rigid_compose", "", "in/quat_b"), u = want(file, "rigid_compose", "", "in/trans_b");
  size_t n = q.shape[0];
  frames composed = take_frames(n);
  for (size_t i = 0; i < n; i++) {
    pleat_rigid a = frame_at(&q, &t, i), b = frame_at(&r, &u, i), c = pleat_rigid_compose(&a, &b);
    put_frame(&c, &composed, i);
  }
  check_frames(file, "rigid_compose", &composed);
  golden_array *all[] = {&q, &t, &r, &u};
  for (int i = 0; i < 4; i++) golden_array_free(all[i]);
}

static void check_inverse(hid_t file) {
  golden_array q = want(file, "rigid_invert", "", "in/quat"), t = want(file, "rigid_invert", "", "in/trans");
  frames inverted = take_frames(q.shape[0]);
  for (size_t i = 0; i < q.shape[0]; i++) {
    pleat_rigid a = frame_at(&q, &t, i), b = pleat_rigid_inverse(&a);
    put_frame(&b, &inverted, i);
  }
  check_frames(file, "rigid_invert", &inverted);
  golden_array_free(&q);
  golden_array_free(&t);
  q = want(file, "quat_to_rot", "", "in/quat");
  float *rotations = alphafold_copy(NULL, (int64_t)q.shape[0] * 9);
  for (size_t i = 0; i < q.shape[0]; i++) pleat_rigid_from_quaternion_f(q.data + 4 * i, rotations + 9 * i);
  CHECK(file, "quat_to_rot", "", "out/rot", rotations);
  free(rotations);
  golden_array_free(&q);
}

static void check_applied(hid_t file) {
  golden_array q = want(file, "rigid_apply", "", "in/quat"), t = want(file, "rigid_apply", "", "in/trans");
  golden_array x = want(file, "rigid_apply", "", "in/points");
  size_t n = q.shape[0];
  float *there = alphafold_copy(NULL, (int64_t)n * 3), *back = alphafold_copy(NULL, (int64_t)n * 3);
  for (size_t i = 0; i < n; i++) {
    pleat_rigid a = frame_at(&q, &t, i);
    double point[3], moved[3];
    to_double(x.data + 3 * i, 3, point);
    pleat_rigid_apply(&a, point, moved);
    put(moved, 3, there + 3 * i);
    pleat_rigid_apply_inverse(&a, point, moved);
    put(moved, 3, back + 3 * i);
  }
  CHECK(file, "rigid_apply", "", "out/out", there);
  CHECK(file, "rigid_apply", "", "out/inverse", back);
  free(there);
  free(back);
  golden_array *all[] = {&q, &t, &x};
  for (int i = 0; i < 3; i++) golden_array_free(all[i]);
}

/* From three points each; `backbone`: the first is on the negative x axis. */
static void check_points(hid_t file, const char *group, const char *const names[3], bool backbone) {
  golden_array a = want(file, group, "", names[0]), b = want(file, group, "", names[1]), c = want(file, group, "", names[2]);
  frames f = take_frames(a.shape[0]);
  for (size_t i = 0; i < a.shape[0]; i++) {
    double x[3], y[3], z[3];
    to_double(a.data + 3 * i, 3, x);
    to_double(b.data + 3 * i, 3, y);
    to_double(c.data + 3 * i, 3, z);
    pleat_rigid frame = backbone ? pleat_rigid_from_backbone(x, y, z, 0) : pleat_rigid_from_points(x, y, z, 0);
    put_frame(&frame, &f, i);
  }
  check_frames(file, group, &f);
  golden_array *all[] = {&a, &b, &c};
  for (int i = 0; i < 3; i++) golden_array_free(all[i]);
}

/* Flat frames as (n,3,4). */
static float *as_rows(const float *flat, size_t n) {
  float *rows = alphafold_copy(NULL, (int64_t)n * 12);
  for (size_t i = 0; i < n; i++)
    for (int row = 0; row < 3; row++) {
      memcpy(rows + 12 * i + 4 * row, flat + 12 * i + 3 * row, 3 * sizeof *rows);
      rows[12 * i + 4 * row + 3] = flat[12 * i + 9 + row];
    }
  return rows;
}

/* The frame moves by what the update (u, t) says of it: its quaternion, and t in its own axes. */
static void check_update(hid_t file, const char *group, bool multimer) {
  golden_array q = want(file, group, "", "in/quat"), t = want(file, group, "", "in/trans"), u = want(file, group, "", "in/update");
  size_t n = q.shape[0];
  float *seven = alphafold_copy(NULL, (int64_t)n * 7), *flat = alphafold_copy(NULL, (int64_t)n * 12);
  for (size_t i = 0; i < n; i++) {
    pleat_rigid frame = frame_at(&q, &t, i);
    double update[6], moved[3], quaternion[4];
    to_double(u.data + 6 * i, 6, update);
    to_double(q.data + 4 * i, 4, quaternion);
    pleat_rigid_apply(&frame, update + 3, moved);
    pleat_rigid_update_quaternion(quaternion, update);
    put(quaternion, 4, seven + 7 * i);
    put(moved, 3, seven + 7 * i + 4);
    pleat_rigid_from_quaternion(quaternion, frame.rotation);
    memcpy(frame.translation, moved, sizeof moved);
    pleat_rigid_to_flat_f(&frame, flat + 12 * i);
  }
  float *rows = as_rows(flat, n);
  if (multimer) CHECK(file, group, "", "out/rigid3x4", rows);
  else CHECK(file, group, "", "out/affine7", seven);
  free(rows);
  free(seven);
  free(flat);
  golden_array *all[] = {&q, &t, &u};
  for (int i = 0; i < 3; i++) golden_array_free(all[i]);
}

/* The same frame as rows, of a multimer. */
static void check_reference(hid_t file, const char *group) {
  golden_array n = want(file, group, "", "in/n"), ca = want(file, group, "", "in/ca"), c = want(file, group, "", "in/c");
  float *flat = alphafold_copy(NULL, (int64_t)n.shape[0] * 12);
  for (size_t i = 0; i < n.shape[0]; i++) {
    double x[3], y[3], z[3];
    to_double(c.data + 3 * i, 3, x);
    to_double(ca.data + 3 * i, 3, y);
    to_double(n.data + 3 * i, 3, z);
    pleat_rigid frame = pleat_rigid_from_points(x, y, z, 0);
    pleat_rigid_to_flat_f(&frame, flat + 12 * i);
  }
  float *rows = as_rows(flat, n.shape[0]);
  CHECK(file, group, "", "out/rigid3x4", rows);
  free(flat);
  free(rows);
  golden_array *all[] = {&n, &ca, &c};
  for (int i = 0; i < 3; i++) golden_array_free(all[i]);
}

static void test_frames(void) {
  hid_t file = open_geometry();
  if (file < 0) return;
  check_rigid(file);
  check_inverse(file);
  check_applied(file);
  check_points(file, "rigids_from_3_points", (const char *const[]){"in/neg_x", "in/origin", "in/xy_plane"}, true);
  check_points(file, "make_transform_from_reference", (const char *const[]){"in/c", "in/ca", "in/n"}, false);
  check_reference(file, "multimer_make_transform_from_reference");
  check_update(file, "backbone_update_pre_compose", false);
  check_update(file, "multimer_rigid_update", true);
  H5Fclose(file);
}

/* ---- A template's numbers ---- */

/* The chain that most groups share. */
typedef struct chain_atoms {
  golden_array types, positions, present;
  int32_t *type;
  pleat_template_atoms atoms;
} chain_atoms;

static void read_chain(hid_t file, const char *chain, chain_atoms *c) {
  c->types = want(file, "torsion_angles", chain, "in/aatype");
  c->positions = want(file, "torsion_angles", chain, "in/atom37_positions");
  c->present = want(file, "torsion_angles", chain, "in/atom37_mask");
  size_t length = c->types.shape[0];
  c->type = calloc(length, sizeof *c->type);
  CU_ASSERT_PTR_NOT_NULL_FATAL(c->type);
  for (size_t i = 0; i < length; i++) c->type[i] = (int32_t)c->types.data[i];
  c->atoms = (pleat_template_atoms){(int64_t)length, c->type, c->positions.data, c->present.data};
}

static void free_chain(chain_atoms *c) {
  free(c->type);
  golden_array_free(&c->types);
  golden_array_free(&c->positions);
  golden_array_free(&c->present);
}

/* Torsions and their other names come within a monomer's features, behind the one-hot type. */
static void check_torsions(hid_t file, const char *chain, const chain_atoms *c) {
  enum { ANGLES = 14, WIDTH = PLEAT_TEMPLATE_MONOMER_FEATURES, TYPES = PLEAT_TEMPLATE_TYPES };
  int64_t L = c->atoms.length;
  float *torsions = alphafold_copy(NULL, L * ANGLES), *mask = alphafold_copy(NULL, L * 7);
  float *features = alphafold_copy(NULL, L * WIDTH), *row = alphafold_copy(NULL, L), *other = alphafold_copy(NULL, L * ANGLES);
  golden_array defined = want(file, "torsion_angles", chain, "out/torsion_angles_mask");
  golden_array angles = want(file, "torsion_angles", chain, "out/torsion_angles_sin_cos");
  golden_array others = want(file, "torsion_angles", chain, "out/alt_torsion_angles_sin_cos");
  pleat_template_torsions(&c->atoms, torsions, mask);
  pleat_template_monomer_features(&c->atoms, features, row);
  for (int64_t i = 0; i < L; i++) memcpy(other + i * ANGLES, features + i * WIDTH + TYPES + ANGLES, ANGLES * sizeof *other);
  for (int64_t k = 0; k < L * ANGLES; k++)
    if (defined.data[k / 2] == 0) torsions[k] = angles.data[k], other[k] = others.data[k];
  CHECK(file, "torsion_angles", chain, "out/torsion_angles_sin_cos", torsions);
  CHECK(file, "torsion_angles", chain, "out/alt_torsion_angles_sin_cos", other);
  CHECK(file, "torsion_angles", chain, "out/torsion_angles_mask", mask);
  float *all[] = {torsions, mask, features, row, other};
  for (int i = 0; i < 5; i++) free(all[i]);
  golden_array_free(&defined);
  golden_array_free(&angles);
  golden_array_free(&others);
}

/* A multimer's features hold sines and cosines of chi angles, and where there are any. */
static void check_chis(hid_t file, const char *chain, const chain_atoms *c) {
  enum { WIDTH = PLEAT_TEMPLATE_MULTIMER_FEATURES, TYPES = PLEAT_TEMPLATE_TYPES };
  int64_t L = c->atoms.length;
  golden_array angles = want(file, "multimer_chi_angles", chain, "out/chi_angles");
  float *features = alphafold_copy(NULL, L * WIDTH), *row = alphafold_copy(NULL, L), *mask = alphafold_copy(NULL, L * 4);
  double worst = 0;
  pleat_template_multimer_features(&c->atoms, features, row);
  for (int64_t k = 0; k < L * 4; k++) {
    const float *f = features + k / 4 * WIDTH + TYPES + k % 4;
    mask[k] = f[8];
    if (mask[k] == 0) continue;
    worst = fmax(worst, fabs((double)f[0] - sin((double)angles.data[k])));
    worst = fmax(worst, fabs((double)f[4] - cos((double)angles.data[k])));
  }
  CU_ASSERT(worst <= 10 * angles.noise + 4e-6);
  CHECK(file, "multimer_chi_angles", chain, "out/chi_mask", mask);
  free(features);
  free(row);
  free(mask);
  golden_array_free(&angles);
}

static void check_backbone(hid_t file, const char *chain, const chain_atoms *c) {
  int64_t L = c->atoms.length;
  float *beta = alphafold_copy(NULL, L * 3), *flat = alphafold_copy(NULL, L * 12), *mask = alphafold_copy(NULL, L);
  pleat_template_beta(&c->atoms, beta, mask);
  CHECK(file, "pseudo_beta", chain, "out/pseudo_beta", beta);
  CHECK(file, "pseudo_beta", chain, "out/mask", mask);
  golden_array rigids = want(file, "multimer_backbone_affine", chain, "out/rigid3x4");
  golden_array present = want(file, "multimer_backbone_affine", chain, "out/mask");
  pleat_template_frames(&c->atoms, flat, mask);
  float *rows = as_rows(flat, (size_t)L);
  for (int64_t i = 0; i < L; i++)
    if (present.data[i] == 0) memcpy(rows + 12 * i, rigids.data + 12 * i, 12 * sizeof *rows);
  CHECK(file, "multimer_backbone_affine", chain, "out/rigid3x4", rows);
  CHECK(file, "multimer_backbone_affine", chain, "out/mask", mask);
  golden_array_free(&rigids);
  golden_array_free(&present);
  float *all[] = {beta, flat, mask, rows};
  for (int i = 0; i < 4; i++) free(all[i]);
}

/* One-hot bins of distances between CB atoms; `name` e.g. recycle15. */
static void check_bins(hid_t file, const char *chain, const char *name, int bins) {
  golden_array beta = want(file, "pseudo_beta", chain, "out/pseudo_beta");
  size_t L = beta.shape[0];
  float *hot = alphafold_copy(NULL, (int64_t)(L * L) * bins);
  for (size_t i = 0; i < L; i++)
    for (size_t j = 0; j < L; j++) {
      const float *x = beta.data + 3 * i, *y = beta.data + 3 * j;
      float squared = (x[0] - y[0]) * (x[0] - y[0]) + (x[1] - y[1]) * (x[1] - y[1]) + (x[2] - y[2]) * (x[2] - y[2]);
      int bin = pleat_alphafold_distance_bin(squared, bins);
      if (bin >= 0) hot[(i * L + j) * (size_t)bins + (size_t)bin] = 1;
    }
  CHECK(file, "dgram", chain, name, hot);
  free(hot);
  golden_array_free(&beta);
}

/* The places of a residue's atoms among 37 and among 14; X has none here. */
static void check_places(hid_t file, const char *chain, const chain_atoms *c) {
  size_t L = (size_t)c->atoms.length;
  float *x14 = alphafold_copy(NULL, (int64_t)L * ATOM14 * 3), *mask = alphafold_copy(NULL, (int64_t)L * ATOM14);
  float *x37 = alphafold_copy(NULL, (int64_t)L * ATOM37 * 3);
  for (size_t i = 0; i < L; i++)
    for (int a = 0; a < ATOM14; a++) {
      const char *name = c->type[i] < PLEAT_RESIDUE_UNKNOWN ? pleat_residue_types[c->type[i]].atom14[a] : "";
      int place = pleat_residue_atom37_index(name);
      if (!*name || c->present.data[i * ATOM37 + (size_t)place] == 0) continue;
      mask[i * ATOM14 + (size_t)a] = 1;
      memcpy(x14 + (i * ATOM14 + (size_t)a) * 3, c->positions.data + (i * ATOM37 + (size_t)place) * 3, 3 * sizeof *x14);
      memcpy(x37 + (i * ATOM37 + (size_t)place) * 3, x14 + (i * ATOM14 + (size_t)a) * 3, 3 * sizeof *x37);
    }
  CHECK(file, "atom37_to_atom14", chain, "out/atom14", x14);
  CHECK(file, "atom37_to_atom14", chain, "out/mask", mask);
  CHECK(file, "atom14_to_atom37", chain, "out/atom37", x37);
  free(x14);
  free(mask);
  free(x37);
}

static void test_templates(void) {
  hid_t file = open_geometry();
  for (int i = 0; file >= 0 && i < 3; i++) {
    chain_atoms c;
    read_chain(file, chains[i], &c);
    check_torsions(file, chains[i], &c);
    check_chis(file, chains[i], &c);
    check_backbone(file, chains[i], &c);
    check_bins(file, chains[i], "out/recycle15", 15);
    check_bins(file, chains[i], "out/template39", 39);
    check_places(file, chains[i], &c);
    free_chain(&c);
  }
  if (file >= 0) H5Fclose(file);
}

/* ---- Structures ---- */

static void check_built(hid_t file, const char *chain) {
  golden_array types = want(file, "build_atom14", chain, "in/aatype"), torsions = want(file, "build_atom14", chain, "in/torsions");
  golden_array backbone = want(file, "build_atom14", chain, "in/bb_frames_flat12");
  size_t L = types.shape[0];
  int32_t *type = calloc(L, sizeof *type);
  CU_ASSERT_PTR_NOT_NULL_FATAL(type);
  float *made = alphafold_copy(NULL, (int64_t)L * 96), *positions = alphafold_copy(NULL, (int64_t)L * ATOM14 * 3);
  for (size_t i = 0; i < L; i++) type[i] = (int32_t)types.data[i];
  pleat_torsion_to_frames(L, type, torsions.data, backbone.data, made);
  pleat_frames_to_atom14(L, type, made, positions);
  CHECK(file, "build_atom14", chain, "out/frames_flat12", made);
  CHECK(file, "build_atom14", chain, "out/atom14", positions);
  free(type);
  free(made);
  free(positions);
  golden_array *all[] = {&types, &torsions, &backbone};
  for (int i = 0; i < 3; i++) golden_array_free(all[i]);
}

/* The published lDDT counts C-alpha atoms of present residues; those without a neighbour get 1e-10 over 1e-10. */
static void check_lddt(hid_t file, const char *chain) {
  golden_array model = want(file, "lddt_ca", chain, "in/pred_ca"), truth = want(file, "lddt_ca", chain, "in/true_ca");
  golden_array mask = want(file, "lddt_ca", chain, "in/mask"), each = want(file, "lddt_ca", chain, "out/per_residue");
  golden_array whole = want(file, "lddt_ca", chain, "out/all");
  size_t L = mask.shape[0], count = 0;
  double *x = calloc(L * 3, sizeof *x), *y = calloc(L * 3, sizeof *y), *got = calloc(L, sizeof *got), all = 0, worst = 0;
  int32_t *residue = calloc(L, sizeof *residue);
  pleat_context *context;
  CU_ASSERT_FATAL(x && y && got && residue && !pleat_context_create(NULL, &context));
  for (size_t i = 0; i < L; i++) {
    if (mask.data[i] == 0) continue;
    to_double(model.data + 3 * i, 3, x + 3 * count);
    to_double(truth.data + 3 * i, 3, y + 3 * count);
    residue[count++] = (int32_t)i;
  }
  const pleat_score_atoms atoms = {.model = x, .reference = y, .residue = residue, .count = count, .residues = L};
  CU_ASSERT_EQUAL(pleat_score_lddt(context, &atoms, got, &all), PLEAT_OK);
  for (size_t i = 0; i < L; i++)
    if (mask.data[i] != 0) worst = fmax(worst, fabs(got[i] - (double)each.data[i]));
  CU_ASSERT(worst <= 10 * each.noise + 4e-6);
  CU_ASSERT(fabs(all - (double)whole.data[0]) <= 10 * whole.noise + 4e-6);
  pleat_context_free(context);
  free(x);
  free(y);
  free(got);
  free(residue);
  golden_array *arrays[] = {&model, &truth, &mask, &each, &whole};
  for (int i = 0; i < 5; i++) golden_array_free(arrays[i]);
}

static void check_dihedrals(hid_t file) {
  golden_array points[4];
  for (int p = 0; p < 4; p++) points[p] = want(file, "dihedral", "", (const char *const[]){"in/a", "in/b", "in/c", "in/d"}[p]);
  size_t n = points[0].shape[0];
  float *angles = alphafold_copy(NULL, (int64_t)n);
  for (size_t i = 0; i < n; i++) {
    double x[4][3];
    for (int p = 0; p < 4; p++) to_double(points[p].data + 3 * i, 3, x[p]);
    angles[i] = (float)pleat_torsion_dihedral(x[0], x[1], x[2], x[3]);
  }
  CHECK(file, "dihedral", "", "out/angle", angles);
  free(angles);
  for (int p = 0; p < 4; p++) golden_array_free(&points[p]);
}

static void test_structures(void) {
  hid_t file = open_geometry();
  for (int i = 0; file >= 0 && i < 3; i++) {
    check_built(file, chains[i]);
    check_lddt(file, chains[i]);
  }
  if (file < 0) return;
  check_dihedrals(file);
  H5Fclose(file);
}

/* ---- Confidences ---- */

/* The head's dense layer is the identity here, so that pairs are the recorded logits. */
static void error_of(pleat_context *context, const golden_array *logits, const int32_t *asym, pleat_aligned_error *error) {
  enum { BINS = PLEAT_ERROR_BINS };
  float one[BINS * BINS] = {0};
  const pleat_linear_part part = {one, NULL, BINS};
  pleat_alphafold_heads heads = {.has_error = true};
  pleat_arena measuring, arena;
  pleat_run run = {.context = context, .arena = &measuring, .threads = 1};
  for (int b = 0; b < BINS; b++) one[b * BINS + b] = 1;
  CU_ASSERT_EQUAL_FATAL(pleat_linear_pack_parts(context, &part, 1, BINS, &heads.error.linear), PLEAT_OK);
  CU_ASSERT_EQUAL_FATAL(pleat_dispatch_choose(context, &run.kernels), PLEAT_OK);
  pleat_arena_init_measuring(&measuring);
  pleat_alphafold_error(&run, &heads, (int64_t)logits->shape[0], logits->data, asym, error);
  CU_ASSERT_EQUAL_FATAL(pleat_arena_create(context, measuring.peak, &arena), PLEAT_OK);
  run.arena = &arena;
  pleat_alphafold_error(&run, &heads, (int64_t)logits->shape[0], logits->data, asym, error);
  pleat_arena_free(context, &arena);
  pleat_linear_free(context, &heads.error.linear);
}

static void check_errors(hid_t file) {
  golden_array logits = want(file, "confidence", "", "in/pae_logits"), asym = want(file, "confidence", "", "in/asym_id");
  golden_array breaks = want(file, "confidence", "", "in/breaks");
  size_t L = logits.shape[0];
  int32_t *chain = calloc(L, sizeof *chain);
  float *pae = alphafold_copy(NULL, (int64_t)(L * L)), largest = 31.75f;
  pleat_aligned_error error = {.pae = pae, .residues = (int64_t)L};
  pleat_context *context;
  CU_ASSERT_FATAL(chain && !pleat_context_create(NULL, &context));
  for (size_t i = 0; i < L; i++) {
    chain[i] = (int32_t)asym.data[i];
    if (chain[i] > error.chains) error.chains = chain[i];
  }
  for (size_t b = 0; b < breaks.shape[0]; b++) CU_ASSERT_DOUBLE_EQUAL(breaks.data[b], 0.5 * (double)b, 1e-5);
  error_of(context, &logits, chain, &error);
  float ptm = (float)error.ptm, iptm = (float)error.iptm;
  CHECK(file, "confidence", "", "out/ptm", &ptm);
  CHECK(file, "confidence", "", "out/iptm", &iptm);
  CHECK(file, "confidence", "", "out/pae", pae);
  CHECK(file, "confidence", "", "out/max_pae", &largest);
  pleat_context_free(context);
  free(chain);
  free(pae);
  golden_array *all[] = {&logits, &asym, &breaks};
  for (int i = 0; i < 3; i++) golden_array_free(all[i]);
}

static void test_confidences(void) {
  hid_t file = open_geometry();
  if (file < 0) return;
  golden_array logits = want(file, "confidence", "", "in/plddt_logits");
  float *plddt = alphafold_copy(NULL, (int64_t)logits.shape[0]);
  pleat_alphafold_plddt((int64_t)logits.shape[0], logits.data, plddt);
  CHECK(file, "confidence", "", "out/plddt", plddt);
  check_errors(file);
  free(plddt);
  golden_array_free(&logits);
  H5Fclose(file);
}

void suite_alphafold_geometry(void) {
  CU_pSuite suite = CU_add_suite("alphafold_geometry", NULL, NULL);
  CU_add_test(suite, "frames as published", test_frames);
  CU_add_test(suite, "a template's numbers as published", test_templates);
  CU_add_test(suite, "structures as published", test_structures);
  CU_add_test(suite, "confidences as published", test_confidences);
}
