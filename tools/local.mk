# tools: what fetches weights, and the house checks that `make check` runs.
getmodeldir = $(libexecdir)/pleat
dist_getmodel_SCRIPTS = tools/get-model tools/get-file
dist_getmodel_DATA = tools/models.tsv

AM_TESTS_ENVIRONMENT += PLEAT_HOUSE_FLAGS='$(OPENMP_CFLAGS) $(HDF5_CFLAGS) $(OPENBLAS_CFLAGS) $(FFTW_CFLAGS)'; \
  bindir='$(bindir)'; includedir='$(includedir)'; libdir='$(libdir)'; libexecdir='$(libexecdir)'; datadir='$(datadir)'; \
  PLEAT_MODELS='$(PLEAT_MODELS)'; export PLEAT_MODELS PLEAT_HOUSE_FLAGS bindir includedir libdir libexecdir datadir;
HOUSE_CHECKS = tools/check-exports tools/check-house tools/check-headers tools/check-files tests/house.sh
TESTS += $(HOUSE_CHECKS) tests/parity.sh
EXTRA_DIST += $(HOUSE_CHECKS) tools/packages tools/install-packages tools/quickstart tools/check \
  tests/house examples/antibody.fasta

# Larger and slower checks, each a target of its own. Weights are looked for in $PLEAT_MODELS and ./models of the source.
PLEAT_GOLDEN ?= $(abs_top_srcdir)/../shared/golden
PLEAT_MODELS ?= $(abs_top_srcdir)/models
LONG_ENVIRONMENT = PLEAT_LONG=1 PLEAT_GOLDEN='$(PLEAT_GOLDEN)'

# All tests again, with the published weights and the large golden files in reach.
check-long:
	@test -d '$(PLEAT_GOLDEN)' || { echo "check-long: no folder $(PLEAT_GOLDEN); set PLEAT_GOLDEN"; exit 1; }
	@test -d '$(PLEAT_MODELS)' || { echo "check-long: no folder $(PLEAT_MODELS); set PLEAT_MODELS"; exit 1; }
	$(LONG_ENVIRONMENT) $(MAKE) check

# The same tests under the address sanitizer, in a build folder of its own below this one.
check-asan:
	$(MKDIR_P) $@
	cd $@ && { test -f Makefile || '$(abs_top_srcdir)/configure' --enable-asan CC='$(CC)' CXX='$(CXX)'; }
	$(MAKE) -C $@ check

# Contexts in several threads at once under clang's thread sanitizer, which learns from Archer (of clang's libomp) what OpenMP
# orders; gcc's sees races in every team of threads.
check-tsan:
	@archer=`ls /usr/lib/llvm-*/lib/libarcher.so 2>/dev/null | tail -n 1`; \
	test -n "$$archer" || { echo "check-tsan: no libarcher.so; the package libomp-dev has it"; exit 1; }; \
	$(MKDIR_P) $@ && cd $@ && \
	{ test -f Makefile || '$(abs_top_srcdir)/configure' --enable-tsan CC=clang CXX=clang++; } && \
	$(MAKE) tests/threads$(EXEEXT) && \
	OMP_TOOL_LIBRARIES=$$archer TSAN_OPTIONS="ignore_noninstrumented_modules=1 halt_on_error=1" tests/threads$(EXEEXT)

# One whole prediction under valgrind; any error or leak of ours fails.
check-valgrind: all
	$(RM) -r valgrind-out && $(LIBTOOL) --mode=execute valgrind --quiet --error-exitcode=9 --leak-check=full \
	  --errors-for-leak-kinds=definite,indirect --suppressions=$(srcdir)/tests/valgrind.supp \
	  ./pleat predict $(srcdir)/examples/antibody.fasta valgrind-out --model flashabb --models-dir '$(PLEAT_MODELS)' --threads 1

# Twenty runs killed, stopped or joined by others at random moments; SEED=N for other moments.
check-kills: all tests/random_models$(EXEEXT)
	SHOTS=$${SHOTS:-20} top_srcdir='$(abs_top_srcdir)' top_builddir='$(abs_top_builddir)' $(srcdir)/tests/run_cli.sh kills checkpoint

clean-local-checks:
	$(RM) -r check-asan check-tsan valgrind-out
clean-local: clean-local-checks
.PHONY: check-kills check-long check-asan check-tsan check-valgrind clean-local-checks
EXTRA_DIST += tests/valgrind.supp tests/parity.sh tests/experimental tests/examples.sh
EXTRA_DIST += tools/compact-goldens tools/compact-goldens-alphafold2 tests/installed.sh tests/golden
