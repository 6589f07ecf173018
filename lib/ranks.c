/* Shares of an axis, and the moves between ranks, over the caller's table of exchanges.
 * SPDX-License-Identifier: MIT */
#include "lib/ranks.h"

#include <string.h>

#include "lib/memory.h"
#include "lib/op_scope.h"
#include "lib/team.h"

/* ---- Shares ---- */

int pleat_ranks_count(const pleat_run *run) { return run->ranks ? run->ranks->count : 1; }
int pleat_ranks_own(const pleat_run *run) { return run->ranks ? run->ranks->rank : 0; }

pleat_span pleat_ranks_share(const pleat_run *run, int rank, int64_t total) {
  int64_t count = pleat_ranks_count(run), each = total / count, more = total % count;
  return (pleat_span){rank * each + (rank < more ? rank : more), each + (rank < more)};
}

pleat_span pleat_ranks_own_share(const pleat_run *run, int64_t total) {
  return pleat_ranks_share(run, pleat_ranks_own(run), total);
}

int64_t pleat_ranks_most(const pleat_run *run, int64_t total) { return pleat_ranks_share(run, 0, total).count; }

pleat_span pleat_ranks_part(const pleat_run *run, const pleat_axis *axis, int rank) {
  pleat_span part = pleat_ranks_share(run, rank, axis->total);
  int64_t skipped = axis->first < part.count ? axis->first : part.count;
  part.first += skipped;
  part.count -= skipped;
  if (part.count > axis->most) part.count = axis->most;
  return part;
}

int64_t pleat_ranks_before(const pleat_run *run, const pleat_axis *axis, int rank) {
  int64_t count = 0;
  for (int r = 0; r < rank; r++) count += pleat_ranks_part(run, axis, r).count;
  return count;
}

/* ---- Moves of bytes ---- */

static void fail(pleat_run *run, int bad) {
  if (!bad || run->status) return;
  run->status = pleat_status_fail(run->context, PLEAT_ERROR_IO, "rank %d of %d: an exchange with the other ranks failed",
                                  pleat_ranks_own(run), pleat_ranks_count(run));
}

/* What a move costs, by what goes over this rank's line; false when there is nothing to do. */
static bool begin(pleat_run *run, double messages, double bytes, double *started) {
  *started = 0;
  if (pleat_ranks_count(run) == 1) return false;
  run->moves++;
  run->messages += messages;
  run->moved += bytes;
  if (run->network) {
    run->line = run->line > run->seconds ? run->line : run->seconds;
    run->line += messages * run->network->latency + bytes / run->network->bandwidth;
  }
  if (pleat_run_idle(run)) return false;
  *started = pleat_op_now_ms();
  return true;
}

/* Of the estimated seconds. */
static void await(pleat_run *run, double arrival) {
  double waits = arrival - run->seconds;
  if (waits <= 0) return;
  run->waited += waits;
  run->seconds = arrival;
}

static double others(const pleat_run *run) { return pleat_ranks_count(run) - 1; }

static void end(pleat_run *run, double started, const char *name, size_t bytes) {
  run->moving += (pleat_op_now_ms() - started) * 1e-3;
  PLEAT_OP_END(run, started, "ranks", name, "r%db%zu", pleat_ranks_count(run), bytes);
}

/* Offsets in bytes of the ranks' pieces; there are count + 1. */
static size_t *take_offsets(pleat_run *run) {
  return pleat_run_take_bytes(run, ((size_t)pleat_ranks_count(run) + 1) * sizeof(size_t));
}

void pleat_ranks_panel(pleat_run *run, int root, void *data, size_t bytes) {
  double started, halves = 1; /* a long one is handed out in parts, which all then gather: twice its bytes */
  for (int r = 1; r < pleat_ranks_count(run); r *= 2) halves++;
  bool moves = begin(run, halves, 2 * (double)bytes, &started);
  await(run, run->line);
  if (!moves) return;
  fail(run, run->ranks->broadcast(run->ranks->user, root, data, bytes));
  end(run, started, "panel", bytes);
}

/* The start of a move of a slot. */
static bool begin_slot(pleat_run *run, int slot, double messages, double bytes, double *started) {
  bool moves = begin(run, messages, bytes, started);
  run->arrival[slot] = run->line;
  return moves;
}

static void finish_slot(pleat_run *run, int slot) {
  if (pleat_ranks_count(run) == 1) return;
  await(run, run->arrival[slot]);
  if (pleat_run_idle(run)) return;
  double started = pleat_op_now_ms();
  fail(run, run->ranks->finish(run->ranks->user, slot));
  end(run, started, "wait", 0);
}

/* ---- Turning ---- */

typedef struct copy_work {
  const float *from;
  float *to;
  int64_t from_line, to_line, width; /* floats */
  bool add;
} copy_work;

static void copy_part(void *argument, int64_t first, int64_t last, int thread) {
  const copy_work *work = argument;
  (void)thread;
  for (int64_t line = first; line < last; line++) {
    const float *from = work->from + line * work->from_line;
    float *to = work->to + line * work->to_line;
    if (!work->add) memcpy(to, from, (size_t)work->width * sizeof *to);
    else
      for (int64_t k = 0; k < work->width; k++) to[k] += from[k];
  }
}

static void copy_lines(const pleat_run *run, int64_t lines, const copy_work *work) {
  enum { GRAIN = 16384 /* floats */ };
  if (work->width > 0) pleat_team_for(run->threads, lines, GRAIN / work->width + 1, copy_part, (void *)work);
}

/* The pieces of a turn: this rank's rows of rank r's columns, and rank r's rows of this rank's columns, in floats. */
typedef struct pieces {
  size_t *rows, *columns; /* offsets in bytes, (count + 1) */
  int64_t lines;          /* of x */
  int64_t width;          /* of a line of the turned array */
} pieces;

static int64_t own_width(const pleat_run *run, const pleat_turn *turn) {
  return pleat_ranks_part(run, &turn->columns, pleat_ranks_own(run)).count * turn->item;
}

static pieces cut(const pleat_run *run, const pleat_turn *turn, const pleat_turning *t) {
  int count = pleat_ranks_count(run), own = pleat_ranks_own(run);
  pieces p = {t->rows, t->columns, pleat_ranks_part(run, &turn->rows, own).count * turn->lines, own_width(run, turn)};
  if (pleat_run_idle(run)) return p;
  size_t line = (size_t)turn->item * sizeof(float), lines = (size_t)turn->lines * sizeof(float);
  for (int r = 0; r <= count; r++) {
    p.rows[r] = (size_t)p.lines * (size_t)pleat_ranks_before(run, &turn->columns, r) * line;
    p.columns[r] = (size_t)pleat_ranks_before(run, &turn->rows, r) * lines * (size_t)p.width;
  }
  return p;
}

/* Floats of this rank's rows in all ranks' parts of the columns. */
static int64_t row_floats(const pleat_run *run, const pleat_turn *turn) {
  int64_t lines = pleat_ranks_part(run, &turn->rows, pleat_ranks_own(run)).count * turn->lines;
  return lines * pleat_ranks_before(run, &turn->columns, pleat_ranks_count(run)) * turn->item;
}

static int64_t column_floats(const pleat_run *run, const pleat_turn *turn) {
  return pleat_ranks_before(run, &turn->rows, pleat_ranks_count(run)) * turn->lines * own_width(run, turn);
}

/* Bytes that go to other ranks. */
static size_t sent(const pleat_run *run, const pleat_turn *turn, bool back) {
  int own = pleat_ranks_own(run);
  int64_t rows = pleat_ranks_part(run, &turn->rows, own).count, columns = pleat_ranks_part(run, &turn->columns, own).count;
  int64_t kept = rows * turn->lines * columns * turn->item;
  return (size_t)((back ? column_floats(run, turn) : row_floats(run, turn)) - kept) * sizeof(float);
}

static pleat_turned view(const pleat_turn *turn, const float *x) {
  return (pleat_turned){(float *)(uintptr_t)x + turn->columns.first * turn->item, turn->columns.total * turn->item};
}

static pleat_turned take_turned(pleat_run *run, const pleat_turn *turn) {
  return (pleat_turned){pleat_run_take(run, column_floats(run, turn)), own_width(run, turn)};
}

/* Between x and the pieces by rows: each rank's columns of all lines, one rank after the other. */
static void move_pieces(const pleat_run *run, const pleat_turn *turn, const pieces *p, bool to_x, bool add, float *x,
                        float *flat) {
  int64_t line = turn->columns.total * turn->item;
  for (int r = 0; r < pleat_ranks_count(run); r++) {
    pleat_span part = pleat_ranks_part(run, &turn->columns, r);
    int64_t width = part.count * turn->item;
    float *piece = flat + p->rows[r] / sizeof *flat, *place = x + part.first * turn->item;
    copy_work work = {to_x ? piece : place, to_x ? place : piece, to_x ? width : line, to_x ? line : width, width, add};
    copy_lines(run, p->lines, &work);
  }
}

pleat_turning pleat_ranks_turning_take(pleat_run *run, const pleat_turn *turn, int slot) {
  pleat_turning t = {.slot = slot};
  if (pleat_ranks_count(run) == 1) return t;
  t.turned = take_turned(run, turn).data;
  t.flat = pleat_run_take(run, row_floats(run, turn));
  t.rows = take_offsets(run);
  t.columns = take_offsets(run);
  return t;
}

void pleat_ranks_turn_start(pleat_run *run, const pleat_turn *turn, pleat_turning *t, const float *x) {
  t->result = view(turn, x);
  if (pleat_ranks_count(run) == 1) return;
  pieces p = cut(run, turn, t);
  double started;
  t->result = (pleat_turned){t->turned, p.width};
  if (!begin_slot(run, t->slot, others(run), (double)sent(run, turn, false), &started)) return;
  move_pieces(run, turn, &p, false, false, (float *)(uintptr_t)x, t->flat);
  fail(run, run->ranks->start(run->ranks->user, t->slot, t->flat, p.rows, t->turned, p.columns));
  end(run, started, "turn", sent(run, turn, false));
}

pleat_turned pleat_ranks_turn_finish(pleat_run *run, const pleat_turning *t) {
  finish_slot(run, t->slot);
  return t->result;
}

pleat_turned pleat_ranks_turn(pleat_run *run, const pleat_turn *turn, const float *x) {
  pleat_turning t = pleat_ranks_turning_take(run, turn, 0);
  pleat_ranks_turn_start(run, turn, &t, x);
  return pleat_ranks_turn_finish(run, &t);
}

pleat_turned pleat_ranks_turned_room(const pleat_run *run, const pleat_turn *turn, const pleat_turning *t, float *x) {
  return pleat_ranks_count(run) == 1 ? view(turn, x) : (pleat_turned){t->turned, own_width(run, turn)};
}

void pleat_ranks_turn_back_start(pleat_run *run, const pleat_turn *turn, pleat_turning *t) {
  if (pleat_ranks_count(run) == 1) return;
  pieces p = cut(run, turn, t);
  double started;
  if (!begin_slot(run, t->slot, others(run), (double)sent(run, turn, true), &started)) return;
  fail(run, run->ranks->start(run->ranks->user, t->slot, t->turned, p.columns, t->flat, p.rows));
  end(run, started, "turn_back", sent(run, turn, true));
}

void pleat_ranks_turn_back_finish(pleat_run *run, const pleat_turn *turn, pleat_turning *t, bool add, float *x) {
  finish_slot(run, t->slot);
  if (pleat_ranks_count(run) == 1 || pleat_run_idle(run)) return;
  pieces p = cut(run, turn, t);
  move_pieces(run, turn, &p, true, add, x, t->flat);
}

/* ---- Gathering ---- */

enum { TURNS = 2 /* slots that turns have */ };

static int slot_of(int number) { return TURNS + number; }

/* Of a number beyond all slots it is there at once. */
static void gather(pleat_run *run, int number, const pleat_axis *axis, int64_t item, float *all) {
  size_t mark = pleat_arena_mark(run->arena), each = (size_t)item * sizeof *all;
  size_t *offsets = take_offsets(run);
  int count = pleat_ranks_count(run), slot = slot_of(number);
  size_t own = (size_t)pleat_ranks_part(run, axis, pleat_ranks_own(run)).count * each;
  bool at_once = slot >= PLEAT_RANKS_SLOTS;
  double started;
  if (begin(run, count - 1, (double)own * (count - 1), &started)) {
    for (int r = 0; r <= count; r++) offsets[r] = (size_t)pleat_ranks_before(run, axis, r) * each;
    fail(run, at_once ? run->ranks->all_gather(run->ranks->user, all, offsets)
                      : run->ranks->start_gather(run->ranks->user, slot, all, offsets));
    end(run, started, "gather", own);
  }
  if (at_once) await(run, run->line);
  else run->arrival[slot] = run->line;
  pleat_arena_release(run->arena, mark);
}

float *pleat_ranks_gather_room(pleat_run *run, const pleat_axis *axis, int64_t item) {
  int count = pleat_ranks_count(run);
  return count == 1 ? NULL : pleat_run_take(run, pleat_ranks_before(run, axis, count) * item);
}

const float *pleat_ranks_gather_start(pleat_run *run, int number, const pleat_axis *axis, int64_t item, const float *own,
                                      float *room) {
  int rank = pleat_ranks_own(run);
  if (pleat_ranks_count(run) == 1) return own;
  if (!pleat_run_idle(run))
    memcpy(room + pleat_ranks_before(run, axis, rank) * item, own,
           (size_t)(pleat_ranks_part(run, axis, rank).count * item) * sizeof *room);
  gather(run, number, axis, item, room);
  return room;
}

void pleat_ranks_gather_finish(pleat_run *run, int number) {
  if (slot_of(number) < PLEAT_RANKS_SLOTS) finish_slot(run, slot_of(number));
}

void pleat_ranks_gather_shares_start(pleat_run *run, int number, int64_t total, int64_t item, float *all) {
  gather(run, number, &(pleat_axis){total, 0, total}, item, all);
}

void pleat_ranks_gather_shares(pleat_run *run, int64_t total, int64_t item, float *all) {
  gather(run, PLEAT_RANKS_SLOTS, &(pleat_axis){total, 0, total}, item, all);
}

/* ---- Outside of runs ---- */

static pleat_status told(pleat_context *context, int bad) {
  const pleat_ranks *ranks = &context->ranks;
  PLEAT_CHECK(context, !bad, PLEAT_ERROR_IO, "rank %d of %d: an exchange with the other ranks failed", ranks->rank,
              ranks->count);
  return PLEAT_OK;
}

static bool are_many(const pleat_context *context) { return context->ranks.count > 1 && context->ranks.broadcast; }

pleat_status pleat_ranks_tell(pleat_context *context, void *data, size_t bytes) {
  if (!are_many(context)) return PLEAT_OK;
  return told(context, context->ranks.broadcast(context->ranks.user, 0, data, bytes));
}

pleat_status pleat_ranks_send(pleat_context *context, int from, int to, void *data, size_t bytes) {
  if (!are_many(context) || from == to) return PLEAT_OK;
  const pleat_ranks *ranks = &context->ranks;
  int count = ranks->count;
  size_t *out, *in;
  PLEAT_TRY(pleat_memory_take(context, 2 * ((size_t)count + 1), sizeof *out, &out));
  in = out + count + 1;
  for (int r = 0; r <= count; r++) {
    out[r] = ranks->rank == from && r > to ? bytes : 0;
    in[r] = ranks->rank == to && r > from ? bytes : 0;
  }
  pleat_status status = told(context, ranks->start(ranks->user, 0, data, out, data, in));
  if (!status) status = told(context, ranks->finish(ranks->user, 0));
  pleat_memory_release(context, out);
  return status;
}

pleat_status pleat_ranks_greatest(pleat_context *context, int64_t *value) {
  if (!are_many(context)) return PLEAT_OK;
  const pleat_ranks *ranks = &context->ranks;
  size_t count = (size_t)ranks->count, *offsets;
  int64_t *all;
  PLEAT_TRY(pleat_memory_take(context, 2 * count + 1, sizeof *offsets, &offsets));
  all = (int64_t *)(offsets + count + 1);
  for (size_t r = 0; r <= count; r++) offsets[r] = r * sizeof *all;
  all[ranks->rank] = *value;
  pleat_status status = told(context, ranks->all_gather(ranks->user, all, offsets));
  for (size_t r = 0; r < count; r++)
    if (all[r] > *value) *value = all[r];
  pleat_memory_release(context, offsets);
  return status;
}

pleat_status pleat_ranks_agree(pleat_context *context, pleat_status status) {
  if (!are_many(context)) return status;
  /* the first rank that failed is named: of the greatest of these numbers */
  int64_t worst = status ? (int64_t)(context->ranks.count - context->ranks.rank) * 100 + (int64_t)status : 0;
  PLEAT_TRY(pleat_ranks_greatest(context, &worst));
  if (!worst || status) return status;
  return pleat_status_fail(context, (pleat_status)(worst % 100), "rank %d of %d: %s; it says more",
                           context->ranks.count - (int)(worst / 100), context->ranks.count,
                           pleat_status_name((pleat_status)(worst % 100)));
}

void pleat_ranks_abandon(pleat_context *context) {
  if (are_many(context)) context->ranks.abandon(context->ranks.user, context->error);
}
