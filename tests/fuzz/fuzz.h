/* What the fuzz targets share: a context, the round trip of a structure, and that a failure has its sentence.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_TESTS_FUZZ_H
#define PLEAT_TESTS_FUZZ_H

#include <stdint.h>
#include <stdlib.h>

#include "data/mmcif.h"
#include "data/pdb.h"

static inline pleat_context *fuzz_context(void) {
  pleat_context *context;
  if (pleat_context_create(NULL, &context)) abort();
  return context;
}

/* Every refusal must say something. */
static inline void fuzz_done(pleat_context *context, pleat_status status) {
  if (status && !pleat_context_error(context)[0]) abort();
  pleat_context_free(context);
}

typedef pleat_status (*fuzz_write)(const pleat_structure *structure, const char *name, pleat_text *text);
typedef pleat_status (*fuzz_parse)(const pleat_structure_source *source, pleat_structure *structure);

/* What one of our writers accepts, our reader must give back with every atom. */
static inline void fuzz_round_trip(const pleat_structure *structure, fuzz_write write, fuzz_parse parse) {
  pleat_text text;
  pleat_structure *again;
  pleat_text_init(&text, structure->context);
  if (!write(structure, "again", &text)) {
    pleat_structure_source source = {text.bytes, text.length, "again", 0};
    if (pleat_structure_create(structure->context, &again)) abort();
    if (parse(&source, again) || pleat_structure_finish(again)) abort();
    if (again->atom_count != structure->atom_count) abort();
    pleat_structure_free(again);
  }
  pleat_text_free(&text);
}

#endif
