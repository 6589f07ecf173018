/* Installed models: the search path, import and verification.
 * SPDX-License-Identifier: MIT */
#include "data/store.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "data/catalog.h"
#include "data/convert/convert.h"
#include "data/convert/tar.h"
#include "lib/text.h"

enum { FOLDERS = 4 };

/* The search path; a text is NULL when its variable is not set. */
typedef struct search_path {
  char *folder[FOLDERS];
} search_path;

/* "a" "b" in a new block. */
static pleat_status join(pleat_context *context, const char *first, const char *second, char **out) {
  size_t a = strlen(first), b = strlen(second);
  PLEAT_TRY(pleat_memory_take(context, a + b + 1, 1, out));
  memcpy(*out, first, a);
  memcpy(*out + a, second, b);
  return PLEAT_OK;
}

static const char *variable(const char *name) {
  const char *value = getenv(name);
  return value && *value ? value : NULL;
}

static void free_search(pleat_context *context, search_path *search) {
  for (int i = 0; i < FOLDERS; i++) pleat_memory_release(context, search->folder[i]);
}

static pleat_status fill_search(pleat_context *context, search_path *search) {
  const char *models = variable("PLEAT_MODELS"), *data = variable("XDG_DATA_HOME"), *home = variable("HOME");
  if (context->models_dir) PLEAT_TRY(join(context, context->models_dir, "", &search->folder[0]));
  if (models) PLEAT_TRY(join(context, models, "", &search->folder[1]));
  if (data)
    PLEAT_TRY(join(context, data, "/pleat/models", &search->folder[2]));
  else if (home)
    PLEAT_TRY(join(context, home, "/.local/share/pleat/models", &search->folder[2]));
  return join(context, PLEAT_MODELS_SYSTEM_DIR, "", &search->folder[3]);
}

static pleat_status make_search(pleat_context *context, search_path *search) {
  *search = (search_path){{NULL}};
  pleat_status status = fill_search(context, search);
  if (status) free_search(context, search);
  return status;
}

/* Letters, digits, '-', '_' and '.', not at the start: a name is never a path. */
static pleat_status check_name(pleat_context *context, const char *name) {
  bool good = isalnum((unsigned char)name[0]) && strlen(name) <= 100;
  for (const char *p = name; *p && good; p++) good = isalnum((unsigned char)*p) || strchr("-_.", *p);
  PLEAT_CHECK(context, good, PLEAT_ERROR_INPUT,
              "'%.100s' is not a model's name: letters, digits, '-', '_' and '.' are allowed", name);
  return PLEAT_OK;
}

static pleat_status model_path(pleat_context *context, const char *folder, const char *name, char **path) {
  size_t size = strlen(folder) + strlen(name) + sizeof "/.h5";
  PLEAT_TRY(pleat_memory_take(context, size, 1, path));
  strcat(strcat(strcat(strcpy(*path, folder), "/"), name), ".h5");
  return PLEAT_OK;
}

static pleat_status not_installed(pleat_context *context, const search_path *search, const char *name) {
  pleat_text folders;
  pleat_text_init(&folders, context);
  for (int i = 0; i < FOLDERS; i++)
    if (search->folder[i]) pleat_text_append(&folders, "%s%s", folders.length ? ", " : "", search->folder[i]);
  const pleat_catalog_row *row = pleat_catalog_find(name);
  pleat_status status = folders.status;
  if (!status)
    status = pleat_status_fail(context, PLEAT_ERROR_NOT_FOUND,
                               row ? "model '%s' is not installed (looked in %s); `pleat models get %s` fetches it"
                                   : "there is no model '%s' (looked in %s)",
                               name, folders.bytes, name);
  pleat_text_free(&folders);
  return status;
}

static pleat_status search_for(pleat_context *context, const search_path *search, const char *name, char **path) {
  for (int i = 0; i < FOLDERS; i++) {
    if (!search->folder[i]) continue;
    PLEAT_TRY(model_path(context, search->folder[i], name, path));
    if (access(*path, F_OK) == 0) return PLEAT_OK;
    pleat_memory_release(context, *path);
    *path = NULL;
  }
  return not_installed(context, search, name);
}

pleat_status pleat_store_find(pleat_context *context, const char *name, char **path) {
  search_path search;
  *path = NULL;
  PLEAT_TRY(check_name(context, name));
  PLEAT_TRY(make_search(context, &search));
  pleat_status status = search_for(context, &search, name, path);
  free_search(context, &search);
  return status;
}

/* mkdir -p; `folder` is cut and mended on the way. */
static pleat_status make_folder(pleat_context *context, char *folder) {
  for (char *p = folder + 1; *p; p++) {
    if (*p != '/') continue;
    *p = 0;
    mkdir(folder, 0777); /* what goes wrong here shows in the last one */
    *p = '/';
  }
  PLEAT_CHECK(context, mkdir(folder, 0777) == 0 || errno == EEXIST, PLEAT_ERROR_IO, "%s: the folder cannot be made: %s",
              folder, strerror(errno));
  PLEAT_CHECK(context, access(folder, W_OK | X_OK) == 0, PLEAT_ERROR_IO, "%s: the folder cannot be written: %s", folder,
              strerror(errno));
  return PLEAT_OK;
}

/* Takes the chosen folder out of the search path. */
static pleat_status choose_folder(pleat_context *context, search_path *search, char **folder) {
  for (int i = 0; i < FOLDERS; i++) {
    if (!search->folder[i]) continue;
    PLEAT_TRY(make_folder(context, search->folder[i]));
    *folder = search->folder[i];
    search->folder[i] = NULL;
    return PLEAT_OK;
  }
  return pleat_status_fail(context, PLEAT_ERROR_NOT_FOUND, "there is no folder for models; set PLEAT_MODELS");
}

pleat_status pleat_store_folder_for_writing(pleat_context *context, char **folder) {
  search_path search;
  *folder = NULL;
  PLEAT_TRY(make_search(context, &search));
  pleat_status status = choose_folder(context, &search, folder);
  free_search(context, &search);
  return status;
}

static bool ends_in(const char *text, const char *ending) {
  size_t a = strlen(text), b = strlen(ending);
  return a >= b && strcmp(text + a - b, ending) == 0;
}

static bool is_path(const char *text) {
  static const char *const endings[] = {".h5", ".pt", ".pth", ".ckpt", ".npz", ".safetensors"};
  if (strchr(text, '/')) return true;
  for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
    if (ends_in(text, endings[i])) return true;
  return false;
}

/* A published file by its ending, a model file otherwise; each reader then looks at the content. */
static pleat_status open_path(pleat_context *context, const char *path, pleat_weights **weights) {
  if (ends_in(path, ".h5")) return pleat_weights_open(context, path, weights);
  if (!pleat_convert_is_model_file(path)) return pleat_convert_read(context, path, weights);
  return pleat_weights_open(context, path, weights);
}

pleat_status pleat_store_open(pleat_context *context, const char *name_or_path, pleat_weights **weights) {
  char *path;
  *weights = NULL;
  if (is_path(name_or_path)) return open_path(context, name_or_path, weights);
  PLEAT_TRY(pleat_store_find(context, name_or_path, &path));
  pleat_status status = pleat_weights_open(context, path, weights);
  pleat_memory_release(context, path);
  return status;
}

/* ---- Import ---- */

/* One import: what it was asked for. */
typedef struct import_job {
  const char *name, *folder; /* each may be NULL */
  pleat_store_check check;   /* may be NULL */
  bool published;            /* the file comes out of an archive that is the published one */
} import_job;

/* What the file is: by its sha256; else, when its own name is that of a published file, by that, which a name given by the
 * caller must agree with or else stands alone. */
static const pleat_catalog_row *recognise(const import_job *job, const pleat_weights_about *about, bool *by_name) {
  const pleat_catalog_row *row = pleat_catalog_find_sha256(about->sha256);
  *by_name = !row;
  if (row) return row;
  row = pleat_catalog_find_file(about->source_file);
  return row && (!job->name || !strcmp(job->name, row->model)) ? row : NULL;
}

static void say_origin(pleat_context *context, const pleat_weights *weights, const pleat_catalog_row *row,
                       const char *name) {
  if (row && !*row->sha256)
    pleat_log(context, PLEAT_LOG_WARNING,
              "%s: is taken for '%s' by its name; only the sha256 of the whole %s is known, not of this file",
              pleat_weights_path(weights), name, row->version);
  else
    pleat_log(context, PLEAT_LOG_WARNING, "%s: is not the published file of '%s'; its licence and origin are not known",
              pleat_weights_path(weights), name);
}

/* The model's name, from the file when it was not given, and what is known of the file. */
static pleat_status describe(pleat_context *context, const import_job *job, pleat_weights *weights, const char **name) {
  pleat_weights_about about = pleat_weights_describe(weights);
  bool by_name;
  const pleat_catalog_row *row = recognise(job, &about, &by_name);
  PLEAT_CHECK(context, job->name || row, PLEAT_ERROR_INPUT,
              "%s: is not one of the published files that pleat knows (sha256 %s); say which model it is by its name",
              pleat_weights_path(weights), about.sha256);
  *name = job->name || !row ? job->name : row->model;
  if ((!row || by_name) && !job->published)
    say_origin(context, weights, row, *name);
  else if (row && strcmp(row->model, *name) != 0)
    pleat_log(context, PLEAT_LOG_WARNING, "%s: is published as '%s' and is imported as '%s'",
              pleat_weights_path(weights), row->model, *name);
  if (by_name && !job->published) row = NULL;
  about.model = *name;
  about.license = row ? row->license : "";
  about.citation = row ? row->citation : "";
  return pleat_weights_set_about(weights, &about);
}

static pleat_status folder_of_import(pleat_context *context, const char *folder, char **made) {
  if (!folder) return pleat_store_folder_for_writing(context, made);
  PLEAT_TRY(join(context, *folder ? folder : ".", "", made));
  pleat_status status = make_folder(context, *made);
  if (status) {
    pleat_memory_release(context, *made);
    *made = NULL;
  }
  return status;
}

static pleat_status install(pleat_context *context, const pleat_weights *weights, const char *name, const char *folder,
                            char **path) {
  char *made;
  PLEAT_TRY(folder_of_import(context, folder, &made));
  pleat_status status = model_path(context, made, name, path);
  pleat_memory_release(context, made);
  PLEAT_TRY(status);
  status = pleat_weights_write(weights, *path);
  if (status) {
    pleat_memory_release(context, *path);
    *path = NULL;
  }
  return status;
}

static pleat_status import_weights(pleat_context *context, const import_job *job, pleat_weights *weights, char **path) {
  const char *name = job->name;
  PLEAT_TRY(describe(context, job, weights, &name));
  PLEAT_TRY(check_name(context, name));
  if (job->check) PLEAT_TRY(job->check(context, name, weights));
  return install(context, weights, name, job->folder, path);
}

static pleat_status import_file(pleat_context *context, const import_job *job, const char *file, char **path) {
  pleat_weights *weights;
  PLEAT_TRY(pleat_convert_read(context, file, &weights));
  pleat_status status = import_weights(context, job, weights, path);
  pleat_weights_free(weights);
  return status;
}

/* ---- Archives ---- */

static const char *base_name(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

/* Whether a name stands in a list "name,name". */
static bool is_listed(const char *list, const char *name) {
  size_t length = strlen(name);
  for (const char *p = list; p; p = strchr(p, ',')) {
    p += *p == ',';
    if (strncmp(p, name, length) == 0 && (p[length] == ',' || !p[length])) return true;
  }
  return false;
}

/* The catalogue's row of a member that is wanted; NULL: it is passed over. */
static const pleat_catalog_row *wanted_row(const import_job *job, const pleat_tar_member *member) {
  const pleat_catalog_row *row = pleat_catalog_find_file(base_name(member->name));
  return row && (!job->name || is_listed(job->name, row->model)) ? row : NULL;
}

static pleat_status import_member(pleat_context *context, const import_job *job, const char *file,
                                  const pleat_tar_member *member) {
  pleat_weights *weights;
  pleat_text called;
  char *path = NULL;
  pleat_text_init(&called, context);
  pleat_text_append(&called, "%s/%s", file, member->name);
  pleat_status status = called.status;
  const pleat_convert_place place = {file, called.bytes, member->offset, member->length};
  if (!status) status = pleat_convert_read_at(context, &place, &weights);
  if (!status) {
    status = import_weights(context, job, weights, &path);
    pleat_weights_free(weights);
  }
  if (!status) pleat_log(context, PLEAT_LOG_INFO, "%s -> %s", called.bytes, path);
  pleat_memory_release(context, path);
  pleat_text_free(&called);
  return status;
}

enum { MAX_ROWS = 256 };

/* Notes by row of the catalogue which files are there; before any is imported, so that nothing is done by halves. */
static pleat_status find_members(pleat_context *context, const import_job *job, const char *file, const pleat_tar *tar) {
  bool there[MAX_ROWS] = {false}, any = false;
  assert(pleat_catalog_count <= MAX_ROWS);
  for (size_t i = 0; i < tar->count; i++) {
    const pleat_catalog_row *row = wanted_row(job, &tar->members[i]);
    if (!row) continue;
    PLEAT_CHECK(context, !there[row - pleat_catalog], PLEAT_ERROR_FORMAT, "%s: holds %s twice", file, row->file);
    there[row - pleat_catalog] = any = true;
  }
  for (size_t i = 0; i < pleat_catalog_count; i++)
    PLEAT_CHECK(context, there[i] || !job->name || !is_listed(job->name, pleat_catalog[i].model), PLEAT_ERROR_NOT_FOUND,
                "%s: holds no %s, the file of %s", file, pleat_catalog[i].file, pleat_catalog[i].model);
  PLEAT_CHECK(context, any, PLEAT_ERROR_NOT_FOUND, "%s: holds no file of %s", file,
              job->name ? job->name : "parameters that pleat knows (params_model_1_ptm.npz and the like)");
  return PLEAT_OK;
}

static pleat_status import_members(pleat_context *context, const import_job *job, const char *file,
                                   const pleat_tar *tar) {
  for (size_t i = 0; i < tar->count; i++) {
    const pleat_catalog_row *row = wanted_row(job, &tar->members[i]);
    import_job member = *job;
    if (!row) continue;
    member.name = row->model;
    PLEAT_TRY(import_member(context, &member, file, &tar->members[i]));
  }
  return PLEAT_OK;
}

/* Whether the archive is the published one, byte for byte; only one of its size is read for that. */
static pleat_status check_published(pleat_context *context, const char *file, import_job *job) {
  const pleat_catalog_archive *archive = &pleat_catalog_alphafold;
  struct stat about;
  char digits[65] = "";
  if (stat(file, &about) == 0 && (size_t)about.st_size == archive->bytes)
    PLEAT_TRY(pleat_convert_sha256(context, file, digits));
  job->published = !strcmp(digits, archive->sha256);
  return PLEAT_OK;
}

/* *path becomes the folder. */
static pleat_status import_archive(pleat_context *context, import_job job, const char *file, char **path) {
  pleat_tar tar;
  PLEAT_TRY(pleat_tar_open(context, file, &tar));
  pleat_status status = find_members(context, &job, file, &tar);
  if (!status) status = check_published(context, file, &job);
  if (!status) status = folder_of_import(context, job.folder, path);
  if (!status) {
    job.folder = *path;
    status = import_members(context, &job, file, &tar);
  }
  pleat_tar_close(&tar);
  return status;
}

pleat_status pleat_store_import(pleat_context *context, const char *file, const char *name, const char *folder,
                                pleat_store_check check, char **path) {
  const import_job job = {.name = name, .folder = folder, .check = check};
  char *written = NULL;
  if (path) *path = NULL;
  pleat_status status = pleat_tar_is(file) ? import_archive(context, job, file, &written)
                                           : import_file(context, &job, file, &written);
  if (path && !status)
    *path = written;
  else
    pleat_memory_release(context, written);
  return status;
}

pleat_status pleat_store_verify(pleat_context *context, const char *name_or_path, pleat_store_check check) {
  pleat_weights *weights;
  PLEAT_TRY(pleat_store_open(context, name_or_path, &weights));
  pleat_status status = pleat_weights_verify(weights);
  if (!status && check) status = check(context, pleat_weights_describe(weights).model, weights);
  pleat_weights_free(weights);
  return status;
}
