/* libFuzzer target: a structure file in any format as a target of design, with settings: lines of a letter (a setting by
 * its place in the table) and a value, up to a byte 0, stand before the file.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "folding/target.h"
#include "tests/fuzz/fuzz.h"

static void set_options(pleat_context *context, pleat_target *target, const char *lines) {
  char value[256];
  while (*lines) {
    size_t length = strcspn(lines, "\n"), used = length < sizeof value ? length : sizeof value - 1;
    size_t index = (size_t)(unsigned char)lines[0] % pleat_target_option_count();
    memcpy(value, lines + (length > 0), used - (length > 0));
    value[used - (length > 0)] = 0;
    pleat_status status = pleat_target_set_option(target, pleat_target_option(index).name, value);
    if (status && !pleat_context_error(context)[0]) abort();
    lines += length + (lines[length] != 0);
  }
}

/* What was read must be finite, and its groups and letters within bounds. */
static void check_backbone(const pleat_backbone *b) {
  for (int64_t i = 0; i < b->length * 12; i++)
    if (!isfinite(b->x[i])) abort();
  for (int64_t i = 0; i < b->length; i++)
    if (b->letter[i] < 0 || b->letter[i] > PLEAT_TARGET_UNKNOWN || b->label[i] < 0 || b->label[i] > 2) abort();
  for (int64_t i = 0; i < b->context_count; i++)
    if (b->element[i] < 1 || b->element[i] > 118) abort();
  for (int64_t i = 0; i < b->ties.start[b->ties.count]; i++)
    if (b->ties.member[i] < 0 || b->ties.member[i] >= b->length) abort();
}

static void make_sample(const pleat_target *target, pleat_pool *pool) {
  const pleat_backbone *b = pleat_target_backbone(target);
  const char *sequence;
  float *mask;
  pleat_structure *structure;
  if (pleat_pool_take(pool, (size_t)b->length * 4, sizeof *mask, &mask)) abort();
  for (int64_t i = 0; i < b->length * 4; i++) mask[i] = 1;
  pleat_target_sample sample = {b->letter, b->x, mask, mask, 4};
  if (pleat_target_make_structure(target, &sample, &structure)) abort();
  fuzz_round_trip(structure, pleat_pdb_write, pleat_pdb_parse);
  fuzz_round_trip(structure, pleat_mmcif_write, pleat_mmcif_parse);
  pleat_structure_free(structure);
  if (pleat_target_make_sequence(target, b->letter, pool, &sequence)) abort();
  if (pleat_target_set_option((pleat_target *)(uintptr_t)target, "sequence", sequence)) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
  pleat_context *context = fuzz_context();
  const uint8_t *end = length ? memchr(bytes, 0, length) : NULL;
  size_t head = end ? (size_t)(end - bytes) + 1 : 0;
  pleat_structure_source source = {(const char *)bytes + head, length - head, "fuzz", 0};
  pleat_structure *structure = NULL;
  pleat_target *target = NULL;
  pleat_pool pool;
  pleat_pool_init(&pool, context, 0);
  pleat_status status = pleat_structure_parse(context, &source, &structure);
  if (!status) status = pleat_target_create(context, "fuzz", structure, NULL, &target);
  pleat_structure_free(structure);
  if (!status) {
    if (head) set_options(context, target, (const char *)bytes);
    check_backbone(pleat_target_backbone(target));
    if (pleat_target_check(target) && !pleat_context_error(context)[0]) abort();
    make_sample(target, &pool);
  }
  pleat_pool_free(&pool);
  pleat_target_free(target);
  fuzz_done(context, status);
  return 0;
}
