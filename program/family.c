/* Which models a run of `predict` uses: one by its name, or several of a family by number.
 * SPDX-License-Identifier: MIT */
#include "program/family.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "program/output.h"

enum { MEMBERS = 16 };
static const char between[] = "_model_";

/* The numbers of a family's models. */
typedef struct members {
  const char *family;
  long numbers[MEMBERS];
  size_t count;
} members;

/* Names that stand for the newest of several families. */
static const char *full_name(const char *name) {
  return !strcmp(name, "alphafold2_multimer") ? "alphafold2_multimer_v3" : name;
}

static bool parse_number(const char *text, const char *ends, long *number) {
  char *end;
  errno = 0;
  *number = strtol(text, &end, 10);
  return isdigit((unsigned char)*text) && !errno && strchr(ends, *end) && *number <= INT_MAX;
}

static void find_members(const pleat_settings *settings, const char *name, members *found) {
  size_t length = strlen(name);
  pleat_model_info info;
  long number;
  *found = (members){.family = name};
  for (size_t i = 0; i < pleat_model_count() && found->count < MEMBERS; i++) {
    if (pleat_model_info_get(settings->context, i, &info) || strncmp(info.name, name, length)) continue;
    if (strncmp(info.name + length, between, strlen(between))) continue;
    if (parse_number(info.name + length + strlen(between), "", &number)) found->numbers[found->count++] = number;
  }
}

static bool holds(const long *numbers, size_t count, long number) {
  for (size_t i = 0; i < count; i++)
    if (numbers[i] == number) return true;
  return false;
}

/* "3,1,2": numbers of the family, each once. */
static int read_order(const pleat_settings *settings, const char *text, members *found) {
  members order = {.family = found->family};
  for (const char *at = text; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL) {
    long number;
    bool good = parse_number(at, ",", &number) && order.count < found->count &&
                holds(found->numbers, found->count, number) && !holds(order.numbers, order.count, number);
    if (!good) {
      fprintf(stderr, "pleat %s: --model-order wants numbers of %s's models, each once, such as 1,2,3, not '%s'\n",
              settings->options->verb, found->family, text);
      return PLEAT_EXIT_USAGE;
    }
    order.numbers[order.count++] = number;
  }
  *found = order;
  return PLEAT_EXIT_DONE;
}

static int cut_count(const pleat_settings *settings, const char *text, members *found) {
  long count;
  if (!parse_number(text, "", &count) || count < 1 || (size_t)count > found->count) {
    fprintf(stderr, "pleat %s: --num-models wants a number from 1 to %zu, not '%s'\n", settings->options->verb,
            found->count, text);
    return PLEAT_EXIT_USAGE;
  }
  found->count = (size_t)count;
  return PLEAT_EXIT_DONE;
}

static void name_members(const members *found, pleat_family *family) {
  family->names = calloc(found->count + 1, sizeof *family->names);
  if (!family->names) abort();
  for (size_t i = 0; i < found->count; i++)
    family->names[family->count++] = pleat_output_path("%s%s%ld", found->family, between, found->numbers[i]);
}

/* A model that is named alone has no others to choose from. */
static int name_one(const pleat_settings *settings, const char *name, pleat_family *family) {
  const char *count = pleat_options_model_text(settings->options, "num-models"),
             *order = pleat_options_model_text(settings->options, "model-order"), *tail = strstr(name, between);
  if (tail && (order || (count && strcmp(count, "1")))) {
    fprintf(stderr, "pleat %s: --model %s names one model; --%s chooses among those of a family: --model %.*s\n",
            settings->options->verb, name, order ? "model-order" : "num-models", (int)(tail - name), name);
    return PLEAT_EXIT_USAGE;
  }
  family->names = calloc(2, sizeof *family->names);
  if (!family->names) abort();
  family->names[family->count++] = pleat_output_path("%s", name);
  return PLEAT_EXIT_DONE;
}

int pleat_family_choose(const pleat_settings *settings, pleat_family *family) {
  const char *given = pleat_options_text(settings->options, PLEAT_OPTION_MODEL), *name = full_name(given),
             *count = pleat_options_model_text(settings->options, "num-models"),
             *order = pleat_options_model_text(settings->options, "model-order");
  members found;
  int code = PLEAT_EXIT_DONE;
  *family = (pleat_family){0};
  find_members(settings, name, &found);
  if (!found.count) return name_one(settings, given, family);
  if (order) code = read_order(settings, order, &found);
  if (!code && count) code = cut_count(settings, count, &found);
  if (code) return code;
  if (found.count > 1 && settings->options->values[PLEAT_OPTION_WEIGHTS]) {
    fprintf(stderr, "pleat %s: --weights is the file of one model, but %s has %zu to run; name one (--model %s%s%ld)\n",
            settings->options->verb, name, found.count, name, between, found.numbers[0]);
    return PLEAT_EXIT_USAGE;
  }
  name_members(&found, family);
  return PLEAT_EXIT_DONE;
}

void pleat_family_free(pleat_family *family) {
  for (size_t i = 0; i < family->count; i++) free(family->names[i]);
  free(family->names);
}
