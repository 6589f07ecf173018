/* Irreps: reads and writes their text, and rotates the rows they describe.
 * SPDX-License-Identifier: MIT */
#include "geometry/irreps.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "geometry/wigner.h"
#include "lib/team.h"

enum { MULTIPLICITY_MAX = 1 << 20, DIMENSION_MAX = 1 << 28, NUMBER_MAX = 1 << 24, TERM_TEXT = 32, GRAIN = 64 };

/* What is being read: `at` moves on, `number` counts terms from 1 for people. */
typedef struct reader {
  pleat_context *context;
  const char *text, *at, *term;
  int number;
} reader;

static void skip_blanks(reader *r) {
  while (isspace((unsigned char)*r->at)) r->at++;
}

/* Digits at the reader's place; -1 when there are none. What is too large for anything stays NUMBER_MAX. */
static int read_number(reader *r) {
  int value = 0;
  if (!isdigit((unsigned char)*r->at)) return -1;
  for (; isdigit((unsigned char)*r->at); r->at++)
    value = value < NUMBER_MAX / 10 ? 10 * value + (*r->at - '0') : NUMBER_MAX;
  return value;
}

static pleat_status complain(const reader *r, const char *what) {
  int length = (int)strcspn(r->term, "+");
  while (length > 0 && isspace((unsigned char)r->term[length - 1])) length--;
  return pleat_status_fail(r->context, PLEAT_ERROR_INPUT,
                           "irreps '%.80s': term %d, '%.*s', %s; terms look like 8x1o, joined by '+'", r->text, r->number,
                           length < TERM_TEXT ? length : TERM_TEXT, r->term, what);
}

static pleat_status read_term(reader *r, pleat_irreps_term *term) {
  term->multiplicity = 1;
  term->l = read_number(r);
  if (term->l >= 0 && *r->at == 'x') {
    r->at++;
    term->multiplicity = term->l;
    term->l = read_number(r);
  }
  if (term->l < 0) return complain(r, "has no number where its degree should be");
  if (term->multiplicity > MULTIPLICITY_MAX) return complain(r, "has a multiplicity above 1048576");
  if (term->l > PLEAT_DEGREE_MAX) return complain(r, "has a degree above 11");
  if (*r->at == 0 || !strchr("eoy", *r->at)) return complain(r, "does not end in a parity e, o or y after its degree");
  term->parity = *r->at == 'e' || (*r->at == 'y' && term->l % 2 == 0) ? 1 : -1;
  r->at++;
  skip_blanks(r);
  if (*r->at && *r->at != '+') return complain(r, "goes on after its parity");
  return PLEAT_OK;
}

/* Offsets, dimension, greatest degree, text. */
static pleat_status complete(pleat_irreps *irreps) {
  int64_t dimension = 0;
  size_t room = (size_t)irreps->count * TERM_TEXT + 1, length = 0;
  PLEAT_TRY(pleat_memory_take(irreps->context, room, 1, &irreps->text));
  for (int i = 0; i < irreps->count; i++) {
    pleat_irreps_term *t = &irreps->terms[i];
    t->offset = (int)dimension;
    dimension += (int64_t)t->multiplicity * (2 * t->l + 1);
    PLEAT_CHECK(irreps->context, dimension <= DIMENSION_MAX, PLEAT_ERROR_INPUT,
                "irreps of more than %d numbers a row: use fewer or smaller terms", DIMENSION_MAX);
    if (t->l > irreps->degree) irreps->degree = t->l;
    length += (size_t)snprintf(irreps->text + length, room - length, "%s%dx%d%c", i ? "+" : "", t->multiplicity, t->l,
                               t->parity > 0 ? 'e' : 'o');
  }
  irreps->dimension = (int)dimension;
  return PLEAT_OK;
}

static pleat_status read_all(reader *r, pleat_irreps *irreps) {
  size_t capacity = 0;
  do {
    r->at += r->number > 0; /* the '+' */
    skip_blanks(r);
    r->term = r->at;
    r->number++;
    PLEAT_TRY(pleat_memory_grow(r->context, &irreps->terms, &capacity, (size_t)r->number, sizeof *irreps->terms));
    PLEAT_TRY(read_term(r, &irreps->terms[r->number - 1]));
    irreps->count = r->number;
  } while (*r->at == '+');
  return complete(irreps);
}

static pleat_status keep_or_free(pleat_status status, pleat_irreps **irreps) {
  if (status == PLEAT_OK) return status;
  pleat_irreps_free(*irreps);
  *irreps = NULL;
  return status;
}

pleat_status pleat_irreps_create(pleat_context *context, const char *text, pleat_irreps **irreps) {
  reader r = {.context = context, .text = text, .at = text};
  *irreps = NULL;
  PLEAT_TRY(pleat_memory_take(context, 1, sizeof **irreps, irreps));
  (*irreps)->context = context;
  return keep_or_free(read_all(&r, *irreps), irreps);
}

pleat_status pleat_irreps_create_terms(pleat_context *context, const pleat_irreps_term *terms, int count,
                                       pleat_irreps **irreps) {
  *irreps = NULL;
  PLEAT_TRY(pleat_memory_take(context, 1, sizeof **irreps, irreps));
  (*irreps)->context = context;
  (*irreps)->count = count;
  pleat_status status = pleat_memory_take(context, (size_t)count + 1, sizeof *terms, &(*irreps)->terms);
  for (int i = 0; !status && i < count; i++) (*irreps)->terms[i] = terms[i];
  if (!status) status = complete(*irreps);
  return keep_or_free(status, irreps);
}

void pleat_irreps_free(pleat_irreps *irreps) {
  if (!irreps) return;
  pleat_memory_release(irreps->context, irreps->terms);
  pleat_memory_release(irreps->context, irreps->text);
  pleat_memory_release(irreps->context, irreps);
}

int pleat_irreps_dimension(const pleat_irreps *irreps) { return irreps->dimension; }
int pleat_irreps_count(const pleat_irreps *irreps) { return irreps->count; }
pleat_irreps_term pleat_irreps_get(const pleat_irreps *irreps, int index) { return irreps->terms[index]; }
const char *pleat_irreps_text(const pleat_irreps *irreps) { return irreps->text; }

void pleat_irreps_spread(const pleat_irreps *irreps, const float *from, float *to) {
  for (const pleat_irreps_term *t = irreps->terms; t < irreps->terms + irreps->count; t++) {
    int width = 2 * t->l + 1, copies = t->multiplicity;
    for (int m = 0; m < width; m++)
      for (int u = 0; u < copies; u++) to[t->offset + m * copies + u] = from[t->offset + u * width + m];
  }
}

void pleat_irreps_gather(const pleat_irreps *irreps, const float *from, float *to) {
  for (const pleat_irreps_term *t = irreps->terms; t < irreps->terms + irreps->count; t++) {
    int width = 2 * t->l + 1, copies = t->multiplicity;
    for (int u = 0; u < copies; u++)
      for (int m = 0; m < width; m++) to[t->offset + u * width + m] = from[t->offset + m * copies + u];
  }
}

typedef struct rotate_work {
  const pleat_irreps *irreps;
  const double *d;
  const float *x;
  float *y;
  int reflects;
} rotate_work;

static void rotate_rows(void *argument, int64_t begin, int64_t end, int thread) {
  const rotate_work *w = argument;
  (void)thread;
  for (int64_t row = begin; row < end; row++)
    for (const pleat_irreps_term *t = w->irreps->terms; t < w->irreps->terms + w->irreps->count; t++) {
      int width = 2 * t->l + 1;
      const double *d = w->d + pleat_wigner_d_offset(t->l);
      double sign = w->reflects ? t->parity : 1;
      for (int u = 0; u < t->multiplicity; u++) {
        int64_t at = row * w->irreps->dimension + t->offset + u * width;
        double turned[2 * PLEAT_DEGREE_MAX + 1] = {0};
        for (int i = 0; i < width; i++)
          for (int j = 0; j < width; j++) turned[i] += d[i * width + j] * (double)w->x[at + j];
        for (int i = 0; i < width; i++) w->y[at + i] = (float)(sign * turned[i]);
      }
    }
}

pleat_status pleat_irreps_rotate(const pleat_irreps *irreps, const double matrix[9], size_t count, const float *x,
                                 float *y) {
  double *d, proper[9];
  double determinant = matrix[0] * (matrix[4] * matrix[8] - matrix[5] * matrix[7]) -
                       matrix[1] * (matrix[3] * matrix[8] - matrix[5] * matrix[6]) +
                       matrix[2] * (matrix[3] * matrix[7] - matrix[4] * matrix[6]);
  for (int i = 0; i < 9; i++) proper[i] = determinant < 0 ? -matrix[i] : matrix[i];
  PLEAT_TRY(pleat_memory_take(irreps->context, (size_t)pleat_wigner_d_offset(irreps->degree + 1), sizeof *d, &d));
  pleat_status status = pleat_wigner_d_all(irreps->context, irreps->degree, proper, d);
  rotate_work work = {irreps, d, x, y, determinant < 0};
  if (!status) pleat_team_for(pleat_context_threads(irreps->context), (int64_t)count, GRAIN, rotate_rows, &work);
  pleat_memory_release(irreps->context, d);
  return status;
}
