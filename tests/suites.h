/* The table of test suites: each test file defines one function that adds its suite; this list calls them all.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_TESTS_SUITES_H
#define PLEAT_TESTS_SUITES_H

#define PLEAT_TEST_SUITES(ROW) \
  ROW(align) \
  ROW(msa) \
  ROW(clusters) \
  ROW(msa_pair) \
  ROW(geometry) \
  ROW(score) \
  ROW(result_write) \
  ROW(compare) \
  ROW(correlate) \
  ROW(map) \
  ROW(fit) \
  ROW(dock) \
  ROW(idealise) \
  ROW(harmonics) \
  ROW(tensor) \
  ROW(lanes) \
  ROW(layers) \
  ROW(gvp) \
  ROW(models) \
  ROW(mpnn) \
  ROW(frame2seq) \
  ROW(packer) \
  ROW(kernel) \
  ROW(block) \
  ROW(features_write) \
  ROW(templates) \
  ROW(protein) \
  ROW(evoformer) \
  ROW(structure_module) \
  ROW(alphafold) \
  ROW(alphafold_geometry) \
  ROW(alphafold_features) \
  ROW(alphafold_complex) \
  ROW(multimer) \
  ROW(checkpoint) \
  ROW(plot) \
  ROW(fasta) \
  ROW(structure) \
  ROW(target) \
  ROW(target_settings) \
  ROW(weights) \
  ROW(precision) \
  ROW(convert) \
  ROW(tar) \
  ROW(openfold) \
  ROW(program) \
  ROW(lib) \
  ROW(golden_audit)

#define DECLARE_SUITE(name) void suite_##name(void);
PLEAT_TEST_SUITES(DECLARE_SUITE)
#undef DECLARE_SUITE

#endif
