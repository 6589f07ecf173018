/* How likely a sequence is under ProteinMPNN and its sisters: along a decoding order, or every residue given all others.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "folding/mpnn.h"
#include "lib/trace.h"

enum { C = PLEAT_MESSAGE_C, LETTERS = PLEAT_MPNN_LETTERS, LAYERS = PLEAT_MPNN_LAYERS, ROWS = 48 };

/* ---- All residues at once ---- */

/* What each residue sees of its neighbours, (L,K), and what it leaves for those that come later. */
typedef struct view {
  int32_t *edge, *encoded, *earlier;
  float *letters[LAYERS]; /* (L,C) what each residue's letter adds */
  float *states[LAYERS];  /* (L,C) */
  float *h[LAYERS];       /* (L,C) after each layer */
} view;

static void take_view(pleat_run *run, const pleat_mpnn_encoded *e, view *v) {
  int64_t length = e->graph.length, edges = length * e->graph.neighbours;
  v->edge = pleat_run_take_bytes(run, (size_t)edges * sizeof(int32_t));
  v->encoded = pleat_run_take_bytes(run, (size_t)edges * sizeof(int32_t));
  v->earlier = pleat_run_take_bytes(run, (size_t)edges * sizeof(int32_t));
  for (int l = 0; l < LAYERS; l++) {
    v->letters[l] = pleat_run_take(run, length * C);
    v->states[l] = pleat_run_take(run, length * C);
    v->h[l] = pleat_run_take(run, length * C);
    for (int64_t i = 0; i < length && !pleat_run_idle(run); i++)
      memcpy(v->letters[l] + i * C, e->letters[l] + e->backbone->letter[i] * C, C * sizeof(float));
  }
}

typedef enum seeing { SEEING_LETTERS, SEEING_NO_LETTERS, SEEING_ONLY_LATER } seeing;

/* NO_LETTERS: every neighbour as if it came later. ONLY_LATER: those that come before are not there at all, as the
 * published code has it. */
static void look(const pleat_message_graph *graph, const int32_t *rank, seeing what, view *v) {
  for (int64_t edge = 0; edge < graph->length * graph->neighbours; edge++) {
    int32_t j = graph->index[edge];
    bool before = what != SEEING_NO_LETTERS && rank[j] < rank[edge / graph->neighbours];
    v->edge[edge] = before && what == SEEING_ONLY_LATER ? -1 : (int32_t)edge;
    v->encoded[edge] = before ? -1 : j;
    v->earlier[edge] = before && what == SEEING_LETTERS ? j : -1;
  }
}

/* Decoder layers over all residues. */
static void decode_all(pleat_run *run, const pleat_mpnn_encoded *e, view *v) {
  int64_t length = e->graph.length;
  for (int l = 0; l < LAYERS; l++) {
    const float *before = l ? v->h[l - 1] : e->h;
    const pleat_epilogue letters = {.add = v->letters[l], .ld_add = C};
    const pleat_mpnn_rows rows = {.count = length, .node = l ? NULL : e->node, .mask = e->backbone->mask, .edge = v->edge,
                                  .encoded = v->encoded, .earlier = v->earlier, .states = v->states[l]};
    pleat_op_linear(run, &e->model->decoder[l].node.part[PLEAT_MPNN_PART_NEIGHBOUR], length, before, C, &letters,
                    v->states[l], C);
    if (!pleat_run_idle(run)) memcpy(v->h[l], before, (size_t)(length * C) * sizeof(float));
    pleat_mpnn_decoder_forward(run, e, l, &rows, v->h[l]);
    pleat_trace_emit(run, v->h[l], 1, length, C, 0, "score/decoder_layer%d_h_V", l);
  }
}

/* ---- Results ---- */

/* Rows of sample b of an output; NULL while measuring. */
static float *output(const pleat_design_task *task, const char *name, int64_t b, int width) {
  return task->result ? pleat_result_find(task->result, name) + b * task->backbone->length * width : NULL;
}

/* From h (count,C), which stands for residues first .. first+count-1, to logits and log_probs of sample b. */
static void store_logits(pleat_run *run, const pleat_mpnn_encoded *e, const pleat_design_task *task, int64_t b, const float *h) {
  size_t mark = pleat_arena_mark(run->arena);
  int64_t length = e->graph.length;
  float *logits = pleat_run_take(run, length * LETTERS), *log_probs = output(task, "log_probs", b, LETTERS);
  pleat_op_linear(run, &e->model->out, length, h, C, NULL, logits, LETTERS);
  if (!pleat_run_idle(run)) {
    memcpy(output(task, "logits", b, LETTERS), logits, (size_t)(length * LETTERS) * sizeof *logits);
    for (int64_t i = 0; i < length; i++) pleat_mpnn_log_softmax(logits + i * LETTERS, log_probs + i * LETTERS);
  }
  pleat_arena_release(run->arena, mark);
}

static void store_order(pleat_run *run, const pleat_design_task *task, int64_t b, const int32_t *order) {
  if (pleat_run_idle(run)) return;
  float *to = output(task, "decoding_order", b, 1);
  for (int64_t i = 0; i < task->backbone->length; i++) to[i] = (float)order[i];
}

/* ---- Every residue given all others ---- */

/* Residue t last in the order, all others as they come. Of those others only the ones that come after t and have it among
 * their neighbours change, and the ones that see them: the rest keeps the states of one pass over all residues. */
typedef struct single {
  const pleat_mpnn_encoded *e;
  const view *base;
  const int32_t *rank;
  const int32_t *seen_start, *seen_by; /* (L + 1), (L K): residues that have t among their neighbours */
  float *result;                       /* (L,C) t's state after all layers */
} single;

/* The residues that change in one layer, t being the last of them. */
typedef struct changes {
  int32_t count, *list, *place; /* (L + 1); place (L): where in the list, -1: not there */
  float *h, *states;            /* (L + 1,C) after the layer; for the next layer */
} changes;

typedef struct change_views {
  int32_t *edge, *encoded, *earlier, *other; /* (ROWS,K) */
  float *mask;                               /* (ROWS) */
} change_views;

static void take_changes(pleat_run *run, int64_t length, changes *c) {
  c->count = 0;
  c->list = pleat_run_take_bytes(run, (size_t)(length + 1) * sizeof(int32_t));
  c->place = pleat_run_take_bytes(run, (size_t)length * sizeof(int32_t));
  c->h = pleat_run_take(run, (length + 1) * C);
  c->states = pleat_run_take(run, (length + 1) * C);
  for (int64_t i = 0; i < length && !pleat_run_idle(run); i++) c->place[i] = -1;
}

static void take_views(pleat_run *run, int64_t neighbours, change_views *v) {
  int32_t **views[] = {&v->edge, &v->encoded, &v->earlier, &v->other};
  for (int i = 0; i < 4; i++) *views[i] = pleat_run_take_bytes(run, (size_t)(ROWS * neighbours) * sizeof(int32_t));
  v->mask = pleat_run_take(run, ROWS);
}

static void add_change(changes *c, int32_t residue) {
  c->place[residue] = c->count;
  c->list[c->count++] = residue;
}

static void forget_changes(changes *c) {
  while (c->count > 0) c->place[c->list[--c->count]] = -1;
}

static bool comes_before(const single *s, int32_t t, int32_t j, int32_t i) {
  return j != t && (i == t ? j != i : s->rank[j] < s->rank[i]);
}

/* Whether j sees one of the residues that changed in the layer before. */
static bool sees_changes(const single *s, int32_t t, const changes *before, int32_t j) {
  const pleat_message_graph *graph = &s->e->graph;
  for (int k = 0; k < graph->neighbours; k++) {
    int32_t i = graph->index[(int64_t)j * graph->neighbours + k];
    if (before->place[i] >= 0 && comes_before(s, t, i, j)) return true;
  }
  return false;
}

/* Layer 0: those that lose t. Layer 1: of t's neighbours, those that changed or see one that did. Layer 2: t alone. */
static void find_changes(const single *s, int32_t t, int layer, const changes *before, changes *now) {
  const pleat_message_graph *graph = &s->e->graph;
  for (int32_t at = s->seen_start[t]; layer == 0 && at < s->seen_start[t + 1]; at++)
    if (s->seen_by[at] != t && s->rank[s->seen_by[at]] > s->rank[t]) add_change(now, s->seen_by[at]);
  for (int k = 0; layer == 1 && k < graph->neighbours; k++) {
    int32_t j = graph->index[(int64_t)t * graph->neighbours + k];
    if (j != t && (before->place[j] >= 0 || sees_changes(s, t, before, j))) add_change(now, j);
  }
  add_change(now, t);
}

static void view_row(const single *s, int32_t t, const changes *before, int32_t i, int64_t row, const change_views *v) {
  const pleat_message_graph *graph = &s->e->graph;
  for (int64_t k = 0, at = row * graph->neighbours; k < graph->neighbours; k++, at++) {
    int64_t edge = (int64_t)i * graph->neighbours + k;
    int32_t j = graph->index[edge];
    bool earlier = comes_before(s, t, j, i), changed = before->place[j] >= 0;
    v->edge[at] = (int32_t)edge;
    v->encoded[at] = earlier ? -1 : j;
    v->earlier[at] = earlier && !changed ? j : -1;
    v->other[at] = earlier && changed ? before->place[j] : -1;
  }
  v->mask[row] = s->e->backbone->mask[i];
}

/* Rows first .. first+count-1 of the list through one layer. */
static void run_changes(pleat_run *run, const single *s, int layer, const changes *before, changes *now, int32_t first,
                        int32_t count, const change_views *v) {
  const float *start = layer ? s->base->h[layer - 1] : s->e->h;
  const pleat_mpnn_rows rows = {.count = count, .mask = v->mask, .edge = v->edge, .encoded = v->encoded,
                                .earlier = v->earlier, .states = s->base->states[layer], .other = v->other,
                                .other_states = before->states};
  float *h = now->h + (int64_t)first * C;
  for (int32_t r = 0; r < count && !pleat_run_idle(run); r++) {
    int32_t i = now->list[first + r], place = before->place[i];
    memcpy(h + r * C, place >= 0 ? before->h + (int64_t)place * C : start + (int64_t)i * C, C * sizeof *h);
    view_row(s, now->list[now->count - 1], before, i, r, v);
  }
  pleat_mpnn_decoder_forward(run, s->e, layer, &rows, h);
}

/* What the changed residues leave for the next layer. */
static void project_changes(pleat_run *run, const single *s, int layer, int64_t count, changes *now) {
  for (int64_t r = 0; r < count && !pleat_run_idle(run); r++)
    memcpy(now->states + r * C, s->base->letters[layer] + (int64_t)now->list[r] * C, C * sizeof(float));
  const pleat_epilogue letters = {.add = now->states, .ld_add = C};
  pleat_op_linear(run, &s->e->model->decoder[layer].node.part[PLEAT_MPNN_PART_NEIGHBOUR], count, now->h, C, &letters,
                  now->states, C);
}

static void score_residue(pleat_run *run, void *argument, int64_t item) {
  const single *s = argument;
  int32_t t = (int32_t)item;
  changes first, second, *before = &first, *now = &second;
  change_views views;
  size_t mark = pleat_arena_mark(run->arena);
  take_changes(run, s->e->graph.length, before);
  take_changes(run, s->e->graph.length, now);
  take_views(run, s->e->graph.neighbours, &views);
  for (int l = 0; l < LAYERS; l++) {
    bool idle = pleat_run_idle(run); /* counts as many as a typical residue has */
    if (!idle) find_changes(s, t, l, before, now);
    int32_t count = idle ? (l < LAYERS - 1 ? ROWS : 1) : now->count;
    for (int32_t at = 0; at < count; at += ROWS)
      run_changes(run, s, l, before, now, at, count - at < ROWS ? count - at : ROWS, &views);
    if (l < LAYERS - 1) project_changes(run, s, l + 1, count, now);
    if (!idle) forget_changes(before);
    changes *swap = before;
    before = now;
    now = swap;
  }
  if (!pleat_run_idle(run)) memcpy(s->result + (int64_t)t * C, before->h, C * sizeof(float));
  pleat_arena_release(run->arena, mark);
}

/* Lists the residues that have each residue among their neighbours. */
static void list_seen(pleat_run *run, const pleat_message_graph *graph, single *s) {
  int64_t length = graph->length, edges = length * graph->neighbours;
  int32_t *start = pleat_run_take_bytes(run, (size_t)(length + 1) * sizeof *start);
  int32_t *by = pleat_run_take_bytes(run, (size_t)edges * sizeof *by);
  s->seen_start = start;
  s->seen_by = by;
  if (pleat_run_idle(run)) return;
  memset(start, 0, (size_t)(length + 1) * sizeof *start);
  for (int64_t e = 0; e < edges; e++) start[graph->index[e]]++;
  for (int64_t i = 1; i <= length; i++) start[i] += start[i - 1];
  for (int64_t e = edges; e-- > 0;) by[--start[graph->index[e]]] = (int32_t)(e / graph->neighbours);
}

static void score_single(pleat_run *run, const pleat_mpnn_encoded *e, const pleat_design_task *task, int64_t b,
                         const int32_t *rank, view *v) {
  single s = {.e = e, .base = v, .rank = rank};
  size_t mark = pleat_arena_mark(run->arena);
  s.result = pleat_run_take(run, e->graph.length * C);
  if (!pleat_run_idle(run)) look(&e->graph, rank, SEEING_LETTERS, v);
  decode_all(run, e, v);
  list_seen(run, &e->graph, &s);
  pleat_run_for(run, e->graph.length, score_residue, &s);
  store_logits(run, e, task, b, s.result);
  pleat_arena_release(run->arena, mark);
}

/* ---- The task ---- */

static void score_sample(pleat_run *run, const pleat_mpnn_encoded *e, const pleat_design_task *task, int64_t b,
                         const int32_t *group) {
  view v;
  size_t mark = pleat_arena_mark(run->arena);
  int64_t length = e->graph.length;
  int32_t *order = pleat_run_take_bytes(run, (size_t)length * sizeof *order);
  int32_t *rank = pleat_run_take_bytes(run, (size_t)length * sizeof *rank);
  pleat_mpnn_draws draws = pleat_mpnn_draws_of(task, b);
  draws.free = task->single;
  take_view(run, e, &v);
  pleat_mpnn_order(run, e->backbone, group, &draws, order, rank);
  store_order(run, task, b, order);
  if (task->single && task->use_sequence) {
    score_single(run, e, task, b, rank, &v);
  } else {
    seeing what = task->single ? SEEING_NO_LETTERS : task->use_sequence ? SEEING_LETTERS : SEEING_ONLY_LATER;
    if (!pleat_run_idle(run)) look(&e->graph, rank, what, &v);
    decode_all(run, e, &v);
    store_logits(run, e, task, b, v.h[LAYERS - 1]);
  }
  pleat_arena_release(run->arena, mark);
}

void pleat_mpnn_score(pleat_run *run, const void *weights, const pleat_design_task *task) {
  pleat_mpnn_encoded e;
  size_t mark = pleat_arena_mark(run->arena);
  pleat_mpnn_encode(run, weights, task->backbone, &e);
  const int32_t *group = pleat_mpnn_groups(run, task->backbone);
  for (int64_t b = 0; b < task->samples && !run->status; b++) {
    pleat_run_progress(run, 0.1 + 0.9 * (double)b / (double)task->samples, "scores");
    score_sample(run, &e, task, b, group);
  }
  pleat_arena_release(run->arena, mark);
}
