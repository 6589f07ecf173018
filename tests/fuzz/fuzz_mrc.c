/* libFuzzer target: any bytes as an MRC or CCP4 map; every value of what reads is looked at.
 * SPDX-License-Identifier: MIT */
#include "pleat_fit.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
  pleat_context *context = fuzz_context();
  pleat_map *map;
  pleat_status status = pleat_map_parse(context, (const char *)bytes, length, "fuzz.mrc", &map);
  if (!status) {
    pleat_map_info info = pleat_map_describe(map);
    if (!(info.least <= info.greatest) || info.size[0] * info.size[1] * info.size[2] > length) abort();
  } else if (map) {
    abort();
  }
  pleat_map_free(map);
  fuzz_done(context, status);
  return 0;
}
