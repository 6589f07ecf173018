/* What the tests of alignments share: the stored answers of the published pipeline and small alignments from text.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_TESTS_GOLDEN_MSA_H
#define PLEAT_TESTS_GOLDEN_MSA_H

#include <hdf5.h>

#include "msa/msa.h"
#include "tests/golden_file.h"

pleat_context *golden_msa_context(void);

/* tests/golden/msa/NAME, read; a failure is fatal to the test. */
pleat_msa *golden_msa_read(pleat_context *context, const char *name);

/* An alignment from text; `name` tells the format by its ending. */
pleat_msa *golden_msa_parse(pleat_context *context, const char *name, const char *text);

/* tests/golden/msa/features.h5 */
hid_t golden_msa_open(void);

/* A dataset that must be there. */
golden_array golden_msa_array(hid_t file, const char *name);

/* All strings of a dataset: `count` texts of *width bytes each, not terminated; free with free(). */
char *golden_msa_texts(hid_t file, const char *name, size_t *count, size_t *width);

/* How many of `count` numbers differ in any bit's worth of value. */
size_t golden_msa_different(const float *got, const float *want, size_t count);

/* HH-suite's order of letters, of which the stored alignments' numbers are. */
extern const char golden_msa_hhblits[];

/* The stored complex A2B: alignments of two equal chains and of another, with the rows that can be paired. */
void golden_msa_parts(pleat_context *context, hid_t file, pleat_msa_part parts[2]);
void golden_msa_free_parts(pleat_msa_part parts[2]);

#endif
