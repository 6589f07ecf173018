# msa: alignments of sequences.
libpleat_all_la_SOURCES += msa/align.c msa/align.h
