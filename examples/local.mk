# examples: one idea a file, compiled by `make check` and run by tests/examples.sh.
EXAMPLES = examples/fold_antibody examples/fold_antibodies examples/compare examples/merge_alignments \
  examples/evoformer_block examples/triangle_attention \
  examples/message_passing examples/fit examples/dock
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
examples_message_passing_SOURCES = examples/message_passing.c
examples_message_passing_LDADD = libpleat.la -lm
examples_fit_SOURCES = examples/fit.c
examples_fit_LDADD = libpleat.la
examples_dock_SOURCES = examples/dock.c
examples_dock_LDADD = libpleat.la
TESTS += tests/examples.sh tests/installed.sh

# The bindings: one file each, installed for other programs to take.
fortrandir = $(pkgdatadir)/fortran
dist_fortran_DATA = examples/fortran/pleat.f90
pythondatadir = $(pkgdatadir)/python
dist_pythondata_DATA = python/pleat.py
EXTRA_DIST += examples/fortran/fold_and_design.f90 examples/python_fold.py examples/mpi/farm.c tests/bindings.py tests/bindings.sh
TESTS += tests/bindings.sh

if HAVE_MPICC
check_SCRIPTS += examples/mpi/farm
examples/mpi/farm: $(srcdir)/examples/mpi/farm.c libpleat.la
	@$(MKDIR_P) examples/mpi
	$(AM_V_CC)$(LIBTOOL) --silent --tag=CC --mode=link $(MPICC) -std=c11 -Wall -Wextra $(CFLAGS) $(SANITIZE_FLAGS) \
	  -no-install -I$(top_srcdir)/include -o $@ $(srcdir)/examples/mpi/farm.c libpleat.la
CLEANFILES += examples/mpi/farm
endif

EXTRA_DIST += examples/README
