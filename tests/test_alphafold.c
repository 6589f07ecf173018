/* Tests of AlphaFold 2's network against whole runs of the published code: pass by pass, and from start to end.
 * SPDX-License-Identifier: MIT
 *
 * The recordings are large: $PLEAT_GOLDEN/alphafold2, or ../shared/golden beside the source. Each pass runs from the
 * recorded state and from our own; both may differ by at most 10 times the published code's own noise. */
#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/residue.h"
#include "folding/alphafold.h"
#include "folding/template_features.h"
#include "lib/dispatch.h"
#include "tests/alphafold_golden.h"
#include "tests/suites.h"

/* ---- Features ---- */

enum { MAX_ARRAYS = 64 };

/* One recorded run, its features of one pass, and every array read so far (freed together). */
typedef struct recorded_run {
  hid_t file;
  const char *name;
  bool multimer;
  int pass;
  pleat_alphafold_input input;
  void *taken[MAX_ARRAYS];
  int count;
} recorded_run;

static void keep(recorded_run *r, void *block) {
  CU_ASSERT_FATAL(block != NULL && r->count < MAX_ARRAYS);
  r->taken[r->count++] = block;
}

static void release(recorded_run *r) {
  while (r->count > 0) free(r->taken[--r->count]);
}

/* A feature of this pass: monomers have them all along the first axis. */
static const float *feature(recorded_run *r, const char *name, hsize_t shape[8]) {
  golden_array array;
  char path[80];
  snprintf(path, sizeof path, "features/%s", name);
  CU_ASSERT_TRUE_FATAL(golden_read(r->file, path, &array));
  keep(r, array.data);
  if (shape) memcpy(shape, array.shape + !r->multimer, 7 * sizeof *shape);
  return array.data + (r->multimer ? 0 : alphafold_count(&array) / (int64_t)array.shape[0] * r->pass);
}

static int32_t *whole_numbers(recorded_run *r, const float *x, int64_t count) {
  int32_t *made = malloc((size_t)count * sizeof *made);
  keep(r, made);
  for (int64_t i = 0; i < count; i++) made[i] = (int32_t)x[i];
  return made;
}

static uint8_t *small_numbers(recorded_run *r, const float *x, int64_t count) {
  uint8_t *made = malloc((size_t)count);
  keep(r, made);
  for (int64_t i = 0; i < count; i++) made[i] = (uint8_t)x[i];
  return made;
}

static void read_monomer(recorded_run *r) {
  pleat_alphafold_input *in = &r->input;
  hsize_t shape[8];
  in->msa_features = feature(r, "msa_feat", shape);
  in->sequences = (int64_t)shape[0];
  in->length = (int64_t)shape[1];
  in->msa_mask = feature(r, "msa_mask", NULL);
  in->target = feature(r, "target_feat", NULL);
  in->types = whole_numbers(r, feature(r, "aatype", NULL), in->length);
  in->index = whole_numbers(r, feature(r, "residue_index", NULL), in->length);
  in->mask = feature(r, "seq_mask", NULL);
  const float *extra = feature(r, "extra_msa", shape);
  in->extra_sequences = (int64_t)shape[0];
  in->extra_msa = small_numbers(r, extra, in->extra_sequences * in->length);
  in->extra_has_deletion = feature(r, "extra_has_deletion", NULL);
  in->extra_deletion = feature(r, "extra_deletion_value", NULL);
  in->extra_mask = feature(r, "extra_msa_mask", NULL);
}

static void read_templates(recorded_run *r) {
  pleat_alphafold_input *in = &r->input;
  hsize_t shape[8];
  if (H5Lexists(r->file, "features/template_aatype", H5P_DEFAULT) <= 0) return;
  const float *types = feature(r, "template_aatype", shape);
  in->templates = (int64_t)shape[0];
  in->template_types = whole_numbers(r, types, in->templates * in->length);
  in->template_positions = feature(r, "template_all_atom_positions", NULL);
  in->template_atoms = feature(r, r->multimer ? "template_all_atom_mask" : "template_all_atom_masks", NULL);
  if (!r->multimer) in->template_mask = feature(r, "template_mask", NULL);
}

/* A multimer's draws of this pass. */
static const float *draw(recorded_run *r, const char *name, hsize_t shape[8]) {
  golden_array array;
  char path[100];
  snprintf(path, sizeof path, "draws/recycle%d/%s", r->pass, name);
  CU_ASSERT_TRUE_FATAL(golden_read(r->file, path, &array));
  keep(r, array.data);
  if (shape) memcpy(shape, array.shape, 8 * sizeof *shape);
  return array.data;
}

/* Extra features (E,L,25) back to residues and deletions. */
static void read_extra(recorded_run *r, const float *features, int64_t count) {
  pleat_alphafold_input *in = &r->input;
  uint8_t *msa = malloc((size_t)count);
  float *has = malloc((size_t)count * sizeof *has), *deletion = malloc((size_t)count * sizeof *deletion);
  keep(r, msa);
  keep(r, has);
  keep(r, deletion);
  for (int64_t i = 0; i < count; i++, features += 25) {
    for (int k = 0; k < 23; k++)
      if (features[k] > 0) msa[i] = (uint8_t)k;
    has[i] = features[23];
    deletion[i] = features[24];
  }
  in->extra_msa = msa;
  in->extra_has_deletion = has;
  in->extra_deletion = deletion;
}

static void read_multimer(recorded_run *r) {
  pleat_alphafold_input *in = &r->input;
  hsize_t shape[8];
  in->msa_features = draw(r, "create_msa_feat/msa_feat", shape);
  in->sequences = (int64_t)shape[0];
  in->length = (int64_t)shape[1];
  in->msa_mask = draw(r, "sample_msa/msa_mask", NULL);
  in->types = whole_numbers(r, feature(r, "aatype", NULL), in->length);
  in->index = whole_numbers(r, feature(r, "residue_index", NULL), in->length);
  in->asym = whole_numbers(r, feature(r, "asym_id", NULL), in->length);
  in->entity = whole_numbers(r, feature(r, "entity_id", NULL), in->length);
  in->sym = whole_numbers(r, feature(r, "sym_id", NULL), in->length);
  in->mask = feature(r, "seq_mask", NULL);
  float *target = alphafold_copy(NULL, in->length * 21);
  keep(r, target);
  for (int64_t i = 0; i < in->length; i++) target[i * 21 + in->types[i]] = 1;
  in->target = target;
  const float *extra = draw(r, "create_extra_msa_feature/feat", shape);
  in->extra_sequences = (int64_t)shape[0];
  read_extra(r, extra, in->extra_sequences * in->length);
  in->extra_mask = draw(r, "create_extra_msa_feature/mask", NULL);
}

/* ---- A pass ---- */

/* Results of a pass, as recorded under recycle<pass>/out. */
typedef struct results {
  float *single, *pair, *first_row, *s, *positions;
  float *plddt_logits, *plddt, *distances, *errors, *masked, *resolved, *pae;
  pleat_aligned_error error;
} results;

static void take_results(recorded_run *r, const pleat_alphafold *n, results *out) {
  int64_t L = r->input.length, S = r->input.sequences, pairs = L * L;
  *out = (results){.single = alphafold_copy(NULL, L * n->single.linear.out), .pair = alphafold_copy(NULL, pairs * 128),
                   .first_row = alphafold_copy(NULL, L * 256), .s = alphafold_copy(NULL, L * 384),
                   .positions = alphafold_copy(NULL, L * 42), .plddt_logits = alphafold_copy(NULL, L * 50),
                   .plddt = alphafold_copy(NULL, L), .distances = alphafold_copy(NULL, pairs * 64),
                   .errors = alphafold_copy(NULL, pairs * 64), .masked = alphafold_copy(NULL, S * L * 23),
                   .resolved = alphafold_copy(NULL, L * 37), .pae = alphafold_copy(NULL, pairs)};
  float *all[] = {out->single, out->pair, out->first_row, out->s, out->positions, out->plddt_logits, out->plddt,
                  out->distances, out->errors, out->masked, out->resolved, out->pae};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) keep(r, all[i]);
  out->error.pae = out->pae;
}

static void copy_out(float *to, const float *from, int64_t count) { memcpy(to, from, (size_t)count * sizeof *to); }

/* Where a pass starts from. */
typedef struct start {
  bool started;
  const float *first_row, *z, *beta;
} start;

static void forward(pleat_run *run, const pleat_alphafold *n, const recorded_run *r, const start *from, results *out) {
  const pleat_alphafold_input *in = &r->input;
  int64_t L = in->length, pairs = L * L;
  size_t mark = pleat_arena_mark(run->arena);
  pleat_alphafold_state state;
  pleat_alphafold_output made;
  pleat_alphafold_state_take(run, n, L, &state);
  state.started = from->started;
  if (from->started && !pleat_run_idle(run)) {
    copy_out(state.first_row, from->first_row, L * 256);
    copy_out(state.z, from->z, pairs * 128);
    copy_out(state.beta, from->beta, L * 3);
  }
  pleat_alphafold_pass(run, n, in, NULL, &state, &made);
  pleat_alphafold_plddt_logits(run, &n->heads, L, made.structure.s, out->plddt_logits);
  pleat_alphafold_distance_logits(run, &n->heads, L, state.z, (int64_t[]){0, L}, out->distances);
  pleat_dense_forward(run, &n->heads.error, pairs, state.z, PLEAT_ACTIVATION_NONE, out->errors);
  pleat_dense_forward(run, &n->heads.masked_msa, in->sequences * L, made.m, PLEAT_ACTIVATION_NONE, out->masked);
  pleat_dense_forward(run, &n->heads.resolved, L, made.single, PLEAT_ACTIVATION_NONE, out->resolved);
  pleat_alphafold_error(run, &n->heads, L, state.z, in->asym, &out->error);
  if (!pleat_run_idle(run)) {
    pleat_alphafold_plddt(L, out->plddt_logits, out->plddt);
    copy_out(out->single, made.single, L * n->single.linear.out);
    copy_out(out->pair, state.z, pairs * 128);
    copy_out(out->first_row, state.first_row, L * 256);
    copy_out(out->s, made.structure.s, L * 384);
    copy_out(out->positions, made.structure.positions, L * 42);
  }
  pleat_arena_release(run->arena, mark);
}

static pleat_status measure_and_run(pleat_context *context, const pleat_alphafold *n, const recorded_run *r,
                                    const start *from, results *out) {
  pleat_arena measuring, arena;
  pleat_run run = {.context = context, .arena = &measuring, .threads = 1};
  PLEAT_TRY(pleat_dispatch_choose(context, &run.kernels));
  pleat_arena_init_measuring(&measuring);
  forward(&run, n, r, from, out);
  PLEAT_TRY(pleat_arena_create(context, measuring.peak, &arena));
  run.arena = &arena;
  forward(&run, n, r, from, out);
  CU_ASSERT_EQUAL(arena.used, 0);
  CU_ASSERT_EQUAL(arena.peak, measuring.peak);
  pleat_arena_free(context, &arena);
  return run.status;
}

/* ---- Comparison ---- */

/* Where an axis counts residues, padded ones mean nothing: they take the recorded values. */
static void forget_padding(const recorded_run *r, const golden_array *want, float *got) {
  int64_t L = r->input.length, inner = 1;
  bool residues[2];
  for (int d = 0; d < 2; d++) residues[d] = d < want->rank && (int64_t)want->shape[d] == L;
  for (int d = 2; d < want->rank; d++) inner *= (int64_t)want->shape[d];
  int64_t columns = want->rank > 1 ? (int64_t)want->shape[1] : 1;
  for (int64_t i = 0; want->rank > 0 && i < (int64_t)want->shape[0]; i++)
    for (int64_t j = 0; j < columns; j++)
      if ((residues[0] && r->input.mask[i] == 0) || (residues[1] && r->input.mask[j] == 0))
        copy_out(got + (i * columns + j) * inner, want->data + (i * columns + j) * inner, inner);
}

enum { ALLOWED = 10 };

/* At most ALLOWED times the noise is right. */
static void compare(const recorded_run *r, const char *path, const float *got) {
  golden_array want;
  if (!golden_read(r->file, path, &want)) return;
  float *copy = alphafold_copy(got, alphafold_count(&want));
  forget_padding(r, &want, copy);
  want.noise = want.valid_noise;
  double ratio = alphafold_ratio(copy, NULL, &want);
  if (getenv("PLEAT_VERBOSE")) printf("\n    %s %-50s %.2f", r->name, path, ratio);
  CU_ASSERT(ratio <= ALLOWED);
  golden_array_free(&want);
  free(copy);
}

static float *atom37(const recorded_run *r, const float *positions) {
  int64_t L = r->input.length;
  float *all = alphafold_copy(NULL, L * 111);
  for (int64_t i = 0; i < L; i++)
    for (int place = 0; place < 14; place++) {
      const char *name = pleat_residue_types[r->input.types[i]].atom14[place];
      if (name[0] && r->input.types[i] < 20)
        copy_out(all + (i * 37 + pleat_residue_atom37_index(name)) * 3, positions + (i * 14 + place) * 3, 3);
    }
  return all;
}

static void compare_results(const recorded_run *r, const results *out) {
  const struct {
    const char *name;
    const float *got;
  } rows[] = {{"representations/single", out->single}, {"representations/pair", out->pair},
              {"representations/msa_first_row", out->first_row}, {"representations/structure_module", out->s},
              {"predicted_lddt/logits", out->plddt_logits}, {"distogram/logits", out->distances},
              {"predicted_aligned_error/logits", out->errors}, {"masked_msa/logits", out->masked},
              {"experimentally_resolved/logits", out->resolved}};
  char path[100];
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    snprintf(path, sizeof path, "recycle%d/out/%s", r->pass, rows[i].name);
    compare(r, path, rows[i].got);
  }
  float *positions = atom37(r, out->positions);
  snprintf(path, sizeof path, "recycle%d/out/structure_module/final_atom_positions", r->pass);
  compare(r, path, positions);
  free(positions);
}

static void compare_final(const recorded_run *r, const results *out) {
  const float ptm = (float)out->error.ptm, iptm = (float)out->error.iptm;
  compare(r, "final/plddt", out->plddt);
  compare(r, "final/predicted_aligned_error", out->pae);
  /* their noise is that of the sums in double: below what float32 can say */
  golden_array want;
  CU_ASSERT_TRUE_FATAL(golden_read(r->file, "final/ptm", &want));
  CU_ASSERT_DOUBLE_EQUAL(ptm, want.data[0], 1e-6);
  golden_array_free(&want);
  if (!golden_read(r->file, "final/iptm", &want)) return;
  CU_ASSERT_DOUBLE_EQUAL(iptm, want.data[0], 1e-6);
  golden_array_free(&want);
}

/* ---- Runs ---- */

static float *beta_of(recorded_run *r, const float *atoms, int stride, int ca, int cb) {
  int64_t L = r->input.length;
  float *beta = alphafold_copy(NULL, L * 3);
  keep(r, beta);
  for (int64_t i = 0; i < L; i++)
    copy_out(beta + 3 * i, atoms + (i * stride + (r->input.types[i] == 7 ? ca : cb)) * 3, 3);
  return beta;
}

/* The recorded state that pass r->pass started from; false when not all of it was recorded. */
static bool read_start(recorded_run *r, start *from) {
  static const char *const names[] = {"prev_msa_first_row", "prev_pair", "prev_pos"};
  golden_array arrays[3];
  *from = (start){.started = r->pass > 0};
  for (int i = 0; i < 3 && from->started; i++) {
    char path[60];
    snprintf(path, sizeof path, "recycle%d/in/%s", r->pass, names[i]);
    if (!golden_read(r->file, path, &arrays[i])) return false;
    keep(r, arrays[i].data);
  }
  if (!from->started) return true;
  from->first_row = arrays[0].data;
  from->z = arrays[1].data;
  from->beta = beta_of(r, arrays[2].data, 37, 1, 3);
  return true;
}

static void read_features(recorded_run *r) {
  r->input = (pleat_alphafold_input){0};
  r->multimer ? read_multimer(r) : read_monomer(r);
  read_templates(r);
}

static void compare_run(const char *folder, const char *name, bool multimer, int passes) {
  char path[1200];
  pleat_context *context;
  alphafold_files f;
  pleat_alphafold *network;
  recorded_run r = {.name = name, .multimer = multimer}, own;
  start next = {0};
  CU_ASSERT_EQUAL_FATAL(pleat_context_create(NULL, &context), PLEAT_OK);
  CU_ASSERT_TRUE_FATAL(alphafold_files_open(context, folder, &f));
  snprintf(path, sizeof path, "%s/%s.h5", folder, name);
  r.file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
  CU_ASSERT_FATAL(r.file >= 0);
  pleat_status status = pleat_alphafold_load(context, f.parameters[multimer], &network);
  if (status) printf("\n    %s", pleat_context_error(context));
  CU_ASSERT_EQUAL_FATAL(status, PLEAT_OK);
  own = r;
  for (r.pass = 0; r.pass < passes; r.pass++) {
    start from;
    results out, chained;
    read_features(&r);
    if (r.pass > 0 && read_start(&r, &from)) {
      take_results(&r, network, &out);
      CU_ASSERT_EQUAL(measure_and_run(context, network, &r, &from, &out), PLEAT_OK);
      compare_results(&r, &out);
    }
    /* from our own state: its arrays live until the next pass is done */
    recorded_run before = own;
    own = r;
    own.count = 0;
    take_results(&own, network, &chained);
    CU_ASSERT_EQUAL(measure_and_run(context, network, &r, &next, &chained), PLEAT_OK);
    compare_results(&r, &chained);
    if (r.pass == passes - 1) compare_final(&r, &chained);
    next = (start){true, chained.first_row, chained.pair, beta_of(&own, chained.positions, 14, 1, 4)};
    release(&before);
    release(&r);
  }
  release(&own);
  H5Fclose(r.file);
  pleat_alphafold_free(context, network);
  alphafold_files_close(&f);
  pleat_context_free(context);
}

static void test_monomer_without_templates(void) {
  char folder[1024];
  if (alphafold_whole_folder(folder, sizeof folder)) compare_run(folder, "mono_notmpl_pad", false, 2);
}

static void test_monomer_with_templates(void) {
  char folder[1024];
  if (alphafold_whole_folder(folder, sizeof folder)) compare_run(folder, "mono_tmpl", false, 4);
}

static void test_multimer(void) {
  char folder[1024];
  if (alphafold_whole_folder(folder, sizeof folder)) compare_run(folder, "multi_a2b", true, 3);
}

/* ---- Templates ---- */

/* Angles whose mask is 0 mean nothing: rounding errors of an undefined direction. */
static void compare_torsions(hid_t file, const char *chain, const pleat_template_atoms *atoms) {
  static const char *const names[] = {"torsion_angles_sin_cos", "torsion_angles_mask"};
  golden_array want[2];
  float *got = alphafold_copy(NULL, atoms->length * 14), *mask = alphafold_copy(NULL, atoms->length * 7);
  char path[120];
  for (int i = 0; i < 2; i++) {
    snprintf(path, sizeof path, "torsion_angles/%s/out/%s", chain, names[i]);
    CU_ASSERT_TRUE_FATAL(golden_read(file, path, &want[i]));
  }
  pleat_template_torsions(atoms, got, mask);
  CU_ASSERT_EQUAL(memcmp(mask, want[1].data, (size_t)atoms->length * 7 * sizeof *mask), 0);
  for (int64_t i = 0; i < atoms->length * 14; i++)
    if (mask[i / 2] == 0) got[i] = want[0].data[i];
  CU_ASSERT(alphafold_ratio(got, NULL, &want[0]) <= ALLOWED);
  for (int i = 0; i < 2; i++) golden_array_free(&want[i]);
  free(got);
  free(mask);
}

static void compare_beta(hid_t file, const char *chain, const pleat_template_atoms *atoms) {
  static const char *const names[] = {"pseudo_beta", "mask"};
  golden_array want[2];
  float *got = alphafold_copy(NULL, atoms->length * 3), *mask = alphafold_copy(NULL, atoms->length);
  char path[120];
  for (int i = 0; i < 2; i++) {
    snprintf(path, sizeof path, "pseudo_beta/%s/out/%s", chain, names[i]);
    CU_ASSERT_TRUE_FATAL(golden_read(file, path, &want[i]));
  }
  pleat_template_beta(atoms, got, mask);
  CU_ASSERT_EQUAL(memcmp(got, want[0].data, (size_t)atoms->length * 3 * sizeof *got), 0);
  CU_ASSERT_EQUAL(memcmp(mask, want[1].data, (size_t)atoms->length * sizeof *mask), 0);
  for (int i = 0; i < 2; i++) golden_array_free(&want[i]);
  free(got);
  free(mask);
}

static void compare_frames(hid_t file, const char *chain, const pleat_template_atoms *atoms) {
  golden_array want;
  float *got = alphafold_copy(NULL, atoms->length * 12), *mask = alphafold_copy(NULL, atoms->length);
  float *rows = alphafold_copy(NULL, atoms->length * 12);
  char path[120];
  snprintf(path, sizeof path, "multimer_backbone_affine/%s/out/rigid3x4", chain);
  CU_ASSERT_TRUE_FATAL(golden_read(file, path, &want));
  pleat_template_frames(atoms, got, mask);
  for (int64_t i = 0; i < atoms->length * 12; i++) { /* (3,4): a row of the rotation, a number of the translation */
    int64_t row = i % 12 / 4, column = i % 4;
    rows[i] = mask[i / 12] == 0 ? want.data[i] : got[i / 12 * 12 + (column == 3 ? 9 + row : 3 * row + column)];
  }
  CU_ASSERT(alphafold_ratio(rows, NULL, &want) <= ALLOWED);
  golden_array_free(&want);
  free(got);
  free(mask);
  free(rows);
}

static void test_template_features(void) {
  static const char *const chains[] = {"2q2k_A", "3u8v_A", "4zey_A"};
  char folder[1024], path[1100];
  if (!alphafold_whole_folder(folder, sizeof folder)) return;
  snprintf(path, sizeof path, "%s/geometry.h5", folder);
  hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
  CU_ASSERT_FATAL(file >= 0);
  for (int c = 0; c < 3; c++) {
    recorded_run r = {.file = file};
    golden_array arrays[3];
    static const char *const names[] = {"aatype", "atom37_positions", "atom37_mask"};
    for (int i = 0; i < 3; i++) {
      snprintf(path, sizeof path, "torsion_angles/%s/in/%s", chains[c], names[i]);
      CU_ASSERT_TRUE_FATAL(golden_read(file, path, &arrays[i]));
      keep(&r, arrays[i].data);
    }
    int64_t length = (int64_t)arrays[0].shape[0];
    const pleat_template_atoms atoms = {length, whole_numbers(&r, arrays[0].data, length), arrays[1].data,
                                        arrays[2].data};
    compare_torsions(file, chains[c], &atoms);
    compare_beta(file, chains[c], &atoms);
    compare_frames(file, chains[c], &atoms);
    release(&r);
  }
  H5Fclose(file);
}

/* ---- Small pieces ---- */

static void test_distance_bins(void) {
  CU_ASSERT_EQUAL(pleat_alphafold_distance_bin(0, 15), -1);
  CU_ASSERT_EQUAL(pleat_alphafold_distance_bin(3.25f * 3.25f, 15), -1);
  CU_ASSERT_EQUAL(pleat_alphafold_distance_bin(3.3f * 3.3f, 15), 0);
  CU_ASSERT_EQUAL(pleat_alphafold_distance_bin(4.6f * 4.6f, 15), 1);
  CU_ASSERT_EQUAL(pleat_alphafold_distance_bin(4.5f * 4.5f, 15), -1);
  CU_ASSERT_EQUAL(pleat_alphafold_distance_bin(900, 15), 14);
  CU_ASSERT_EQUAL(pleat_alphafold_distance_bin(900, 39), 21);
}

static void test_plddt_of_sure_logits(void) {
  float logits[2 * PLEAT_PLDDT_BINS] = {0}, plddt[2];
  logits[PLEAT_PLDDT_BINS - 1] = 100;
  pleat_alphafold_plddt(2, logits, plddt);
  CU_ASSERT_DOUBLE_EQUAL(plddt[0], 99, 1e-5);
  CU_ASSERT_DOUBLE_EQUAL(plddt[1], 50, 1e-5);
}

static void test_other_files_are_refused(void) {
  pleat_context *context;
  pleat_weights *weights;
  pleat_alphafold *network;
  CU_ASSERT_EQUAL_FATAL(pleat_context_create(NULL, &context), PLEAT_OK);
  CU_ASSERT_EQUAL_FATAL(pleat_weights_create(context, "other.npz", &weights), PLEAT_OK);
  CU_ASSERT_EQUAL(pleat_alphafold_load(context, weights, &network), PLEAT_ERROR_SHAPE);
  CU_ASSERT_PTR_NULL(network);
  CU_ASSERT_PTR_NOT_NULL(strstr(pleat_context_error(context), "no parameter file of AlphaFold 2"));
  pleat_weights_free(weights);
  pleat_context_free(context);
}

void suite_alphafold(void) {
  CU_pSuite suite = CU_add_suite("alphafold", NULL, NULL);
  CU_add_test(suite, "monomer without templates, padded", test_monomer_without_templates);
  CU_add_test(suite, "monomer with templates", test_monomer_with_templates);
  CU_add_test(suite, "multimer", test_multimer);
  CU_add_test(suite, "template features", test_template_features);
  CU_add_test(suite, "distance bins", test_distance_bins);
  CU_add_test(suite, "pLDDT of sure logits", test_plddt_of_sure_logits);
  CU_add_test(suite, "other files are refused", test_other_files_are_refused);
}
