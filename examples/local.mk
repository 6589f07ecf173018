# examples: one idea a file.
EXTRA_DIST += examples/fold_antibody.c examples/fold_antibody.cpp examples/compare.c
