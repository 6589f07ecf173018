/* The table of problems, and the checks of each.
 * SPDX-License-Identifier: MIT */
#include "tests/kernelcheck.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/dispatch.h"
#include "tests/compare.h"

static const char *const table[] = {
  "linear:m1n1k1", "linear:m1n1k1:bias:relu:gate:add", "linear:m37n33k65:bias:relu", "linear:m15n31k16:bias:gelu",
  "linear:m13n32k7:bias:sigmoid:gate", "linear:m12n64k128:bias:silu:add", "linear:m200n97k33:bias", "linear:m33n17k200:add",
  "linear:m97n128k128", "linear:m5n16k15:nan", "linear:m40n40k40:inf:bias", "linear:m25n15k64:gate:gelu:add",
  "linear:m224n70k24:bias", "linear:m3n300k9:bias:relu", "linear:m26n33k513:bias",
  "linear:m1n1k1:bf16:bias", "linear:m37n33k65:bf16:bias:relu", "linear:m200n97k33:bf16:gate:add", "linear:m97n128k128:bf16",
  "linear:m1n1k1:int8:bias", "linear:m37n33k65:int8:bias:gelu", "linear:m200n97k33:int8:gate:add", "linear:m97n128k128:int8",
  "linear:m5n16k15:int8:nan", "outer:s5l9c32o20:bf16:bias:mask", "outer:s5l9c32o20:int8:bias:mask",
  "message:n9k13c128:bf16:bias:mask:each", "message:n9k48c128:int8:bias:mask", "message:n3k25c64:int8:each:nosum",
  "norm:m1c1", "norm:m3c2", "norm:m9c15", "norm:m9c16", "norm:m9c17", "norm:m64c128", "norm:m300c127:dropout", "norm:m5c128:dropout",
  "norm:m5c33:nan", "norm:m5c33:inf", "norm:m17c256:far", "norm:m4c7:dropout",
  "softmax:m1c1", "softmax:m4c3", "softmax:m7c15", "softmax:m7c16", "softmax:m7c17", "softmax:m5c1000:far", "softmax:m5c33:nan",
  "softmax:m5c33:minusinf", "softmax:m900c40",
  "activate:c1:gelu", "activate:c15:relu", "activate:c17:sigmoid", "activate:c40000:gelu", "activate:c1000:silu:far",
  "activate:c1000:sigmoid:far", "activate:c1000:gelu:far", "activate:c33:gelu:nan", "activate:c33:relu:nan", "activate:c33:silu:nan",
  "activate:c33:sigmoid:inf", "activate:c33:sigmoid:minusinf", "activate:c33:relu:inf", "activate:c20",
  "attention:b1h1q1k1d1", "attention:b2h3q65k129d8:bias:mask", "attention:b2h2q7k31d16:mask:gate", "attention:b1h2q33k257d32:bias:gate",
  "attention:b3h1q5k16d24:absent", "attention:b2h1q4k128d64", "attention:b1h2q6k20d17:nan", "attention:b2h2q6k15d33:bias:mask",
  "attention:b3h2q5k16d24:absent:average:bias", "attention:b2h1q3k7d8:mask:average",
  "triangle:l1c1", "triangle:l2c3:incoming", "triangle:l17c16:mask", "triangle:l33c20:incoming:mask", "triangle:l50c5",
  "triangle:l64c4:incoming", "triangle:l7c2:nan", "triangle:l9c3:absent",
  "outer:s1l1c1o1", "outer:s3l5c4o7:bias", "outer:s17l26c8o5:bias:mask", "outer:s5l9c32o20:bias:mask", "outer:s33l3c17o3",
  "outer:s4l6c5o3:bias:absent", "outer:s6l4c3o2:nan",
  "message:n1k1c32", "message:n5k48c128:bias", "message:n9k13c128:bias:mask:each", "message:n3k25c64:each:nosum",
  "message:n6k16c32:absent", "message:n17k12c96:mask", "message:n4k7c128:nan:bias", "message:n40k5c32:bias:each",
  "radial:m1d1b16", "radial:m31d25b16", "radial:m9d2b48", "radial:m6d3b16:nan", "radial:m6d3b16:inf",
  "point:l1h1", "point:l2h3", "point:l15h2:bias:mask", "point:l16h1", "point:l17h2:mask", "point:l33h2:scatter", "point:b4l41h2",
  "point:b2l130h2:mask:bias", "point:l9h2:absent", "point:l20h1:nan", "point:b3l64h1:scatter:mask",
  "point:l1h1c1:pair", "point:l17h4c128:pair:bias", "point:l33h12c64:pair:mask", "point:b3l40h5c37:pair:bias:mask",
  "point:l300h3c19:pair:mask", "point:l9h2c16:pair:absent", "point:l20h1c8:pair:nan", "point:l530h4c24:pair",
};

static bool equals_reference(kernel_case *c, char *message, int size) {
  kernel_case_refer(c);
  for (int i = 0; i < KERNEL_CASE_OUTPUTS; i++) {
    test_difference difference;
    char text[160];
    if (test_compare(c->got[i], c->want[i], c->count[i], c->tolerance, &difference)) continue;
    test_compare_describe(&difference, text, sizeof text);
    snprintf(message, (size_t)size, "output %d: %s", i, text);
    return false;
  }
  return true;
}

static bool same_bits(const kernel_case *c, float *const before[KERNEL_CASE_OUTPUTS], const char *what, char *message, int size) {
  for (int i = 0; i < KERNEL_CASE_OUTPUTS; i++)
    for (int64_t j = 0; j < c->count[i]; j++)
      if (memcmp(&before[i][j], &c->got[i][j], sizeof(float)) && !(before[i][j] != before[i][j] && c->got[i][j] != c->got[i][j])) {
        snprintf(message, (size_t)size, "%s: output %d differs at %lld: %.9g, then %.9g", what, i, (long long)j, before[i][j], c->got[i][j]);
        return false;
      }
  return true;
}

static void forget(kernel_case *c) {
  for (int i = 0; i < KERNEL_CASE_OUTPUTS; i++)
    for (int64_t j = 0; j < c->count[i]; j++) c->got[i][j] = -77;
}

/* The same problem again: with 1, 2, 3 threads, then cut into pieces of 1, 5, 7... rows. */
static bool keeps_bits(kernel_case *c, char *message, int size) {
  float *before[KERNEL_CASE_OUTPUTS] = {0};
  char what[48];
  for (int i = 0; i < KERNEL_CASE_OUTPUTS; i++) {
    if (pleat_pool_take(&c->pool, (size_t)c->count[i] + 1, sizeof(float), &before[i])) return false;
    if (c->count[i]) memcpy(before[i], c->got[i], (size_t)c->count[i] * sizeof(float));
  }
  for (int threads = 1; threads <= 3; threads++) {
    forget(c);
    snprintf(what, sizeof what, "%d threads", threads);
    if (kernel_case_do(c, threads, 0, c->rows) || !same_bits(c, before, what, message, size)) return false;
  }
  static const int pieces[] = {1, 5, 7, 12, 33};
  forget(c);
  for (int64_t begin = 0, i = 0; begin < c->rows; i++) {
    int64_t end = begin + pieces[i % 5] < c->rows ? begin + pieces[i % 5] : c->rows;
    if (kernel_case_do(c, 2, begin, end)) return false;
    begin = end;
  }
  return same_bits(c, before, "rows in pieces", message, size);
}

bool kernel_check(pleat_context *context, const char *text, char *message, int size) {
  kernel_problem problem;
  kernel_case made;
  if (!kernel_problem_parse(text, &problem)) {
    snprintf(message, (size_t)size, "'%s' is no problem: see tests/kernelcase.h", text);
    return false;
  }
  pleat_status status = kernel_case_make(context, &problem, &made);
  message[0] = 0;
  if (!status) status = kernel_case_do(&made, 2, 0, made.rows);
  bool good = !status && equals_reference(&made, message, size) && keeps_bits(&made, message, size);
  if (!good && !message[0]) snprintf(message, (size_t)size, "%s", pleat_context_error(context));
  kernel_case_free(&made);
  return good;
}

static int check_table(pleat_context *context, const char *set, const char *gemm, void (*say)(const char *line), int *done) {
  int failed = 0;
  setenv("PLEAT_CPU", set, 1);
  setenv("PLEAT_GEMM", gemm, 1);
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    char message[300], line[420];
    bool rounds = strstr(table[i], ":bf16") || strstr(table[i], ":int8"); /* for the own kernels alone */
    if (strcmp(gemm, "own") && (rounds || (strncmp(table[i], "linear", 6) && strncmp(table[i], "message", 7)))) continue;
    ++*done;
    if (kernel_check(context, table[i], message, sizeof message)) continue;
    snprintf(line, sizeof line, "%s, %s, %s: %s", set, gemm, table[i], message);
    say(line);
    failed++;
  }
  return failed;
}

int kernel_check_all(pleat_context *context, void (*say)(const char *line), int *done) {
  static const char *const gemms[] = {
    "own", "reference",
#ifndef PLEAT_WITHOUT_BLAS
    "openblas",
#endif
  };
  char *set = getenv("PLEAT_CPU"), *gemm = getenv("PLEAT_GEMM"), kept_set[32] = "", kept_gemm[32] = "";
  int failed = 0;
  if (set) snprintf(kept_set, sizeof kept_set, "%s", set);
  if (gemm) snprintf(kept_gemm, sizeof kept_gemm, "%s", gemm);
  *done = 0;
  for (int level = 0; level < PLEAT_CPU_LEVELS; level++)
    for (size_t i = 0; i < sizeof gemms / sizeof *gemms && pleat_dispatch_level(level); i++)
      failed += check_table(context, pleat_cpu_level_name(level), gemms[i], say, done);
  setenv("PLEAT_CPU", kept_set, 1);
  setenv("PLEAT_GEMM", kept_gemm, 1);
  return failed;
}
