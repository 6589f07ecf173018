/* Plans for real 3-D Fourier transforms (FFTW), measured once and kept as wisdom, usable by many threads at a time.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_GEOMETRY_FFT_H
#define PLEAT_GEOMETRY_FFT_H

#include "lib/memory.h"

enum { PLEAT_FFT_PLANS = 6 };
typedef struct pleat_fft {
  int size[3];                /* NX, NY, NZ; x is innermost */
  int row;                    /* complex numbers of a row: NX/2 + 1, or NX for pairs of grids */
  size_t points, frequencies; /* NX NY NZ and row NY NZ */
  void *plan[PLEAT_FFT_PLANS];/* FFTW's */
} pleat_fft;

/* Plans for grids of `size`. With `wisdom`, the name of a file, transforms are timed when the file does not know them yet
 * and kept there; with NULL plans are estimated. Either way later runs with the same file have the same bits. Other
 * programs' code that plans with FFTW at the same time is the caller's care. */
pleat_status pleat_fft_create(pleat_context *context, const int size[3], const char *wisdom, pleat_fft *fft);
void pleat_fft_free(pleat_fft *fft);

/* The same for pairs of real grids a and b as one complex grid a + ib, which takes half the time of two transforms. */
pleat_status pleat_fft_create_pair(pleat_context *context, const int size[3], const char *wisdom, pleat_fft *fft);

/* FFTW plans, and drops plans, for one thread at a time: whoever does either in pleat holds this lock. */
void pleat_fft_lock(void);
void pleat_fft_unlock(void);

/* Memory as FFTW wants it: `floats` numbers; NULL when there is none. */
float *pleat_fft_take(size_t floats);
void pleat_fft_release(float *memory);

/* real (NZ,NY,NX) to complex (NZ,NY,NX/2+1) pairs and back, the latter without 1/N and spending its input. Pairs
 * of grids (NZ,NY,NX) are transformed in place, in `spectrum`; real is NULL. */
void pleat_fft_forward(const pleat_fft *fft, float *real, float *spectrum);
void pleat_fft_backward(const pleat_fft *fft, float *spectrum, float *real);

/* The same where real is 0, and need not be filled in, but for planes z within `reach` of 0 around the ends. */
void pleat_fft_forward_near(const pleat_fft *fft, int reach, float *real, float *spectrum);

/* The least size from `n` on that has only the factors 2, 3, 5 and 7. */
int pleat_fft_good_size(int n);

#endif
