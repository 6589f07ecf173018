/* The ordered table of kernel sets.
 * SPDX-License-Identifier: MIT */
#include "lib/dispatch.h"

#include "config.h"

#include <stdlib.h>

#include "lib/kernel/kernels.h"

static const pleat_kernels *const table[PLEAT_CPU_LEVELS] = {
    [PLEAT_CPU_PORTABLE] = &pleat_kernels_portable,
#ifdef PLEAT_BUILD_X86
    [PLEAT_CPU_AVX2] = &pleat_kernels_avx2,
    [PLEAT_CPU_AVX512] = &pleat_kernels_avx512,
#endif
};

const pleat_kernels *pleat_dispatch_level(pleat_cpu_level level) {
  return level <= pleat_cpu_best_level() ? table[level] : NULL;
}

pleat_status pleat_dispatch_choose(pleat_context *context, const pleat_kernels **kernels) {
  bool bad_name;
  pleat_cpu_level level = pleat_cpu_chosen_level(&bad_name);
  *kernels = NULL;
  PLEAT_CHECK(
      context, !bad_name, PLEAT_ERROR_INPUT,
      "the environment's PLEAT_CPU is '%s', which is no instruction set: use portable, avx2 or avx512, or unset it",
      getenv("PLEAT_CPU"));
  *kernels = pleat_dispatch_level(level);
  return PLEAT_OK;
}
