/* libFuzzer target: any bytes as a published weight file, seeded with PyTorch files.
 * SPDX-License-Identifier: MIT */
#include "tests/fuzz/fuzz_file.h"

#include "data/convert/convert.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
  fuzz_file(bytes, length, pleat_convert_read);
  return 0;
}
