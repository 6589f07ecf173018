# tools: what fetches weights, and the house checks that `make check` runs.
getmodeldir = $(libexecdir)/pleat
dist_getmodel_SCRIPTS = tools/get-model tools/get-file
dist_getmodel_DATA = tools/models.tsv

AM_TESTS_ENVIRONMENT += MPI_CFLAGS='$(MPI_CFLAGS)'; export MPI_CFLAGS; PLEAT_HOUSE_FLAGS='$(OPENMP_CFLAGS) $(HDF5_CFLAGS) $(OPENBLAS_CFLAGS) $(FFTW_CFLAGS)'; \
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
	cd $@ && { test -f Makefile || '$(abs_top_srcdir)/configure' --enable-asan --disable-static CC='$(CC)' CXX='$(CXX)'; }
	$(MAKE) -C $@ check

# Contexts in several threads at once under clang's thread sanitizer, which learns from Archer (of clang's libomp) what OpenMP
# orders; gcc's sees races in every team of threads.
check-tsan:
	@archer=`ls /usr/lib/llvm-*/lib/libarcher.so 2>/dev/null | tail -n 1`; \
	test -n "$$archer" || { echo "check-tsan: no libarcher.so; the package libomp-dev has it"; exit 1; }; \
	$(MKDIR_P) $@ && cd $@ && \
	{ test -f Makefile || '$(abs_top_srcdir)/configure' --enable-tsan --disable-static CC=clang CXX=clang++; } && \
	$(MAKE) tests/threads$(EXEEXT) && \
	OMP_TOOL_LIBRARIES=$$archer TSAN_OPTIONS="ignore_noninstrumented_modules=1 halt_on_error=1" tests/threads$(EXEEXT)

# One whole prediction under valgrind, of the first 60 residues of each chain; any error or leak of ours fails.
check-valgrind: all
	$(RM) -r valgrind-out && $(MKDIR_P) valgrind-out
	sed -E 's/([A-Z]{60})[A-Z]*:([A-Z]{60})[A-Z]*/\1:\2/' $(srcdir)/examples/antibody.fasta > valgrind-out/short.fasta
	$(LIBTOOL) --mode=execute valgrind --quiet --error-exitcode=9 --leak-check=full \
	  --errors-for-leak-kinds=definite,indirect --suppressions=$(srcdir)/tests/valgrind.supp \
	  ./pleat predict valgrind-out/short.fasta valgrind-out/out --model flashabb --models-dir '$(PLEAT_MODELS)' --threads 1

# Twenty runs killed, stopped or joined by others at random moments; SEED=N for other moments.
check-kills: all tests/random_models$(EXEEXT)
	SHOTS=$${SHOTS:-20} top_srcdir='$(abs_top_srcdir)' top_builddir='$(abs_top_builddir)' $(srcdir)/tests/run_cli.sh kills checkpoint

# A thousand jobs in one process need no more memory than a hundred.
check-soak: all
	PLEAT_MODELS='$(PLEAT_MODELS)' $(srcdir)/tests/soak.py ./pleat

# The time left that runs tell after their first tenth (a few minutes, on a machine that does nothing else).
check-progress: all tests/random_models$(EXEEXT)
	$(srcdir)/tests/progress.py ./pleat tests/random_models '$(PLEAT_MODELS)'

# cppcheck over all of our C must be silent. lint-tidy is clang-tidy with its analyzer, which is slow and not silent yet.
LINT_FOLDERS = program data msa geometry lib folding
LINT_TIDY = -checks=-*,clang-analyzer-*,-clang-analyzer-security.insecureAPI.*,bugprone-sizeof-*,bugprone-suspicious-*,-bugprone-suspicious-include
lint: program/report_files.c
	cd $(srcdir) && cppcheck -q --enable=warning,portability --inline-suppr --std=c11 --error-exitcode=1 -D__GNUC__ \
	  '-Djson_array_foreach(a,i,v)=for(i=0;i<json_array_size(a)&&(v=json_array_get(a,i));i++)' \
	  '-Djson_object_foreach(o,k,v)=for(;(k=next(o))&&(v=json_object_get(o,k));)' \
	  --suppressions-list=tools/cppcheck-suppressions -I include -I . $(LINT_FOLDERS)
lint-tidy: program/report_files.c
	cd $(srcdir) && find $(LINT_FOLDERS) -name '*.c' ! -path 'lib/kernel/*' | sort | xargs -P 2 -n 8 sh -c \
	  'clang-tidy --quiet --warnings-as-errors="*" "$(LINT_TIDY)" "$$@" -- $(LINT_FLAGS)' clang-tidy

LINT_FLAGS = -std=gnu11 -D_GNU_SOURCE -I include -I . -I $(abs_builddir) $(DEFS) $(OPENMP_CFLAGS) $(HDF5_CFLAGS) $(JANSSON_CFLAGS) \
  $(LIBZIP_CFLAGS) $(OPENBLAS_CFLAGS) $(FFTW_CFLAGS) -DPLEAT_MODELS_SYSTEM_DIR=\"\" -DPLEAT_LIBEXEC_DIR=\"\"

# How much of the code the tests run: a build of its own, gcovr's summary at the end.
coverage:
	$(MKDIR_P) $@
	cd $@ && { test -f Makefile || '$(abs_top_srcdir)/configure' --enable-gcov --disable-static CC='$(CC)' CXX='$(CXX)'; }
	$(MAKE) -C $@ check
	gcovr --root '$(abs_top_srcdir)' --object-directory $@ --print-summary $(addprefix --filter $(abs_top_srcdir)/,$(LINT_FOLDERS))

# Examples on a Slurm of one node that the test starts and stops; and predictions in simulation codes.
check-slurm check-md: all tests/random_models$(EXEEXT)
	top_srcdir='$(abs_top_srcdir)' top_builddir='$(abs_top_builddir)' PLEAT_MODELS='$(PLEAT_MODELS)' $(srcdir)/tests/$(@:check-%=%).sh

clean-local-checks:
	$(RM) -r check-asan check-tsan valgrind-out coverage
clean-local: clean-local-checks
.PHONY: check-progress check-md check-slurm check-soak lint lint-tidy coverage check-kills check-long check-asan check-tsan check-valgrind clean-local-checks
EXTRA_DIST += tools/cppcheck-suppressions tests/valgrind.supp tests/parity.sh tests/experimental tests/examples.sh
EXTRA_DIST += tools/compact-goldens tools/compact-goldens-alphafold2 tests/installed.sh tests/golden
EXTRA_DIST += tests/soak.py tests/progress.py tests/md.sh tests/slurm.sh tests/slurm/slurm.conf.in examples/slurm/array.sh examples/slurm/farm.sh examples/slurm/ranks.sh \
  examples/slurm/search.sh examples/slurm/search_then_predict.sh examples/lammps/minimise.c examples/gromacs/relax.sh
