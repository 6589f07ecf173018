/* The page of a results folder: the template, the data of each job as a compressed block, the viewer.
 * SPDX-License-Identifier: MIT */
#include "program/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "program/output.h"
#include "program/report_parts.h"

/* What blocks may take together; later jobs are on the page without their structures. */
enum { MOST_BLOCK_BYTES = 160 << 20 };

typedef struct report_page {
  FILE *file;
  int blocks;
  size_t block_bytes;
  json_t *data;
  pleat_report_reader reader;
} report_page;

/* ---- Bytes of the page ---- */

/* JSON inside <script>: with '<' written as an escape no text can end the element. */
static void write_json(FILE *file, const json_t *data) {
  char *text = json_dumps(data, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(7));
  if (!text) abort();
  for (const char *c = text; *c; c++)
    if (*c == '<') fputs("\\u003c", file);
    else fputc(*c, file);
  free(text);
}

static void write_base64(FILE *file, const unsigned char *bytes, size_t count) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (size_t i = 0; i < count; i += 3) {
    unsigned long three = (unsigned long)bytes[i] << 16;
    if (i + 1 < count) three |= (unsigned long)bytes[i + 1] << 8;
    if (i + 2 < count) three |= bytes[i + 2];
    for (size_t k = 0; k < 4; k++) fputc(i + k <= count ? digits[three >> (18 - 6 * k) & 63] : '=', file);
  }
}

static int put_block(void *user, json_t *block) {
  report_page *page = user;
  char *text = page->block_bytes < MOST_BLOCK_BYTES ? json_dumps(block, JSON_COMPACT | JSON_REAL_PRECISION(5)) : NULL;
  json_decref(block);
  if (!text) return -1;
  uLong length = strlen(text);
  uLongf size = compressBound(length);
  unsigned char *bytes = malloc(size);
  if (!bytes || compress2(bytes, &size, (const unsigned char *)text, length, 6) != Z_OK) abort();
  fprintf(page->file, "<script type=\"text/plain\" id=\"block-%d\">", page->blocks);
  write_base64(page->file, bytes, size);
  fputs("</script>\n", page->file);
  page->block_bytes += (size + 2) / 3 * 4;
  free(bytes);
  free(text);
  return page->blocks++;
}

/* ---- The template: @@NAME@@ stands for a file, for the blocks, or for the data ---- */

/* The file's text, terminated; the caller frees it. */
static char *unpack(const char *name, size_t length) {
  const pleat_report_file *file = pleat_report_files;
  while (file->name && (strlen(file->name) != length || strncmp(file->name, name, length) != 0)) file++;
  if (!file->name) return NULL;
  char *text = calloc(1, file->full_size + 1);
  z_stream stream = {.next_in = (unsigned char *)(uintptr_t)file->bytes, .avail_in = (uInt)file->size,
                     .next_out = (unsigned char *)text, .avail_out = (uInt)file->full_size};
  if (!text || inflateInit2(&stream, 16 + MAX_WBITS) != Z_OK) abort();
  if (inflate(&stream, Z_FINISH) != Z_STREAM_END) abort();
  inflateEnd(&stream);
  return text;
}

static bool write_part(report_page *page, const char *name, size_t length) {
  if (!strncmp(name, "blocks", length)) {
    page->data = pleat_report_read(&page->reader);
    return page->data != NULL;
  }
  if (!strncmp(name, "data", length)) return write_json(page->file, page->data), true;
  char *text = unpack(name, length);
  if (!text) abort(); /* a mark of our own template that names nothing */
  fputs(text, page->file);
  free(text);
  return true;
}

static bool write_page(report_page *page) {
  static const char mark[] = "@@";
  char *template = unpack("page.html", strlen("page.html"));
  bool ok = true;
  for (const char *at = template, *next; ok; at = next) {
    const char *open = strstr(at, mark), *close = open ? strstr(open + 2, mark) : NULL;
    fwrite(at, 1, close ? (size_t)(open - at) : strlen(at), page->file);
    if (!close) break;
    ok = write_part(page, open + 2, (size_t)(close - open - 2));
    next = close + 2;
  }
  free(template);
  return ok;
}

/* ---- The file ---- */

int pleat_report_write(const char *verb, pleat_context *context, const char *folder) {
  report_page page = {.reader = {.context = context, .folder = folder, .sink = {put_block, &page}}};
  char *path = pleat_output_path("%s/report.html", folder), *temporary = pleat_output_begin(path);
  page.file = temporary ? fopen(temporary, "w") : NULL;
  bool written = page.file && write_page(&page), ok = written && !ferror(page.file);
  if (page.file) ok = !fclose(page.file) && ok;
  if (written && !ok) fprintf(stderr, "pleat %s: cannot write '%s': %s\n", verb, path, strerror(errno));
  if (ok) ok = pleat_output_commit(temporary, path);
  else pleat_output_abandon(temporary);
  free(path);
  json_decref(page.data);
  return ok && !page.reader.problems ? PLEAT_EXIT_DONE : PLEAT_EXIT_INPUTS;
}

int pleat_report_finish(pleat_settings *settings, const char *folder, int code) {
  if (code == PLEAT_EXIT_STOPPED || code == PLEAT_EXIT_USAGE || code == PLEAT_EXIT_MEMORY || settings->shards > 1)
    return code;
  pleat_model_free(settings->model); /* the page's memory takes the place of the run's */
  settings->model = NULL;
  int written = pleat_report_write(settings->options->verb, settings->context, folder);
  return written ? written : code;
}
