/* pleat bench: what this machine can do, and what share of it kernels reach.
 * SPDX-License-Identifier: MIT */
#include <jansson.h>
#include <stdio.h>

#include "program/settings.h"
#include "program/verbs.h"

static double giga(double amount, const pleat_bench_row *row) { return amount / row->seconds * 1e-9; }

static void print_table(const pleat_bench_row *rows, int count) {
  double peak = giga(rows[PLEAT_BENCH_PEAK].flops, &rows[PLEAT_BENCH_PEAK]);
  double memory = giga(rows[PLEAT_BENCH_MEMORY].bytes, &rows[PLEAT_BENCH_MEMORY]);
  printf("%-42s %7s %10s %9s %7s %7s %7s\n", "kernel", "threads", "ms", "GFLOP/s", "share", "GB/s", "share");
  for (const pleat_bench_row *row = rows; row < rows + count; row++)
    printf("%-42s %7d %10.3f %9.1f %6.1f%% %7.1f %6.1f%%\n", row->name, row->threads, row->seconds * 1e3,
           giga(row->flops, row), 100 * giga(row->flops, row) / peak, giga(row->bytes, row),
           100 * giga(row->bytes, row) / memory);
}

static void print_json(const pleat_bench_row *rows, int count, const char *machine) {
  json_t *list = json_array(), *object = json_object();
  for (const pleat_bench_row *row = rows; row < rows + count; row++)
    json_array_append_new(list, json_pack("{s:s, s:i, s:f, s:f, s:f}", "kernel", row->name, "threads", row->threads,
                                          "seconds", row->seconds, "flops", row->flops, "bytes", row->bytes));
  json_object_set_new(object, "machine", json_string(machine));
  json_object_set_new(object, "kernels", list);
  json_dumpf(object, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
  putchar('\n');
  json_decref(object);
}

int pleat_verb_bench(const pleat_options *options) {
  pleat_settings settings;
  pleat_bench_row rows[PLEAT_BENCH_ROWS];
  int code = pleat_settings_start(options, &settings);
  int count = pleat_options_flag(options, PLEAT_OPTION_PEAK) ? PLEAT_BENCH_KERNELS : PLEAT_BENCH_ROWS;
  if (!code) {
    pleat_status status = pleat_bench_measure(settings.context, rows);
    if (status) code = pleat_settings_fail(&settings, status);
  }
  if (!code && pleat_options_flag(options, PLEAT_OPTION_JSON))
    print_json(rows, count, pleat_context_describe_machine(settings.context));
  else if (!code)
    print_table(rows, count);
  pleat_settings_end(&settings);
  return code;
}
