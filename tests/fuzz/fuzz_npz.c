/* libFuzzer target: any bytes as a NumPy archive, or as one array of it (its checksum would stop most mutations).
 * SPDX-License-Identifier: MIT */
#include "tests/fuzz/fuzz_file.h"

#include <string.h>

#include "data/convert/convert.h"
#include "data/convert/npz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
  pleat_context *context;
  pleat_weights *weights;
  if (length >= 2 && memcmp(bytes, "PK", 2) == 0) {
    fuzz_file(bytes, length, pleat_convert_read);
    return 0;
  }
  char *copy = malloc(length + 1); /* of its own, so that a read past the end is seen */
  if (!copy || pleat_context_create(NULL, &context) || pleat_weights_create(context, "fuzz", &weights)) abort();
  memcpy(copy, bytes, length);
  copy[length] = 0;
  pleat_status status = pleat_npz_read_array(weights, "array", copy, length);
  if (status && !pleat_context_error(context)[0]) abort();
  if (!status) fuzz_touch(weights);
  pleat_weights_free(weights);
  pleat_context_free(context);
  free(copy);
  return 0;
}
