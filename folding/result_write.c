/* Writing a result: structure, confidences as JSON, plots, all arrays as HDF5; chosen by the file's ending.
 * SPDX-License-Identifier: MIT */
#include <hdf5.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config.h"

#include "folding/result.h"
#include "lib/file.h"
#include "lib/text.h"

static const pleat_array *find_array(const pleat_result *result, const char *name) {
  for (size_t i = 0; i < result->array_count; i++)
    if (!strcmp(result->arrays[i].name, name)) return &result->arrays[i];
  return NULL;
}

static size_t array_size(const pleat_array *array) {
  size_t count = 1;
  for (int d = 0; d < array->rank; d++) count *= array->shape[d];
  return count;
}

/* JSON has no NaN: what is not finite becomes null. */
static json_t *number(double value, double scale) {
  return isfinite(value) ? json_real(scale > 0 ? round(value * scale) / scale : value) : json_null();
}

/* pLDDT to two decimals, as ColabFold rounds it, and its mean over all residues and over each chain. */
static void put_confidence(const pleat_result *result, json_t *object) {
  const pleat_array *plddt = find_array(result, "plddt");
  if (!plddt || plddt->rank != 1) return;
  json_t *list = json_array(), *chains = json_object();
  double sum = 0;
  for (size_t i = 0; i < plddt->shape[0]; i++) {
    json_array_append_new(list, number(plddt->data[i], 100));
    sum += plddt->data[i];
  }
  size_t at = 0;
  for (int c = 0; c < result->chains; c++) {
    size_t length = strlen(result->sequences[c]);
    double part = 0;
    for (size_t i = 0; i < length && at < plddt->shape[0]; i++) part += plddt->data[at++];
    json_object_set_new(chains, result->chain_ids[c], number(part / (double)length, 100));
  }
  json_object_set_new(object, "plddt", list);
  json_object_set_new(object, "mean_plddt", number(sum / (double)plddt->shape[0], 100));
  json_object_set_new(object, "chain_mean_plddt", chains);
}

/* FlashTAP: four scores and the probability that each would be flagged (Raybould et al. 2019). */
static void put_developability(const pleat_result *result, json_t *object) {
  static const char *const keys[] = {"PSH", "PPC", "PNC", "SFvCSP"};
  const pleat_array *scores = find_array(result, "scores"), *flags = find_array(result, "flag_probs");
  if (!scores || scores->rank != 1 || scores->shape[0] != 4) return;
  json_t *values = json_object(), *probabilities = json_object();
  for (size_t i = 0; i < 4; i++) {
    json_object_set_new(values, keys[i], number(scores->data[i], 0));
    if (flags && array_size(flags) == 4) json_object_set_new(probabilities, keys[i], number(flags->data[i], 0));
  }
  json_object_set_new(object, "scores", values);
  json_object_set_new(object, "flag_probabilities", probabilities);
}

/* Aligned errors (L,L) to two decimals, as ColabFold rounds them, and the largest; under ColabFold's names. */
static void put_errors(const pleat_result *result, const char *name, const char *largest, json_t *object) {
  const pleat_array *pae = find_array(result, "predicted_aligned_error");
  if (!pae || pae->rank != 2) return;
  json_t *rows = json_array();
  double most = 0;
  for (size_t i = 0; i < pae->shape[0]; i++) {
    json_t *row = json_array();
    for (size_t j = 0; j < pae->shape[1]; j++) {
      double error = (double)pae->data[i * pae->shape[1] + j];
      json_array_append_new(row, number(error, 100));
      most = fmax(most, error);
    }
    json_array_append_new(rows, row);
  }
  json_object_set_new(object, name, rows);
  json_object_set_new(object, largest, number(most, 100));
}

/* Of a complex: AlphaFold 3's names; a row a chain, in the order of `chains`. */
static void put_chain_scores(const pleat_result *result, json_t *object) {
  const pleat_array *pairs = find_array(result, "chain_pair_iptm"), *chains = find_array(result, "chain_ptm");
  if (!pairs || !chains) return;
  json_t *matrix = json_array(), *list = json_array();
  for (size_t a = 0; a < pairs->shape[0]; a++) {
    json_t *row = json_array();
    for (size_t b = 0; b < pairs->shape[1]; b++)
      json_array_append_new(row, number(pairs->data[a * pairs->shape[1] + b], 0));
    json_array_append_new(matrix, row);
    json_array_append_new(list, number(chains->data[a], 0));
  }
  json_object_set_new(object, "chain_pair_iptm", matrix);
  json_object_set_new(object, "chain_ptm", list);
}

/* Outputs that are one number a query. */
static void put_numbers(const pleat_result *result, json_t *object) {
  for (size_t i = 0; i < result->array_count; i++) {
    const pleat_array *array = &result->arrays[i];
    bool of_pass = strchr(array->name, '/') != NULL;
    if (array->rank == 1 && array->shape[0] == 1 && !of_pass && !json_object_get(object, array->name))
      json_object_set_new(object, array->name, number(array->data[0], 0));
  }
}

/* "dlc=on idealise=off" as {"dlc": "on", "idealise": "off"}. */
static json_t *options_object(const char *options) {
  json_t *object = json_object();
  char key[64], value[256];
  int used;
  for (const char *at = options ? options : ""; sscanf(at, " %63[^= ]=%255s%n", key, value, &used) == 2; at += used)
    json_object_set_new(object, key, json_string(value));
  return object;
}

static json_t *text_value(const char *text) { return json_string(text ? text : ""); }

static void put_origin(const pleat_result *result, json_t *object) {
  json_t *chains = json_array(), *warnings = json_array();
  for (int c = 0; c < result->chains; c++) {
    json_t *chain = json_object();
    json_object_set_new(chain, "id", text_value(result->chain_ids[c]));
    json_object_set_new(chain, "length", json_integer((json_int_t)strlen(result->sequences[c])));
    json_object_set_new(chain, "sequence", text_value(result->sequences[c]));
    json_array_append_new(chains, chain);
  }
  for (size_t i = 0; i < result->warning_count; i++) json_array_append_new(warnings, text_value(result->warnings[i]));
  json_object_set_new(object, "name", text_value(result->name));
  json_object_set_new(object, "model", text_value(result->model));
  json_object_set_new(object, "weights_sha256", text_value(result->sha256));
  json_object_set_new(object, "weights_license", text_value(result->license));
  json_object_set_new(object, "version", text_value(PACKAGE_VERSION));
  json_object_set_new(object, "seed", json_integer((json_int_t)result->seed));
  json_object_set_new(object, "options", options_object(result->options));
  json_object_set_new(object, "chains", chains);
  json_object_set_new(object, "sane", json_boolean(result->sane));
  json_object_set_new(object, "status", json_string(result->sane ? "ok" : "failed its sanity check"));
  json_object_set_new(object, "warnings", warnings);
}

/* The templates that the prediction started from. */
static void put_templates(const pleat_result *result, json_t *object) {
  json_t *list = json_array();
  for (size_t i = 0; i < result->template_count; i++) {
    const pleat_template_info *t = &result->templates[i];
    json_t *one = json_object();
    json_object_set_new(one, "name", json_string(t->name));
    json_object_set_new(one, "chain", text_value(result->chain_ids[t->chain]));
    json_object_set_new(one, "coverage", number(t->coverage, 10000));
    json_object_set_new(one, "identity", number(t->identity, 10000));
    json_object_set_new(one, "sum_probs", number(t->sum_probs, 0));
    json_array_append_new(list, one);
  }
  if (result->template_count) json_object_set(object, "templates", list);
  json_decref(list);
}

/* Takes the object. */
static pleat_status write_object(const pleat_result *result, const char *path, json_t *object, size_t flags) {
  pleat_text text;
  char *dump = object ? json_dumps(object, flags | JSON_REAL_PRECISION(8)) : NULL;
  json_decref(object);
  if (!dump) return pleat_status_fail(result->context, PLEAT_ERROR_MEMORY, "%s: no memory for the confidences", path);
  pleat_text_init(&text, result->context);
  pleat_text_append(&text, "%s\n", dump);
  free(dump);
  pleat_status status = text.status ? text.status : pleat_file_write(result->context, path, text.bytes, text.length);
  pleat_text_free(&text);
  return status;
}

static pleat_status write_json(const pleat_result *result, const char *path) {
  json_t *object = json_object();
  put_origin(result, object);
  put_confidence(result, object);
  put_errors(result, "pae", "max_pae", object);
  put_chain_scores(result, object);
  put_developability(result, object);
  put_templates(result, object);
  put_numbers(result, object);
  bool square = find_array(result, "predicted_aligned_error") != NULL; /* a line a number would be too many */
  return write_object(result, path, object, square ? 0 : JSON_INDENT(1));
}

static pleat_status write_errors(const pleat_result *result, const char *path) {
  PLEAT_CHECK(result->context, find_array(result, "predicted_aligned_error"), PLEAT_ERROR_UNSUPPORTED,
              "%s: model %s predicts no aligned errors", path, result->model ? result->model : "");
  json_t *object = json_object();
  put_errors(result, "predicted_aligned_error", "max_predicted_aligned_error", object);
  return write_object(result, path, object, 0);
}

/* Plots one prediction; `write` draws it. */
static pleat_status write_plot(const pleat_result *result, const char *path, const char *array,
                               pleat_status (*write)(pleat_context *context, const pleat_plot *plot, const char *path)) {
  size_t *lengths, total = 0, chains = (size_t)result->chains;
  const pleat_array *plddt = find_array(result, "plddt"), *pae = find_array(result, "predicted_aligned_error");
  PLEAT_CHECK(result->context, find_array(result, array), PLEAT_ERROR_UNSUPPORTED,
              "%s: model %s gives no %s, so there is nothing to plot", path, result->model ? result->model : "", array);
  PLEAT_TRY(pleat_memory_take(result->context, chains + 1, sizeof *lengths, &lengths));
  for (size_t c = 0; c < chains; c++) total += lengths[c] = strlen(result->sequences[c]);
  pleat_plot_prediction line = {result->name, plddt ? plddt->data : NULL, pae ? pae->data : NULL};
  pleat_plot plot = {result->name, &line, 1, chains, result->chain_ids, lengths};
  size_t values = find_array(result, array)->shape[0];
  pleat_status status = total == values ? write(result->context, &plot, path)
                                        : pleat_status_fail(result->context, PLEAT_ERROR_SHAPE,
                                                            "%s: %zu residues but %zu values of %s", path, total, values,
                                                            array);
  pleat_memory_release(result->context, lengths);
  return status;
}

static pleat_status write_confidence_plot(const pleat_result *result, const char *path) {
  return write_plot(result, path, "plddt", pleat_plot_write_confidence);
}

static pleat_status write_error_plot(const pleat_result *result, const char *path) {
  return write_plot(result, path, "predicted_aligned_error", pleat_plot_write_errors);
}

static bool write_text_attribute(hid_t object, const char *name, const char *value) {
  size_t length = value ? strlen(value) : 0;
  hid_t space = H5Screate(H5S_SCALAR), type = H5Tcopy(H5T_C_S1);
  H5Tset_size(type, length ? length : 1);
  hid_t attribute = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
  bool ok = attribute >= 0 && H5Awrite(attribute, type, length ? value : "") >= 0;
  if (attribute >= 0) H5Aclose(attribute);
  H5Tclose(type);
  H5Sclose(space);
  return ok;
}

static bool write_array(hid_t group, const pleat_array *array) {
  hsize_t shape[4];
  for (int d = 0; d < array->rank; d++) shape[d] = array->shape[d];
  hid_t space = array->rank ? H5Screate_simple(array->rank, shape, NULL) : H5Screate(H5S_SCALAR);
  hid_t links = H5Pcreate(H5P_LINK_CREATE), making = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_create_intermediate_group(links, 1);
  H5Pset_obj_track_times(making, 0); /* the same result is the same file */
  hid_t set = H5Dcreate2(group, array->name, H5T_IEEE_F32LE, space, links, making, H5P_DEFAULT);
  H5Pclose(making);
  H5Pclose(links);
  bool ok = set >= 0 && H5Dwrite(set, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, array->data) >= 0;
  if (set >= 0) H5Dclose(set);
  H5Sclose(space);
  return ok;
}

/* Attributes on the root, one dataset an output under "out", or where its name says ("recycle0/out/distogram/logits"), as in
 * the golden files. */
static bool fill_hdf5(const pleat_result *result, hid_t file) {
  bool ok = write_text_attribute(file, "name", result->name) && write_text_attribute(file, "model", result->model) &&
            write_text_attribute(file, "weights_sha256", result->sha256) &&
            write_text_attribute(file, "options", result->options) &&
            write_text_attribute(file, "version", PACKAGE_VERSION);
  hid_t group = H5Gcreate2(file, "out", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  ok = ok && group >= 0;
  for (size_t i = 0; ok && i < result->array_count; i++)
    ok = write_array(strchr(result->arrays[i].name, '/') ? file : group, &result->arrays[i]);
  if (group >= 0) H5Gclose(group);
  return ok;
}

static pleat_status write_hdf5(const pleat_result *result, const char *path) {
  char *temporary;
  bool ok = false;
  H5E_auto2_t handler;
  void *handler_data;
  PLEAT_TRY(pleat_file_begin(result->context, path, &temporary));
  H5Eget_auto2(H5E_DEFAULT, &handler, &handler_data);
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL); /* HDF5 would print; the sentence below says it instead */
  hid_t file = H5Fcreate(temporary, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  if (file >= 0) {
    ok = fill_hdf5(result, file);
    ok = H5Fclose(file) >= 0 && ok;
  }
  H5Eset_auto2(H5E_DEFAULT, handler, handler_data);
  if (ok) return pleat_file_commit(result->context, path, temporary);
  pleat_file_abandon(result->context, temporary);
  return pleat_status_fail(result->context, PLEAT_ERROR_IO,
                           "%s: cannot be written as HDF5; is the disk full or the folder read-only?", path);
}

static pleat_status write_structure(const pleat_result *result, const char *path) {
  PLEAT_CHECK(result->context, result->structure, PLEAT_ERROR_UNSUPPORTED, "%s: model %s makes no structure", path,
              result->model ? result->model : "");
  return pleat_structure_write(result->structure, path);
}

pleat_status pleat_result_write(const pleat_result *result, const char *path) {
  static const struct {
    const char *ending;
    pleat_status (*write)(const pleat_result *result, const char *path);
  } writers[] = {{"_predicted_aligned_error_v1.json", write_errors},
                 {".pdb", write_structure},   {".ent", write_structure}, {".cif", write_structure},
                 {".mmcif", write_structure}, {".json", write_json},     {"_pae.svg", write_error_plot},
                 {"_pae.png", write_error_plot}, {".svg", write_confidence_plot}, {".png", write_confidence_plot},
                 {".h5", write_hdf5}};
  size_t length = strlen(path);
  for (size_t i = 0; i < sizeof writers / sizeof writers[0]; i++) {
    size_t ending = strlen(writers[i].ending);
    if (length > ending && !strcasecmp(path + length - ending, writers[i].ending))
      return writers[i].write(result, path);
  }
  return pleat_status_fail(result->context, PLEAT_ERROR_UNSUPPORTED,
                           "%s: results are written as .pdb, .cif, .json, .svg, .png or .h5, chosen by the file's ending",
                           path);
}
