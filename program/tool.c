/* Other programs, run without a shell.
 * SPDX-License-Identifier: MIT */
#include "program/tool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

bool pleat_tool_find(const char *name) {
  const char *path = getenv("PATH");
  for (const char *at = path; at && *at; at += strspn(at, ":")) {
    char file[4096];
    int length = (int)strcspn(at, ":");
    snprintf(file, sizeof file, "%.*s/%s", length, at, name);
    if (!access(file, X_OK)) return true;
    at += length;
  }
  return false;
}

/* In the new process: only calls that are safe there, since this one has threads. */
static void become(const char *const *argv, const char *folder, const char *log) {
  if (chdir(folder)) _exit(127);
  int in = open("/dev/null", O_RDONLY), out = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
  if (in < 0 || out < 0 || dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 || dup2(out, STDERR_FILENO) < 0)
    _exit(127);
  execvp(argv[0], (char *const *)(uintptr_t)argv);
  _exit(127);
}

bool pleat_tool_run(const char *const *argv, const char *folder, const char *log) {
  int state;
  pid_t child = fork();
  if (child < 0) return false;
  if (child == 0) become(argv, folder, log);
  while (waitpid(child, &state, 0) < 0)
    if (errno != EINTR) return false;
  return WIFEXITED(state) && WEXITSTATUS(state) == 0;
}

void pleat_tool_remove_folder(const char *folder) {
  DIR *directory = opendir(folder);
  for (struct dirent *entry; directory && (entry = readdir(directory));)
    if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..")) unlinkat(dirfd(directory), entry->d_name, 0);
  if (directory) closedir(directory);
  rmdir(folder);
}
