# data: residues, structures, file formats in and out.
libpleat_all_la_SOURCES += \
  data/cif.c data/cif.h data/cif_table.c data/cif_table.h \
  data/mmcif.c data/mmcif.h data/mmcif_write.c data/mmcif_writer.h data/modelcif.c \
  data/fasta.c data/fasta.h \
  data/hybrid36.c data/hybrid36.h \
  data/number.c data/number.h \
  data/pdb.c data/pdb.h data/protein.c data/protein.h data/protein_place.c data/protein_place.h \
  data/query.c data/query.h \
  data/residue.c data/residue.h \
  data/structure.c data/structure.h

# Published weight files and installed models
libpleat_all_la_SOURCES += \
  data/catalog.c data/catalog.h \
  data/convert/convert.c data/convert/convert.h \
  data/convert/npz.c data/convert/npz.h \
  data/convert/openfold.c data/convert/openfold.h \
  data/convert/pickle.c data/convert/pickle.h \
  data/convert/safetensors.c data/convert/safetensors.h \
  data/convert/tar.c data/convert/tar.h \
  data/convert/torch.c data/convert/torch.h \
  data/convert/zip.c data/convert/zip.h \
  data/store.c data/store.h \
  data/tap_calibrators.c data/tap_calibrators.h
libpleat_all_la_SOURCES += data/canvas.c data/canvas.h data/plot.c data/plot.h data/plot_confidence.c data/plot_errors.c \
  data/picture.h data/raster.c data/raster.h data/stroke_font.c data/stroke_font.h

# Only one file sees libpng
noinst_LTLIBRARIES += libpleat_picture.la
libpleat_picture_la_SOURCES = data/picture.c data/picture.h
libpleat_picture_la_CFLAGS = $(AM_CFLAGS) $(PNG_CFLAGS)
libpleat_all_la_LIBADD += libpleat_picture.la

# Density maps, and structures laid on them
libpleat_all_la_SOURCES += data/fit.c data/fit.h data/fit_find.c data/fit_part.c data/fit_polish.c data/fit_slices.c data/map.c data/map.h \
  data/mrc.c
libpleat_all_la_SOURCES += data/assembly.c data/assembly.h data/dock.c data/dock.h data/dock_body.c
