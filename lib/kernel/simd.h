/* A small vector vocabulary over float32: the only file that names an instruction set.
 * SPDX-License-Identifier: MIT
 *
 * PLEAT_KERNEL_LEVEL (0 portable, 1 AVX2+FMA, 2 AVX-512) is set by the build, once per instruction set. A vector `vf`
 * holds VW floats; + - * / work on it. Words that keep NaN: v_max and v_min return the second operand when either is
 * NaN. Every word does the same to each lane, so a value's bits do not depend on its lane. */
#ifndef PLEAT_LIB_KERNEL_SIMD_H
#define PLEAT_LIB_KERNEL_SIMD_H

#include <stdint.h>
#include <string.h>

#ifndef PLEAT_KERNEL_LEVEL
#define PLEAT_KERNEL_LEVEL 0
#endif

/* Loops over accumulators must be unrolled whole, or the compiler keeps the accumulators in memory. */
#ifdef __clang__
#define PLEAT_UNROLL _Pragma("clang loop unroll(full)")
#else
#define PLEAT_UNROLL _Pragma("GCC unroll 32")
#endif
#define PLEAT_INLINE static inline __attribute__((always_inline, unused))

#if PLEAT_KERNEL_LEVEL == 2

#include <immintrin.h>
#define PLEAT_ISA(name) name##_avx512
#define PLEAT_ISA_NAME "avx512"
enum { VW = 16 };
typedef __m512 vf;
typedef __m512i vi;
PLEAT_INLINE vf v_set(float x) { return _mm512_set1_ps(x); }
PLEAT_INLINE vi v_set_int(int32_t x) { return _mm512_set1_epi32(x); }
PLEAT_INLINE vf v_load(const float *p) { return _mm512_loadu_ps(p); }
PLEAT_INLINE void v_store(float *p, vf x) { _mm512_storeu_ps(p, x); }
/* 2 VW numbers of 16 bits, first[0] second[0] first[1] ..: one load, and one operation for each vector. */
PLEAT_INLINE void v_load_bf16(const uint16_t *p, vf *first, vf *second) {
  __m512i x = _mm512_loadu_si512(p);
  *first = _mm512_castsi512_ps(_mm512_slli_epi32(x, 16));
  *second = _mm512_castsi512_ps(_mm512_and_si512(x, _mm512_set1_epi32((int)0xffff0000u)));
}
PLEAT_INLINE vf v_load_int8(const int8_t *p) {
  return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128((const __m128i *)p)));
}
PLEAT_INLINE __mmask16 v_lanes(int n) { return (__mmask16)((1u << n) - 1); }
/* n floats (0 <= n < VW), the rest 0; nothing beyond them is read or written. */
PLEAT_INLINE vf v_load_part(const float *p, int n) { return _mm512_maskz_loadu_ps(v_lanes(n), p); }
PLEAT_INLINE void v_store_part(float *p, vf x, int n) { _mm512_mask_storeu_ps(p, v_lanes(n), x); }
/* The first n lanes of x, the rest 0. */
PLEAT_INLINE vf v_head(vf x, int n) { return _mm512_maskz_mov_ps(v_lanes(n), x); }
PLEAT_INLINE vf v_fma(vf a, vf b, vf c) { return _mm512_fmadd_ps(a, b, c); }
PLEAT_INLINE vf v_max(vf a, vf b) { return _mm512_max_ps(a, b); }
PLEAT_INLINE vf v_min(vf a, vf b) { return _mm512_min_ps(a, b); }
PLEAT_INLINE vi v_bits(vf x) { return _mm512_castps_si512(x); }
PLEAT_INLINE vf v_float(vi x) { return _mm512_castsi512_ps(x); }
PLEAT_INLINE vi v_add_int(vi a, vi b) { return _mm512_add_epi32(a, b); }
PLEAT_INLINE vi v_sub_int(vi a, vi b) { return _mm512_sub_epi32(a, b); }
PLEAT_INLINE vi v_shift_left_23(vi a) { return _mm512_slli_epi32(a, 23); }
PLEAT_INLINE vi v_half_int(vi a) { return _mm512_srai_epi32(a, 1); }
PLEAT_INLINE vf v_abs(vf x) { return _mm512_abs_ps(x); }
/* a0 b0 a1 b1 ...: the first VW of these to *a, the others to *b. */
PLEAT_INLINE void v_interleave(vf *a, vf *b) {
  const vi low = _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  vf first = _mm512_permutex2var_ps(*a, low, *b);
  *b = _mm512_permutex2var_ps(*a, _mm512_add_epi32(low, _mm512_set1_epi32(8)), *b);
  *a = first;
}
/* a b, but 0 where x < least. */
PLEAT_INLINE vf v_multiply_above(vf x, vf least, vf a, vf b) {
  return _mm512_maskz_mul_ps(_mm512_cmp_ps_mask(x, least, _CMP_NLT_UQ), a, b);
}
/* a where x < 0, else b. */
PLEAT_INLINE vf v_negative(vf x, vf a, vf b) {
  return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(x, _mm512_setzero_ps(), _CMP_LT_OQ), b, a);
}

#elif PLEAT_KERNEL_LEVEL == 1

#include <immintrin.h>
#define PLEAT_ISA(name) name##_avx2
#define PLEAT_ISA_NAME "avx2"
enum { VW = 8 };
typedef __m256 vf;
typedef __m256i vi;
PLEAT_INLINE vf v_set(float x) { return _mm256_set1_ps(x); }
PLEAT_INLINE vi v_set_int(int32_t x) { return _mm256_set1_epi32(x); }
PLEAT_INLINE vf v_load(const float *p) { return _mm256_loadu_ps(p); }
PLEAT_INLINE void v_store(float *p, vf x) { _mm256_storeu_ps(p, x); }
PLEAT_INLINE void v_load_bf16(const uint16_t *p, vf *first, vf *second) {
  __m256i x = _mm256_loadu_si256((const __m256i *)p);
  *first = _mm256_castsi256_ps(_mm256_slli_epi32(x, 16));
  *second = _mm256_castsi256_ps(_mm256_and_si256(x, _mm256_set1_epi32((int)0xffff0000u)));
}
PLEAT_INLINE vf v_load_int8(const int8_t *p) {
  return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)p)));
}
PLEAT_INLINE vi v_lanes(int n) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
PLEAT_INLINE vf v_load_part(const float *p, int n) { return _mm256_maskload_ps(p, v_lanes(n)); }
PLEAT_INLINE void v_store_part(float *p, vf x, int n) { _mm256_maskstore_ps(p, v_lanes(n), x); }
PLEAT_INLINE vf v_head(vf x, int n) { return _mm256_and_ps(x, _mm256_castsi256_ps(v_lanes(n))); }
PLEAT_INLINE vf v_fma(vf a, vf b, vf c) { return _mm256_fmadd_ps(a, b, c); }
PLEAT_INLINE vf v_max(vf a, vf b) { return _mm256_max_ps(a, b); }
PLEAT_INLINE vf v_min(vf a, vf b) { return _mm256_min_ps(a, b); }
PLEAT_INLINE vi v_bits(vf x) { return _mm256_castps_si256(x); }
PLEAT_INLINE vf v_float(vi x) { return _mm256_castsi256_ps(x); }
PLEAT_INLINE vi v_add_int(vi a, vi b) { return _mm256_add_epi32(a, b); }
PLEAT_INLINE vi v_sub_int(vi a, vi b) { return _mm256_sub_epi32(a, b); }
PLEAT_INLINE vi v_shift_left_23(vi a) { return _mm256_slli_epi32(a, 23); }
PLEAT_INLINE vi v_half_int(vi a) { return _mm256_srai_epi32(a, 1); }
PLEAT_INLINE vf v_abs(vf x) { return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), x); }
PLEAT_INLINE vf v_multiply_above(vf x, vf least, vf a, vf b) {
  return _mm256_and_ps(_mm256_cmp_ps(x, least, _CMP_NLT_UQ), _mm256_mul_ps(a, b));
}
PLEAT_INLINE void v_interleave(vf *a, vf *b) {
  vf low = _mm256_unpacklo_ps(*a, *b), high = _mm256_unpackhi_ps(*a, *b);
  *a = _mm256_permute2f128_ps(low, high, 0x20);
  *b = _mm256_permute2f128_ps(low, high, 0x31);
}
PLEAT_INLINE vf v_negative(vf x, vf a, vf b) {
  return _mm256_blendv_ps(b, a, _mm256_cmp_ps(x, _mm256_setzero_ps(), _CMP_LT_OQ));
}

#else

#define PLEAT_ISA(name) name##_portable
#define PLEAT_ISA_NAME "portable"
enum { VW = 4 };
typedef float vf __attribute__((vector_size(16)));
typedef int32_t vi __attribute__((vector_size(16)));
PLEAT_INLINE vf v_set(float x) { return (vf){x, x, x, x}; }
PLEAT_INLINE vi v_set_int(int32_t x) { return (vi){x, x, x, x}; }
PLEAT_INLINE vf v_load(const float *p) {
  vf x;
  memcpy(&x, p, sizeof x);
  return x;
}
PLEAT_INLINE void v_store(float *p, vf x) { memcpy(p, &x, sizeof x); }
PLEAT_INLINE void v_load_bf16(const uint16_t *p, vf *first, vf *second) {
  vi even = {p[0], p[2], p[4], p[6]}, odd = {p[1], p[3], p[5], p[7]};
  *first = (vf)(even << 16);
  *second = (vf)(odd << 16);
}
PLEAT_INLINE vf v_load_int8(const int8_t *p) { return (vf){p[0], p[1], p[2], p[3]}; }
PLEAT_INLINE vf v_load_part(const float *p, int n) {
  vf x = {0};
  for (int i = 0; i < n; i++) x[i] = p[i];
  return x;
}
PLEAT_INLINE void v_store_part(float *p, vf x, int n) {
  for (int i = 0; i < n; i++) p[i] = x[i];
}
PLEAT_INLINE vf v_head(vf x, int n) {
  for (int i = n; i < VW; i++) x[i] = 0;
  return x;
}
PLEAT_INLINE vf v_fma(vf a, vf b, vf c) { return a * b + c; }
PLEAT_INLINE vi v_bits(vf x) { return (vi)x; }
PLEAT_INLINE vf v_float(vi x) { return (vf)x; }
PLEAT_INLINE vf v_choose(vi which, vf a, vf b) { return (vf)(((vi)a & which) | ((vi)b & ~which)); }
PLEAT_INLINE vf v_max(vf a, vf b) { return v_choose(a > b, a, b); }
PLEAT_INLINE vf v_min(vf a, vf b) { return v_choose(a < b, a, b); }
PLEAT_INLINE vi v_add_int(vi a, vi b) { return a + b; }
PLEAT_INLINE vi v_sub_int(vi a, vi b) { return a - b; }
PLEAT_INLINE vi v_shift_left_23(vi a) { return a << 23; }
PLEAT_INLINE vi v_half_int(vi a) { return a >> 1; }
PLEAT_INLINE vf v_abs(vf x) { return (vf)((vi)x & 0x7fffffff); }
PLEAT_INLINE vf v_multiply_above(vf x, vf least, vf a, vf b) { return v_choose(x < least, v_set(0), a * b); }
PLEAT_INLINE void v_interleave(vf *a, vf *b) {
  vf x = *a, y = *b;
  *a = (vf){x[0], y[0], x[1], y[1]};
  *b = (vf){x[2], y[2], x[3], y[3]};
}
PLEAT_INLINE vf v_negative(vf x, vf a, vf b) { return v_choose(x < 0.0f, a, b); }

#endif

/* Turns VW vectors into their transpose: rows k and k + VW/2 interleaved, log2(VW) times. */
PLEAT_INLINE void v_transpose(vf rows[VW]) {
  PLEAT_UNROLL for (int step = 1; step < VW; step *= 2) {
    vf next[VW];
    PLEAT_UNROLL for (int k = 0; k < VW / 2; k++) {
      next[2 * k] = rows[k];
      next[2 * k + 1] = rows[k + VW / 2];
      v_interleave(&next[2 * k], &next[2 * k + 1]);
    }
    PLEAT_UNROLL for (int k = 0; k < VW; k++) rows[k] = next[k];
  }
}

/* Reductions by halves, so the order is fixed: (x0+x2)+(x1+x3) of four sums of every fourth lane. */
PLEAT_INLINE float v_sum(vf x) {
#if PLEAT_KERNEL_LEVEL == 2
  __m256 eight = _mm256_add_ps(_mm512_castps512_ps256(x), _mm512_extractf32x8_ps(x, 1));
#elif PLEAT_KERNEL_LEVEL == 1
  __m256 eight = x;
#endif
#if PLEAT_KERNEL_LEVEL > 0
  __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
#else
  vf four = x;
#endif
  return (four[0] + four[2]) + (four[1] + four[3]);
}

PLEAT_INLINE float greater(float a, float b) { return a > b ? a : b; }

PLEAT_INLINE float v_greatest(vf x) {
#if PLEAT_KERNEL_LEVEL == 2
  __m256 eight = _mm256_max_ps(_mm512_castps512_ps256(x), _mm512_extractf32x8_ps(x, 1));
#elif PLEAT_KERNEL_LEVEL == 1
  __m256 eight = x;
#endif
#if PLEAT_KERNEL_LEVEL > 0
  __m128 four = _mm_max_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
#else
  vf four = x;
#endif
  return greater(greater(four[0], four[2]), greater(four[1], four[3]));
}

/* exp(x) to about 1 ulp: x = n ln 2 + r, a polynomial in r (Taylor's coefficients up to 1/7!, |r| <= ln2/2), times 2^n in
 * two factors so that results above the largest float come out right. Below the normal range (x < -87.3) the result is 0:
 * denormal numbers cost a hundred cycles each, and absent keys of attention are all there. */
PLEAT_INLINE vf v_exp(vf x) {
  const vf least = v_set(-87.3f), beyond = x - least;
  const vf magic = v_set(12582912.0f); /* 1.5 2^23: adding it rounds to the nearest integer */
  x = v_max(least, v_min(v_set(90.0f), x));
  vf shifted = v_fma(x, v_set(1.44269504f), magic);
  vf n = shifted - magic;
  vi power = v_sub_int(v_bits(shifted), v_bits(magic));
  vf r = v_fma(n, v_set(-0.693145752f), x); /* ln 2 in two parts, the first exact in n's range */
  r = v_fma(n, v_set(-1.42860677e-6f), r);
  vf y = v_set(1.98412698e-4f);
  y = v_fma(y, r, v_set(1.38888889e-3f));
  y = v_fma(y, r, v_set(8.33333333e-3f));
  y = v_fma(y, r, v_set(4.16666667e-2f));
  y = v_fma(y, r, v_set(1.66666667e-1f));
  y = v_fma(y, r, v_set(0.5f));
  y = v_fma(y, r, v_set(1.0f));
  y = v_fma(y, r, v_set(1.0f));
  vi first = v_half_int(power), second = v_sub_int(power, first);
  y = y * v_float(v_shift_left_23(v_add_int(first, v_set_int(127))));
  return v_negative(beyond, v_set(0), y * v_float(v_shift_left_23(v_add_int(second, v_set_int(127)))));
}

/* 2^x for x up to 127, to 1e-7: the polynomial of degree 5 for -0.5..0.5 that v_gelu_all uses too. 0 below -126. */
PLEAT_INLINE vf v_exp2(vf x) {
  const vf magic = v_set(12582912.0f); /* 1.5 2^23: adding it rounds to the nearest integer */
  vf shifted = x + magic, r = x - (shifted - magic), y = v_set(0.00132764719f);
  y = v_fma(y, r, v_set(0.00967554153f));
  y = v_fma(y, r, v_set(0.0555071328f));
  y = v_fma(y, r, v_set(0.240221197f));
  y = v_fma(y, r, v_set(0.693146967f));
  y = v_fma(y, r, v_set(1.00000007f));
  vi power = v_add_int(v_shift_left_23(v_bits(shifted)), v_set_int(127 << 23));
  return v_multiply_above(x, v_set(-126), y, v_float(power));
}

/* 1/x for 1 <= x <= 2^125, to 1e-7, by Newton's steps from a first guess good to 12 %: the same bits on every processor,
 * and without waiting for its divider. */
PLEAT_INLINE vf v_inverse(vf x) {
  const vf one = v_set(1);
  vf y = v_float(v_sub_int(v_set_int(0x7EF311C3), v_bits(x))), minus = v_set(0) - x;
  PLEAT_UNROLL for (int step = 0; step < 3; step++) y = v_fma(y, v_fma(minus, y, one), y);
  return y;
}

PLEAT_INLINE vf v_sigmoid(vf x) {
  vf t = v_max(v_set(-126), v_min(v_set(125), x * v_set(-1.44269504f)));
  return v_inverse(v_set(1) + v_exp2(t));
}

/* gelu(x) = x Phi(x) = max(x,0) - |x| Phi(-|x|), exact (erf) form, to 7e-8 (1 + |x|): Phi(-a) = 2^-(1 + a R(a)), R of
 * degree 6 fitted here to the weighted error (4e-8 of the result over a in 0..7.5; beyond that the result's second part is
 * below 1e-12), -2^r on -0.5..0.5 of degree 5 (7.5e-8). `count` (constant) vectors at once, step by step, so that the
 * chains of dependent operations overlap. */
PLEAT_INLINE void v_gelu_all(vf *x, const int count) {
  const vf magic = v_set(12582912.0f); /* 1.5 2^23: adding it rounds to the nearest integer */
  const vf chain[] = {v_set(1.27982632e-05f), v_set(0.000575785996f), v_set(-0.00767078319f), v_set(0.0529485637f),
                      v_set(0.45904393f), v_set(1.15112693f), v_set(1.0f)};
  const vf power[] = {v_set(-0.00967554153f), v_set(-0.0555071328f), v_set(-0.240221197f), v_set(-0.693146967f),
                      v_set(-1.00000007f)};
  vf a[4], t[4], y[4];
  vi n[4];
  PLEAT_UNROLL for (int v = 0; v < count; v++) a[v] = v_min(v_set(7.5f), v_abs(x[v]));
  PLEAT_UNROLL for (int v = 0; v < count; v++) t[v] = v_set(-4.27874925e-06f);
  PLEAT_UNROLL for (int k = 0; k < 7; k++)
    PLEAT_UNROLL for (int v = 0; v < count; v++) t[v] = v_fma(t[v], a[v], chain[k]);
  PLEAT_UNROLL for (int v = 0; v < count; v++) {
    vf shifted = magic - t[v];
    n[v] = v_sub_int(v_bits(shifted), v_bits(magic));
    t[v] = (magic - shifted) - t[v]; /* -t less its nearest integer */
    y[v] = v_set(-0.00132764719f);
  }
  PLEAT_UNROLL for (int k = 0; k < 5; k++)
    PLEAT_UNROLL for (int v = 0; v < count; v++) y[v] = v_fma(y[v], t[v], power[k]);
  PLEAT_UNROLL for (int v = 0; v < count; v++) {
    y[v] = v_float(v_add_int(v_bits(y[v]), v_shift_left_23(n[v])));
    x[v] = v_fma(a[v], y[v], v_max(v_set(0), x[v]));
  }
}

PLEAT_INLINE vf v_gelu(vf x) {
  v_gelu_all(&x, 1);
  return x;
}

#endif
