/* What a Slurm job needs for a run: #SBATCH lines.
 * SPDX-License-Identifier: MIT */
#include "program/slurm.h"

#include <string.h>

enum { MEBI = 1 << 20, MINUTE = 60, HOUR = 60 * MINUTE, DAY = 24 * HOUR };

/* 'it'\''s': safe in a shell whatever the text holds. */
static void print_quoted(const char *text) {
  if (*text && strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-+./:,=@%") == strlen(text)) {
    fputs(text, stdout);
    return;
  }
  putchar('\'');
  for (; *text; text++) *text == '\'' ? (void)fputs("'\\''", stdout) : (void)putchar(*text);
  putchar('\'');
}

static void print_command(const pleat_settings *settings) {
  const pleat_options *options = settings->options;
  printf(pleat_options_number(options, PLEAT_OPTION_RANKS) > 1 ? "exec srun --mpi=pmix pleat_mpi predict " : "exec pleat predict ");
  print_quoted(options->inputs[0]);
  printf(" OUTDIR");
  for (int id = 0; pleat_options_row(id); id++) {
    const pleat_option_row *row = pleat_options_row(id);
    if (!options->values[id] || !(row->verbs & PLEAT_VERB_BIT_PREDICT) || id == PLEAT_OPTION_THREADS) continue;
    printf(" --%s", row->name);
    if (row->argument) putchar(' '), print_quoted(options->values[id]);
  }
  putchar('\n');
}

/* D-HH:MM:00, whole minutes. */
static void print_time(double seconds) {
  long long time = (long long)(2 * seconds) + 10 * MINUTE;
  time += (MINUTE - time % MINUTE) % MINUTE;
  printf("#SBATCH --time=");
  if (time >= DAY) printf("%lld-", time / DAY);
  printf("%02lld:%02lld:00\n", time % DAY / HOUR, time % HOUR / MINUTE);
}

void pleat_slurm_print(const pleat_settings *settings, size_t bytes, double seconds, size_t jobs) {
  size_t mebi = (bytes + bytes / 4) / MEBI + 64, threads = (size_t)pleat_context_threads(settings->context);
  long ranks = pleat_options_number(settings->options, PLEAT_OPTION_RANKS);
  printf("#!/bin/sh\n#SBATCH --job-name=pleat\n");
  if (ranks == 1) printf("#SBATCH --nodes=1\n");
  printf("#SBATCH --ntasks=%ld\n#SBATCH --cpus-per-task=%zu\n", ranks, threads);
  if (ranks == 1) printf("#SBATCH --mem=%zuM\n", mebi);
  else printf("#SBATCH --mem-per-cpu=%zuM\n", (mebi + threads - 1) / threads);
  print_time(seconds);
  printf("#SBATCH --requeue\n#SBATCH --open-mode=append\n");
  printf("# %zu job%s, about %.3g s of work on this machine; --array=0-N shares them among tasks\n", jobs, jobs == 1 ? "" : "s",
         seconds);
  print_command(settings);
}
