/* pleat msa: searches, reads, merges, filters and pairs alignments, and shows what is in them or what a model takes.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pleat.h"
#include "program/msa_show.h"
#include "program/output.h"
#include "program/template.h"
#include "program/verbs.h"

typedef struct msa_run {
  const pleat_options *options;
  pleat_context *context;
  pleat_msa **inputs, **pairing; /* (count); pairing: NULL where --pairing-msa gives none */
  size_t *limits, *copies;       /* (count); limits 0: none; copies from 1 */
  size_t count;
  const char *out; /* NULL: the alignment is shown; "-": stdout */
  pleat_msa *msa;  /* what became of them */
} msa_run;

static void *take(size_t count, size_t size) {
  void *block = calloc(count + 1, size);
  if (!block) abort();
  return block;
}

static const char *text_of(const msa_run *run, pleat_option_id id) { return pleat_options_text(run->options, id); }

static int fail(const msa_run *run) {
  fprintf(stderr, "pleat msa: %s\n", pleat_context_error(run->context));
  return PLEAT_EXIT_INPUTS;
}

static int refuse(const msa_run *run, pleat_option_id id, const char *wants) {
  fprintf(stderr, "pleat msa: --%s wants %s, not '%s'\n", pleat_options_row(id)->name, wants, text_of(run, id));
  return PLEAT_EXIT_USAGE;
}

/* Puts `made` in the place of the alignment that it was made from. */
static int replace(msa_run *run, pleat_status status, pleat_msa *made) {
  if (status) return fail(run);
  pleat_msa_free(run->msa);
  run->msa = made;
  return PLEAT_EXIT_DONE;
}

/* ---- Options ---- */

/* "2,1": as many whole numbers from `least` as there are inputs. */
static int read_list(msa_run *run, pleat_option_id id, long least, size_t *numbers) {
  const char *text = run->options->values[id];
  char wants[80], *end;
  size_t count = 0;
  snprintf(wants, sizeof wants, "%zu whole numbers from %ld, one an input, joined by ','", run->count, least);
  if (!text) return PLEAT_EXIT_DONE;
  for (const char *at = text;; at = end + 1) {
    long number = strtol(at, &end, 10);
    bool good = end > at && number >= least && number <= 1000000000 && (!*end || *end == ',') && count < run->count;
    if (!good) return refuse(run, id, wants);
    numbers[count++] = (size_t)number;
    if (!*end) break;
  }
  return count == run->count ? PLEAT_EXIT_DONE : refuse(run, id, wants);
}

static int read_share(const msa_run *run, pleat_option_id id, double *share) {
  const char *text = text_of(run, id);
  char *end;
  if (!text) return PLEAT_EXIT_DONE;
  *share = strtod(text, &end);
  if (end == text || *end || !(*share >= 0 && *share <= 1)) return refuse(run, id, "a share from 0 to 1");
  return PLEAT_EXIT_DONE;
}

/* Number of the option's value among `words`, which a NULL ends. */
static int read_word(const msa_run *run, pleat_option_id id, const char *const *words, const char *wants, int *number) {
  for (*number = 0; words[*number]; ++*number)
    if (!strcmp(words[*number], text_of(run, id))) return PLEAT_EXIT_DONE;
  return refuse(run, id, wants);
}

static int read_filter(const msa_run *run, pleat_msa_filter_options *filter, bool *wanted) {
  int code = read_share(run, PLEAT_OPTION_MIN_COVERAGE, &filter->min_coverage);
  if (!code) code = read_share(run, PLEAT_OPTION_MIN_IDENTITY, &filter->min_identity);
  if (!code) code = read_share(run, PLEAT_OPTION_MAX_IDENTITY, &filter->max_identity);
  filter->unique = pleat_options_flag(run->options, PLEAT_OPTION_UNIQUE);
  filter->max_rows = (size_t)pleat_options_number(run->options, PLEAT_OPTION_MAX_ROWS);
  *wanted = filter->unique || filter->max_rows || filter->min_coverage > 0 || filter->min_identity > 0 ||
            filter->max_identity > 0;
  return code;
}

/* ---- Steps ---- */

static int read_inputs(msa_run *run) {
  for (size_t i = 0; i < run->count; i++)
    if (pleat_msa_read(run->context, run->options->inputs[i], &run->inputs[i])) return fail(run);
  return PLEAT_EXIT_DONE;
}

/* --pairing-msa A,B: for each chain the alignment whose rows are paired; an empty place means the chain's own. */
static int read_pairing(msa_run *run) {
  const char *at = text_of(run, PLEAT_OPTION_PAIRING_MSA);
  for (size_t i = 0; at && i < run->count; i++) {
    size_t length = strcspn(at, ",");
    char *path = take(length, 1);
    memcpy(path, at, length);
    pleat_status status = length ? pleat_msa_read(run->context, path, &run->pairing[i]) : PLEAT_OK;
    free(path);
    if (status) return fail(run);
    at = at[length] ? at + length + 1 : NULL;
  }
  return at ? refuse(run, PLEAT_OPTION_PAIRING_MSA, "one file an input, joined by ','") : PLEAT_EXIT_DONE;
}

static int filter_one(const msa_run *run, pleat_msa **msa) {
  pleat_msa_filter_options filter = {0};
  pleat_msa *left;
  bool wanted;
  int code = read_filter(run, &filter, &wanted);
  if (code || !wanted || !*msa) return code;
  if (pleat_msa_filter(*msa, &filter, &left)) return fail(run);
  pleat_msa_free(*msa);
  *msa = left;
  return PLEAT_EXIT_DONE;
}

static int merge(msa_run *run) {
  pleat_msa *merged;
  int code = read_list(run, PLEAT_OPTION_LIMITS, 0, run->limits);
  if (code) return code;
  if (run->count == 1 && !run->limits[0]) {
    run->msa = run->inputs[0];
    run->inputs[0] = NULL;
  } else {
    const pleat_msa **parts = take(run->count, sizeof *parts);
    for (size_t i = 0; i < run->count; i++) parts[i] = run->inputs[i];
    pleat_status status = pleat_msa_merge(parts, run->limits, run->count, &merged);
    code = replace(run, status, merged);
    free(parts);
  }
  return code ? code : filter_one(run, &run->msa);
}

static int pair_parts(msa_run *run, int how, int species) {
  pleat_msa_part *parts = take(run->count, sizeof *parts);
  pleat_msa *complex;
  for (size_t i = 0; i < run->count; i++)
    parts[i] = (pleat_msa_part){run->inputs[i], run->pairing[i], run->copies[i]};
  pleat_status status =
      pleat_msa_pair(parts, run->count, (pleat_msa_pairing)how, (pleat_msa_species)species, &complex);
  int code = replace(run, status, complex);
  free(parts);
  return code;
}

static int pair(msa_run *run) {
  static const char *const ways[] = {"none", "alphafold", "complete", "greedy", NULL};
  static const char *const kinds[] = {"mnemonic", "taxid", NULL};
  int how = PLEAT_MSA_PAIRING_ALPHAFOLD, species, code = PLEAT_EXIT_DONE;
  if (run->options->values[PLEAT_OPTION_PAIR])
    code = read_word(run, PLEAT_OPTION_PAIR, ways, "none, alphafold, complete or greedy", &how);
  if (!code) code = read_word(run, PLEAT_OPTION_SPECIES, kinds, "mnemonic or taxid", &species);
  if (!code) code = read_list(run, PLEAT_OPTION_COPIES, 1, run->copies);
  if (!code) code = read_pairing(run);
  for (size_t i = 0; !code && i < run->count; i++) {
    code = filter_one(run, &run->inputs[i]);
    if (!code) code = filter_one(run, &run->pairing[i]);
  }
  return code ? code : pair_parts(run, how, species);
}

static int save_features(const msa_run *run, const char *name, const pleat_query *query);

/* Chains joined by ':', as users write them: of the query, or where there is none as the alignment has them. */
static char *chains_text(const msa_run *run, const pleat_query *query) {
  char *text = pleat_output_path("%s", "");
  size_t kinds = query ? (size_t)pleat_query_chain_count(query) : pleat_msa_chain_count(run->msa);
  for (size_t k = 0; k < kinds; k++) {
    pleat_msa_chain of = query ? (pleat_msa_chain){.copies = 1} : pleat_msa_chain_at(run->msa, k);
    const char *chain = query ? pleat_query_chain(query, (int)k) : pleat_msa_row_at(run->msa, 0).residues + of.from;
    int length = (int)(query ? strlen(chain) : of.columns);
    for (size_t copy = 0; copy < of.copies && length; copy++) {
      char *longer = pleat_output_path("%s%s%.*s", text, *text ? ":" : "", length, chain);
      free(text);
      text = longer;
    }
  }
  return text;
}

/* A query of these chains with the alignment; NULL and a sentence when they do not fit. */
static pleat_query *match_query(const msa_run *run, const char *name, const pleat_query *query) {
  pleat_query *own = NULL;
  char *chains = chains_text(run, query);
  pleat_status status = pleat_query_create(run->context, name, chains, &own);
  free(chains);
  if (!status) status = pleat_query_set_msa(own, run->msa);
  if (!status) return own;
  pleat_query_free(own);
  fail(run);
  return NULL;
}

/* --query: the first sequence of a file, its chains in any order, must be row 0; features are named as it is. */
static int check_query(msa_run *run) {
  const char *path = text_of(run, PLEAT_OPTION_QUERY);
  pleat_query_list *list;
  if (!path) return save_features(run, NULL, NULL);
  if (pleat_query_list_read(run->context, path, &list)) return fail(run);
  const pleat_query *query = pleat_query_list_count(list) ? pleat_query_list_get(list, 0) : NULL;
  int code = PLEAT_EXIT_INPUTS;
  if (!query) {
    fprintf(stderr, "pleat msa: %s: its first sequence cannot be used: %s\n", path, pleat_query_list_error(list, 0));
  } else {
    pleat_query *own = match_query(run, pleat_query_list_name(list, 0), query);
    if (own) code = save_features(run, pleat_query_list_name(list, 0), query);
    pleat_query_free(own);
  }
  pleat_query_list_free(list);
  return code;
}

static int expand(msa_run *run) {
  pleat_msa *expanded;
  if (!pleat_options_flag(run->options, PLEAT_OPTION_EXPAND)) return PLEAT_EXIT_DONE;
  pleat_status status = pleat_msa_expand(run->msa, 0, &expanded);
  return replace(run, status, expanded);
}

/* --max-msa 512:1024; leaves the numbers as they are when it is not given. */
static int read_max_msa(const msa_run *run, size_t *clusters, size_t *extra) {
  const char *text = text_of(run, PLEAT_OPTION_MAX_MSA);
  unsigned long first, more;
  int end = 0;
  if (!text) return PLEAT_EXIT_DONE;
  if (sscanf(text, "%7lu:%7lu%n", &first, &more, &end) != 2 || text[end] || !first)
    return refuse(run, PLEAT_OPTION_MAX_MSA, "CLUSTERS:EXTRA, such as 512:1024");
  *clusters = first;
  *extra = more;
  return PLEAT_EXIT_DONE;
}

/* The rows that a model draws for its first pass; features have their own way with them. */
static int sample(msa_run *run) {
  pleat_msa_sample_options options = {
      .seed = (uint64_t)pleat_options_number(run->options, PLEAT_OPTION_RANDOM_SEED),
      .name = pleat_msa_row_at(run->msa, 0).name, .multimer = pleat_options_flag(run->options, PLEAT_OPTION_EXPAND)};
  pleat_msa *made;
  if (!text_of(run, PLEAT_OPTION_MAX_MSA) || text_of(run, PLEAT_OPTION_SAVE_FEATURES)) return PLEAT_EXIT_DONE;
  int code = read_max_msa(run, &options.clusters, &options.extra);
  if (code) return code;
  pleat_status status = pleat_msa_sample(run->msa, &options, &made);
  return replace(run, status, made);
}

/* ---- Features ---- */

static int read_features_options(const msa_run *run, pleat_features_options *features) {
  const char *recycles = pleat_options_model_text(run->options, "num-recycle");
  char *end = "";
  long passes = recycles ? strtol(recycles, &end, 10) : -1;
  if (recycles && (end == recycles || *end || passes < 0 || passes > 999)) {
    fprintf(stderr, "pleat msa: --num-recycle wants a whole number from 0 to 999, not '%s'\n", recycles);
    return PLEAT_EXIT_USAGE;
  }
  features->model = text_of(run, PLEAT_OPTION_MODEL);
  features->passes = (size_t)(passes + 1); /* 0: as the model has it */
  features->seed = (uint64_t)pleat_options_number(run->options, PLEAT_OPTION_RANDOM_SEED);
  return read_max_msa(run, &features->clusters, &features->extra);
}

/* --save-features: what the model would be given for the query, which is the alignment's when it is NULL. */
static int save_features(const msa_run *run, const char *name, const pleat_query *query) {
  const char *path = text_of(run, PLEAT_OPTION_SAVE_FEATURES);
  pleat_features_options features = {0};
  if (!path) return PLEAT_EXIT_DONE;
  int code = pleat_template_check(run->options) ? read_features_options(run, &features) : PLEAT_EXIT_USAGE;
  if (code) return code;
  if (!name) name = pleat_msa_row_at(run->msa, 0).name;
  pleat_query *own = match_query(run, name, query);
  if (!own) return PLEAT_EXIT_INPUTS;
  pleat_status status = pleat_template_give(run->options, own);
  if (!status && !pleat_options_flag(run->options, PLEAT_OPTION_QUIET)) pleat_template_say(run->options, own);
  if (!status) status = pleat_query_write_features(own, &features, path);
  pleat_query_free(own);
  if (status) return fail(run);
  if (!pleat_options_flag(run->options, PLEAT_OPTION_QUIET))
    fprintf(stderr, "pleat msa: features of %s for %s in %s\n", name, features.model, path);
  return PLEAT_EXIT_DONE;
}

/* ---- Results ---- */

static int show(const msa_run *run) {
  bool json = pleat_options_flag(run->options, PLEAT_OPTION_JSON);
  return pleat_msa_show(run->msa, json) ? fail(run) : PLEAT_EXIT_DONE;
}

static int write_out(msa_run *run) {
  if (!run->out) return show(run);
  if (!strcmp(run->out, "-")) return pleat_msa_show_a3m(run->msa), PLEAT_EXIT_DONE;
  if (pleat_msa_write(run->msa, run->out)) return fail(run);
  if (pleat_options_flag(run->options, PLEAT_OPTION_JSON)) return show(run);
  if (!pleat_options_flag(run->options, PLEAT_OPTION_QUIET))
    fprintf(stderr, "pleat msa: %zu rows of %zu columns in %s\n", pleat_msa_row_count(run->msa),
            pleat_msa_column_count(run->msa), run->out);
  return PLEAT_EXIT_DONE;
}

static int work(msa_run *run) {
  int code = read_inputs(run);
  if (!code) code = run->options->values[PLEAT_OPTION_PAIR] ? pair(run) : merge(run);
  if (!code) code = check_query(run);
  if (!code) code = expand(run);
  if (!code) code = sample(run);
  return code ? code : write_out(run);
}

static void start_run(msa_run *run, size_t count) {
  run->count = count;
  run->inputs = take(count, sizeof *run->inputs);
  run->pairing = take(count, sizeof *run->pairing);
  run->limits = take(count, sizeof *run->limits);
  run->copies = take(count, sizeof *run->copies);
  for (size_t i = 0; i < count; i++) run->copies[i] = 1;
}

static void free_run(msa_run *run) {
  for (size_t i = 0; i < run->count; i++) {
    pleat_msa_free(run->inputs[i]);
    pleat_msa_free(run->pairing[i]);
  }
  pleat_msa_free(run->msa);
  free(run->inputs);
  free(run->pairing);
  free(run->limits);
  free(run->copies);
}

/* ---- Searches ---- */

typedef struct msa_search {
  msa_run base; /* options, context */
  char *list;   /* the option's text, cut into words that `searches` points to */
  pleat_msa_search_options *searches;
  size_t count, *limits;
  char *cache;
} msa_search;

/* "jackhmmer:DB,mmseqs2:DB" */
static int read_searches(msa_search *search) {
  const char *text = text_of(&search->base, PLEAT_OPTION_SEARCH);
  const char *cache = search->base.options->values[PLEAT_OPTION_CACHE];
  search->list = pleat_output_path("%s", text);
  search->cache = cache ? pleat_output_path("%s", cache) : pleat_output_path("%s/searches", search->base.out);
  search->searches = take(strlen(text), sizeof *search->searches);
  for (char *at = search->list, *next; at; at = next) {
    char *colon = strchr(at, ':');
    next = strchr(at, ',');
    if (next) *next++ = 0;
    if (!colon || (next && colon > next) || !colon[1])
      return refuse(&search->base, PLEAT_OPTION_SEARCH, "PROGRAM:DATABASE, several joined by ','");
    *colon = 0;
    search->searches[search->count++] = (pleat_msa_search_options){at, colon + 1, search->cache};
  }
  search->limits = take(search->count, sizeof *search->limits);
  msa_run counted = search->base;
  counted.count = search->count;
  return read_list(&counted, PLEAT_OPTION_LIMITS, 0, search->limits);
}

/* What all programs find for one sequence, merged. */
static int search_sequence(msa_search *search, const char *sequence, pleat_msa **merged) {
  pleat_msa **parts = take(search->count, sizeof *parts);
  const pleat_msa **given = take(search->count, sizeof *given);
  int code = PLEAT_EXIT_DONE;
  for (size_t i = 0; !code && i < search->count; i++) {
    if (pleat_msa_search(search->base.context, sequence, &search->searches[i], &parts[i])) code = fail(&search->base);
    given[i] = parts[i];
  }
  if (!code && pleat_msa_merge(given, search->limits, search->count, merged)) code = fail(&search->base);
  for (size_t i = 0; i < search->count; i++) pleat_msa_free(parts[i]);
  free(given);
  free(parts);
  return code;
}

/* The kinds of chains of a query and how often each occurs; empty places left out. */
static size_t find_kinds(const pleat_query *query, const char **kinds, size_t *copies) {
  size_t count = 0;
  for (int i = 0; i < pleat_query_chain_count(query); i++) {
    const char *chain = pleat_query_chain(query, i);
    size_t k = 0;
    while (k < count && strcmp(kinds[k], chain)) k++;
    if (!*chain) continue;
    if (k == count) kinds[count] = chain, copies[count++] = 0;
    copies[k]++;
  }
  return count;
}

static int search_query(msa_search *search, const pleat_query *query, const char *name, const char *path) {
  msa_run run = {.options = search->base.options, .context = search->base.context, .out = path};
  size_t chains = (size_t)pleat_query_chain_count(query);
  const char **kinds = take(chains, sizeof *kinds);
  size_t *copies = take(chains, sizeof *copies), count = find_kinds(query, kinds, copies);
  int code = PLEAT_EXIT_DONE;
  start_run(&run, count);
  memcpy(run.copies, copies, count * sizeof *copies);
  for (size_t i = 0; !code && i < count; i++) code = search_sequence(search, kinds[i], &run.inputs[i]);
  if (!code && (count > 1 || copies[0] > 1)) {
    code = pair(&run);
  } else if (!code) {
    run.msa = run.inputs[0];
    run.inputs[0] = NULL;
    code = filter_one(&run, &run.msa);
  }
  if (!code) code = save_features(&run, name, query);
  if (!code) code = expand(&run);
  if (!code) code = sample(&run);
  if (!code) code = write_out(&run);
  free_run(&run);
  free(copies);
  free(kinds);
  return code;
}

static int search_list(msa_search *search, const pleat_query_list *list) {
  const pleat_options *options = search->base.options;
  int worst = PLEAT_EXIT_DONE;
  for (size_t i = 0; i < pleat_query_list_count(list); i++) {
    const pleat_query *query = pleat_query_list_get(list, i);
    const char *name = pleat_query_list_name(list, i), *features = text_of(&search->base, PLEAT_OPTION_SAVE_FEATURES);
    char *path = pleat_output_path("%s/%s.a3m", search->base.out, name);
    bool done = access(path, F_OK) == 0 && !pleat_options_flag(options, PLEAT_OPTION_OVERWRITE);
    if (features && access(features, F_OK)) done = false;
    int code = done ? PLEAT_EXIT_DONE : PLEAT_EXIT_INPUTS;
    if (!query)
      fprintf(stderr, "pleat msa: %s\n", pleat_query_list_error(list, i));
    else if (!done)
      code = search_query(search, query, name, path);
    else if (!pleat_options_flag(options, PLEAT_OPTION_QUIET))
      fprintf(stderr, "pleat msa: %s is there already\n", path);
    if (code == PLEAT_EXIT_USAGE || !worst) worst = code;
    free(path);
    if (code == PLEAT_EXIT_USAGE) break;
  }
  return worst;
}

static int search_all(msa_search *search) {
  static const pleat_option_id told[] = {PLEAT_OPTION_COPIES, PLEAT_OPTION_PAIRING_MSA, PLEAT_OPTION_QUERY};
  const pleat_options *options = search->base.options;
  pleat_query_list *list;
  if (options->input_count != 2)
    return fprintf(stderr, "pleat msa: --search wants IN (sequences) and OUTDIR\n"), PLEAT_EXIT_USAGE;
  for (size_t i = 0; i < sizeof told / sizeof *told; i++)
    if (options->values[told[i]])
      return fprintf(stderr, "pleat msa: --%s cannot stand beside --search: IN tells the sequences\n",
                     pleat_options_row(told[i])->name), PLEAT_EXIT_USAGE;
  int code = read_searches(search);
  if (code) return code;
  if (options->values[PLEAT_OPTION_THREADS])
    pleat_context_set_threads(search->base.context, (int)pleat_options_number(options, PLEAT_OPTION_THREADS));
  if (!pleat_output_folder(search->base.out)) return PLEAT_EXIT_INPUTS;
  if (pleat_query_list_read(search->base.context, options->inputs[0], &list)) return fail(&search->base);
  bool many = options->values[PLEAT_OPTION_SAVE_FEATURES] && pleat_query_list_count(list) != 1;
  if (many) fprintf(stderr, "pleat msa: --save-features wants one sequence, %s has %zu\n", options->inputs[0],
                    pleat_query_list_count(list));
  code = many ? PLEAT_EXIT_USAGE : search_list(search, list);
  pleat_query_list_free(list);
  return code;
}

static void print_warning(void *user, pleat_log_level level, const char *text) {
  (void)user;
  (void)level;
  fprintf(stderr, "pleat msa: warning: %s\n", text);
}

int pleat_verb_msa(const pleat_options *options) {
  int given = options->input_count, code = PLEAT_EXIT_INPUTS;
  msa_run run = {.options = options, .out = given > 1 ? options->inputs[given - 1] : NULL};
  start_run(&run, (size_t)(given > 1 ? given - 1 : given));
  msa_search search = {0};
  bool made = !pleat_context_create(NULL, &run.context);
  if (made) pleat_context_set_log(run.context, print_warning, NULL, PLEAT_LOG_WARNING);
  if (!made) {
    fprintf(stderr, "pleat: out of memory\n");
  } else if (options->values[PLEAT_OPTION_SEARCH]) {
    search.base = run;
    code = search_all(&search);
  } else {
    code = work(&run);
  }
  free(search.list);
  free(search.cache);
  free(search.searches);
  free(search.limits);
  pleat_context *context = run.context;
  free_run(&run);
  pleat_context_free(context);
  return code;
}
