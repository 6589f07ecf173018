/* The reference of every kernel: the formula in plain double loops.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "lib/kernel/kernels.h"
#include "lib/pair_op.h"

double pleat_reference_act(double x, pleat_activation activation) {
  switch (activation) {
    case PLEAT_ACTIVATION_RELU: return x < 0 ? 0 : x;
    case PLEAT_ACTIVATION_GELU: return 0.5 * x * erfc(-x / sqrt(2));
    case PLEAT_ACTIVATION_SIGMOID: return 1 / (1 + exp(-x));
    case PLEAT_ACTIVATION_SILU: return x / (1 + exp(-x));
    default: return x;
  }
}

void pleat_reference_linear(const pleat_kernel_linear *p, const float *weight) {
  const pleat_epilogue *e = p->epilogue;
  for (int64_t row = 0; row < p->rows; row++)
    for (int c = 0; c < p->out; c++) {
      double sum = p->bias ? p->bias[c] : 0;
      for (int k = 0; k < p->in; k++) sum += (double)p->x[row * p->ld_x + k] * weight[(int64_t)c * p->in + k];
      if (e) sum = pleat_reference_act(sum, e->activation);
      if (e && e->gate) sum *= e->gate[row * e->ld_gate + c];
      if (e && e->add) sum += e->add[row * e->ld_add + c];
      p->y[row * p->ld_y + c] = (float)sum;
    }
}

void pleat_reference_layer_norm(const pleat_kernel_norm *norm, int64_t rows, const float *x, float *y) {
  int n = norm->channels;
  double rate = norm->dropout_rate;
  for (int64_t row = 0; row < rows; row++, x += n, y += n) {
    double mean = 0, variance = 0, factor = 1;
    for (int c = 0; c < n; c++) mean += x[c];
    mean /= n;
    for (int c = 0; c < n; c++) variance += (x[c] - mean) * (x[c] - mean);
    variance /= n;
    if (rate > 0 && variance > 0) factor = sqrt((1 - rate) / (1 + rate * mean * mean / variance));
    for (int c = 0; c < n; c++) {
      double bias = norm->bias ? norm->bias[c] : 0, gain = norm->gain ? norm->gain[c] : 1;
      double plain = (x[c] - mean) / sqrt(variance + norm->epsilon) * gain + bias;
      y[c] = (float)(factor * plain + (1 - factor) * bias);
    }
  }
}

/* weight[0..n-1] = softmax of the same array, 0 where every entry is -inf. */
static void softmax_in_place(double *weight, int64_t n) {
  double most = -INFINITY, sum = 0;
  for (int64_t j = 0; j < n; j++) most = isnan(weight[j]) || weight[j] > most ? weight[j] : most;
  for (int64_t j = 0; j < n; j++) sum += weight[j] = exp(weight[j] - (most == -INFINITY ? 0 : most));
  for (int64_t j = 0; j < n; j++) weight[j] = sum == 0 ? 0 : weight[j] / sum;
}

void pleat_reference_softmax(int64_t rows, int channels, const float *x, float *y) {
  for (int64_t row = 0; row < rows; row++, x += channels, y += channels) {
    double most = -INFINITY, sum = 0;
    for (int c = 0; c < channels; c++) most = x[c] > most ? x[c] : most;
    for (int c = 0; c < channels; c++) sum += exp(x[c] - most);
    for (int c = 0; c < channels; c++) y[c] = (float)(exp(x[c] - most) / sum);
  }
}

void pleat_reference_activate(int64_t count, const float *x, pleat_activation activation, float *y) {
  for (int64_t i = 0; i < count; i++) y[i] = (float)pleat_reference_act(x[i], activation);
}

static bool attention_averages(const pleat_attention *a, int64_t batch) {
  bool any = !a->mask;
  for (int64_t key = 0; !any && key < a->keys; key++) any = a->mask[batch * a->mask_batch + key] > 0;
  return a->average_absent && !any;
}

/* Logit of one query row against key `key`; -inf when the key is absent. */
static double attention_logit(const pleat_attention *a, int64_t batch, int head, int64_t query, int64_t key) {
  if (attention_averages(a, batch)) return 0;
  if (a->mask && !(a->mask[batch * a->mask_batch + key] > 0)) return -INFINITY;
  const float *q = a->q + batch * a->q_batch + query * a->q_row + head * a->q_head;
  const float *k = a->k + batch * a->k_batch + key * a->k_row + head * a->k_head;
  double dot = 0;
  for (int d = 0; d < a->width; d++) dot += (double)q[d] * k[d];
  return dot * a->scale + (a->bias ? a->bias[batch * a->bias_batch + head * a->bias_head + query * a->bias_row + key] : 0);
}

/* Each weight is worked out again for each output channel's sum, so that no memory is needed: three passes over keys. */
static void attention_row(const pleat_attention *a, int64_t batch, int head, int64_t query) {
  int64_t at = batch * a->out_batch + query * a->out_row + head * a->out_head;
  double most = -INFINITY, sum = 0;
  for (int64_t key = 0; key < a->keys; key++) {
    double x = attention_logit(a, batch, head, query, key);
    most = isnan(x) || x > most ? x : most;
  }
  for (int64_t key = 0; key < a->keys; key++)
    sum += exp(attention_logit(a, batch, head, query, key) - (most == -INFINITY ? 0 : most));
  for (int d = 0; d < a->width; d++) {
    double value = 0;
    for (int64_t key = 0; key < a->keys && sum != 0; key++) {
      if (isinf(attention_logit(a, batch, head, query, key))) continue;
      double v = a->v[batch * a->v_batch + key * a->v_row + head * a->v_head + d];
      value += exp(attention_logit(a, batch, head, query, key) - most) / sum * v;
    }
    a->out[at + d] = (float)(value * (a->gate ? a->gate[at + d] : 1));
  }
}

void pleat_reference_attention(const pleat_attention *a) {
  for (int64_t batch = 0; batch < a->batches; batch++)
    for (int head = 0; head < a->heads; head++)
      for (int64_t query = 0; query < a->queries; query++) attention_row(a, batch, head, query);
}

static double point_logit(const pleat_point_attention *a, int head, int64_t i, int64_t j) {
  if (a->mask && !(a->mask[j] > 0)) return -INFINITY;
  int64_t row = i * a->heads + head, key = j * a->heads + head, points = 3 * a->query_points;
  double dot = 0, distance = 0;
  for (int d = 0; d < a->width; d++) dot += (double)a->q[row * a->width + d] * a->k[key * a->width + d];
  for (int64_t c = 0; c < points; c++) {
    double difference = (double)a->qp[row * points + c] - a->kp[key * points + c];
    distance += difference * difference;
  }
  return dot - 0.5 * a->weight[head] * distance + (a->bias ? a->bias[(head * pleat_point_rows(a) + i) * a->length + j] : 0);
}

/* value[c] summed over the present keys: sum_j weight[j] from[j][c]. */
static void point_values(const pleat_point_attention *a, int head, const double *weight, const float *from, int n, float *to) {
  for (int c = 0; c < n; c++) {
    double sum = 0;
    for (int64_t j = 0; j < a->length; j++)
      if (!a->mask || a->mask[j] > 0) sum += weight[j] * from[(j * a->heads + head) * n + c];
    to[c] = (float)sum;
  }
}

/* to[c] = sum_j weight[j] pair(i,j,c) over the present keys. */
static void point_pairs(const pleat_point_attention *a, int64_t i, const double *weight, float *to) {
  for (int c = 0; c < a->pair_channels; c++) {
    double sum = 0;
    for (int64_t j = 0; j < a->length; j++)
      if (!a->mask || a->mask[j] > 0) sum += weight[j] * a->pair[(i * a->length + j) * a->pair_channels + c];
    to[c] = (float)sum;
  }
}

void pleat_reference_point(const pleat_point_attention *a, double *weight) {
  for (int head = 0; head < a->heads; head++)
    for (int64_t i = 0; i < pleat_point_rows(a); i++) {
      int64_t row = i * a->heads + head;
      for (int64_t j = 0; j < a->length; j++) weight[j] = point_logit(a, head, i, j);
      softmax_in_place(weight, a->length);
      point_values(a, head, weight, a->v, a->value_width, a->out + row * a->value_width);
      point_values(a, head, weight, a->vp, 3 * a->value_points, a->points + row * 3 * a->value_points);
      if (a->pair) point_pairs(a, i, weight, a->pair_out + row * a->pair_channels);
      for (int b = 0; a->spectrum && b < a->bins; b++) {
        double sum = 0;
        for (int64_t j = 0; j < a->length; j++)
          if ((((int64_t)a->index[j] - a->index[i]) % a->bins + a->bins) % a->bins == b) sum += weight[j];
        a->spectrum[row * a->bins + b] = (float)sum;
      }
    }
}

void pleat_reference_triangle(const pleat_triangle *t, const float *x, const float *mask, float *y) {
  int64_t L = t->length, C = t->channels;
  for (int64_t i = 0; i < L; i++)
    for (int64_t j = 0; j < L; j++)
      for (int64_t c = 0; c < C; c++) {
        double sum = 0;
        for (int64_t k = 0; k < L; k++) {
          int64_t left = t->incoming ? k * L + j : i * L + k, right = t->incoming ? k * L + i : j * L + k;
          double both = mask ? (double)mask[left] * mask[right] : 1;
          sum += both * x[left * 2 * C + c] * x[right * 2 * C + C + c];
        }
        y[(i * L + j) * C + c] = (float)sum;
      }
}

/* <weight (C,C), o(i,j)>. */
static double outer_pair(const pleat_outer_product *o, const float *weight, const float *x, int64_t i, int64_t j) {
  int64_t L = o->length, C = o->channels;
  double total = 0;
  for (int64_t c = 0; c < C; c++)
    for (int64_t e = 0; e < C; e++) {
      double sum = 0;
      for (int64_t s = 0; s < o->sequences; s++) {
        double both = (double)o->mask[s * L + i] * o->mask[s * L + j];
        sum += both * x[(s * L + i) * 2 * C + c] * x[(s * L + j) * 2 * C + C + e];
      }
      total += sum * weight[c * C + e];
    }
  return total;
}

void pleat_reference_outer_product(const pleat_outer_product *o, const float *weight, const float *x, float *y) {
  int64_t L = o->length, C = o->channels, out = o->linear->out;
  for (int64_t i = 0; i < L; i++)
    for (int64_t j = 0; j < L; j++) {
      double count = o->epsilon;
      for (int64_t s = 0; s < o->sequences; s++) count += (double)o->mask[s * L + i] * o->mask[s * L + j];
      for (int64_t k = 0; k < out; k++) {
        double sum = outer_pair(o, weight + k * C * C, x, i, j);
        y[(i * L + j) * out + k] += (float)((sum + (o->linear->bias ? o->linear->bias[k] : 0)) / count);
      }
    }
}

/* h of one edge. */
static void message_hidden(const pleat_message *m, int64_t node, int k, double *hidden) {
  int64_t edge = node * m->neighbours + k;
  for (int c = 0; c < m->middle->in; c++) {
    double x = m->node[node * m->ld_node + c];
    for (int s = 0; s < PLEAT_MESSAGE_SOURCES && m->source[s].rows; s++) {
      int64_t row = m->source[s].index ? m->source[s].index[edge] : edge;
      if (row >= 0) x += m->source[s].rows[row * m->source[s].ld + c];
    }
    hidden[c] = pleat_reference_act(x, PLEAT_ACTIVATION_GELU);
  }
}

void pleat_reference_message(const pleat_message *m, double *hidden) {
  const pleat_linear *middle = m->middle;
  int width = middle->in;
  for (int64_t node = 0; node < m->nodes; node++) {
    float *sum = m->sum ? m->sum + node * width : NULL;
    for (int c = 0; sum && c < width; c++) sum[c] = 0;
    for (int k = 0; k < m->neighbours; k++) {
      int64_t edge = node * m->neighbours + k;
      message_hidden(m, node, k, hidden);
      for (int c = 0; c < width; c++) {
        double x = middle->bias ? middle->bias[c] : 0;
        for (int i = 0; i < width; i++) x += hidden[i] * middle->weight[c * width + i];
        x = pleat_reference_act(x, PLEAT_ACTIVATION_GELU);
        if (m->each) m->each[edge * width + c] = (float)x;
        if (sum) sum[c] += (float)(m->mask ? m->mask[edge] * x : x);
      }
    }
  }
}

void pleat_reference_radial(const pleat_radial *basis, int64_t rows, int distances, const float *x, float *y) {
  for (int64_t i = 0; i < rows * distances; i++)
    for (int b = 0; b < basis->bins; b++) {
      double z = ((double)x[i] - basis->centre[b]) / basis->width;
      y[i * basis->bins + b] = (float)exp(-z * z);
    }
}
