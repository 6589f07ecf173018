/* Inside an MPI program: every rank predicts its share of a list, with a context, threads and an allocator of its own, on the
 * program's communicator. farm MODEL IN.fasta OUTDIR
 * SPDX-License-Identifier: MIT */
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "pleat.h"

/* The program's own memory: here malloc with a count of what is alive, 16 bytes before each block hold its size. */
typedef struct arena { size_t bytes, most; } arena;

static void *take(void *user, size_t bytes) {
  arena *memory = user;
  size_t *block = malloc(bytes + 16);
  if (!block) return NULL;
  *block = bytes;
  memory->bytes += bytes;
  if (memory->bytes > memory->most) memory->most = memory->bytes;
  return (char *)block + 16;
}

static void release(void *user, void *block) {
  if (!block) return;
  size_t *start = (size_t *)(void *)((char *)block - 16);
  ((arena *)user)->bytes -= *start;
  free(start);
}

static void *resize(void *user, void *block, size_t bytes) {
  if (!block) return take(user, bytes);
  size_t before = *(size_t *)(void *)((char *)block - 16);
  char *larger = take(user, bytes);
  for (size_t i = 0; larger && i < (before < bytes ? before : bytes); i++) larger[i] = ((char *)block)[i];
  if (larger) release(user, block);
  return larger;
}

/* Predicts entry `i` of the list and writes it; 1 when that went well. */
static int predict_one(pleat_context *context, pleat_model *model, const pleat_query_list *list, size_t i, const char *folder) {
  const pleat_query *query = pleat_query_list_get(list, i);
  pleat_result *result;
  char path[4096];
  if (!query) return fprintf(stderr, "%s\n", pleat_query_list_error(list, i)), 0;
  int bad = pleat_predict(model, &query, 1, &result) != PLEAT_OK;
  if (!bad) {
    snprintf(path, sizeof path, "%s/%s.cif", folder, pleat_query_list_name(list, i));
    bad = pleat_result_write(result, path) != PLEAT_OK;
    pleat_result_free(result);
  }
  if (bad) fprintf(stderr, "%s\n", pleat_context_error(context));
  return !bad;
}

int main(int count, char **argv) {
  MPI_Comm ours;
  int rank, ranks, thread_level;
  unsigned long done = 0, all = 0;
  arena memory = {0, 0};
  const pleat_allocator allocator = {take, resize, release, &memory};
  pleat_context *context;
  pleat_model *model;
  pleat_query_list *list;
  MPI_Init_thread(&count, &argv, MPI_THREAD_FUNNELED, &thread_level);
  MPI_Comm_dup(MPI_COMM_WORLD, &ours);
  MPI_Comm_rank(ours, &rank);
  MPI_Comm_size(ours, &ranks);
  if (count != 4) return fprintf(stderr, "usage: farm MODEL IN.fasta OUTDIR\n"), MPI_Abort(ours, 1);
  mkdir(argv[3], 0777);
  if (pleat_context_create(&allocator, &context)) return MPI_Abort(ours, 2);
  pleat_context_set_threads(context, 1);
  if (pleat_model_open(context, argv[1], &model) || pleat_query_list_read(context, argv[2], &list)) {
    fprintf(stderr, "rank %d: %s\n", rank, pleat_context_error(context));
    return MPI_Abort(ours, 2);
  }
  for (size_t i = (size_t)rank; i < pleat_query_list_count(list); i += (size_t)ranks)
    done += (unsigned long)predict_one(context, model, list, i, argv[3]);
  MPI_Reduce(&done, &all, 1, MPI_UNSIGNED_LONG, MPI_SUM, 0, ours);
  if (rank == 0) printf("%lu of %zu predicted by %d ranks\n", all, pleat_query_list_count(list), ranks);
  pleat_query_list_free(list);
  pleat_model_free(model);
  pleat_context_free(context);
  if (memory.bytes) fprintf(stderr, "rank %d: %zu bytes were not given back\n", rank, memory.bytes);
  MPI_Comm_free(&ours);
  MPI_Finalize();
  return memory.bytes != 0;
}
