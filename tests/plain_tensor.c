/* Tensor products by the definition.
 * SPDX-License-Identifier: MIT */
#include "tests/plain_tensor.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/random.h"
#include "lib/status.h"

enum { WIDE = 2 * PLEAT_DEGREE_MAX + 1 };

static double keep(double x, plain_rounding rounding) { return rounding == PLAIN_ALL ? (double)(float)x : x; }

/* One path at work: `symbol` is factor times the 3j symbol. */
typedef struct path {
  pleat_irreps_term a, b, c;
  const double *symbol, *x, *y, *weights;
  double *z;
  plain_rounding rounding;
  bool weighted;
} path;

/* z(copy) += weight x(u) y(v). */
static void couple(const path *p, int u, int v, int copy, double weight) {
  int na = 2 * p->a.l + 1, nb = 2 * p->b.l + 1, nc = 2 * p->c.l + 1;
  for (int k = 0; k < nc; k++) {
    double sum = 0;
    for (int i = 0; i < na; i++)
      for (int j = 0; j < nb; j++) {
        double product = keep(p->x[p->a.offset + u * na + i] * p->y[p->b.offset + v * nb + j], p->rounding);
        sum = keep(sum + keep(product * keep(p->symbol[(i * nb + j) * nc + k], p->rounding), p->rounding), p->rounding);
      }
    double *z = &p->z[p->c.offset + copy * nc + k];
    *z = keep(*z + keep(weight * sum, p->rounding), p->rounding);
  }
}

static double weight_at(const path *p, int64_t index) { return p->weighted ? p->weights[index] : 1; }

static int64_t run_mode(const path *p, pleat_tensor_mode mode) {
  int na = p->a.multiplicity, nb = p->b.multiplicity, nc = p->c.multiplicity;
  int64_t pair = 0;
  for (int u = 0; u < na; u++)
    for (int v = 0; v < nb; v++) {
      bool same = mode == PLEAT_TENSOR_UUW || mode == PLEAT_TENSOR_UUU;
      bool above = mode == PLEAT_TENSOR_UVU_ABOVE || mode == PLEAT_TENSOR_UVW_ABOVE;
      if ((same && u != v) || (above && u >= v)) continue;
      switch (mode) {
        case PLEAT_TENSOR_UVW:
        case PLEAT_TENSOR_UVW_ABOVE:
        case PLEAT_TENSOR_UUW:
          for (int w = 0; w < nc; w++) couple(p, u, v, w, weight_at(p, pair * nc + w));
          break;
        case PLEAT_TENSOR_UVV: couple(p, u, v, v, weight_at(p, pair)); break;
        case PLEAT_TENSOR_UVU:
        case PLEAT_TENSOR_UUU: couple(p, u, v, u, weight_at(p, pair)); break;
        default: couple(p, u, v, (int)pair, weight_at(p, pair));
      }
      pair++;
    }
  return p->weighted ? pair * (mode == PLEAT_TENSOR_UVW || mode == PLEAT_TENSOR_UVW_ABOVE || mode == PLEAT_TENSOR_UUW ? nc : 1) : 0;
}

void plain_tensor(const pleat_tensor *tensor, const double *x, const double *y, const double *weights, double *z,
                  plain_rounding rounding) {
  static double symbol[WIDE * WIDE * WIDE];
  pleat_context *context;
  if (pleat_context_create(NULL, &context) != PLEAT_OK) abort();
  for (int i = 0; i < pleat_irreps_dimension(pleat_tensor_irreps(tensor, 2)); i++) z[i] = 0;
  for (int n = 0; n < pleat_tensor_path_count(tensor); n++) {
    double factor;
    pleat_tensor_path t = pleat_tensor_get_path(tensor, n, &factor);
    path p = {.symbol = symbol, .x = x, .y = y, .weights = weights, .z = z, .rounding = rounding, .weighted = t.weighted};
    p.a = pleat_irreps_get(pleat_tensor_irreps(tensor, 0), t.in1);
    p.b = pleat_irreps_get(pleat_tensor_irreps(tensor, 1), t.in2);
    p.c = pleat_irreps_get(pleat_tensor_irreps(tensor, 2), t.out);
    bool tabled = (p.a.l > 0 && p.b.l > 0 && p.c.l > 0) || t.mode == PLEAT_TENSOR_UVUV;
    if (pleat_wigner_3j(context, p.a.l, p.b.l, p.c.l, symbol) != PLEAT_OK) abort();
    for (int i = 0; i < (2 * p.a.l + 1) * (2 * p.b.l + 1) * (2 * p.c.l + 1); i++) {
      if (rounding == PLAIN_ALL || (rounding == PLAIN_SYMBOLS && tabled)) symbol[i] = (double)(float)symbol[i];
      symbol[i] *= factor;
    }
    int64_t used = run_mode(&p, t.mode);
    if (weights) weights += used;
  }
  pleat_context_free(context);
}

double plain_apart(const double *got, const double *want, size_t count) {
  double most = 0;
  for (size_t i = 0; i < count; i++) {
    double error = fabs(got[i] - want[i]);
    if (!(error <= most)) most = isnan(error) ? INFINITY : error;
  }
  return most;
}

void plain_irreps(const pleat_random *stream, uint64_t at, int terms, int most, int degree, char *text, size_t size) {
  size_t length = 0;
  for (int i = 0; i < terms; i++) {
    uint32_t word[4];
    pleat_random_words(stream, at + (uint64_t)i, word);
    length += (size_t)snprintf(text + length, size - length, "%s%ux%u%c", i ? "+" : "", 1 + word[0] % (unsigned)most,
                               word[1] % (unsigned)(degree + 1), word[2] % 2 ? 'e' : 'o');
  }
}
