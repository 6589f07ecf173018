/* One run shared by several processes (ranks): who has what of an axis, and how arrays change hands.
 * SPDX-License-Identifier: MIT
 *
 * Arrays whose first axis is an alignment's rows or a pair tensor's rows are kept by rows: each rank has the consecutive
 * rows of its share and works on those alone. What an operation needs of other ranks' rows it gets by one of three moves:
 *
 *   turn    from "own rows, all columns" to "all rows, own columns" (all to all), and back;
 *   gather  everybody's rows to everybody, for what is small;
 *   panel   one rank's part to everybody.
 *
 * Numbers are moved, never added up across ranks, so that results have the bits of one rank. On one rank the moves are
 * nothing: the arrays themselves are handed out. Every rank makes the same moves in the same order; loops that hold a
 * move go to pleat_ranks_most's end on every rank. Nothing moves in idle runs; bytes are counted in all.
 *
 * Moves with a start and a finish travel while other work is done; each has a slot until it is finished. */
#ifndef PLEAT_LIB_RANKS_H
#define PLEAT_LIB_RANKS_H

#include "lib/run.h"

int pleat_ranks_count(const pleat_run *run);
int pleat_ranks_own(const pleat_run *run);

/* Consecutive items of an axis. */
typedef struct pleat_span {
  int64_t first, count;
} pleat_span;

/* The share of `rank`, or of this rank, in `total` items; no later rank has more than an earlier one. */
pleat_span pleat_ranks_share(const pleat_run *run, int rank, int64_t total);
pleat_span pleat_ranks_own_share(const pleat_run *run, int64_t total);
/* Items of the largest share. */
int64_t pleat_ranks_most(const pleat_run *run, int64_t total);

/* Of each rank's share of `total` items, those from its `first` on, `most` at most. */
typedef struct pleat_axis {
  int64_t total, first, most;
} pleat_axis;

pleat_span pleat_ranks_part(const pleat_run *run, const pleat_axis *axis, int rank);
/* Items of the parts of all ranks before `rank`; of all parts when rank is the count of ranks. */
int64_t pleat_ranks_before(const pleat_run *run, const pleat_axis *axis, int rank);

/* x: (rows of the own part, lines, columns.total, item) floats, of which each rank gets its part of the columns. */
typedef struct pleat_turn {
  pleat_axis rows, columns;
  int64_t lines, item;
} pleat_turn;

/* (rows of all parts in the order of ranks, lines, own part of the columns, item), `line` floats from line to line. */
typedef struct pleat_turned {
  float *data;
  int64_t line;
} pleat_turned;

/* The turned array: from the arena, or on one rank a view of x. */
pleat_turned pleat_ranks_turn(pleat_run *run, const pleat_turn *turn, const float *x);

/* The same in two steps, so that one chunk travels while another is worked on: room from the arena for `turn` and for any of
 * no more rows and columns; slot 0 or 1. On one rank there is no room, and what is started is there at once. */
typedef struct pleat_turning {
  int slot;
  float *turned, *flat;
  size_t *rows, *columns;
  pleat_turned result;
} pleat_turning;
pleat_turning pleat_ranks_turning_take(pleat_run *run, const pleat_turn *turn, int slot);
/* x may be written anew afterwards, but on one rank. */
void pleat_ranks_turn_start(pleat_run *run, const pleat_turn *turn, pleat_turning *turning, const float *x);
pleat_turned pleat_ranks_turn_finish(pleat_run *run, const pleat_turning *turning);

/* And back: the caller fills the room, or on one rank x itself; x is then set, or added to with `add`. */
pleat_turned pleat_ranks_turned_room(const pleat_run *run, const pleat_turn *turn, const pleat_turning *turning, float *x);
void pleat_ranks_turn_back_start(pleat_run *run, const pleat_turn *turn, pleat_turning *turning);
void pleat_ranks_turn_back_finish(pleat_run *run, const pleat_turn *turn, pleat_turning *turning, bool add, float *x);

/* all (parts of all ranks in their order, item floats each), own part given: room from the arena, and what is in it after the
 * finish; on one rank there is no room, and it is `own` itself. Numbers of gatherings are 0, 1, 2 ... */
float *pleat_ranks_gather_room(pleat_run *run, const pleat_axis *axis, int64_t item);
const float *pleat_ranks_gather_start(pleat_run *run, int number, const pleat_axis *axis, int64_t item, const float *own,
                                      float *room);
void pleat_ranks_gather_finish(pleat_run *run, int number);
/* The same where the shares of `total` rows of `item` floats lie in `all`, the own one filled already. */
void pleat_ranks_gather_shares_start(pleat_run *run, int number, int64_t total, int64_t item, float *all);
void pleat_ranks_gather_shares(pleat_run *run, int64_t total, int64_t item, float *all);

/* `bytes` of rank `root` to everybody. */
void pleat_ranks_panel(pleat_run *run, int root, void *data, size_t bytes);
/* What ranks settle among themselves outside of the arena: bytes from rank `from` to rank `to`, while the others look on; the
 * greatest value; the bytes of rank 0; and whether all of them came through: one that failed fails all, with a sentence that
 * names it. */
pleat_status pleat_ranks_send(pleat_context *context, int from, int to, void *data, size_t bytes);
pleat_status pleat_ranks_greatest(pleat_context *context, int64_t *value);
pleat_status pleat_ranks_tell(pleat_context *context, void *data, size_t bytes);
pleat_status pleat_ranks_agree(pleat_context *context, pleat_status status);

/* Ends all ranks after a failure that the others know nothing of and would wait for. */
void pleat_ranks_abandon(pleat_context *context);

#endif
