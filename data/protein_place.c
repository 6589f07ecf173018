/* Segments of residues without a gap are laid on the declared sequence by dynamic programming.
 * SPDX-License-Identifier: MIT */
#include "data/protein_place.h"

#include <string.h>

enum { NOWHERE = -1, MOST_CELLS = 1 << 26 };

/* Of a segment at a place: how many gaps up to here are as numbered, and the place of the segment before. */
typedef struct cell {
  int score, before;
} cell;

typedef struct placing {
  const pleat_pdb_declared *declared;
  const pleat_protein_seen *seen;
  size_t length, count;
  size_t *starts, segments; /* starts (segments + 1): of residues */
  cell *cells;              /* (segments, length) */
} placing;

static bool follows(const pleat_protein_seen *seen, size_t i) {
  int step = seen[i].number - seen[i - 1].number;
  return seen[i].bonded && (step == 0 || step == 1);
}

static void cut_segments(placing *p) {
  for (size_t i = 0; i < p->count; i++)
    if (i == 0 || !follows(p->seen, i)) p->starts[p->segments++] = i;
  p->starts[p->segments] = p->count;
}

static bool matches(const placing *p, size_t segment, size_t place) {
  size_t first = p->starts[segment], length = p->starts[segment + 1] - first;
  if (place + length > p->length) return false;
  for (size_t i = 0; i < length; i++)
    if (strcmp(p->seen[first + i].name, p->declared[place + i].name)) return false;
  return true;
}

/* The best way to `place` from the segment before, whose best place so far is `best`. */
static cell reach(const placing *p, size_t segment, size_t place, int best) {
  const cell *before = p->cells + (segment - 1) * p->length;
  size_t first = p->starts[segment], length = first - p->starts[segment - 1];
  long numbered = (long)place - (long)(length - 1) - (p->seen[first].number - p->seen[first - 1].number);
  cell found = {NOWHERE, NOWHERE};
  if (best != NOWHERE) found = (cell){before[best].score, best};
  if (numbered < 0 || numbered + (long)length > (long)place || before[numbered].score == NOWHERE) return found;
  return before[numbered].score + 1 > found.score ? (cell){before[numbered].score + 1, (int)numbered} : found;
}

static void fill_segment(placing *p, size_t segment) {
  cell *cells = p->cells + segment * p->length, *before = segment ? cells - p->length : NULL;
  size_t length = segment ? p->starts[segment] - p->starts[segment - 1] : 0;
  int best = NOWHERE;
  for (size_t place = 0; place < p->length; place++) {
    size_t end = place - length; /* a place of the segment before that ends here */
    if (before && place >= length && before[end].score > (best == NOWHERE ? NOWHERE : before[best].score)) best = (int)end;
    cells[place] = segment ? reach(p, segment, place, best) : (cell){0, NOWHERE};
    if (!matches(p, segment, place)) cells[place].score = NOWHERE;
  }
}

/* From the last segment's best place back. */
static bool trace_back(const placing *p, size_t *places) {
  const cell *last = p->cells + (p->segments - 1) * p->length;
  int place = 0;
  for (size_t i = 1; i < p->length; i++)
    if (last[i].score > last[place].score) place = (int)i;
  if (last[place].score == NOWHERE) return false;
  for (size_t s = p->segments; s-- > 0; place = p->cells[s * p->length + (size_t)place].before)
    for (size_t i = p->starts[s]; i < p->starts[s + 1]; i++) places[i] = (size_t)place + i - p->starts[s];
  return true;
}

pleat_status pleat_protein_place(pleat_context *context, const pleat_pdb_declared *declared, size_t length,
                                 const pleat_protein_seen *seen, size_t count, size_t *places, bool *fits) {
  placing p = {.declared = declared, .seen = seen, .length = length, .count = count};
  *fits = false;
  if (!count || count > length) return PLEAT_OK;
  PLEAT_TRY(pleat_memory_take(context, count + 1, sizeof *p.starts, &p.starts));
  cut_segments(&p);
  pleat_status status = PLEAT_OK;
  if (p.segments * length <= MOST_CELLS) {
    status = pleat_memory_take(context, p.segments * length, sizeof *p.cells, &p.cells);
    for (size_t s = 0; !status && s < p.segments; s++) fill_segment(&p, s);
    *fits = !status && trace_back(&p, places);
  }
  pleat_memory_release(context, p.cells);
  pleat_memory_release(context, p.starts);
  return status;
}
