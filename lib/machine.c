/* What is running: the library's version, and what a run on this machine would use.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <unistd.h>

#include "config.h"
#include "lib/context.h"
#include "lib/cpu.h"

size_t pleat_process_bytes(void) {
  unsigned long long whole = 0, resident = 0;
  FILE *file = fopen("/proc/self/statm", "r"); /* in pages */
  if (!file) return 0;
  if (fscanf(file, "%llu %llu", &whole, &resident) != 2) resident = 0;
  fclose(file);
  return (size_t)resident * (size_t)sysconf(_SC_PAGESIZE);
}

const char *pleat_version(void) { return PACKAGE_VERSION; }

const char *pleat_context_describe_machine(pleat_context *context) {
  char processor[128];
  bool bad_name;
  pleat_cpu_level chosen = pleat_cpu_chosen_level(&bad_name);
  pleat_cpu_model_name(processor, sizeof processor);
  snprintf(context->machine, sizeof context->machine, "%s kernels (best here: %s), %d threads, %s",
           pleat_cpu_level_name(chosen), pleat_cpu_level_name(pleat_cpu_best_level()), pleat_context_threads(context),
           *processor ? processor : "unnamed processor");
  return context->machine;
}
