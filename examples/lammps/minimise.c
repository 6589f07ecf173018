/* A prediction handed to LAMMPS in memory: the backbone with the bond lengths of good structures and a pull towards where it was
 * predicted is minimised; FlashABB's short peptide bonds become sane. minimise HEAVY:LIGHT
 * SPDX-License-Identifier: MIT
 *
 * mpicc minimise.c $(pkg-config --cflags --libs pleat) -llammps -lm */
#define LAMMPS_LIB_MPI 1 /* declares lammps_open() */
#include <lammps/library.h>
#include <math.h>
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pleat.h"

enum { BACKBONE = 4, PAIRS = 7 };
static const char *const names[BACKBONE] = {"N", "CA", "C", "O"};

/* Bonds, and angles as distances of second neighbours, in angstrom (Engh & Huber 1991); `next`: to the next residue. */
static const struct { int from, to, next; double length; } pairs[PAIRS] = {
    {0, 1, 0, 1.458}, {1, 2, 0, 1.525}, {2, 3, 0, 1.231}, {2, 0, 1, 1.329}, {0, 2, 0, 2.461}, {1, 0, 1, 2.425}, {2, 1, 1, 2.435}};

typedef struct backbone {
  int residues;
  double *x;    /* (residues,4,3) */
  char *chain;  /* (residues) */
} backbone;

static backbone take_backbone(const pleat_structure *structure) {
  size_t atoms = pleat_structure_atom_count(structure);
  backbone b = {0, calloc(atoms * BACKBONE * 3, sizeof *b.x), calloc(atoms + 1, 1)};
  int last = -1, seen = 0;
  for (size_t i = 0; b.x && b.chain && i < atoms; i++) {
    pleat_atom atom = pleat_structure_atom(structure, i);
    if (!seen || atom.residue_number != last || atom.chain[0] != b.chain[b.residues - 1]) b.chain[b.residues++] = atom.chain[0];
    seen = 1, last = atom.residue_number;
    for (int k = 0; k < BACKBONE; k++)
      if (!strcmp(atom.name, names[k])) memcpy(b.x + 3 * ((b.residues - 1) * BACKBONE + k), atom.position, sizeof atom.position);
  }
  return b;
}

/* Whether pair `p` of the residue is there: chains end. */
static int has_pair(const backbone *b, int residue, int p) {
  return !pairs[p].next || (residue + 1 < b->residues && b->chain[residue] == b->chain[residue + 1]);
}

static double mean_length(const backbone *b, const double *x, int p) {
  double sum = 0;
  int count = 0;
  for (int r = 0; r < b->residues; r++) {
    if (!has_pair(b, r, p)) continue;
    const double *i = x + 3 * (r * BACKBONE + pairs[p].from), *j = x + 3 * ((r + pairs[p].next) * BACKBONE + pairs[p].to);
    sum += sqrt((i[0] - j[0]) * (i[0] - j[0]) + (i[1] - j[1]) * (i[1] - j[1]) + (i[2] - j[2]) * (i[2] - j[2]));
    count++;
  }
  return count ? sum / count : 0;
}

static void set_up(void *lammps, const backbone *b) {
  static const char *const commands[] = {
      "units real", "atom_style bond", "atom_modify map array sort 0 0", "boundary s s s",
      "region box block -500 500 -500 500 -500 500", "create_box 1 box bond/types 7 extra/bond/per/atom 12 extra/special/per/atom 60",
      "mass 1 12.0", "special_bonds lj 0 0 0", "pair_style soft 2.6", "pair_coeff 1 1 20.0", "bond_style harmonic", "fix hold all spring/self 1.0",
      "fix_modify hold energy yes"};
  char line[160];
  int count = b->residues * BACKBONE, *ids = calloc((size_t)count, sizeof *ids), *types = calloc((size_t)count, sizeof *types);
  for (int i = 0; i < count; i++) ids[i] = i + 1, types[i] = 1;
  for (int i = 0; i < 11; i++) lammps_command(lammps, commands[i]);
  lammps_create_atoms(lammps, count, ids, types, b->x, NULL, NULL, 0);
  for (int p = 0; p < PAIRS; p++) {
    snprintf(line, sizeof line, "bond_coeff %d 300.0 %.4f", p + 1, pairs[p].length);
    lammps_command(lammps, line);
  }
  for (int r = 0; r < b->residues; r++)
    for (int p = 0; p < PAIRS; p++) {
      if (!has_pair(b, r, p)) continue;
      int last = r == b->residues - 1 && p == 4; /* neighbour lists are made once, with the last one */
      snprintf(line, sizeof line, "create_bonds single/bond %d %d %d special %s", p + 1, r * BACKBONE + pairs[p].from + 1,
               (r + pairs[p].next) * BACKBONE + pairs[p].to + 1, last ? "yes" : "no");
      lammps_command(lammps, line);
    }
  lammps_command(lammps, commands[11]);
  lammps_command(lammps, commands[12]);
  free(ids);
  free(types);
}

/* 0 when LAMMPS minimised it. */
static int minimise(const backbone *b) {
  char *arguments[] = {"lmp", "-log", "none", "-screen", "none"}, sentence[256] = "";
  void *lammps = lammps_open(5, arguments, MPI_COMM_WORLD, NULL);
  size_t count = (size_t)(b->residues * BACKBONE * 3);
  double *moved = calloc(count, sizeof *moved), square = 0, before, after;
  set_up(lammps, b);
  lammps_command(lammps, "run 0");
  before = lammps_get_thermo(lammps, "pe");
  lammps_command(lammps, "minimize 1e-8 1e-6 2000 20000");
  after = lammps_get_thermo(lammps, "pe");
  int bad = lammps_has_error(lammps);
  if (bad) lammps_get_last_error_message(lammps, sentence, sizeof sentence), fprintf(stderr, "LAMMPS: %s\n", sentence);
  lammps_gather_atoms(lammps, "x", 1, 3, moved);
  for (size_t i = 0; i < count; i++) square += (moved[i] - b->x[i]) * (moved[i] - b->x[i]);
  printf("%d residues, %.1f -> %.1f kcal/mol, peptide bonds %.3f -> %.3f angstrom, atoms moved by %.3f\n", b->residues, before,
         after, mean_length(b, b->x, 3), mean_length(b, moved, 3), sqrt(3 * square / (double)count));
  free(moved);
  lammps_close(lammps);
  return bad;
}

int main(int count, char **argv) {
  pleat_context *context;
  pleat_model *model;
  pleat_query *query;
  pleat_result *result;
  MPI_Init(&count, &argv);
  if (count != 2) return fprintf(stderr, "usage: minimise HEAVY:LIGHT\n"), MPI_Abort(MPI_COMM_WORLD, 1);
  if (pleat_context_create(NULL, &context)) return MPI_Abort(MPI_COMM_WORLD, 2);
  if (pleat_model_open(context, "flashabb", &model) || pleat_query_create(context, "for_lammps", argv[1], &query) ||
      pleat_predict(model, (const pleat_query *const *)&query, 1, &result)) {
    fprintf(stderr, "%s\n", pleat_context_error(context));
    return MPI_Abort(MPI_COMM_WORLD, 2);
  }
  backbone b = take_backbone(pleat_result_structure(result));
  int bad = minimise(&b);
  free(b.x);
  free(b.chain);
  pleat_result_free(result);
  pleat_query_free(query);
  pleat_model_free(model);
  pleat_context_free(context);
  MPI_Finalize();
  return bad;
}
