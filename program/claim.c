/* Claims of jobs: taken by link, kept alive by touches, taken over from the dead by rename.
 * SPDX-License-Identifier: MIT */
#include "program/claim.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <search.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "program/output.h"
#include "program/progress.h"

enum { USUAL_EXPIRY = 30, BEATS_PER_EXPIRY = 6, TRIES = 4, OWNER_LENGTH = 512 };

typedef struct held_claim {
  char *name;
  int file; /* open on what was linked: a file of that name may be another's by now */
} held_claim;

/* What was seen of a claim of another node. */
typedef struct sight {
  char *name;
  struct timespec touched; /* by the file server */
  double since;            /* when this was first seen, by our clock that never jumps */
  bool moved;              /* it was touched while we watched */
} sight;

struct pleat_claims {
  char *folder;
  char owner[OWNER_LENGTH]; /* what our claims say */
  double expiry;
  void *sights; /* tree of sight by name */
  pthread_t beat;
  pthread_mutex_t lock; /* of what follows */
  pthread_cond_t wake;
  bool beats, ends;
  held_claim *held;
  size_t count, room;
};

/* ---- Who a process is: "HOST PID START BOOT NAMESPACE" ---- */

static void read_line(const char *path, char *line, size_t size) {
  FILE *file = fopen(path, "r");
  if (!file || !fgets(line, (int)size, file)) snprintf(line, size, "-");
  if (file) fclose(file);
  line[strcspn(line, "\n")] = 0;
}

/* When the process began, in ticks since the node did; 0: it does not run. Field 22 of /proc/PID/stat; a zombie is dead. */
static unsigned long long process_start(long pid) {
  char path[64], line[2048];
  unsigned long long start = 0;
  snprintf(path, sizeof path, "/proc/%ld/stat", pid);
  read_line(path, line, sizeof line);
  char *at = strrchr(line, ')');
  if (!at || at[1] != ' ' || at[2] == 'Z' || at[2] == 'X') return 0;
  at += 2;
  for (int field = 3; field < 22 && at; field++) at = strchr(at + 1, ' ');
  return at && sscanf(at, "%llu", &start) == 1 ? start : 0;
}

/* What tells this node and, in containers, its processes' numbers from others: "BOOT NAMESPACE". */
static void describe_node(char *text, size_t size) {
  char boot[80], space[80] = "-";
  read_line("/proc/sys/kernel/random/boot_id", boot, sizeof boot);
  ssize_t length = readlink("/proc/self/ns/pid", space, sizeof space - 1);
  if (length > 0) space[length] = 0;
  snprintf(text, size, "%s %s", boot, space);
}

static void describe_owner(char *owner) {
  char host[128] = "-", node[200];
  gethostname(host, sizeof host - 1);
  describe_node(node, sizeof node);
  snprintf(owner, OWNER_LENGTH, "%s %ld %llu %s\n", host, (long)getpid(), process_start(getpid()), node);
}

typedef enum owner_state { OWNER_LIVES, OWNER_DEAD, OWNER_FAR } owner_state;

static owner_state ask_owner(const char *owner) {
  char node[200], theirs[200];
  long pid;
  unsigned long long start;
  describe_node(node, sizeof node);
  if (sscanf(owner, "%*s %ld %llu %199[^\n]", &pid, &start, theirs) != 3 || !start || *node == '-') return OWNER_FAR;
  if (strcmp(node, theirs)) return OWNER_FAR;
  return process_start(pid) == start ? OWNER_LIVES : OWNER_DEAD;
}

/* ---- Touching ---- */

static void *touch_all(void *argument) {
  pleat_claims *claims = argument;
  double period = claims->expiry / BEATS_PER_EXPIRY;
  pthread_mutex_lock(&claims->lock);
  while (!claims->ends) {
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    double seconds = (double)until.tv_nsec * 1e-9 + period;
    until.tv_sec += (time_t)seconds;
    until.tv_nsec = (long)((seconds - (double)(time_t)seconds) * 1e9);
    pthread_cond_timedwait(&claims->wake, &claims->lock, &until);
    for (size_t i = 0; i < claims->count && !claims->ends; i++) futimens(claims->held[i].file, NULL);
  }
  pthread_mutex_unlock(&claims->lock);
  return NULL;
}

/* With all signals blocked: they are for the thread that runs the jobs. */
static void start_beat(pleat_claims *claims) {
  pthread_condattr_t monotonic;
  sigset_t all, before;
  pthread_mutex_init(&claims->lock, NULL);
  pthread_condattr_init(&monotonic);
  pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
  pthread_cond_init(&claims->wake, &monotonic);
  pthread_condattr_destroy(&monotonic);
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  claims->beats = !pthread_create(&claims->beat, NULL, touch_all, claims);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void hold(pleat_claims *claims, const char *name, int file) {
  pthread_mutex_lock(&claims->lock);
  if (claims->count == claims->room) {
    claims->room = 2 * claims->room + 16;
    claims->held = realloc(claims->held, claims->room * sizeof *claims->held);
    if (!claims->held) abort();
  }
  claims->held[claims->count++] = (held_claim){pleat_output_path("%s", name), file};
  pthread_mutex_unlock(&claims->lock);
}

/* ---- Taking ---- */

static char *path_of(const pleat_claims *claims, const char *name) {
  return pleat_output_path("%s/.%s.claim", claims->folder, name);
}

/* Writes what the open file says and closes it, so that NFS hands it on; then opens it again for the touches. */
static int write_owner(const pleat_claims *claims, int file, const char *path) {
  size_t length = strlen(claims->owner);
  bool ok = file >= 0 && write(file, claims->owner, length) == (ssize_t)length;
  if (file >= 0) ok = !close(file) && ok;
  return ok ? open(path, O_WRONLY | O_CLOEXEC) : -1;
}

static pleat_claim_state refuse(const char *path) {
  if (errno) fprintf(stderr, "pleat: cannot write '%s': %s\n", path, strerror(errno));
  return PLEAT_CLAIM_FAILED;
}

/* The way of file systems without hard links. */
static int create_alone(const pleat_claims *claims, const char *path) {
  int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (file < 0) return file;
  file = write_owner(claims, file, path);
  int why = errno;
  if (file < 0) unlink(path);
  errno = why;
  return file;
}

/* The claim's open file; -1: errno says why not, EEXIST that somebody has it. An answer of NFS can be lost: whether the link
 * came to be, the number of names tells. */
static int create_linked(const pleat_claims *claims, const char *path) {
  struct stat about;
  mkdir(claims->folder, 0777); /* the last process to leave an empty one may have removed it */
  char *temporary = pleat_output_begin(path);
  if (!temporary) return errno = 0, -1; /* the sentence was printed */
  int file = write_owner(claims, open(temporary, O_WRONLY | O_CLOEXEC), temporary);
  bool ok = file >= 0;
  if (ok && link(temporary, path)) {
    int why = errno;
    ok = !fstat(file, &about) && about.st_nlink == 2;
    errno = why;
  }
  int why = errno;
  if (!ok && file >= 0) close(file);
  pleat_output_abandon(temporary);
  errno = why;
  return ok ? file : -1;
}

static int create(const pleat_claims *claims, const char *path) {
  int file = create_linked(claims, path);
  bool linkless = file < 0 && (errno == EPERM || errno == EOPNOTSUPP || errno == ENOSYS);
  return linkless ? create_alone(claims, path) : file;
}

/* ---- Whose it is ---- */

static int compare_sights(const void *a, const void *b) {
  return strcmp(((const sight *)a)->name, ((const sight *)b)->name);
}

static sight *find_sight(pleat_claims *claims, const char *name) {
  sight key = {.name = (char *)(uintptr_t)name}, **found = tsearch(&key, &claims->sights, compare_sights);
  if (!found) abort();
  if (*found != &key) return *found;
  sight *fresh = calloc(1, sizeof *fresh);
  if (!fresh) abort();
  fresh->name = pleat_output_path("%s", name);
  return *found = fresh;
}

/* Whether a claim of another node, touched then, has expired; and by the way whether its owner was seen at work. */
static bool has_expired(const pleat_claims *claims, sight *seen, struct timespec touched) {
  double now = pleat_progress_now();
  bool first = seen->since == 0, same = seen->touched.tv_sec == touched.tv_sec && seen->touched.tv_nsec == touched.tv_nsec;
  struct timespec server;
  if (first || !same) {
    seen->moved = !first;
    seen->touched = touched;
    seen->since = now;
  }
  if (now - seen->since > claims->expiry) return true;
  if (seen->moved || !pleat_output_server_time(claims->folder, &server)) return false;
  return difftime(server.tv_sec, touched.tv_sec) > claims->expiry;
}

/* Looks at the claim; `owner` receives what it says. GONE: it is free again. */
typedef enum claim_look { LOOK_GONE, LOOK_DEAD, LOOK_LIVES, LOOK_UNSURE } claim_look;

static claim_look look_at(pleat_claims *claims, const char *name, const char *path, char *owner) {
  struct stat about;
  int file = open(path, O_RDONLY | O_CLOEXEC); /* not stat: NFS asks the server only at open */
  if (file < 0) return LOOK_GONE;
  ssize_t length = read(file, owner, OWNER_LENGTH - 1);
  bool known = !fstat(file, &about);
  close(file);
  owner[length > 0 ? length : 0] = 0;
  owner_state state = ask_owner(owner);
  if (state != OWNER_FAR) return state == OWNER_LIVES ? LOOK_LIVES : LOOK_DEAD;
  sight *seen = find_sight(claims, name);
  if (known && has_expired(claims, seen, about.st_mtim)) return LOOK_DEAD;
  return seen->moved ? LOOK_LIVES : LOOK_UNSURE;
}

static bool says(const char *path, const char *owner) {
  char text[OWNER_LENGTH] = "";
  int file = open(path, O_RDONLY | O_CLOEXEC);
  ssize_t length = file >= 0 ? read(file, text, sizeof text - 1) : -1;
  if (file >= 0) close(file);
  return length >= 0 && !strcmp(text, owner);
}

/* Moves a dead owner's claim away. Should another process have done so before and claimed the job, its claim is what was
 * moved: then it is put back. */
static void bury(const char *path, const char *owner) {
  char *grave = pleat_output_begin(path);
  if (!grave) return;
  if (!rename(path, grave) && !says(grave, owner) && link(grave, path) && errno != EEXIST) refuse(path);
  pleat_output_abandon(grave);
}

pleat_claim_state pleat_claims_take(pleat_claims *claims, const char *name) {
  char *path = path_of(claims, name), owner[OWNER_LENGTH];
  pleat_claim_state state = PLEAT_CLAIM_WATCHED;
  for (int i = 0; i < TRIES && state == PLEAT_CLAIM_WATCHED; i++) {
    int file = create(claims, path);
    if (file >= 0) hold(claims, name, file), state = PLEAT_CLAIM_MINE;
    else if (errno != EEXIST) state = refuse(path);
    if (state != PLEAT_CLAIM_WATCHED) break;
    claim_look look = look_at(claims, name, path, owner);
    if (look == LOOK_DEAD) bury(path, owner);
    if (look == LOOK_LIVES) state = PLEAT_CLAIM_THEIRS;
    if (look == LOOK_UNSURE) break;
  }
  free(path);
  return state;
}

void pleat_claims_release(pleat_claims *claims, const char *name) {
  held_claim held = {NULL, -1};
  pthread_mutex_lock(&claims->lock);
  for (size_t i = 0; i < claims->count && !held.name; i++) {
    if (strcmp(claims->held[i].name, name)) continue;
    held = claims->held[i];
    claims->held[i] = claims->held[--claims->count];
  }
  pthread_mutex_unlock(&claims->lock);
  if (!held.name) return;
  struct stat ours, there;
  char *path = path_of(claims, name);
  if (!fstat(held.file, &ours) && !stat(path, &there) && ours.st_ino == there.st_ino) unlink(path);
  close(held.file);
  free(held.name);
  free(path);
}

/* ---- All of them ---- */

void pleat_claims_pause(const pleat_claims *claims) {
  double seconds = claims->expiry / BEATS_PER_EXPIRY;
  if (seconds > 1) seconds = 1;
  struct timespec time = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
  nanosleep(&time, NULL);
}

bool pleat_claims_lock(pleat_claims *claims, const char *name) {
  pleat_claim_state state;
  while ((state = pleat_claims_take(claims, name)) != PLEAT_CLAIM_MINE && state != PLEAT_CLAIM_FAILED) {
    struct timespec moment = {0, 50 * 1000 * 1000};
    nanosleep(&moment, NULL);
  }
  return state == PLEAT_CLAIM_MINE;
}

pleat_claims *pleat_claims_open(const char *folder) {
  pleat_claims *claims = calloc(1, sizeof *claims);
  const char *text = getenv("PLEAT_CLAIM_EXPIRY");
  if (!claims) abort();
  claims->folder = pleat_output_path("%s", folder);
  claims->expiry = text ? strtod(text, NULL) : 0;
  if (!(claims->expiry > 0.1 && claims->expiry < 86400)) claims->expiry = USUAL_EXPIRY;
  describe_owner(claims->owner);
  start_beat(claims);
  return claims;
}

static void free_sight(void *node) {
  sight *seen = node;
  free(seen->name);
  free(seen);
}

void pleat_claims_close(pleat_claims *claims) {
  if (!claims) return;
  while (claims->count) pleat_claims_release(claims, claims->held[0].name);
  pthread_mutex_lock(&claims->lock);
  claims->ends = true;
  pthread_cond_signal(&claims->wake);
  pthread_mutex_unlock(&claims->lock);
  if (claims->beats) pthread_join(claims->beat, NULL);
  pthread_cond_destroy(&claims->wake);
  pthread_mutex_destroy(&claims->lock);
  tdestroy(claims->sights, free_sight);
  free(claims->held);
  free(claims->folder);
  free(claims);
}
