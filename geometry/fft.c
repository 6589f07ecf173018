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

static bool plan(pleat_fft *fft, float *real, float *spectrum, unsigned flags) {
  const int *n = fft->size;
  fftwf_complex *complex_part = (fftwf_complex *)spectrum;
  fft->forward = fftwf_plan_dft_r2c_3d(n[2], n[1], n[0], real, complex_part, flags);
  fft->backward = fft->forward ? fftwf_plan_dft_c2r_3d(n[2], n[1], n[0], complex_part, real, flags) : NULL;
  return fft->backward != NULL;
}

static void drop(pleat_fft *fft) {
  if (fft->forward) fftwf_destroy_plan(fft->forward);
  if (fft->backward) fftwf_destroy_plan(fft->backward);
  fft->forward = fft->backward = NULL;
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

pleat_status pleat_fft_create(pleat_context *context, const int size[3], const char *wisdom, pleat_fft *fft) {
  memset(fft, 0, sizeof *fft);
  memcpy(fft->size, size, sizeof fft->size);
  fft->points = (size_t)size[0] * (size_t)size[1] * (size_t)size[2];
  fft->frequencies = ((size_t)size[0] / 2 + 1) * (size_t)size[1] * (size_t)size[2];
  float *real = pleat_fft_take(fft->points), *spectrum = pleat_fft_take(2 * fft->frequencies);
  bool done = false;
  if (real && spectrum) {
    pleat_fft_lock();
    done = wisdom ? plan_with_wisdom(context, wisdom, fft, real, spectrum) : plan(fft, real, spectrum, FFTW_ESTIMATE);
    pleat_fft_unlock();
  }
  bool memory = real && spectrum;
  pleat_fft_release(real);
  pleat_fft_release(spectrum);
  if (!done) pleat_fft_free(fft);
  PLEAT_CHECK(context, memory, PLEAT_ERROR_MEMORY, "out of memory: Fourier transforms of %zu grid points", fft->points);
  PLEAT_CHECK(context, done, PLEAT_ERROR_UNSUPPORTED, "FFTW has no plan for a grid of %d x %d x %d", size[0], size[1],
              size[2]);
  return PLEAT_OK;
}

void pleat_fft_free(pleat_fft *fft) {
  pleat_fft_lock();
  drop(fft);
  pleat_fft_unlock();
}

void pleat_fft_forward(const pleat_fft *fft, float *real, float *spectrum) {
  fftwf_execute_dft_r2c(fft->forward, real, (fftwf_complex *)spectrum);
}

void pleat_fft_backward(const pleat_fft *fft, float *spectrum, float *real) {
  fftwf_execute_dft_c2r(fft->backward, (fftwf_complex *)spectrum, real);
}
