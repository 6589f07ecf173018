/* libFuzzer target: any bytes as a Stockholm alignment; what is read holds together and comes back from every writer.
 * SPDX-License-Identifier: MIT */
#include "tests/fuzz/fuzz_msa.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
  fuzz_msa(bytes, length, PLEAT_MSA_FORMAT_STOCKHOLM);
  return 0;
}
