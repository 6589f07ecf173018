/* One run of a model: its arena, threads, kernels, trace, and the one sticky status that ops look at.
 * SPDX-License-Identifier: MIT
 *
 * Forward code takes memory and calls ops without a single check: once the status is set, or while the arena only
 * measures, every op returns at once. The session looks at the status when the forward function is done. */
#ifndef PLEAT_LIB_RUN_H
#define PLEAT_LIB_RUN_H

#include "lib/arena.h"
#include "lib/team.h"

struct pleat_kernels; /* lib/kernel/kernels.h: the table of the instruction set that was chosen */
struct pleat_trace;
struct pleat_checkpoint; /* folding/checkpoint.h */

/* What an op's time goes by: dense products, attention, point attention, or memory alone. */
typedef enum pleat_op_kind {
  PLEAT_OP_DENSE,
  PLEAT_OP_ATTENTION,
  PLEAT_OP_POINT,
  PLEAT_OP_PLAIN,
  PLEAT_OP_KINDS
} pleat_op_kind;

/* How fast this machine runs ops with all threads, measured by folding/speed.c: an op takes start + its FLOPs / flops + its
 * bytes / bytes seconds. */
typedef struct pleat_speed {
  double flops[PLEAT_OP_KINDS], bytes[PLEAT_OP_KINDS]; /* a second */
  double start;                                        /* seconds that every op costs; 0: not measured yet */
} pleat_speed;

/* A line between ranks: an exchange holds it for messages * latency + bytes / bandwidth seconds, beside what is computed. */
typedef struct pleat_network {
  double latency, bandwidth; /* seconds a message; bytes a second, each way */
} pleat_network;

typedef struct pleat_run {
  pleat_context *context;
  const struct pleat_kernels *kernels;
  pleat_arena *arena;
  struct pleat_trace *trace; /* NULL: nobody listens */
  struct pleat_checkpoint *checkpoint; /* NULL: the run is not kept on its way */
  int threads;
  pleat_status status; /* sticky; its sentence is in the context */
  double flops, bytes; /* added up by ops, in both modes */
  const pleat_speed *speed; /* NULL: time is not estimated */
  double seconds;           /* estimated, added up by ops */
  size_t kept;              /* bytes that results grow by, added up by measuring runs */
  int64_t chunk_rows; /* rows of activations that blocks work on together; 0: as they think best. Changes no bits */
  const pleat_ranks *ranks;    /* NULL: this process alone; lib/ranks.h */
  double moves, messages; /* exchanges with other ranks; messages that follow one another in them */
  double moved;           /* bytes that this rank's line carries one way, the busier one */
  const pleat_network *network; /* NULL: exchanges take none of the estimated seconds */
  double waited, line;          /* of the estimated seconds: spent on waiting for exchanges; when the line is free again */
  double arrival[PLEAT_RANKS_SLOTS]; /* when the exchange of a slot is done */
  double moving;          /* seconds in exchanges */
  double progress_from, progress_share; /* the part of the whole call that this run is, 0..1 */
  double work; /* what the whole run costs, as measured: estimated seconds with `speed`, else FLOPs; 0: not measured */
  double fraction; /* of the whole call, as last reported, with the stage's name */
  const char *stage; /* NULL: nobody is asked whether to stop */
  double asked, stopping; /* when the callback was last asked, and when it said stop: seconds; 0: never */
  bool skips; /* an earlier run did what comes now */
  void (*between)(void *user); /* called between the operations of a block, where the run can be kept; NULL: nobody is */
  void *between_user;
} pleat_run;

/* True when ops must not touch data: something failed, an earlier run has done it, or the arena only measures. */
bool pleat_run_idle(const pleat_run *run);

/* `count` floats (or bytes) from the arena, not zeroed. A full arena sets the status; the result is then not to be
 * touched, and no op will. */
float *pleat_run_take(pleat_run *run, int64_t count);
void *pleat_run_take_bytes(pleat_run *run, size_t bytes);

/* Rows that blocks work on together, and half as many from now on; false when chunks cannot become smaller. */
int64_t pleat_run_chunk_rows(const pleat_run *run);
bool pleat_run_halve_chunks(pleat_run *run);

/* Items that know nothing of each other, each worked on by one thread with ops of a run of its own: fn's run has one thread
 * and a part of the arena, nobody listens to its trace or log, and its status becomes this run's. Item 0 must need as much
 * memory as any other, and its FLOPs, as counted without memory, stand for those of all. */
typedef void (*pleat_run_item_fn)(pleat_run *run, void *argument, int64_t item);
void pleat_run_for(pleat_run *run, int64_t items, pleat_run_item_fn fn, void *argument);

/* Progress to the context's callback: the share of `work` that ops have done, or `fraction` where that is not measured; a wish
 * to stop becomes the run's status. */
void pleat_run_progress(pleat_run *run, double fraction, const char *stage);

/* Asks the callback twice a second whether to stop: every op does, and long ones on their way. The wish becomes the run's
 * status at the next pleat_run_progress of a run with a checkpoint, if that comes within five seconds; else at once. Ranks
 * stop at a pleat_run_progress alone. */
void pleat_run_heed(pleat_run *run);

/* pleat_team_for of an op that costs `flops`: a long one in pieces, between which pleat_run_heed is called. */
void pleat_run_team_for(pleat_run *run, double flops, int64_t n, pleat_team_fn fn, void *argument);

/* Between two operations of a block. */
void pleat_run_between(pleat_run *run);

#endif
