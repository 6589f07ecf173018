/* Mixtures of von Mises distributions: density and drawing.
 * SPDX-License-Identifier: MIT */
#include "folding/von_mises.h"

#include <math.h>

#define PI 3.14159265358979323846

enum { COMPONENTS = PLEAT_VON_MISES_COMPONENTS };

/* Abramowitz & Stegun (1964), 9.6.12 and 9.7.1; the smallest term of the second is near exp(-2k). */
double pleat_von_mises_log_bessel(double k) {
  double term = 1, sum = 1;
  if (k <= 20) {
    for (int i = 1; term > 1e-17 * sum; i++) sum += term *= k * k / (4.0 * i * i);
    return log(sum);
  }
  for (int i = 0; i < 14; i++) sum += term *= (2.0 * i + 1) * (2.0 * i + 1) / (8 * k * (i + 1));
  return k + log(sum) - 0.5 * log(2 * PI * k);
}

pleat_von_mises pleat_von_mises_make(const float *mean, const float *concentration, const float *logits) {
  pleat_von_mises mixture;
  double greatest = logits[0], sum = 0;
  for (int m = 1; m < COMPONENTS; m++) greatest = fmax(greatest, logits[m]);
  for (int m = 0; m < COMPONENTS; m++) sum += exp(logits[m] - greatest);
  for (int m = 0; m < COMPONENTS; m++) {
    double log_weight = logits[m] - greatest - log(sum);
    mixture.mean[m] = mean[m];
    mixture.concentration[m] = concentration[m];
    mixture.weight[m] = exp(log_weight);
    mixture.constant[m] = log_weight - log(2 * PI) - pleat_von_mises_log_bessel(concentration[m]);
  }
  return mixture;
}

double pleat_von_mises_log_density(const pleat_von_mises *mixture, double angle) {
  double each[COMPONENTS], greatest = -INFINITY, sum = 0;
  for (int m = 0; m < COMPONENTS; m++) {
    each[m] = mixture->concentration[m] * cos(angle - mixture->mean[m]) + mixture->constant[m];
    greatest = fmax(greatest, each[m]);
  }
  for (int m = 0; m < COMPONENTS; m++) sum += exp(each[m] - greatest);
  return greatest + log(sum);
}

static double unit(uint32_t word) { return (word + 0.5) * 0x1p-32; }

/* The parameter of the wrapped Cauchy envelope; for small k by its series, where the formula loses all digits. */
static double envelope(double k) {
  if (k < 1e-5) return 1 / k + k;
  double tau = 1 + sqrt(1 + 4 * k * k), rho = (tau - sqrt(2 * tau)) / (2 * k);
  return (1 + rho * rho) / (2 * rho);
}

/* The first word of `words` proposes the cosine of the angle, the second decides. */
static int propose(double k, double r, const uint32_t words[4], double *cosine) {
  double z = cos(PI * unit(words[0])), decide = unit(words[1]);
  *cosine = (1 + r * z) / (r + z);
  double c = k * (r - *cosine);
  return c * (2 - c) > decide || log(c / decide) + 1 - c >= 0;
}

static int choose_component(const pleat_von_mises *mixture, double u) {
  int m = 0;
  for (; m < COMPONENTS - 1 && u >= mixture->weight[m]; m++) u -= mixture->weight[m];
  return m;
}

/* At least 0.65 of all proposals are taken, so 256 in a row that are not never come; the mean would then stand in. */
double pleat_von_mises_draw(const pleat_von_mises *mixture, const pleat_random *stream, uint64_t place) {
  uint32_t words[4];
  double cosine, turn = 0;
  pleat_random_words(stream, place, words);
  int m = choose_component(mixture, unit(words[3]));
  double k = mixture->concentration[m], r = envelope(k);
  for (int i = 0; i < PLEAT_VON_MISES_DRAWS; i++) {
    if (i) pleat_random_words(stream, place + (uint64_t)i, words);
    if (!propose(k, r, words, &cosine)) continue;
    turn = acos(fmax(-1, fmin(1, cosine)));
    if (words[2] & 0x80000000u) turn = -turn;
    break;
  }
  double angle = mixture->mean[m] + turn;
  return angle - 2 * PI * floor((angle + PI) / (2 * PI));
}
