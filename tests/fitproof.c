/* Proof of fitting: maps of real structures whose answer is known, with noise and with half of them masked off.
 * SPDX-License-Identifier: MIT
 *
 * fitproof [--short] STRUCTURE...    Each structure is turned and shifted at random, its density made at 4, 6, 8, 10 and
 * 12 angstrom, noise added (its deviation as large as that of the density within the structure's box), and fitted: whole, and with one half of the
 * map empty (noise goes on there). Prints a row a fit; right: within 1/4 of a voxel and 3 degrees. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "geometry/rigid.h"
#include "lib/random.h"
#include "data/structure.h"
#include "pleat_fit.h"
#include "tests/benchmark.h"

typedef struct proof {
  pleat_context *context;
  const char *name;
  size_t fits, right, sure; /* sure: wrong ones with a confidence above 0.5 */
} proof;

static void check(proof *p, pleat_status status) {
  if (!status) return;
  fprintf(stderr, "fitproof: %s: %s\n", p->name, pleat_context_error(p->context));
  exit(1);
}

/* A uniform rotation (Shoemake 1992) and a shift, by the case's number. */
static pleat_rigid random_frame(const pleat_random *stream) {
  double u = (double)pleat_random_uniform(stream, 0), v = 2 * M_PI * (double)pleat_random_uniform(stream, 1);
  double w = 2 * M_PI * (double)pleat_random_uniform(stream, 2);
  double q[4] = {sqrt(1 - u) * sin(v), sqrt(1 - u) * cos(v), sqrt(u) * sin(w), sqrt(u) * cos(w)};
  pleat_rigid frame;
  pleat_rigid_from_quaternion(q, frame.rotation);
  for (int d = 0; d < 3; d++) frame.translation[d] = 20 * ((double)pleat_random_uniform(stream, 3 + (uint64_t)d) - 0.5);
  return frame;
}

static void centre_of(const pleat_structure *structure, double centre[3]) {
  memset(centre, 0, 3 * sizeof *centre);
  for (size_t i = 0; i < structure->atom_count; i++)
    for (int d = 0; d < 3; d++) centre[d] += structure->atoms[i].site.position[d] / (double)structure->atom_count;
}

static pleat_structure *moved(proof *p, const pleat_structure *from, const pleat_rigid *frame) {
  pleat_structure *to;
  check(p, pleat_structure_create(p->context, &to));
  for (size_t i = 0; i < from->atom_count; i++) {
    pleat_structure_record record = from->atoms[i];
    pleat_rigid_apply(frame, record.site.position, record.site.position);
    check(p, pleat_structure_add_atom(to, &record));
  }
  check(p, pleat_structure_finish(to));
  return to;
}

/* The density with a margin of 12 angstrom, then noise everywhere; in half of the box there is noise alone. */
static pleat_map *make_map(proof *p, const pleat_structure *structure, double resolution, double voxel, double noise,
                           int half, const pleat_random *stream) {
  pleat_map *plain, *map;
  check(p, pleat_map_simulate(p->context, structure, resolution, voxel, NULL, &plain));
  pleat_map_info info = pleat_map_describe(plain), wide = info;
  size_t pad = (size_t)ceil(12 / voxel);
  for (int d = 0; d < 3; d++) wide.size[d] += 2 * pad, wide.origin[d] -= (double)pad * voxel;
  float *values = calloc(wide.size[0] * wide.size[1] * wide.size[2], sizeof *values);
  if (!values) abort();
  for (size_t k = 0; k < info.size[2]; k++)
    for (size_t j = 0; j < info.size[1]; j++)
      memcpy(values + ((k + pad) * wide.size[1] + j + pad) * wide.size[0] + pad,
             pleat_map_values(plain) + (k * info.size[1] + j) * info.size[0], info.size[0] * sizeof *values);
  for (size_t i = 0; i < wide.size[0] * wide.size[1] * wide.size[2]; i++) {
    if (half && i % wide.size[0] < wide.size[0] / 2) values[i] = 0;
    values[i] += (float)(noise * info.deviation) * pleat_random_normal(stream, 100 + i);
  }
  check(p, pleat_map_create(p->context, &wide, values, &map));
  free(values);
  pleat_map_free(plain);
  return map;
}

/* How far a placement is from the truth: the centre's distance and the angle in degrees. */
static void errors(const pleat_structure *structure, const pleat_rigid *truth, const pleat_fit_placement *place,
                   double *distance, double *angle) {
  pleat_rigid found;
  double centre[3], a[3], b[3], trace = 0;
  for (int i = 0; i < 9; i++) {
    found.rotation[i] = place->rotation[i / 3][i % 3];
    trace += found.rotation[i] * truth->rotation[i];
  }
  memcpy(found.translation, place->translation, sizeof found.translation);
  centre_of(structure, centre);
  pleat_rigid_apply(truth, centre, a);
  pleat_rigid_apply(&found, centre, b);
  *distance = sqrt(pow(a[0] - b[0], 2) + pow(a[1] - b[1], 2) + pow(a[2] - b[2], 2));
  *angle = acos(fmax(-1, fmin(1, (trace - 1) / 2))) * 180 / M_PI;
}

static void fit_one(proof *p, const pleat_structure *structure, double resolution, double noise, int half) {
  char key[256];
  snprintf(key, sizeof key, "%s %g %g %d", p->name, resolution, noise, half);
  pleat_random stream = pleat_random_stream(7, pleat_random_hash(key), 0);
  pleat_rigid truth = random_frame(&stream);
  pleat_structure *turned = moved(p, structure, &truth);
  double voxel = fmin(2, resolution / 4), distance, angle, begin;
  pleat_map *map = make_map(p, turned, resolution, voxel, noise, half, &stream);
  pleat_fit_settings settings = pleat_fit_defaults(resolution);
  pleat_fit *fit;
  begin = benchmark_seconds(CLOCK_MONOTONIC);
  check(p, pleat_fit_run(map, structure, &settings, &fit));
  pleat_fit_placement best = pleat_fit_at(fit, 0, 0);
  errors(structure, &truth, &best, &distance, &angle);
  int right = distance <= voxel / 4 && angle <= 3;
  p->fits++;
  p->right += (size_t)right;
  p->sure += !right && best.confidence > 0.5;
  printf("%s\t%g\t%g\t%s\t%.3f\t%.2f\t%.3f\t%.2f\t%.3f\t%s\t%.1f\n", p->name, resolution, noise, half ? "half" : "whole",
         distance / voxel, angle, best.score, best.share, best.confidence, right ? "right" : "WRONG", benchmark_seconds(CLOCK_MONOTONIC) - begin);
  fflush(stdout);
  pleat_fit_free(fit);
  pleat_map_free(map);
  pleat_structure_free(turned);
}

int main(int argc, char **argv) {
  static const double resolutions[] = {4, 6, 8, 10, 12};
  proof p = {0};
  int brief = argc > 1 && !strcmp(argv[1], "--short");
  if (pleat_context_create(NULL, &p.context)) return 1;
  printf("structure\tresolution\tnoise\tmap\tvoxels off\tdegrees off\tscore\tshare\tconfidence\tresult\tseconds\n");
  for (int i = 1 + brief; i < argc; i++) {
    pleat_structure *structure;
    p.name = strrchr(argv[i], '/') ? strrchr(argv[i], '/') + 1 : argv[i];
    check(&p, pleat_structure_read(p.context, argv[i], &structure));
    for (size_t r = 0; r < sizeof resolutions / sizeof *resolutions; r++)
      for (int half = 0; half < 2; half++)
        if (!brief || (r == 2)) fit_one(&p, structure, resolutions[r], 1, half);
    pleat_structure_free(structure);
  }
  printf("# %zu of %zu right (%.0f %%); %zu wrong ones with a confidence above 0.5\n", p.right, p.fits,
         p.fits ? 100.0 * (double)p.right / (double)p.fits : 0, p.sure);
  pleat_context_free(p.context);
  return p.fits && p.right * 100 >= p.fits * 95 ? 0 : 1;
}
