/* The advanced half of pleat for researchers who build models: the blocks of AlphaFold 2, equivariant kernels.
 * SPDX-License-Identifier: MIT
 *
 * Rules beside those of pleat.h, which hold here too:
 * - Arrays are dense, row-major and the caller's. Memory is allocated by NAME_create alone; what runs does not allocate,
 *   unless its comment says so.
 * - Work is cut over the context's threads in a way that does not depend on how many there are: the same bits for any
 *   number. A row of a result depends on its own inputs only.
 * - The basis of harmonics is that of e3nn (Geiger & Smidt, arXiv:2207.09453): the 2l + 1 components of degree l are
 *   m = -l .. l about the polar axis y, and those of l = 1 are (x, y, z). A direction is (x,y,z) = (sin b sin a, cos b,
 *   sin b cos a); component m < 0 goes with sin |m| a, m > 0 with cos m a, without the Condon-Shortley phase.
 * - Rotations are row-major 3x3 matrices that act on columns, angles Euler's of the order Y-X-Y, in radian.
 */
#ifndef PLEAT_KERNELS_H
#define PLEAT_KERNELS_H

#include "pleat.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Blocks of AlphaFold 2 ------------------------------------------------------------------------------------- */

/* What a block is: a module of Jumper et al., Nature 596, 583 (2021), by the number of its algorithm in the supplement, or
 * several of them as they follow each other. L residues, S sequences; msa (S,L,Cm), pair (L,L,Cz), single (L,Cs). Every
 * block adds to what it updates, as the network does: x += module(x). All arithmetic is float32; held against the published
 * code in float64, results differ by at most 10 times as much as the published code in float32 does. */
typedef enum pleat_block_kind {
  PLEAT_BLOCK_EVOFORMER,              /* 6: msa and pair, a whole block */
  PLEAT_BLOCK_EVOFORMER_OUTER_FIRST,  /* 6 as multimer models have it: the outer product mean comes before all else */
  PLEAT_BLOCK_EXTRA,                  /* 18: msa and pair, a whole block of the extra-MSA stack */
  PLEAT_BLOCK_EXTRA_OUTER_FIRST,      /* 18 of multimer models */
  PLEAT_BLOCK_ROW_ATTENTION,          /* 7: msa += gated attention along each row, biased by pair */
  PLEAT_BLOCK_COLUMN_ATTENTION,       /* 8: msa += gated attention along each column */
  PLEAT_BLOCK_GLOBAL_ATTENTION,       /* 19: msa += the columns' attention with one query a column */
  PLEAT_BLOCK_MSA_TRANSITION,         /* 9: msa */
  PLEAT_BLOCK_OUTER_PRODUCT_MEAN,     /* 10: pair += mean over sequences of outer products of msa */
  PLEAT_BLOCK_TRIANGLE_OUTGOING,      /* 11: pair, triangle multiplication over k of (i,k) and (j,k) */
  PLEAT_BLOCK_TRIANGLE_INCOMING,      /* 12: pair, over k of (k,i) and (k,j) */
  PLEAT_BLOCK_TRIANGLE_STARTING,      /* 13: pair, triangle attention around the starting node */
  PLEAT_BLOCK_TRIANGLE_ENDING,        /* 14: pair, around the ending node */
  PLEAT_BLOCK_PAIR_TRANSITION,        /* 15: pair */
  PLEAT_BLOCK_PAIR,                   /* 11 to 15 one after the other: pair */
  PLEAT_BLOCK_POINT_ATTENTION,        /* 22: single += invariant point attention in frames, biased by pair */
  PLEAT_BLOCK_POINT_ATTENTION_MULTIMER /* 22 with the multimer models' layout of weights and unit of length */
} pleat_block_kind;

typedef struct pleat_block pleat_block;

/* A block on the caller's own weights, which are copied. Names, shapes and the order of axes are those of the published
 * parameter files, `prefix` standing for all up to the module's own name: with prefix "my" (D width of H heads, T hidden)
 *   attentions    my/query_norm//scale and //offset (C), my/attention//query_w, key_w, value_w and gating_w (C,H,D),
 *                 gating_b (H,D), output_w (H,D,C), output_b (C); row: my/feat_2d_norm//scale, offset (Cz),
 *                 my//feat_2d_weights (Cz,H); triangle: my//feat_2d_weights (C,H); global: key_w, value_w (C,D)
 *   transitions   my/input_layer_norm//scale, offset (C), my/transition1//weights (C,T), bias (T), my/transition2//weights
 *                 (T,C), bias (C)
 *   outer product my/layer_norm_input//scale, offset (Cm), my/left_projection and right_projection//weights (Cm,T), bias (T),
 *                 my//output_w (T,T,Cz), output_b (Cz)
 *   triangle      my/layer_norm_input//scale, offset (Cz), my/left_projection, right_projection, left_gate and
 *   multiplication right_gate//weights (Cz,T), bias (T), my/center_layer_norm//scale, offset (T), my/output_projection
 *                 //weights (T,Cz), bias (Cz), my/gating_linear//weights (Cz,Cz), bias (Cz); or as in multimer v3
 *   points        my/q_scalar, kv_scalar, q_point_local, kv_point_local, attention_2d, output_projection//weights, bias,
 *                 my//trainable_point_weights (H); multimer: its own names
 * and of whole blocks my/msa_row_attention_with_pair_bias/query_norm//scale and so on for msa_column_attention (extra:
 * msa_column_global_attention), msa_transition, outer_product_mean, triangle_multiplication_outgoing, .._incoming,
 * triangle_attention_starting_node, .._ending_node, pair_transition. Sizes are what the arrays say. PLEAT_ERROR_SHAPE with a
 * sentence that names the array that is missing, misshapen or not finite, and the shape that is wanted. */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_block_create(pleat_context *context, pleat_block_kind kind,
                                                            const pleat_array *weights, size_t count,
                                                            const char *prefix, pleat_block **block);

/* The same from a model file (.h5 of `pleat models import`, mapped) or a published one (read whole). Published files hold
 * the blocks of a stack along the first axis of each array: `number` says which, from 0; -1: the arrays have no such axis,
 * as in the structure module. */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_block_open(pleat_context *context, pleat_block_kind kind, const char *path,
                                                          const char *prefix, int number, pleat_block **block);
PLEAT_API void pleat_block_free(pleat_block *block);

/* Channels of the arrays that the block takes; 0 where it takes none. */
typedef struct pleat_block_channels {
  size_t msa, pair, single;
} pleat_block_channels;
PLEAT_API pleat_block_channels pleat_block_get_channels(const pleat_block *block);

/* What a block works on: dense arrays of the caller, of which those that the block does not take may be NULL. Absent rows
 * and residues are no keys of any attention and add nothing to sums; what stands in their own places comes out arbitrary. */
typedef struct pleat_block_arrays {
  size_t sequences, length;     /* S (0 where there is no msa), L */
  float *msa, *pair, *single;   /* what the block names as its own is updated, the rest only read */
  const float *msa_mask;        /* (S,L) 1 present, 0 absent; NULL: all present, as of the other two */
  const float *pair_mask;       /* (L,L) */
  const float *single_mask;     /* (L) */
  const float *frames;          /* (L,12) of points: the rotation's 9 numbers, row-major, then the translation, in angstrom */
} pleat_block_arrays;

/* The bytes of working memory with which pleat_block_run is fastest, and its floating-point operations (an addition and a
 * multiplication count as two; norms, activations and softmax do not). Of `arrays` only the sizes are looked at. flops may
 * be NULL. Working memory grows as L^2 + L S, whatever the block. */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_block_measure(const pleat_block *block, const pleat_block_arrays *arrays,
                                                             size_t *workspace, double *flops);

/* Runs the block with the context's threads in `bytes` of the caller's working memory; with workspace NULL the library takes
 * and frees what it needs, at most the context's memory limit. With less than is fastest the work is cut into smaller
 * pieces, down to a bound (PLEAT_ERROR_LIMIT, with how much it would take). The same bits for any number of threads and any
 * working memory. PLEAT_ERROR_INPUT when an array that the block takes is NULL or a size is 0. After a failure arrays are
 * as they were. */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_block_run(const pleat_block *block, const pleat_block_arrays *arrays,
                                                         void *workspace, size_t bytes);

/* ---- Spherical harmonics --------------------------------------------------------------------------------------- */

/* The greatest degree l that anything here takes. */
enum { PLEAT_DEGREE_MAX = 11 };

/* What the squares of the 2l + 1 components of a unit vector add up to: e3nn's three normalisations. */
typedef enum pleat_harmonics_scale {
  PLEAT_HARMONICS_COMPONENT, /* 2l + 1: a component is 1 in the mean square */
  PLEAT_HARMONICS_NORM,      /* 1 */
  PLEAT_HARMONICS_INTEGRAL   /* (2l + 1) / 4 pi: orthonormal over the sphere */
} pleat_harmonics_scale;

/* How harmonics are evaluated: degrees 0..degree, (degree + 1)^2 numbers a vector, degree l from place l^2 on. */
typedef struct pleat_harmonics {
  int degree;                  /* 0..PLEAT_DEGREE_MAX */
  pleat_harmonics_scale scale;
  int normalize;               /* 1: of vector / |vector| (the null vector has 0 for every l > 0); 0: |vector|^l times that */
} pleat_harmonics;

/* values (count, (degree+1)^2) of vectors (count,3), by recursion over l in double; _f reads and writes float32.
 * PLEAT_ERROR_INPUT for a degree or scale that there is not. */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_harmonics_evaluate(pleat_context *context, const pleat_harmonics *harmonics,
                                                                  size_t count, const double *vectors, double *values);
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_harmonics_evaluate_f(pleat_context *context,
                                                                    const pleat_harmonics *harmonics, size_t count,
                                                                    const float *vectors, float *values);

/* The way back: gradient (count,3) = sum over i of weights(i) d values(i) / d vector, for weights (count, (degree+1)^2),
 * which are dE/dvalues of some E. With `normalize` the null vector gets 0. */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_harmonics_gradient(pleat_context *context, const pleat_harmonics *harmonics,
                                                                  size_t count, const double *vectors,
                                                                  const double *weights, double *gradient);
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_harmonics_gradient_f(pleat_context *context,
                                                                    const pleat_harmonics *harmonics, size_t count,
                                                                    const float *vectors, const float *weights,
                                                                    float *gradient);

/* ---- Rotations of harmonics ------------------------------------------------------------------------------------ */

/* rotation = Ry(alpha) Rx(beta) Ry(gamma). */
PLEAT_API void pleat_wigner_rotation(double alpha, double beta, double gamma, double rotation[9]);

/* Wigner's D of degree l: d (2l+1,2l+1) with Y_l(R x) = D Y_l(x), by coupling D of l - 1 with R. PLEAT_ERROR_INPUT when the
 * matrix is no proper rotation (to 1e-4; reflections are the business of pleat_irreps_rotate) or l is out of range. */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_wigner_d(pleat_context *context, int l, const double rotation[9], double *d);

/* Wigner's 3j in the real basis, with e3nn's signs: w (2l1+1,2l2+1,2l3+1), its squares add up to 1, and
 * sum over i,j,k of w(i,j,k) D1(i,i') D2(j,j') D3(k,k') = w(i',j',k') for every rotation. PLEAT_ERROR_INPUT when a degree
 * is out of range or |l1 - l2| <= l3 <= l1 + l2 does not hold. */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_wigner_3j(pleat_context *context, int l1, int l2, int l3, double *w);

/* ---- Irreps: what the numbers of a row are -------------------------------------------------------------------- */

typedef struct pleat_irreps pleat_irreps;

/* One term "16x1o": `multiplicity` times the irrep of degree l and parity 1 (e) or -1 (o), from place `offset` of a row on.
 * Its copies follow one another, each with its 2l + 1 components: (multiplicity, 2l+1), as e3nn has them. */
typedef struct pleat_irreps_term {
  int multiplicity, l, parity;
  int offset;
} pleat_irreps_term;

/* Reads "16x0e+8x1o": terms joined by '+', each [MULTIPLICITYx]l and e, o or y (y: the parity of harmonics, (-1)^l); blanks
 * around terms do not matter. PLEAT_ERROR_INPUT with a sentence that names the term. */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_irreps_create(pleat_context *context, const char *text, pleat_irreps **irreps);
PLEAT_API void pleat_irreps_free(pleat_irreps *irreps);

PLEAT_API int pleat_irreps_dimension(const pleat_irreps *irreps); /* numbers of a row */
PLEAT_API int pleat_irreps_count(const pleat_irreps *irreps);     /* terms */
PLEAT_API pleat_irreps_term pleat_irreps_get(const pleat_irreps *irreps, int index);
PLEAT_API const char *pleat_irreps_text(const pleat_irreps *irreps); /* as "16x0e+8x1o", whatever way it was written */

/* y = x rotated: rows (count, dimension) f32, y may be x. The matrix is orthogonal; one that reflects also changes the sign
 * of odd irreps. Allocates what the D of each degree needs. */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_irreps_rotate(const pleat_irreps *irreps, const double matrix[9],
                                                             size_t count, const float *x, float *y);

/* ---- Tensor products ------------------------------------------------------------------------------------------- */

/* Which copies u of a term of the first input meet which copies v of the second's, and where that goes (e3nn's names):
 *   UVW   z(w) += sum over u,v of weight(u,v,w) x(u) y(v)     always weighted
 *   UVU   z(u) += sum over v of weight(u,v) x(u) y(v)         the depth-wise product
 *   UVV   z(v) += sum over u of weight(u,v) x(u) y(v)
 *   UUW   z(w) += sum over u of weight(u,w) x(u) y(u)         without weights one copy w, their sum
 *   UUU   z(u) += weight(u) x(u) y(u)                         the element-wise product
 *   UVUV  z(u V + v) += weight(u,v) x(u) y(v)                 the full product
 *   UVU_ABOVE, UVW_ABOVE  as UVUV and UVW over the pairs u < v of two terms with as many copies, numbered row by row
 * where x(u) y(v) = factor sum over i,j of w3j(i,j,k) x(u,i) y(v,j). */
typedef enum pleat_tensor_mode {
  PLEAT_TENSOR_UVW, PLEAT_TENSOR_UVU, PLEAT_TENSOR_UVV, PLEAT_TENSOR_UUW, PLEAT_TENSOR_UUU, PLEAT_TENSOR_UVUV,
  PLEAT_TENSOR_UVU_ABOVE, PLEAT_TENSOR_UVW_ABOVE
} pleat_tensor_mode;

/* A path couples term `in1` of the first irreps with term `in2` of the second to term `out` of the result. */
typedef struct pleat_tensor_path {
  int in1, in2, out;
  pleat_tensor_mode mode;
  int weighted;
  double share; /* its part of the variance of `out`; 1 unless there is a reason */
} pleat_tensor_path;

/* factor^2 = share scale(irrep) / scale(path) variance_out(out), in e3nn's words irrep_normalization and
 * path_normalization. Irrep: 2 l_out + 1 (COMPONENT), (2 l1 + 1)(2 l2 + 1) (NORM), 1 (NONE). Path, with n the number of
 * products that a number of the result adds up, times both terms' variances: the sum of n over all paths to the same term
 * (ELEMENT), n times the number of these paths (PATH), 1 (NONE). */
typedef enum pleat_tensor_irrep_scale { PLEAT_TENSOR_COMPONENT, PLEAT_TENSOR_NORM, PLEAT_TENSOR_IRREP_NONE } pleat_tensor_irrep_scale;
typedef enum pleat_tensor_path_scale { PLEAT_TENSOR_ELEMENT, PLEAT_TENSOR_PATH, PLEAT_TENSOR_PATH_NONE } pleat_tensor_path_scale;
typedef struct pleat_tensor_settings {
  pleat_tensor_irrep_scale irrep_scale;
  pleat_tensor_path_scale path_scale;
  const double *variance1, *variance2, *variance_out; /* of each term; NULL: all 1 */
} pleat_tensor_settings;

/* Used by one thread at a time; uses as many threads as the context has, but not more than when it was made. */
typedef struct pleat_tensor pleat_tensor;

/* From any list of paths. Copies what it is given. `settings` NULL: component and element. PLEAT_ERROR_INPUT with the path's
 * number and what is wrong with it: degrees, parities, multiplicities that do not fit its mode. */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_tensor_create(pleat_context *context, const pleat_irreps *const irreps[3],
                                                             const pleat_tensor_path *paths, int count,
                                                             const pleat_tensor_settings *settings,
                                                             pleat_tensor **tensor);
PLEAT_API void pleat_tensor_free(pleat_tensor *tensor);

/* The usual lists, in e3nn's order of paths and so of weights; in1, in2 and out as texts such as "16x0e+8x1o".
 * Fully connected: UVW for every triple of terms that couples. */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_tensor_create_connected(pleat_context *context, const char *in1,
                                                                       const char *in2, const char *out,
                                                                       const pleat_tensor_settings *settings,
                                                                       pleat_tensor **tensor);
/* The result's irreps follow: of full and element-wise products everything that can come out, of the depth-wise product one
 * term a path; full and depth-wise sorted by degree and parity (odd first). Full and element-wise join neighbouring terms
 * of one irrep in their inputs. `keep`: irreps that may come out, such as "0e+1o" (multiplicities are not heeded);
 * NULL: all. Neighbouring terms of element-wise products are cut to the same multiplicities. */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_tensor_create_full(pleat_context *context, const char *in1, const char *in2,
                                                                  const char *keep, const pleat_tensor_settings *settings,
                                                                  pleat_tensor **tensor);
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_tensor_create_elementwise(pleat_context *context, const char *in1,
                                                                         const char *in2, const char *keep,
                                                                         const pleat_tensor_settings *settings,
                                                                         pleat_tensor **tensor);
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_tensor_create_depthwise(pleat_context *context, const char *in1,
                                                                       const char *in2, const char *keep,
                                                                       const pleat_tensor_settings *settings,
                                                                       pleat_tensor **tensor);

/* Its irreps: 0 the first input, 1 the second, 2 the result. They live as long as the tensor. */
PLEAT_API const pleat_irreps *pleat_tensor_irreps(const pleat_tensor *tensor, int which);
/* Weights of one product: path by path, each row-major over the letters of its mode. */
PLEAT_API int pleat_tensor_weight_count(const pleat_tensor *tensor);
PLEAT_API int pleat_tensor_path_count(const pleat_tensor *tensor);
/* Path `index`; *factor is what its 3j symbol is multiplied by. */
PLEAT_API pleat_tensor_path pleat_tensor_get_path(const pleat_tensor *tensor, int index, double *factor);

/* z (count, dim_out) f32 of x (count, dim1) and y (count, dim2). `weights`: (weight_count) for all rows, or with
 * `each` = 1 (count, weight_count); NULL when there are none. z overlaps nothing. */
PLEAT_API void pleat_tensor_apply(pleat_tensor *tensor, size_t count, const float *x, const float *y, const float *weights,
                                  int each, float *z);

/* ---- Equivariant layers ---------------------------------------------------------------------------------------- */

/* Linear: y(w) = 1/sqrt(n) sum over u of weight(u,w) x(u) for terms of the same irrep, n the copies that are summed; irreps
 * of `out` that `in` lacks come out 0. Weights pair by pair of terms, `in` slower, each (copies in, copies out): e3nn's order. */
typedef struct pleat_irreps_linear pleat_irreps_linear;
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_irreps_linear_create(pleat_context *context, const char *in, const char *out,
                                                                    pleat_irreps_linear **linear);
PLEAT_API void pleat_irreps_linear_free(pleat_irreps_linear *linear);
PLEAT_API int pleat_irreps_linear_weight_count(const pleat_irreps_linear *linear);
PLEAT_API int pleat_irreps_linear_bias_count(const pleat_irreps_linear *linear);                     /* copies of 0e */
PLEAT_API const pleat_irreps *pleat_irreps_linear_irreps(const pleat_irreps_linear *linear, int which); /* 0 in, 1 out */
/* y (count, dim_out) of x (count, dim_in), which do not overlap; bias (bias_count) or NULL. One thread at a time. */
PLEAT_API void pleat_irreps_linear_apply(pleat_irreps_linear *linear, size_t count, const float *x, const float *weights,
                                         const float *bias, float *y);

/* Functions of scalars. In gates and perceptrons they are multiplied by pleat_function_moment, with which their mean square
 * over normal numbers is 1: the number that e3nn 0.6.0 finds (it draws samples: off by up to 0.1 % from the integral). */
typedef enum pleat_function {
  PLEAT_FUNCTION_NONE, PLEAT_FUNCTION_RELU, PLEAT_FUNCTION_GELU, PLEAT_FUNCTION_SIGMOID, PLEAT_FUNCTION_SILU,
  PLEAT_FUNCTION_TANH, PLEAT_FUNCTION_ABS
} pleat_function;
PLEAT_API double pleat_function_moment(pleat_function function); /* NAN: no function */

/* Gate: scalars to moment f(x), gated irreps to y times moment f(gate), copy by copy. The input holds scalars, gates and
 * gated irreps sorted by degree and parity (odd first), the result scalars, then gated, as in e3nn. One function a term of
 * `scalars` and of `gates`. PLEAT_ERROR_INPUT when numbers of copies differ, or an odd scalar meets a function that is
 * neither odd nor even. */
typedef struct pleat_gate pleat_gate;
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_gate_create(pleat_context *context, const char *scalars,
                                                           const pleat_function *scalar_functions, const char *gates,
                                                           const pleat_function *gate_functions, const char *gated,
                                                           pleat_gate **gate);
PLEAT_API void pleat_gate_free(pleat_gate *gate);
PLEAT_API const pleat_irreps *pleat_gate_irreps(const pleat_gate *gate, int which); /* 0 in, 1 out */
PLEAT_API void pleat_gate_apply(pleat_gate *gate, size_t count, const float *x, float *y);

/* Norm activation: a copy x to f(n + bias) x / n with n = max(|x|, epsilon); not normalised: f(|x| + bias) x. The function is
 * taken as it is. y may be x. */
typedef struct pleat_norm_activation {
  pleat_function function;
  int normalize;
  double epsilon;    /* above 0; e3nn's is 1e-8 */
  const float *bias; /* one a copy, or NULL */
} pleat_norm_activation;
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_irreps_norm_activate(const pleat_irreps *irreps,
                                                                    const pleat_norm_activation *settings, size_t count,
                                                                    const float *x, float *y);

/* Batch normalisation with recorded statistics: (x - mean) weight / sqrt(variance + epsilon) + bias, mean and bias of copies
 * of 0e alone. y may be x. */
typedef struct pleat_batch_norm {
  const float *mean, *bias;       /* one a copy of 0e; bias may be NULL */
  const float *variance, *weight; /* one a copy; weight may be NULL */
  double epsilon;                 /* e3nn's is 1e-5 */
} pleat_batch_norm;
PLEAT_API void pleat_irreps_batch_norm(const pleat_irreps *irreps, const pleat_batch_norm *norm, size_t count, const float *x,
                                       float *y);

/* ---- Distances as weights -------------------------------------------------------------------------------------- */

/* soft_one_hot_linspace of e3nn: `number` functions of x over start..end. With t = (x - start) / (end - start), d_i the
 * distance to place i in steps; places are evenly spaced, with a cutoff start and end are none of them:
 *   GAUSSIAN       exp(-d_i^2) / 1.12
 *   COSINE         cos(pi d_i / 2) for |d_i| < 1
 *   SMOOTH_FINITE  1.14136 e^2 s(d_i + 1) s(1 - d_i), s(x) = exp(-1/x) for x > 0: all derivatives go to 0
 *   FOURIER        sin(pi i t) / sqrt(1/4 + number/2), i from 1, 0 for t outside 0..1; without cutoff cos, i from 0
 *   BESSEL         sqrt(2 / (end - start)) sin(pi i t) / (x - start), i from 1; cutoff: 0 for t outside 0..1. At the start
 *                  itself its limit (e3nn: NaN) */
typedef enum pleat_radial_kind {
  PLEAT_RADIAL_GAUSSIAN, PLEAT_RADIAL_COSINE, PLEAT_RADIAL_SMOOTH_FINITE, PLEAT_RADIAL_FOURIER, PLEAT_RADIAL_BESSEL
} pleat_radial_kind;
typedef struct pleat_radial_basis {
  pleat_radial_kind kind;
  double start, end;
  int number;
  int cutoff; /* 0 or 1 */
} pleat_radial_basis;
/* y (count, number) of x (count); in double, _f reads and writes float32. */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_radial_evaluate(pleat_context *context, const pleat_radial_basis *basis,
                                                               size_t count, const double *x, double *y);
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_radial_evaluate_f(pleat_context *context, const pleat_radial_basis *basis,
                                                                 size_t count, const float *x, float *y);

/* Perceptron (e3nn's FullyConnectedNet): x -> moment f(x W / sqrt(in)) layer by layer, the last without the function. `sizes`
 * (layers + 1); weights (sizes[0], sizes[1]), (sizes[1], sizes[2]) .. one after the other, copied. */
typedef struct pleat_perceptron pleat_perceptron;
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_perceptron_create(pleat_context *context, const int *sizes, int layers,
                                                                 pleat_function function, const float *weights,
                                                                 pleat_perceptron **perceptron);
PLEAT_API void pleat_perceptron_free(pleat_perceptron *perceptron);
/* y (count, last size) of x (count, first size), which do not overlap. One thread at a time. */
PLEAT_API void pleat_perceptron_apply(pleat_perceptron *perceptron, size_t count, const float *x, float *y);

/* ---- Messages on graphs ---------------------------------------------------------------------------------------- */

/* Directed edges from sender to receiver, in any order; ends count from 0. PLEAT_ERROR_INPUT names an edge with an end
 * beyond the nodes. Copies what it is given. */
typedef struct pleat_graph pleat_graph;
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_graph_create(pleat_context *context, size_t nodes, size_t edges,
                                                            const int32_t *senders, const int32_t *receivers,
                                                            pleat_graph **graph);
PLEAT_API void pleat_graph_free(pleat_graph *graph);

/* What a message is made of beside its sender's row; all edge by edge in the caller's order. */
typedef struct pleat_messages {
  const float *y;       /* (edges, dim2) second input of the tensor product, such as harmonics of the edge's direction */
  const float *weights; /* (weight_count) for all edges, or with each = 1 (edges, weight_count); NULL: none, or those that */
  int each;             /* ... */
  const pleat_perceptron *perceptron; /* gives for ... */
  const float *scalars;               /* (edges, its first size): never more than a few edges' weights exist */
  float scale;          /* of the sum, such as 1 / sqrt(neighbours) */
} pleat_messages;

/* z (nodes, dim_out): z(n) = scale sum over edges e to n, in the caller's order, of the product of x(sender(e)) (nodes, dim1)
 * with y(e). Messages are not kept; takes and frees working memory: a copy of x and a few MB a thread. PLEAT_ERROR_INPUT
 * when weights are missing or the perceptron gives another number of them. Fastest for depth-wise products. */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_tensor_convolve(pleat_tensor *tensor, const pleat_graph *graph,
                                                               const pleat_messages *messages, const float *x, float *z);

/* ---- Geometric vector perceptrons ------------------------------------------------------------------------------ */

/* Layers of Jing et al., ICLR 2021 (arXiv:2009.01411), with the vector gate of arXiv:2106.03843, as ESM-IF1 (Hsu et al., ICML
 * 2022) has them. A row is a tuple: scalars s (count,S), vectors v (count,V,3). Weights go by their published names after
 * `prefix` (such as "encoder_layers.0.conv.message_func.0."), are copied, and say all sizes:
 *   wh.weight (H,Vi), ws.weight (So, Si + H), ws.bias (So), wv.weight (Vo,H), wg.weight (Vo,So), wg.bias (Vo)
 *   vh = wh v, s' = f(ws [s, |vh|]), v' = wv vh times sigmoid(wg s'), or without wg times sigmoid(|v'|)
 * without wh there are no vectors, without wv none in the result; |x| is sqrt(x^2 + 1e-8). `activate` 0: no f (relu) and no
 * gate. PLEAT_ERROR_SHAPE names the array that is missing or misshapen. */
typedef struct pleat_gvp pleat_gvp;
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_gvp_create(pleat_context *context, const pleat_array *weights, size_t count,
                                                          const char *prefix, int activate, pleat_gvp **gvp);
PLEAT_API void pleat_gvp_free(pleat_gvp *gvp);

/* Numbers of scalars and vectors: of the input (which = 0) or the result (1). */
typedef struct pleat_gvp_size {
  int scalars, vectors;
} pleat_gvp_size;
PLEAT_API pleat_gvp_size pleat_gvp_get_size(const pleat_gvp *gvp, int which);

/* s_out (count,So), v_out (count,Vo,3) of s (count,Si), v (count,Vi,3); what has size 0 may be NULL. One thread at a time. */
PLEAT_API void pleat_gvp_apply(pleat_gvp *gvp, size_t count, const float *s, const float *v, float *s_out, float *v_out);

/* Layer norm of tuples, in place: scalars as ever (epsilon 1e-5) with gain and bias (S); vectors over the root mean square of
 * those longer than sqrt(2 epsilon), shorter ones become 0. v may be NULL where vectors = 0. */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_gvp_normalize(pleat_context *context, pleat_gvp_size size, size_t count,
                                                             const float *gain, const float *bias, double epsilon, float *s,
                                                             float *v);

/* A convolution layer: messages (conv.message_func.0, .1 ..; the last not activated) from [sender, edge, receiver], their mean
 * over each node's edges added to it, norm.0, then ff_func.0, .1 .. added, norm.1. Dropout is for training only. `epsilon`
 * that of the norms: ESM-IF1's encoder 1e-4. */
typedef struct pleat_gvp_layer pleat_gvp_layer;
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_gvp_layer_create(pleat_context *context, const pleat_array *weights,
                                                                size_t count, const char *prefix, double epsilon,
                                                                pleat_gvp_layer **layer);
PLEAT_API void pleat_gvp_layer_free(pleat_gvp_layer *layer);
/* Updates s (nodes,S) and v (nodes,V,3) from edges' tuples edge_s (edges,Se), edge_v (edges,Ve,3), in the caller's order of
 * edges. Takes and frees working memory: a copy of s and v and some MB a thread. */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_gvp_layer_apply(pleat_gvp_layer *layer, const pleat_graph *graph,
                                                               const float *edge_s, const float *edge_v, float *s, float *v);

/* What such networks read of a backbone, with the numbers of ESM-IF1's encoder. Node i: cosines, then sines of three torsions
 * (phi, psi, omega; angle 0 at the chain's ends) and 1 where there are coordinates; unit vectors to the next CA, to the one
 * before, and to where CB would be. Each residue with coordinates sends an edge to those of its nearest by CA, itself first:
 * 16 gaussians of the distance over 0..20 angstrom, 8 cosines and 8 sines of i - j, two flags of ends without coordinates (0);
 * the unit vector from j to i. */
enum { PLEAT_BACKBONE_NODE_SCALARS = 7, PLEAT_BACKBONE_NODE_VECTORS = 3, PLEAT_BACKBONE_EDGE_SCALARS = 34 };
typedef struct pleat_backbone {
  size_t length;        /* L */
  const float *atoms;   /* (L,3,3): N, CA, C in angstrom, finite; 0 where absent */
  const float *present; /* (L) 1 or 0; NULL: all */
  int neighbours;       /* K, itself included; ESM-IF1 30 */
} pleat_backbone;
/* The caller's arrays, of which E = pleat_backbone_edges edges: residues present times the least of these and K. */
typedef struct pleat_backbone_features {
  float *node_s, *node_v;       /* (L,7), (L,3,3) */
  int32_t *senders, *receivers; /* (E) */
  float *edge_s, *edge_v;       /* (E,34), (E,1,3) */
} pleat_backbone_features;
PLEAT_API size_t pleat_backbone_edges(const pleat_backbone *backbone);
/* PLEAT_ERROR_INPUT without residues or neighbours. Takes and frees working memory of 24 L bytes a thread at most. */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_backbone_read(pleat_context *context, const pleat_backbone *backbone,
                                                             const pleat_backbone_features *features);

/* ---- Gaunt tensor products ------------------------------------------------------------------------------------- */

/* z(l3,m3) = sum over (l1,m1), (l2,m2) of G x(l1,m1) y(l2,m2), G the integral over the sphere of the product of three
 * orthonormal real harmonics: inputs and result are harmonics' coefficients of functions, and the functions are multiplied
 * (Luo, Chen & Krishnapriyan, ICLR 2024, arXiv:2401.10216). Degrees 0..in1, 0..in2, 0..out, all from place l^2 on. */
typedef struct pleat_gaunt pleat_gaunt;
enum { PLEAT_GAUNT_DEGREE_MAX = 64 };
typedef enum pleat_gaunt_way {
  PLEAT_GAUNT_FASTEST, /* chosen by the degrees: over the torus from all three 18 on */
  PLEAT_GAUNT_SPARSE,  /* the nonzero G one by one: O(l^5) */
  PLEAT_GAUNT_FOURIER  /* on the torus: spheres' functions as 2-D Fourier series, multiplied on a grid by FFTW: O(l^3) */
} pleat_gaunt_way;
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_gaunt_create(pleat_context *context, int in1, int in2, int out,
                                                            pleat_gaunt_way way, pleat_gaunt **gaunt);
PLEAT_API void pleat_gaunt_free(pleat_gaunt *gaunt);
PLEAT_API pleat_gaunt_way pleat_gaunt_get_way(const pleat_gaunt *gaunt); /* the one that was chosen */
/* z (count, (out+1)^2) of x (count, (in1+1)^2) and y (count, (in2+1)^2). One thread at a time. */
PLEAT_API void pleat_gaunt_apply(pleat_gaunt *gaunt, size_t count, const float *x, const float *y, float *z);

#ifdef __cplusplus
}
#endif
#endif
