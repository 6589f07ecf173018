/* Tests of the monomer models' view of an alignment: the published arrays from the stored draws, and our own draws.
 * SPDX-License-Identifier: MIT */
#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "msa/clusters.h"
#include "msa/encode.h"
#include "msa/msa.h"
#include "tests/faults.h"
#include "tests/golden_msa.h"
#include "tests/suites.h"

/* The three searches of the golden query merged in the published order, cut to `rows` rows (0: all). */
static pleat_msa *read_alignment(pleat_context *context, size_t rows) {
  static const char *const names[] = {"uniref90_hits.sto.gz", "bfd_uniclust_hits.a3m.gz", "mgnify_hits.sto.gz"};
  const pleat_msa *parts[3];
  const pleat_msa_filter_options options = {.max_rows = rows};
  pleat_msa *merged, *cut;
  for (int i = 0; i < 3; i++) parts[i] = golden_msa_read(context, names[i]);
  CU_ASSERT_EQUAL_FATAL(pleat_msa_merge(parts, NULL, 3, &merged), PLEAT_OK);
  CU_ASSERT_EQUAL_FATAL(pleat_msa_filter(merged, &options, &cut), PLEAT_OK);
  for (int i = 0; i < 3; i++) pleat_msa_free((pleat_msa *)parts[i]);
  pleat_msa_free(merged);
  return cut;
}

static int32_t *read_numbers(hid_t file, const char *group, const char *name) {
  char path[128];
  snprintf(path, sizeof path, "%s/draws/%s", group, name);
  golden_array array = golden_msa_array(file, path);
  size_t count = golden_count(file, path);
  int32_t *numbers = calloc(count + 1, sizeof *numbers);
  for (size_t i = 0; i < count; i++) numbers[i] = (int32_t)array.data[i];
  golden_array_free(&array);
  return numbers;
}

static bool quiet; /* while differences are wanted */

/* How many of the stored array's numbers differ, from ours given as floats or bytes. */
static size_t differ(hid_t file, const char *group, const char *step, const float *got, const uint8_t *bytes,
                     size_t count) {
  char path[128];
  size_t wrong = 0;
  double worst = 0;
  snprintf(path, sizeof path, "%s/steps/%s", group, step);
  golden_array want = golden_msa_array(file, path);
  if (golden_count(file, path) != count) wrong = SIZE_MAX;
  for (size_t i = 0; wrong != SIZE_MAX && i < count; i++) {
    float mine = got ? got[i] : (float)bytes[i];
    wrong += !(mine == want.data[i]);
    worst = fmax(worst, fabs((double)mine - (double)want.data[i]));
  }
  if (wrong && !quiet) fprintf(stderr, "%s: %zu of %zu differ, by %g at most\n", path, wrong, count, worst);
  golden_array_free(&want);
  return wrong;
}

static size_t differ_features(hid_t file, const char *group, const pleat_clusters *clusters) {
  size_t row = clusters->columns * PLEAT_CLUSTERS_FEATURES;
  float *features = calloc(clusters->count * row, sizeof *features);
  for (size_t i = 0; i < clusters->count; i++) pleat_clusters_features(clusters, i, features + i * row);
  size_t wrong = differ(file, group, "e05_make_msa_feat/msa_feat", features, NULL, clusters->count * row);
  free(features);
  return wrong;
}

static size_t differ_assignment(hid_t file, const char *group, const pleat_clusters *clusters) {
  float *numbers = calloc(clusters->other_count + 1, sizeof *numbers);
  for (size_t i = 0; i < clusters->other_count; i++) numbers[i] = (float)clusters->assignment[i];
  size_t wrong = differ(file, group, "e02_nearest_neighbor_clusters/extra_cluster_assignment", numbers, NULL,
                        clusters->other_count);
  free(numbers);
  return wrong;
}

static size_t differ_all(hid_t file, const char *group, const pleat_clusters *c) {
  size_t cells = c->count * c->columns, extra = c->extra_count * c->columns, wrong = 0;
  wrong += differ(file, group, "n06_make_hhblits_profile/hhblits_profile", c->msa_profile, NULL, c->columns * 22);
  wrong += differ(file, group, "e01_make_masked_msa/true_msa", NULL, c->true_msa, cells);
  wrong += differ(file, group, "e01_make_masked_msa/msa", NULL, c->msa, cells);
  wrong += differ(file, group, "e01_make_masked_msa/bert_mask", NULL, c->masked, cells);
  wrong += differ_assignment(file, group, c);
  wrong += differ(file, group, "e03_summarize_clusters/cluster_profile", c->profile, NULL, cells * 23);
  wrong += differ_features(file, group, c);
  wrong += differ(file, group, "e05_make_msa_feat/extra_has_deletion", c->extra_has_deletion, NULL, extra);
  wrong += differ(file, group, "e05_make_msa_feat/extra_deletion_value", c->extra_deletion, NULL, extra);
  return wrong;
}

static void check_case(const char *group, size_t rows, const pleat_clusters_options *options) {
  pleat_context *context = golden_msa_context();
  hid_t file = golden_msa_open();
  char path[128];
  pleat_clusters clusters;
  pleat_msa *msa = read_alignment(context, rows);
  int32_t *order = read_numbers(file, group, "e00_sample_msa/shuffle2");
  int32_t *replacement = read_numbers(file, group, "e01_make_masked_msa/categorical4");
  int32_t *extra = read_numbers(file, group, "e04_crop_extra_msa/shuffle5");
  snprintf(path, sizeof path, "%s/draws/e01_make_masked_msa/uniform3", group);
  golden_array mask = golden_msa_array(file, path);
  pleat_clusters_draws draws = {.order = order, .mask = mask.data, .replacement = replacement, .extra_order = extra};
  CU_ASSERT_EQUAL_FATAL(pleat_clusters_make(msa, options, &draws, &clusters), PLEAT_OK);
  CU_ASSERT_EQUAL(differ_all(file, group, &clusters), 0);
  if (clusters.extra_count) /* the shallow alignment has none, and its file no array for it */
    CU_ASSERT_EQUAL(differ(file, group, "e04_crop_extra_msa/extra_msa", NULL, clusters.extra_msa,
                           clusters.extra_count * clusters.columns), 0);
  clusters.profile[7] += 1e-6f;
  clusters.msa[3]++;
  quiet = true;
  CU_ASSERT(differ_all(file, group, &clusters) >= 4);
  quiet = false;
  pleat_clusters_free(&clusters);
  golden_array_free(&mask);
  free(order);
  free(replacement);
  free(extra);
  pleat_msa_free(msa);
  H5Fclose(file);
  pleat_context_free(context);
}

static void test_published_deep(void) {
  const pleat_clusters_options options = {20, 80, 0.15f, false};
  check_case("process_monomer_tmpl", 0, &options);
}

static void test_published_shallow(void) {
  const pleat_clusters_options options = {40, 20, 0.15f, false};
  check_case("process_monomer_shallow_pad", 30, &options);
}

/* How far ours is from the stored array at most; infinity when it has another size. */
static double furthest(hid_t file, const char *name, const float *got, size_t count) {
  char path[128];
  double worst = 0;
  snprintf(path, sizeof path, "multimer/recycle0/%s", name);
  golden_array want = golden_msa_array(file, path);
  if (golden_count(file, path) < count) worst = INFINITY;
  for (size_t i = 0; isfinite(worst) && i < count; i++)
    worst = fmax(worst, fabs((double)got[i] - (double)want.data[i]));
  golden_array_free(&want);
  return worst;
}

/* The draws of the published run: it had rows of padding behind the real ones, and told of a mask only where the row's
 * own chain is; elsewhere it shows where a letter was changed. */
static pleat_clusters_draws published_draws(hid_t file, const pleat_msa *msa, const pleat_clusters_options *options) {
  golden_array perm = golden_msa_array(file, "multimer/recycle0/perm");
  golden_array category = golden_msa_array(file, "multimer/recycle0/categories");
  golden_array masked = golden_msa_array(file, "multimer/recycle0/masked_msa");
  size_t cells = options->max_clusters * msa->columns, rows = 0;
  int32_t *order = calloc(msa->row_count, sizeof *order), *replacement = calloc(cells, sizeof *replacement);
  float *mask = calloc(cells, sizeof *mask);
  CU_ASSERT_FATAL(perm.data[0] == 0 && golden_count(file, "multimer/recycle0/masked_msa") == cells);
  for (size_t i = 1; i < perm.shape[0]; i++)
    if (perm.data[i] < (float)msa->row_count) order[rows++] = (int32_t)perm.data[i];
  CU_ASSERT_EQUAL_FATAL(rows, msa->row_count - 1);
  for (size_t i = 0; i < cells; i++) {
    size_t row = i / msa->columns ? (size_t)order[i / msa->columns - 1] : 0;
    uint8_t old = pleat_encode_residue(msa->rows[row].residues[i % msa->columns]);
    replacement[i] = (int32_t)category.data[i];
    mask[i] = masked.data[i] == (float)old;
  }
  golden_array_free(&perm);
  golden_array_free(&category);
  golden_array_free(&masked);
  return (pleat_clusters_draws){.order = order, .mask = mask, .replacement = replacement};
}

static void test_published_multimer(void) {
  const pleat_clusters_options options = {26, 84, 0.15f, true};
  pleat_context *context = golden_msa_context();
  hid_t file = golden_msa_open();
  pleat_msa_part parts[2];
  pleat_msa *complex, *msa;
  pleat_clusters c;
  golden_msa_parts(context, file, parts);
  CU_ASSERT_EQUAL_FATAL(
      pleat_msa_pair(parts, 2, PLEAT_MSA_PAIRING_ALPHAFOLD, PLEAT_MSA_SPECIES_MNEMONIC, &complex), PLEAT_OK);
  CU_ASSERT_EQUAL_FATAL(pleat_msa_expand(complex, 0, &msa), PLEAT_OK);
  pleat_clusters_draws draws = published_draws(file, msa, &options);
  CU_ASSERT_EQUAL_FATAL(pleat_clusters_make(msa, &options, &draws, &c), PLEAT_OK);
  CU_ASSERT_EQUAL_FATAL(c.extra_count, 80);
  size_t row = c.columns * PLEAT_CLUSTERS_FEATURES, extra = c.extra_count * c.columns;
  float *features = calloc(c.count * row, sizeof *features);
  for (size_t i = 0; i < c.count; i++) pleat_clusters_features(&c, i, features + i * row);
  CU_ASSERT(furthest(file, "profile", c.msa_profile, c.columns * 22) < 1e-7);
  CU_ASSERT(furthest(file, "msa_feat", features, c.count * row) < 5e-7);
  for (size_t i = 0; i < extra; i++) {
    features[2 * i] = c.extra_has_deletion[i], features[2 * i + 1] = c.extra_deletion[i];
  }
  CU_ASSERT(furthest(file, "extra_feat", features, 2 * extra) < 1e-7);
  for (size_t i = 0; i < extra; i++) features[i] = c.extra_msa[i];
  CU_ASSERT_EQUAL(furthest(file, "extra_msa", features, extra), 0);
  features[extra / 2]++;
  CU_ASSERT_EQUAL(furthest(file, "extra_msa", features, extra), 1);
  free(features);
  free((void *)draws.order);
  free((void *)draws.mask);
  free((void *)draws.replacement);
  pleat_clusters_free(&c);
  pleat_msa_free(msa);
  pleat_msa_free(complex);
  golden_msa_free_parts(parts);
  H5Fclose(file);
  pleat_context_free(context);
}

static pleat_clusters draw(const pleat_msa *msa, uint32_t pass, int threads, bool multimer) {
  const pleat_clusters_options options = {64, 200, 0.15f, multimer};
  pleat_clusters_draws draws = {.stream = pleat_random_stream(1, pleat_random_hash("query"), pass)};
  pleat_clusters clusters;
  pleat_context_set_threads(msa->context, threads);
  CU_ASSERT_EQUAL_FATAL(pleat_clusters_make(msa, &options, &draws, &clusters), PLEAT_OK);
  return clusters;
}

static bool same_draw(const pleat_clusters *a, const pleat_clusters *b) {
  return !memcmp(a->msa, b->msa, a->count * a->columns) &&
         !memcmp(a->extra_msa, b->extra_msa, a->extra_count * a->columns) &&
         !memcmp(a->profile, b->profile, a->count * a->columns * 23 * sizeof(float));
}

static void test_our_draws(void) {
  pleat_context *context = golden_msa_context();
  pleat_msa *msa = read_alignment(context, 0);
  pleat_clusters one = draw(msa, 0, 1, false), threads = draw(msa, 0, 7, false), pass = draw(msa, 1, 1, false);
  pleat_clusters multimer = draw(msa, 0, 1, true), both = draw(msa, 0, 7, true);
  size_t masked = 0, tokens = 0, cells = one.count * one.columns;
  double sum = 0;
  uint8_t *seen = calloc(msa->row_count, 1);
  CU_ASSERT(same_draw(&one, &threads));
  CU_ASSERT_FALSE(same_draw(&one, &pass));
  CU_ASSERT(same_draw(&multimer, &both));
  CU_ASSERT_FALSE(same_draw(&one, &multimer));
  pleat_clusters_free(&multimer);
  pleat_clusters_free(&both);
  CU_ASSERT_EQUAL(one.rows[0], 0);
  for (size_t i = 0; i < one.count; i++) seen[one.rows[i]]++;
  for (size_t i = 0; i < one.extra_count; i++) seen[one.extra_rows[i]]++;
  for (size_t i = 0; i < msa->row_count; i++) CU_ASSERT_FATAL(seen[i] <= 1);
  for (size_t i = 0; i < cells; i++) masked += one.masked[i], tokens += one.msa[i] == PLEAT_ENCODE_MASK;
  /* 15 % of 4672 cells, 70 % of those the mask: four standard deviations */
  CU_ASSERT_DOUBLE_EQUAL((double)masked / (double)cells, 0.15, 4 * sqrt(0.15 * 0.85 / (double)cells));
  CU_ASSERT_DOUBLE_EQUAL((double)tokens / (double)masked, 0.7, 4 * sqrt(0.7 * 0.3 / (double)masked));
  for (int k = 0; k < 23; k++) sum += (double)one.profile[k];
  CU_ASSERT_DOUBLE_EQUAL(sum, 1, 1e-5);
  free(seen);
  pleat_clusters_free(&one);
  pleat_clusters_free(&threads);
  pleat_clusters_free(&pass);
  pleat_msa_free(msa);
  pleat_context_free(context);
}

static void test_sample(void) {
  pleat_context *context = golden_msa_context();
  pleat_msa *msa = read_alignment(context, 0), *sample;
  pleat_clusters clusters = draw(msa, 3, 1, false);
  const pleat_msa_sample_options options = {64, 200, 1, "query", 3, 0};
  size_t same = 0;
  CU_ASSERT_EQUAL_FATAL(pleat_msa_sample(msa, &options, &sample), PLEAT_OK);
  CU_ASSERT_EQUAL_FATAL(sample->row_count, 264);
  for (size_t i = 0; i < 264; i++) {
    size_t row = i < 64 ? clusters.rows[i] : clusters.extra_rows[i - 64];
    same += !strcmp(sample->rows[i].header, msa->rows[row].header);
  }
  CU_ASSERT_EQUAL(same, 264);
  pleat_clusters_free(&clusters);
  pleat_msa_free(sample);
  pleat_msa_free(msa);
  pleat_context_free(context);
}

static void test_single_sequence(void) {
  pleat_context *context = golden_msa_context();
  pleat_msa *msa = golden_msa_parse(context, "x.a3m", ">q\nM\n");
  pleat_clusters clusters = draw(msa, 0, 1, false);
  float features[PLEAT_CLUSTERS_FEATURES];
  CU_ASSERT(clusters.count == 1 && clusters.extra_count == 0 && clusters.true_msa[0] == 12);
  pleat_clusters_features(&clusters, 0, features);
  CU_ASSERT_EQUAL(features[clusters.msa[0]], 1);
  pleat_clusters_free(&clusters);
  pleat_msa_free(msa);
  pleat_context_free(context);
}

static pleat_status work(pleat_context *context) {
  static const char text[] = ">q\nACDEF\n>a\nA-DaEF\n>b\nACDWW\n>c\n--DWW\n";
  const pleat_clusters_options options = {2, 1, 0.5f, true};
  const pleat_clusters_draws draws = {.stream = pleat_random_stream(1, 2, 3)};
  pleat_clusters clusters;
  pleat_msa *msa;
  PLEAT_TRY(pleat_msa_parse(context, text, strlen(text), "x.a3m", &msa));
  pleat_status status = pleat_clusters_make(msa, &options, &draws, &clusters);
  pleat_clusters_free(&clusters);
  pleat_msa_free(msa);
  return status;
}

static void test_faults(void) { CU_ASSERT(test_faults_walk(work) > 10); }

void suite_clusters(void) {
  CU_pSuite suite = CU_add_suite("clusters", NULL, NULL);
  CU_add_test(suite, "the published arrays of 1136 rows", test_published_deep);
  CU_add_test(suite, "the published arrays of 30 rows", test_published_shallow);
  CU_add_test(suite, "the published arrays of a complex", test_published_multimer);
  CU_add_test(suite, "our draws", test_our_draws);
  CU_add_test(suite, "the sample that people see is the models' own", test_sample);
  CU_add_test(suite, "one sequence of one residue", test_single_sequence);
  CU_add_test(suite, "no memory", test_faults);
}
