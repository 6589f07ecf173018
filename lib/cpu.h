/* What this machine can do: instruction sets, cores, caches.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_LIB_CPU_H
#define PLEAT_LIB_CPU_H

#include <stdbool.h>

/* Ordered: a machine of one level runs the kernels of all lower ones. */
typedef enum pleat_cpu_level { PLEAT_CPU_PORTABLE, PLEAT_CPU_AVX2, PLEAT_CPU_AVX512, PLEAT_CPU_LEVELS } pleat_cpu_level;

/* The highest level that processor, operating system and build allow. */
pleat_cpu_level pleat_cpu_best_level(void);

/* best_level, lowered to what the environment's PLEAT_CPU (portable, avx2, avx512) asks for; *bad_name is set when
 * PLEAT_CPU holds another word. */
pleat_cpu_level pleat_cpu_chosen_level(bool *bad_name);

const char *pleat_cpu_level_name(pleat_cpu_level level);

/* The processor's own name, "" where it has none. `size` bytes at `name`, always terminated. */
void pleat_cpu_model_name(char *name, int size);

/* Threads that affinity mask, cgroup quota and SLURM_CPUS_PER_TASK all allow; at least 1. */
int pleat_cpu_allowed_threads(void);

#endif
