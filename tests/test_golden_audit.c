/* Tests that every array recorded in the large golden files of AlphaFold's modules, geometry and features has been read by a test
 * before this one, or stands here with why it is not; and that the small copies in tests/golden are those arrays.
 * SPDX-License-Identifier: MIT
 *
 * Whole predictions are audited by parity_alphafold. */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/alphafold_golden.h"
#include "tests/suites.h"

/* Parts of names that no test reads. */
static const struct {
  const char *file, *part, *why;
} not_compared[] = {
    {"geometry.h5", "atom37_to_frames/", "frames of true side chains: terms of the training's loss"},
    {"geometry.h5", "fape/", "the training's loss"},
    {"geometry.h5", "violations/", "the training's loss and its evaluation"},
    {"geometry.h5", "prng/", "JAX's generator; pleat draws from its own (lib/random.h)"},
    {"geometry.h5", "relpos_monomer/", "the bin picks a row of a weight; recorded runs compare what comes of it"},
    {"geometry.h5", "quat_multiply/", "a step of the update of quaternions, which is compared"},
    {"geometry.h5", "rot_to_quat/", "pleat keeps quaternions and makes none from rotations"},
    {"features.h5", "/resolution", "no feature is made of it"},
    {"features.h5", "/structure_method", "no feature is made of it"},
    {"features.h5", "/random_crop_to_size_seed", "predictions are not cropped"},
    {"features.h5", "/residx_atom", "tables of atoms' places, which geometry's atom14 and atom37 compare"},
    {"features.h5", "/msa_species_identifiers", "empty for rows of a chain's own alignment"},
    {"features.h5", "/cluster_deletion_mean", "the last number of msa_feat, which is compared, is made of it"},
    {"features.h5", "/num_templates", "how many places for templates the published merging found in use"}};

/* Files of the large set, and their small copies, in which a leading folder of names may be left out. */
static const struct {
  const char *large, *tail, *small[2], *left_out;
} files[] = {{"units.h5", "alphafold2/units.h5", {"alphafold2/units.h5", NULL}, ""},
             {"geometry.h5", "alphafold2/geometry.h5", {NULL, NULL}, ""},
             {"features/features.h5", "features/features.h5", {"msa/features.h5", "msa/templates.h5"}, "multi_a2b/"}};

typedef struct audit {
  size_t file, datasets, excused, missing;
} audit;

/* The name without the folder that small copies leave out. */
static void shorten(const char *name, const char *left_out, char out[300]) {
  const char *at = *left_out ? strstr(name, left_out) : NULL;
  snprintf(out, 300, "%.*s%s", (int)(at ? at - name : (long)strlen(name)), name, at ? at + strlen(left_out) : "");
}

static bool is_read(size_t file, const char *name) {
  char shorter[300];
  shorten(name, files[file].left_out, shorter);
  if (golden_was_read(files[file].tail, name)) return true;
  for (int i = 0; i < 2 && files[file].small[i]; i++)
    if (golden_was_read(files[file].small[i], name) || golden_was_read(files[file].small[i], shorter)) return true;
  return false;
}

static bool is_excused(size_t file, const char *name) {
  for (size_t i = 0; i < sizeof not_compared / sizeof *not_compared; i++)
    if (strstr(files[file].large, not_compared[i].file) && strstr(name, not_compared[i].part)) return true;
  return false;
}

static bool is_dataset(hid_t group, const char *name) {
  H5O_info_t object;
  return H5Oget_info_by_name(group, name, &object, H5P_DEFAULT) >= 0 && object.type == H5O_TYPE_DATASET;
}

static herr_t look(hid_t group, const char *name, const H5L_info_t *info, void *user) {
  audit *a = user;
  (void)info;
  if (!is_dataset(group, name) || !golden_count(group, name)) return 0; /* some hold nothing */
  a->datasets++;
  if (is_read(a->file, name)) return 0;
  if (is_excused(a->file, name)) {
    a->excused++;
    return 0;
  }
  a->missing++;
  fprintf(stderr, "%s: no test reads %s\n", files[a->file].large, name);
  return 0;
}

/* Suites can be run one by one; the audit is of those that have read the file. */
static void test_all_are_read(void) {
  for (size_t f = 0; f < sizeof files / sizeof *files; f++) {
    hid_t file = alphafold_open(files[f].large);
    audit a = {.file = f};
    if (file < 0 || !golden_was_read(files[f].tail, NULL)) continue;
    H5Lvisit(file, H5_INDEX_NAME, H5_ITER_INC, look, &a);
    CU_ASSERT(a.datasets > 200);
    CU_ASSERT_EQUAL(a.missing, 0);
    CU_ASSERT(!is_read(f, "no/such/array") && !is_excused(f, "no/such/array"));
    H5Fclose(file);
  }
}

/* ---- Copies ---- */

typedef struct copying {
  size_t file, copied, differing;
  hid_t large;
} copying;

/* The large file's name of a small one's: with the folder that was left out, or the same. */
static bool find_large(const copying *c, const char *name, char large[300]) {
  const char *left_out = files[c->file].left_out, *slash = strchr(name, '/');
  snprintf(large, 300, "%.*s%s%s", (int)(slash ? slash - name + 1 : 0), name, left_out, slash ? slash + 1 : name);
  if (golden_count(c->large, name)) snprintf(large, 300, "%s", name);
  return golden_count(c->large, large) > 0;
}

static bool same_texts(hid_t large, hid_t small, const char *from, const char *to) {
  size_t count, more;
  char **a = golden_read_texts(large, from, &count), **b = golden_read_texts(small, to, &more);
  bool same = count == more;
  for (size_t i = 0; same && i < count; i++) same = !strcmp(a[i], b[i]);
  golden_texts_free(a, count);
  golden_texts_free(b, more);
  return same;
}

static bool same_numbers(hid_t large, hid_t small, const char *from, const char *to) {
  golden_array a = {0}, b = {0};
  bool same = golden_read(large, from, &a) && golden_read(small, to, &b) && alphafold_count(&a) == alphafold_count(&b) &&
              !memcmp(a.data, b.data, (size_t)alphafold_count(&a) * sizeof *a.data);
  golden_array_free(&a);
  golden_array_free(&b);
  return same;
}

static bool is_text(hid_t file, const char *name) {
  hid_t set = H5Dopen2(file, name, H5P_DEFAULT), type = H5Dget_type(set);
  bool text = H5Tget_class(type) == H5T_STRING;
  H5Tclose(type);
  H5Dclose(set);
  return text;
}

static herr_t compare_copy(hid_t small, const char *name, const H5L_info_t *info, void *user) {
  copying *c = user;
  char large[300];
  (void)info;
  if (!is_dataset(small, name) || !find_large(c, name, large)) return 0;
  bool same = is_text(small, name) ? same_texts(c->large, small, large, name) : same_numbers(c->large, small, large, name);
  if (!same) fprintf(stderr, "%s: is not the large file's %s\n", name, large);
  c->copied++;
  c->differing += !same;
  return 0;
}

static void test_copies(void) {
  for (size_t f = 0; f < sizeof files / sizeof *files; f++)
    for (int i = 0; i < 2 && files[f].small[i]; i++) {
      char path[1200];
      copying c = {.file = f, .large = alphafold_open(files[f].large)};
      if (c.large < 0) return;
      snprintf(path, sizeof path, "%s/%s", PLEAT_TEST_GOLDEN, files[f].small[i]);
      hid_t small = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
      CU_ASSERT_FATAL(small >= 0);
      H5Lvisit(small, H5_INDEX_NAME, H5_ITER_INC, compare_copy, &c);
      CU_ASSERT(c.copied > 20);
      CU_ASSERT_EQUAL(c.differing, 0);
      H5Fclose(small);
      H5Fclose(c.large);
    }
}

void suite_golden_audit(void) {
  CU_pSuite suite = CU_add_suite("golden_audit", NULL, NULL);
  CU_add_test(suite, "every recorded array is read by a test", test_all_are_read);
  CU_add_test(suite, "small copies are the large files' arrays", test_copies);
}
