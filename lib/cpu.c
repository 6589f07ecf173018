/* Reads the processor's instruction sets and how many threads this process may use.
 * SPDX-License-Identifier: MIT */
#include "lib/cpu.h"

#include "config.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const level_names[PLEAT_CPU_LEVELS] = {"portable", "avx2", "avx512"};

const char *pleat_cpu_level_name(pleat_cpu_level level) { return level_names[level]; }

pleat_cpu_level pleat_cpu_best_level(void) {
#ifdef PLEAT_BUILD_X86
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512vl"))
    return PLEAT_CPU_AVX512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return PLEAT_CPU_AVX2;
#endif
  return PLEAT_CPU_PORTABLE;
}

pleat_cpu_level pleat_cpu_chosen_level(bool *bad_name) {
  pleat_cpu_level best = pleat_cpu_best_level();
  const char *cap = getenv("PLEAT_CPU");
  *bad_name = false;
  if (!cap || !*cap) return best;
  for (int level = 0; level < PLEAT_CPU_LEVELS; level++)
    if (!strcmp(cap, level_names[level])) return (pleat_cpu_level)level < best ? (pleat_cpu_level)level : best;
  *bad_name = true;
  return best;
}

void pleat_cpu_model_name(char *name, int size) {
  char line[256];
  name[0] = 0;
  FILE *file = fopen("/proc/cpuinfo", "r");
  if (!file) return;
  while (fgets(line, sizeof line, file)) {
    char *colon = strchr(line, ':');
    if (strncmp(line, "model name", 10) || !colon) continue;
    colon[strcspn(colon, "\n")] = 0;
    snprintf(name, (size_t)size, "%s", colon + 2);
    break;
  }
  fclose(file);
}

/* Whole processors of a cgroup (v2) quota, 0 where there is none. */
static int cgroup_processors(void) {
  long quota, period;
  int processors = 0;
  FILE *file = fopen("/sys/fs/cgroup/cpu.max", "r");
  if (!file) return 0;
  if (fscanf(file, "%ld %ld", &quota, &period) == 2 && quota > 0 && period > 0)
    processors = (int)((quota + period - 1) / period);
  fclose(file);
  return processors;
}

int pleat_cpu_allowed_threads(void) {
  cpu_set_t mask;
  int threads = 1;
  if (sched_getaffinity(0, sizeof mask, &mask) == 0) threads = CPU_COUNT(&mask);
  int quota = cgroup_processors();
  if (quota > 0 && quota < threads) threads = quota;
  const char *slurm = getenv("SLURM_CPUS_PER_TASK");
  int task = slurm ? atoi(slurm) : 0;
  if (task > 0 && task < threads) threads = task;
  return threads > 0 ? threads : 1;
}
