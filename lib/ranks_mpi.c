/* The table of exchanges over an MPI communicator; built into libpleat_mpi, on the public headers alone.
 * SPDX-License-Identifier: MIT */
#include "pleat_mpi.h"

#include <stdio.h>
#include <stdlib.h>

/* Counts of MPI are int: longer messages go in pieces. */
static const size_t piece = (size_t)1 << 30;

/* Messages of an exchange that is under way. */
typedef struct slot {
  MPI_Request *requests; /* grows */
  size_t room, count;
} slot;

struct pleat_mpi {
  pleat_ranks table;
  MPI_Comm communicator;
  slot slots[PLEAT_RANKS_SLOTS];
};

static size_t pieces_of(size_t bytes) { return (bytes + piece - 1) / piece; }

static int make_room(slot *s, size_t more) {
  size_t need = s->count + more;
  if (need <= s->room) return 0;
  MPI_Request *larger = realloc(s->requests, need * sizeof *larger);
  if (!larger) return 1;
  s->requests = larger;
  s->room = need;
  return 0;
}

/* One way with one partner: messages of a pair arrive in the order they were sent. */
static int begin(pleat_mpi *m, slot *s, int partner, char *data, size_t bytes, int sends) {
  enum { TAG = 1 };
  if (make_room(s, pieces_of(bytes))) return 1;
  for (size_t at = 0; at < bytes; at += piece) {
    int count = (int)(bytes - at < piece ? bytes - at : piece);
    MPI_Request *request = &s->requests[s->count++];
    int bad = sends ? MPI_Isend(data + at, count, MPI_BYTE, partner, TAG, m->communicator, request)
                    : MPI_Irecv(data + at, count, MPI_BYTE, partner, TAG, m->communicator, request);
    if (bad) return bad;
  }
  return 0;
}

static void copy(char *to, const char *from, size_t bytes) {
  if (bytes && to != from) __builtin_memmove(to, from, bytes);
}

/* Every rank begins with its neighbour, so that no two send to the same one at once. */
static int start(void *user, int number, const void *send, const size_t *to, void *receive, const size_t *from) {
  pleat_mpi *m = user;
  int count = m->table.count, own = m->table.rank, bad = 0;
  char *out = (char *)(size_t)send, *in = receive;
  slot *s = &m->slots[number];
  s->count = 0;
  for (int k = 1; k < count && !bad; k++) {
    int r = (own + count - k) % count;
    bad = begin(m, s, r, in + from[r], from[r + 1] - from[r], 0);
  }
  for (int k = 1; k < count && !bad; k++) {
    int r = (own + k) % count;
    bad = begin(m, s, r, out + to[r], to[r + 1] - to[r], 1);
  }
  if (to[own + 1] > to[own]) copy(in + from[own], out + to[own], to[own + 1] - to[own]);
  return bad;
}

static int start_gather(void *user, int number, void *all, const size_t *offset) {
  pleat_mpi *m = user;
  int count = m->table.count, own = m->table.rank, bad = 0;
  slot *s = &m->slots[number];
  s->count = 0;
  for (int k = 1; k < count && !bad; k++) {
    int r = (own + count - k) % count;
    bad = begin(m, s, r, (char *)all + offset[r], offset[r + 1] - offset[r], 0);
  }
  for (int k = 1; k < count && !bad; k++)
    bad = begin(m, s, (own + k) % count, (char *)all + offset[own], offset[own + 1] - offset[own], 1);
  return bad;
}

static int finish(void *user, int number) {
  slot *s = &((pleat_mpi *)user)->slots[number];
  int count = (int)s->count;
  s->count = 0;
  return MPI_Waitall(count, s->requests, MPI_STATUSES_IGNORE);
}

/* Looking for a message lets MPI move those that are under way. */
static void advance(void *user) {
  const pleat_mpi *m = user;
  int there;
  for (int i = 0; i < PLEAT_RANKS_SLOTS; i++) {
    if (!m->slots[i].count) continue;
    MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, m->communicator, &there, MPI_STATUS_IGNORE);
    return;
  }
}

static int broadcast(void *user, int root, void *data, size_t bytes) {
  pleat_mpi *m = user;
  int bad = 0;
  for (size_t at = 0; at < bytes && !bad; at += piece)
    bad = MPI_Bcast((char *)data + at, (int)(bytes - at < piece ? bytes - at : piece), MPI_BYTE, root, m->communicator);
  return bad;
}

static int gather_at_once(pleat_mpi *m, char *all, const size_t *offset) {
  int count = m->table.count;
  int *sizes = malloc(2 * (size_t)count * sizeof *sizes), *places = sizes + count;
  if (!sizes) return 1;
  for (int r = 0; r < count; r++) {
    sizes[r] = (int)(offset[r + 1] - offset[r]);
    places[r] = (int)offset[r];
  }
  int bad = MPI_Allgatherv(MPI_IN_PLACE, 0, MPI_BYTE, all, sizes, places, MPI_BYTE, m->communicator);
  free(sizes);
  return bad;
}

static int all_gather(void *user, void *all, const size_t *offset) {
  pleat_mpi *m = user;
  int bad = 0;
  if (offset[m->table.count] <= piece) return gather_at_once(m, all, offset);
  for (int r = 0; r < m->table.count && !bad; r++) bad = broadcast(m, r, (char *)all + offset[r], offset[r + 1] - offset[r]);
  return bad;
}

static void abandon(void *user, const char *sentence) {
  const pleat_mpi *m = user;
  char node[MPI_MAX_PROCESSOR_NAME] = "";
  int length;
  MPI_Get_processor_name(node, &length);
  fprintf(stderr, "pleat: rank %d of %d on %s cannot go on: %s; all ranks end\n", m->table.rank, m->table.count, node,
          sentence);
  fflush(stderr);
  MPI_Abort(m->communicator, 2);
}

pleat_mpi *pleat_mpi_create(MPI_Comm communicator) {
  pleat_mpi *m = calloc(1, sizeof *m);
  if (!m) return NULL;
  MPI_Comm_dup(communicator, &m->communicator);
  m->table = (pleat_ranks){.user = m, .start = start, .start_gather = start_gather, .finish = finish, .advance = advance,
                           .all_gather = all_gather, .broadcast = broadcast, .abandon = abandon};
  MPI_Comm_size(m->communicator, &m->table.count);
  MPI_Comm_rank(m->communicator, &m->table.rank);
  return m;
}

void pleat_mpi_free(pleat_mpi *m) {
  if (!m) return;
  MPI_Comm_free(&m->communicator);
  for (int i = 0; i < PLEAT_RANKS_SLOTS; i++) free(m->slots[i].requests);
  free(m);
}

const pleat_ranks *pleat_mpi_ranks(const pleat_mpi *m) { return &m->table; }
