/* Tests of complexes: chains numbered, features in the query's order, scores of chains, stored and padded features.
 * SPDX-License-Identifier: MIT
 *
 * Whole predictions run with random parameters of one block a stack (tests/random_alphafold.h). */
#include <CUnit/CUnit.h>
#include <hdf5.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "folding/alphafold_complex.h"
#include "folding/alphafold_features.h"
#include "folding/alphafold_heads.h"
#include "lib/dispatch.h"
#include "lib/random.h"
#include "msa/msa.h"
#include "tests/faults.h"
#include "tests/golden_file.h"
#include "tests/random_alphafold.h"
#include "tests/suites.h"

#define MODEL "alphafold2_multimer_v3_model_1"

static char folder[] = "/tmp/pleat-multimer-XXXXXX";

static const char *path_of(const char *name) {
  static char paths[4][200];
  static int next;
  char *path = paths[next = (next + 1) % 4];
  snprintf(path, sizeof paths[0], "%s/%s", folder, name);
  return path;
}

static int make_folder(void) {
  pleat_context *context;
  if (!mkdtemp(folder) || pleat_context_create(NULL, &context)) return 1;
  pleat_status status = random_alphafold_write(context, folder, MODEL);
  if (status) fprintf(stderr, "%s\n", pleat_context_error(context));
  pleat_context_free(context);
  return status != PLEAT_OK;
}

static int remove_folder(void) {
  unlink(path_of(MODEL ".h5"));
  return rmdir(folder);
}

static pleat_context *new_context(void) {
  pleat_context *context;
  CU_ASSERT_EQUAL_FATAL(pleat_context_create(NULL, &context), PLEAT_OK);
  CU_ASSERT_EQUAL_FATAL(pleat_context_set_models_dir(context, folder), PLEAT_OK);
  return context;
}

/* ---- Chains ---- */

static void check_chains(const pleat_features *f) {
  static const int32_t asym[] = {1, 1, 1, 2, 2, 3, 3, 3, 4}, entity[] = {1, 1, 1, 2, 2, 1, 1, 1, 3};
  static const int32_t sym[] = {1, 1, 1, 1, 1, 2, 2, 2, 1}, index[] = {0, 1, 2, 0, 1, 0, 1, 2, 0};
  static const char *const names[] = {"A", "B", "C", "D"};
  CU_ASSERT_EQUAL_FATAL(f->length, 9);
  CU_ASSERT_EQUAL_FATAL(f->chains, 4);
  CU_ASSERT_EQUAL(memcmp(f->asym, asym, sizeof asym), 0);
  CU_ASSERT_EQUAL(memcmp(f->entity, entity, sizeof entity), 0);
  CU_ASSERT_EQUAL(memcmp(f->sym, sym, sizeof sym), 0);
  CU_ASSERT_EQUAL(memcmp(f->index, index, sizeof index), 0);
  for (int c = 0; c < 4; c++) CU_ASSERT_STRING_EQUAL(f->chain_id[c], names[c]);
}

static pleat_status number_query(pleat_context *context, const char *sequence, pleat_pool *pool, pleat_features *f) {
  pleat_query *query = NULL;
  pleat_pool_init(pool, context, 0);
  pleat_status status = pleat_query_create(context, "q", sequence, &query);
  if (!status) status = pleat_query_set_msa(query, NULL);
  if (!status) status = pleat_features_alphafold_multimer(context, query, pool, f);
  pleat_query_free(query);
  return status;
}

static void test_chains_are_numbered(void) {
  pleat_context *context = new_context();
  pleat_pool pool;
  pleat_features f;
  CU_ASSERT_EQUAL_FATAL(number_query(context, "ACD::EF:ACD:G:", &pool, &f), PLEAT_OK);
  check_chains(&f);
  pleat_pool_free(&pool);
  char many[200] = "A";
  for (int c = 1; c < 63; c++) strcat(many, ":A");
  CU_ASSERT_EQUAL(number_query(context, many, &pool, &f), PLEAT_ERROR_INPUT);
  CU_ASSERT_PTR_NOT_NULL(strstr(pleat_context_error(context), "has 63 chains; at most 62"));
  pleat_pool_free(&pool);
  many[strlen(many) - 2] = 0;
  CU_ASSERT_EQUAL_FATAL(number_query(context, many, &pool, &f), PLEAT_OK);
  CU_ASSERT_STRING_EQUAL(f.chain_id[61], "9");
  CU_ASSERT_EQUAL(f.entity[61], 1);
  CU_ASSERT_EQUAL(f.sym[61], 62);
  pleat_pool_free(&pool);
  pleat_context_free(context);
}

/* ---- Scores ---- */

enum { CHANNELS = 4, MOST = 40, BINS = PLEAT_ERROR_BINS };

typedef struct scores {
  double pae[MOST * MOST], pairs[9], ptm, iptm;
} scores;

/* By the definition, one sum after the other: which of the rows and columns count, and how many residues they are. */
static double plain_score(int length, const double *p, const int *rows, const int *columns, int residues) {
  double best = 0, d0 = 1.24 * cbrt((residues > 19 ? residues : 19) - 15.0) - 1.8;
  for (int i = 0; i < length; i++) {
    double sum = 0, count = 1e-8;
    for (int j = 0; j < length; j++) {
      if (!rows[i * length + j] || !columns[i * length + j]) continue;
      count += 1;
      for (int b = 0; b < BINS; b++)
        sum += p[(i * length + j) * BINS + b] / (1 + (0.25 + 0.5 * b) * (0.25 + 0.5 * b) / (d0 * d0));
    }
    best = fmax(best, sum / count);
  }
  return best;
}

/* Softmax of z W + b. */
static void plain_probabilities(int length, const float *z, const pleat_dense *dense, double *p) {
  for (int at = 0; at < length * length; at++) {
    double sum = 0, *to = p + at * BINS;
    for (int b = 0; b < BINS; b++) {
      double logit = (double)dense->bias[b];
      for (int c = 0; c < CHANNELS; c++) logit += (double)z[at * CHANNELS + c] * (double)dense->weight[c * BINS + b];
      sum += to[b] = exp(logit);
    }
    for (int b = 0; b < BINS; b++) to[b] /= sum;
  }
}

/* Chains of the pair (a, b), a != b: between them; a == b: within. */
static double plain_pair(int length, const double *p, const int32_t *asym, int a, int b) {
  static int rows[MOST * MOST], all[MOST * MOST];
  int residues = 0;
  for (int i = 0; i < length; i++) {
    residues += asym[i] == a || asym[i] == b;
    for (int j = 0; j < length; j++) {
      all[i * length + j] = 1;
      rows[i * length + j] = (asym[i] == a && asym[j] == b) || (asym[i] == b && asym[j] == a);
    }
  }
  return plain_score(length, p, rows, all, residues);
}

static void plain_scores(int length, const float *z, const pleat_dense *dense, const int32_t *asym, scores *s) {
  static double p[MOST * MOST * BINS];
  static int between[MOST * MOST], all[MOST * MOST];
  plain_probabilities(length, z, dense, p);
  for (int i = 0; i < length * length; i++) {
    between[i] = asym[i / length] != asym[i % length];
    all[i] = 1;
    s->pae[i] = 0;
    for (int b = 0; b < BINS; b++) s->pae[i] += p[i * BINS + b] * (0.25 + 0.5 * b);
  }
  s->ptm = plain_score(length, p, all, all, length);
  s->iptm = plain_score(length, p, between, all, length);
  for (int k = 0; k < 9; k++) s->pairs[k] = plain_pair(length, p, asym, k / 3 + 1, k % 3 + 1);
}

static void make_head(pleat_context *context, pleat_weights **weights, pleat_alphafold_heads *heads) {
  static float weight[CHANNELS * BINS], bias[BINS];
  pleat_random stream = pleat_random_stream(3, 0, 0);
  for (int i = 0; i < CHANNELS * BINS; i++) weight[i] = pleat_random_normal(&stream, (uint64_t)i);
  for (int b = 0; b < BINS; b++) bias[b] = 2 - 0.1f * (float)b;
  const pleat_tensor tensors[] = {{.data = weight, .dtype = PLEAT_DTYPE_F32, .rank = 2, .shape = {CHANNELS, BINS}},
                                  {.data = bias, .dtype = PLEAT_DTYPE_F32, .rank = 1, .shape = {BINS}}};
  CU_ASSERT_EQUAL_FATAL(pleat_weights_create(context, "head", weights), PLEAT_OK);
  CU_ASSERT_EQUAL_FATAL(pleat_weights_add(*weights, "head//weights", &tensors[0]), PLEAT_OK);
  CU_ASSERT_EQUAL_FATAL(pleat_weights_add(*weights, "head//bias", &tensors[1]), PLEAT_OK);
  const pleat_weight_scope scope = {*weights, "", -1};
  *heads = (pleat_alphafold_heads){.has_error = true};
  CU_ASSERT_EQUAL_FATAL(pleat_dense_load(context, &scope, "head", 0, 0, &heads->error), PLEAT_OK);
}

static void run_error(pleat_context *context, const pleat_alphafold_heads *heads, int length, const float *z,
                      const int32_t *asym, pleat_aligned_error *error) {
  pleat_arena measuring, arena;
  pleat_run run = {.context = context, .arena = &measuring, .threads = 2};
  CU_ASSERT_EQUAL_FATAL(pleat_dispatch_choose(context, &run.kernels), PLEAT_OK);
  pleat_arena_init_measuring(&measuring);
  pleat_alphafold_error(&run, heads, length, z, asym, error);
  CU_ASSERT_EQUAL_FATAL(pleat_arena_create(context, measuring.peak, &arena), PLEAT_OK);
  run.arena = &arena;
  pleat_alphafold_error(&run, heads, length, z, asym, error);
  CU_ASSERT_EQUAL(run.status, PLEAT_OK);
  pleat_arena_free(context, &arena);
}

/* z of the first `length` of MOST places. */
static void cut_pairs(const float *whole, int length, float *z) {
  for (int i = 0; i < length; i++)
    memcpy(z + i * length * CHANNELS, whole + i * MOST * CHANNELS, (size_t)(length * CHANNELS) * sizeof *z);
}

static bool is_near(double a, double b) { return fabs(a - b) <= 1e-6 * fmax(1, fabs(b)); }

static void test_scores_of_chains(void) {
  enum { REAL = 33 };
  static float whole[MOST * MOST * CHANNELS], z[MOST * MOST * CHANNELS], pae[MOST * MOST];
  static scores padded, real;
  pleat_context *context = new_context();
  pleat_weights *weights;
  pleat_alphafold_heads heads;
  double pairs[9];
  int32_t asym[MOST] = {0};
  pleat_random stream = pleat_random_stream(4, 0, 0);
  for (int i = 0; i < MOST * MOST * CHANNELS; i++) whole[i] = pleat_random_normal(&stream, (uint64_t)i);
  for (int i = 0; i < REAL; i++) asym[i] = i < 10 ? 1 : i < 17 ? 2 : 3;
  make_head(context, &weights, &heads);
  plain_scores(MOST, whole, &heads.error, asym, &padded);
  cut_pairs(whole, REAL, z);
  plain_scores(REAL, z, &heads.error, asym, &real);
  pleat_aligned_error error = {.pae = pae, .residues = REAL, .chains = 3, .pairs = pairs};
  run_error(context, &heads, MOST, whole, asym, &error);
  for (int i = 0; i < MOST * MOST; i++) CU_ASSERT(is_near(pae[i], padded.pae[i]));
  CU_ASSERT(is_near(error.ptm, padded.ptm) && is_near(error.iptm, padded.iptm));
  CU_ASSERT(is_near(error.residue_ptm, real.ptm) && is_near(error.residue_iptm, real.iptm));
  for (int k = 0; k < 9; k++) CU_ASSERT(is_near(pairs[k], real.pairs[k]));
  CU_ASSERT_FALSE(is_near(error.ptm, real.ptm)); /* padding counts there */
  CU_ASSERT_FALSE(is_near(pairs[1], pairs[2]));
  pleat_aligned_error plain = {.pae = pae};
  run_error(context, &heads, REAL, z, NULL, &plain);
  CU_ASSERT(is_near(plain.ptm, real.ptm) && plain.iptm == 0 && plain.residue_ptm == plain.ptm);
  pleat_dense_free(context, &heads.error);
  pleat_weights_free(weights);
  pleat_context_free(context);
}

/* ---- Whole predictions ---- */

static const char alignment[] =
    "#6,9\t1,1\n>101\t102\nGSHMEEMKTAYIAKQ\n>p1\tp2\nGSaHMDEMKSAYIAqqKQ\n>p3\tp4\nGAHMEEMKTA-LAKQ\n"
    ">b1\nGSHMKE---------\n>b2\nGTHM-E---------\n>a1\n------MRTAYIAKQ\n>a2\n------MRTGYLAK-\n";

typedef struct prediction {
  pleat_context *context;
  pleat_model *model;
  pleat_result *result;
} prediction;

static void close_prediction(prediction *p) {
  pleat_result_free(p->result);
  pleat_model_free(p->model);
  pleat_context_free(p->context);
}

static pleat_status set_options(pleat_model *model) {
  static const char *const options[][2] = {
      {"num-recycle", "1"}, {"max-seq", "4"}, {"max-extra-seq", "2"}, {"random-seed", "9"}};
  for (size_t i = 0; i < 4; i++) PLEAT_TRY(pleat_model_set_option(model, options[i][0], options[i][1]));
  return PLEAT_OK;
}

/* The query's prediction; a failure is told by its sentence. */
static pleat_status predict(prediction *p, pleat_query *query, int threads) {
  pleat_context_set_threads(p->context, threads);
  pleat_status status = pleat_model_open(p->context, MODEL, &p->model);
  if (!status) status = set_options(p->model);
  if (!status) status = pleat_predict(p->model, (const pleat_query *const *)&query, 1, &p->result);
  if (status) printf("\n    %s", pleat_context_error(p->context));
  return status;
}

static prediction predict_aligned(const char *chains, int threads) {
  prediction p = {.context = new_context()};
  pleat_query *query;
  pleat_msa *msa;
  CU_ASSERT_EQUAL_FATAL(pleat_msa_parse(p.context, alignment, sizeof alignment - 1, "x.a3m", &msa), PLEAT_OK);
  CU_ASSERT_EQUAL_FATAL(pleat_query_create(p.context, "q", chains, &query), PLEAT_OK);
  CU_ASSERT_EQUAL_FATAL(pleat_query_set_msa(query, msa), PLEAT_OK);
  CU_ASSERT_EQUAL_FATAL(predict(&p, query, threads), PLEAT_OK);
  pleat_query_free(query);
  pleat_msa_free(msa);
  return p;
}

static prediction predict_stored(const char *file) {
  prediction p = {.context = new_context()};
  pleat_query *query;
  CU_ASSERT_EQUAL_FATAL(pleat_query_read_features(p.context, "q", path_of(file), &query), PLEAT_OK);
  CU_ASSERT_EQUAL_FATAL(predict(&p, query, 1), PLEAT_OK);
  pleat_query_free(query);
  return p;
}

/* Largest difference of two results' arrays `name`; INFINITY when their shapes differ. */
static double difference(const prediction *a, const prediction *b, const char *name) {
  pleat_array x, y;
  size_t count = 1;
  double worst = 0;
  CU_ASSERT_EQUAL_FATAL(pleat_result_array(a->result, name, &x), PLEAT_OK);
  CU_ASSERT_EQUAL_FATAL(pleat_result_array(b->result, name, &y), PLEAT_OK);
  for (int d = 0; d < x.rank; d++) {
    if (x.shape[d] != y.shape[d]) return INFINITY;
    count *= x.shape[d];
  }
  for (size_t i = 0; i < count; i++) {
    double each = fabs((double)x.data[i] - (double)y.data[i]);
    if (!(each <= worst)) worst = isnan(each) ? INFINITY : each;
  }
  return worst;
}

static const char *const arrays[] = {"positions", "plddt", "predicted_aligned_error", "ptm", "iptm",
                                     "ranking_confidence", "chain_pair_iptm", "chain_ptm"};
enum { ARRAYS = sizeof arrays / sizeof *arrays };

static bool same(const prediction *a, const prediction *b) {
  for (int i = 0; i < ARRAYS; i++)
    if (difference(a, b, arrays[i]) != 0) return false;
  return true;
}

static void test_threads_change_no_bits(void) {
  prediction one = predict_aligned("GSHMEE:MKTAYIAKQ", 1), three = predict_aligned("GSHMEE:MKTAYIAKQ", 3);
  prediction other = predict_aligned("MKTAYIAKQ:GSHMEE", 1);
  CU_ASSERT(same(&one, &three));
  CU_ASSERT_FALSE(same(&one, &other));
  close_prediction(&one);
  close_prediction(&three);
  close_prediction(&other);
}

/* ---- Order of chains ---- */

/* Chains the other way round than in the alignment: every array has its residues in the query's order. */
static void test_features_in_the_query_s_order(void) {
  pleat_context *context = new_context();
  pleat_query *query;
  pleat_msa *msa;
  golden_array types, features, extra;
  CU_ASSERT_EQUAL_FATAL(pleat_msa_parse(context, alignment, sizeof alignment - 1, "x.a3m", &msa), PLEAT_OK);
  CU_ASSERT_EQUAL_FATAL(pleat_query_create(context, "q", "MKTAYIAKQ:GSHMEE", &query), PLEAT_OK);
  CU_ASSERT_EQUAL_FATAL(pleat_query_set_msa(query, msa), PLEAT_OK);
  const pleat_features_options options = {MODEL, 1, 6, 1, 0};
  CU_ASSERT_EQUAL_FATAL(pleat_query_write_features(query, &options, path_of("order.h5")), PLEAT_OK);
  hid_t file = H5Fopen(path_of("order.h5"), H5F_ACC_RDONLY, H5P_DEFAULT);
  CU_ASSERT_FATAL(file >= 0);
  CU_ASSERT_TRUE_FATAL(golden_read(file, "features/aatype", &types));
  CU_ASSERT_TRUE_FATAL(golden_read(file, "draws/recycle0/create_msa_feat/msa_feat", &features));
  CU_ASSERT_TRUE_FATAL(golden_read(file, "draws/recycle0/create_extra_msa_feature/feat", &extra));
  int masked = 0, gaps[2] = {0};
  for (int i = 0; i < 15; i++) masked += features.data[i * 49 + (int)types.data[i]] != 1; /* 15 % are replaced */
  for (int e = 0; e < 6; e++) {
    gaps[0] += extra.data[(e * 15 + 0) * 25 + 21] == 1; /* first residue of the first chain, of the second */
    gaps[1] += extra.data[(e * 15 + 9) * 25 + 21] == 1;
  }
  CU_ASSERT(masked < 8);
  CU_ASSERT(gaps[0] == 2 && gaps[1] == 2); /* rows of the other chain alone */
  H5Fclose(file);
  unlink(path_of("order.h5"));
  golden_array_free(&types);
  golden_array_free(&features);
  golden_array_free(&extra);
  pleat_query_free(query);
  pleat_msa_free(msa);
  pleat_context_free(context);
}

/* ---- Stored features ---- */

static void write_stored(const char *name) {
  pleat_context *context = new_context();
  pleat_query *query;
  pleat_msa *msa;
  CU_ASSERT_EQUAL_FATAL(pleat_msa_parse(context, alignment, sizeof alignment - 1, "x.a3m", &msa), PLEAT_OK);
  CU_ASSERT_EQUAL_FATAL(pleat_query_create(context, "q", "GSHMEE:MKTAYIAKQ", &query), PLEAT_OK);
  CU_ASSERT_EQUAL_FATAL(pleat_query_set_msa(query, msa), PLEAT_OK);
  const pleat_features_options options = {MODEL, 4, 2, 2, 9};
  CU_ASSERT_EQUAL_FATAL(pleat_query_write_features(query, &options, path_of(name)), PLEAT_OK);
  pleat_query_free(query);
  pleat_msa_free(msa);
  pleat_context_free(context);
}

static void write_array(hid_t file, const char *name, int rank, const hsize_t *shape, const float *data) {
  hid_t space = H5Screate_simple(rank, shape, NULL), links = H5Pcreate(H5P_LINK_CREATE);
  H5Pset_create_intermediate_group(links, 1);
  hid_t set = H5Dcreate2(file, name, H5T_IEEE_F32LE, space, links, H5P_DEFAULT, H5P_DEFAULT);
  CU_ASSERT_FATAL(set >= 0 && H5Dwrite(set, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0);
  H5Dclose(set);
  H5Pclose(links);
  H5Sclose(space);
}

/* An array that grows along `axis` by `more` zeros. */
static void copy_padded(hid_t from, hid_t to, const char *name, int axis, size_t more) {
  golden_array a;
  hsize_t outer = 1, inner = 1;
  CU_ASSERT_TRUE_FATAL(golden_read(from, name, &a));
  for (int d = 0; d < a.rank; d++) *(d < axis ? &outer : &inner) *= a.shape[d];
  hsize_t step = inner / a.shape[axis] * (a.shape[axis] + more);
  float *data = calloc(outer * step, sizeof *data);
  CU_ASSERT_PTR_NOT_NULL_FATAL(data);
  for (hsize_t o = 0; o < outer; o++) memcpy(data + o * step, a.data + o * inner, inner * sizeof *data);
  a.shape[axis] += more;
  write_array(to, name, a.rank, a.shape, data);
  free(data);
  golden_array_free(&a);
}

static const struct {
  const char *name;
  int axis; /* of the residues */
} features[] = {{"aatype", 0}, {"seq_mask", 0}, {"residue_index", 0}, {"asym_id", 0}, {"entity_id", 0}, {"sym_id", 0},
                {"template_aatype", 1}, {"template_all_atom_positions", 1}, {"template_all_atom_mask", 1}};
static const char *const draws[] = {"create_msa_feat/msa_feat", "sample_msa/msa_mask", "create_extra_msa_feature/feat",
                                    "create_extra_msa_feature/mask"};

/* Copies a stored file with `more` places of padding; with `drawn` also what was drawn. */
static void pad_file(const char *source, const char *target, size_t more, bool drawn) {
  char name[120];
  hid_t from = H5Fopen(path_of(source), H5F_ACC_RDONLY, H5P_DEFAULT);
  hid_t to = H5Fcreate(path_of(target), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  CU_ASSERT_FATAL(from >= 0 && to >= 0);
  for (size_t i = 0; i < sizeof features / sizeof *features; i++) {
    snprintf(name, sizeof name, "features/%s", features[i].name);
    copy_padded(from, to, name, features[i].axis, more);
  }
  for (int k = 0; drawn && k < 8; k++) {
    snprintf(name, sizeof name, "draws/recycle%d/%s", k / 4, draws[k % 4]);
    copy_padded(from, to, name, 1, more);
  }
  H5Fclose(from);
  H5Fclose(to);
}

static void test_stored_features_are_the_same_run(void) {
  prediction direct = predict_aligned("GSHMEE:MKTAYIAKQ", 1);
  write_stored("stored.h5");
  prediction stored = predict_stored("stored.h5");
  CU_ASSERT(same(&direct, &stored));
  CU_ASSERT_STRING_EQUAL(pleat_result_name(stored.result), "q");
  close_prediction(&direct);
  close_prediction(&stored);
  unlink(path_of("stored.h5"));
}

/* Makes the masks of both alignments say that padding is residues. */
static void forget_masks(const char *path) {
  hid_t file = H5Fopen(path_of(path), H5F_ACC_RDWR, H5P_DEFAULT);
  for (int k = 0; k < 8; k++) {
    char name[120];
    golden_array a;
    if (!strstr(draws[k % 4], "/mask") && !strstr(draws[k % 4], "_mask")) continue;
    snprintf(name, sizeof name, "draws/recycle%d/%s", k / 4, draws[k % 4]);
    CU_ASSERT_TRUE_FATAL(golden_read(file, name, &a));
    for (hsize_t i = 0; i < a.shape[0] * a.shape[1]; i++) a.data[i] = 1;
    CU_ASSERT_FATAL(H5Ldelete(file, name, H5P_DEFAULT) >= 0);
    write_array(file, name, a.rank, a.shape, a.data);
    golden_array_free(&a);
  }
  H5Fclose(file);
}

/* Rounding differs, since sums over residues are longer. Where masks are ignored it is seen. */
static void test_padding_changes_nothing(void) {
  write_stored("stored.h5");
  pad_file("stored.h5", "padded.h5", 5, true);
  prediction stored = predict_stored("stored.h5"), padded = predict_stored("padded.h5");
  for (int i = 0; i < ARRAYS; i++) {
    double worst = difference(&stored, &padded, arrays[i]);
    if (getenv("PLEAT_VERBOSE")) printf("\n    %-24s %.3g", arrays[i], worst);
    CU_ASSERT(worst <= 2e-3);
  }
  prediction other = predict_aligned("MKTAYIAKQ:GSHMEE", 1);
  CU_ASSERT(difference(&stored, &other, "positions") > 0.1);
  close_prediction(&padded);
  forget_masks("padded.h5");
  padded = predict_stored("padded.h5");
  CU_ASSERT(difference(&stored, &padded, "positions") > 0.02);
  close_prediction(&stored);
  close_prediction(&padded);
  close_prediction(&other);
  unlink(path_of("stored.h5"));
  unlink(path_of("padded.h5"));
}

/* The alignment's rows as the published code stores them, with `spare` rows of padding. */
static void add_alignment(const char *name, size_t columns, size_t spare) {
  static const char letters[] = "ARNDCQEGHILKMFPSTWYVX-";
  pleat_context *context = new_context();
  pleat_msa *msa, *expanded;
  CU_ASSERT_EQUAL_FATAL(pleat_msa_parse(context, alignment, sizeof alignment - 1, "x.a3m", &msa), PLEAT_OK);
  CU_ASSERT_EQUAL_FATAL(pleat_msa_expand(msa, 0, &expanded), PLEAT_OK);
  size_t rows = pleat_msa_row_count(expanded), L = pleat_msa_column_count(expanded);
  hsize_t shape[] = {rows + spare, columns};
  float *data[3];
  int32_t counts[32];
  for (int k = 0; k < 3; k++) CU_ASSERT_PTR_NOT_NULL_FATAL(data[k] = calloc((rows + spare) * columns, sizeof(float)));
  for (size_t r = 0; r < rows; r++) {
    pleat_msa_deletions(expanded, r, counts);
    for (size_t i = 0; i < L; i++) {
      data[0][r * columns + i] = (float)(strchr(letters, pleat_msa_row_at(expanded, r).residues[i]) - letters);
      data[1][r * columns + i] = (float)counts[i];
      data[2][r * columns + i] = 1;
    }
  }
  hid_t file = H5Fopen(path_of(name), H5F_ACC_RDWR, H5P_DEFAULT);
  CU_ASSERT_FATAL(file >= 0);
  write_array(file, "features/msa", 2, shape, data[0]);
  write_array(file, "features/deletion_matrix", 2, shape, data[1]);
  write_array(file, "features/msa_mask", 2, shape, data[2]);
  H5Fclose(file);
  for (int k = 0; k < 3; k++) free(data[k]);
  pleat_msa_free(expanded);
  pleat_msa_free(msa);
  pleat_context_free(context);
}

/* Nothing drawn in the file: rows are drawn as from the alignment itself; padding of either kind is dropped. */
static void test_rows_drawn_from_stored_features(void) {
  prediction direct = predict_aligned("GSHMEE:MKTAYIAKQ", 1);
  write_stored("stored.h5");
  for (size_t more = 0; more < 5; more += 4) {
    pad_file("stored.h5", "rows.h5", more, false);
    add_alignment("rows.h5", 15 + more, 3);
    prediction stored = predict_stored("rows.h5");
    CU_ASSERT(same(&direct, &stored));
    close_prediction(&stored);
  }
  close_prediction(&direct);
  unlink(path_of("stored.h5"));
  unlink(path_of("rows.h5"));
}

/* ---- Files that cannot be used ---- */

static void change_number(const char *name, const char *array, size_t at, float value) {
  golden_array a;
  hid_t file = H5Fopen(path_of(name), H5F_ACC_RDWR, H5P_DEFAULT);
  CU_ASSERT_TRUE_FATAL(golden_read(file, array, &a));
  a.data[at] = value;
  CU_ASSERT(H5Ldelete(file, array, H5P_DEFAULT) >= 0);
  write_array(file, array, a.rank, a.shape, a.data);
  golden_array_free(&a);
  H5Fclose(file);
}

static void remove_array(const char *name, const char *array) {
  hid_t file = H5Fopen(path_of(name), H5F_ACC_RDWR, H5P_DEFAULT);
  CU_ASSERT(file >= 0 && H5Ldelete(file, array, H5P_DEFAULT) >= 0);
  H5Fclose(file);
}

static void expect_sentence(pleat_context *context, const char *name, const char *sentence) {
  pleat_query *query;
  CU_ASSERT_NOT_EQUAL(pleat_query_read_features(context, "q", path_of(name), &query), PLEAT_OK);
  bool right = strstr(pleat_context_error(context), sentence) != NULL;
  if (!right) printf("\n    '%s' is not in '%s'", sentence, pleat_context_error(context));
  CU_ASSERT(right);
}

static void test_bad_files(void) {
  static const struct {
    const char *array;
    int at; /* -1: removed */
    float value;
    const char *sentence;
  } cases[] = {{"features/asym_id", 0, 0, "does not number the first chain 1"},
               {"features/asym_id", 8, 3, "does not number the chains 1, 2, ..."},
               {"features/asym_id", 8, 63, "features/asym_id holds a number that cannot be"},
               {"features/seq_mask", 3, 0, "is not 1 for residues, then 0 for padding"},
               {"features/seq_mask", 3, 0.5f, "features/seq_mask holds a number that cannot be"},
               {"features/aatype", 0, 3, "does not begin with the sequence of features/aatype"},
               {"features/msa", 20, 22, "features/msa holds a number that cannot be"},
               {"features/msa_mask", 20, 0, "is not the same all along each row"},
               {"features/deletion_matrix", 20, -1, "features/deletion_matrix holds a number that cannot be"},
               {"features/deletion_matrix", 20, 1e6f, "features/deletion_matrix holds a number that cannot be"},
               {"features/template_all_atom_mask", 5, NAN, "features/template_all_atom_mask holds a number"},
               {"features/msa", -1, 0, "features/msa is not there"},
               {"features/entity_id", -1, 0, "features/entity_id is not there"},
               {"features/template_all_atom_positions", -1, 0, "features/template_all_atom_positions is not there"}};
  pleat_context *context = new_context();
  write_stored("stored.h5");
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    pad_file("stored.h5", "bad.h5", 0, false);
    add_alignment("bad.h5", 15, 0);
    if (cases[i].at < 0) remove_array("bad.h5", cases[i].array);
    else change_number("bad.h5", cases[i].array, (size_t)cases[i].at, cases[i].value);
    expect_sentence(context, "bad.h5", cases[i].sentence);
  }
  pad_file("stored.h5", "bad.h5", 0, true);
  remove_array("bad.h5", "draws/recycle1/sample_msa/msa_mask");
  expect_sentence(context, "bad.h5", "draws/recycle1/sample_msa/msa_mask is not there");
  unlink(path_of("bad.h5"));
  unlink(path_of("stored.h5"));
  pleat_context_free(context);
}

/* ---- No memory ---- */

static pleat_status read_and_number(pleat_context *context) {
  pleat_query *query = NULL;
  pleat_pool pool;
  pleat_features f;
  pleat_alphafold_rows rows = {0};
  pleat_pool_init(&pool, context, 0);
  pleat_status status = pleat_query_read_features(context, "q", path_of("rows.h5"), &query);
  if (!status) status = pleat_features_alphafold_multimer(context, query, &pool, &f);
  if (!status) status = pleat_alphafold_features_rows(context, &f, &rows);
  pleat_alphafold_features_free(context, &rows);
  pleat_pool_free(&pool);
  pleat_query_free(query);
  return status;
}

static pleat_status fit_and_make(pleat_context *context) {
  pleat_query *query = NULL;
  pleat_msa *msa = NULL;
  const pleat_features_options options = {MODEL, 4, 2, 1, 0};
  pleat_status status = pleat_msa_parse(context, alignment, sizeof alignment - 1, "x.a3m", &msa);
  if (!status) status = pleat_query_create(context, "q", "MKTAYIAKQ:GSHMEE", &query);
  if (!status) status = pleat_query_set_msa(query, msa);
  if (!status) status = pleat_query_write_features(query, &options, path_of("made.h5"));
  pleat_query_free(query);
  pleat_msa_free(msa);
  return status;
}

static void test_no_memory(void) {
  write_stored("stored.h5");
  pad_file("stored.h5", "rows.h5", 2, false);
  add_alignment("rows.h5", 17, 1);
  CU_ASSERT(test_faults_walk(read_and_number) > 10);
  CU_ASSERT(test_faults_walk(fit_and_make) > 10);
  unlink(path_of("stored.h5"));
  unlink(path_of("rows.h5"));
  unlink(path_of("made.h5"));
}

void suite_multimer(void) {
  CU_pSuite suite = CU_add_suite("multimer", make_folder, remove_folder);
  CU_add_test(suite, "chains are numbered", test_chains_are_numbered);
  CU_add_test(suite, "scores of chains and pairs of them", test_scores_of_chains);
  CU_add_test(suite, "threads change no bits", test_threads_change_no_bits);
  CU_add_test(suite, "features stand in the query's order", test_features_in_the_query_s_order);
  CU_add_test(suite, "stored features give the same run", test_stored_features_are_the_same_run);
  CU_add_test(suite, "padding changes nothing", test_padding_changes_nothing);
  CU_add_test(suite, "rows drawn from stored features", test_rows_drawn_from_stored_features);
  CU_add_test(suite, "bad files are told by a sentence", test_bad_files);
  CU_add_test(suite, "any failed allocation is survived", test_no_memory);
}
