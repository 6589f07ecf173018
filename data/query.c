/* Queries and lists of them: chains split, letters checked, names made safe and unique.
 * SPDX-License-Identifier: MIT */
#include "data/query.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "data/fasta.h"
#include "lib/file.h"
#include "lib/listing.h"
#include "lib/text.h"

enum { NAME_LENGTH = 150 }; /* leaves room for the endings that outputs add, within the 255 bytes of a file name */

typedef struct query_item {
  char *name, *error; /* error NULL: the query is good */
  pleat_query *query;
} query_item;

struct pleat_query_list {
  pleat_context *context;
  query_item *items;
  size_t count;
};

static bool is_joint(char c) { return c == ':' || c == '|'; }

/* A '*' (stop codon) that ends a chain says nothing about the protein. */
static bool is_final_stop(const char *at) {
  while (isspace((unsigned char)*++at)) {}
  return at[0] == 0 || is_joint(at[0]);
}

static bool is_dropped(const char *at) {
  return isspace((unsigned char)*at) || (*at == '*' && is_final_stop(at));
}

static void name_character(char c, char out[24]) {
  if (isprint((unsigned char)c)) snprintf(out, 24, "character '%c'", c);
  else snprintf(out, 24, "byte 0x%02x", (unsigned char)c);
}

/* Whether the sequence can be used; if not, why, in `error`. */
static bool is_usable(const char *sequence, char error[160]) {
  size_t position = 0, letters = 0;
  int chain = 1;
  for (const char *at = sequence; *at; at++) {
    if (is_joint(*at)) {
      chain++;
      position = 0;
    } else if (!is_dropped(at)) {
      char character[24];
      position++;
      letters++;
      if ((*at >= 'A' && *at <= 'Z') || (*at >= 'a' && *at <= 'z')) continue;
      name_character(*at, character);
      snprintf(error, 160,
               "%s at position %zu of chain %d is not a letter; only one-letter amino acid codes are allowed",
               character, position, chain);
      return false;
    }
  }
  if (!letters) snprintf(error, 160, "the sequence is empty");
  return letters > 0;
}

/* Splits the sequence into `text`, one terminated chain after the other, and points the chains into it. */
static void split_chains(const char *sequence, char *text, char **chains) {
  *chains++ = text;
  for (; *sequence; sequence++) {
    if (is_joint(*sequence)) {
      *text++ = 0;
      *chains++ = text;
    } else if (!is_dropped(sequence)) {
      *text++ = (char)toupper((unsigned char)*sequence);
    }
  }
  *text = 0;
}

/* ColabFold's rule: what is no letter, digit, '_', '-' or '.' becomes '_'. A name never begins with '.' or '-'. */
static pleat_status make_safe_name(pleat_context *context, const char *name, char **safe) {
  size_t length = strnlen(name, NAME_LENGTH);
  if (length == 0) return pleat_memory_copy_text(context, "query", 5, safe);
  PLEAT_TRY(pleat_memory_copy_text(context, name, length, safe));
  for (char *c = *safe; *c; c++) {
    bool word = (unsigned char)*c < 128 && (isalnum((unsigned char)*c) || strchr("_-.", *c));
    if (!word || (c == *safe && (*c == '.' || *c == '-'))) *c = '_';
  }
  return PLEAT_OK;
}

static pleat_status fill_query(pleat_query *query, const char *name, const char *sequence) {
  char *text;
  query->chains = 1;
  for (const char *at = sequence; *at; at++) query->chains += is_joint(*at);
  PLEAT_TRY(make_safe_name(query->context, name, &query->name));
  PLEAT_TRY(pleat_memory_take(query->context, (size_t)query->chains, sizeof *query->sequence, &query->sequence));
  PLEAT_TRY(pleat_memory_take(query->context, strlen(sequence) + 1, 1, &text));
  split_chains(sequence, text, query->sequence);
  return PLEAT_OK;
}

pleat_status pleat_query_create(pleat_context *context, const char *name, const char *sequence, pleat_query **query) {
  char error[160];
  pleat_query *made;
  *query = NULL;
  PLEAT_CHECK(context, is_usable(sequence, error), PLEAT_ERROR_INPUT, "query '%s': %s", name ? name : "", error);
  PLEAT_TRY(pleat_memory_take(context, 1, sizeof *made, &made));
  made->context = context;
  pleat_pool_init(&made->stored_pool, context, 0);
  pleat_pool_init(&made->template_pool, context, 0);
  pleat_status status = fill_query(made, name ? name : "", sequence);
  if (status) pleat_query_free(made);
  else *query = made;
  return status;
}

void pleat_query_free(pleat_query *query) {
  if (!query) return;
  if (query->sequence) pleat_memory_release(query->context, query->sequence[0]); /* the chains lie in one block */
  pleat_memory_release(query->context, query->sequence);
  pleat_memory_release(query->context, query->name);
  pleat_pool_free(&query->stored_pool);
  pleat_pool_free(&query->template_pool);
  pleat_memory_release(query->context, query);
}

const char *pleat_query_name(const pleat_query *query) { return query->name; }
int pleat_query_chain_count(const pleat_query *query) { return query->chains; }
const char *pleat_query_chain(const pleat_query *query, int chain) { return query->sequence[chain]; }

/* Names in use: an open-addressed table at most half full; `next` is the number the next duplicate tries first. */
typedef struct name_slot {
  const char *name;
  unsigned next;
} name_slot;

typedef struct name_set {
  name_slot *slots;
  size_t mask;
} name_set;

/* The slot of a name, or the free one where it belongs (FNV-1a, linear probing). Names that differ in case only are
 * the same, as they are on some file systems. */
static name_slot *find_name(const name_set *set, const char *name) {
  uint64_t hash = UINT64_C(14695981039346656037);
  for (const char *c = name; *c; c++) hash = (hash ^ (uint64_t)tolower((unsigned char)*c)) * UINT64_C(1099511628211);
  size_t at = (size_t)(hash ^ hash >> 32) & set->mask;
  while (set->slots[at].name && strcasecmp(set->slots[at].name, name) != 0) at = (at + 1) & set->mask;
  return &set->slots[at];
}

/* "a", "a", "a" become "a", "a_1", "a_2". */
static pleat_status make_unique(pleat_context *context, const name_set *set, char **name) {
  name_slot *slot = find_name(set, *name), *other;
  char *numbered;
  size_t size = strlen(*name) + 16;
  if (!slot->name) {
    slot->name = *name;
    return PLEAT_OK;
  }
  PLEAT_TRY(pleat_memory_take(context, size, 1, &numbered));
  do {
    snprintf(numbered, size, "%s_%u", *name, ++slot->next);
    other = find_name(set, numbered);
  } while (other->name);
  other->name = numbered;
  pleat_memory_release(context, *name);
  *name = numbered;
  return PLEAT_OK;
}

static pleat_status name_items(pleat_query_list *list, const pleat_fasta *fasta, const name_set *set) {
  for (size_t i = 0; i < list->count; i++) {
    PLEAT_TRY(make_safe_name(list->context, fasta->entries[i].name, &list->items[i].name));
    PLEAT_TRY(make_unique(list->context, set, &list->items[i].name));
  }
  return PLEAT_OK;
}

static pleat_status fill_item(pleat_query_list *list, const pleat_fasta_entry *entry, query_item *item) {
  char error[160];
  pleat_text sentence;
  if (entry->line && is_usable(entry->sequence, error)) {
    return pleat_query_create(list->context, item->name, entry->sequence, &item->query);
  }
  pleat_text_init(&sentence, list->context);
  if (entry->line) pleat_text_append(&sentence, "%s:%zu: %s: %s", entry->file, entry->line, item->name, error);
  else pleat_text_append(&sentence, "%s", entry->sequence); /* a file of a folder that could not be read */
  pleat_status status = sentence.status;
  if (!status) status = pleat_memory_copy_text(list->context, sentence.bytes, sentence.length, &item->error);
  pleat_text_free(&sentence);
  return status;
}

static pleat_status fill_list(pleat_query_list *list, const pleat_fasta *fasta) {
  name_set set = {.mask = 15};
  PLEAT_TRY(pleat_memory_take(list->context, fasta->count, sizeof *list->items, &list->items));
  list->count = fasta->count;
  while (set.mask < 2 * list->count) set.mask = set.mask * 2 + 1;
  PLEAT_TRY(pleat_memory_take(list->context, set.mask + 1, sizeof *set.slots, &set.slots));
  pleat_status status = name_items(list, fasta, &set);
  pleat_memory_release(list->context, set.slots);
  for (size_t i = 0; !status && i < list->count; i++) status = fill_item(list, &fasta->entries[i], &list->items[i]);
  return status;
}

static pleat_status make_list(pleat_context *context, const pleat_fasta *fasta, pleat_query_list **list) {
  pleat_query_list *made;
  PLEAT_TRY(pleat_memory_take(context, 1, sizeof *made, &made));
  made->context = context;
  pleat_status status = fill_list(made, fasta);
  if (status) pleat_query_list_free(made);
  else *list = made;
  return status;
}

pleat_status pleat_query_list_parse(pleat_context *context, const char *bytes, size_t length, const char *name,
                                    pleat_query_list **list) {
  pleat_fasta fasta;
  *list = NULL;
  pleat_fasta_init(&fasta, context);
  pleat_status status = pleat_fasta_parse(&fasta, bytes, length, name);
  if (!status) {
    status = fasta.count ? make_list(context, &fasta, list)
                         : pleat_status_fail(context, PLEAT_ERROR_FORMAT, "%s: has no sequences", name);
  }
  pleat_fasta_free(&fasta);
  return status;
}

static pleat_status read_file(pleat_context *context, const char *path, pleat_query_list **list) {
  char *bytes;
  size_t length;
  PLEAT_TRY(pleat_file_read(context, path, 0, &bytes, &length));
  pleat_status status = pleat_query_list_parse(context, bytes, length, path, list);
  pleat_memory_release(context, bytes);
  return status;
}

static const char *const sequence_endings[] = {".fasta", ".fa", ".faa", ".fas", ".csv", ".tsv", NULL};

/* A file that cannot be read becomes an entry without a line, whose "sequence" is the sentence that says why. */
static pleat_status keep_failure(pleat_fasta *fasta, const char *path, const char *file, pleat_status status) {
  pleat_context *context = fasta->pool.context;
  pleat_fasta_entry entry = {file, context->error, path, 0};
  if (status == PLEAT_ERROR_MEMORY) return status;
  return pleat_fasta_add(fasta, &entry);
}

static pleat_status read_folder_file(pleat_fasta *fasta, const char *path, const char *file) {
  pleat_context *context = fasta->pool.context;
  char *bytes;
  size_t length;
  pleat_status status = pleat_file_read(context, path, 0, &bytes, &length);
  if (!status) status = pleat_fasta_parse(fasta, bytes, length, path);
  pleat_memory_release(context, bytes);
  return status ? keep_failure(fasta, path, file, status) : PLEAT_OK;
}

static pleat_status read_files(pleat_fasta *fasta, pleat_listing *listing, const char *folder) {
  PLEAT_CHECK(fasta->pool.context, listing->count, PLEAT_ERROR_NOT_FOUND,
              "%s: has no files that end in .fasta, .fa, .faa, .fas, .csv or .tsv", folder);
  for (size_t i = 0; i < listing->count; i++) {
    char *path;
    PLEAT_TRY(pleat_listing_path(listing, folder, listing->files[i], &path));
    PLEAT_TRY(read_folder_file(fasta, path, listing->files[i]));
  }
  return PLEAT_OK;
}

static pleat_status read_folder(pleat_context *context, const char *path, pleat_query_list **list) {
  pleat_listing listing;
  pleat_fasta fasta;
  pleat_fasta_init(&fasta, context);
  pleat_status status = pleat_listing_read(context, path, sequence_endings, &listing);
  if (!status) status = read_files(&fasta, &listing, path);
  if (!status) status = make_list(context, &fasta, list);
  pleat_fasta_free(&fasta);
  pleat_listing_free(&listing);
  return status;
}

pleat_status pleat_query_list_read(pleat_context *context, const char *path, pleat_query_list **list) {
  struct stat about;
  *list = NULL;
  if (stat(path, &about) == 0 && S_ISDIR(about.st_mode)) return read_folder(context, path, list);
  return read_file(context, path, list);
}

void pleat_query_list_free(pleat_query_list *list) {
  if (!list) return;
  for (size_t i = 0; i < list->count; i++) {
    pleat_memory_release(list->context, list->items[i].name);
    pleat_memory_release(list->context, list->items[i].error);
    pleat_query_free(list->items[i].query);
  }
  pleat_memory_release(list->context, list->items);
  pleat_memory_release(list->context, list);
}

size_t pleat_query_list_count(const pleat_query_list *list) { return list->count; }
const pleat_query *pleat_query_list_get(const pleat_query_list *list, size_t index) { return list->items[index].query; }
const char *pleat_query_list_name(const pleat_query_list *list, size_t index) { return list->items[index].name; }
const char *pleat_query_list_error(const pleat_query_list *list, size_t index) { return list->items[index].error; }
