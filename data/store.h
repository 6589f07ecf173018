/* Installed models: where they are looked for, importing published files, verifying.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_DATA_STORE_H
#define PLEAT_DATA_STORE_H

#include "lib/weights.h"

/* The file of an installed model: NAME.h5 in the context's models folder, $PLEAT_MODELS, $XDG_DATA_HOME/pleat/models
 * (~/.local/share/pleat/models), or the installation's own folder, in this order. The caller releases *path;
 * PLEAT_ERROR_NOT_FOUND names the folders. */
pleat_status pleat_store_find(pleat_context *context, const char *name, char **path);

/* The folder that an import goes to, made if need be: the first of the search path that is set; a folder named by
 * the user that cannot be written is an error, not skipped. The caller releases *folder. */
pleat_status pleat_store_folder_for_writing(pleat_context *context, char **folder);

/* Opens an installed model by name, a model file, or a published weight file; the latter two by a path (anything with
 * a '/' or ending in .h5, .pt, .pth, .ckpt, .npz or .safetensors). */
pleat_status pleat_store_open(pleat_context *context, const char *name_or_path, pleat_weights **weights);

/* Says whether weights fit a model, before they are installed under its name. */
typedef pleat_status (*pleat_store_check)(pleat_context *context, const char *model, const pleat_weights *weights);

/* Turns a published file into FOLDER/NAME.h5. `name` NULL: found from the file's sha256, or from its name where the
 * catalogue knows files by that; `folder` NULL: see above; `check` may be NULL. Of a tar archive, every member that the
 * catalogue knows is imported, or those of `name` (one or more, joined by commas), and *path is the folder; each is told in the log. The caller releases
 * *path; `path` may be NULL. */
pleat_status pleat_store_import(pleat_context *context, const char *file, const char *name, const char *folder,
                                pleat_store_check check, char **path);

/* Reads all of a model again and compares the checksums; `check` (may be NULL) as above. */
pleat_status pleat_store_verify(pleat_context *context, const char *name_or_path, pleat_store_check check);

#endif
