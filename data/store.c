/* Installed models: the search path, import and verification.
 * SPDX-License-Identifier: MIT */
#include "data/store.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "data/catalog.h"
#include "data/convert/convert.h"
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
  if (!status && row && !*row->sha256) /* get-model does not know it */
    status = pleat_status_fail(context, PLEAT_ERROR_NOT_FOUND,
                               "model '%s' is not installed (looked in %s); give the published %s by --weights, or install "
                               "it: `pleat models import %s --model %s`",
                               name, folders.bytes, row->file, row->file, name);
  else if (!status)
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

/* The model's name, from the file's sha256 when it was not given, and what is known of the file. */
static pleat_status describe(pleat_context *context, pleat_weights *weights, const char **name) {
  pleat_weights_about about = pleat_weights_describe(weights);
  const pleat_catalog_row *row = pleat_catalog_find_sha256(about.sha256);
  PLEAT_CHECK(context, *name || row, PLEAT_ERROR_INPUT,
              "%s: is not one of the published files that pleat knows (sha256 %s); say which model it is by its name",
              pleat_weights_path(weights), about.sha256);
  if (!*name) *name = row->model;
  if (!row)
    pleat_log(context, PLEAT_LOG_WARNING, "%s: is not the published file of '%s'; its licence and origin are not known",
              pleat_weights_path(weights), *name);
  else if (strcmp(row->model, *name) != 0)
    pleat_log(context, PLEAT_LOG_WARNING, "%s: is published as '%s' and is imported as '%s'",
              pleat_weights_path(weights), row->model, *name);
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

static pleat_status import_weights(pleat_context *context, pleat_weights *weights, const char *name, const char *folder,
                                   pleat_store_check check, char **path) {
  PLEAT_TRY(describe(context, weights, &name));
  PLEAT_TRY(check_name(context, name));
  if (check) PLEAT_TRY(check(context, name, weights));
  return install(context, weights, name, folder, path);
}

pleat_status pleat_store_import(pleat_context *context, const char *file, const char *name, const char *folder,
                                pleat_store_check check, char **path) {
  pleat_weights *weights;
  char *written = NULL;
  if (path) *path = NULL;
  PLEAT_TRY(pleat_convert_read(context, file, &weights));
  pleat_status status = import_weights(context, weights, name, folder, check, &written);
  pleat_weights_free(weights);
  if (path)
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
