/* The table of models: one row each.
 * SPDX-License-Identifier: MIT */
#include "folding/model.h"

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
