# msa: alignments of sequences.
libpleat_all_la_SOURCES += msa/align.c msa/align.h
libpleat_all_la_SOURCES += msa/lines.c msa/lines.h msa/msa.c msa/msa.h msa/read.c msa/rowset.c msa/rowset.h \
  msa/stockholm.c msa/write.c
libpleat_all_la_SOURCES += msa/filter.c msa/filter.h msa/hhr.c msa/hhr.h msa/species.c msa/species.h msa/summary.c
libpleat_all_la_SOURCES += msa/complex.c msa/encode.c msa/encode.h msa/pair.c msa/pair.h
libpleat_all_la_SOURCES += msa/clusters.c msa/clusters.h
libpleat_all_la_SOURCES += msa/command.c msa/command.h msa/search.c
libpleat_all_la_SOURCES += msa/fit.c msa/fit.h
libpleat_all_la_SOURCES += msa/template.c msa/template.h
libpleat_all_la_SOURCES += msa/plot_coverage.c
