/* What the fuzz targets of weight files share: bytes as a file that only lives in memory.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_TESTS_FUZZ_FILE_H
#define PLEAT_TESTS_FUZZ_FILE_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* memfd_create; so this header comes first */
#endif

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/weights.h"

typedef pleat_status (*fuzz_reader)(pleat_context *context, const char *path, pleat_weights **weights);

/* Every number of every tensor is looked at, so that a sanitizer sees a tensor that lies outside its memory. */
static inline void fuzz_touch(const pleat_weights *weights) {
  double sum = 0;
  for (size_t i = 0; i < pleat_weights_count(weights); i++) {
    const pleat_tensor *tensor = pleat_weights_tensor(weights, i);
    for (size_t k = 0; k < pleat_tensor_count(tensor); k++) sum += pleat_tensor_value(tensor, k);
    if (pleat_weights_find(weights, pleat_weights_name(weights, i)) != tensor) abort();
  }
  volatile double sink = sum;
  (void)sink;
}

static inline void fuzz_file(const uint8_t *bytes, size_t length, fuzz_reader reader) {
  pleat_context *context;
  pleat_weights *weights;
  char path[64];
  int descriptor = memfd_create("fuzz", 0);
  if (descriptor < 0 || write(descriptor, bytes, length) != (ssize_t)length) abort();
  if (pleat_context_create(NULL, &context)) abort();
  snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
  pleat_status status = reader(context, path, &weights);
  if (status && (weights || !pleat_context_error(context)[0])) abort();
  if (!status) fuzz_touch(weights);
  pleat_weights_free(weights);
  pleat_context_free(context);
  close(descriptor);
}

#endif
