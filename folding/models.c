/* The table of models: one row each.
 * SPDX-License-Identifier: MIT */
#include "folding/model.h"

#include <string.h>

extern const pleat_model_def pleat_model_flashabb, pleat_model_flashabb_masked, pleat_model_flashabb_sss,
    pleat_model_flashtap, pleat_model_frame2seq, pleat_model_packer;
extern const pleat_model_def pleat_model_proteinmpnn_020, pleat_model_proteinmpnn_002, pleat_model_proteinmpnn_010,
    pleat_model_proteinmpnn_030, pleat_model_solublempnn_020, pleat_model_solublempnn_002, pleat_model_solublempnn_010,
    pleat_model_solublempnn_030, pleat_model_ligandmpnn_010, pleat_model_ligandmpnn_005, pleat_model_ligandmpnn_020,
    pleat_model_ligandmpnn_030, pleat_model_global_membrane_mpnn, pleat_model_per_residue_membrane_mpnn;
extern const pleat_model_def pleat_model_alphafold2_model_1, pleat_model_alphafold2_model_2,
    pleat_model_alphafold2_model_3, pleat_model_alphafold2_model_4, pleat_model_alphafold2_model_5,
    pleat_model_alphafold2_ptm_model_1, pleat_model_alphafold2_ptm_model_2, pleat_model_alphafold2_ptm_model_3,
    pleat_model_alphafold2_ptm_model_4, pleat_model_alphafold2_ptm_model_5;
extern const pleat_model_def pleat_model_alphafold2_multimer_v3_model_1, pleat_model_alphafold2_multimer_v3_model_2,
    pleat_model_alphafold2_multimer_v3_model_3, pleat_model_alphafold2_multimer_v3_model_4,
    pleat_model_alphafold2_multimer_v3_model_5;

const pleat_model_def *const pleat_models[] = {
    &pleat_model_flashabb, &pleat_model_flashabb_masked, &pleat_model_flashabb_sss, &pleat_model_flashtap,
    &pleat_model_proteinmpnn_020, &pleat_model_proteinmpnn_002, &pleat_model_proteinmpnn_010,
    &pleat_model_proteinmpnn_030, &pleat_model_solublempnn_020, &pleat_model_solublempnn_002,
    &pleat_model_solublempnn_010, &pleat_model_solublempnn_030, &pleat_model_ligandmpnn_010,
    &pleat_model_ligandmpnn_005, &pleat_model_ligandmpnn_020, &pleat_model_ligandmpnn_030,
    &pleat_model_global_membrane_mpnn, &pleat_model_per_residue_membrane_mpnn, &pleat_model_frame2seq,
    &pleat_model_packer,
    &pleat_model_alphafold2_model_1, &pleat_model_alphafold2_model_2, &pleat_model_alphafold2_model_3,
    &pleat_model_alphafold2_model_4, &pleat_model_alphafold2_model_5, &pleat_model_alphafold2_ptm_model_1,
    &pleat_model_alphafold2_ptm_model_2, &pleat_model_alphafold2_ptm_model_3, &pleat_model_alphafold2_ptm_model_4,
    &pleat_model_alphafold2_ptm_model_5, &pleat_model_alphafold2_multimer_v3_model_1,
    &pleat_model_alphafold2_multimer_v3_model_2, &pleat_model_alphafold2_multimer_v3_model_3,
    &pleat_model_alphafold2_multimer_v3_model_4, &pleat_model_alphafold2_multimer_v3_model_5, NULL,
};

/* Whether `model` is "NAME_model_1". */
static bool is_first_of(const char *name, const char *model) {
  size_t length = strlen(name);
  return !strncmp(model, name, length) && !strcmp(model + length, "_model_1");
}

const pleat_model_def *pleat_models_find(const char *name) {
  for (size_t i = 0; pleat_models[i]; i++)
    if (!strcmp(pleat_models[i]->name, name)) return pleat_models[i];
  for (size_t i = 0; pleat_models[i]; i++)
    if (pleat_models[i]->short_name && !strcmp(pleat_models[i]->short_name, name)) return pleat_models[i];
  for (size_t i = 0; pleat_models[i]; i++)
    if (is_first_of(name, pleat_models[i]->name)) return pleat_models[i];
  return NULL;
}
