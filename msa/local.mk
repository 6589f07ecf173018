# msa: alignments of sequences.
libpleat_all_la_SOURCES += msa/align.c msa/align.h
libpleat_all_la_SOURCES += msa/lines.c msa/lines.h msa/msa.c msa/msa.h msa/read.c msa/rowset.c msa/rowset.h \
  msa/stockholm.c msa/write.c
