/* Frames of the structure module as recordings have them.
 * SPDX-License-Identifier: MIT */
#include "folding/structure_trace.h"

#include <math.h>
#include <string.h>

#include "geometry/rigid.h"
#include "lib/trace.h"

enum { FRAME = 12, GROUPS = 8 };

/* Rotation, then translation, to rows of both. */
static void lay_rows(const float *frame, float *rows) {
  for (int x = 0; x < 3; x++) {
    memcpy(rows + 4 * x, frame + 3 * x, 3 * sizeof *rows);
    rows[4 * x + 3] = frame[9 + x];
  }
}

void pleat_structure_trace_frames(pleat_run *run, const pleat_structure_state *state) {
  int64_t L = state->length, width = state->quaternions ? 7 : FRAME;
  if (!run->trace) return;
  size_t mark = pleat_arena_mark(run->arena);
  float *made = pleat_run_take(run, L * width);
  for (int64_t i = 0; i < L && pleat_trace_on(run); i++) {
    if (!state->quaternions) lay_rows(state->frames + FRAME * i, made + FRAME * i);
    else memcpy(made + 7 * i, state->quaternions + 4 * i, 4 * sizeof *made);
    if (state->quaternions) memcpy(made + 7 * i + 4, state->frames + FRAME * i + 9, 3 * sizeof *made);
  }
  if (state->quaternions) pleat_trace_emit(run, made, L, 7, 0, 0, "affine");
  else pleat_trace_emit(run, made, L, 3, 4, 0, "rigid");
  pleat_arena_release(run->arena, mark);
}

static void lay_update(const float *update, float *rows) {
  double b = update[0], c = update[1], d = update[2], length = sqrt(1 + b * b + c * c + d * d);
  const double quaternion[4] = {1 / length, b / length, c / length, d / length};
  pleat_rigid step;
  pleat_rigid_from_quaternion(quaternion, step.rotation);
  for (int x = 0; x < 3; x++) step.translation[x] = update[3 + x];
  float frame[FRAME];
  pleat_rigid_to_flat_f(&step, frame);
  lay_rows(frame, rows);
}

void pleat_structure_trace_update(pleat_run *run, int64_t length, bool multimer, const float *update) {
  if (!run->trace) return;
  size_t mark = pleat_arena_mark(run->arena);
  float *rows = pleat_run_take(run, length * FRAME);
  for (int64_t i = 0; i < length && pleat_trace_on(run); i++) lay_update(update + 6 * i, rows + FRAME * i);
  pleat_trace_emit(run, update, length, 6, 0, 0, multimer ? "quat_rigid/rigid/out" : "affine_update/out");
  if (multimer) pleat_trace_emit(run, rows, length, 3, 4, 0, "quat_rigid/out");
  pleat_arena_release(run->arena, mark);
}

void pleat_structure_trace_side_chains(pleat_run *run, int64_t length, bool multimer, const float *frames) {
  int64_t count = length * GROUPS;
  if (!run->trace) return;
  size_t mark = pleat_arena_mark(run->arena);
  float *made = pleat_run_take(run, count * FRAME), *translations = made + count * 9;
  for (int64_t i = 0; i < count && pleat_trace_on(run); i++) {
    if (multimer) lay_rows(frames + FRAME * i, made + FRAME * i);
    else memcpy(made + 9 * i, frames + FRAME * i, 9 * sizeof *made);
    if (!multimer) memcpy(translations + 3 * i, frames + FRAME * i + 9, 3 * sizeof *made);
  }
  if (multimer) pleat_trace_emit(run, made, length, GROUPS, 3, 4, "sc/frames");
  else pleat_trace_emit(run, made, length, GROUPS, 3, 3, "sc/frames/rot");
  if (!multimer) pleat_trace_emit(run, translations, length, GROUPS, 3, 0, "sc/frames/trans");
  pleat_arena_release(run->arena, mark);
}
