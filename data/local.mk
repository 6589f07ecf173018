# data: residues, structures, file formats in and out.
libpleat_all_la_SOURCES += \
  data/cif.c data/cif.h \
  data/mmcif.c data/mmcif.h data/mmcif_write.c \
  data/number.c data/number.h \
  data/pdb.c data/pdb.h \
  data/residue.c data/residue.h \
  data/structure.c data/structure.h
