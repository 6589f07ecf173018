/* Tests of geometric vector perceptrons against recordings of ESM-IF1's modules, and of what rotations must do.
 * SPDX-License-Identifier: MIT */
#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/random.h"
#include "pleat_kernels.h"
#include "tests/faults.h"
#include "tests/golden_file.h"
#include "tests/suites.h"

enum { ARRAYS = 160, NAME = 96 };

static pleat_context *context;
static hid_t file = -1;

static int open_golden(void) {
  if (pleat_context_create(NULL, &context) != PLEAT_OK) return 1;
  file = H5Fopen(PLEAT_TEST_GOLDEN "/equivariant/gvp.h5", H5F_ACC_RDONLY, H5P_DEFAULT);
  return file < 0;
}

static int close_golden(void) {
  pleat_context_free(context);
  return H5Fclose(file) < 0;
}

/* ---- Weights and rows of a recording ---------------------------------------------------------------------------- */

typedef struct state {
  char names[ARRAYS][NAME];
  pleat_array arrays[ARRAYS];
  size_t count;
  const char *group;
} state;

static herr_t add_array(hid_t group, const char *name, const H5L_info_t *info, void *argument) {
  state *s = argument;
  golden_array array;
  char path[NAME + 16];
  (void)group, (void)info;
  snprintf(path, sizeof path, "%s/sd/%s", s->group, name);
  if (s->count == ARRAYS || strlen(name) >= NAME || !golden_read(file, path, &array)) return -1;
  pleat_array *to = &s->arrays[s->count];
  snprintf(s->names[s->count], NAME, "%s", name);
  *to = (pleat_array){.name = s->names[s->count++], .data = array.data, .rank = array.rank};
  for (int i = 0; i < array.rank; i++) to->shape[i] = array.shape[i];
  return 0;
}

static void read_state(const char *group, state *s) {
  char path[NAME];
  s->group = group, s->count = 0;
  snprintf(path, sizeof path, "%s/sd", group);
  hid_t id = H5Gopen2(file, path, H5P_DEFAULT);
  CU_ASSERT_FATAL(id >= 0 && H5Literate(id, H5_INDEX_NAME, H5_ITER_INC, NULL, add_array, s) >= 0);
  H5Gclose(id);
}

static void free_state(state *s) {
  for (size_t i = 0; i < s->count; i++) free((void *)(uintptr_t)s->arrays[i].data);
}

static golden_array read_rows(const char *group, const char *name) {
  golden_array array;
  char path[NAME];
  snprintf(path, sizeof path, "%s/%s", group, name);
  if (!golden_read(file, path, &array)) printf("no '%s' ", path);
  CU_ASSERT_PTR_NOT_NULL_FATAL(array.data);
  return array;
}

static size_t size_of(const golden_array *a) {
  size_t size = 1;
  for (int i = 0; i < a->rank; i++) size *= a->shape[i];
  return size;
}

static double apart(const float *a, const float *b, size_t count) {
  double most = 0;
  for (size_t i = 0; i < count; i++)
    most = fmax(most, isnan(a[i]) || isnan(b[i]) ? INFINITY : (double)fabsf(a[i] - b[i]));
  return most;
}

/* Against a recorded output and ten times its floor. */
static void compare(const char *group, const char *name, float *got) {
  golden_array want = read_rows(group, name);
  size_t size = size_of(&want);
  double error = apart(got, want.data, size);
  CU_ASSERT(want.noise > 1e-9 && want.noise < 1e-5);
  if (!(error < 10 * want.noise)) printf("%s/%s: %g, floor %g ", group, name, error, want.noise);
  CU_ASSERT(error < 10 * want.noise);
  CU_ASSERT(apart(got, want.data + 1, size - 1) > 0.01);
  float kept = got[1];
  got[1] = NAN;
  CU_ASSERT(apart(got, want.data, size) > 1);
  got[1] = kept;
  golden_array_free(&want);
}

static void check_module(const char *group, int activate) {
  state *s = calloc(1, sizeof *s);
  pleat_gvp *gvp;
  read_state(group, s);
  CU_ASSERT_EQUAL_FATAL(pleat_gvp_create(context, s->arrays, s->count, "", activate, &gvp), PLEAT_OK);
  golden_array scalars = read_rows(group, "s"), vectors = read_rows(group, "v");
  pleat_gvp_size in = pleat_gvp_get_size(gvp, 0), out = pleat_gvp_get_size(gvp, 1);
  size_t rows = scalars.shape[0];
  CU_ASSERT_FATAL(scalars.shape[1] == (size_t)in.scalars && vectors.shape[1] == (size_t)in.vectors);
  float *s_out = calloc(rows * (size_t)out.scalars, sizeof *s_out),
        *v_out = calloc(rows * 3 * (size_t)out.vectors + 1, sizeof *v_out);
  pleat_gvp_apply(gvp, rows, scalars.data, vectors.data, s_out, out.vectors ? v_out : NULL);
  compare(group, "out_s", s_out);
  if (out.vectors) compare(group, "out_v", v_out);
  pleat_gvp_free(gvp);
  golden_array_free(&scalars), golden_array_free(&vectors);
  free(s_out), free(v_out), free_state(s), free(s);
}

static void test_recorded_modules(void) {
  check_module("gvp0", 1);
  check_module("gvp1", 1);
  check_module("gvp2", 1);
  check_module("gvp3", 0);
}

static void test_recorded_norm(void) {
  state *s = calloc(1, sizeof *s);
  golden_array scalars = read_rows("layernorm", "s"), vectors = read_rows("layernorm", "v");
  const pleat_gvp_size size = {(int)scalars.shape[1], (int)vectors.shape[1]};
  read_state("layernorm", s);
  CU_ASSERT_EQUAL_FATAL(s->count, 2);
  CU_ASSERT_STRING_EQUAL(s->names[0], "scalar_norm.bias");
  CU_ASSERT_EQUAL(pleat_gvp_normalize(context, size, scalars.shape[0], s->arrays[1].data, s->arrays[0].data, 1e-4,
                                      scalars.data, vectors.data),
                  PLEAT_OK);
  compare("layernorm", "out_s", scalars.data), compare("layernorm", "out_v", vectors.data);
  golden_array_free(&scalars), golden_array_free(&vectors);
  free_state(s), free(s);
}

/* ---- Layers ----------------------------------------------------------------------------------------------------- */

typedef struct network {
  state state;
  pleat_graph *graph;
  golden_array s, v, edge_s, edge_v;
  size_t nodes;
} network;

static void open_network(network *n, const char *group, const char *const names[4]) {
  char path[NAME];
  snprintf(path, sizeof path, "%s/edge_index", group);
  read_state(group, &n->state);
  golden_array *arrays[] = {&n->s, &n->v, &n->edge_s, &n->edge_v};
  for (int i = 0; i < 4; i++) *arrays[i] = read_rows(group, names[i]);
  size_t edges = n->edge_s.shape[0];
  double *ends = golden_read_double(file, path, 2 * edges);
  int32_t *as_int = calloc(2 * edges, sizeof *as_int);
  CU_ASSERT_PTR_NOT_NULL_FATAL(ends);
  for (size_t i = 0; i < 2 * edges; i++) as_int[i] = (int32_t)ends[i];
  n->nodes = n->s.shape[0];
  CU_ASSERT_EQUAL_FATAL(pleat_graph_create(context, n->nodes, edges, as_int, as_int + edges, &n->graph), PLEAT_OK);
  free(ends), free(as_int);
}

static void close_network(network *n) {
  free_state(&n->state);
  pleat_graph_free(n->graph);
  golden_array_free(&n->s), golden_array_free(&n->v), golden_array_free(&n->edge_s), golden_array_free(&n->edge_v);
  free(n);
}

static void run_layer(const network *n, const char *prefix, double epsilon, float *s, float *v) {
  pleat_gvp_layer *layer;
  pleat_status status = pleat_gvp_layer_create(context, n->state.arrays, n->state.count, prefix, epsilon, &layer);
  if (status) printf("%s ", pleat_context_error(context));
  CU_ASSERT_EQUAL_FATAL(status, PLEAT_OK);
  CU_ASSERT_EQUAL(pleat_gvp_layer_apply(layer, n->graph, n->edge_s.data, n->edge_v.data, s, v), PLEAT_OK);
  pleat_gvp_layer_free(layer);
}

static void test_recorded_layer(void) {
  network *n = calloc(1, sizeof *n);
  open_network(n, "convlayer", (const char *const[]){"s", "v", "es", "ev"});
  run_layer(n, "", 1e-4, n->s.data, n->v.data);
  compare("convlayer", "out_s", n->s.data), compare("convlayer", "out_v", n->v.data);
  close_network(n);
}

static const char *const embedded[] = {"node_s", "node_v", "edge_s", "edge_v"};

static void test_recorded_encoder(void) {
  network *n = calloc(1, sizeof *n);
  open_network(n, "encoder", embedded);
  run_layer(n, "encoder_layers.0.", 1e-4, n->s.data, n->v.data);
  run_layer(n, "encoder_layers.1.", 1e-4, n->s.data, n->v.data);
  compare("encoder", "out_s", n->s.data), compare("encoder", "out_v", n->v.data);
  close_network(n);
}

/* ---- From coordinates on --------------------------------------------------------------------------------------- */

enum { CHAINS = 2, L = 20, K = 10, BINS = 16 };

typedef struct embedding {
  size_t edges;
  int32_t senders[CHAINS * L * K], receivers[CHAINS * L * K];
  float node_s[CHAINS * L * 64], node_v[CHAINS * L * 48], edge_s[CHAINS * L * K * 16], edge_v[CHAINS * L * K * 3];
} embedding;

static const float *weight(const state *s, const char *name) {
  for (size_t i = 0; i < s->count; i++)
    if (!strcmp(s->names[i], name)) return s->arrays[i].data;
  CU_FAIL_FATAL("no such weight");
  return NULL;
}

static void embed(const state *s, const char *prefix, size_t rows, const float *scalars, const float *vectors, float *s_out, float *v_out) {
  char name[NAME];
  pleat_gvp *gvp;
  snprintf(name, sizeof name, "%s.0.", prefix);
  CU_ASSERT_EQUAL_FATAL(pleat_gvp_create(context, s->arrays, s->count, name, 0, &gvp), PLEAT_OK);
  pleat_gvp_apply(gvp, rows, scalars, vectors, s_out, v_out);
  snprintf(name, sizeof name, "%s.1.scalar_norm.weight", prefix);
  const float *gain = weight(s, name);
  snprintf(name, sizeof name, "%s.1.scalar_norm.bias", prefix);
  CU_ASSERT_EQUAL(pleat_gvp_normalize(context, pleat_gvp_get_size(gvp, 1), rows, gain, weight(s, name), 1e-4, s_out, v_out), PLEAT_OK);
  pleat_gvp_free(gvp);
}

/* scalars += W gaussians of the confidence + bias */
static void add_confidence(const state *s, const float *confidence, float *scalars) {
  const float *w = weight(s, "embed_graph.embed_confidence.weight"), *bias = weight(s, "embed_graph.embed_confidence.bias");
  for (int i = 0; i < L; i++)
    for (int o = 0; o < 64; o++) {
      double sum = (double)bias[o];
      for (int b = 0; b < BINS; b++)
        sum += (double)w[o * BINS + b] * exp(-pow(((double)confidence[i] - b / (BINS - 1.0)) * BINS, 2));
      scalars[i * 64 + o] += (float)sum;
    }
}

static void embed_chain(const state *s, int chain, const float *atoms, const float *mask, const float *confidence, embedding *e) {
  static float node_s[L * 7], node_v[L * 9], edge_s[L * K * 34], edge_v[L * K * 3];
  const pleat_backbone backbone = {L, atoms + chain * L * 9, mask + chain * L, K};
  const pleat_backbone_features features = {node_s, node_v, e->senders + e->edges, e->receivers + e->edges, edge_s, edge_v};
  size_t edges = pleat_backbone_edges(&backbone), end = e->edges + edges;
  CU_ASSERT_EQUAL_FATAL(pleat_backbone_read(context, &backbone, &features), PLEAT_OK);
  embed(s, "embed_graph.embed_node", L, node_s, node_v, e->node_s + chain * L * 64, e->node_v + chain * L * 48);
  add_confidence(s, confidence + chain * L, e->node_s + chain * L * 64);
  embed(s, "embed_graph.embed_edge", edges, edge_s, edge_v, e->edge_s + e->edges * 16, e->edge_v + e->edges * 3);
  for (; e->edges < end; e->edges++) e->senders[e->edges] += chain * L, e->receivers[e->edges] += chain * L;
}

static void test_recorded_embedding(void) {
  state *s = calloc(1, sizeof *s);
  embedding *e = calloc(1, sizeof *e);
  read_state("encoder", s);
  golden_array atoms = read_rows("encoder", "coords"), mask = read_rows("encoder", "coord_mask");
  golden_array confidence = read_rows("encoder", "confidence"), ends = read_rows("encoder", "edge_index");
  for (int chain = 0; chain < CHAINS; chain++) embed_chain(s, chain, atoms.data, mask.data, confidence.data, e);
  CU_ASSERT_EQUAL_FATAL(e->edges, ends.shape[1]);
  for (size_t i = 0; i < e->edges; i++)
    CU_ASSERT(e->senders[i] == (int32_t)ends.data[i] && e->receivers[i] == (int32_t)ends.data[e->edges + i]);
  compare("encoder", "node_s", e->node_s), compare("encoder", "node_v", e->node_v);
  compare("encoder", "edge_s", e->edge_s), compare("encoder", "edge_v", e->edge_v);
  golden_array_free(&atoms), golden_array_free(&mask), golden_array_free(&confidence), golden_array_free(&ends);
  free_state(s), free(s), free(e);
}

static void turn(const double matrix[9], const float *from, size_t vectors, float *to) {
  pleat_irreps *irreps;
  CU_ASSERT_EQUAL_FATAL(pleat_irreps_create(context, "1o", &irreps), PLEAT_OK);
  CU_ASSERT_EQUAL(pleat_irreps_rotate(irreps, matrix, vectors, from, to), PLEAT_OK);
  pleat_irreps_free(irreps);
}

/* Scalars stay, vectors turn; also in mirrors. */
static void test_layers_turn_with_their_inputs(void) {
  network *n = calloc(1, sizeof *n);
  double matrix[9];
  open_network(n, "encoder", embedded);
  size_t size_s = size_of(&n->s), size_v = size_of(&n->v);
  float *s = calloc(size_s, sizeof *s), *v = calloc(size_v, sizeof *v);
  for (int mirror = 0; mirror < 2; mirror++) {
    pleat_wigner_rotation(0.7, 1.9, -2.1, matrix);
    for (int i = 0; mirror && i < 9; i++) matrix[i] = -matrix[i];
    memcpy(s, n->s.data, size_s * sizeof *s);
    turn(matrix, n->v.data, size_v / 3, v);
    run_layer(n, "encoder_layers.0.", 1e-4, n->s.data, n->v.data);
    turn(matrix, n->v.data, size_v / 3, n->v.data);
    turn(matrix, n->edge_v.data, size_of(&n->edge_v) / 3, n->edge_v.data);
    run_layer(n, "encoder_layers.0.", 1e-4, s, v);
    CU_ASSERT(apart(s, n->s.data, size_s) < 2e-5 && apart(v, n->v.data, size_v) < 2e-5);
  }
  close_network(n);
  free(s), free(v);
}

static void test_threads_do_not_change_bits(void) {
  network *n = calloc(1, sizeof *n);
  open_network(n, "encoder", embedded);
  size_t size_s = size_of(&n->s) * sizeof(float), size_v = size_of(&n->v) * sizeof(float);
  float *s[3], *v[3];
  for (int i = 0; i < 3; i++) {
    s[i] = malloc(size_s), v[i] = malloc(size_v);
    memcpy(s[i], n->s.data, size_s), memcpy(v[i], n->v.data, size_v);
    pleat_context_set_threads(context, i + 1);
    run_layer(n, "encoder_layers.1.", 1e-4, s[i], v[i]);
    CU_ASSERT(memcmp(s[0], s[i], size_s) == 0 && memcmp(v[0], v[i], size_v) == 0);
  }
  pleat_context_set_threads(context, 0);
  for (int i = 0; i < 3; i++) free(s[i]), free(v[i]);
  close_network(n);
}

static void says(pleat_status status, const char *words) {
  CU_ASSERT_EQUAL(status, PLEAT_ERROR_SHAPE);
  if (!strstr(pleat_context_error(context), words)) printf("not '%s': %s ", words, pleat_context_error(context));
  CU_ASSERT(strstr(pleat_context_error(context), words) != NULL);
}

static void test_refused_weights(void) {
  const float zeros[64] = {0};
  pleat_array a[] = {{"g.ws.weight", zeros, 2, {4, 5}},
                     {"g.ws.bias", zeros, 1, {4}},
                     {"g.wh.weight", zeros, 2, {3, 2}},
                     {"g.wv.weight", zeros, 2, {2, 3}},
                     {"g.wg.weight", zeros, 2, {2, 4}}};
  pleat_gvp *gvp;
  pleat_gvp_layer *layer;
  says(pleat_gvp_create(context, a, 5, "h.", 1, &gvp), "no array 'h.ws.weight'");
  says(pleat_gvp_create(context, a, 5, "g.", 1, &gvp), "no array 'g.wg.bias'");
  a[3].shape[1] = 2;
  says(pleat_gvp_create(context, a, 4, "g.", 1, &gvp), "'g.wv.weight' has size 2 on axis 1, 3 is wanted");
  a[2].shape[0] = 6;
  says(pleat_gvp_create(context, a, 3, "g.", 1, &gvp), "takes 5 numbers, but 'g.wh.weight' alone gives 6");
  a[1].rank = 2;
  says(pleat_gvp_create(context, a, 2, "g.", 1, &gvp), "'g.ws.bias' has 2 axes, 1 are wanted");
  CU_ASSERT_PTR_NULL(gvp);
  says(pleat_gvp_layer_create(context, a, 2, "g.", 1e-8, &layer), "no array 'g.conv.message_func.0.ws.weight'");
}

static pleat_status use_everything(pleat_context *own) {
  const float w[64] = {0};
  const pleat_array a[] = {
      {"conv.message_func.0.ws.weight", w, 2, {2, 7}}, {"conv.message_func.0.ws.bias", w, 1, {2}},
      {"conv.message_func.0.wh.weight", w, 2, {3, 2}}, {"conv.message_func.0.wv.weight", w, 2, {1, 3}},
      {"ff_func.0.ws.weight", w, 2, {2, 4}},           {"ff_func.0.ws.bias", w, 1, {2}},
      {"ff_func.0.wh.weight", w, 2, {2, 1}},           {"ff_func.0.wv.weight", w, 2, {1, 2}},
      {"norm.0.scalar_norm.weight", w, 1, {2}},        {"norm.0.scalar_norm.bias", w, 1, {2}},
      {"norm.1.scalar_norm.weight", w, 1, {2}},        {"norm.1.scalar_norm.bias", w, 1, {2}}};
  const int32_t ends[] = {0};
  float s[2] = {1, 2}, v[3] = {1, 2, 3};
  pleat_gvp_layer *layer;
  pleat_graph *graph = NULL;
  pleat_status status = pleat_gvp_layer_create(own, a, sizeof a / sizeof *a, "", 1e-4, &layer);
  if (!status) status = pleat_graph_create(own, 1, 1, ends, ends, &graph);
  if (!status) status = pleat_gvp_layer_apply(layer, graph, NULL, NULL, s, v);
  pleat_gvp_layer_free(layer), pleat_graph_free(graph);
  return status;
}

static void test_memory_that_fails(void) { CU_ASSERT(test_faults_walk(use_everything) >= 20); }

void suite_gvp(void) {
  CU_pSuite suite = CU_add_suite("geometric vector perceptrons", open_golden, close_golden);
  CU_add_test(suite, "recorded modules", test_recorded_modules);
  CU_add_test(suite, "recorded norm", test_recorded_norm);
  CU_add_test(suite, "recorded layer", test_recorded_layer);
  CU_add_test(suite, "recorded embedding", test_recorded_embedding);
  CU_add_test(suite, "recorded encoder", test_recorded_encoder);
  CU_add_test(suite, "layers turn with their inputs", test_layers_turn_with_their_inputs);
  CU_add_test(suite, "threads do not change bits", test_threads_do_not_change_bits);
  CU_add_test(suite, "refused weights", test_refused_weights);
  CU_add_test(suite, "memory that fails", test_memory_that_fails);
}
