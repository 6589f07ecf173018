/* Tar archives: headers of 512 bytes, each followed by its member padded to 512 bytes (POSIX.1-1988, "ustar").
 * SPDX-License-Identifier: MIT
 *
 *     name 100 | mode 8 | uid 8 | gid 8 | size 12 | mtime 12 | checksum 8 | type 1 | link 100 | "ustar" 6 | version 2 |
 *     owner 32 | group 32 | device 16 | prefix 155 | 12        numbers are octal text
 *
 * Written here rather than taken from a library, because a member's place in the file is all that is needed: libzip then
 * reads it where it lies, and the 5.6 GB of AlphaFold's parameters need no second copy. */
#include "data/convert/tar.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { BLOCK = 512, MAX_MEMBERS = 1000, MAX_EXTENDED = 1 << 16, MAX_PATH = 257 };
enum { NAME = 0, SIZE = 124, CHECKSUM = 148, TYPE = 156, MAGIC = 257, PREFIX = 345, NAME_BYTES = 100, PREFIX_BYTES = 155 };

typedef struct reader {
  pleat_context *context;
  const char *path;
  FILE *stream;
  size_t position, file_bytes; /* position: of the next header */
  unsigned char block[BLOCK];
  char name[MAX_PATH];
  size_t length; /* of the member */
  pleat_tar *tar;
} reader;

/* ---- One header ---- */

/* Octal digits, with blanks before and a blank or a 0 behind, as the formats allow. */
static bool take_octal(const unsigned char *text, int bytes, size_t *value) {
  int i = 0, digits = 0;
  *value = 0;
  while (i < bytes && text[i] == ' ') i++;
  for (; i < bytes && text[i] >= '0' && text[i] <= '7'; i++, digits++) *value = *value * 8 + (size_t)(text[i] - '0');
  for (; i < bytes; i++)
    if (text[i] != ' ' && text[i] != 0) return false;
  return digits > 0;
}

/* The sum of the header's bytes, its own field counted as blanks. */
static bool checksum_fits(const unsigned char *block) {
  size_t stated, sum = 0;
  for (int i = 0; i < BLOCK; i++) sum += i >= CHECKSUM && i < CHECKSUM + 8 ? ' ' : block[i];
  return take_octal(block + CHECKSUM, 8, &stated) && stated == sum;
}

static bool is_zero(const unsigned char *block) {
  for (int i = 0; i < BLOCK; i++)
    if (block[i]) return false;
  return true;
}

/* prefix/name; GNU tar keeps other things where the prefix would be, and says so by "ustar  ". */
static void take_name(reader *r) {
  const char *block = (const char *)r->block;
  bool has_prefix = memcmp(block + MAGIC, "ustar", 6) == 0 && block[PREFIX];
  int prefix = has_prefix ? (int)strnlen(block + PREFIX, PREFIX_BYTES) : 0;
  snprintf(r->name, sizeof r->name, "%.*s%s%.*s", prefix, block + PREFIX, has_prefix ? "/" : "",
           (int)strnlen(block + NAME, NAME_BYTES), block + NAME);
}

/* Relative, printable, and with no ".." on the way. */
static bool is_tame(const char *name) {
  if (!*name || *name == '/') return false;
  for (const char *p = name; *p; p++)
    if ((unsigned char)*p < ' ' || *p == 127) return false;
  for (const char *part = name; part; part = strchr(part, '/')) {
    part += *part == '/';
    if (strncmp(part, "..", 2) == 0 && (part[2] == '/' || !part[2])) return false;
  }
  return true;
}

/* ---- Members ---- */

static pleat_status add_member(reader *r) {
  pleat_tar *tar = r->tar;
  char *copy;
  for (size_t i = 0; i < tar->count; i++)
    PLEAT_CHECK(r->context, strcmp(tar->members[i].name, r->name) != 0, PLEAT_ERROR_FORMAT,
                "%s: holds two members called '%s', so it is refused", r->path, r->name);
  PLEAT_CHECK(r->context, tar->count < MAX_MEMBERS, PLEAT_ERROR_FORMAT, "%s: the archive has more than %d members",
              r->path, MAX_MEMBERS);
  PLEAT_TRY(pleat_memory_grow(r->context, &tar->members, &tar->capacity, tar->count + 1, sizeof *tar->members));
  PLEAT_TRY(pleat_pool_copy_text(&tar->texts, r->name, strlen(r->name), &copy));
  tar->members[tar->count++] = (pleat_tar_member){copy, r->position, r->length};
  return PLEAT_OK;
}

/* Records "LENGTH KEY=VALUE\n" of a POSIX extended header: only those that tell times and owners may be passed over. */
static bool changes_members(const char *text, size_t length) {
  static const char *const keys[] = {" path=", " linkpath=", " size=", " GNU.sparse"};
  if (strlen(text) != length) return true; /* what stands behind a 0 is not looked at */
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
    if (strstr(text, keys[i])) return true;
  return false;
}

static pleat_status read_extended(reader *r) {
  char *text;
  PLEAT_CHECK(r->context, r->length <= MAX_EXTENDED, PLEAT_ERROR_FORMAT,
              "%s: an extended header of the archive has %zu bytes, which no archive of weights needs", r->path,
              r->length);
  PLEAT_TRY(pleat_memory_take(r->context, r->length + 1, 1, &text));
  bool good = fread(text, 1, r->length, r->stream) == r->length;
  bool plain = good && !changes_members(text, r->length);
  pleat_memory_release(r->context, text);
  PLEAT_CHECK(r->context, good, PLEAT_ERROR_FORMAT, "%s: the archive is cut short", r->path);
  PLEAT_CHECK(r->context, plain, PLEAT_ERROR_UNSUPPORTED,
              "%s: an extended header of the archive changes a name or a size, which is refused; unpack the archive and "
              "import its files",
              r->path);
  return PLEAT_OK;
}

/* What the header in `block` stands for; the stream is behind it. */
static pleat_status read_member(reader *r) {
  char type = (char)r->block[TYPE];
  PLEAT_CHECK(r->context, take_octal(r->block + SIZE, 12, &r->length), PLEAT_ERROR_FORMAT,
              "%s: member %zu of the archive has a size that cannot be read", r->path, r->tar->count + 1);
  take_name(r);
  PLEAT_CHECK(r->context, is_tame(r->name), PLEAT_ERROR_FORMAT,
              "%s: a member's path is absolute, leaves the archive or is not text, so the archive is refused", r->path);
  PLEAT_CHECK(r->context, r->length <= r->file_bytes - r->position, PLEAT_ERROR_FORMAT,
              "%s: member '%s' has %zu bytes by its header, but the archive ends before: it is cut short or damaged",
              r->path, r->name, r->length);
  if (type == '0' || type == 0 || type == '7') return add_member(r);
  if (type == 'x' || type == 'g') return read_extended(r);
  PLEAT_CHECK(r->context, type == '5', PLEAT_ERROR_UNSUPPORTED,
              "%s: member '%s' is %s, which is refused; unpack the archive and import its files", r->path, r->name,
              type == '1' || type == '2' ? "a link" : "neither a file nor a folder");
  return PLEAT_OK;
}

static pleat_status read_all(reader *r) {
  for (;;) {
    PLEAT_CHECK(r->context, fseeko(r->stream, (off_t)r->position, SEEK_SET) == 0, PLEAT_ERROR_IO,
                "%s: cannot be read: %s", r->path, strerror(errno));
    PLEAT_CHECK(r->context, fread(r->block, 1, BLOCK, r->stream) == BLOCK, PLEAT_ERROR_FORMAT,
                "%s: the archive is cut short", r->path);
    if (is_zero(r->block)) return PLEAT_OK;
    PLEAT_CHECK(r->context, checksum_fits(r->block), PLEAT_ERROR_FORMAT,
                "%s: the header of member %zu is damaged: its checksum does not fit", r->path, r->tar->count + 1);
    r->position += BLOCK;
    PLEAT_TRY(read_member(r));
    r->position += (r->length + BLOCK - 1) / BLOCK * BLOCK;
  }
}

pleat_status pleat_tar_open(pleat_context *context, const char *path, pleat_tar *tar) {
  reader r = {.context = context, .path = path, .tar = tar};
  *tar = (pleat_tar){0};
  pleat_pool_init(&tar->texts, context, 0);
  r.stream = fopen(path, "rbe");
  PLEAT_CHECK(context, r.stream, PLEAT_ERROR_IO, "%s: cannot be opened: %s", path, strerror(errno));
  off_t end = fseeko(r.stream, 0, SEEK_END) == 0 ? ftello(r.stream) : -1;
  r.file_bytes = end > 0 ? (size_t)end : 0;
  pleat_status status =
      end < 0 ? pleat_status_fail(context, PLEAT_ERROR_IO, "%s: cannot be read: %s", path, strerror(errno)) : read_all(&r);
  fclose(r.stream);
  if (status) pleat_tar_close(tar);
  return status;
}

void pleat_tar_close(pleat_tar *tar) {
  pleat_memory_release(tar->texts.context, tar->members);
  pleat_pool_free(&tar->texts);
  *tar = (pleat_tar){0};
}

bool pleat_tar_is(const char *path) {
  unsigned char block[BLOCK];
  FILE *stream = fopen(path, "rbe");
  if (!stream) return false;
  struct stat about;
  bool whole = fstat(fileno(stream), &about) == 0 && S_ISREG(about.st_mode) && fread(block, 1, BLOCK, stream) == BLOCK;
  fclose(stream);
  return whole && memcmp(block + MAGIC, "ustar", 5) == 0 && checksum_fits(block);
}
