/* Installed programs, started by posix_spawn.
 * SPDX-License-Identifier: MIT */
#include "msa/command.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "lib/file.h"

extern char **environ;

/* The last line of the log that is not blank, to `line`. */
static void read_last_line(pleat_context *context, const char *log, char line[200]) {
  char *bytes;
  size_t length, end;
  line[0] = 0;
  if (pleat_file_read(context, log, 0, &bytes, &length)) return;
  for (end = length; end && (bytes[end - 1] == '\n' || bytes[end - 1] == ' ' || bytes[end - 1] == '\r');) end--;
  size_t begin = end;
  while (begin && bytes[begin - 1] != '\n') begin--;
  snprintf(line, 200, "%.*s", (int)(end - begin > 190 ? 190 : end - begin), bytes + begin);
  pleat_memory_release(context, bytes);
}

static int start(const char *const *argv, const char *log, pid_t *child) {
  posix_spawn_file_actions_t actions;
  int code = posix_spawn_file_actions_init(&actions);
  if (code) return code;
  code = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  if (!code) code = posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0666);
  if (!code) code = posix_spawn_file_actions_adddup2(&actions, 1, 2);
  /* posix_spawn takes char *const[] for historical reasons and changes nothing */
  char *const *arguments;
  memcpy(&arguments, &argv, sizeof arguments);
  if (!code) code = posix_spawnp(child, argv[0], &actions, NULL, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  return code;
}

/* Waits in short steps, so that the caller can stop it. */
static pleat_status wait_for(pleat_context *context, pid_t child, const char *name, int *state) {
  const struct timespec step = {0, 20000000};
  for (pid_t got = 0; got != child;) {
    got = waitpid(child, state, WNOHANG);
    if (got < 0 && errno != EINTR)
      return pleat_status_fail(context, PLEAT_ERROR_IO, "%s: cannot be waited for: %s", name, strerror(errno));
    if (got == child) break;
    pleat_status status = pleat_context_progress(context, 0, name);
    if (status) {
      kill(child, SIGTERM);
      waitpid(child, state, 0);
      return status;
    }
    nanosleep(&step, NULL);
  }
  return PLEAT_OK;
}

pleat_status pleat_command_run(pleat_context *context, const char *const *argv, const char *log, const char *package) {
  pid_t child;
  char line[200];
  int state = 0, code = start(argv, log, &child);
  PLEAT_CHECK(context, code != ENOENT, PLEAT_ERROR_NOT_FOUND,
              "%s: is not installed, or not on the PATH; Debian's package is called %s", argv[0], package);
  PLEAT_CHECK(context, !code, PLEAT_ERROR_IO, "%s: cannot be started: %s", argv[0], strerror(code));
  PLEAT_TRY(wait_for(context, child, argv[0], &state));
  if (WIFEXITED(state) && WEXITSTATUS(state) == 0) return PLEAT_OK;
  /* a spawn that fails only in the child ends with 127 */
  PLEAT_CHECK(context, !(WIFEXITED(state) && WEXITSTATUS(state) == 127), PLEAT_ERROR_NOT_FOUND,
              "%s: is not installed, or not on the PATH; Debian's package is called %s", argv[0], package);
  read_last_line(context, log, line);
  return pleat_status_fail(context, PLEAT_ERROR_IO, "%s: %s %d%s%s", argv[0],
                           WIFSIGNALED(state) ? "was ended by signal" : "ended with status",
                           WIFSIGNALED(state) ? WTERMSIG(state) : WEXITSTATUS(state), line[0] ? "; it said last: " : "",
                           line);
}
