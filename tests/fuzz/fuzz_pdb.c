/* libFuzzer target: any bytes as a PDB file; what reads is written and read again with the same number of atoms.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "data/pdb.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
  pleat_context *context = fuzz_context();
  pleat_structure_source source = {(const char *)bytes, length, "fuzz.pdb", 0};
  pleat_structure *structure;
  if (pleat_structure_create(context, &structure)) abort();
  pleat_status status = pleat_pdb_parse(&source, structure);
  if (!status) status = pleat_structure_finish(structure);
  if (!status) fuzz_round_trip(structure, pleat_pdb_write, pleat_pdb_parse);
  if (!status) fuzz_round_trip(structure, pleat_mmcif_write, pleat_mmcif_parse);
  pleat_structure_free(structure);
  fuzz_done(context, status);
  return 0;
}
