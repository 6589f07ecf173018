# geometry: frames, torsions, superposition, scores, idealisation; plain arrays, no files.
libpleat_all_la_SOURCES += \
  geometry/neighbor.c geometry/neighbor.h \
  geometry/residue_geometry.c geometry/residue_geometry.h \
  geometry/rigid.c geometry/rigid.h \
  geometry/sanity.c geometry/sanity.h \
  geometry/score.c geometry/score.h \
  geometry/superpose.c geometry/superpose.h \
  geometry/torsion.c geometry/torsion.h \
  geometry/vector.h
libpleat_all_la_SOURCES += geometry/correlate.c geometry/correlate.h
libpleat_all_la_SOURCES += geometry/idealise.c geometry/idealise.h
libpleat_all_la_SOURCES += geometry/harmonics.c geometry/irreps.c geometry/irreps.h geometry/wigner.c geometry/wigner.h
libpleat_all_la_SOURCES += geometry/scratch.h geometry/tensor_forms.c geometry/tensor_product.c geometry/tensor_product.h
libpleat_all_la_SOURCES += geometry/convolve.c geometry/function.c geometry/function.h geometry/gate.c geometry/graph.c \
  geometry/graph.h geometry/irreps_act.c geometry/irreps_linear.c geometry/perceptron.c geometry/perceptron.h geometry/radial.c
libpleat_all_la_SOURCES += geometry/backbone_graph.c geometry/gvp.c geometry/gvp.h geometry/gvp_layer.c geometry/gaunt.c geometry/gaunt_fourier.c geometry/gaunt.h
libpleat_all_la_SOURCES += geometry/fft.c geometry/fft.h geometry/grid.c geometry/grid.h geometry/refine.c geometry/refine.h \
  geometry/rotations.c geometry/rotations.h geometry/search.c geometry/search.h
libpleat_all_la_SOURCES += geometry/linkage.c geometry/linkage.h
libpleat_all_la_SOURCES += geometry/dock.h geometry/dock_energy.c geometry/dock_fields.c geometry/dock_search.c geometry/peaks.c \
  geometry/peaks.h
