# examples: one idea a file, compiled by `make check` and run by tests/examples.sh.
EXAMPLES = examples/fold_antibody examples/fold_antibodies examples/compare examples/merge_alignments \
  examples/evoformer_block examples/triangle_attention
check_PROGRAMS += $(EXAMPLES)
examples_fold_antibody_SOURCES = examples/fold_antibody.c
examples_fold_antibody_LDADD = libpleat.la
examples_fold_antibodies_SOURCES = examples/fold_antibodies.cpp
examples_fold_antibodies_LDADD = libpleat.la
examples_compare_SOURCES = examples/compare.c
examples_compare_LDADD = libpleat.la
examples_merge_alignments_SOURCES = examples/merge_alignments.c
examples_merge_alignments_LDADD = libpleat.la
examples_evoformer_block_SOURCES = examples/evoformer_block.c
examples_evoformer_block_LDADD = libpleat.la
examples_triangle_attention_SOURCES = examples/triangle_attention.c
examples_triangle_attention_LDADD = libpleat.la
TESTS += tests/examples.sh tests/installed.sh

EXTRA_DIST += examples/README
