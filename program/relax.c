/* Relaxation of predictions by GROMACS: pdb2gmx, editconf, grompp, mdrun in a temporary folder.
 * SPDX-License-Identifier: MIT */
#include "program/relax.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "program/output.h"
#include "program/tool.h"

/* Steepest descent in vacuum; a plain cut-off with a reaction field keeps far charges from being lost abruptly. */
static const char minimisation[] =
    "define = -DPOSRES\nintegrator = steep\nnsteps = 500\nemtol = 10\nemstep = 0.01\ncutoff-scheme = Verlet\n"
    "coulombtype = Reaction-Field\nepsilon_rf = 0\nrcoulomb = 1.2\nrvdw = 1.2\npbc = xyz\nrefcoord_scaling = com\n";

/* What GROMACS calls atoms of the heavy chain ends and of isoleucine otherwise than the PDB. */
static const char *pdb_name(const char *residue, const char *name) {
  if (!strcmp(name, "OC1")) return "O";
  if (!strcmp(name, "OC2")) return "OXT";
  return !strcmp(residue, "ILE") && !strcmp(name, "CD") ? "CD1" : name;
}

bool pleat_relax_wanted(const pleat_settings *settings) {
  const char *text = settings->options->values[PLEAT_OPTION_RELAX];
  return text && strcmp(text, "none") != 0;
}

int pleat_relax_check(const pleat_settings *settings) {
  const char *text = settings->options->values[PLEAT_OPTION_RELAX];
  if (!pleat_relax_wanted(settings)) return PLEAT_EXIT_DONE;
  if (strcmp(text, "gromacs"))
    fprintf(stderr, "pleat predict: --relax wants gromacs or none, not '%s'\n", text);
  else if (!pleat_tool_find("gmx"))
    fprintf(stderr, "pleat predict: --relax gromacs runs the program gmx, which is not in PATH; install GROMACS, or leave "
                    "the option out\n");
  else
    return PLEAT_EXIT_DONE;
  return PLEAT_EXIT_USAGE;
}

/* ---- The five commands; .g96 files have more digits than .gro ---- */

static bool run_all(const char *folder) {
  static const char *const commands[][20] = {
      {"gmx", "-quiet", "-nobackup", "pdb2gmx", "-f", "in.pdb", "-o", "all.g96", "-p", "all.top", "-i", "all.itp", "-ff",
       "amber99sb-ildn", "-water", "none", "-ignh", NULL},
      {"gmx", "-quiet", "-nobackup", "editconf", "-f", "all.g96", "-o", "box.g96", "-d", "3.0", "-c", NULL},
      {"gmx", "-quiet", "-nobackup", "grompp", "-f", "em.mdp", "-c", "box.g96", "-r", "box.g96", "-p", "all.top", "-o",
       "em.tpr", "-maxwarn", "3", NULL},
      {"gmx", "-quiet", "-nobackup", "mdrun", "-deffnm", "em", "-c", "em.g96", "-ntmpi", "1", "-ntomp", "1", "-reprod", NULL},
      {"gmx", "-quiet", "-nobackup", "editconf", "-f", "em.g96", "-o", "em.pdb", NULL}};
  for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
    if (!pleat_tool_run(commands[i], folder, "gmx.log")) return false;
  return true;
}

/* The line after "Fatal error:", or the last one. */
static char *find_reason(const char *folder) {
  char *path = pleat_output_path("%s/gmx.log", folder), *line = NULL, *reason = pleat_output_path("it said nothing");
  FILE *file = fopen(path, "r");
  size_t size = 0;
  bool fatal = false;
  while (file && getline(&line, &size, file) >= 0) {
    line[strcspn(line, "\r\n")] = 0;
    if (!*line) continue;
    if (fatal || !strstr(reason, "rror")) free(reason), reason = pleat_output_path("%s", line);
    if (fatal) break;
    fatal = strstr(line, "Fatal error:") || strstr(line, "Error in user input:");
  }
  if (file) fclose(file);
  free(line);
  free(path);
  return reason;
}

/* "Potential Energy  = -2.3e+04" of the minimiser's log; NAN: not there. */
static double read_energy(const char *folder) {
  char *path = pleat_output_path("%s/em.log", folder), *line = NULL;
  FILE *file = fopen(path, "r");
  size_t size = 0;
  double energy = NAN;
  while (file && getline(&line, &size, file) >= 0)
    if (!strncmp(line, "Potential Energy", 16) && strchr(line, '=')) energy = strtod(strchr(line, '=') + 1, NULL);
  if (file) fclose(file);
  free(line);
  free(path);
  return energy;
}

/* ---- The relaxed atoms under the prediction's names ---- */

static bool same_residue(const pleat_atom *a, const pleat_atom *b) {
  return a->residue_number == b->residue_number && !strcmp(a->residue_name, b->residue_name) &&
         !strcmp(a->chain, b->chain) && a->insertion_code == b->insertion_code;
}

/* Index of the first atom of the next residue. */
static size_t next_residue(const pleat_structure *structure, size_t at) {
  pleat_atom first = pleat_structure_atom(structure, at);
  size_t count = pleat_structure_atom_count(structure);
  for (at++; at < count; at++) {
    pleat_atom atom = pleat_structure_atom(structure, at);
    if (!same_residue(&first, &atom)) break;
  }
  return at;
}

/* What becomes of the relaxed atoms on their way to the file: back to where the prediction lies. */
typedef struct printer {
  FILE *out;
  const pleat_comparison *back;
  int serial;
} printer;

static double back_to(const pleat_comparison *back, const double *position, int axis) {
  const double *row = back->rotation[axis];
  return row[0] * position[0] + row[1] * position[1] + row[2] * position[2] + back->translation[axis];
}

static void print_residue(printer *p, const pleat_structure *relaxed, size_t from, size_t to, pleat_atom as) {
  for (size_t i = from; i < to; i++) {
    pleat_atom atom = pleat_structure_atom(relaxed, i);
    const char *name = pdb_name(as.residue_name, atom.name);
    if (atom.name[0] == 'H' || (atom.name[0] >= '0' && atom.name[0] <= '9')) continue;
    fprintf(p->out, "ATOM  %5d  %-3s %3.3s %c%4d%c   %8.3f%8.3f%8.3f%6.2f%6.2f          %2.1s\n", p->serial++ % 100000,
            name, as.residue_name, *as.chain ? *as.chain : ' ', as.residue_number, as.insertion_code,
            back_to(p->back, atom.position, 0), back_to(p->back, atom.position, 1), back_to(p->back, atom.position, 2), 1.0,
            (double)as.b_factor, name);
  }
}

/* Residues are in the prediction's order: GROMACS keeps that and nothing else of chains. */
static bool print_atoms(printer *p, const pleat_structure *relaxed, const pleat_structure *predicted) {
  size_t a = 0, b = 0, as = pleat_structure_atom_count(predicted), bs = pleat_structure_atom_count(relaxed);
  while (a < as && b < bs) {
    size_t next_a = next_residue(predicted, a), next_b = next_residue(relaxed, b);
    pleat_atom atom = pleat_structure_atom(predicted, a);
    print_residue(p, relaxed, b, next_b, atom);
    bool ends = next_a >= as || strcmp(pleat_structure_atom(predicted, next_a).chain, atom.chain) != 0;
    if (ends) fprintf(p->out, "TER   %5d      %3.3s %c%4d%c\n", p->serial++ % 100000, atom.residue_name,
                      *atom.chain ? *atom.chain : ' ', atom.residue_number, atom.insertion_code);
    a = next_a, b = next_b;
  }
  fprintf(p->out, "END\n");
  return a == as && b == bs;
}

/* The text of the file without its REMARKs, NULL after a sentence; the caller frees it. */
static char *list_atoms(const pleat_structure *relaxed, const pleat_result *result, const pleat_comparison *back) {
  char *text = NULL;
  size_t size;
  FILE *out = open_memstream(&text, &size);
  if (!out) abort();
  printer p = {out, back, 1};
  bool whole = print_atoms(&p, relaxed, pleat_result_structure(result));
  if (fclose(out)) abort();
  if (whole) return text;
  fprintf(stderr, "pleat predict: %s: GROMACS gave other residues than it got\n", pleat_result_name(result));
  free(text);
  return NULL;
}

/* How far the atoms of the file moved, and the motion that lays it back. */
static bool compare(const pleat_settings *settings, const char *path, const pleat_result *result, pleat_comparison *moved) {
  pleat_structure *written;
  pleat_status status = pleat_structure_read(settings->context, path, &written);
  if (status) return pleat_settings_fail(settings, status), false;
  status = pleat_structure_compare(written, pleat_result_structure(result), moved, NULL, 0);
  if (status) pleat_settings_fail(settings, status);
  pleat_structure_free(written);
  return !status;
}

/* Names the atoms first: only under the prediction's names can they be compared with it. */
static bool lay_back(const pleat_settings *settings, const pleat_structure *relaxed, const pleat_result *result,
                     const char *folder, pleat_comparison *moved) {
  const pleat_comparison nowhere = {.rotation = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
  char *atoms = list_atoms(relaxed, result, &nowhere), *path = pleat_output_path("%s/named.pdb", folder);
  bool ok = atoms && pleat_output_write(path, atoms, strlen(atoms)) && compare(settings, path, result, moved);
  free(atoms);
  free(path);
  return ok;
}

static bool write_relaxed(const pleat_settings *settings, const pleat_result *result, const char *folder, const char *path) {
  pleat_comparison moved = {0};
  pleat_structure *relaxed;
  char *made = pleat_output_path("%s/em.pdb", folder);
  pleat_status status = pleat_structure_read(settings->context, made, &relaxed);
  free(made);
  if (status) return pleat_settings_fail(settings, status), false;
  char *atoms = lay_back(settings, relaxed, result, folder, &moved) ? list_atoms(relaxed, result, &moved) : NULL;
  pleat_structure_free(relaxed);
  if (!atoms) return false;
  double energy = read_energy(folder);
  char *text = pleat_output_path("HEADER    RELAXED PREDICTION\nREMARK   1 RELAXED BY GROMACS, AMBER99SB-ILDN IN VACUUM: %.6g KJ/MOL\n"
                                 "REMARK   1 RMSD TO THE PREDICTION %.3f ANGSTROM (CA), %.3f (ALL HEAVY ATOMS)\n%s",
                                 energy, moved.rmsd_ca, moved.rmsd_all, atoms);
  bool ok = pleat_output_write(path, text, strlen(text));
  if (ok)
    pleat_settings_log(settings, "%s relaxed by GROMACS: %.6g kJ/mol, RMSD to the prediction %.3f angstrom (CA), %.3f (all)",
                       pleat_result_name(result), energy, moved.rmsd_ca, moved.rmsd_all);
  free(text);
  free(atoms);
  return ok;
}

/* ---- In a temporary folder ---- */

static bool write_inputs(const pleat_settings *settings, const pleat_result *result, const char *folder) {
  char *structure = pleat_output_path("%s/in.pdb", folder), *run = pleat_output_path("%s/em.mdp", folder);
  pleat_status status = pleat_result_write(result, structure);
  if (status) pleat_settings_fail(settings, status);
  bool ok = !status && pleat_output_write(run, minimisation, strlen(minimisation));
  free(structure);
  free(run);
  return ok;
}

bool pleat_relax_write(const pleat_settings *settings, const pleat_result *result, const char *path) {
  const char *place = getenv("TMPDIR");
  char *folder = pleat_output_path("%s/pleat-relax-XXXXXX", place && *place ? place : "/tmp");
  if (!mkdtemp(folder)) {
    fprintf(stderr, "pleat predict: cannot make the folder '%s': %s\n", folder, strerror(errno));
    free(folder);
    return false;
  }
  bool ok = write_inputs(settings, result, folder), ran = ok && run_all(folder);
  if (ok && !ran) {
    char *reason = find_reason(folder);
    fprintf(stderr, "pleat predict: %s: GROMACS could not relax it: %s\n", pleat_result_name(result), reason);
    free(reason);
  }
  ok = ran && write_relaxed(settings, result, folder, path);
  pleat_tool_remove_folder(folder);
  free(folder);
  return ok;
}
