# folding
libpleat_all_la_SOURCES += folding/result.c folding/result.h folding/result_write.c
