# tests/fuzz: one libFuzzer target a reader. configure CC=clang --enable-fuzz --enable-asan; make check-fuzz FUZZ_SECONDS=60
# FUZZ_TIMEOUT are the seconds that one input may take by the clock (more, where the run is now and then suspended), FUZZ_MEMORY MiB.
FUZZ_SECONDS = 60
FUZZ_LONG_SECONDS = 3600
FUZZ_TIMEOUT = 20
FUZZ_MEMORY = 2048
FUZZ_TARGETS = tests/fuzz/fuzz_pdb tests/fuzz/fuzz_mmcif tests/fuzz/fuzz_fasta
FUZZ_TARGETS += tests/fuzz/fuzz_a3m tests/fuzz/fuzz_stockholm tests/fuzz/fuzz_hhr
FUZZ_TARGETS += tests/fuzz/fuzz_target
FUZZ_TARGETS += tests/fuzz/fuzz_pt tests/fuzz/fuzz_npz tests/fuzz/fuzz_safetensors tests/fuzz/fuzz_tar
FUZZ_TARGETS += tests/fuzz/fuzz_openfold tests/fuzz/fuzz_mrc
EXTRA_DIST += tests/fuzz/fuzz_mrc.c
# fuzz_model is built by name only: libhdf5 itself leaks and asks for absurd memory on hostile files, within seconds.
EXTRA_DIST += tests/fuzz/fuzz_file.h tests/fuzz/fuzz_pt.c tests/fuzz/fuzz_npz.c tests/fuzz/fuzz_safetensors.c tests/fuzz/fuzz_model.c tests/fuzz/fuzz_tar.c tests/fuzz/fuzz_openfold.c
EXTRA_DIST += tests/fuzz/fuzz_msa.h tests/fuzz/fuzz_a3m.c tests/fuzz/fuzz_stockholm.c tests/fuzz/fuzz_hhr.c
EXTRA_DIST += tests/fuzz/fuzz.h tests/fuzz/corpus
EXTRA_DIST += tests/fuzz/fuzz_pdb.c tests/fuzz/fuzz_mmcif.c tests/fuzz/fuzz_fasta.c tests/fuzz/fuzz_target.c

if BUILD_FUZZ
EXTRA_PROGRAMS += $(FUZZ_TARGETS) tests/fuzz/fuzz_model
CLEANFILES += $(FUZZ_TARGETS) tests/fuzz/fuzz_model
FUZZ_LINK = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_pdb_SOURCES = tests/fuzz/fuzz_pdb.c
tests_fuzz_fuzz_pdb_LDADD = libpleat_all.la
tests_fuzz_fuzz_pdb_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_mmcif_SOURCES = tests/fuzz/fuzz_mmcif.c
tests_fuzz_fuzz_mmcif_LDADD = libpleat_all.la
tests_fuzz_fuzz_mmcif_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_target_SOURCES = tests/fuzz/fuzz_target.c
tests_fuzz_fuzz_target_LDADD = libpleat_all.la
tests_fuzz_fuzz_target_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_fasta_SOURCES = tests/fuzz/fuzz_fasta.c
tests_fuzz_fuzz_fasta_LDADD = libpleat_all.la
tests_fuzz_fuzz_fasta_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_a3m_SOURCES = tests/fuzz/fuzz_a3m.c
tests_fuzz_fuzz_a3m_LDADD = libpleat_all.la
tests_fuzz_fuzz_a3m_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_stockholm_SOURCES = tests/fuzz/fuzz_stockholm.c
tests_fuzz_fuzz_stockholm_LDADD = libpleat_all.la
tests_fuzz_fuzz_stockholm_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_hhr_SOURCES = tests/fuzz/fuzz_hhr.c
tests_fuzz_fuzz_hhr_LDADD = libpleat_all.la
tests_fuzz_fuzz_hhr_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_pt_SOURCES = tests/fuzz/fuzz_pt.c
tests_fuzz_fuzz_pt_LDADD = libpleat_all.la
tests_fuzz_fuzz_pt_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_npz_SOURCES = tests/fuzz/fuzz_npz.c
tests_fuzz_fuzz_npz_LDADD = libpleat_all.la
tests_fuzz_fuzz_npz_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_safetensors_SOURCES = tests/fuzz/fuzz_safetensors.c
tests_fuzz_fuzz_safetensors_LDADD = libpleat_all.la
tests_fuzz_fuzz_safetensors_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_tar_SOURCES = tests/fuzz/fuzz_tar.c
tests_fuzz_fuzz_tar_LDADD = libpleat_all.la
tests_fuzz_fuzz_tar_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_openfold_SOURCES = tests/fuzz/fuzz_openfold.c
tests_fuzz_fuzz_openfold_LDADD = libpleat_all.la
tests_fuzz_fuzz_openfold_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_mrc_SOURCES = tests/fuzz/fuzz_mrc.c
tests_fuzz_fuzz_mrc_LDADD = libpleat_all.la
tests_fuzz_fuzz_mrc_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_model_SOURCES = tests/fuzz/fuzz_model.c
tests_fuzz_fuzz_model_LDADD = libpleat_all.la
tests_fuzz_fuzz_model_LDFLAGS = $(FUZZ_LINK)

# Each target starts from its seeds in corpus/NAME; what it finds new goes to the build folder. FUZZ_JOBS run at a time;
# the first finding makes the target fail, and its input lies beside the folder of what was found.
FUZZ_JOBS = 2
check-fuzz: $(FUZZ_TARGETS)
	@mkdir -p tests/fuzz/found; printf '%s\n' $(FUZZ_TARGETS) | xargs -P $(FUZZ_JOBS) -I TARGET sh -c \
	  'name=$${0##*/fuzz_}; found=tests/fuzz/found/$$name; mkdir -p $$found; \
	  $$0 -max_total_time=$(FUZZ_SECONDS) -rss_limit_mb=$(FUZZ_MEMORY) -timeout=$(FUZZ_TIMEOUT) -max_len=65536 -print_final_stats=1 \
	    -verbosity=0 -artifact_prefix=$$found- $$found $(top_srcdir)/tests/fuzz/corpus/$$name >$$found.log 2>&1; status=$$?; \
	  echo "fuzz_$$name: $(FUZZ_SECONDS) seconds, $$(grep -o "number_of_executed_units: .*" $$found.log), status $$status"; \
	  test $$status = 0 || { tail -n 40 $$found.log; exit 1; }' TARGET
else
check-fuzz:
	@echo "check-fuzz needs a build configured with CC=clang --enable-fuzz --enable-asan" >&2; exit 1
endif
# An hour each; FUZZ_TARGETS=tests/fuzz/fuzz_pt for one of them.
check-fuzz-long:
	$(MAKE) check-fuzz FUZZ_SECONDS=$(FUZZ_LONG_SECONDS)
.PHONY: check-fuzz check-fuzz-long
