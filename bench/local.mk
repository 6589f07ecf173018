# bench: speed and memory beside the published code; bench/README.md says how.
EXTRA_PROGRAMS += bench/pleat_flashabb
bench_pleat_flashabb_SOURCES = bench/pleat_flashabb.c
bench_pleat_flashabb_LDADD = libpleat.la
CLEANFILES += bench/pleat_flashabb
EXTRA_DIST += bench/README.md bench/run bench/peer_flashabb.py bench/antibodies.fasta bench/results/flashabb.tsv

BENCH_ROUNDS = 5
bench: all bench/pleat_flashabb$(EXEEXT)
	$(srcdir)/bench/run --rounds $(BENCH_ROUNDS) --build '$(abs_builddir)' --models-dir '$(PLEAT_MODELS)'
clean-bench:
	$(RM) -r bench-venv
distclean-local: clean-bench
.PHONY: bench clean-bench
