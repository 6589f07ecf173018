/* libFuzzer target: any bytes as a tar archive; each header's checksum is put right first, or it would stop most mutations.
 * SPDX-License-Identifier: MIT */
#include "tests/fuzz/fuzz_file.h"

#include <string.h>

#include "data/convert/convert.h"
#include "data/convert/tar.h"

static void seal(uint8_t *header) {
  unsigned sum = 0;
  memset(header + 148, ' ', 8);
  for (int i = 0; i < 512; i++) sum += header[i];
  snprintf((char *)header + 148, 8, "%06o", sum);
}

/* Members must lie in the file, and have names that stay in the archive. */
static pleat_status read_members(pleat_context *context, const char *path, pleat_weights **weights) {
  pleat_tar tar;
  *weights = NULL;
  pleat_tar_is(path);
  PLEAT_TRY(pleat_tar_open(context, path, &tar));
  for (size_t i = 0; i < tar.count; i++) {
    const pleat_convert_place place = {path, tar.members[i].name, tar.members[i].offset, tar.members[i].length};
    pleat_weights *read;
    if (strstr(place.name, "/../") || place.name[0] == '/') abort();
    if (i < 4 && pleat_convert_read_at(context, &place, &read) == PLEAT_OK) pleat_weights_free(read);
  }
  pleat_tar_close(&tar);
  return pleat_weights_create(context, path, weights);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
  uint8_t *copy = malloc(length + 1);
  if (!copy) abort();
  memcpy(copy, bytes, length);
  for (size_t at = 0; at + 512 <= length; at += 512)
    if (memcmp(copy + at + 257, "ustar", 5) == 0) seal(copy + at);
  fuzz_file(copy, length, read_members);
  free(copy);
  return 0;
}
