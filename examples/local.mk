# examples: one idea a file.
EXTRA_DIST += examples/fold_antibody.c examples/fold_antibodies.cpp examples/compare.c examples/README
