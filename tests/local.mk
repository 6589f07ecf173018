# tests: CUnit suites that mirror the folders, run by one program.
if HAVE_CUNIT
check_PROGRAMS += tests/run_tests
TESTS += tests/run_tests
tests_run_tests_SOURCES = tests/run_tests.c tests/suites.h tests/test_lib.c
tests_run_tests_SOURCES += tests/table.c tests/table.h tests/test_align.c tests/test_geometry.c tests/test_score.c
tests_run_tests_SOURCES += tests/test_kernel.c tests/compare.c tests/compare.h tests/kernelcase.c tests/kernelcase.h tests/kernelcheck.c tests/kernelcheck.h
EXTRA_DIST += tests/golden/geometry/build_atom14.tsv tests/golden/geometry/dihedral.tsv tests/golden/geometry/lddt_ca.tsv tests/golden/geometry/ca_9hzj.tsv
tests_run_tests_SOURCES += tests/test_result_write.c
tests_run_tests_SOURCES += tests/test_compare.c
tests_run_tests_SOURCES += tests/test_correlate.c tests/test_idealise.c
tests_run_tests_SOURCES += tests/test_harmonics.c
tests_run_tests_SOURCES += tests/plain_tensor.c tests/plain_tensor.h tests/test_tensor.c tests/test_layers.c tests/test_gvp.c
tests_run_tests_SOURCES += tests/test_dock.c tests/test_lanes.c tests/test_fit.c tests/test_map.c
tests_run_tests_SOURCES += tests/test_models.c tests/random_weights.c tests/random_weights.h
tests_run_tests_SOURCES += tests/test_mpnn.c tests/plain_mpnn.c tests/plain_mpnn.h
tests_run_tests_SOURCES += tests/test_block.c tests/test_features_write.c tests/test_templates.c tests/test_protein.c
tests_run_tests_SOURCES += tests/test_evoformer.c tests/alphafold_golden.c tests/alphafold_golden.h tests/test_structure_module.c
tests_run_tests_SOURCES += tests/test_frame2seq.c tests/frame2seq_plain.c tests/frame2seq_plain.h
EXTRA_DIST += tests/golden/equivariant/equivariant.h5 tests/golden/equivariant/gvp.h5 tests/golden/equivariant/floors.py \
  tests/golden/equivariant/make.py
EXTRA_DIST += tests/golden/frame2seq/5L33.h5 tests/golden/frame2seq/5L33_fixed_omit.h5
tests_run_tests_SOURCES += tests/test_packer.c
tests_run_tests_SOURCES += tests/faults.c tests/faults.h tests/test_fasta.c tests/test_structure.c
EXTRA_DIST += tests/golden/structure/ORIGIN tests/golden/structure/1bc8.pdb.gz tests/golden/structure/6mrr.pdb.gz \
  tests/golden/structure/odd.pdb tests/golden/structure/odd.cif tests/golden/structure/make_odd.py \
  tests/golden/structure/target_odd.pdb tests/golden/structure/target_odd.cif tests/golden/structure/ca_only.pdb \
  tests/golden/structure/twice.pdb tests/golden/structure/no_protein.pdb tests/golden/structure/one_residue.pdb \
  tests/golden/structure/stars.pdb tests/golden/structure/nan.pdb tests/golden/structure/two_models.pdb \
  tests/golden/structure/names.pdb tests/golden/structure/ca_only.cif tests/golden/structure/twice.cif \
  tests/golden/structure/nan.cif
tests_run_tests_SOURCES += tests/allocator.c tests/allocator.h tests/test_weights.c tests/test_convert.c tests/test_tar.c tests/test_openfold.c
EXTRA_DIST += tests/golden/convert/make_openfold.py tests/golden/convert/openfold_monomer.npz \
  tests/golden/convert/openfold_monomer.pt tests/golden/convert/openfold_multimer.npz tests/golden/convert/openfold_multimer.pt
EXTRA_DIST += tests/golden/convert/make.py tests/golden/convert/big_endian.npz tests/golden/convert/bomb.pt \
  tests/golden/convert/deflated.npz tests/golden/convert/evil.pt tests/golden/convert/flat.pt \
  tests/golden/convert/good.safetensors tests/golden/convert/nested.pt tests/golden/convert/nested_legacy.pt \
  tests/golden/convert/nested_protocol4.pt tests/golden/convert/objects.npz tests/golden/convert/stored.npz \
  tests/golden/convert/versions.npz
tests_run_tests_SOURCES += tests/golden_file.c tests/golden_file.h tests/golden_msa.c tests/golden_msa.h tests/test_msa.c tests/test_msa_pair.c tests/test_clusters.c
EXTRA_DIST += tests/golden/msa/bfd_uniclust_hits.a3m.gz tests/golden/msa/features.h5 tests/golden/msa/hits.hhr.gz \
  tests/golden/msa/templates.h5 tests/golden/msa/compact_templates.py tests/golden/msa/2q2k.cif.gz \
  tests/golden/msa/3u8v.cif.gz tests/golden/msa/4i6p.cif.gz tests/golden/msa/4zey.cif.gz \
  tests/golden/msa/mgnify_hits.sto.dedup_noempty.a3m.gz tests/golden/msa/mgnify_hits.sto.gz \
  tests/golden/msa/uniref90_hits.sto.dedup_noempty.a3m.gz tests/golden/msa/uniref90_hits.sto.gz
tests_run_tests_SOURCES += tests/test_target.c tests/test_target_settings.c
EXTRA_DIST += tests/golden/mpnn/ORIGIN tests/golden/mpnn/make.py tests/golden/mpnn/2gfb.pdb.gz tests/golden/mpnn/3htn.pdb.gz \
  tests/golden/mpnn/4gyt.pdb.gz tests/golden/mpnn/5l33.pdb.gz tests/golden/mpnn/1BC8_ligand_sidechain_context.tsv.gz \
  tests/golden/mpnn/1BC8_symmetry_bias_omit.tsv.gz tests/golden/mpnn/2GFB_insertion_codes.tsv.gz \
  tests/golden/mpnn/3HTN_ligand.tsv.gz tests/golden/mpnn/3HTN_protein_multichain.tsv.gz \
  tests/golden/mpnn/4GYT_homooligomer.tsv.gz tests/golden/mpnn/5L33_protein_detail.tsv.gz \
  tests/golden/mpnn/6MRR_membrane_global1.tsv.gz tests/golden/mpnn/6MRR_membrane_per_residue.tsv.gz
tests_run_tests_CPPFLAGS = $(AM_CPPFLAGS) -DPLEAT_TEST_GOLDEN='"$(abs_top_srcdir)/tests/golden"'
tests_run_tests_SOURCES += tests/test_alphafold.c tests/test_alphafold_geometry.c tests/test_alphafold_features.c \
  tests/test_alphafold_complex.c tests/alphafold_arrays.c tests/alphafold_arrays.h tests/test_golden_audit.c
tests_run_tests_SOURCES += tests/test_multimer.c tests/random_alphafold.c tests/random_alphafold.h
tests_run_tests_SOURCES += tests/test_checkpoint.c tests/test_precision.c
tests_run_tests_SOURCES += tests/test_plot.c
tests_run_tests_LDADD = libpleat_all.la $(CUNIT_LIBS) $(HDF5_LIBS)
EXTRA_DIST += tests/golden/mpnn/1bc8_draws.h5 tests/golden/mpnn/5l33_draws.h5
tests_run_tests_SOURCES += tests/test_program.c program/draws.c program/inputs.c program/options.c program/options_table.c \
  program/output.c program/progress.c program/sequence_text.c program/settings.c program/side_file.c program/template.c
tests_run_tests_CPPFLAGS += -D_GNU_SOURCE
tests_run_tests_LDADD += $(JANSSON_LIBS)
endif

# Models with random weights for the command-line tests
check_PROGRAMS += tests/random_models
tests_random_models_SOURCES = tests/random_models.c tests/random_weights.c tests/random_weights.h \
  tests/random_alphafold.c tests/random_alphafold.h
tests_random_models_CPPFLAGS = $(AM_CPPFLAGS) -DPLEAT_TEST_GOLDEN='"$(abs_top_srcdir)/tests/golden"'
tests_random_models_LDADD = libpleat_all.la

# Checks and times kernels by hand: tests/kernelbench --time 'linear:m65536n128k128:bias'
check_PROGRAMS += tests/kernelbench
tests_kernelbench_SOURCES = tests/kernelbench.c tests/compare.c tests/compare.h tests/kernelcase.c tests/kernelcase.h \
  tests/kernelcheck.c tests/kernelcheck.h
tests_kernelbench_LDADD = libpleat_all.la

# The kernels for 64-bit Arm, which this machine runs in an emulator (long): tools/install-packages arm
AARCH64_CC = aarch64-linux-gnu-gcc
AARCH64_RUN = qemu-aarch64
aarch64_sources = lib/arena.c lib/context.c lib/cpu.c lib/dispatch.c lib/gemm.c lib/linear.c lib/memory.c lib/op.c lib/pair_op.c \
  lib/precision.c lib/random.c lib/run.c lib/status.c lib/team.c lib/kernel/*.c tests/kernelbench.c tests/kernelcase.c \
  tests/kernelcheck.c tests/compare.c
check-aarch64:
	$(MKDIR_P) aarch64
	echo '#define PACKAGE_VERSION "$(PACKAGE_VERSION)"' > aarch64/config.h
	top=$$(pwd) && cd $(srcdir) && $(AARCH64_CC) -std=gnu11 -O2 -Wall -Wextra -Werror -fopenmp -static -D_GNU_SOURCE \
	  -DPLEAT_WITHOUT_BLAS -I$$top/aarch64 -I. -Iinclude $(aarch64_sources) -lm -o $$top/aarch64/kernelbench
	$(AARCH64_RUN) aarch64/kernelbench --check-all
clean-local-aarch64:
	$(RM) -r aarch64
clean-local: clean-local-aarch64
.PHONY: check-aarch64 clean-local-aarch64

# Installed models against the published code's answers
check_PROGRAMS += tests/parity
tests_parity_SOURCES = tests/parity.c tests/golden_file.c tests/golden_file.h
tests_parity_LDADD = libpleat.la $(HDF5_LIBS)
check_PROGRAMS += tests/parity_frame2seq
tests_parity_frame2seq_SOURCES = tests/parity_frame2seq.c tests/golden_file.c tests/golden_file.h
tests_parity_frame2seq_LDADD = libpleat.la $(HDF5_LIBS)

check_PROGRAMS += tests/parity_design
tests_parity_design_SOURCES = tests/parity_design.c tests/golden_file.c tests/golden_file.h
tests_parity_design_LDADD = libpleat_all.la $(HDF5_LIBS)
TESTS += tests/parity_design.sh
EXTRA_DIST += tests/parity_design.sh tests/golden/mpnn/compact.py tests/golden/mpnn/1BC8_ligand_detail.h5 \
  tests/golden/mpnn/1BC8_ligand_nocontext.h5 tests/golden/mpnn/1BC8_ligand_sidechain_context.h5 \
  tests/golden/mpnn/1BC8_symmetry_bias_omit.h5 tests/golden/mpnn/2GFB_insertion_codes.h5 \
  tests/golden/mpnn/3HTN_ligand.h5 tests/golden/mpnn/3HTN_protein_multichain.h5 \
  tests/golden/mpnn/4GYT_homooligomer.h5 tests/golden/mpnn/5L33_protein_detail.h5 \
  tests/golden/mpnn/5L33_soluble.h5 tests/golden/mpnn/6MRR_membrane_global1.h5 \
  tests/golden/mpnn/6MRR_membrane_per_residue.h5 tests/golden/mpnn/6MRR_protein_002.h5 \
  tests/golden/mpnn/official_1BC8_autoregressive_score_w_seq.h5 \
  tests/golden/mpnn/official_1BC8_autoregressive_score_wo_seq.h5 \
  tests/golden/mpnn/official_1BC8_save_stats.h5 tests/golden/mpnn/official_1BC8_single_aa_score_w_seq.h5 \
  tests/golden/mpnn/official_1BC8_single_aa_score_wo_seq.h5

EXTRA_DIST += tests/golden/packer/ORIGIN tests/golden/packer/1BC8_ligand.h5 tests/golden/packer/6MRR_fixed.h5 \
  tests/golden/packer/pdb/1BC8.pdb.gz tests/golden/packer/pdb/6MRR.pdb.gz
check_PROGRAMS += tests/parity_alphafold
tests_parity_alphafold_SOURCES = tests/parity_alphafold.c tests/golden_file.c tests/golden_file.h
tests_parity_alphafold_LDADD = libpleat.la $(HDF5_LIBS)
check_PROGRAMS += tests/parity_packer
tests_parity_packer_SOURCES = tests/parity_packer.c tests/golden_file.c tests/golden_file.h
tests_parity_packer_LDADD = libpleat.la $(HDF5_LIBS)

# Structures against gemmi's reading of them
check_PROGRAMS += tests/structure_dump
tests_structure_dump_SOURCES = tests/structure_dump.c
tests_structure_dump_LDADD = libpleat_all.la
TESTS += tests/differential_structures.py
EXTRA_DIST += tests/differential_structures.py

# Times one block of AlphaFold 2's trunk by hand
check_PROGRAMS += tests/blockbench
tests_blockbench_SOURCES = tests/blockbench.c tests/benchmark.c tests/benchmark.h tests/random_alphafold.c tests/random_alphafold.h
tests_blockbench_CPPFLAGS = $(AM_CPPFLAGS) -DPLEAT_TEST_GOLDEN='"$(abs_top_srcdir)/tests/golden"'
tests_blockbench_LDADD = libpleat_all.la

# What stands before the first product: bench/start
EXTRA_PROGRAMS += tests/startbench
tests_startbench_SOURCES = tests/startbench.c
tests_startbench_LDADD = libpleat_all.la
CLEANFILES += tests/startbench

# Contexts in several threads at once, also under the thread sanitizer
check_PROGRAMS += tests/threads
TESTS += tests/threads
tests_threads_SOURCES = tests/threads.c tests/random_weights.c tests/random_weights.h tests/random_alphafold.c \
  tests/random_alphafold.h
tests_threads_CPPFLAGS = $(AM_CPPFLAGS) -DPLEAT_TEST_GOLDEN='"$(abs_top_srcdir)/tests/golden"'
tests_threads_LDADD = libpleat_all.la

# Memory taken in a forward pass of a model that has run before: none, counted under every library
check_PROGRAMS += tests/allocations
TESTS += tests/allocations
tests_allocations_SOURCES = tests/allocations.c tests/random_weights.c tests/random_weights.h tests/random_alphafold.c \
  tests/random_alphafold.h
tests_allocations_CPPFLAGS = $(AM_CPPFLAGS) -DPLEAT_TEST_GOLDEN='"$(abs_top_srcdir)/tests/golden"'
tests_allocations_LDADD = libpleat_all.la

# The report's page: without a browser in every check, and in headless Chromium (a few minutes) with screenshots in report/.
TESTS += tests/report_page.py
EXTRA_DIST += tests/report_page.py tests/report_sample.py tests/report_browser.py
check-report: pleat$(EXEEXT)
	$(RM) -r report && $(MKDIR_P) report && python3 $(srcdir)/tests/report_browser.py ./pleat$(EXEEXT) report
clean-local-report:
	$(RM) -r report
clean-local: clean-local-report
.PHONY: check-report clean-local-report

if HAVE_MPICC
TESTS += tests/ranks.sh
# Times blocks over ranks by hand, and counts what passes would cost: bench/ranks.py
check_PROGRAMS += tests/ranksbench
tests_ranksbench_SOURCES = tests/ranksbench.c tests/benchmark.c tests/benchmark.h tests/random_alphafold.c tests/random_alphafold.h
tests_ranksbench_CPPFLAGS = $(AM_CPPFLAGS) $(MPI_CFLAGS) -DPLEAT_TEST_GOLDEN='"$(abs_top_srcdir)/tests/golden"'
tests_ranksbench_LDADD = libpleat_mpi.la libpleat_all.la $(MPI_LIBS)
endif
EXTRA_DIST += tests/ranks.sh
TESTS += tests/offline.sh
EXTRA_DIST += tests/offline.sh
# Fits into maps whose answer is known (long): make check-fit FIT_STRUCTURES="a.pdb b.pdb"
EXTRA_PROGRAMS += tests/fitproof
tests_fitproof_SOURCES = tests/fitproof.c tests/benchmark.c tests/benchmark.h
tests_fitproof_LDADD = libpleat_all.la
check_PROGRAMS += tests/simulate
tests_simulate_SOURCES = tests/simulate.c
tests_simulate_LDADD = libpleat.la
FIT_PDB = $(PLEAT_GOLDEN)/mpnn/pdb
FIT_FV = $(PLEAT_GOLDEN)/flashabb
FIT_CIF = $(srcdir)/tests/golden/msa
FIT_STRUCTURES = $(FIT_PDB)/6MRR.pdb $(FIT_PDB)/1BC8.pdb $(FIT_PDB)/5L33.pdb $(FIT_FV)/pdb/vhh_9HZJ.pdb \
  $(FIT_FV)/exp/3RVW_Fv.pdb $(FIT_FV)/pdb/fv_1JPS.pdb $(FIT_FV)/exp/4M5Z_Fv.pdb $(FIT_CIF)/2q2k.cif.gz \
  $(FIT_CIF)/4i6p.cif.gz $(FIT_CIF)/3u8v.cif.gz $(FIT_CIF)/4zey.cif.gz $(FIT_PDB)/4GYT.pdb $(FIT_PDB)/2GFB.pdb \
  $(FIT_PDB)/3HTN.pdb
check-fit: tests/fitproof$(EXEEXT)
	tests/fitproof $(FIT_STRUCTURES)
.PHONY: check-fit
# Partners of bound complexes docked again (long): make check-dock DOCK_COMPLEXES="FILE:A:B ..."
EXTRA_PROGRAMS += tests/dockproof
tests_dockproof_SOURCES = tests/dockproof.c tests/benchmark.c tests/benchmark.h
tests_dockproof_LDADD = libpleat_all.la
# The last two are not found: pairs of chains that touch little.
EXPERIMENTS = $(PLEAT_GOLDEN)/flashabb/exp
DOCK_COMPLEXES = $(EXPERIMENTS)/1JPS_Fv.pdb:H:L $(EXPERIMENTS)/4M5Z_Fv.pdb:H:L $(EXPERIMENTS)/3RVW_Fv.pdb:H:L \
  $(EXPERIMENTS)/2GFB_Fv.pdb:H:L $(PLEAT_GOLDEN)/mpnn/pdb/2GFB.pdb:B:A $(PLEAT_GOLDEN)/mpnn/pdb/3HTN.pdb:A:B \
  $(PLEAT_GOLDEN)/mpnn/pdb/3HTN.pdb:A:C $(PLEAT_GOLDEN)/mpnn/pdb/3HTN.pdb:B:C $(PLEAT_GOLDEN)/mpnn/pdb/3HTN.pdb:A,B:C \
  $(srcdir)/tests/golden/msa/2q2k.cif.gz:A:B $(srcdir)/tests/golden/msa/4i6p.cif.gz:A:B \
  $(PLEAT_GOLDEN)/flashabb/pdb/fv_1JPS.pdb:H:L $(PLEAT_GOLDEN)/flashabb/pdb/readme_ab1.pdb:H:L
DOCK_OTHERS = $(srcdir)/tests/golden/msa/3u8v.cif.gz:A:B $(PLEAT_GOLDEN)/mpnn/pdb/4GYT.pdb:A:B
check-dock: tests/dockproof$(EXEEXT)
	tests/dockproof --angle 15 $(DOCK_COMPLEXES)
	-tests/dockproof --angle 15 $(DOCK_OTHERS)
.PHONY: check-dock
