/* Global alignment of two protein sequences with affine gaps; gaps at the ends are free.
 * SPDX-License-Identifier: MIT */
#include "msa/align.h"

#include <limits.h>
#include <string.h>

static const char letters[] = "ARNDCQEGHILKMFPSTWYV";
static const signed char blosum62[20][20] = {
    {4, -1, -2, -2, 0, -1, -1, 0, -2, -1, -1, -1, -1, -2, -1, 1, 0, -3, -2, 0},
    {-1, 5, 0, -2, -3, 1, 0, -2, 0, -3, -2, 2, -1, -3, -2, -1, -1, -3, -2, -3},
    {-2, 0, 6, 1, -3, 0, 0, 0, 1, -3, -3, 0, -2, -3, -2, 1, 0, -4, -2, -3},
    {-2, -2, 1, 6, -3, 0, 2, -1, -1, -3, -4, -1, -3, -3, -1, 0, -1, -4, -3, -3},
    {0, -3, -3, -3, 9, -3, -4, -3, -3, -1, -1, -3, -1, -2, -3, -1, -1, -2, -2, -1},
    {-1, 1, 0, 0, -3, 5, 2, -2, 0, -3, -2, 1, 0, -3, -1, 0, -1, -2, -1, -2},
    {-1, 0, 0, 2, -4, 2, 5, -2, 0, -3, -3, 1, -2, -3, -1, 0, -1, -3, -2, -2},
    {0, -2, 0, -1, -3, -2, -2, 6, -2, -4, -4, -2, -3, -3, -2, 0, -2, -2, -3, -3},
    {-2, 0, 1, -1, -3, 0, 0, -2, 8, -3, -3, -1, -2, -1, -2, -1, -2, -2, 2, -3},
    {-1, -3, -3, -3, -1, -3, -3, -4, -3, 4, 2, -3, 1, 0, -3, -2, -1, -3, -1, 3},
    {-1, -2, -3, -4, -1, -2, -3, -4, -3, 2, 4, -2, 2, 0, -3, -2, -1, -2, -1, 1},
    {-1, 2, 0, -1, -3, 1, 1, -2, -1, -3, -2, 5, -1, -3, -1, 0, -1, -3, -2, -2},
    {-1, -1, -2, -3, -1, 0, -2, -3, -2, 1, 2, -1, 5, 0, -2, -1, -1, -1, -1, 1},
    {-2, -3, -3, -3, -2, -3, -3, -3, -1, 0, 0, -3, 0, 6, -4, -2, -2, 1, 3, -1},
    {-1, -2, -2, -1, -3, -1, -1, -2, -2, -3, -3, -1, -2, -4, 7, -1, -1, -4, -3, -2},
    {1, -1, 1, 0, -1, 0, 0, 0, -1, -2, -2, 0, -1, -2, -1, 4, 1, -3, -2, -2},
    {0, -1, 0, -1, -1, -1, -1, -2, -2, -1, -1, -1, -1, -2, -1, 1, 5, -2, -2, 0},
    {-3, -3, -4, -4, -2, -2, -3, -2, -2, -3, -2, -3, -1, 1, -4, -3, -2, 11, 2, -3},
    {-2, -2, -2, -3, -2, -1, -2, -3, 2, -1, -1, -2, -1, 3, -3, -2, -2, 2, 7, -1},
    {0, -3, -3, -3, -1, -2, -2, -3, -3, 3, 1, -2, 1, -1, -2, -2, 0, -3, -1, 4}};

enum { GAP_FIRST = 11, GAP_NEXT = 1 };

/* One byte a cell: where its best score came from, and whether the gaps that end here were already open. */
enum { FROM_DIAGONAL = 0, FROM_LEFT = 1, FROM_ABOVE = 2, FROM_MASK = 3, LEFT_GOES_ON = 4, ABOVE_GOES_ON = 8 };

int pleat_align_blosum62(char a, char b) {
  const char *row = a ? strchr(letters, a) : NULL, *column = b ? strchr(letters, b) : NULL;
  return row && column ? blosum62[row - letters][column - letters] : -1;
}

typedef struct alignment {
  const char *a, *b;
  size_t rows, columns;  /* letters of a and b */
  unsigned char *trace;  /* (rows,columns) */
  int *best, *above;     /* (columns + 1): the row before; best score ending in a gap from above */
  int score;
  size_t end_row, end_column; /* counts of letters up to the best end */
} alignment;

static int larger(int a, int b) { return a > b ? a : b; }

static void note_end(alignment *m, size_t row, size_t column, int score) {
  if (score <= m->score) return;
  m->score = score;
  m->end_row = row;
  m->end_column = column;
}

/* Scores of row i (from 0) in place of those of the row before. */
static void fill_row(alignment *m, size_t i) {
  int diagonal = 0, left = INT_MIN / 2, before = 0;
  for (size_t j = 0; j < m->columns; j++) {
    unsigned char way = FROM_DIAGONAL;
    int open_left = before - GAP_FIRST, open_above = m->best[j + 1] - GAP_FIRST;
    if (left - GAP_NEXT > open_left) way |= LEFT_GOES_ON;
    if (m->above[j + 1] - GAP_NEXT > open_above) way |= ABOVE_GOES_ON;
    left = larger(left - GAP_NEXT, open_left);
    m->above[j + 1] = larger(m->above[j + 1] - GAP_NEXT, open_above);
    int score = diagonal + pleat_align_blosum62(m->a[i], m->b[j]);
    diagonal = m->best[j + 1];
    if (left > score) way |= FROM_LEFT;
    score = larger(score, left);
    if (m->above[j + 1] > score) way = (unsigned char)((way & ~FROM_MASK) | FROM_ABOVE);
    before = m->best[j + 1] = larger(score, m->above[j + 1]);
    m->trace[i * m->columns + j] = way;
  }
  note_end(m, i + 1, m->columns, before);
}

static void follow_back(const alignment *m, int64_t *match) {
  size_t i = m->end_row, j = m->end_column;
  int state = FROM_DIAGONAL;
  for (size_t k = 0; k < m->rows; k++) match[k] = -1;
  while (i > 0 && j > 0) {
    unsigned char way = m->trace[(i - 1) * m->columns + j - 1];
    if (state == FROM_DIAGONAL) state = way & FROM_MASK;
    if (state == FROM_DIAGONAL) {
      match[--i] = (int64_t)--j;
    } else if (state == FROM_LEFT) {
      j--;
      if (!(way & LEFT_GOES_ON)) state = FROM_DIAGONAL;
    } else {
      i--;
      if (!(way & ABOVE_GOES_ON)) state = FROM_DIAGONAL;
    }
  }
}

static pleat_status take_memory(pleat_pool *pool, alignment *m) {
  PLEAT_CHECK(pool->context, m->columns <= SIZE_MAX / m->rows, PLEAT_ERROR_LIMIT,
              "sequences of %zu and %zu letters are too long to align", m->rows, m->columns);
  PLEAT_TRY(pleat_pool_take(pool, m->rows * m->columns, 1, &m->trace));
  PLEAT_TRY(pleat_pool_take(pool, m->columns + 1, sizeof *m->best, &m->best));
  return pleat_pool_take(pool, m->columns + 1, sizeof *m->above, &m->above);
}

pleat_status pleat_align_global(pleat_context *context, const char *a, const char *b, int64_t *match, int *score) {
  alignment m = {.a = a, .b = b, .rows = strlen(a), .columns = strlen(b)};
  pleat_pool pool;
  if (score) *score = 0;
  for (size_t i = 0; i < m.rows; i++) match[i] = -1;
  if (m.rows == 0 || m.columns == 0) return PLEAT_OK;
  pleat_pool_init(&pool, context, 0);
  pleat_status status = take_memory(&pool, &m);
  if (status == PLEAT_OK) {
    for (size_t j = 0; j <= m.columns; j++) m.above[j] = INT_MIN / 2;
    for (size_t i = 0; i < m.rows; i++) fill_row(&m, i);
    for (size_t j = 0; j <= m.columns; j++) note_end(&m, m.rows, j, m.best[j]);
    follow_back(&m, match);
    if (score) *score = m.score;
  }
  pleat_pool_free(&pool);
  return status;
}
