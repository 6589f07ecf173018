/* The table of models: one row each.
 * SPDX-License-Identifier: MIT */
#include "folding/model.h"

extern const pleat_model_def pleat_model_flashabb, pleat_model_flashabb_masked, pleat_model_flashabb_sss,
    pleat_model_flashtap;

const pleat_model_def *const pleat_models[] = {
    &pleat_model_flashabb, &pleat_model_flashabb_masked, &pleat_model_flashabb_sss, &pleat_model_flashtap, NULL,
};
