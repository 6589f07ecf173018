/* libFuzzer target: any bytes as an hhr report; every hit's two sides have the same length and can be mapped.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "msa/hhr.h"
#include "tests/fuzz/fuzz.h"

static void check_hit(pleat_context *context, const pleat_hhr_hit *hit) {
  char *query = malloc(hit->length + 1);
  int32_t *partners = malloc((hit->length + 1) * sizeof *partners);
  size_t letters = 0, in_hit = 0;
  if (strlen(hit->query) != hit->length || strlen(hit->hit) != hit->length) abort();
  for (size_t i = 0; i < hit->length; i++) {
    if ((hit->query[i] == '-') != (hit->query_indices[i] < 0)) abort();
    if ((hit->hit[i] == '-') != (hit->hit_indices[i] < 0)) abort();
    if (hit->query[i] != '-') query[letters++] = hit->query[i];
    in_hit += hit->hit[i] != '-';
  }
  query[letters] = 0;
  if (letters && pleat_hhr_map(context, hit, query, partners)) abort();
  for (size_t i = 0; i < letters; i++) {
    if (partners[i] >= (int32_t)in_hit) abort();
  }
  free(query);
  free(partners);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
  pleat_context *context = fuzz_context();
  pleat_hhr hhr;
  pleat_hhr_init(&hhr, context);
  pleat_status status = pleat_hhr_parse(&hhr, (const char *)bytes, length, "fuzz.hhr");
  for (size_t i = 0; !status && i < hhr.count; i++) check_hit(context, &hhr.hits[i]);
  pleat_hhr_free(&hhr);
  fuzz_done(context, status);
  return 0;
}
