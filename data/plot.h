/* Plots of predictions, as SVG: pLDDT along the residues.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_DATA_PLOT_H
#define PLEAT_DATA_PLOT_H

#include "lib/text.h"

/* Appends the whole SVG document. Bands have the colours of the AlphaFold Database: very high from 90, high from 70,
 * low from 50, very low below; one line a prediction. */
void pleat_plot_draw_confidence(const pleat_plot *plot, pleat_text *svg);

#endif
