/* A restrained minimiser for predicted chains: L-BFGS over pair-distance terms.
 * SPDX-License-Identifier: MIT */
#include "geometry/idealise.h"

#include <math.h>
#include <string.h>

#include "geometry/neighbor.h"
#include "geometry/residue_geometry.h"

enum { ATOMS = PLEAT_GEOMETRY_ATOMS, HISTORY = 8, MAX_ITERATIONS = 500, MAX_HALVINGS = 30 };
static const double longest_step = 0.1; /* angstrom that an atom may move in one step, so that no hand turns over */

static const double place_sigma = 1.0, hand_sigma = 0.20;
static const double trans_ca_ca = 3.80, cis_ca_ca = 2.95; /* angstrom, planar peptides */

typedef enum term_kind { TERM_BOND, TERM_ANGLE, TERM_NEAR } term_kind;

/* One distance between two atoms; `length` is the wanted one, or the least allowed. */
typedef struct term {
  size_t a, b;
  double length, sigma;
  term_kind kind;
} term;

/* A tetrahedral atom and three of its neighbours; `volume` is that of the starting positions, in cubic angstrom. */
typedef struct hand {
  size_t centre, neighbor[3];
  double volume;
} hand;

typedef struct problem {
  pleat_context *context;
  const pleat_sanity_model *model;
  size_t slots; /* L * 14 places, of which absent atoms have no term and no pull */
  double *start;
  term *terms;
  size_t count, capacity;
  hand *hands;
  size_t hand_count, hand_capacity;
} problem;

static bool has_atom(const problem *p, size_t slot) {
  return pleat_residue_has_atom(p->model->types[slot / ATOMS], (int)(slot % ATOMS));
}

static double distance(const double *x, size_t a, size_t b) {
  double dx = x[3 * a] - x[3 * b], dy = x[3 * a + 1] - x[3 * b + 1], dz = x[3 * a + 2] - x[3 * b + 2];
  return sqrt(dx * dx + dy * dy + dz * dz);
}

/* ---- Terms ---- */

static pleat_status add_term(problem *p, size_t a, size_t b, double length, term_kind kind) {
  static const double sigmas[] = {[TERM_BOND] = 0.02, [TERM_ANGLE] = 0.05, [TERM_NEAR] = 0.10};
  PLEAT_TRY(pleat_memory_grow(p->context, &p->terms, &p->capacity, p->count + 1, sizeof *p->terms));
  p->terms[p->count++] = (term){a, b, length, sigmas[kind], kind};
  return PLEAT_OK;
}

/* The third side of a triangle with sides u and v and the angle between them. */
static double third_side(double u, double v, double angle) { return sqrt(u * u + v * v - 2 * u * v * cos(angle)); }

/* Standard length of the bond between two places of a residue, 0 when they are not bonded. */
static double bond_length(int type, int a, int b) {
  int count;
  const pleat_residue_bond *bonds = pleat_residue_bonds(type, &count);
  for (int i = 0; i < count; i++)
    if ((bonds[i].a == a && bonds[i].b == b) || (bonds[i].a == b && bonds[i].b == a)) return bonds[i].length;
  return 0;
}

static pleat_status add_residue(problem *p, size_t residue) {
  int type = p->model->types[residue], count;
  size_t at = residue * ATOMS;
  const pleat_residue_bond *bonds = pleat_residue_bonds(type, &count);
  for (int i = 0; i < count; i++)
    PLEAT_TRY(add_term(p, at + (size_t)bonds[i].a, at + (size_t)bonds[i].b, bonds[i].length, TERM_BOND));
  const pleat_residue_angle *angles = pleat_residue_angles(type, &count);
  for (int i = 0; i < count; i++) {
    double u = bond_length(type, angles[i].a, angles[i].b), v = bond_length(type, angles[i].b, angles[i].c);
    if (u > 0 && v > 0)
      PLEAT_TRY(add_term(p, at + (size_t)angles[i].a, at + (size_t)angles[i].c, third_side(u, v, angles[i].angle),
                         TERM_ANGLE));
  }
  return PLEAT_OK;
}

static void cross(const double u[3], const double v[3], double out[3]) {
  out[0] = u[1] * v[2] - u[2] * v[1];
  out[1] = u[2] * v[0] - u[0] * v[2];
  out[2] = u[0] * v[1] - u[1] * v[0];
}

/* The signed volume of the three bonds of a tetrahedral atom, and its gradient with respect to each neighbour. */
static double hand_volume(const double *x, const hand *h, double gradient[3][3]) {
  double bond[3][3];
  for (int n = 0; n < 3; n++)
    for (size_t k = 0; k < 3; k++) bond[n][k] = x[3 * h->neighbor[n] + k] - x[3 * h->centre + k];
  for (int n = 0; n < 3; n++) cross(bond[(n + 1) % 3], bond[(n + 2) % 3], gradient[n]);
  return bond[0][0] * gradient[0][0] + bond[0][1] * gradient[0][1] + bond[0][2] * gradient[0][2];
}

/* Every atom of a residue with three bonds within the residue keeps its hand (flat ones stay flat). */
static pleat_status add_hands(problem *p, size_t residue) {
  int type = p->model->types[residue];
  for (int centre = 0; centre < ATOMS; centre++) {
    hand h = {.centre = residue * ATOMS + (size_t)centre};
    int neighbors = 0;
    double gradient[3][3];
    for (int other = 0; other < ATOMS && neighbors < 3; other++)
      if (bond_length(type, centre, other) > 0) h.neighbor[neighbors++] = residue * ATOMS + (size_t)other;
    if (neighbors < 3) continue;
    h.volume = hand_volume(p->start, &h, gradient);
    PLEAT_TRY(pleat_memory_grow(p->context, &p->hands, &p->hand_capacity, p->hand_count + 1, sizeof *p->hands));
    p->hands[p->hand_count++] = h;
  }
  return PLEAT_OK;
}

/* The link to the next residue: its bond, its three angles, and its plane. */
static pleat_status add_peptide(problem *p, size_t residue) {
  size_t here = residue * ATOMS, next = here + ATOMS;
  int type = p->model->types[residue], next_type = p->model->types[residue + 1];
  if (distance(p->start, here + PLEAT_ATOM_C, next + PLEAT_ATOM_N) > PLEAT_SANITY_BREAK) return PLEAT_OK;
  pleat_residue_peptide link = pleat_residue_peptide_geometry(next_type);
  double ca_c = bond_length(type, PLEAT_ATOM_CA, PLEAT_ATOM_C), c_o = bond_length(type, PLEAT_ATOM_C, PLEAT_ATOM_O);
  double n_ca = bond_length(next_type, PLEAT_ATOM_N, PLEAT_ATOM_CA);
  double ca_ca = distance(p->start, here + PLEAT_ATOM_CA, next + PLEAT_ATOM_CA);
  bool cis = ca_ca < (trans_ca_ca + cis_ca_ca) / 2;
  PLEAT_TRY(add_term(p, here + PLEAT_ATOM_C, next + PLEAT_ATOM_N, link.c_n, TERM_BOND));
  PLEAT_TRY(
      add_term(p, here + PLEAT_ATOM_CA, next + PLEAT_ATOM_N, third_side(ca_c, link.c_n, link.ca_c_n), TERM_ANGLE));
  PLEAT_TRY(add_term(p, here + PLEAT_ATOM_O, next + PLEAT_ATOM_N, third_side(c_o, link.c_n, link.o_c_n), TERM_ANGLE));
  PLEAT_TRY(
      add_term(p, here + PLEAT_ATOM_C, next + PLEAT_ATOM_CA, third_side(link.c_n, n_ca, link.c_n_ca), TERM_ANGLE));
  return add_term(p, here + PLEAT_ATOM_CA, next + PLEAT_ATOM_CA, cis ? cis_ca_ca : trans_ca_ca, TERM_ANGLE);
}

/* Collects pairs of different, not adjacent, residues that are near enough to clash now or soon. */
typedef struct near_search {
  problem *p;
  const size_t *slot_of; /* point -> slot */
  pleat_status status;
} near_search;

static void visit_near(void *argument, size_t first, size_t second, double distance2) {
  near_search *s = argument;
  size_t a = s->slot_of[first], b = s->slot_of[second], i = a / ATOMS, j = b / ATOMS;
  (void)distance2;
  if (s->status || j - i < 2) return;
  const char *x = pleat_residue_atoms[s->p->model->types[i]][a % ATOMS].name;
  const char *y = pleat_residue_atoms[s->p->model->types[j]][b % ATOMS].name;
  if (x[0] == 'S' && y[0] == 'S') return; /* may be a disulphide */
  double least = pleat_residue_radius(x) + pleat_residue_radius(y) - PLEAT_SANITY_OVERLAP + 0.1;
  s->status = add_term(s->p, a, b, least, TERM_NEAR);
}

static pleat_status add_near_pairs(problem *p) {
  double *points;
  size_t *slot_of, count = 0;
  PLEAT_TRY(pleat_memory_take(p->context, p->slots * 3, sizeof *points, &points));
  pleat_status status = pleat_memory_take(p->context, p->slots, sizeof *slot_of, &slot_of);
  for (size_t s = 0; !status && s < p->slots; s++) {
    if (!has_atom(p, s)) continue;
    memcpy(points + 3 * count, p->start + 3 * s, 3 * sizeof *points);
    slot_of[count++] = s;
  }
  near_search search = {p, slot_of, PLEAT_OK};
  if (!status) status = pleat_neighbor_pairs(p->context, points, count, 3.5, visit_near, &search);
  pleat_memory_release(p->context, points);
  pleat_memory_release(p->context, slot_of);
  return status ? status : search.status;
}

static pleat_status build_terms(problem *p) {
  const pleat_sanity_model *model = p->model;
  for (size_t i = 0; i < p->slots * 3; i++) {
    PLEAT_CHECK(p->context, isfinite(model->positions[i]), PLEAT_ERROR_INPUT,
                "residue %zu has a coordinate that is not finite, so its bonds cannot be idealised",
                i / (3 * ATOMS) + 1);
    p->start[i] = (double)model->positions[i];
  }
  for (size_t i = 0; i < model->length; i++) {
    PLEAT_TRY(add_residue(p, i));
    PLEAT_TRY(add_hands(p, i));
    if (i + 1 < model->length && model->chains[i] == model->chains[i + 1]) PLEAT_TRY(add_peptide(p, i));
  }
  return add_near_pairs(p);
}

/* ---- Energy ---- */

/* Adds the energy of the hands, and their part of the gradient. */
static double hand_energy(const problem *p, const double *x, double *g) {
  double energy = 0, w = 1 / (hand_sigma * hand_sigma);
  for (const hand *h = p->hands; h < p->hands + p->hand_count; h++) {
    double gradient[3][3], off = hand_volume(x, h, gradient) - h->volume;
    energy += w * off * off;
    for (int n = 0; n < 3; n++)
      for (size_t k = 0; k < 3; k++) {
        g[3 * h->neighbor[n] + k] += 2 * w * off * gradient[n][k];
        g[3 * h->centre + k] -= 2 * w * off * gradient[n][k];
      }
  }
  return energy;
}

/* The energy of x (slots,3); the gradient goes to g of the same shape. */
static double energy_of(const problem *p, const double *x, double *g) {
  double energy = 0, weight = 1 / (place_sigma * place_sigma);
  for (size_t i = 0; i < p->slots * 3; i++) {
    double shift = x[i] - p->start[i];
    energy += weight * shift * shift;
    g[i] = 2 * weight * shift;
  }
  for (const term *t = p->terms; t < p->terms + p->count; t++) {
    double d = distance(x, t->a, t->b), off = d - t->length, w = 1 / (t->sigma * t->sigma);
    if ((t->kind == TERM_NEAR && off >= 0) || d < 1e-6) continue;
    energy += w * off * off;
    for (int k = 0; k < 3; k++) {
      double pull = 2 * w * off * (x[3 * t->a + (size_t)k] - x[3 * t->b + (size_t)k]) / d;
      g[3 * t->a + (size_t)k] += pull;
      g[3 * t->b + (size_t)k] -= pull;
    }
  }
  return energy + hand_energy(p, x, g);
}

/* ---- L-BFGS ---- */

static double dot(size_t n, const double *a, const double *b) {
  double sum = 0;
  for (size_t i = 0; i < n; i++) sum += a[i] * b[i];
  return sum;
}

typedef struct memory {
  size_t n, kept;
  double *x, *g, *trial, *trial_g, *direction;
  double *s[HISTORY], *y[HISTORY], rho[HISTORY]; /* steps and changes of gradient, the newest first */
} memory;

/* The two-loop recursion: direction = -H g. */
static void find_direction(memory *m) {
  double alpha[HISTORY];
  for (size_t i = 0; i < m->n; i++) m->direction[i] = -m->g[i];
  for (size_t k = 0; k < m->kept; k++) {
    alpha[k] = m->rho[k] * dot(m->n, m->s[k], m->direction);
    for (size_t i = 0; i < m->n; i++) m->direction[i] -= alpha[k] * m->y[k][i];
  }
  double scale = m->kept ? 1 / (m->rho[0] * dot(m->n, m->y[0], m->y[0])) : 1e-4;
  for (size_t i = 0; i < m->n; i++) m->direction[i] *= scale;
  for (size_t k = m->kept; k-- > 0;) {
    double beta = m->rho[k] * dot(m->n, m->y[k], m->direction);
    for (size_t i = 0; i < m->n; i++) m->direction[i] += m->s[k][i] * (alpha[k] - beta);
  }
}

/* Keeps the step x -> trial when it has positive curvature. */
static void remember_step(memory *m) {
  double *s = m->s[HISTORY - 1], *y = m->y[HISTORY - 1];
  for (size_t i = 0; i < m->n; i++) {
    s[i] = m->trial[i] - m->x[i];
    y[i] = m->trial_g[i] - m->g[i];
  }
  double curvature = dot(m->n, s, y);
  if (!(curvature > 1e-12)) return;
  memmove(m->s + 1, m->s, (HISTORY - 1) * sizeof *m->s);
  memmove(m->y + 1, m->y, (HISTORY - 1) * sizeof *m->y);
  memmove(m->rho + 1, m->rho, (HISTORY - 1) * sizeof *m->rho);
  m->s[0] = s;
  m->y[0] = y;
  m->rho[0] = 1 / curvature;
  if (m->kept < HISTORY - 1) m->kept++;
}

/* Armijo's rule by halving; true when a step was taken. */
static bool take_step(const problem *p, memory *m, double *energy) {
  double slope = dot(m->n, m->g, m->direction), longest = 0;
  for (size_t i = 0; i < m->n; i++) longest = fmax(longest, fabs(m->direction[i]));
  double step = longest > longest_step ? longest_step / longest : 1;
  for (int halvings = 0; halvings < MAX_HALVINGS && slope < 0; halvings++, step /= 2) {
    for (size_t i = 0; i < m->n; i++) m->trial[i] = m->x[i] + step * m->direction[i];
    double trial = energy_of(p, m->trial, m->trial_g);
    if (!(trial <= *energy + 1e-4 * step * slope)) continue;
    remember_step(m);
    memcpy(m->x, m->trial, m->n * sizeof *m->x);
    memcpy(m->g, m->trial_g, m->n * sizeof *m->g);
    *energy = trial;
    return true;
  }
  return false;
}

static int minimise(const problem *p, memory *m, double *energy) {
  int iteration = 0;
  *energy = energy_of(p, m->x, m->g);
  for (; iteration < MAX_ITERATIONS; iteration++) {
    double before = *energy;
    find_direction(m);
    if (!take_step(p, m, energy)) break;
    if (before - *energy < 1e-7 * before) break;
  }
  return iteration;
}

static pleat_status take_memory(pleat_context *context, size_t n, memory *m, double **block) {
  PLEAT_TRY(pleat_memory_take(context, n * (5 + 2 * HISTORY), sizeof **block, block));
  double *next = *block, **vectors[] = {&m->x, &m->g, &m->trial, &m->trial_g, &m->direction};
  m->n = n;
  for (int i = 0; i < 5; i++, next += n) *vectors[i] = next;
  for (int k = 0; k < HISTORY; k++, next += 2 * n) {
    m->s[k] = next;
    m->y[k] = next + n;
  }
  return PLEAT_OK;
}

/* ---- Report ---- */

static void measure_bonds(const problem *p, const double *x, double *c_n, double *rms) {
  double sum = 0, squares = 0;
  size_t links = 0, bonds = 0;
  for (const term *t = p->terms; t < p->terms + p->count; t++) {
    if (t->kind != TERM_BOND) continue;
    double d = distance(x, t->a, t->b);
    squares += (d - t->length) * (d - t->length);
    bonds++;
    if (t->a / ATOMS == t->b / ATOMS) continue;
    sum += d;
    links++;
  }
  *c_n = links ? sum / (double)links : 0;
  *rms = bonds ? sqrt(squares / (double)bonds) : 0;
}

static void measure_moves(const problem *p, const double *x, pleat_idealise_report *report) {
  double squares = 0;
  size_t atoms = 0;
  for (size_t s = 0; s < p->slots; s++) {
    double square = 0;
    if (!has_atom(p, s)) continue;
    for (size_t k = 3 * s; k < 3 * s + 3; k++) square += (x[k] - p->start[k]) * (x[k] - p->start[k]);
    squares += square;
    report->moved_most = fmax(report->moved_most, sqrt(square));
    atoms++;
  }
  report->moved_rms = atoms ? sqrt(squares / (double)atoms) : 0;
}

static pleat_status solve(problem *p, float *out, pleat_idealise_report *report) {
  memory m = {0};
  double *block;
  PLEAT_TRY(take_memory(p->context, p->slots * 3, &m, &block));
  memcpy(m.x, p->start, m.n * sizeof *m.x);
  report->energy_before = energy_of(p, m.x, m.g);
  measure_bonds(p, m.x, &report->c_n_before, &report->bond_rms_before);
  report->iterations = minimise(p, &m, &report->energy_after);
  measure_bonds(p, m.x, &report->c_n_after, &report->bond_rms_after);
  measure_moves(p, m.x, report);
  for (size_t i = 0; i < m.n; i++) out[i] = (float)m.x[i];
  pleat_memory_release(p->context, block);
  return PLEAT_OK;
}

static pleat_status open_problem(pleat_context *context, const pleat_sanity_model *model, problem *p) {
  *p = (problem){.context = context, .model = model, .slots = model->length * ATOMS};
  PLEAT_TRY(pleat_memory_take(context, p->slots * 3, sizeof *p->start, &p->start));
  return build_terms(p);
}

static void close_problem(problem *p) {
  pleat_memory_release(p->context, p->start);
  pleat_memory_release(p->context, p->terms);
  pleat_memory_release(p->context, p->hands);
}

pleat_status pleat_idealise(pleat_context *context, const pleat_sanity_model *model, float *out,
                            pleat_idealise_report *report) {
  problem p;
  *report = (pleat_idealise_report){0};
  pleat_status status = open_problem(context, model, &p);
  if (!status) status = solve(&p, out, report);
  close_problem(&p);
  return status;
}

pleat_status pleat_idealise_energy(pleat_context *context, const pleat_sanity_model *model, const float *moved,
                                   double *energy, double *gradient) {
  problem p;
  double *x = NULL;
  pleat_status status = open_problem(context, model, &p);
  if (!status) status = pleat_memory_take(context, p.slots * 3, sizeof *x, &x);
  if (!status) {
    for (size_t i = 0; i < p.slots * 3; i++) x[i] = (double)moved[i];
    *energy = energy_of(&p, x, gradient);
  }
  pleat_memory_release(context, x);
  close_problem(&p);
  return status;
}
