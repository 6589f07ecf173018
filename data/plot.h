/* A line plot of pLDDT along the residues, as SVG.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_DATA_PLOT_H
#define PLEAT_DATA_PLOT_H

#include "lib/text.h"

/* What is drawn: `plddt` (sum of lengths), 0-100, chain by chain; a value that is not finite leaves a gap. */
typedef struct pleat_plot {
  const char *title;
  const float *plddt;
  int chains;
  const char *const *chain_ids;  /* (chains) */
  const size_t *chain_lengths;   /* (chains) */
} pleat_plot;

/* Appends the whole SVG document. Bands have the colours of the AlphaFold Database: very high from 90, high from 70,
 * low from 50, very low below. */
void pleat_plot_confidence(const pleat_plot *plot, pleat_text *svg);

#endif
