/* Files of the command by atomic rename, and folders.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_PROGRAM_OUTPUT_H
#define PLEAT_PROGRAM_OUTPUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

/* All of these print their sentence to stderr and return false (or NULL) when the system refuses. */

/* Makes the folder and its parents, and checks that files can be made in it. */
bool pleat_output_folder(const char *folder);

/* Writes the bytes to `path` through a temporary file beside it, fsync and rename. */
bool pleat_output_write(const char *path, const void *bytes, size_t length);

/* The same for a JSON object, which is freed in any case; numbers have `digits` significant digits (17 keep every bit). */
bool pleat_output_write_json(const char *path, json_t *object, int digits);

/* A JSON number; null for what is not finite, which JSON has no word for. */
json_t *pleat_output_number(double value);

/* For writers that need a name: a fresh temporary name beside `path` (the caller frees it), and the end of it. */
char *pleat_output_begin(const char *path);
bool pleat_output_commit(char *temporary, const char *path);
void pleat_output_abandon(char *temporary);

/* What time it is for the file server that keeps the folder: the one that stamps files, whatever this node's clock says. */
bool pleat_output_server_time(const char *folder, struct timespec *now);

/* Removes temporary files that were last written before `time` of the file server: their writers were killed. */
void pleat_output_sweep(const char *folder, struct timespec time);

/* A file's name without folders and endings (also .gz): the caller frees it. */
char *pleat_output_stem(const char *path);

/* "a/b": the caller frees it. Ends the program when there is no memory for a path. */
char *pleat_output_path(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
