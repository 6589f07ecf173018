/* Proof of docking: partners of bound complexes, one of them turned at random, docked again.
 * SPDX-License-Identifier: MIT
 *
 * dockproof [--angle DEGREES] FILE:CHAINS:CHAINS...    Docks the second chains (A,B) of each file onto the first ones, and
 * prints the best of the first ten poses by the RMSD of the ligand's CA atoms (P of nucleic acids), the rank of the first
 * below 10 angstrom, and the scores of the best pose and of the bound one, refined: where that is the worse, the search could
 * not have told. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/dock.h"
#include "geometry/rigid.h"
#include "lib/random.h"
#include "pleat_dock.h"
#include "tests/benchmark.h"

typedef struct proof {
  pleat_context *context;
  const char *name;
  double angle;
  size_t complexes, found;
} proof;

static void check(proof *p, pleat_status status) {
  if (!status) return;
  fprintf(stderr, "dockproof: %s: %s\n", p->name, pleat_context_error(p->context));
  exit(1);
}

static int lists(const char *chains, const char *chain) {
  for (const char *at = chains; *at; at++)
    if (!strncmp(at, chain, strlen(chain)) && (at == chains || at[-1] == ',') && strchr(",:", at[strlen(chain)])) return 1;
  return 0;
}

/* The listed chains, moved by the frame. */
static pleat_structure *take(proof *p, const pleat_structure *from, const char *chains, const pleat_rigid *frame) {
  pleat_structure *to;
  check(p, pleat_structure_create(p->context, &to));
  for (size_t i = 0; i < from->atom_count; i++) {
    pleat_structure_record record = from->atoms[i];
    if (!lists(chains, record.site.chain)) continue;
    pleat_rigid_apply(frame, record.site.position, record.site.position);
    check(p, pleat_structure_add_atom(to, &record));
  }
  check(p, pleat_structure_finish(to));
  return to;
}

/* A uniform rotation (Shoemake 1992) and a shift, by the complex's name. */
static pleat_rigid random_frame(const char *name) {
  pleat_random stream = pleat_random_stream(11, pleat_random_hash(name), 0);
  double u = (double)pleat_random_uniform(&stream, 0), v = 2 * M_PI * (double)pleat_random_uniform(&stream, 1);
  double w = 2 * M_PI * (double)pleat_random_uniform(&stream, 2);
  double q[4] = {sqrt(1 - u) * sin(v), sqrt(1 - u) * cos(v), sqrt(u) * sin(w), sqrt(u) * cos(w)};
  pleat_rigid frame = {.translation = {31, -17, 45}};
  pleat_rigid_from_quaternion(q, frame.rotation);
  return frame;
}

/* RMSD of the trace of the turned ligand in a pose to where it was. */
static double deviation(const pleat_structure *turned, const pleat_rigid *truth, const pleat_dock_pose *pose) {
  double sum = 0;
  size_t count = 0;
  for (size_t i = 0; i < turned->atom_count; i++) {
    const pleat_atom *atom = &turned->atoms[i].site;
    double native[3];
    if (strcmp(atom->name, "CA") != 0 && strcmp(atom->name, "P") != 0) continue;
    pleat_rigid_apply_inverse(truth, atom->position, native);
    for (int r = 0; r < 3; r++) {
      const double *row = pose->rotation[r], *x = atom->position;
      double d = row[0] * x[0] + row[1] * x[1] + row[2] * x[2] + pose->translation[r] - native[r];
      sum += d * d;
    }
    count++;
  }
  return sqrt(sum / (double)count);
}

/* What the bound pose scores after refinement. */
static double bound_score(proof *p, const pleat_structure *fixed, const pleat_structure *turned, const pleat_rigid *truth) {
  pleat_dock_partner receptor = {.role = "receptor", .structure = fixed}, ligand = {.role = "ligand", .structure = turned};
  pleat_dock_cells *cells;
  check(p, pleat_dock_partner_take(p->context, false, &receptor));
  check(p, pleat_dock_partner_take(p->context, true, &ligand));
  check(p, pleat_dock_cells_take(p->context, &receptor.body, &cells));
  pleat_rigid frame = pleat_rigid_inverse(truth);
  pleat_rigid_apply(&frame, ligand.centre, frame.translation);
  double score = pleat_dock_refine(&pleat_dock_standard_model, cells, &ligand.body, 20, 60, &frame).total;
  pleat_dock_cells_release(p->context, cells);
  pleat_dock_partner_release(p->context, &receptor);
  pleat_dock_partner_release(p->context, &ligand);
  return score;
}

static void report(proof *p, const pleat_dock *dock, const pleat_structure *turned, const pleat_rigid *truth, double bound,
                   double time) {
  double best = INFINITY;
  size_t first = 0;
  pleat_dock_pose top = pleat_dock_at(dock, 0);
  for (size_t i = 0; i < pleat_dock_count(dock); i++) {
    pleat_dock_pose pose = pleat_dock_at(dock, i);
    double rmsd = deviation(turned, truth, &pose);
    best = fmin(best, rmsd);
    if (rmsd < 10 && !first) first = i + 1;
  }
  p->complexes++;
  p->found += first > 0;
  printf("%s\t%zu\t%zu\t%.2f\t%zu\t%.1f\t%.1f\t%.1f\t%.1f\t%.1f\t%.1f\t%s\n", p->name, turned->residue_count,
         pleat_dock_rotation_count(dock), best, first, top.score, bound, top.shape, top.electrostatics, top.desolvation, time,
         first ? "found" : "MISSED");
  fflush(stdout);
}

static void dock_one(proof *p, const char *argument) {
  static const pleat_rigid stay = {{1, 0, 0, 0, 1, 0, 0, 0, 1}, {0, 0, 0}};
  const char *first = strchr(argument, ':'), *second = first ? strchr(first + 1, ':') : NULL;
  pleat_dock_settings settings = pleat_dock_defaults();
  pleat_structure *whole;
  pleat_dock *dock;
  char path[1024], chains[64];
  if (!second) exit((fprintf(stderr, "dockproof: %s: wants FILE:CHAINS:CHAINS\n", argument), 1));
  snprintf(path, sizeof path, "%.*s", (int)(first - argument), argument);
  snprintf(chains, sizeof chains, "%s:", second + 1);
  p->name = strrchr(path, '/') ? argument + (strrchr(path, '/') + 1 - path) : argument;
  check(p, pleat_structure_read(p->context, path, &whole));
  pleat_rigid truth = random_frame(p->name);
  pleat_structure *receptor = take(p, whole, first + 1, &stay), *ligand = take(p, whole, chains, &truth);
  double begin = benchmark_seconds(CLOCK_MONOTONIC);
  settings.angle = p->angle * M_PI / 180;
  check(p, pleat_dock_run(receptor, ligand, &settings, &dock));
  double time = benchmark_seconds(CLOCK_MONOTONIC) - begin;
  report(p, dock, ligand, &truth, bound_score(p, receptor, ligand, &truth), time);
  pleat_dock_free(dock);
  pleat_structure_free(receptor);
  pleat_structure_free(ligand);
  pleat_structure_free(whole);
}

int main(int argc, char **argv) {
  proof p = {.angle = 12};
  int i = 1;
  if (argc > 2 && !strcmp(argv[1], "--angle")) p.angle = strtod(argv[2], NULL), i = 3;
  if (pleat_context_create(NULL, &p.context)) return 1;
  printf("complex\tligand's residues\trotations\tbest RMSD of ten\tfirst below 10\tscore\tof the bound pose\tshape\telectrostatics\t"
         "desolvation\tseconds\tresult\n");
  for (; i < argc; i++) dock_one(&p, argv[i]);
  printf("# %zu of %zu found\n", p.found, p.complexes);
  pleat_context_free(p.context);
  return p.found == p.complexes && p.complexes ? 0 : 1;
}
