# lib: the tensor and parallel engine; knows no proteins.
libpleat_all_la_SOURCES += \
  lib/arena.c lib/arena.h \
  lib/context.c lib/context.h \
  lib/cpu.c lib/cpu.h \
  lib/file.c lib/file.h \
  lib/memory.c lib/memory.h \
  lib/random.c lib/random.h \
  lib/run.c lib/run.h \
  lib/status.c lib/status.h \
  lib/team.c lib/team.h \
  lib/tensor.c lib/tensor.h \
  lib/text.c lib/text.h \
  lib/trace.c lib/trace.h
