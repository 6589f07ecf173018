/* libFuzzer target: any names and shapes as tensors that may be OpenFold's; lines of "NAME SIZE SIZE".
 * SPDX-License-Identifier: MIT */
#include "tests/fuzz/fuzz_file.h"

#include <string.h>

#include "data/convert/openfold.h"

static float numbers[64 * 64];

static void add_line(pleat_weights *weights, char *line) {
  pleat_tensor tensor = {.data = numbers, .dtype = PLEAT_DTYPE_F32};
  char *sizes = strchr(line, ' ');
  if (sizes) *sizes++ = 0;
  while (sizes && *sizes && tensor.rank < 2) {
    tensor.shape[tensor.rank++] = strtol(sizes, &sizes, 10) & 63;
    if (*sizes == ' ') sizes++;
    else if (*sizes) tensor.dtype = PLEAT_DTYPE_I32, *sizes = 0;
  }
  if (pleat_weights_add(weights, line, &tensor)) return; /* a second of that name */
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
  pleat_context *context;
  pleat_weights *from, *to;
  char *copy = malloc(length + 1), *rest = copy;
  if (!copy || pleat_context_create(NULL, &context)) abort();
  if (pleat_weights_create(context, "fuzz", &from) || pleat_weights_create(context, "fuzz", &to)) abort();
  memcpy(copy, bytes, length);
  copy[length] = 0;
  for (char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n")) add_line(from, line);
  if (pleat_openfold_is(from)) {
    pleat_status status = pleat_openfold_rename(from, to);
    if (status && !pleat_context_error(context)[0]) abort();
    if (!status) fuzz_touch(to);
  }
  pleat_weights_free(from);
  pleat_weights_free(to);
  pleat_context_free(context);
  free(copy);
  return 0;
}
