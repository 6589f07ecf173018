/* Names and sizes of precisions.
 * SPDX-License-Identifier: MIT */
#include "lib/precision.h"

const char *pleat_precision_name(pleat_precision precision) {
  static const char *const names[] = {"fp32", "bf16", "int8"};
  return names[precision];
}

size_t pleat_precision_bytes(pleat_precision precision) {
  static const size_t bytes[] = {4, 2, 1};
  return bytes[precision];
}
