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
#include "lib/ranks.h"

enum { DIGEST = 32, TEXT = 1024, BLOCK = 1 << 20, NAME = 104, PIECE = 8 << 20 /* of other ranks */ };
static const char magic[16] = "pleat point 2\n";

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
  bool warned, is_root;
  char *piece;          /* of other ranks' rows; where there are others */
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
  if (why && c->is_root)
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

/* Where the bytes of a rank's share of a part lie among all of it. */
typedef struct share_bytes {
  size_t first, count;
} share_bytes;

static share_bytes share_of(const pleat_run *run, const pleat_checkpoint_part *part, int rank) {
  if (part->rows <= 0) return (share_bytes){0, rank ? 0 : part->bytes};
  size_t line = part->bytes / (size_t)part->rows;
  pleat_span share = pleat_ranks_share(run, rank, part->rows);
  return (share_bytes){(size_t)share.first * line, (size_t)share.count * line};
}

static size_t piece_at(size_t done, size_t all) { return all - done < PIECE ? all - done : PIECE; }

/* Rank 0 reads everybody's shares in their order and sends them on. */
static bool read_shares(pleat_run *run, pleat_checkpoint *c, const pleat_checkpoint_part *part) {
  bool good = true;
  for (int r = 0; r < pleat_ranks_count(run); r++) {
    size_t all = share_of(run, part, r).count;
    for (size_t done = 0, n; done < all; done += n) {
      bool mine = r == pleat_ranks_own(run);
      char *place = mine ? (char *)part->data + done : c->piece;
      n = piece_at(done, all);
      if (c->is_root) good = good && fread(place, 1, n, c->file) == n;
      if (mine || c->is_root) good = good && (r == 0 || pleat_ranks_send(c->context, 0, r, place, n) == PLEAT_OK);
      else if (r > 0) good = good && pleat_ranks_send(c->context, 0, r, NULL, 0) == PLEAT_OK;
    }
  }
  if (part->rows <= 0) good = pleat_ranks_tell(c->context, part->data, part->bytes) == PLEAT_OK && good;
  return good;
}

static pleat_status read_part(pleat_run *run, pleat_checkpoint *c, const pleat_checkpoint_part *part) {
  record r;
  bool fits = !c->is_root || (fread(&r, sizeof r, 1, c->file) == 1 && memchr(r.name, 0, NAME) &&
                              !strcmp(part->name, r.name) && part->bytes == r.bytes);
  pleat_status status = PLEAT_OK;
  if (!fits)
    status = pleat_status_fail(c->context, PLEAT_ERROR_IO,
                               "%s: holds no array '%s' that fits this run; remove it and start again", c->setting.path,
                               part->name);
  PLEAT_TRY(pleat_ranks_agree(c->context, status));
  if (!read_shares(run, c, part))
    status = pleat_status_fail(c->context, PLEAT_ERROR_IO, "%s: cannot be read to its end; remove it and start again",
                               c->setting.path);
  return pleat_ranks_agree(c->context, status);
}

/* What the result has gained: rank 0's alone is ever looked at. */
static pleat_status read_arrays(pleat_checkpoint *c, int64_t count) {
  for (int64_t i = 0; c->is_root && i < count; i++) {
    record r;
    PLEAT_CHECK(c->context, fread(&r, sizeof r, 1, c->file) == 1 && memchr(r.name, 0, NAME) &&
                                !strncmp(r.name, "result/", strlen("result/")), PLEAT_ERROR_IO,
                "%s: cannot be read to its end; remove it and start again", c->setting.path);
    PLEAT_TRY(read_array(c, &r));
  }
  return PLEAT_OK;
}

static pleat_status read_records(pleat_run *run, pleat_checkpoint *c, const pleat_checkpoint_point *point) {
  PLEAT_CHECK(c->context, c->about.records >= point->count, PLEAT_ERROR_IO,
              "%s: has %lld arrays for a run that needs %d; remove it and start again", c->setting.path,
              (long long)c->about.records, point->count);
  for (int i = 0; i < point->count; i++) PLEAT_TRY(read_part(run, c, &point->parts[i]));
  PLEAT_TRY(pleat_ranks_agree(c->context, read_arrays(c, c->about.records - point->count)));
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

/* Rank 0 writes its own share and, piece by piece, what the others send, also when its file is lost: they do send. */
static void put_part(pleat_run *run, const pleat_checkpoint *c, writer *w, const pleat_checkpoint_part *part) {
  record r = {.bytes = part->bytes};
  snprintf(r.name, NAME, "%s", part->name);
  put(w, &r, sizeof r);
  for (int rank = 0; rank < pleat_ranks_count(run); rank++) {
    size_t all = share_of(run, part, rank).count;
    for (size_t done = 0, n; done < all; done += n) {
      char *place = rank == pleat_ranks_own(run) ? (char *)part->data + done : c->piece;
      n = piece_at(done, all);
      if (rank > 0 && pleat_ranks_send(c->context, rank, 0, place, n)) w->good = false;
      put(w, place, n);
    }
  }
}

static void put_all(pleat_run *run, const pleat_checkpoint *c, writer *w, const pleat_checkpoint_point *point) {
  header about = {.step = point->step};
  memcpy(about.magic, magic, sizeof magic);
  snprintf(about.fingerprint, TEXT, "%s", c->setting.fingerprint);
  snprintf(about.kernels, sizeof about.kernels, "%s", c->setting.kernels);
  memcpy(about.inputs, c->inputs, DIGEST);
  about.records = point->count + (int64_t)(c->result->array_count - c->own_arrays);
  put(w, &about, sizeof about);
  for (int i = 0; i < point->count; i++) put_part(run, c, w, &point->parts[i]);
  for (size_t i = c->own_arrays; i < c->result->array_count; i++) put_array(w, &c->result->arrays[i]);
}

/* `path` NULL: nothing is written, here or at all, but the other ranks are heard. */
static bool write_to(pleat_run *run, const pleat_checkpoint *c, const char *path, const pleat_checkpoint_point *point) {
  unsigned char made[EVP_MAX_MD_SIZE];
  writer w = {.file = path ? fopen(path, "wb") : NULL, .digest = EVP_MD_CTX_new()};
  w.good = w.file && w.digest && EVP_DigestInit_ex(w.digest, EVP_sha256(), NULL) == 1;
  put_all(run, c, &w, point);
  w.good = w.good && EVP_DigestFinal_ex(w.digest, made, NULL) == 1 && fwrite(made, 1, DIGEST, w.file) == DIGEST;
  EVP_MD_CTX_free(w.digest);
  if (w.file && (fflush(w.file) || fsync(fileno(w.file)))) w.good = false;
  int error = errno;
  if (w.file && fclose(w.file)) w.good = false;
  errno = error;
  return w.good;
}

/* A checkpoint that cannot be written is a pity, no failure. */
static void write_point(pleat_run *run, pleat_checkpoint *c, const pleat_checkpoint_point *point) {
  char *temporary = NULL;
  double begin = now();
  errno = 0;
  bool begun = c->is_root && pleat_file_begin(c->context, c->setting.path, &temporary) == PLEAT_OK;
  bool good = write_to(run, c, begun ? temporary : NULL, point);
  if (begun && !good) pleat_file_abandon(c->context, temporary);
  if (begun && good) good = pleat_file_commit(c->context, c->setting.path, temporary) == PLEAT_OK;
  good = good || !c->is_root;
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
  *c = (pleat_checkpoint){.context = context, .setting = *setting, .result = result, .own_arrays = result->array_count,
                          .written = now(), .is_root = context->ranks.count <= 1 || context->ranks.rank == 0};
  pleat_status status = context->ranks.count > 1 ? pleat_memory_take(context, PIECE, 1, &c->piece) : PLEAT_OK;
  if (!status && c->is_root) status = open_earlier(c);
  status = pleat_ranks_agree(context, status);
  if (!status) status = pleat_ranks_tell(context, &c->about, sizeof c->about);
  if (status) pleat_checkpoint_end(c);
  else *out = c;
  return status;
}

void pleat_checkpoint_end(pleat_checkpoint *c) {
  if (!c) return;
  if (c->file) fclose(c->file);
  pleat_memory_release(c->context, c->piece);
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

/* Progress; then whether to write: when it is time by rank 0's clock, or when any rank is asked to stop, which all do. */
static bool settle(pleat_run *run, const pleat_checkpoint *c, const pleat_checkpoint_point *point) {
  enum { TIME = 1, STOP = 2 };
  pleat_run_progress(run, point->fraction, point->stage);
  int64_t wish = run->status ? STOP : c && c->is_root && is_time(c) ? TIME : 0;
  pleat_status status = run->ranks ? pleat_ranks_greatest(run->context, &wish) : PLEAT_OK;
  if (!run->status) run->status = status;
  if (!run->status && wish == STOP)
    run->status = pleat_status_fail(run->context, PLEAT_ERROR_CANCELLED, "stopped during '%s', as another rank was", point->stage);
  return wish > 0;
}

void pleat_checkpoint_reach(pleat_run *run, const pleat_checkpoint_point *point) {
  pleat_checkpoint *c = run->checkpoint;
  if (pleat_run_idle(run)) return;
  if (c && c->about.step > point->step) return;
  if (c && c->about.step == point->step) {
    run->status = read_records(run, c, point);
    forget(c, NULL);
    c->written = now();
    return;
  }
  bool write = settle(run, c, point);
  if (c && write) write_point(run, c, point);
}
