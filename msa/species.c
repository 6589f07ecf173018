/* Species from the headers of UniProt and UniRef.
 * SPDX-License-Identifier: MIT */
#include "msa/species.h"

#include <stdbool.h>
#include <string.h>

static bool is_alnum(char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }
static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static size_t count_alnum(const char *text) {
  size_t count = 0;
  while (is_alnum(text[count])) count++;
  return count;
}

/* ("tr" or "sp") | 6-10 letters or digits, perhaps "_" and a digit | letters or digits "_" 1-5 letters or digits,
 * perhaps "_" and digits; then the name ends, or '/' and a range of residues follows. */
static bool find_mnemonic(const char *name, const char **text, size_t *length) {
  if (strncmp(name, "tr|", 3) && strncmp(name, "sp|", 3)) return false;
  name += 3;
  size_t accession = count_alnum(name);
  if (accession < 6 || accession > 10) return false;
  name += accession;
  if (name[0] == '_' && is_digit(name[1])) name += 2;
  if (*name++ != '|') return false;
  size_t entry = count_alnum(name);
  if (!entry || name[entry] != '_') return false;
  name += entry + 1;
  *text = name;
  *length = count_alnum(name);
  if (*length < 1 || *length > 5) return false;
  name += *length;
  if (name[0] == '_' && is_digit(name[1])) {
    for (name++; is_digit(*name);) name++;
  }
  return *name == 0 || *name == '/';
}

static bool find_number(const char *header, const char *key, const char **text, size_t *length) {
  const char *at = header;
  while ((at = strstr(at, key))) {
    bool starts = at == header || !is_alnum(at[-1]);
    at += strlen(key);
    for (*length = 0; is_digit(at[*length]);) ++*length;
    *text = at;
    if (starts && *length) return true;
  }
  return false;
}

void pleat_species_find(const pleat_msa_row *row, pleat_msa_species kind, const char **text, size_t *length) {
  bool found = kind == PLEAT_MSA_SPECIES_TAXID
                   ? find_number(row->header, "OX=", text, length) || find_number(row->header, "TaxID=", text, length)
                   : find_mnemonic(row->name, text, length);
  if (found) return;
  *text = "";
  *length = 0;
}
