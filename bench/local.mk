# bench: speed and memory beside the published code; bench/README.md says how.
EXTRA_PROGRAMS += bench/pleat_flashabb bench/pleat_design bench/pleat_evoformer bench/pleat_equivariant
bench_pleat_flashabb_SOURCES = bench/pleat_flashabb.c
bench_pleat_flashabb_LDADD = libpleat.la
bench_pleat_design_SOURCES = bench/pleat_design.c
bench_pleat_design_LDADD = libpleat.la
bench_pleat_evoformer_SOURCES = bench/pleat_evoformer.c
bench_pleat_evoformer_LDADD = libpleat.la
bench_pleat_equivariant_SOURCES = bench/pleat_equivariant.c
bench_pleat_equivariant_LDADD = libpleat.la
CLEANFILES += bench/pleat_flashabb bench/pleat_design bench/pleat_evoformer bench/pleat_equivariant
EXTRA_DIST += bench/ranks bench/results/ranks.tsv bench/results/ranks.svg
EXTRA_DIST += bench/README.md bench/run bench/throughput bench/precision bench/results/precision.tsv bench/peer_flashabb.py bench/peer_design.py bench/peer_evoformer.py bench/antibodies.fasta \
  bench/structures/l106.pdb.gz bench/structures/l300.pdb.gz bench/structures/l500.pdb.gz bench/results/flashabb.tsv \
  bench/results/design.tsv bench/results/recovery.tsv bench/results/growth.tsv bench/results/evoformer.tsv bench/results/block.tsv \
  bench/results/length.tsv bench/results/structure.tsv bench/results/plan.tsv bench/peer_equivariant.py \
  bench/peer_fit.py bench/results/fit.tsv bench/results/fit_known.tsv

EXTRA_DIST += bench/start bench/results/start.tsv

BENCH_ROUNDS = 5
BENCH_SUITES = flashabb design recovery growth evoformer structure block length plan equivariant gaunt fit dock
bench: all bench/pleat_flashabb$(EXEEXT) bench/pleat_design$(EXEEXT) bench/pleat_evoformer$(EXEEXT) \
  bench/pleat_equivariant$(EXEEXT) tests/simulate$(EXEEXT) tests/blockbench$(EXEEXT)
	for suite in $(BENCH_SUITES); do \
	  $(srcdir)/bench/run --suite $$suite --rounds $(BENCH_ROUNDS) --build '$(abs_builddir)' \
	    --models-dir '$(PLEAT_MODELS)' || exit 1; \
	done
# Without peers: a block's steps against the peak, and its cost against the length.
bench-block: all tests/blockbench$(EXEEXT)
	for suite in block length; do \
	  $(srcdir)/bench/run --suite $$suite --rounds $(BENCH_ROUNDS) --build '$(abs_builddir)' || exit 1; \
	done
# One prediction over MPI ranks: a block measured on two, passes on more by a cost model.
bench-ranks: all tests/ranksbench$(EXEEXT)
	$(srcdir)/bench/ranks --build '$(abs_builddir)'
# Many jobs: one process of two threads beside two of one.
bench-throughput: all
	$(srcdir)/bench/throughput --build '$(abs_builddir)' --models-dir '$(PLEAT_MODELS)'
# From the command to the first product.
bench-start: all tests/startbench$(EXEEXT)
	$(srcdir)/bench/start --build '$(abs_builddir)' --models-dir '$(PLEAT_MODELS)'
# Weights in bf16 and int8 against float32: what changes in the results.
bench-precision: all
	$(srcdir)/bench/precision --build '$(abs_builddir)' --models-dir '$(PLEAT_MODELS)'

clean-bench:
	$(RM) -r bench-venv-* bench-sources
distclean-local: clean-bench
.PHONY: bench bench-ranks bench-throughput bench-precision bench-start bench-block clean-bench
