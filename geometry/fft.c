/* Plans for real 3-D Fourier transforms, measured once and kept as wisdom.
 * SPDX-License-Identifier: MIT */
#include "geometry/fft.h"

#include <fftw3.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>

#include "lib/file.h"

static pthread_mutex_t planner = PTHREAD_MUTEX_INITIALIZER;

void pleat_fft_lock(void) { pthread_mutex_lock(&planner); }
void pleat_fft_unlock(void) { pthread_mutex_unlock(&planner); }

float *pleat_fft_take(size_t floats) { return fftwf_alloc_real(floats); }
void pleat_fft_release(float *memory) { fftwf_free(memory); }

int pleat_fft_good_size(int n) {
  static const int primes[] = {2, 3, 5, 7};
  for (;; n++) {
    int rest = n;
    for (int p = 0; p < 4; p++)
      while (rest % primes[p] == 0) rest /= primes[p];
    if (rest == 1) return n;
  }
}

enum { ROWS, COLUMNS, LAYERS, LAYERS_BACK, COLUMNS_BACK, ROWS_BACK };

/* One axis at a time: FFTW's own three-dimensional plans, when estimated, take up to twice as long, and planes that are
 * known to be empty can be left out. Rows and columns are planned for one plane, layers for all. real NULL: pairs. */
static bool plan(pleat_fft *fft, float *real, float *spectrum, unsigned flags) {
  const int *n = fft->size;
  int row = fft->row, plane = row * n[1];
  fftwf_complex *s = (fftwf_complex *)spectrum;
  if (plane % 2 || n[0] * n[1] % 4) flags |= FFTW_UNALIGNED; /* planes do not begin where the first one may */
  fft->plan[ROWS] = real ? fftwf_plan_many_dft_r2c(1, n, n[1], real, NULL, 1, n[0], s, NULL, 1, row, flags)
                         : fftwf_plan_many_dft(1, n, n[1], s, NULL, 1, row, s, NULL, 1, row, FFTW_FORWARD, flags);
  fft->plan[COLUMNS] = fftwf_plan_many_dft(1, n + 1, row, s, NULL, row, 1, s, NULL, row, 1, FFTW_FORWARD, flags);
  fft->plan[LAYERS] = fftwf_plan_many_dft(1, n + 2, plane, s, NULL, plane, 1, s, NULL, plane, 1, FFTW_FORWARD, flags);
  fft->plan[LAYERS_BACK] = fftwf_plan_many_dft(1, n + 2, plane, s, NULL, plane, 1, s, NULL, plane, 1, FFTW_BACKWARD, flags);
  fft->plan[COLUMNS_BACK] = fftwf_plan_many_dft(1, n + 1, row, s, NULL, row, 1, s, NULL, row, 1, FFTW_BACKWARD, flags);
  fft->plan[ROWS_BACK] = real ? fftwf_plan_many_dft_c2r(1, n, n[1], s, NULL, 1, row, real, NULL, 1, n[0], flags)
                              : fftwf_plan_many_dft(1, n, n[1], s, NULL, 1, row, s, NULL, 1, row, FFTW_BACKWARD, flags);
  for (int p = 0; p < PLEAT_FFT_PLANS; p++)
    if (!fft->plan[p]) return false;
  return true;
}

static void drop(pleat_fft *fft) {
  for (int p = 0; p < PLEAT_FFT_PLANS; p++) {
    if (fft->plan[p]) fftwf_destroy_plan(fft->plan[p]);
    fft->plan[p] = NULL;
  }
}

/* A wisdom file that cannot be read or written costs time, no more. */
static void keep_wisdom(pleat_context *context, const char *path) {
  char *text = fftwf_export_wisdom_to_string();
  if (text && pleat_file_write(context, path, text, strlen(text)))
    pleat_log(context, PLEAT_LOG_WARNING, "Fourier plans are not kept: %s", pleat_context_error(context));
  fftwf_free(text);
}

static bool plan_with_wisdom(pleat_context *context, const char *path, pleat_fft *fft, float *real, float *spectrum) {
  fftwf_import_wisdom_from_filename(path);
  if (plan(fft, real, spectrum, FFTW_MEASURE | FFTW_WISDOM_ONLY)) return true;
  drop(fft);
  if (!plan(fft, real, spectrum, FFTW_MEASURE)) return false;
  keep_wisdom(context, path);
  return true;
}

static pleat_status create(pleat_context *context, const int size[3], bool pair, const char *wisdom, pleat_fft *fft) {
  memset(fft, 0, sizeof *fft);
  memcpy(fft->size, size, sizeof fft->size);
  fft->row = pair ? size[0] : size[0] / 2 + 1;
  fft->points = (size_t)size[0] * (size_t)size[1] * (size_t)size[2];
  fft->frequencies = (size_t)fft->row * (size_t)size[1] * (size_t)size[2];
  float *real = pair ? NULL : pleat_fft_take(fft->points), *spectrum = pleat_fft_take(2 * fft->frequencies);
  bool memory = (pair || real) && spectrum, done = false;
  if (memory) {
    pleat_fft_lock();
    done = wisdom ? plan_with_wisdom(context, wisdom, fft, real, spectrum) : plan(fft, real, spectrum, FFTW_ESTIMATE);
    pleat_fft_unlock();
  }
  pleat_fft_release(real);
  pleat_fft_release(spectrum);
  if (!done) pleat_fft_free(fft);
  PLEAT_CHECK(context, memory, PLEAT_ERROR_MEMORY, "out of memory: Fourier transforms of %zu grid points", fft->points);
  PLEAT_CHECK(context, done, PLEAT_ERROR_UNSUPPORTED, "FFTW has no plan for a grid of %d x %d x %d", size[0], size[1],
              size[2]);
  return PLEAT_OK;
}

pleat_status pleat_fft_create(pleat_context *context, const int size[3], const char *wisdom, pleat_fft *fft) {
  return create(context, size, false, wisdom, fft);
}

pleat_status pleat_fft_create_pair(pleat_context *context, const int size[3], const char *wisdom, pleat_fft *fft) {
  return create(context, size, true, wisdom, fft);
}

void pleat_fft_free(pleat_fft *fft) {
  pleat_fft_lock();
  drop(fft);
  pleat_fft_unlock();
}

static void forward_plane(const pleat_fft *fft, int k, float *real, float *spectrum) {
  fftwf_complex *to = (fftwf_complex *)spectrum + (size_t)k * (size_t)fft->row * (size_t)fft->size[1];
  if (real) fftwf_execute_dft_r2c(fft->plan[ROWS], real + (size_t)k * (size_t)fft->size[0] * (size_t)fft->size[1], to);
  else fftwf_execute_dft(fft->plan[ROWS], to, to);
  fftwf_execute_dft(fft->plan[COLUMNS], to, to);
}

static void backward_plane(const pleat_fft *fft, int k, float *spectrum, float *real) {
  fftwf_complex *from = (fftwf_complex *)spectrum + (size_t)k * (size_t)fft->row * (size_t)fft->size[1];
  fftwf_execute_dft(fft->plan[COLUMNS_BACK], from, from);
  if (real) fftwf_execute_dft_c2r(fft->plan[ROWS_BACK], from, real + (size_t)k * (size_t)fft->size[0] * (size_t)fft->size[1]);
  else fftwf_execute_dft(fft->plan[ROWS_BACK], from, from);
}

void pleat_fft_forward(const pleat_fft *fft, float *real, float *spectrum) {
  pleat_fft_forward_near(fft, fft->size[2], real, spectrum);
}

void pleat_fft_forward_near(const pleat_fft *fft, int reach, float *real, float *spectrum) {
  size_t plane = 2 * (size_t)fft->row * (size_t)fft->size[1];
  for (int k = 0; k < fft->size[2]; k++) {
    if (k <= reach || k >= fft->size[2] - reach)
      forward_plane(fft, k, real, spectrum);
    else
      memset(spectrum + (size_t)k * plane, 0, plane * sizeof *spectrum);
  }
  fftwf_execute_dft(fft->plan[LAYERS], (fftwf_complex *)spectrum, (fftwf_complex *)spectrum);
}

void pleat_fft_backward(const pleat_fft *fft, float *spectrum, float *real) {
  fftwf_execute_dft(fft->plan[LAYERS_BACK], (fftwf_complex *)spectrum, (fftwf_complex *)spectrum);
  for (int k = 0; k < fft->size[2]; k++) backward_plane(fft, k, spectrum, real);
}
