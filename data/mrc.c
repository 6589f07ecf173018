/* MRC2014 and CCP4 maps in and out (Cheng et al., J. Struct. Biol. 192, 146 (2015); www.ccpem.ac.uk/mrc_format).
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>
#include <zlib.h>

#include "data/map.h"
#include "lib/file.h"
#include "lib/text.h"

enum { HEADER = 1024 };

/* Words of the header, from 0. */
enum {
  WORD_SIZE = 0, WORD_MODE = 3, WORD_START = 4, WORD_INTERVALS = 7, WORD_CELL = 10, WORD_ANGLES = 13, WORD_AXES = 16,
  WORD_LEAST = 19, WORD_GREATEST = 20, WORD_MEAN = 21, WORD_SPACE_GROUP = 22, WORD_EXTENDED = 23, WORD_VERSION = 27,
  WORD_ORIGIN = 49, WORD_MAP = 52, WORD_STAMP = 53, WORD_DEVIATION = 54, WORD_LABELS = 55, WORD_LABEL = 56
};

/* ---- Reading --------------------------------------------------------------------------------------------------- */

typedef struct reader {
  pleat_context *context;
  const unsigned char *bytes;
  size_t length, data; /* data: where the values begin */
  const char *name;
  bool big;            /* most significant byte first */
  int size[3], axes[3], mode, width; /* axes: which of x, y, z the columns, rows and sections are */
} reader;

static uint32_t word(const reader *r, int at) {
  const unsigned char *b = r->bytes + 4 * at;
  return r->big ? (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3]
                : (uint32_t)b[3] << 24 | (uint32_t)b[2] << 16 | (uint32_t)b[1] << 8 | b[0];
}

static int number(const reader *r, int at) { return (int)(int32_t)word(r, at); }

static double real(const reader *r, int at) {
  uint32_t bits = word(r, at);
  float value;
  memcpy(&value, &bits, sizeof value);
  return (double)value;
}

/* The machine stamp says the order of bytes; where it says nothing, the mode and the axes do. */
static pleat_status find_order(reader *r) {
  const unsigned char *stamp = r->bytes + 4 * WORD_STAMP;
  if (stamp[0] == 0x11 && stamp[1] == 0x11) return r->big = true, PLEAT_OK;
  if (stamp[0] == 0x44 && (stamp[1] == 0x44 || stamp[1] == 0x41)) return r->big = false, PLEAT_OK;
  for (int big = 0; big < 2; big++) {
    r->big = big;
    if (number(r, WORD_MODE) >= 0 && number(r, WORD_MODE) < 128 && number(r, WORD_SIZE) > 0 && number(r, WORD_SIZE) < 65536)
      return PLEAT_OK;
  }
  return pleat_status_fail(r->context, PLEAT_ERROR_FORMAT,
                           "%s: is no MRC or CCP4 map: neither byte order makes sense of its header", r->name);
}

static pleat_status read_mode(reader *r) {
  static const struct {
    int mode, width;
  } modes[] = {{0, 1}, {1, 2}, {2, 4}, {6, 2}, {12, 2}};
  r->mode = number(r, WORD_MODE);
  for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
    if (modes[i].mode == r->mode) r->width = modes[i].width;
  return r->width ? PLEAT_OK
                  : pleat_status_fail(r->context, r->mode >= 0 && r->mode < 128 ? PLEAT_ERROR_UNSUPPORTED : PLEAT_ERROR_FORMAT,
                                      "%s: mode %d is no mode of density maps (0, 1, 2, 6 and 12 are)", r->name, r->mode);
}

static pleat_status read_axes(reader *r) {
  int seen = 0;
  bool none = true;
  for (int d = 0; d < 3; d++) none &= number(r, WORD_AXES + d) == 0;
  for (int d = 0; d < 3; d++) {
    int axis = none ? d + 1 : number(r, WORD_AXES + d);
    if (axis < 1 || axis > 3) continue;
    r->axes[d] = axis - 1;
    seen |= 1 << r->axes[d];
  }
  PLEAT_CHECK(r->context, seen == 7, PLEAT_ERROR_FORMAT,
              "%s: the header's order of axes is %d, %d, %d, which is none of 1, 2, 3", r->name, number(r, WORD_AXES),
              number(r, WORD_AXES + 1), number(r, WORD_AXES + 2));
  for (int d = 0; d < 3; d++) {
    double angle = real(r, WORD_ANGLES + d);
    PLEAT_CHECK(r->context, angle == 0 || fabs(angle - 90) < 1e-2, PLEAT_ERROR_UNSUPPORTED,
                "%s: the box has an angle of %g degrees; only boxes with right angles are read", r->name, angle);
  }
  return PLEAT_OK;
}

static pleat_status read_sizes(reader *r) {
  size_t points = 1, room;
  int extended = number(r, WORD_EXTENDED);
  PLEAT_CHECK(r->context, extended >= 0 && (size_t)extended <= r->length - HEADER, PLEAT_ERROR_FORMAT,
              "%s: the file ends within its extended header of %d bytes", r->name, extended);
  r->data = HEADER + (size_t)extended;
  room = (r->length - r->data) / (size_t)r->width;
  for (int d = 0; d < 3; d++) {
    r->size[d] = number(r, WORD_SIZE + d);
    PLEAT_CHECK(r->context, r->size[d] > 0, PLEAT_ERROR_FORMAT, "%s: the header gives a size of %d points", r->name,
                r->size[d]);
    PLEAT_CHECK(r->context, points <= room / (size_t)r->size[d], PLEAT_ERROR_FORMAT,
                "%s: the file is cut off: %d x %d x %d values of %d bytes do not fit in its %zu bytes", r->name,
                number(r, WORD_SIZE), number(r, WORD_SIZE + 1), number(r, WORD_SIZE + 2), r->width, r->length);
    points *= (size_t)r->size[d];
  }
  return PLEAT_OK;
}

/* Spacing and place of the first point, by x, y and z. */
static pleat_status read_place(const reader *r, pleat_grid *grid) {
  bool placed = false;
  for (int d = 0; d < 3; d++) placed |= real(r, WORD_ORIGIN + d) != 0 && isfinite(real(r, WORD_ORIGIN + d));
  for (int d = 0; d < 3; d++) {
    int axis = r->axes[d], intervals = number(r, WORD_INTERVALS + axis);
    double cell = real(r, WORD_CELL + axis);
    grid->size[axis] = r->size[d];
    if (intervals <= 0) intervals = r->size[d];
    grid->spacing[axis] = cell / intervals;
    PLEAT_CHECK(r->context, cell > 0 && isfinite(cell) && grid->spacing[axis] > 1e-3 && grid->spacing[axis] < 1e4,
                PLEAT_ERROR_FORMAT, "%s: the header's cell of %g angstrom for %d points gives no spacing", r->name, cell,
                intervals);
    grid->origin[axis] = placed ? real(r, WORD_ORIGIN + axis) : number(r, WORD_START + d) * grid->spacing[axis];
    PLEAT_CHECK(r->context, fabs(grid->origin[axis]) < 1e9, PLEAT_ERROR_FORMAT,
                "%s: the header places the map at %g angstrom", r->name, grid->origin[axis]);
  }
  return PLEAT_OK;
}

static float half_to_float(uint16_t half) {
  int exponent = half >> 10 & 31, fraction = half & 1023;
  float value = exponent == 31 ? (fraction ? NAN : INFINITY)
                : exponent ? ldexpf((float)(fraction + 1024), exponent - 25) : ldexpf((float)fraction, -24);
  return half & 0x8000 ? -value : value;
}

static float value_at(const reader *r, size_t index) {
  const unsigned char *b = r->bytes + r->data + index * (size_t)r->width;
  uint16_t two;
  uint32_t four;
  float value;
  if (r->mode == 0) return (float)(int8_t)b[0];
  two = r->big ? (uint16_t)(b[0] << 8 | b[1]) : (uint16_t)(b[1] << 8 | b[0]);
  if (r->mode == 1) return (float)(int16_t)two;
  if (r->mode == 6) return (float)two;
  if (r->mode == 12) return half_to_float(two);
  four = r->big ? (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3]
                : (uint32_t)b[3] << 24 | (uint32_t)b[2] << 16 | (uint32_t)b[1] << 8 | b[0];
  memcpy(&value, &four, sizeof value);
  return value;
}

static pleat_status read_values(const reader *r, pleat_grid *grid) {
  size_t stride[3] = {1, (size_t)grid->size[0], (size_t)grid->size[0] * (size_t)grid->size[1]}, at = 0;
  for (int s = 0; s < r->size[2]; s++)
    for (int row = 0; row < r->size[1]; row++) {
      float *to = grid->values + (size_t)s * stride[r->axes[2]] + (size_t)row * stride[r->axes[1]];
      for (int c = 0; c < r->size[0]; c++, at++) {
        float value = value_at(r, at);
        PLEAT_CHECK(r->context, isfinite(value), PLEAT_ERROR_FORMAT,
                    "%s: the value of column %d, row %d, section %d is not finite", r->name, c, row, s);
        to[(size_t)c * stride[r->axes[0]]] = value;
      }
    }
  return PLEAT_OK;
}

static pleat_status read_header(reader *r, pleat_grid *grid) {
  PLEAT_CHECK(r->context, r->length >= HEADER, PLEAT_ERROR_FORMAT,
              "%s: has %zu bytes; an MRC or CCP4 map begins with a header of 1024", r->name, r->length);
  PLEAT_TRY(find_order(r));
  PLEAT_TRY(read_mode(r));
  PLEAT_TRY(read_axes(r));
  PLEAT_TRY(read_sizes(r));
  return read_place(r, grid);
}

pleat_status pleat_map_parse(pleat_context *context, const char *bytes, size_t length, const char *name, pleat_map **map) {
  reader r = {.context = context, .bytes = (const unsigned char *)bytes, .length = length, .name = name};
  pleat_grid grid = {0};
  *map = NULL;
  PLEAT_TRY(read_header(&r, &grid));
  PLEAT_TRY(pleat_grid_take(context, &grid));
  pleat_status status = read_values(&r, &grid);
  if (!status) status = pleat_memory_take(context, 1, sizeof **map, map);
  if (status) {
    pleat_grid_release(context, &grid);
    return status;
  }
  **map = (pleat_map){context, grid};
  return PLEAT_OK;
}

pleat_status pleat_map_read(pleat_context *context, const char *path, pleat_map **map) {
  char *bytes;
  size_t length;
  *map = NULL;
  PLEAT_TRY(pleat_file_read(context, path, (size_t)1 << 33, &bytes, &length));
  pleat_status status = pleat_map_parse(context, bytes, length, path, map);
  pleat_memory_release(context, bytes);
  return status;
}

/* ---- Writing --------------------------------------------------------------------------------------------------- */

static void put_number(unsigned char *header, int at, int32_t value) { memcpy(header + 4 * at, &value, 4); }

static void put_real(unsigned char *header, int at, double value) {
  float narrow = (float)value;
  memcpy(header + 4 * at, &narrow, 4);
}

/* In the order of bytes of this machine, as the stamp says. */
static void make_header(const pleat_grid *grid, unsigned char header[HEADER]) {
  static const uint16_t one = 1;
  pleat_grid_statistics about = pleat_grid_describe(grid);
  memset(header, 0, HEADER);
  for (int d = 0; d < 3; d++) {
    put_number(header, WORD_SIZE + d, grid->size[d]);
    put_number(header, WORD_INTERVALS + d, grid->size[d]);
    put_real(header, WORD_CELL + d, grid->size[d] * grid->spacing[d]);
    put_real(header, WORD_ANGLES + d, 90);
    put_number(header, WORD_AXES + d, d + 1);
    put_real(header, WORD_ORIGIN + d, grid->origin[d]);
    /* readers that know start indices alone find the place too, where it lies on a point */
    put_number(header, WORD_START + d, (int32_t)fmax(-1e9, fmin(1e9, round(grid->origin[d] / grid->spacing[d]))));
  }
  put_number(header, WORD_MODE, 2);
  put_real(header, WORD_LEAST, about.least);
  put_real(header, WORD_GREATEST, about.greatest);
  put_real(header, WORD_MEAN, about.mean);
  put_real(header, WORD_DEVIATION, about.deviation);
  put_number(header, WORD_SPACE_GROUP, 1);
  put_number(header, WORD_VERSION, 20140);
  memcpy(header + 4 * WORD_MAP, "MAP ", 4);
  memset(header + 4 * WORD_STAMP, *(const unsigned char *)&one ? 0x44 : 0x11, 2);
  put_number(header, WORD_LABELS, 1);
  memset(header + 4 * WORD_LABEL, ' ', 80);
  memcpy(header + 4 * WORD_LABEL, "pleat", 5);
}

/* A gzip file of the bytes, appended to `text`. */
static pleat_status compress_bytes(pleat_context *context, const void *bytes, size_t length, pleat_text *text) {
  unsigned char out[1 << 14];
  z_stream stream = {0};
  size_t done = 0;
  int code;
  PLEAT_CHECK(context, deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK, PLEAT_ERROR_MEMORY,
              "out of memory: compressing a map");
  do {
    size_t piece = length - done < 1 << 30 ? length - done : 1 << 30;
    if (!stream.avail_in && piece) {
      stream.next_in = (Bytef *)(uintptr_t)((const char *)bytes + done);
      stream.avail_in = (uInt)piece;
      done += piece;
    }
    stream.next_out = out, stream.avail_out = sizeof out;
    code = deflate(&stream, done == length ? Z_FINISH : Z_NO_FLUSH);
    pleat_text_append_bytes(text, out, sizeof out - stream.avail_out);
  } while (code != Z_STREAM_END && !text->status);
  deflateEnd(&stream);
  return text->status;
}

pleat_status pleat_map_write(const pleat_map *map, const char *path) {
  unsigned char header[HEADER];
  size_t length = strlen(path), bytes = pleat_grid_points(&map->grid) * sizeof(float);
  pleat_text plain, packed;
  pleat_text_init(&plain, map->context);
  pleat_text_init(&packed, map->context);
  make_header(&map->grid, header);
  pleat_text_append_bytes(&plain, header, sizeof header);
  pleat_text_append_bytes(&plain, map->grid.values, bytes);
  pleat_status status = plain.status;
  bool gzip = length > 3 && !strcasecmp(path + length - 3, ".gz");
  if (!status && gzip) status = compress_bytes(map->context, plain.bytes, plain.length, &packed);
  const pleat_text *text = gzip ? &packed : &plain;
  if (!status) status = pleat_file_write(map->context, path, text->bytes, text->length);
  pleat_text_free(&plain);
  pleat_text_free(&packed);
  return status;
}
