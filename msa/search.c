/* Searches by jackhmmer, hhblits and mmseqs2, their results kept in a folder under a digest of sequence and database.
 * SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* nftw */
#include <errno.h>
#include <ftw.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/file.h"
#include "lib/text.h"
#include "msa/command.h"
#include "msa/lines.h"
#include "msa/msa.h"
#include "msa/rowset.h"

enum { MOST_WORDS = 32, MOST_STEPS = 4, KEY = 33 };

/* Words of a command line: "@/x" is x in the work folder, "%d" the database, "%t" the threads. */
typedef const char *command_words[MOST_WORDS];

typedef struct search_tool {
  const char *name, *other_name, *package;
  const char *wants;   /* as a database */
  const char *witness; /* what to add to the database's name for a file that must be there */
  const char *output;  /* in the work folder */
  const char *ending;  /* of the kept result */
  command_words steps[MOST_STEPS];
} search_tool;

/* jackhmmer and hhblits with the options of AlphaFold's published pipeline, mmseqs2 much like ColabFold's. */
static const search_tool tools[] = {
    {"jackhmmer", "hmmer", "hmmer", "a FASTA file", "", "out.sto", ".sto",
     {{"jackhmmer", "-o", "/dev/null", "-A", "@/out.sto", "--noali", "--F1", "0.0005", "--F2", "0.00005", "--F3",
       "0.0000005", "--incE", "0.0001", "-E", "0.0001", "--cpu", "%t", "-N", "1", "@/query.fa", "%d"}}},
    {"hhblits", "hhsuite", "hhsuite", "the name before _hhm.ffdata", "_hhm.ffindex", "out.a3m", ".a3m",
     {{"hhblits", "-i", "@/query.fa", "-d", "%d", "-oa3m", "@/out.a3m", "-o", "/dev/null", "-cpu", "%t", "-n", "3",
       "-e", "0.001", "-maxseq", "1000000", "-realign_max", "100000", "-maxfilt", "100000", "-min_prefilter_hits",
       "1000"}}},
    {"mmseqs2", "mmseqs", "mmseqs2", "what 'mmseqs createdb' has made", ".dbtype", "out", ".a3m",
     {{"mmseqs", "createdb", "@/query.fa", "@/query"},
      {"mmseqs", "search", "@/query", "%d", "@/result", "@/tmp", "--num-iterations", "3", "-a", "-s", "8", "-e", "0.1",
       "--max-seqs", "10000", "--threads", "%t"},
      {"mmseqs", "result2msa", "@/query", "%d", "@/result", "@/out", "--msa-format-mode", "5", "--threads", "%t"},
      {"mmseqs", "convertalis", "@/query", "%d", "@/result", "@/headers", "--format-output", "target,theader",
       "--threads", "%t"}}},
};

typedef struct search_run {
  pleat_context *context;
  const search_tool *tool;
  const char *sequence, *database, *cache;
  pleat_pool pool;
  char *kept, *work; /* the result's file, the work folder */
} search_run;

static pleat_status join(search_run *run, char **path, const char *folder, const char *name, const char *ending) {
  size_t size = strlen(folder) + strlen(name) + strlen(ending) + 2;
  PLEAT_TRY(pleat_pool_take(&run->pool, size, 1, path));
  snprintf(*path, size, "%s%s%s%s", folder, *name ? "/" : "", name, ending);
  return PLEAT_OK;
}

static pleat_status find_tool(search_run *run, const char *name) {
  for (size_t i = 0; i < sizeof tools / sizeof *tools; i++)
    if (!strcmp(name, tools[i].name) || !strcmp(name, tools[i].other_name)) run->tool = &tools[i];
  PLEAT_CHECK(run->context, run->tool, PLEAT_ERROR_INPUT,
              "'%.60s' is no program to search with; there are jackhmmer, hhblits and mmseqs2", name);
  return PLEAT_OK;
}

static pleat_status check_sequence(const search_run *run) {
  size_t letters = strspn(run->sequence, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
  PLEAT_CHECK(run->context, letters && !run->sequence[letters], PLEAT_ERROR_INPUT,
              "a search takes one sequence of capital letters; chains of a complex are searched one by one");
  return PLEAT_OK;
}

/* Program with its options, database as it is now, and sequence, as 32 hex digits: another database or another state of
 * it is another search. */
static pleat_status make_key(search_run *run, char key[KEY]) {
  struct stat about;
  char *witness, *real;
  pleat_text text;
  unsigned char digest[EVP_MAX_MD_SIZE];
  PLEAT_TRY(join(run, &witness, run->database, "", run->tool->witness));
  PLEAT_CHECK(run->context, stat(witness, &about) == 0, PLEAT_ERROR_NOT_FOUND,
              "%s: is no database of %s, which wants %s: %s: %s", run->database, run->tool->name,
              run->tool->wants, witness, strerror(errno));
  real = realpath(witness, NULL);
  pleat_text_init(&text, run->context);
  pleat_text_append(&text, "%s\n%s\n%lld\n%lld\n%s", run->tool->name, real ? real : witness, (long long)about.st_size,
                    (long long)about.st_mtime, run->sequence);
  free(real);
  for (int i = 0; i < MOST_STEPS; i++)
    for (int k = 0; k < MOST_WORDS && run->tool->steps[i][k]; k++)
      pleat_text_append(&text, "\n%s", run->tool->steps[i][k]);
  pleat_status status = text.status;
  if (!status && EVP_Digest(text.bytes, text.length, digest, NULL, EVP_sha256(), NULL) != 1)
    status = pleat_status_fail(run->context, PLEAT_ERROR_MEMORY, "out of memory: SHA-256 could not be computed");
  for (int i = 0; !status && i < KEY / 2; i++) snprintf(key + 2 * i, 3, "%02x", digest[i]);
  pleat_text_free(&text);
  return status;
}

/* Makes the folder and those above it. */
static pleat_status make_folder(search_run *run, const char *folder) {
  char *path;
  PLEAT_TRY(pleat_pool_copy_text(&run->pool, folder, strlen(folder), &path));
  for (char *at = path + 1; *at; at++) {
    if (*at != '/') continue;
    *at = 0;
    mkdir(path, 0777);
    *at = '/';
  }
  PLEAT_CHECK(run->context, mkdir(path, 0777) == 0 || errno == EEXIST, PLEAT_ERROR_IO, "%s: cannot be made: %s", folder,
              strerror(errno));
  return PLEAT_OK;
}

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *place) {
  (void)about, (void)kind, (void)place;
  remove(path);
  return 0;
}

static void remove_folder(const char *folder) { nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS); }

static pleat_status run_step(search_run *run, const command_words *words, const char *log) {
  const char *argv[MOST_WORDS + 1] = {0};
  char threads[16], *path;
  snprintf(threads, sizeof threads, "%d", pleat_context_threads(run->context));
  for (int i = 0; i < MOST_WORDS && (*words)[i]; i++) {
    const char *word = (*words)[i];
    argv[i] = !strcmp(word, "%d") ? run->database : !strcmp(word, "%t") ? threads : word;
    if (word[0] != '@') continue;
    PLEAT_TRY(join(run, &path, run->work, word + 2, ""));
    argv[i] = path;
  }
  return pleat_command_run(run->context, argv, log, run->tool->package);
}

/* "ACCESSION<TAB>HEADER" a line: the headers by accession. */
typedef struct header_list {
  pleat_rowset accessions;
  pleat_rowset_key *headers; /* (accessions.count) in the file's bytes; owned */
  size_t capacity;
} header_list;

static pleat_status read_headers(search_run *run, const char *bytes, size_t length, header_list *list) {
  pleat_lines lines;
  size_t index;
  pleat_lines_init(&lines, bytes, length);
  while (pleat_lines_next(&lines)) {
    const char *tab = memchr(lines.text, '\t', lines.text_length);
    if (!tab) continue;
    size_t accession = (size_t)(tab - lines.text);
    PLEAT_TRY(pleat_rowset_add(&list->accessions, lines.text, accession, &index, NULL));
    PLEAT_TRY(pleat_memory_grow(run->context, &list->headers, &list->capacity, index + 1, sizeof *list->headers));
    list->headers[index] = (pleat_rowset_key){tab + 1, lines.text_length - accession - 1};
  }
  return PLEAT_OK;
}

/* mmseqs2 names rows by their accession alone, which tells no species; this gives them their headers. */
static pleat_status name_rows(search_run *run, pleat_msa *msa, const char *bytes, size_t length) {
  header_list list = {0};
  pleat_rowset_init(&list.accessions, run->context);
  pleat_status status = read_headers(run, bytes, length, &list);
  for (size_t i = 1; !status && i < msa->row_count; i++) {
    size_t found = pleat_rowset_find(&list.accessions, msa->rows[i].name, strlen(msa->rows[i].name));
    if (found == SIZE_MAX) continue;
    status = pleat_msa_rename_row(msa, i, list.headers[found].bytes, list.headers[found].length);
  }
  pleat_rowset_free(&list.accessions);
  pleat_memory_release(run->context, list.headers);
  return status;
}

/* The result with the headers of the database, in its place. */
static pleat_status restore_headers(search_run *run, const char *found) {
  char *headers, *bytes = NULL, *a3m;
  size_t length = 0;
  pleat_msa *msa;
  PLEAT_TRY(join(run, &headers, run->work, "headers", ""));
  if (access(headers, R_OK) != 0) return PLEAT_OK;
  PLEAT_TRY(join(run, &a3m, run->work, "named", ".a3m"));
  PLEAT_TRY(pleat_file_read(run->context, headers, 0, &bytes, &length));
  pleat_status status = pleat_msa_read(run->context, found, &msa);
  if (!status) status = name_rows(run, msa, bytes, length);
  if (!status) status = pleat_msa_write(msa, a3m);
  pleat_msa_free(msa);
  pleat_memory_release(run->context, bytes);
  PLEAT_TRY(status);
  PLEAT_CHECK(run->context, rename(a3m, found) == 0, PLEAT_ERROR_IO, "%s: cannot be written: %s", found,
              strerror(errno));
  return PLEAT_OK;
}

/* A search that finds nothing may leave no file; the alignment is then the query alone. */
static pleat_status keep_result(search_run *run) {
  char *found;
  struct stat about;
  pleat_text text;
  PLEAT_TRY(join(run, &found, run->work, run->tool->output, ""));
  if (stat(found, &about) == 0 && about.st_size > 0) {
    PLEAT_TRY(restore_headers(run, found));
    PLEAT_CHECK(run->context, rename(found, run->kept) == 0, PLEAT_ERROR_IO, "%s: cannot be written: %s", run->kept,
                strerror(errno));
    return PLEAT_OK;
  }
  pleat_text_init(&text, run->context);
  pleat_text_append(&text, strcmp(run->tool->ending, ".sto") ? ">query\n%s\n" : "# STOCKHOLM 1.0\nquery %s\n//\n",
                    run->sequence);
  pleat_status status = text.status;
  if (!status) status = pleat_file_write(run->context, run->kept, text.bytes, text.length);
  pleat_text_free(&text);
  return status;
}

static pleat_status run_steps(search_run *run) {
  char *query, *log;
  pleat_text text;
  PLEAT_TRY(make_folder(run, run->work));
  PLEAT_TRY(join(run, &query, run->work, "query.fa", ""));
  PLEAT_TRY(join(run, &log, run->work, "log", ""));
  pleat_text_init(&text, run->context);
  pleat_text_append(&text, ">query\n%s\n", run->sequence);
  pleat_status status = text.status;
  if (!status) status = pleat_file_write(run->context, query, text.bytes, text.length);
  pleat_text_free(&text);
  for (int i = 0; !status && i < MOST_STEPS && run->tool->steps[i][0]; i++)
    status = run_step(run, &run->tool->steps[i], log);
  return status ? status : keep_result(run);
}

static pleat_status search(search_run *run, const char *program, pleat_msa **msa) {
  char key[KEY] = "", name[96];
  PLEAT_TRY(find_tool(run, program));
  PLEAT_TRY(check_sequence(run));
  PLEAT_TRY(make_key(run, key));
  snprintf(name, sizeof name, "%s-%s", run->tool->name, key);
  PLEAT_TRY(join(run, &run->kept, run->cache, name, run->tool->ending));
  if (access(run->kept, R_OK) != 0) {
    snprintf(name, sizeof name, ".%s.%ld", key, (long)getpid());
    PLEAT_TRY(join(run, &run->work, run->cache, name, ""));
    pleat_status status = run_steps(run);
    remove_folder(run->work);
    PLEAT_TRY(status);
  }
  PLEAT_TRY(pleat_msa_read(run->context, run->kept, msa));
  pleat_status status = pleat_msa_check_query(*msa, run->sequence);
  if (!status) return PLEAT_OK;
  pleat_msa_free(*msa);
  *msa = NULL;
  return status;
}

pleat_status pleat_msa_search(pleat_context *context, const char *sequence, const pleat_msa_search_options *options,
                              pleat_msa **msa) {
  search_run run = {.context = context, .sequence = sequence, .database = options->database, .cache = options->cache};
  *msa = NULL;
  pleat_pool_init(&run.pool, context, 0);
  pleat_status status = search(&run, options->program, msa);
  pleat_pool_free(&run.pool);
  return status;
}
