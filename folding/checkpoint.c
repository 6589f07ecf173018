/* Checkpoint files: a header, records of named bytes, and a checksum of all that.
 * SPDX-License-Identifier: MIT */
#include "folding/checkpoint.h"

#include <errno.h>
#include <openssl/evp.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/context.h"
#include "lib/file.h"

enum { DIGEST = 32, TEXT = 1024, BLOCK = 1 << 20, NAME = 104 };
static const char magic[16] = "pleat point 1\n";

/* Numbers are as this machine keeps them; the magic word and the sizes tell another kind of machine. */
typedef struct header {
  char magic[sizeof magic];
  char fingerprint[TEXT], kernels[16];
  unsigned char inputs[DIGEST];
  int64_t step, records;
} header;

typedef struct record {
  char name[NAME]; /* of a result's array behind "result/" */
  int64_t rank;
  uint64_t shape[4], bytes;
} record;

struct pleat_checkpoint {
  pleat_context *context;
  pleat_checkpoint_setting setting;
  pleat_result *result;
  size_t own_arrays; /* of the result, which it has from the start */
  FILE *file;        /* the earlier run's; NULL: none */
  header about;      /* of the earlier run; step 0: none, or not fit */
  unsigned char inputs[DIGEST];
  double written, cost; /* when, and how long it took, in seconds */
  bool warned;
};

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* ---- Reading ---- */

/* Everything but the last 32 bytes against those; the file stands at its start again. */
static bool is_whole(FILE *file, char *block) {
  unsigned char made[EVP_MAX_MD_SIZE], stored[DIGEST];
  EVP_MD_CTX *digest = EVP_MD_CTX_new();
  off_t left = fseeko(file, 0, SEEK_END) ? -1 : ftello(file) - DIGEST;
  bool good = digest && left > 0 && !fseeko(file, 0, SEEK_SET) && EVP_DigestInit_ex(digest, EVP_sha256(), NULL) == 1;
  while (good && left > 0) {
    size_t want = left < BLOCK ? (size_t)left : BLOCK;
    good = fread(block, 1, want, file) == want && EVP_DigestUpdate(digest, block, want) == 1;
    left -= (off_t)want;
  }
  good = good && EVP_DigestFinal_ex(digest, made, NULL) == 1 && fread(stored, 1, DIGEST, file) == DIGEST &&
         !memcmp(made, stored, DIGEST) && !fseeko(file, 0, SEEK_SET);
  EVP_MD_CTX_free(digest);
  return good;
}

static void forget(pleat_checkpoint *c, const char *why) {
  if (why)
    pleat_log(c->context, PLEAT_LOG_WARNING, "%s: %s; the run begins anew", c->setting.path, why);
  if (c->file) fclose(c->file);
  c->file = NULL;
  c->about.step = 0;
}

/* Looks at a file that is there; one that does not fit is not an error. */
static pleat_status open_earlier(pleat_checkpoint *c) {
  char *block;
  c->file = fopen(c->setting.path, "rb");
  if (!c->file) {
    if (errno != ENOENT) forget(c, strerror(errno));
    return PLEAT_OK;
  }
  PLEAT_TRY(pleat_memory_take(c->context, BLOCK, 1, &block));
  const char *why = NULL;
  if (!is_whole(c->file, block) || fread(&c->about, sizeof c->about, 1, c->file) != 1 ||
      memcmp(c->about.magic, magic, sizeof magic))
    why = "is no whole checkpoint";
  else if (strncmp(c->about.fingerprint, c->setting.fingerprint, TEXT - 1))
    why = "is of another model or other settings";
  pleat_memory_release(c->context, block);
  if (why) forget(c, why);
  else if (strncmp(c->about.kernels, c->setting.kernels, sizeof c->about.kernels - 1))
    pleat_log(c->context, PLEAT_LOG_WARNING,
              "%s: was made by %.15s kernels and goes on with %s: the last bits will be neither's", c->setting.path,
              c->about.kernels, c->setting.kernels);
  return PLEAT_OK;
}

static pleat_status read_array(pleat_checkpoint *c, const record *r) {
  size_t shape[4], count = 1;
  float *data;
  bool good = r->rank >= 0 && r->rank <= 4;
  for (int d = 0; good && d < r->rank; d++) count *= shape[d] = (size_t)r->shape[d];
  good = good && r->bytes == count * sizeof *data;
  if (good) PLEAT_TRY(pleat_result_add_array(c->result, r->name + strlen("result/"), (int)r->rank, shape, &data));
  PLEAT_CHECK(c->context, good && fread(data, 1, r->bytes, c->file) == r->bytes, PLEAT_ERROR_IO,
              "%s: cannot be read to its end; remove it and start again", c->setting.path);
  return PLEAT_OK;
}

static pleat_status read_part(pleat_checkpoint *c, const record *r, const pleat_checkpoint_point *point) {
  for (int i = 0; i < point->count; i++)
    if (!strcmp(point->parts[i].name, r->name) && point->parts[i].bytes == r->bytes &&
        fread(point->parts[i].data, 1, r->bytes, c->file) == r->bytes)
      return PLEAT_OK;
  return pleat_status_fail(c->context, PLEAT_ERROR_IO,
                           "%s: '%.*s' in it does not fit this run; remove it and start again", c->setting.path, NAME,
                           r->name);
}

static pleat_status read_records(pleat_checkpoint *c, const pleat_checkpoint_point *point) {
  int parts = 0;
  for (int64_t i = 0; i < c->about.records; i++) {
    record r;
    PLEAT_CHECK(c->context, fread(&r, sizeof r, 1, c->file) == 1 && memchr(r.name, 0, NAME), PLEAT_ERROR_IO,
                "%s: cannot be read to its end; remove it and start again", c->setting.path);
    bool kept = !strncmp(r.name, "result/", strlen("result/"));
    PLEAT_TRY(kept ? read_array(c, &r) : read_part(c, &r, point));
    parts += !kept;
  }
  PLEAT_CHECK(c->context, parts == point->count, PLEAT_ERROR_IO,
              "%s: has %d arrays for a run that needs %d; remove it and start again", c->setting.path, parts,
              point->count);
  pleat_log(c->context, PLEAT_LOG_INFO, "%s: goes on from %s, point %lld", c->setting.path, point->stage,
            (long long)point->step);
  return PLEAT_OK;
}

/* ---- Writing ---- */

typedef struct writer {
  FILE *file;
  EVP_MD_CTX *digest;
  bool good;
} writer;

static void put(writer *w, const void *bytes, size_t count) {
  w->good = w->good && (!count || (fwrite(bytes, 1, count, w->file) == count &&
                                   EVP_DigestUpdate(w->digest, bytes, count) == 1));
}

static void put_array(writer *w, const pleat_array *array) {
  record r = {.rank = array->rank, .bytes = sizeof *array->data};
  for (int d = 0; d < array->rank; d++) r.bytes *= r.shape[d] = array->shape[d];
  w->good = w->good && snprintf(r.name, NAME, "result/%s", array->name) < NAME;
  put(w, &r, sizeof r);
  put(w, array->data, (size_t)r.bytes);
}

static void put_all(const pleat_checkpoint *c, writer *w, const pleat_checkpoint_point *point) {
  header about = {.step = point->step};
  memcpy(about.magic, magic, sizeof magic);
  snprintf(about.fingerprint, TEXT, "%s", c->setting.fingerprint);
  snprintf(about.kernels, sizeof about.kernels, "%s", c->setting.kernels);
  memcpy(about.inputs, c->inputs, DIGEST);
  about.records = point->count + (int64_t)(c->result->array_count - c->own_arrays);
  put(w, &about, sizeof about);
  for (int i = 0; i < point->count; i++) {
    record r = {.bytes = point->parts[i].bytes};
    snprintf(r.name, NAME, "%s", point->parts[i].name);
    put(w, &r, sizeof r);
    put(w, point->parts[i].data, point->parts[i].bytes);
  }
  for (size_t i = c->own_arrays; i < c->result->array_count; i++) put_array(w, &c->result->arrays[i]);
}

static bool write_to(const pleat_checkpoint *c, const char *path, const pleat_checkpoint_point *point) {
  unsigned char made[EVP_MAX_MD_SIZE];
  writer w = {.file = fopen(path, "wb"), .digest = EVP_MD_CTX_new()};
  w.good = w.file && w.digest && EVP_DigestInit_ex(w.digest, EVP_sha256(), NULL) == 1;
  if (w.good) put_all(c, &w, point);
  w.good = w.good && EVP_DigestFinal_ex(w.digest, made, NULL) == 1 && fwrite(made, 1, DIGEST, w.file) == DIGEST;
  EVP_MD_CTX_free(w.digest);
  if (w.file && (fflush(w.file) || fsync(fileno(w.file)))) w.good = false;
  int error = errno;
  if (w.file && fclose(w.file)) w.good = false;
  errno = error;
  return w.good;
}

/* A checkpoint that cannot be written is a pity, no failure. */
static void write_point(pleat_checkpoint *c, const pleat_checkpoint_point *point) {
  char *temporary;
  double begin = now();
  errno = 0;
  bool good = pleat_file_begin(c->context, c->setting.path, &temporary) == PLEAT_OK;
  if (good && !write_to(c, temporary, point)) {
    good = false;
    pleat_file_abandon(c->context, temporary);
  } else if (good) {
    good = pleat_file_commit(c->context, c->setting.path, temporary) == PLEAT_OK;
  }
  if (!good && !c->warned)
    pleat_log(c->context, PLEAT_LOG_WARNING, "%s: the checkpoint cannot be written (%s); the run goes on without",
              c->setting.path, errno ? strerror(errno) : "see above");
  c->warned = c->warned || !good;
  c->written = now();
  c->cost = c->written - begin;
}

/* ---- The run's side ---- */

pleat_status pleat_checkpoint_start(pleat_context *context, const pleat_checkpoint_setting *setting, pleat_result *result,
                                    pleat_checkpoint **out) {
  pleat_checkpoint *c;
  *out = NULL;
  PLEAT_TRY(pleat_memory_take(context, 1, sizeof *c, &c));
  *c = (pleat_checkpoint){.context = context, .setting = *setting, .result = result,
                          .own_arrays = result->array_count, .written = now()};
  pleat_status status = open_earlier(c);
  if (status) pleat_checkpoint_end(c);
  else *out = c;
  return status;
}

void pleat_checkpoint_end(pleat_checkpoint *c) {
  if (!c) return;
  if (c->file) fclose(c->file);
  pleat_memory_release(c->context, c);
}

int64_t pleat_checkpoint_goal(const pleat_run *run) { return run->checkpoint ? run->checkpoint->about.step : 0; }

bool pleat_checkpoint_skips(const pleat_run *run, int64_t step) {
  return !pleat_run_idle(run) && pleat_checkpoint_goal(run) >= step;
}

void pleat_checkpoint_describe(pleat_run *run, const pleat_checkpoint_part *inputs, int count) {
  pleat_checkpoint *c = run->checkpoint;
  unsigned char made[EVP_MAX_MD_SIZE] = {0};
  if (!c || pleat_run_idle(run)) return;
  EVP_MD_CTX *digest = EVP_MD_CTX_new();
  bool good = digest && EVP_DigestInit_ex(digest, EVP_sha256(), NULL) == 1;
  for (int i = 0; good && i < count; i++) {
    uint64_t bytes = inputs[i].data ? inputs[i].bytes : 0;
    good = EVP_DigestUpdate(digest, &bytes, sizeof bytes) == 1 &&
           (!bytes || EVP_DigestUpdate(digest, inputs[i].data, inputs[i].bytes) == 1);
  }
  good = good && EVP_DigestFinal_ex(digest, made, NULL) == 1;
  EVP_MD_CTX_free(digest);
  if (!good) run->status = pleat_status_fail(run->context, PLEAT_ERROR_MEMORY, "out of memory for a checksum");
  memcpy(c->inputs, made, DIGEST);
  if (c->about.step && memcmp(c->about.inputs, c->inputs, DIGEST)) forget(c, "is of another input");
}

/* A slow disk gets no more than a tenth of the run. */
static bool is_time(const pleat_checkpoint *c) {
  double wait = c->setting.seconds > 0 && c->setting.seconds < 10 * c->cost ? 10 * c->cost : c->setting.seconds;
  return now() - c->written >= wait;
}

void pleat_checkpoint_reach(pleat_run *run, const pleat_checkpoint_point *point) {
  pleat_checkpoint *c = run->checkpoint;
  if (!c || pleat_run_idle(run)) {
    pleat_run_progress(run, point->fraction, point->stage);
    return;
  }
  if (c->about.step > point->step) return;
  if (c->about.step == point->step) {
    run->status = read_records(c, point);
    forget(c, NULL);
    c->written = now();
    return;
  }
  pleat_run_progress(run, point->fraction, point->stage);
  if (run->status || is_time(c)) write_point(c, point);
}
