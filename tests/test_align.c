/* Tests of msa/align: the score matrix, known alignments, agreement with a plain dynamic programme.
 * SPDX-License-Identifier: MIT */
#include <CUnit/CUnit.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "lib/random.h"
#include "msa/align.h"
#include "tests/suites.h"

static pleat_context *context;

static int start(void) { return pleat_context_create(NULL, &context) != PLEAT_OK; }

static int stop(void) {
  pleat_context_free(context);
  return 0;
}

static const char letters[] = "ARNDCQEGHILKMFPSTWYV";

static void test_blosum62(void) {
  int trace = 0, all = 0;
  for (int i = 0; i < 20; i++)
    for (int j = 0; j < 20; j++) {
      int score = pleat_align_blosum62(letters[i], letters[j]);
      CU_ASSERT_EQUAL(score, pleat_align_blosum62(letters[j], letters[i]));
      all += score;
      if (i == j) trace += score;
    }
  CU_ASSERT_EQUAL(trace, 116); /* the published matrix's diagonal: 4+5+6+6+9+5+5+6+8+4+4+5+5+6+7+4+5+11+7+4 */
  CU_ASSERT_EQUAL(pleat_align_blosum62('W', 'W'), 11);
  CU_ASSERT_EQUAL(pleat_align_blosum62('I', 'V'), 3);
  CU_ASSERT_EQUAL(pleat_align_blosum62('F', 'P'), -4);
  CU_ASSERT_EQUAL(pleat_align_blosum62('X', 'A'), -1);
  CU_ASSERT(all < 0);
}

static void check_alignment(const char *a, const char *b, const char *want) {
  int64_t match[64];
  CU_ASSERT_EQUAL(pleat_align_global(context, a, b, match, NULL), PLEAT_OK);
  for (size_t i = 0; i < strlen(a); i++) {
    char found = match[i] < 0 ? '-' : b[match[i]];
    CU_ASSERT_EQUAL(found, want[i]);
  }
}

static void test_known_alignments(void) {
  check_alignment("EVQLVESGG", "EVQLVESGG", "EVQLVESGG");
  check_alignment("EVQLVESGG", "VQLVE", "-VQLVE---");
  check_alignment("VQLVE", "EVQLVESGG", "VQLVE");
  check_alignment("WWWWCCCCHHHH", "WWWWHHHH", "WWWW----HHHH");
  check_alignment("WWWWHHHH", "WWWWCCCCHHHH", "WWWWHHHH");
  check_alignment("ACDEF", "", "-----");
  check_alignment("", "ACDEF", "");
  check_alignment("WWXWW", "WWAWW", "WWAWW");
}

/* The best score by three full tables, written down straight from the recurrence. */
static int plain_score(const char *a, const char *b, int h[40][40], int e[40][40], int f[40][40]) {
  int n = (int)strlen(a), m = (int)strlen(b), best = 0;
  for (int i = 0; i <= n; i++)
    for (int j = 0; j <= m; j++) {
      h[i][j] = 0;
      e[i][j] = f[i][j] = -100000;
      if (i == 0 || j == 0) continue;
      for (int k = 1; k <= j; k++) e[i][j] = h[i][j - k] - 10 - k > e[i][j] ? h[i][j - k] - 10 - k : e[i][j];
      for (int k = 1; k <= i; k++) f[i][j] = h[i - k][j] - 10 - k > f[i][j] ? h[i - k][j] - 10 - k : f[i][j];
      h[i][j] = h[i - 1][j - 1] + pleat_align_blosum62(a[i - 1], b[j - 1]);
      if (e[i][j] > h[i][j]) h[i][j] = e[i][j];
      if (f[i][j] > h[i][j]) h[i][j] = f[i][j];
    }
  for (int i = 0; i <= n; i++) best = h[i][m] > best ? h[i][m] : best;
  for (int j = 0; j <= m; j++) best = h[n][j] > best ? h[n][j] : best;
  return best;
}

/* The score of the alignment that `match` describes; unmatched ends are free. */
static int score_of_match(const char *a, const char *b, const int64_t *match) {
  int score = 0;
  int64_t last_i = -1, last_j = -1, n = (int64_t)strlen(a);
  for (int64_t i = 0; i < n; i++) {
    if (match[i] < 0) continue;
    int64_t skipped_a = i - last_i - 1, skipped_b = match[i] - last_j - 1;
    CU_ASSERT(skipped_b >= 0);
    if (last_i >= 0) score -= (skipped_a ? 10 + (int)skipped_a : 0) + (skipped_b ? 10 + (int)skipped_b : 0);
    score += pleat_align_blosum62(a[i], b[match[i]]);
    last_i = i;
    last_j = match[i];
  }
  return score;
}

static void test_random_pairs_are_optimal(void) {
  static int h[40][40], e[40][40], f[40][40];
  for (uint32_t round = 0; round < 200; round++) {
    pleat_random stream = pleat_random_stream(9, round, 0);
    char a[40] = "", b[40] = "";
    uint32_t words[4];
    pleat_random_words(&stream, 1000, words);
    int n = (int)(words[0] % 30) + 1, m = 0, kinds = 3 + (int)(words[1] % 17);
    for (int i = 0; i < n; i++) {
      pleat_random_words(&stream, (uint64_t)i, words);
      a[i] = letters[words[0] % (uint32_t)kinds];
      if (words[1] % 4) b[m++] = words[2] % 3 ? a[i] : letters[words[3] % (uint32_t)kinds];
    }
    int64_t match[40];
    int score;
    CU_ASSERT_EQUAL(pleat_align_global(context, a, b, match, &score), PLEAT_OK);
    CU_ASSERT_EQUAL(score, plain_score(a, b, h, e, f));
    CU_ASSERT_EQUAL(score, score_of_match(a, b, match));
  }
}

static void test_long_pair(void) {
  enum { LONG = 5000 };
  char *a = malloc(LONG + 1), *b = malloc(LONG + 1);
  int64_t *match = malloc(LONG * sizeof *match);
  for (int i = 0; i < LONG; i++) a[i] = letters[(i * 7 + i / 20) % 20];
  a[LONG] = 0;
  memcpy(b, a + 100, LONG - 100 + 1); /* b lacks the first hundred letters */
  int score;
  CU_ASSERT_EQUAL(pleat_align_global(context, a, b, match, &score), PLEAT_OK);
  int wrong = 0;
  for (int i = 0; i < LONG; i++) wrong += match[i] != (i < 100 ? -1 : i - 100);
  CU_ASSERT_EQUAL(wrong, 0);
  free(a);
  free(b);
  free(match);
}

void suite_align(void) {
  CU_pSuite suite = CU_add_suite("align", start, stop);
  CU_add_test(suite, "BLOSUM62", test_blosum62);
  CU_add_test(suite, "known alignments", test_known_alignments);
  CU_add_test(suite, "random pairs are optimal", test_random_pairs_are_optimal);
  CU_add_test(suite, "long pair", test_long_pair);
}
