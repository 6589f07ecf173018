/* libFuzzer target: any bytes as a model file.
 * SPDX-License-Identifier: MIT */
#include "tests/fuzz/fuzz_file.h"

static pleat_status open_and_verify(pleat_context *context, const char *path, pleat_weights **weights) {
  PLEAT_TRY(pleat_weights_open(context, path, weights));
  if (pleat_weights_verify(*weights) && !pleat_context_error(context)[0]) abort();
  return PLEAT_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
  fuzz_file(bytes, length, open_and_verify);
  return 0;
}
