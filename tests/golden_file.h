/* Reads the golden HDF5 files: datasets as float32 or text, and their attributes.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_TESTS_GOLDEN_FILE_H
#define PLEAT_TESTS_GOLDEN_FILE_H

#include <hdf5.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct golden_array {
  float *data; /* free with golden_array_free */
  int rank;
  hsize_t shape[8];
  double noise; /* attribute noise_f64_maxabs or f32_vs_f64_max_abs; NAN when absent */
  double valid_noise; /* of residues that are not padding: f32_vs_f64_max_abs_valid, or noise where that is absent */
} golden_array;

/* False when there is no such dataset. What is read is remembered for golden_was_read. */
bool golden_read(hid_t file, const char *name, golden_array *array);
void golden_array_free(golden_array *array);

/* A dataset of exactly `count` numbers as double; free() the result. NULL when it is absent or has another size. */
double *golden_read_double(hid_t file, const char *name, size_t count);

/* Text `index` of a dataset of fixed-length strings; "" when there is none. */
bool golden_read_text(hid_t file, const char *name, size_t index, char *text, size_t size);
size_t golden_count(hid_t file, const char *name);

/* All strings of a dataset, of variable or fixed length; free with golden_texts_free. NULL when it is not there. */
char **golden_read_texts(hid_t file, const char *name, size_t *count);
void golden_texts_free(char **texts, size_t count);

/* Whether this process has read the dataset from a file whose path ends with `tail`; with name NULL: any. */
bool golden_was_read(const char *tail, const char *name);

/* Root attributes; false when absent. */
bool golden_attribute_text(hid_t file, const char *name, char *text, size_t size);
bool golden_attribute_number(hid_t object, const char *name, double *number);

#endif
