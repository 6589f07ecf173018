/* Frame2seq's network in plain double loops.
 * SPDX-License-Identifier: MIT */
#include "tests/frame2seq_plain.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { C = 128, H = 4, D = 32, P = 4, W = 8, E = 64, LETTERS = 21, ATOMS = 4 };

typedef struct plain {
  pleat_pool *pool;
  const pleat_weights *weights;
  const plain_input *input;
  int length;
  bool wide;
  char prefix[64];
  double *atoms; /* (L,4,3) */
  double *s, *z; /* (L,128), (L,L,128) */
  double rotation[64][9];
} plain;

static double *take(plain *p, size_t count) {
  double *x = NULL;
  return pleat_pool_take(p->pool, count, sizeof *x, &x) ? NULL : x;
}

static const float *tensor(const plain *p, const char *format, ...) {
  char name[128];
  size_t used = (size_t)snprintf(name, sizeof name, "%s", p->prefix);
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(name + used, sizeof name - used, format, arguments);
  va_end(arguments);
  return pleat_weights_find(p->weights, name)->data;
}

static void linear(const plain *p, const char *name, const double *x, int in, int out, double *y) {
  const float *w = tensor(p, "%s.weight", name), *b = tensor(p, "%s.bias", name);
  for (int o = 0; o < out; o++) {
    y[o] = b[o];
    for (int k = 0; k < in; k++) y[o] += w[o * in + k] * x[k];
  }
}

static void norm(const plain *p, const char *name, double *x, int n) {
  const float *gain = tensor(p, "%s.weight", name), *bias = tensor(p, "%s.bias", name);
  double mean = 0, square = 0;
  for (int i = 0; i < n; i++) mean += x[i] / n;
  for (int i = 0; i < n; i++) square += (x[i] - mean) * (x[i] - mean) / n;
  for (int i = 0; i < n; i++) x[i] = (x[i] - mean) / sqrt(square + 1e-5) * gain[i] + bias[i];
}

static void relu(double *x, int n) {
  for (int i = 0; i < n; i++) x[i] = x[i] > 0 ? x[i] : 0;
}

static void cross(const double *a, const double *b, double *to) {
  for (int d = 0; d < 3; d++) to[d] = a[(d + 1) % 3] * b[(d + 2) % 3] - a[(d + 2) % 3] * b[(d + 1) % 3];
}

static double dot(const double *a, const double *b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }

static void minus(const double *a, const double *b, double *to) {
  for (int d = 0; d < 3; d++) to[d] = a[d] - b[d];
}

static void divide(double *a, double by) {
  for (int d = 0; d < 3; d++) a[d] /= by;
}

static void place_beta(double *r) {
  const double length = (double)1.522f, angle = (double)1.927f, turn = (double)-2.143f;
  double along[3], back[3], normal[3], third[3];
  minus(r, r + 3, along);
  minus(r, r + 6, back);
  divide(along, sqrt(dot(along, along)));
  cross(back, along, normal);
  divide(normal, sqrt(dot(normal, normal)));
  cross(normal, along, third);
  for (int d = 0; d < 3; d++)
    r[9 + d] = r[3 + d] + length * (cos(angle) * along[d] +
                                    sin(angle) * (cos(turn) * third[d] - sin(turn) * normal[d]));
  for (int d = 0; d < 3; d++) r[9 + d] = isnan(r[9 + d]) ? 0 : r[9 + d];
}

static void place_atoms(plain *p) {
  for (int i = 0; i < p->length; i++) {
    double *r = p->atoms + i * 12, x[3], y[3], z[3];
    memcpy(r, p->input->atoms + i * 9, 9 * sizeof *r);
    place_beta(r);
    for (int d = 0; d < 12; d++) r[d] = nearbyint(r[d] * 1e4) / 1e4;
    minus(r + 3, r, x);
    divide(x, sqrt(dot(x, x) + 1e-8));
    minus(r + 6, r + 3, y);
    double along = dot(x, y);
    for (int d = 0; d < 3; d++) y[d] -= along * x[d];
    divide(y, sqrt(dot(y, y) + 1e-8));
    cross(x, y, z);
    for (int d = 0; d < 3; d++)
      for (int k = 0; k < 3; k++) p->rotation[i][3 * d + k] = (k == 0 ? x : k == 1 ? y : z)[d];
  }
}

/* Torsion of chain atoms k .. k+3. */
static double torsion(const plain *p, int k) {
  double u[3][3], left[3], right[3];
  for (int b = 0; b < 3; b++) {
    const double *from = p->atoms + (k + b) / 3 * 12 + (k + b) % 3 * 3;
    const double *to = p->atoms + (k + b + 1) / 3 * 12 + (k + b + 1) % 3 * 3;
    minus(to, from, u[b]);
    divide(u[b], fmax(sqrt(dot(u[b], u[b])), 1e-12));
  }
  cross(u[0], u[1], left);
  cross(u[1], u[2], right);
  divide(left, fmax(sqrt(dot(left, left)), 1e-12));
  divide(right, fmax(sqrt(dot(right, right)), 1e-12));
  double side = dot(u[0], right), angle = acos(fmin(fmax(dot(left, right), -1 + 1e-7), 1 - 1e-7));
  return side > 0 ? angle : side < 0 ? -angle : 0;
}

static void start(plain *p) {
  for (int i = 0; i < p->length; i++) {
    double x[134], letter[LETTERS] = {0}, given[C] = {0};
    for (int k = 0; k < 64; k++) {
      double angle = i * exp(-2 * k * log(10000.) / 128);
      x[2 * k] = sin(angle);
      x[2 * k + 1] = cos(angle);
    }
    for (int t = 0; t < 3; t++) {
      int k = 3 * i + t - 1;
      double angle = k >= 0 && k + 3 < 3 * p->length ? torsion(p, k) : 0;
      x[128 + t] = cos(angle);
      x[131 + t] = sin(angle);
    }
    linear(p, "sequence_to_single", x, 134, C, p->s + i * C);
    letter[p->input->given[i]] = 1;
    if (p->input->given[i] != 20) linear(p, "input_sequence_to_single", letter, LETTERS, C, given);
    norm(p, "input_sequence_layer_norm", given, C);
    for (int c = 0; c < C; c++) p->s[i * C + c] += given[c];
  }
}

static void start_pairs(plain *p) {
  for (int i = 0; i < p->length; i++)
    for (int j = 0; j < p->length; j++) {
      double x[449] = {0};
      for (int a = 0; a < ATOMS; a++)
        for (int b = 0; b < ATOMS; b++)
          for (int k = 0; k < 24; k++) {
            double apart[3];
            minus(p->atoms + (i * ATOMS + a) * 3, p->atoms + (j * ATOMS + b) * 3, apart);
            double off = (sqrt(dot(apart, apart)) - k * 12.0 / 23) / 0.5;
            x[(a * ATOMS + b) * 24 + k] = exp(-off * off);
          }
      x[384 + (i - j < -32 ? 0 : i - j > 32 ? 64 : i - j + 32)] = 1;
      linear(p, "edge_to_pair", x, 449, C, p->z + (i * p->length + j) * C);
    }
}

/* Point `k` of a row's (3,n) thirds, in the global frame. */
static void global_point(const plain *p, int i, const double *flat, int n, int k, double *to) {
  for (int d = 0; d < 3; d++) {
    to[d] = p->atoms[i * 12 + 3 + d];
    for (int e = 0; e < 3; e++) to[d] += p->rotation[i][3 * d + e] * flat[e * n + k];
  }
}

/* (L, 128 q | 256 kv | 48 query points | 144 key and value points) */
enum { QKV = 576 };

static double logit(const plain *p, const double *qkv, int h, int i, int j) {
  const double *q = qkv + i * QKV + h * D, *k = qkv + j * QKV + 128 + h * 2 * D;
  double sum = 0, square = 0, bias[H], w = tensor(p, "0.head_weights")[h];
  for (int d = 0; d < D; d++) sum += q[d] * k[d] * sqrt(1 / 96.);
  linear(p, "0.linear_b", p->z + (i * p->length + j) * C, C, H, bias);
  for (int n = 0; n < P; n++) {
    double a[3], b[3], apart[3];
    global_point(p, i, qkv + i * QKV + 384, H * P, h * P + n, a);
    global_point(p, j, qkv + j * QKV + 432, H * (P + W), h * (P + W) + n, b);
    minus(a, b, apart);
    square += dot(apart, apart);
  }
  return sum + sqrt(1 / 3.) * bias[h] - 0.5 * log1p(exp(w)) * sqrt(1 / 54.) * square;
}

static void attend_head(const plain *p, const double *qkv, int h, int i, double *joined) {
  double weight[64], sum = 0, points[W][3] = {{0}};
  for (int j = 0; j < p->length; j++) sum += weight[j] = p->input->mask[j] ? exp(logit(p, qkv, h, i, j)) : 0;
  for (int j = 0; j < p->length; j++) {
    double a = weight[j] / sum;
    for (int d = 0; d < D; d++) joined[h * D + d] += a * qkv[j * QKV + 128 + h * 2 * D + D + d];
    for (int c = 0; c < C; c++) joined[256 + h * C + c] += a * p->z[(i * p->length + j) * C + c];
    for (int n = 0; n < W; n++) {
      double at[3];
      global_point(p, j, qkv + j * QKV + 432, H * (P + W), h * (P + W) + P + n, at);
      for (int d = 0; d < 3; d++) points[n][d] += a * at[d];
    }
  }
  for (int n = 0; n < W; n++) {
    double apart[3], square = 1e-8;
    minus(points[n], p->atoms + i * 12 + 3, apart);
    for (int d = 0; d < 3; d++) {
      double own = 0;
      for (int e = 0; e < 3; e++) own += p->rotation[i][3 * e + d] * apart[e];
      joined[128 + d * 32 + h * W + n] = own;
      square += own * own;
    }
    joined[224 + h * W + n] = sqrt(square);
  }
}

static pleat_status attend(plain *p) {
  double *qkv = take(p, (size_t)p->length * QKV), *sums = take(p, (size_t)p->length * C);
  if (!qkv || !sums) return PLEAT_ERROR_MEMORY;
  for (int i = 0; i < p->length; i++) {
    linear(p, "0.linear_q", p->s + i * C, C, 128, qkv + i * QKV);
    linear(p, "0.linear_kv", p->s + i * C, C, 256, qkv + i * QKV + 128);
    linear(p, "0.linear_q_points", p->s + i * C, C, 48, qkv + i * QKV + 384);
    linear(p, "0.linear_kv_points", p->s + i * C, C, 144, qkv + i * QKV + 432);
  }
  for (int i = 0; i < p->length; i++) {
    double joined[768] = {0};
    for (int h = 0; h < H; h++) attend_head(p, qkv, h, i, joined);
    linear(p, "0.linear_out", joined, 768, C, sums + i * C);
  }
  for (int i = 0; i < p->length; i++) {
    for (int c = 0; c < C; c++) p->s[i * C + c] += sums[i * C + c];
    norm(p, "2", p->s + i * C, C);
  }
  return PLEAT_OK;
}

static void transform(const plain *p, const char *place, int width, double *u) {
  double a[512], b[512];
  char name[64];
  memcpy(a, u, (size_t)width * sizeof *a);
  for (int l = 1; l <= 3; l++) {
    snprintf(name, sizeof name, "%s.layers.0.linear_%d", place, l);
    linear(p, name, a, width, width, b);
    if (l < 3) relu(b, width);
    memcpy(a, b, (size_t)width * sizeof *a);
  }
  for (int c = 0; c < width; c++) u[c] += a[c];
  snprintf(name, sizeof name, "%s.layer_norm", place);
  norm(p, name, u, width);
}

static void transition(const plain *p) {
  for (int i = 0; i < p->length; i++) {
    double wide[512];
    if (p->wide) {
      linear(p, "3", p->s + i * C, C, 512, wide);
      transform(p, "4", 512, wide);
      linear(p, "5", wide, 512, C, p->s + i * C);
    } else {
      transform(p, "3", C, p->s + i * C);
    }
  }
}

static void update_pairs(const plain *p) {
  const char *place = p->wide ? "6" : "4";
  double e[2][E], x[256], a[256], b[256];
  char name[64];
  for (int pair = 0; pair < p->length * p->length; pair++) {
    double *z = p->z + pair * C;
    snprintf(name, sizeof name, "%s.initial_embed", place);
    linear(p, name, p->s + pair / p->length * C, C, E, e[0]);
    linear(p, name, p->s + pair % p->length * C, C, E, e[1]);
    memcpy(x, z, C * sizeof *x);
    memcpy(x + C, e, sizeof e);
    snprintf(name, sizeof name, "%s.trunk.0", place);
    linear(p, name, x, 256, 256, a);
    relu(a, 256);
    snprintf(name, sizeof name, "%s.trunk.2", place);
    linear(p, name, a, 256, 256, b);
    relu(b, 256);
    for (int c = 0; c < 256; c++) b[c] += x[c];
    snprintf(name, sizeof name, "%s.final_layer", place);
    linear(p, name, b, 256, C, z);
    snprintf(name, sizeof name, "%s.layer_norm", place);
    norm(p, name, z, C);
  }
}

pleat_status plain_frame2seq(pleat_pool *pool, const pleat_weights *weights, bool wide, const plain_input *input,
                             float *logits) {
  plain p = {.pool = pool, .weights = weights, .input = input, .length = input->length, .wide = wide};
  size_t length = (size_t)p.length;
  p.atoms = take(&p, length * 12);
  p.s = take(&p, length * C);
  p.z = take(&p, length * length * C);
  if (!p.atoms || !p.s || !p.z) return PLEAT_ERROR_MEMORY;
  place_atoms(&p);
  start(&p);
  start_pairs(&p);
  for (int l = 0; l < 8; l++) {
    snprintf(p.prefix, sizeof p.prefix, "layers.%d.", l);
    PLEAT_TRY(attend(&p));
    transition(&p);
    if (l < 7) update_pairs(&p);
  }
  p.prefix[0] = 0;
  for (int i = 0; i < p.length; i++) {
    double row[LETTERS];
    linear(&p, "single_to_sequence", p.s + i * C, C, LETTERS, row);
    for (int k = 0; k < LETTERS; k++) logits[i * LETTERS + k] = (float)row[k];
  }
  return PLEAT_OK;
}
