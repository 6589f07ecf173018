# lib: the tensor and parallel engine; knows no proteins.
libpleat_all_la_SOURCES += \
  lib/arena.c lib/arena.h \
  lib/context.c lib/context.h \
  lib/cpu.c lib/cpu.h \
  lib/dispatch.c lib/dispatch.h \
  lib/file.c lib/file.h lib/listing.c lib/listing.h \
  lib/gemm.c lib/gemm.h lib/linear.c lib/precision.c lib/precision.h \
  lib/kernel/reference.c \
  lib/machine.c \
  lib/memory.c lib/memory.h \
  lib/op.c lib/op.h lib/op_scope.h lib/pair_op.c lib/pair_op.h \
  lib/random.c lib/random.h \
  lib/ranks.c lib/ranks.h \
  lib/run.c lib/run.h \
  lib/status.c lib/status.h \
  lib/team.c lib/team.h \
  lib/tensor.c lib/tensor.h \
  lib/text.c lib/text.h \
  lib/trace.c lib/trace.h

# Kernels: the same files once per instruction set; lib/dispatch.c chooses when the program runs.
kernel_sources = lib/kernel/attention.c lib/kernel/elementwise.c lib/kernel/linear.c lib/kernel/message.c lib/kernel/norm.c lib/kernel/peak.c \
  lib/kernel/point_attention.c lib/kernel/point_pair.c lib/kernel/softmax.c lib/kernel/tensor.c lib/kernel/transpose.c lib/kernel/internal.h lib/kernel/kernels.h lib/kernel/simd.h
noinst_LTLIBRARIES += libkernel_portable.la
libkernel_portable_la_SOURCES = $(kernel_sources)
libkernel_portable_la_CFLAGS = $(AM_CFLAGS)
libkernel_portable_la_CPPFLAGS = $(AM_CPPFLAGS) -DPLEAT_KERNEL_LEVEL=0
libpleat_all_la_LIBADD += libkernel_portable.la
if BUILD_X86
noinst_LTLIBRARIES += libkernel_avx2.la libkernel_avx512.la
libkernel_avx2_la_SOURCES = $(kernel_sources)
libkernel_avx2_la_CFLAGS = $(AM_CFLAGS) -mavx2 -mfma
libkernel_avx2_la_CPPFLAGS = $(AM_CPPFLAGS) -DPLEAT_KERNEL_LEVEL=1
libkernel_avx512_la_SOURCES = $(kernel_sources)
libkernel_avx512_la_CFLAGS = $(AM_CFLAGS) -mavx512f -mavx512dq -mavx512bw -mavx512vl -mfma -mprefer-vector-width=512
libkernel_avx512_la_CPPFLAGS = $(AM_CPPFLAGS) -DPLEAT_KERNEL_LEVEL=2
libpleat_all_la_LIBADD += libkernel_avx2.la libkernel_avx512.la
endif

# One prediction over the processes of an MPI program: a library of its own, on the public headers alone.
if HAVE_MPICC
lib_LTLIBRARIES += libpleat_mpi.la
include_HEADERS += include/pleat_mpi.h
pkgconfig_DATA += pleat_mpi.pc
libpleat_mpi_la_SOURCES = lib/ranks_mpi.c
libpleat_mpi_la_CPPFLAGS = $(AM_CPPFLAGS) $(MPI_CFLAGS)
libpleat_mpi_la_LIBADD = $(MPI_LIBS)
libpleat_mpi_la_LDFLAGS = $(AM_LDFLAGS) -version-info 0:0:0
endif
EXTRA_DIST += include/pleat_mpi.h lib/ranks_mpi.c program/main_mpi.c

# Model files
libpleat_all_la_SOURCES += lib/hdf5.c lib/hdf5.h lib/weights.c lib/weights.h lib/weights_file.c lib/weights_precision.c lib/weights_write.c \
  lib/weights_hdf5.h lib/weights_set.h
