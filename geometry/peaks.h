/* The highest points of a grid that lie apart from one another.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_GEOMETRY_PEAKS_H
#define PLEAT_GEOMETRY_PEAKS_H

typedef struct pleat_peaks {
  float *values; /* (NZ,NY,NX); what lies around a peak becomes 0 */
  float *rows;   /* (used[2],used[1]) the greatest of each row that is used */
  int size[3];   /* NX, NY, NZ */
  int used[3];   /* the corner of the grid that counts */
} pleat_peaks;

/* Row `row` = k used[1] + j of the corner. */
float *pleat_peaks_row(const pleat_peaks *peaks, int row);

/* Fills rows. */
void pleat_peaks_start(pleat_peaks *peaks);

/* The greatest value above 0 (the first of equal ones) and its point; then clears the cube of `reach` points around it.
 * 0 when there is none left. */
float pleat_peaks_next(pleat_peaks *peaks, int reach, int point[3]);

#endif
