/* Mixtures of von Mises distributions: angles that scatter about a few means.
 * SPDX-License-Identifier: MIT
 *
 * density(x) = sum_m weight_m exp(k_m cos(x - mean_m)) / (2 pi I0(k_m)). All in double. */
#ifndef PLEAT_FOLDING_VON_MISES_H
#define PLEAT_FOLDING_VON_MISES_H

#include "lib/random.h"

enum {
  PLEAT_VON_MISES_COMPONENTS = 3,
  PLEAT_VON_MISES_DRAWS = 256 /* places of the random stream that belong to one draw */
};

typedef struct pleat_von_mises {
  double mean[PLEAT_VON_MISES_COMPONENTS], concentration[PLEAT_VON_MISES_COMPONENTS];
  double weight[PLEAT_VON_MISES_COMPONENTS];   /* their sum is 1 */
  double constant[PLEAT_VON_MISES_COMPONENTS]; /* log(weight / (2 pi I0)) */
} pleat_von_mises;

/* Concentrations above 0; weights are the softmax of `logits`. */
pleat_von_mises pleat_von_mises_make(const float *mean, const float *concentration, const float *logits);

double pleat_von_mises_log_density(const pleat_von_mises *mixture, double angle);

/* An angle in [-pi, pi), by the rejection of Best & Fisher (1979), from places `place` .. place + DRAWS - 1 of the
 * stream: what is drawn depends on nothing else. */
double pleat_von_mises_draw(const pleat_von_mises *mixture, const pleat_random *stream, uint64_t place);

/* log I0(k) for k >= 0, error below 1e-11 (1 + k): the power series up to 20, the asymptotic one above. */
double pleat_von_mises_log_bessel(double k);

#endif
