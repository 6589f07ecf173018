/* What the writers of mmCIF's tables share.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_DATA_MMCIF_WRITER_H
#define PLEAT_DATA_MMCIF_WRITER_H

#include "data/structure.h"

typedef struct pleat_mmcif_writer {
  const pleat_structure *structure;
  pleat_text *text;
  const size_t *first_chain; /* the first chain of each entity */
} pleat_mmcif_writer;

/* Text as it is. */
void pleat_mmcif_put(pleat_mmcif_writer *writer, const char *text);

/* A value of any content, quoted as it needs; NULL gives '?'. Ends without a blank. */
void pleat_mmcif_put_value(pleat_mmcif_writer *writer, const char *text);

/* A line of a tag and its value; "loop_" with the blank-separated `items` of a category. */
void pleat_mmcif_put_item(pleat_mmcif_writer *writer, const char *tag, const char *value);
void pleat_mmcif_put_loop(pleat_mmcif_writer *writer, const char *category, const char *items);

/* The tables of ModelCIF, for predicted structures: where it came from; its targets, steps and confidences. */
void pleat_modelcif_write_origin(pleat_mmcif_writer *writer);
void pleat_modelcif_write_model(pleat_mmcif_writer *writer);

#endif
