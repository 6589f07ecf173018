# geometry: frames, torsions, superposition, scores, idealisation; plain arrays, no files.
libpleat_all_la_SOURCES += \
  geometry/residue_geometry.c geometry/residue_geometry.h \
  geometry/rigid.c geometry/rigid.h \
  geometry/torsion.c geometry/torsion.h \
  geometry/vector.h
