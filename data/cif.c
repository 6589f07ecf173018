/* The CIF 1.1 tokenizer (Hall, Allen & Brown 1991; IUCr syntax specification 1.1).
 * SPDX-License-Identifier: MIT */
#include "data/cif.h"

#include <string.h>
#include <strings.h>

void pleat_cif_init(pleat_cif *cif, pleat_context *context, const char *bytes, size_t length, const char *name) {
  bool marked = length >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0; /* a byte order mark */
  *cif = (pleat_cif){.context = context, .bytes = bytes, .name = name, .length = length, .line = 1};
  if (marked) cif->at = cif->line_start = 3;
}

static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == 0; }

static void step(pleat_cif *cif) {
  if (cif->bytes[cif->at++] != '\n') return;
  cif->line++;
  cif->line_start = cif->at;
}

static void skip_space_and_comments(pleat_cif *cif) {
  while (cif->at < cif->length) {
    if (cif->bytes[cif->at] == '#') {
      while (cif->at < cif->length && cif->bytes[cif->at] != '\n') cif->at++;
    } else if (is_space(cif->bytes[cif->at])) {
      step(cif);
    } else {
      return;
    }
  }
}

/* From ";" in the first column to the next line that begins with ";". */
static pleat_status read_text_field(pleat_cif *cif, pleat_cif_token *token) {
  size_t start = ++cif->at;
  for (;;) {
    const char *end = memchr(cif->bytes + cif->at, '\n', cif->length - cif->at);
    PLEAT_CHECK(cif->context, end && (size_t)(end - cif->bytes) + 1 < cif->length, PLEAT_ERROR_FORMAT,
                "%s:%zu: the text that begins here with ';' has no closing ';' at the start of a line", cif->name,
                token->line);
    cif->at = (size_t)(end - cif->bytes);
    step(cif);
    if (cif->bytes[cif->at] == ';') break;
  }
  token->text = cif->bytes + start;
  token->length = cif->at - 1 - start;
  if (token->length && token->text[token->length - 1] == '\r') token->length--;
  token->quoted = true;
  cif->at++;
  return PLEAT_OK;
}

/* A quote ends a quoted text only before white space: 'a dog's life' is one value. */
static pleat_status read_quoted(pleat_cif *cif, pleat_cif_token *token) {
  char quote = cif->bytes[cif->at];
  size_t start = ++cif->at;
  for (; cif->at < cif->length && cif->bytes[cif->at] != '\n'; cif->at++) {
    if (cif->bytes[cif->at] != quote) continue;
    if (cif->at + 1 < cif->length && !is_space(cif->bytes[cif->at + 1])) continue;
    token->text = cif->bytes + start;
    token->length = cif->at - start;
    token->quoted = true;
    cif->at++;
    return PLEAT_OK;
  }
  return pleat_status_fail(cif->context, PLEAT_ERROR_FORMAT,
                           "%s:%zu:%zu: the quote %c that begins here does not end on its line", cif->name, token->line,
                           token->column, quote);
}

static bool takes_prefix(pleat_cif_token *token, const char *prefix) {
  size_t length = strlen(prefix);
  if (token->length < length || strncasecmp(token->text, prefix, length) != 0) return false;
  token->text += length;
  token->length -= length;
  return true;
}

static pleat_status classify_word(pleat_cif *cif, pleat_cif_token *token) {
  token->kind = PLEAT_CIF_VALUE;
  if (token->text[0] == '_') token->kind = PLEAT_CIF_TAG;
  else if (pleat_cif_is(token, "loop_")) token->kind = PLEAT_CIF_LOOP;
  else if (takes_prefix(token, "data_")) token->kind = PLEAT_CIF_DATA;
  else if (takes_prefix(token, "save_")) token->kind = token->length ? PLEAT_CIF_SAVE : PLEAT_CIF_SAVE_END;
  PLEAT_CHECK(cif->context, !pleat_cif_is(token, "global_") && !pleat_cif_is(token, "stop_"), PLEAT_ERROR_FORMAT,
              "%s:%zu:%zu: the reserved word %.*s is not allowed in a CIF file", cif->name, token->line, token->column,
              (int)token->length, token->text);
  return PLEAT_OK;
}

pleat_status pleat_cif_next(pleat_cif *cif, pleat_cif_token *token) {
  skip_space_and_comments(cif);
  *token = (pleat_cif_token){.kind = PLEAT_CIF_END, .line = cif->line, .column = cif->at - cif->line_start + 1};
  if (cif->at >= cif->length) return PLEAT_OK;
  token->kind = PLEAT_CIF_VALUE;
  char first = cif->bytes[cif->at];
  if (first == ';' && cif->at == cif->line_start) return read_text_field(cif, token);
  if (first == '\'' || first == '"') return read_quoted(cif, token);
  token->text = cif->bytes + cif->at;
  while (cif->at < cif->length && !is_space(cif->bytes[cif->at])) cif->at++;
  token->length = (size_t)(cif->bytes + cif->at - token->text);
  return classify_word(cif, token);
}

bool pleat_cif_is(const pleat_cif_token *token, const char *word) {
  return token->length == strlen(word) && strncasecmp(token->text, word, token->length) == 0;
}

bool pleat_cif_is_empty(const pleat_cif_token *token) {
  return !token->quoted && token->length == 1 && (*token->text == '.' || *token->text == '?');
}
