/* libFuzzer target: any bytes as a file of sequences; every good query has letters only, every bad one a sentence.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "data/query.h"
#include "tests/fuzz/fuzz.h"

static void check_query(const pleat_query *query) {
  size_t letters = 0;
  for (int i = 0; i < query->chains; i++) {
    if (strspn(query->sequence[i], "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != strlen(query->sequence[i])) abort();
    letters += strlen(query->sequence[i]);
  }
  if (!letters || !query->name[0] || strpbrk(query->name, "/\\ ") || query->name[0] == '.') abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
  pleat_context *context = fuzz_context();
  pleat_query_list *list;
  pleat_status status = pleat_query_list_parse(context, (const char *)bytes, length, "fuzz.fasta", &list);
  for (size_t i = 0; !status && i < pleat_query_list_count(list); i++) {
    const pleat_query *query = pleat_query_list_get(list, i);
    if (!query == !pleat_query_list_error(list, i)) abort();
    if (query) check_query(query);
  }
  pleat_query_list_free(list);
  fuzz_done(context, status);
  return 0;
}
