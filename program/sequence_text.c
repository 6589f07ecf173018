/* Sequences and numbers as LigandMPNN's files have them.
 * SPDX-License-Identifier: MIT */
#include "program/sequence_text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char pleat_sequence_letters[] = "ACDEFGHIKLMNPQRSTVWYX";

static void grow(pleat_growing *growing, size_t more) {
  if (growing->length + more + 1 <= growing->room) return;
  growing->room = 2 * growing->room + more + 64;
  growing->text = realloc(growing->text, growing->room);
  if (growing->text) return;
  fprintf(stderr, "pleat: out of memory\n");
  abort();
}

void pleat_growing_add(pleat_growing *growing, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(NULL, 0, format, arguments);
  va_end(arguments);
  grow(growing, (size_t)length);
  va_start(arguments, format);
  vsnprintf(growing->text + growing->length, (size_t)length + 1, format, arguments);
  va_end(arguments);
  growing->length += (size_t)length;
}

static void add_letter(pleat_growing *growing, char letter) {
  grow(growing, 1);
  growing->text[growing->length++] = letter;
  growing->text[growing->length] = 0;
}

/* ---- Chains ---- */

typedef struct chain_key {
  const pleat_target_residue *residue;
  size_t index;
} chain_key;

static int by_chain(const void *a, const void *b) {
  const chain_key *x = a, *y = b;
  int order = strcmp(x->residue->chain, y->residue->chain);
  return order ? order : (x->index > y->index) - (x->index < y->index);
}

void pleat_sequence_order_make(const pleat_target *target, pleat_sequence_order *order) {
  size_t count = pleat_target_residue_count(target);
  chain_key *keys = calloc(count + 1, sizeof *keys);
  *order = (pleat_sequence_order){.count = count,
                                  .residues = calloc(count + 1, sizeof *order->residues),
                                  .place = calloc(count + 1, sizeof *order->place),
                                  .start = calloc(count + 1, sizeof *order->start)};
  if (!keys || !order->residues || !order->place || !order->start) abort();
  for (size_t i = 0; i < count; i++) {
    order->residues[i] = pleat_target_residue_at(target, i);
    keys[i] = (chain_key){&order->residues[i], i};
  }
  qsort(keys, count, sizeof *keys, by_chain);
  for (size_t i = 0; i < count; i++) {
    order->place[i] = keys[i].index;
    if (!i || strcmp(keys[i].residue->chain, keys[i - 1].residue->chain)) order->start[order->chains++] = i;
  }
  order->start[order->chains] = count;
  free(keys);
}

void pleat_sequence_order_free(pleat_sequence_order *order) {
  free(order->residues);
  free(order->place);
  free(order->start);
}

static char letter_at(const pleat_sequence_order *order, const float *letters, size_t i) {
  if (!letters) return order->residues[i].letter;
  int index = (int)letters[i];
  return index >= 0 && index <= 20 ? pleat_sequence_letters[index] : 'X';
}

void pleat_sequence_add(pleat_growing *growing, const pleat_sequence_order *order, const float *letters,
                        const char *between) {
  for (size_t c = 0; c < order->chains; c++) {
    if (c) pleat_growing_add(growing, "%s", between);
    for (size_t i = order->start[c]; i < order->start[c + 1]; i++)
      add_letter(growing, letter_at(order, letters, order->place[i]));
  }
}

void pleat_sequence_add_chains(pleat_growing *growing, const pleat_sequence_order *order, int designed) {
  int listed = 0;
  pleat_growing_add(growing, "[");
  for (size_t c = 0; c < order->chains; c++) {
    int any = 0;
    for (size_t i = order->start[c]; i < order->start[c + 1]; i++) any |= order->residues[order->place[i]].designed;
    if (any != designed) continue;
    pleat_growing_add(growing, "%s'%s'", listed++ ? "," : "", order->residues[order->place[order->start[c]]].chain);
  }
  pleat_growing_add(growing, "]");
}

const char *pleat_sequence_number(double number, char *text) {
  bool plain = number == 0 || (number >= 1e-4 && number < 1e16);
  for (int digits = 1; digits <= 17; digits++) {
    snprintf(text, 30, "%.*g", digits, number);
    if (strtod(text, NULL) == number && !(plain && strchr(text, 'e'))) break;
  }
  if (!strpbrk(text, ".einf")) strcat(text, ".0");
  return text;
}
