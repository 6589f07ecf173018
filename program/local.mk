# program: the commands pleat and pleat_mpi, on the public headers alone, and their man pages.
bin_PROGRAMS += pleat
noinst_LTLIBRARIES += libprogram.la
libprogram_la_SOURCES = \
  program/cmd_bench.c program/cmd_compare.c program/cmd_convert.c program/cmd_embed.c program/cmd_models.c program/cmd_msa.c program/cmd_plan.c \
  program/cmd_design.c program/cmd_pack.c program/cmd_predict.c program/cmd_score.c program/cmd_selftest.c \
  program/cmd_dock.c program/dock_output.c program/dock_output.h program/dock_sites.c program/dock_sites.h \
  program/cmd_fit.c program/fit_output.c program/fit_output.h program/fit_parts.c program/fit_parts.h \
  program/placing.c program/placing.h program/rotation_list.c program/rotation_list.h \
  program/alignment.c program/alignment.h \
  program/archive.c program/archive.h \
  program/arrays.c program/arrays.h \
  program/backbone.c program/backbone.h \
  program/choice.c program/choice.h \
  program/claim.c program/claim.h \
  program/completion.c program/completion.h \
  program/draws.c program/draws.h \
  program/family.c program/family.h \
  program/fingerprint.c program/fingerprint.h \
  program/folder.c program/folder.h \
  program/inputs.c program/inputs.h \
  program/job.c program/job.h program/job_read.c \
  program/job_files.c program/job_files.h \
  program/command.c program/command.h \
  program/msa_show.c program/msa_show.h \
  program/npy.c program/npy.h \
  program/options.c program/options.h program/options_table.c \
  program/output.c program/output.h \
  program/packing.c program/packing.h \
  program/checkpoint.c program/checkpoint.h program/part.c program/part.h \
  program/progress.c program/progress.h \
  program/ranking.c program/ranking.h \
  program/relax.c program/relax.h \
  program/cmd_report.c program/report.c program/report.h program/report_encode.c program/report_parts.h program/report_read.c \
  program/settings.c program/settings.h \
  program/sequence_text.c program/sequence_text.h \
  program/side_file.c program/side_file.h \
  program/slurm.c program/slurm.h \
  program/together.c program/together.h \
  program/tool.c program/tool.h \
  program/template.c program/template.h \
  program/trace.c program/trace.h \
  program/verbs.h
libprogram_la_CPPFLAGS = $(AM_CPPFLAGS) -D_GNU_SOURCE
PROGRAM_LIBS = libprogram.la libpleat.la $(HDF5_LIBS) $(JANSSON_LIBS) $(ZLIB_LIBS) $(LIBZIP_LIBS) -lm
pleat_SOURCES = program/main.c
pleat_LDADD = $(PROGRAM_LIBS)
if HAVE_MPICC
bin_PROGRAMS += pleat_mpi
pleat_mpi_SOURCES = program/main_mpi.c
pleat_mpi_CPPFLAGS = $(AM_CPPFLAGS) $(MPI_CFLAGS)
pleat_mpi_LDADD = libpleat_mpi.la $(PROGRAM_LIBS) $(MPI_LIBS)
endif

# The report's page and its viewer, as C.
REPORT_FILES = program/report/page.html program/report/page.css program/report/page.js program/report/3Dmol-min.js \
  program/report/3Dmol-LICENSE
nodist_libprogram_la_SOURCES = program/report_files.c
BUILT_SOURCES += program/report_files.c
CLEANFILES += program/report_files.c
EXTRA_DIST += $(REPORT_FILES) program/report/README.md tools/embed-files
program/report_files.c: $(REPORT_FILES) tools/embed-files
	$(AM_V_GEN)$(MKDIR_P) program && cd $(srcdir) && $(SHELL) tools/embed-files '$(abs_builddir)/$@' $(REPORT_FILES)

# Man pages are made by the program from its own tables.
MAN_PAGES = man/pleat.1 man/pleat-predict.1 man/pleat-design.1 man/pleat-score.1 man/pleat-pack.1 \
  man/pleat-embed.1 man/pleat-compare.1 man/pleat-convert.1 man/pleat-plan.1 \
  man/pleat-report.1 man/pleat-fit.1 man/pleat-dock.1 man/pleat-models.1 man/pleat-msa.1 man/pleat-selftest.1 man/pleat-bench.1
man1_MANS = $(MAN_PAGES)
CLEANFILES += $(MAN_PAGES)
EXTRA_DIST += tools/docs-help
$(MAN_PAGES): pleat$(EXEEXT) $(srcdir)/tools/docs-help
	$(AM_V_GEN)$(SHELL) $(srcdir)/tools/docs-help ./pleat$(EXEEXT) $@

# Completion of command lines, from the same tables.
bashcompletiondir = $(datadir)/bash-completion/completions
bashcompletion_DATA = completion/pleat
zshcompletiondir = $(datadir)/zsh/site-functions
zshcompletion_DATA = completion/_pleat
CLEANFILES += completion/pleat completion/_pleat
completion/pleat completion/_pleat: pleat$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) completion && case $@ in */_pleat) shell=zsh ;; *) shell=bash ;; esac && \
	  ./pleat$(EXEEXT) --help-completion $$shell > $@.new && mv $@.new $@
TESTS += tests/completion.sh
EXTRA_DIST += tests/completion.sh

TESTS += tests/run_cli.sh
EXTRA_DIST += tests/run_cli.sh tests/cli
