/* ProteinMPNN and its sisters in plain double loops.
 * SPDX-License-Identifier: MIT */
#include "tests/plain_mpnn.h"

#include <math.h>
#include <string.h>

enum { C = PLEAT_MESSAGE_C, WIDE = PLEAT_MESSAGE_WIDE, LETTERS = 21, ATOMS = 5, TYPE = PLEAT_MESSAGE_TYPE };

/* ---- Pieces ---- */

static void linear(const float *w, const float *b, int out, int in, const double *x, double *y) {
  for (int c = 0; c < out; c++) {
    y[c] = b ? b[c] : 0;
    for (int i = 0; i < in; i++) y[c] += w[(int64_t)c * in + i] * x[i];
  }
}

static void norm(const float *gain, const float *bias, double *x) {
  double mean = 0, variance = 0;
  for (int c = 0; c < C; c++) mean += x[c] / C;
  for (int c = 0; c < C; c++) variance += (x[c] - mean) * (x[c] - mean) / C;
  for (int c = 0; c < C; c++) x[c] = (x[c] - mean) / sqrt(variance + 1e-5) * gain[c] + bias[c];
}

static void gelu(int n, double *x) {
  for (int c = 0; c < n; c++) x[c] = 0.5 * x[c] * erfc(-x[c] / sqrt(2));
}

static double distance(const double *a, const double *b) {
  double sum = 1e-6;
  for (int d = 0; d < 3; d++) sum += (a[d] - b[d]) * (a[d] - b[d]);
  return sqrt(sum);
}

static void gaussians(double x, double *y) {
  for (int b = 0; b < 16; b++) {
    double z = (x - (2 + b * 20.0 / 15)) / 1.25;
    y[b] = exp(-z * z);
  }
}

typedef struct message {
  const float *w1, *b1, *w2, *b2, *w3, *b3;
} message;

/* W3 gelu(W2 gelu(W1 x)) of x (parts C). */
static void send(const message *m, int parts, const double *x, double *y) {
  double h[C], g[C];
  linear(m->w1, m->b1, C, parts * C, x, h);
  gelu(C, h);
  linear(m->w2, m->b2, C, C, h, g);
  gelu(C, g);
  linear(m->w3, m->b3, C, C, g, y);
}

static message node_message(const pleat_message_tensors *t) {
  return (message){t->w1, t->b1, t->w2, t->b2, t->w3, t->b3};
}

/* h <- norm2(x + transition(x)) mask, x = norm1(h + sum / 30). */
static void update(const pleat_message_tensors *t, const double *sum, double mask, double *h) {
  double wide[WIDE], narrow[C];
  for (int c = 0; c < C; c++) h[c] += sum[c] / 30;
  norm(t->norm1_gain, t->norm1_bias, h);
  linear(t->in_w, t->in_b, WIDE, C, h, wide);
  gelu(WIDE, wide);
  linear(t->out_w, t->out_b, C, WIDE, wide, narrow);
  for (int c = 0; c < C; c++) h[c] += narrow[c];
  norm(t->norm2_gain, t->norm2_bias, h);
  for (int c = 0; c < C; c++) h[c] *= mask;
}

/* ---- Graph and features ---- */

static void place(const pleat_backbone *b, double *atoms) {
  for (int64_t i = 0; i < b->length; i++) {
    double *a = atoms + i * 15, u[3], v[3];
    for (int d = 0; d < 12; d++) a[d] = b->x[i * 12 + d];
    for (int d = 0; d < 3; d++) u[d] = a[3 + d] - a[d], v[d] = a[6 + d] - a[3 + d];
    for (int d = 0; d < 3; d++) {
      double cross = u[(d + 1) % 3] * v[(d + 2) % 3] - u[(d + 2) % 3] * v[(d + 1) % 3];
      a[12 + d] = -0.58273431 * cross + 0.56802827 * u[d] - 0.54067466 * v[d] + a[3 + d];
    }
  }
}

/* The distance by which neighbours are chosen. */
static double choice_distance(const plain_mpnn *p, int64_t i, int64_t j) {
  double most = 0;
  if (p->b->mask[i] * p->b->mask[j] > 0) return distance(p->atoms + i * 15 + 3, p->atoms + j * 15 + 3);
  for (int64_t k = 0; k < p->length; k++)
    if (p->b->mask[i] * p->b->mask[k] > 0) most = fmax(most, distance(p->atoms + i * 15 + 3, p->atoms + k * 15 + 3));
  return most;
}

/* Neighbour k: the nearest that is no earlier one. */
static void choose(plain_mpnn *p, int64_t i) {
  for (int64_t k = 0; k < p->neighbours; k++) {
    int64_t best = -1;
    double least = INFINITY;
    for (int64_t j = 0; j < p->length; j++) {
      bool taken = false;
      for (int64_t e = 0; e < k; e++) taken = taken || p->index[i * p->neighbours + e] == j;
      double d = taken ? INFINITY : choice_distance(p, i, j);
      if (d < least) least = d, best = j;
    }
    p->index[i * p->neighbours + k] = (int32_t)best;
  }
}

static void embed_edge(const plain_mpnn *p, int64_t i, int64_t j, double *h_e) {
  const pleat_message_edge_tensors *t = &p->m->edges.tensors;
  double x[416], y[C];
  int place = p->b->number[i] - p->b->number[j] + 32;
  place = place < 0 ? 0 : place > 64 ? 64 : place;
  if (p->b->chain[i] != p->b->chain[j]) place = 65;
  for (int c = 0; c < 16; c++) x[c] = t->offset_w[c * 66 + place] + t->offset_b[c];
  gaussians(choice_distance(p, i, j), x + 16);
  for (int pair = 1; pair < 25; pair++) {
    const unsigned char *which = p->m->edges.pairs[pair];
    gaussians(distance(p->atoms + i * 15 + which[0] * 3, p->atoms + j * 15 + which[1] * 3), x + 16 + 16 * pair);
  }
  linear(t->embed_w, NULL, C, 416, x, y);
  norm(t->norm_gain, t->norm_bias, y);
  linear(t->out_w, t->out_b, C, C, y, h_e);
}

/* ---- Encoder ---- */

static void start(const plain_mpnn *p, int64_t i, double *h) {
  const pleat_mpnn_tensors *t = &p->m->tensors;
  double x[C];
  memset(h, 0, C * sizeof *h);
  if (!t->label_w) return;
  for (int c = 0; c < C; c++) x[c] = t->label_w[c * 3 + p->b->label[i]];
  norm(t->label_gain, t->label_bias, x);
  linear(t->label_out_w, t->label_out_b, C, C, x, h);
}

static void put(double *x, int part, const double *from) { memcpy(x + part * C, from, C * sizeof *x); }

/* The messages of residue i with the states `h`, summed or each onto h_e. */
static void encode_residue(plain_mpnn *p, const pleat_message_tensors *t, bool edges, const double *h, int64_t i, double *to) {
  const message m = edges ? (message){t->edge_w1, t->edge_b1, t->edge_w2, t->edge_b2, t->edge_w3, t->edge_b3}
                          : node_message(t);
  double x[3 * C], y[C], sum[C] = {0};
  for (int64_t e = i * p->neighbours; e < (i + 1) * p->neighbours; e++) {
    int64_t j = p->index[e];
    put(x, 0, h + i * C), put(x, 1, p->h_e + e * C), put(x, 2, h + j * C);
    send(&m, 3, x, y);
    for (int c = 0; c < C; c++) sum[c] += p->b->mask[i] * p->b->mask[j] * y[c];
    for (int c = 0; edges && c < C; c++) p->h_e[e * C + c] += y[c];
    if (edges) norm(t->norm3_gain, t->norm3_bias, p->h_e + e * C);
  }
  if (!edges) update(t, sum, p->b->mask[i], to);
}

static void encode_layer(plain_mpnn *p, const pleat_message_tensors *t) {
  double *before = p->state[0];
  size_t size = (size_t)(p->length * C) * sizeof(double);
  memcpy(before, p->h, size);
  for (int64_t i = 0; i < p->length; i++) encode_residue(p, t, false, before, i, p->h + i * C);
  for (int64_t i = 0; i < p->length; i++) encode_residue(p, t, true, p->h, i, NULL);
}

/* ---- Context ---- */

enum { SEEN = PLEAT_MPNN_LIGAND_ATOMS };

typedef struct atom {
  double x[3], square;
  int element;
} atom;

/* The 25 nearest to CB so far, nearest first; returns their number. */
static int add_atom(atom *list, int count, const double *cb, const float *x, int element) {
  atom one = {.element = element};
  for (int d = 0; d < 3; d++) one.x[d] = x[d], one.square += (x[d] - cb[d]) * (x[d] - cb[d]);
  int at = count < SEEN ? count++ : SEEN - 1;
  if (at == SEEN - 1 && count == SEEN && list[at].element && one.square >= list[at].square) return count;
  for (; at > 0 && one.square < list[at - 1].square; at--) list[at] = list[at - 1];
  list[at] = one;
  return count;
}

static int find_atoms(const plain_mpnn *p, int64_t i, atom *list) {
  const pleat_backbone *b = p->b;
  const double *cb = p->atoms + i * 15 + 12;
  int count = 0;
  memset(list, 0, SEEN * sizeof *list);
  for (int64_t a = 0; b->atom_context && a < b->context_count; a++)
    count = add_atom(list, count, cb, b->context + a * 3, b->element[a]);
  for (int64_t k = 0; b->side_chain_context && k < 16 && k < p->neighbours; k++) {
    int64_t j = p->index[i * p->neighbours + k];
    for (int a = 5; a < 36 && !(b->designed[j] > 0); a++) {
      static const char elements[] = "CCCOOSCCCNNOOSCCCCNNNOOCNNOCCCN";
      char e = elements[a - 5];
      if (b->atom_mask[j * 37 + a] > 0)
        count = add_atom(list, count, cb, b->atoms + (j * 37 + a) * 3, e == 'C' ? 6 : e == 'N' ? 7 : e == 'O' ? 8 : 16);
    }
  }
  return count;
}

/* Element, group and period; of the elements that the test uses. */
static void one_hot(int element, double *x) {
  static const int known[][3] = {{6, 14, 2}, {7, 15, 2}, {8, 16, 2}, {15, 15, 3}, {16, 16, 3}, {30, 12, 4}, {53, 17, 5},
                                 {64, 3, 6}, {79, 11, 6}, {92, 3, 7}, {1, 1, 1}, {11, 1, 3}, {2, 18, 1}};
  memset(x, 0, TYPE * sizeof *x);
  x[element] = 1;
  for (size_t k = 0; k < sizeof known / sizeof *known; k++)
    if (known[k][0] == element) x[120 + known[k][1]] = x[139 + known[k][2]] = 1;
}

static void unit(double *x) {
  double length = sqrt(x[0] * x[0] + x[1] * x[1] + x[2] * x[2]);
  for (int d = 0; d < 3; d++) x[d] /= length;
}

static void angles(const double *atoms, const double *y, double *f) {
  double e1[3], e2[3], e3[3], along = 0, local[3] = {0};
  for (int d = 0; d < 3; d++) e1[d] = atoms[d] - atoms[3 + d], e2[d] = atoms[6 + d] - atoms[3 + d];
  unit(e1);
  for (int d = 0; d < 3; d++) along += e1[d] * e2[d];
  for (int d = 0; d < 3; d++) e2[d] -= along * e1[d];
  unit(e2);
  for (int d = 0; d < 3; d++) e3[d] = e1[(d + 1) % 3] * e2[(d + 2) % 3] - e1[(d + 2) % 3] * e2[(d + 1) % 3];
  for (int d = 0; d < 3; d++) {
    double v = y[d] - atoms[3 + d];
    local[0] += e1[d] * v, local[1] += e2[d] * v, local[2] += e3[d] * v;
  }
  double rxy = sqrt(local[0] * local[0] + local[1] * local[1] + 1e-8);
  double r = sqrt(local[0] * local[0] + local[1] * local[1] + local[2] * local[2]) + 1e-8;
  f[0] = local[0] / rxy, f[1] = local[1] / rxy, f[2] = rxy / r, f[3] = local[2] / r;
}

typedef struct surroundings {
  int count;
  double edge[SEEN][C], y[SEEN][C], y_edge[SEEN][SEEN][C];
} surroundings;

static void embed_atoms(const plain_mpnn *p, int64_t i, const atom *list, surroundings *s) {
  const pleat_message_context_tensors *t = &p->m->context.tensors;
  for (int a = 0; a < s->count; a++) {
    double type[TYPE], x[148], v[C];
    one_hot(list[a].element, type);
    for (int d = 0; d < ATOMS; d++) gaussians(distance(p->atoms + i * 15 + d * 3, list[a].x), x + d * 16);
    linear(t->type_w, t->type_b, 64, TYPE, type, x + 80);
    angles(p->atoms + i * 15, list[a].x, x + 144);
    linear(t->edge_w, t->edge_b, C, 148, x, v);
    norm(t->edge_gain, t->edge_bias, v);
    linear(t->out_w, t->out_b, C, C, v, s->edge[a]);
    linear(t->y_node_w, NULL, C, TYPE, type, v);
    norm(t->y_node_gain, t->y_node_bias, v);
    linear(t->y_node_out_w, t->y_node_out_b, C, C, v, s->y[a]);
    for (int o = 0; o < s->count; o++) {
      gaussians(distance(list[a].x, list[o].x), x);
      linear(t->y_edge_w, NULL, C, 16, x, v);
      norm(t->y_edge_gain, t->y_edge_bias, v);
      linear(t->y_edge_out_w, t->y_edge_out_b, C, C, v, s->y_edge[a][o]);
    }
  }
}

static void context_layer(const plain_mpnn *p, int layer, int64_t i, surroundings *s, double *h_c) {
  const pleat_message_tensors *ty = &p->m->context.y_layers[layer].tensors, *th = &p->m->context.layers[layer].tensors;
  const message my = node_message(ty), mh = node_message(th);
  double sums[SEEN][C] = {{0}}, sum[C] = {0}, x[3 * C], y[C];
  for (int a = 0; a < s->count; a++)
    for (int o = 0; o < s->count; o++) {
      put(x, 0, s->y[a]), put(x, 1, s->y_edge[a][o]);
      send(&my, 2, x, y);
      for (int c = 0; c < C; c++) sums[a][c] += y[c];
    }
  for (int a = 0; a < s->count; a++) update(ty, sums[a], 1, s->y[a]);
  for (int a = 0; a < s->count; a++) {
    put(x, 0, h_c), put(x, 1, s->edge[a]), put(x, 2, s->y[a]);
    send(&mh, 3, x, y);
    for (int c = 0; c < C; c++) sum[c] += y[c];
  }
  update(th, sum, p->b->mask[i], h_c);
}

static void add_context(plain_mpnn *p, surroundings *s) {
  const pleat_message_context_tensors *t = &p->m->context.tensors;
  for (int64_t i = 0; i < p->length; i++) {
    atom list[SEEN];
    double h_c[C], end[C];
    s->count = p->b->mask[i] > 0 ? find_atoms(p, i, list) : 0;
    embed_atoms(p, i, list, s);
    linear(t->start_w, t->start_b, C, C, p->h + i * C, h_c);
    for (int l = 0; l < 2; l++) context_layer(p, l, i, s, h_c);
    linear(t->end_w, NULL, C, C, h_c, end);
    norm(t->end_gain, t->end_bias, end);
    for (int c = 0; c < C; c++) p->h[i * C + c] += end[c];
  }
}

pleat_status plain_mpnn_encode(pleat_pool *pool, const pleat_mpnn *m, const pleat_backbone *b, plain_mpnn *p) {
  size_t length = (size_t)b->length, k = (size_t)m->neighbours < length ? (size_t)m->neighbours : length;
  surroundings *s = NULL;
  *p = (plain_mpnn){.m = m, .b = b, .length = b->length, .neighbours = (int64_t)k};
  PLEAT_TRY(pleat_pool_take(pool, length * k, sizeof *p->index, &p->index));
  PLEAT_TRY(pleat_pool_take(pool, length * 15, sizeof *p->atoms, &p->atoms));
  PLEAT_TRY(pleat_pool_take(pool, length * C, sizeof *p->h, &p->h));
  PLEAT_TRY(pleat_pool_take(pool, length * k * C, sizeof *p->h_e, &p->h_e));
  PLEAT_TRY(pleat_pool_take(pool, length * LETTERS, sizeof *p->logits, &p->logits));
  for (int l = 0; l < 4; l++) PLEAT_TRY(pleat_pool_take(pool, length * C, sizeof *p->state[l], &p->state[l]));
  PLEAT_TRY(pleat_pool_take(pool, 1, sizeof *s, &s));
  place(b, p->atoms);
  for (int64_t i = 0; i < p->length; i++) {
    choose(p, i);
    start(p, i, p->h + i * C);
    for (int64_t e = i * p->neighbours; e < (i + 1) * p->neighbours; e++) embed_edge(p, i, p->index[e], p->h_e + e * C);
  }
  for (int l = 0; l < 3; l++) encode_layer(p, &m->encoder[l].tensors);
  if (m->context.tensors.edge_w) add_context(p, s);
  return PLEAT_OK;
}

/* ---- Decoder ---- */

/* Layer l of residue i: from state[l] to state[l + 1]; letters (L), -1 where there is none yet. */
static void decode(plain_mpnn *p, int l, int64_t i, const int32_t *rank, const int32_t *letters, bool use_sequence) {
  const pleat_message_tensors *t = &p->m->decoder[l].tensors;
  const message m = node_message(t);
  double x[4 * C], y[C], sum[C] = {0}, *h = p->state[l + 1] + i * C;
  for (int64_t e = i * p->neighbours; e < (i + 1) * p->neighbours; e++) {
    int64_t j = p->index[e];
    bool before = rank[j] < rank[i];
    memset(x, 0, sizeof x);
    put(x, 0, p->state[l] + i * C);
    if (!before || use_sequence) {
      put(x, 1, p->h_e + e * C);
      put(x, 3, before ? p->state[l] + j * C : p->h + j * C);
    }
    for (int c = 0; before && use_sequence && letters[j] >= 0 && c < C; c++)
      x[2 * C + c] = p->m->tensors.letters[letters[j] * C + c];
    send(&m, 4, x, y);
    for (int c = 0; c < C; c++) sum[c] += y[c];
  }
  memcpy(h, p->state[l] + i * C, C * sizeof *h);
  update(t, sum, p->b->mask[i], h);
}

void plain_mpnn_score(plain_mpnn *p, const int32_t *rank, bool use_sequence) {
  memcpy(p->state[0], p->h, (size_t)(p->length * C) * sizeof *p->h);
  for (int l = 0; l < 3; l++)
    for (int64_t i = 0; i < p->length; i++) decode(p, l, i, rank, p->b->letter, use_sequence);
  for (int64_t i = 0; i < p->length; i++)
    linear(p->m->tensors.out_w, p->m->tensors.out_b, LETTERS, C, p->state[3] + i * C, p->logits + i * LETTERS);
}

static int32_t best_letter(const plain_mpnn *p, const int32_t *member, const float *weight, int64_t count, double temperature,
                           const float *exponential) {
  const float *bias = p->b->bias + member[count - 1] * LETTERS;
  double z[LETTERS], most = -INFINITY, best = -1;
  int32_t letter = 0;
  for (int a = 0; a < LETTERS; a++) {
    z[a] = bias[a];
    for (int64_t k = 0; k < count; k++) z[a] += weight[k] * p->logits[member[k] * LETTERS + a];
    most = fmax(most, z[a]);
  }
  for (int a = 0; a < 20; a++) {
    double each = exp((z[a] - most) / temperature) / exponential[a];
    if (each > best) best = each, letter = a;
  }
  return letter;
}

/* The group of a residue, or the residue alone. */
static int64_t find_group(const pleat_target_ties *ties, int32_t residue) {
  for (int64_t g = 0; g < ties->count; g++)
    for (int64_t k = ties->start[g]; k < ties->start[g + 1]; k++)
      if (ties->member[k] == residue) return g;
  return -1;
}

void plain_mpnn_design(plain_mpnn *p, const int32_t *order, const float *exponential, double temperature, int32_t *letters) {
  const pleat_target_ties *ties = &p->b->ties;
  int32_t rank[512];
  memcpy(p->state[0], p->h, (size_t)(p->length * C) * sizeof *p->h);
  for (int64_t i = 0; i < p->length; i++) letters[i] = -1, rank[order[i]] = (int32_t)i;
  for (int64_t step = 0; step < p->length;) {
    int64_t g = find_group(ties, order[step]), count = g < 0 ? 1 : ties->start[g + 1] - ties->start[g];
    const float one = 1, *weight = g < 0 ? &one : ties->weight + ties->start[g];
    const int32_t *member = g < 0 ? order + step : ties->member + ties->start[g];
    for (int64_t k = 0; k < count; k++) {
      for (int l = 0; l < 3; l++) decode(p, l, member[k], rank, letters, true);
      linear(p->m->tensors.out_w, p->m->tensors.out_b, LETTERS, C, p->state[3] + member[k] * C,
             p->logits + member[k] * LETTERS);
    }
    int32_t drawn = best_letter(p, member, weight, count, temperature, exponential);
    exponential += 20;
    for (int64_t k = 0; k < count; k++)
      letters[member[k]] = p->b->mask[member[k]] * p->b->designed[member[k]] > 0 ? drawn : p->b->letter[member[k]];
    step += count;
  }
}
