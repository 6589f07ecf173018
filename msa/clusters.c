/* Cluster centres, masking, nearest centres, profiles and extra rows of AlphaFold's models.
 * SPDX-License-Identifier: MIT */
#include "msa/clusters.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/team.h"
#include "msa/encode.h"
#include "msa/filter.h"
#include "msa/msa.h"

/* Places of the stream, so that no two draws share one. */
enum { PURPOSE_ORDER, PURPOSE_MASK, PURPOSE_REPLACEMENT, PURPOSE_EXTRA };
enum { LETTERS = PLEAT_ENCODE_COUNT, PROFILE = 22, LANES = 32, GRAIN = 64 };

typedef struct clusters_run {
  const pleat_msa *msa;
  const pleat_clusters_options *options;
  const pleat_clusters_draws *draws;
  pleat_clusters *out;
} clusters_run;

static uint64_t place_of(int purpose, uint64_t index) { return (uint64_t)purpose << 48 | index; }

void pleat_clusters_free(pleat_clusters *clusters) { pleat_pool_free(&clusters->pool); }

/* ---- Drawing ---- */

typedef struct shuffled {
  uint64_t key;
  size_t number;
} shuffled;

static int compare_shuffled(const void *a, const void *b) {
  const shuffled *x = a, *y = b;
  if (x->key != y->key) return x->key < y->key ? -1 : 1;
  return (x->number > y->number) - (x->number < y->number);
}

/* numbers (count): first, first+1, ... in the given order, or in the order of random keys. */
static pleat_status shuffle(const clusters_run *run, const int32_t *given, size_t first, size_t count, int purpose,
                            size_t *numbers) {
  shuffled *keys;
  for (size_t i = 0; given && i < count; i++) numbers[i] = (size_t)given[i];
  if (given) return PLEAT_OK;
  PLEAT_TRY(pleat_memory_take(run->msa->context, count, sizeof *keys, &keys));
  for (size_t i = 0; i < count; i++) {
    uint32_t words[4];
    pleat_random_words(&run->draws->stream, place_of(purpose, i), words);
    keys[i] = (shuffled){(uint64_t)words[0] << 32 | words[1], first + i};
  }
  qsort(keys, count, sizeof *keys, compare_shuffled);
  for (size_t i = 0; i < count; i++) numbers[i] = keys[i].number;
  pleat_memory_release(run->msa->context, keys);
  return PLEAT_OK;
}

/* Row 0 is the first centre; the others follow in random order, what is left over are the other rows. */
static pleat_status choose_rows(clusters_run *run) {
  pleat_clusters *out = run->out;
  size_t rows = run->msa->row_count, *order;
  PLEAT_TRY(pleat_pool_take(&out->pool, rows, sizeof *order, &order));
  PLEAT_TRY(shuffle(run, run->draws->order, 1, rows - 1, PURPOSE_ORDER, order + 1));
  order[0] = 0;
  out->count = run->options->max_clusters < rows ? run->options->max_clusters : rows;
  if (!out->count) out->count = 1;
  out->rows = order;
  out->other_rows = order + out->count;
  out->other_count = rows - out->count;
  return PLEAT_OK;
}

static pleat_status choose_extra_rows(clusters_run *run) {
  pleat_clusters *out = run->out;
  PLEAT_TRY(pleat_pool_take(&out->pool, out->other_count, sizeof *out->extra_rows, &out->extra_rows));
  for (size_t i = 0; i < out->other_count; i++) out->extra_rows[i] = i;
  if (!run->options->multimer)
    PLEAT_TRY(shuffle(run, run->draws->extra_order, 0, out->other_count, PURPOSE_EXTRA, out->extra_rows));
  for (size_t i = 0; i < out->other_count; i++) out->extra_rows[i] = out->other_rows[out->extra_rows[i]];
  out->extra_count = run->options->max_extra < out->other_count ? run->options->max_extra : out->other_count;
  return PLEAT_OK;
}

/* ---- Arrays ---- */

static pleat_status take_arrays(pleat_clusters *out) {
  size_t cells = out->count * out->columns, extra = out->extra_count * out->columns;
  PLEAT_TRY(pleat_pool_take(&out->pool, cells, 1, &out->true_msa));
  PLEAT_TRY(pleat_pool_take(&out->pool, cells, 1, &out->msa));
  PLEAT_TRY(pleat_pool_take(&out->pool, cells, 1, &out->masked));
  PLEAT_TRY(pleat_pool_take(&out->pool, extra, 1, &out->extra_msa));
  PLEAT_TRY(pleat_pool_take(&out->pool, cells, sizeof(float), &out->has_deletion));
  PLEAT_TRY(pleat_pool_take(&out->pool, cells, sizeof(float), &out->deletion));
  PLEAT_TRY(pleat_pool_take(&out->pool, cells, sizeof(float), &out->deletion_mean));
  PLEAT_TRY(pleat_pool_take(&out->pool, cells, LETTERS * sizeof(float), &out->profile));
  PLEAT_TRY(pleat_pool_take(&out->pool, extra, sizeof(float), &out->extra_has_deletion));
  PLEAT_TRY(pleat_pool_take(&out->pool, extra, sizeof(float), &out->extra_deletion));
  PLEAT_TRY(pleat_pool_take(&out->pool, out->columns, PROFILE * sizeof(float), &out->msa_profile));
  return pleat_pool_take(&out->pool, out->other_count, sizeof *out->assignment, &out->assignment);
}

/* Shares of the 22 letters in each column, over all rows. */
static void fill_msa_profile(clusters_run *run) {
  const pleat_msa *msa = run->msa;
  float *profile = run->out->msa_profile;
  for (size_t r = 0; r < msa->row_count; r++) {
    const char *residues = msa->rows[r].residues;
    for (size_t c = 0; c < msa->columns; c++) profile[c * PROFILE + pleat_encode_residue(residues[c])] += 1;
  }
  for (size_t i = 0; i < msa->columns * PROFILE; i++) profile[i] /= (float)msa->row_count;
}

/* atan of x >= 0 by the odd minimax polynomial that TensorFlow takes (Eigen's), good to 2 units in the last place: with
 * it our features have the published bits on every machine, which each libm's own atanf would not give. */
static float arctangent(float x) {
  static const float q[8] = {-0.33333144f, 0.19993579f, -0.14209579f, 0.10660473f, -0.07540888f, 0.043082617f,
                             -0.016290735f, 0.002901884f};
  float y = x > 1 ? 1 / x : x, y2 = y * y, y4 = y2 * y2;
  float odd = ((q[7] * y4 + q[5]) * y4 + q[3]) * y4 + q[1];
  float even = ((q[6] * y4 + q[4]) * y4 + q[2]) * y4 + q[0];
  float angle = (odd * y2 + even) * (y * y2) + y;
  return x > 1 ? (float)(M_PI / 2) - angle : angle;
}

/* atan(count/3) 2/pi, 0..1 */
static float squash(float count) { return arctangent(count / 3.0f) * (float)(2 / M_PI); }

static void fill_deletions(const pleat_msa *msa, size_t row, int32_t *counts, float *has, float *value) {
  pleat_msa_deletions(msa, row, counts);
  for (size_t c = 0; c < msa->columns; c++) {
    has[c] = counts[c] > 0;
    value[c] = squash((float)counts[c]);
  }
}

static pleat_status fill_rows(clusters_run *run) {
  pleat_clusters *out = run->out;
  size_t columns = out->columns;
  int32_t *counts;
  PLEAT_TRY(pleat_memory_take(run->msa->context, columns, sizeof *counts, &counts));
  for (size_t i = 0; i < out->count; i++) {
    pleat_encode_row(run->msa->rows[out->rows[i]].residues, columns, out->true_msa + i * columns);
    fill_deletions(run->msa, out->rows[i], counts, out->has_deletion + i * columns, out->deletion + i * columns);
  }
  for (size_t i = 0; i < out->extra_count; i++) {
    pleat_encode_row(run->msa->rows[out->extra_rows[i]].residues, columns, out->extra_msa + i * columns);
    fill_deletions(run->msa, out->extra_rows[i], counts, out->extra_has_deletion + i * columns,
                   out->extra_deletion + i * columns);
  }
  pleat_memory_release(run->msa->context, counts);
  return PLEAT_OK;
}

/* ---- Masking ---- */

/* What replaces a residue: 10 % a residue at random, 10 % one of the column's profile, 10 % itself, 70 % the mask. */
static uint8_t draw_replacement(const clusters_run *run, size_t cell, uint8_t old) {
  const float *profile = run->out->msa_profile + cell % run->out->columns * PROFILE;
  double weights[LETTERS], sum = 0;
  for (int k = 0; k < LETTERS; k++) {
    double any = k < 20 ? 0.05 : 0, same = k == old;
    weights[k] = k == PLEAT_ENCODE_MASK ? 0.7 : 0.1 * any + 0.1 * (double)profile[k] + 0.1 * same;
    weights[k] += 1e-6; /* as the published code, before its logarithm */
    sum += weights[k];
  }
  double left = sum * (double)pleat_random_uniform(&run->draws->stream, place_of(PURPOSE_REPLACEMENT, cell));
  int k = 0;
  while (k < LETTERS - 1 && (left -= weights[k]) >= 0) k++;
  return (uint8_t)k;
}

static void mask_rows(clusters_run *run) {
  pleat_clusters *out = run->out;
  const pleat_clusters_draws *draws = run->draws;
  for (size_t i = 0; i < out->count * out->columns; i++) {
    float uniform = draws->mask ? draws->mask[i] : pleat_random_uniform(&draws->stream, place_of(PURPOSE_MASK, i));
    uint8_t old = out->true_msa[i];
    out->masked[i] = uniform < run->options->replace_fraction;
    out->msa[i] = !out->masked[i]      ? old
                  : draws->replacement ? (uint8_t)draws->replacement[i]
                                       : draw_replacement(run, i, old);
  }
}

/* ---- Nearest centres ---- */

/* How many columns hold the same residue; gaps and masks do not count. Whole lanes first, so that it vectorises. */
static uint32_t count_agreement(const uint8_t *a, const uint8_t *b, size_t columns) {
  uint32_t agreement = 0;
  size_t at = 0;
  while (at + LANES <= columns) {
    uint8_t sums[LANES] = {0};
    for (int n = 0; n < 255 && at + LANES <= columns; n++, at += LANES) {
      for (int k = 0; k < LANES; k++)
        sums[k] = (uint8_t)(sums[k] + ((a[at + k] == b[at + k]) & (a[at + k] < PLEAT_ENCODE_GAP)));
    }
    for (int k = 0; k < LANES; k++) agreement += sums[k];
  }
  for (; at < columns; at++) agreement += (a[at] == b[at]) & (a[at] < PLEAT_ENCODE_GAP);
  return agreement;
}

typedef struct nearest_run {
  clusters_run *run;
  uint8_t *others;  /* (S-C,L) numbers of the rows that are no centres */
  uint32_t *best;   /* (S-C) columns that agree with the nearest centre */
  uint32_t *shares; /* (S-C) how many centres are as near */
  double *sums;     /* (threads,L,24): a multimer cluster's letters and deletions */
  int32_t *counts;  /* (threads,L) deletions of one row */
} nearest_run;

static void find_nearest(void *argument, int64_t begin, int64_t end, int thread) {
  nearest_run *nearest = argument;
  pleat_clusters *out = nearest->run->out;
  (void)thread;
  for (int64_t i = begin; i < end; i++) {
    uint8_t *ids = nearest->others + (size_t)i * out->columns;
    pleat_encode_row(nearest->run->msa->rows[out->other_rows[i]].residues, out->columns, ids);
    nearest->best[i] = nearest->shares[i] = 0;
    for (size_t c = 0; c < out->count; c++) {
      uint32_t agreement = count_agreement(ids, out->msa + c * out->columns, out->columns);
      if (c > 0 && agreement < nearest->best[i]) continue;
      if (c > 0 && agreement == nearest->best[i]) {
        nearest->shares[i]++;
        continue;
      }
      nearest->best[i] = agreement;
      nearest->shares[i] = 1;
      out->assignment[i] = (int32_t)c;
    }
  }
}

/* ---- Profiles ---- */

/* Adds a row to its cluster's sums. */
static void add_row(const clusters_run *run, size_t row, size_t cluster, int32_t *counts) {
  pleat_clusters *out = run->out;
  const char *residues = run->msa->rows[row].residues;
  float *profile = out->profile + cluster * out->columns * LETTERS, *mean = out->deletion_mean + cluster * out->columns;
  pleat_msa_deletions(run->msa, row, counts);
  for (size_t c = 0; c < out->columns; c++) {
    profile[c * LETTERS + pleat_encode_residue(residues[c])] += 1;
    mean[c] += (float)counts[c];
  }
}

/* The centre itself counts as it is after masking. */
static void add_centre(const clusters_run *run, size_t cluster, int32_t *counts) {
  pleat_clusters *out = run->out;
  pleat_msa_deletions(run->msa, out->rows[cluster], counts);
  for (size_t c = 0; c < out->columns; c++) {
    size_t cell = cluster * out->columns + c;
    out->profile[cell * LETTERS + out->msa[cell]] += 1;
    out->deletion_mean[cell] += (float)counts[c];
  }
}

static void divide_sums(pleat_clusters *out, size_t cluster, float members) {
  size_t cells = out->columns;
  float *profile = out->profile + cluster * cells * LETTERS, *mean = out->deletion_mean + cluster * cells;
  for (size_t i = 0; i < cells * LETTERS; i++) profile[i] /= members;
  for (size_t i = 0; i < cells; i++) mean[i] = squash(mean[i] / members);
}

static pleat_status fill_monomer_profiles(clusters_run *run) {
  pleat_clusters *out = run->out;
  float *members;
  int32_t *counts;
  PLEAT_TRY(pleat_memory_take(run->msa->context, out->count, sizeof *members, &members));
  pleat_status status = pleat_memory_take(run->msa->context, out->columns, sizeof *counts, &counts);
  for (size_t i = 0; !status && i < out->other_count; i++) {
    add_row(run, out->other_rows[i], (size_t)out->assignment[i], counts);
    members[out->assignment[i]] += 1;
  }
  for (size_t c = 0; !status && c < out->count; c++) {
    add_centre(run, c, counts);
    divide_sums(out, c, 1e-6f + 1.0f + members[c]);
  }
  pleat_memory_release(run->msa->context, counts);
  pleat_memory_release(run->msa->context, members);
  return status;
}

/* ---- Profiles of the multimer models ---- */

enum { SUMS = LETTERS + 1 }; /* letters of a column, then its deletions */

/* Adds a row with a weight to the sums of a cluster. */
static void add_weighted(const nearest_run *nearest, size_t other, double weight, double *sums, int32_t *counts) {
  const pleat_clusters *out = nearest->run->out;
  const uint8_t *ids = nearest->others + other * out->columns;
  pleat_msa_deletions(nearest->run->msa, out->other_rows[other], counts);
  for (size_t c = 0; c < out->columns; c++) {
    sums[c * SUMS + ids[c]] += weight;
    sums[c * SUMS + LETTERS] += weight * counts[c];
  }
}

static void store_sums(const nearest_run *nearest, size_t cluster, double members, const double *sums,
                       int32_t *counts) {
  pleat_clusters *out = nearest->run->out;
  pleat_msa_deletions(nearest->run->msa, out->rows[cluster], counts);
  for (size_t c = 0; c < out->columns; c++) {
    size_t cell = cluster * out->columns + c;
    for (size_t k = 0; k < LETTERS; k++)
      out->profile[cell * LETTERS + k] = (float)((sums[c * SUMS + k] + (out->msa[cell] == k)) / members);
    out->deletion_mean[cell] = squash((float)((sums[c * SUMS + LETTERS] + counts[c]) / members));
  }
}

/* Softmax of 1000 times the agreement over the centres: all or nothing, but for centres that are as near. It is then
 * multiplied by the number of columns, as the published code does. */
static void sum_clusters(void *argument, int64_t begin, int64_t end, int thread) {
  nearest_run *nearest = argument;
  const pleat_clusters *out = nearest->run->out;
  double *sums = nearest->sums + (size_t)thread * out->columns * SUMS;
  int32_t *counts = nearest->counts + (size_t)thread * out->columns;
  for (int64_t cluster = begin; cluster < end; cluster++) {
    const uint8_t *centre = out->msa + (size_t)cluster * out->columns;
    double members = 1;
    memset(sums, 0, out->columns * SUMS * sizeof *sums);
    for (size_t i = 0; i < out->other_count; i++) {
      if (out->assignment[i] > cluster) continue;
      if (out->assignment[i] < cluster && nearest->shares[i] == 1) continue;
      if (count_agreement(nearest->others + i * out->columns, centre, out->columns) < nearest->best[i]) continue;
      double weight = (double)out->columns / (double)nearest->shares[i];
      members += weight;
      add_weighted(nearest, i, weight, sums, counts);
    }
    store_sums(nearest, (size_t)cluster, members, sums, counts);
  }
}

static pleat_status fill_multimer_profiles(nearest_run *nearest, int threads) {
  pleat_context *context = nearest->run->msa->context;
  size_t columns = nearest->run->out->columns;
  PLEAT_TRY(pleat_memory_take(context, (size_t)threads * columns, SUMS * sizeof *nearest->sums, &nearest->sums));
  PLEAT_TRY(pleat_memory_take(context, (size_t)threads * columns, sizeof *nearest->counts, &nearest->counts));
  pleat_team_for(threads, (int64_t)nearest->run->out->count, 1, sum_clusters, nearest);
  return PLEAT_OK;
}

static pleat_status cluster_rows(nearest_run *nearest) {
  clusters_run *run = nearest->run;
  pleat_context *context = run->msa->context;
  size_t others = run->out->other_count;
  int threads = pleat_context_threads(context);
  PLEAT_TRY(pleat_memory_take(context, others, run->out->columns, &nearest->others));
  PLEAT_TRY(pleat_memory_take(context, others, sizeof *nearest->best, &nearest->best));
  PLEAT_TRY(pleat_memory_take(context, others, sizeof *nearest->shares, &nearest->shares));
  pleat_team_for(threads, (int64_t)others, GRAIN, find_nearest, nearest);
  return run->options->multimer ? fill_multimer_profiles(nearest, threads) : fill_monomer_profiles(run);
}

static pleat_status fill_clusters(clusters_run *run) {
  nearest_run nearest = {.run = run};
  pleat_context *context = run->msa->context;
  pleat_status status = cluster_rows(&nearest);
  pleat_memory_release(context, nearest.others);
  pleat_memory_release(context, nearest.best);
  pleat_memory_release(context, nearest.shares);
  pleat_memory_release(context, nearest.sums);
  pleat_memory_release(context, nearest.counts);
  return status;
}

pleat_status pleat_clusters_choose(const pleat_msa *msa, const pleat_clusters_options *options,
                                   const pleat_clusters_draws *draws, pleat_clusters *clusters) {
  clusters_run run = {msa, options, draws, clusters};
  *clusters = (pleat_clusters){.columns = msa->columns};
  pleat_pool_init(&clusters->pool, msa->context, 0);
  PLEAT_TRY(choose_rows(&run));
  return choose_extra_rows(&run);
}

pleat_status pleat_clusters_make(const pleat_msa *msa, const pleat_clusters_options *options,
                                 const pleat_clusters_draws *draws, pleat_clusters *clusters) {
  clusters_run run = {msa, options, draws, clusters};
  PLEAT_TRY(pleat_clusters_choose(msa, options, draws, clusters));
  PLEAT_TRY(take_arrays(clusters));
  fill_msa_profile(&run);
  PLEAT_TRY(fill_rows(&run));
  mask_rows(&run);
  return fill_clusters(&run);
}

/* ---- The same choice, for people to see ---- */

static pleat_status copy_rows(const pleat_clusters *clusters, const pleat_msa *msa, pleat_msa *sample) {
  for (size_t i = 0; i < clusters->count; i++) PLEAT_TRY(pleat_msa_copy_row(sample, &msa->rows[clusters->rows[i]]));
  for (size_t i = 0; i < clusters->extra_count; i++)
    PLEAT_TRY(pleat_msa_copy_row(sample, &msa->rows[clusters->extra_rows[i]]));
  return pleat_msa_finish(sample);
}

static pleat_status sample_rows(const pleat_msa *msa, const pleat_msa_sample_options *options, pleat_msa **out) {
  const pleat_clusters_options sizes = {options->clusters, options->extra, 0, options->multimer};
  uint32_t target = pleat_random_hash(options->name ? options->name : "");
  const pleat_clusters_draws draws = {.stream = pleat_random_stream(options->seed, target, options->pass)};
  pleat_clusters clusters;
  pleat_msa *sample;
  PLEAT_TRY(pleat_filter_empty_copy(msa, &sample));
  pleat_status status = pleat_clusters_choose(msa, &sizes, &draws, &clusters);
  if (!status) status = copy_rows(&clusters, msa, sample);
  pleat_clusters_free(&clusters);
  if (status) pleat_msa_free(sample);
  else *out = sample;
  return status;
}

/* Monomer models draw from rows that differ. */
pleat_status pleat_msa_sample(const pleat_msa *msa, const pleat_msa_sample_options *options, pleat_msa **out) {
  const pleat_msa_filter_options unique = {.unique = 1};
  pleat_msa *rows;
  *out = NULL;
  if (options->multimer) return sample_rows(msa, options, out);
  PLEAT_TRY(pleat_msa_filter(msa, &unique, &rows));
  pleat_status status = sample_rows(rows, options, out);
  pleat_msa_free(rows);
  return status;
}

void pleat_clusters_features(const pleat_clusters *clusters, size_t row, float *features) {
  for (size_t c = 0; c < clusters->columns; c++, features += PLEAT_CLUSTERS_FEATURES) {
    size_t cell = row * clusters->columns + c;
    memset(features, 0, LETTERS * sizeof *features);
    features[clusters->msa[cell]] = 1;
    features[LETTERS] = clusters->has_deletion[cell];
    features[LETTERS + 1] = clusters->deletion[cell];
    memcpy(features + LETTERS + 2, clusters->profile + cell * LETTERS, LETTERS * sizeof *features);
    features[2 * LETTERS + 2] = clusters->deletion_mean[cell];
  }
}

void pleat_clusters_extra_features(const pleat_clusters *clusters, size_t row, float *features) {
  for (size_t c = 0; c < clusters->columns; c++, features += PLEAT_CLUSTERS_EXTRA_FEATURES) {
    size_t cell = row * clusters->columns + c;
    memset(features, 0, LETTERS * sizeof *features);
    features[clusters->extra_msa[cell]] = 1;
    features[LETTERS] = clusters->extra_has_deletion[cell];
    features[LETTERS + 1] = clusters->extra_deletion[cell];
  }
}
