/* Rigid docking: search on a grid, refinement off it, restraints, clusters of poses, structures of the result.
 * SPDX-License-Identifier: MIT */
#include "data/dock.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "data/assembly.h"
#include "geometry/rotations.h"
#include "lib/team.h"

enum { PEAKS = 4, STEPS = 60 };
static const double GRID_APART = 3, TOUCH = 5, TOUCH_ON_GRID = 7;

/* A pose on the way: of the centred ligand. */
typedef struct candidate {
  pleat_rigid frame;
  pleat_dock_energy energy;
  double grid;
  size_t members;
} candidate;

typedef struct docker {
  pleat_dock *dock;
  pleat_context *context;
  pleat_dock_cells *cells;
  candidate *list;
  size_t count, first; /* first: of the stretch that is refined */
  double width;        /* of the ligand, for a radian */
  unsigned char *near_receptor, *near_ligand;
  size_t *pairs;       /* scratch of counting residues in contact */
} docker;

pleat_dock_settings pleat_dock_defaults(void) {
  return (pleat_dock_settings){.angle = 12 * M_PI / 180, .spacing = 1.5, .refined = 500, .poses = 10, .cluster = 6, .share = 1};
}

static pleat_status check_settings(const pleat_dock *dock) {
  const pleat_dock_settings *s = &dock->settings;
  PLEAT_CHECK(dock->context, s->rotations || (s->angle >= 0.02 && s->angle <= 1.1), PLEAT_ERROR_INPUT,
              "rotations %g degrees apart: 1.2 to 63 can be had", s->angle * 180 / M_PI);
  PLEAT_CHECK(dock->context, s->spacing >= 0.5 && s->spacing <= 3, PLEAT_ERROR_INPUT,
              "a grid of points %g angstrom apart: 0.5 to 3 can be had", s->spacing);
  PLEAT_CHECK(dock->context, s->refined >= 1 && s->refined <= 100000 && s->poses >= 1 && s->poses <= s->refined,
              PLEAT_ERROR_INPUT, "%zu poses of %zu that are refined: 1 to as many can be had", s->poses, s->refined);
  PLEAT_CHECK(dock->context, s->cluster >= 0 && s->share >= 0 && s->share <= 1, PLEAT_ERROR_INPUT,
              "clusters of %g angstrom, a share of %g of wanted residues: 0 or more, and 0 to 1, can be had", s->cluster,
              s->share);
  return PLEAT_OK;
}

/* ---- Rotations --------------------------------------------------------------------------------------------------- */

/* The even set, all of it turned by one odd rotation first: a ligand that happens to lie as in a complex gains nothing. */
static pleat_status take_rotations(pleat_dock *dock) {
  static const double odd[4] = {0.5254, -0.2173, 0.6871, 0.4527};
  pleat_dock_settings *s = &dock->settings;
  const double *own = s->rotations;
  double length = sqrt(odd[0] * odd[0] + odd[1] * odd[1] + odd[2] * odd[2] + odd[3] * odd[3]);
  if (!own) PLEAT_TRY(pleat_rotations_uniform(dock->context, s->angle, &dock->rotations, &s->rotation_count));
  PLEAT_CHECK(dock->context, s->rotation_count > 0, PLEAT_ERROR_INPUT, "the set of rotations is empty");
  if (own) PLEAT_TRY(pleat_memory_take(dock->context, 4 * s->rotation_count, sizeof *dock->rotations, &dock->rotations));
  for (size_t i = 0; i < s->rotation_count; i++) {
    double *q = dock->rotations + 4 * i;
    if (own) {
      double size = sqrt(own[4 * i] * own[4 * i] + own[4 * i + 1] * own[4 * i + 1] + own[4 * i + 2] * own[4 * i + 2] +
                         own[4 * i + 3] * own[4 * i + 3]);
      PLEAT_CHECK(dock->context, size > 0.99 && size < 1.01, PLEAT_ERROR_INPUT,
                  "rotation %zu of the set is no unit quaternion: its length is %g", i + 1, size);
      for (size_t d = 0; d < 4; d++) q[d] = own[4 * i + d] / size;
      continue;
    }
    double w = q[0], x = q[1], y = q[2], z = q[3];
    q[0] = (w * odd[0] - x * odd[1] - y * odd[2] - z * odd[3]) / length;
    q[1] = (w * odd[1] + x * odd[0] + y * odd[3] - z * odd[2]) / length;
    q[2] = (w * odd[2] - x * odd[3] + y * odd[0] + z * odd[1]) / length;
    q[3] = (w * odd[3] + x * odd[2] - y * odd[1] + z * odd[0]) / length;
  }
  return PLEAT_OK;
}

/* ---- Poses ------------------------------------------------------------------------------------------------------- */

/* Mean squared distance of the ligand's atoms between two poses: |dt|^2 + tr(dR S dR^T), S the mean of x x^T. */
static double apart2(const pleat_dock *dock, const pleat_rigid *a, const pleat_rigid *b) {
  double sum = 0;
  for (int i = 0; i < 3; i++) {
    double row[3], t = a->translation[i] - b->translation[i];
    for (int j = 0; j < 3; j++) row[j] = a->rotation[3 * i + j] - b->rotation[3 * i + j];
    sum += t * t;
    for (int j = 0; j < 3; j++)
      for (int k = 0; k < 3; k++) sum += row[j] * dock->spread[3 * j + k] * row[k];
  }
  return sum;
}

static void measure_spread(pleat_dock *dock) {
  const pleat_dock_body *b = &dock->ligand.body;
  for (size_t i = 0; i < b->count; i++)
    for (int j = 0; j < 9; j++)
      dock->spread[j] += b->position[3 * i + (size_t)(j / 3)] * b->position[3 * i + (size_t)(j % 3)] / (double)b->count;
}

/* Residues of a partner that are wanted and near. */
static size_t wanted_near(const pleat_dock_partner *p, const unsigned char *near) {
  size_t count = 0;
  for (size_t i = 0; i < p->body.count;) {
    size_t residue = p->residue[i];
    bool found = false;
    for (; i < p->body.count && p->residue[i] == residue; i++) found |= p->body.site[i] > 0 && near[i];
    count += found;
  }
  return count;
}

static bool is_avoided_near(const pleat_dock_partner *p, const unsigned char *near) {
  for (size_t i = 0; i < p->body.count; i++)
    if (p->body.site[i] < 0 && near[i]) return true;
  return false;
}

static bool is_restrained(const pleat_dock_partner *p) {
  for (size_t i = 0; i < p->body.count; i++)
    if (p->body.site[i]) return true;
  return false;
}

/* Whether a pose has the residues in contact that it must, and none that it must not. */
static bool obeys(docker *d, const pleat_rigid *frame, double wanted_within, double avoided_within) {
  const pleat_dock_partner *r = &d->dock->receptor, *l = &d->dock->ligand;
  if (!is_restrained(r) && !is_restrained(l)) return true;
  double share = d->dock->settings.share - 1e-9;
  memset(d->near_receptor, 0, r->body.count);
  memset(d->near_ligand, 0, l->body.count);
  pleat_dock_contacts(d->cells, &l->body, frame, wanted_within, d->near_receptor, d->near_ligand);
  if ((double)wanted_near(r, d->near_receptor) < share * (double)r->wanted) return false;
  if ((double)wanted_near(l, d->near_ligand) < share * (double)l->wanted) return false;
  memset(d->near_receptor, 0, r->body.count);
  memset(d->near_ligand, 0, l->body.count);
  pleat_dock_contacts(d->cells, &l->body, frame, avoided_within, d->near_receptor, d->near_ligand);
  return !is_avoided_near(r, d->near_receptor) && !is_avoided_near(l, d->near_ligand);
}

/* ---- From the grid to refined poses ------------------------------------------------------------------------------ */

static bool is_known(const docker *d, const pleat_rigid *frame, double apart) {
  for (size_t c = 0; c < d->count; c++)
    if (apart2(d->dock, &d->list[c].frame, frame) < apart * apart) return true;
  return false;
}

/* The best hits that are different poses and obey the restraints. */
static void choose(docker *d, const pleat_dock_hit *hits, size_t found) {
  for (size_t h = 0; h < found && d->count < d->dock->settings.refined; h++) {
    pleat_rigid frame = pleat_rigid_identity();
    pleat_rigid_from_quaternion(d->dock->rotations + 4 * (size_t)hits[h].rotation, frame.rotation);
    memcpy(frame.translation, hits[h].translation, sizeof frame.translation);
    if (is_known(d, &frame, GRID_APART) || !obeys(d, &frame, TOUCH_ON_GRID, 3)) continue;
    d->list[d->count++] = (candidate){.frame = frame, .grid = (double)hits[h].energy, .members = 1};
  }
}

static pleat_status search(docker *d) {
  const pleat_dock *dock = d->dock;
  pleat_dock_job job = {.model = &pleat_dock_standard_model, .receptor = &dock->receptor.body, .ligand = &dock->ligand.body,
                        .rotations = dock->rotations, .count = dock->settings.rotation_count, .peaks = PEAKS,
                        .spacing = dock->settings.spacing, .apart = GRID_APART, .wisdom = dock->settings.wisdom};
  pleat_dock_hit *hits;
  size_t found;
  PLEAT_TRY(pleat_memory_take(d->context, job.count * PEAKS, sizeof *hits, &hits));
  pleat_status status = pleat_dock_search(d->context, &job, hits, &found);
  if (!status) choose(d, hits, found);
  pleat_memory_release(d->context, hits);
  return status;
}

static void refine_some(void *argument, int64_t begin, int64_t end, int thread) {
  docker *d = argument;
  (void)thread;
  for (int64_t i = begin; i < end; i++) {
    candidate *c = &d->list[d->first + (size_t)i];
    c->energy = pleat_dock_refine(&pleat_dock_standard_model, d->cells, &d->dock->ligand.body, d->width, STEPS, &c->frame);
  }
}

static int compare_candidates(const void *first, const void *second) {
  const candidate *a = first, *b = second;
  if (a->energy.total != b->energy.total) return a->energy.total < b->energy.total ? -1 : 1;
  return memcmp(&a->frame, &b->frame, sizeof a->frame);
}

static pleat_status refine(docker *d) {
  enum { STRETCH = 16 };
  for (d->first = 0; d->first < d->count; d->first += STRETCH) {
    size_t count = d->count - d->first < STRETCH ? d->count - d->first : STRETCH;
    PLEAT_TRY(pleat_context_progress(d->context, (double)d->first / (double)d->count, "refinement"));
    pleat_team_for(pleat_context_threads(d->context), (int64_t)count, 1, refine_some, d);
  }
  qsort(d->list, d->count, sizeof *d->list, compare_candidates);
  return PLEAT_OK;
}

/* Keeps the best of poses that lie together, and how many it stands for; leaves out those that the restraints forbid. */
static void cluster(docker *d) {
  double cutoff = d->dock->settings.cluster;
  size_t kept = 0;
  for (size_t i = 0; i < d->count; i++) {
    size_t c = 0;
    if (!obeys(d, &d->list[i].frame, TOUCH, 3)) continue;
    while (c < kept && apart2(d->dock, &d->list[c].frame, &d->list[i].frame) >= cutoff * cutoff) c++;
    if (c < kept)
      d->list[c].members++;
    else
      d->list[kept++] = d->list[i];
  }
  d->count = kept;
}

/* ---- Results ----------------------------------------------------------------------------------------------------- */

static int compare_sizes(const void *first, const void *second) {
  const size_t *a = first, *b = second;
  return (*a > *b) - (*a < *b);
}

/* Pairs of residues with atoms nearer than TOUCH. */
static size_t residues_in_contact(docker *d, const pleat_rigid *frame) {
  const pleat_dock_partner *r = &d->dock->receptor, *l = &d->dock->ligand;
  size_t count = 0;
  for (size_t i = 0; i < l->body.count;) { /* residue after residue of the ligand */
    pleat_dock_body part = l->body;
    size_t residue = l->residue[i], begin = i;
    while (i < l->body.count && l->residue[i] == residue) i++;
    part.position += 3 * begin, part.count = i - begin;
    memset(d->near_receptor, 0, r->body.count);
    if (!pleat_dock_contacts(d->cells, &part, frame, TOUCH, d->near_receptor, NULL)) continue;
    size_t near = 0;
    for (size_t a = 0; a < r->body.count; a++)
      if (d->near_receptor[a]) d->pairs[near++] = r->residue[a];
    qsort(d->pairs, near, sizeof *d->pairs, compare_sizes);
    for (size_t a = 0; a < near; a++) count += !a || d->pairs[a] != d->pairs[a - 1];
  }
  return count;
}

static pleat_status take_poses(docker *d) {
  pleat_dock *dock = d->dock;
  dock->count = d->count < dock->settings.poses ? d->count : dock->settings.poses;
  PLEAT_TRY(pleat_memory_take(d->context, dock->count, sizeof *dock->poses, &dock->poses));
  for (size_t i = 0; i < dock->count; i++) {
    const candidate *c = &d->list[i];
    pleat_dock_pose *p = &dock->poses[i];
    *p = (pleat_dock_pose){.score = c->energy.total, .shape = c->energy.shape, .electrostatics = c->energy.electrostatic,
                           .desolvation = c->energy.desolvation, .grid = c->grid, .members = c->members,
                           .contacts = residues_in_contact(d, &c->frame)};
    for (int row = 0; row < 3; row++) {
      p->translation[row] = c->frame.translation[row];
      for (int column = 0; column < 3; column++) {
        p->rotation[row][column] = c->frame.rotation[3 * row + column];
        p->translation[row] -= p->rotation[row][column] * dock->ligand.centre[column];
      }
    }
  }
  return PLEAT_OK;
}

static pleat_status take_docker(docker *d) {
  const pleat_dock *dock = d->dock;
  d->width = sqrt(dock->spread[0] + dock->spread[4] + dock->spread[8]) + 1;
  PLEAT_TRY(pleat_dock_cells_take(d->context, &dock->receptor.body, &d->cells));
  PLEAT_TRY(pleat_memory_take(d->context, dock->settings.refined, sizeof *d->list, &d->list));
  PLEAT_TRY(pleat_memory_take(d->context, dock->receptor.body.count, 1, &d->near_receptor));
  PLEAT_TRY(pleat_memory_take(d->context, dock->ligand.body.count, 1, &d->near_ligand));
  return pleat_memory_take(d->context, dock->receptor.body.count, sizeof *d->pairs, &d->pairs);
}

static pleat_status run(docker *d) {
  static const char none[] = "no pose has the wanted residues in contact and the others not: ask for a lesser share of them";
  PLEAT_TRY(take_docker(d));
  PLEAT_TRY(search(d));
  PLEAT_CHECK(d->context, d->count, PLEAT_ERROR_INPUT, "%s", none);
  PLEAT_TRY(refine(d));
  cluster(d);
  PLEAT_CHECK(d->context, d->count, PLEAT_ERROR_INPUT, "%s", none);
  return take_poses(d);
}

static pleat_status prepare(pleat_dock *dock) {
  PLEAT_TRY(check_settings(dock));
  PLEAT_TRY(take_rotations(dock));
  PLEAT_TRY(pleat_dock_partner_take(dock->context, false, &dock->receptor));
  PLEAT_TRY(pleat_dock_partner_take(dock->context, true, &dock->ligand));
  measure_spread(dock);
  return PLEAT_OK;
}

pleat_status pleat_dock_run(const pleat_structure *receptor, const pleat_structure *ligand, const pleat_dock_settings *settings,
                            pleat_dock **dock) {
  pleat_context *context = receptor->context;
  *dock = NULL;
  PLEAT_TRY(pleat_memory_take(context, 1, sizeof **dock, dock));
  **dock = (pleat_dock){.context = context, .settings = *settings,
                        .receptor = {.role = "receptor", .structure = receptor, .sites = settings->receptor_sites},
                        .ligand = {.role = "ligand", .structure = ligand, .sites = settings->ligand_sites}};
  docker d = {.dock = *dock, .context = context};
  pleat_status status = prepare(*dock);
  if (!status) status = run(&d);
  pleat_dock_cells_release(context, d.cells);
  pleat_memory_release(context, d.list);
  pleat_memory_release(context, d.near_receptor);
  pleat_memory_release(context, d.near_ligand);
  pleat_memory_release(context, d.pairs);
  if (status) {
    pleat_dock_free(*dock);
    *dock = NULL;
  }
  return status;
}

void pleat_dock_free(pleat_dock *dock) {
  if (!dock) return;
  pleat_dock_partner_release(dock->context, &dock->receptor);
  pleat_dock_partner_release(dock->context, &dock->ligand);
  pleat_memory_release(dock->context, dock->rotations);
  pleat_memory_release(dock->context, dock->poses);
  pleat_memory_release(dock->context, dock);
}

size_t pleat_dock_count(const pleat_dock *dock) { return dock->count; }
pleat_dock_pose pleat_dock_at(const pleat_dock *dock, size_t rank) { return dock->poses[rank]; }
size_t pleat_dock_rotation_count(const pleat_dock *dock) { return dock->settings.rotation_count; }

/* ---- Structures -------------------------------------------------------------------------------------------------- */

/* Adds a partner's atoms that are not absent, moved by a pose where one is given. */
static pleat_status add_partner(const pleat_dock_partner *p, const pleat_dock_pose *pose, pleat_assembly *a) {
  pleat_assembly_begin_copy(a);
  for (size_t i = 0; i < p->structure->atom_count; i++) {
    pleat_structure_record record = p->structure->atoms[i];
    if (p->sites && p->sites[i] == PLEAT_DOCK_SITE_ABSENT) continue;
    for (int row = 0; row < 3 && pose; row++) {
      const double *x = p->structure->atoms[i].site.position, *r = pose->rotation[row];
      record.site.position[row] = r[0] * x[0] + r[1] * x[1] + r[2] * x[2] + pose->translation[row];
    }
    pleat_assembly_rename(a, true, &record);
    PLEAT_TRY(pleat_structure_add_atom(a->structure, &record));
  }
  return PLEAT_OK;
}

static pleat_status finish(pleat_status status, pleat_structure **structure) {
  if (!status) status = pleat_structure_finish(*structure);
  if (status) {
    pleat_structure_free(*structure);
    *structure = NULL;
  }
  return status;
}

pleat_status pleat_dock_ligand(const pleat_dock *dock, size_t rank, pleat_structure **structure) {
  pleat_assembly a = {0};
  PLEAT_TRY(pleat_structure_create(dock->context, structure));
  a.structure = *structure;
  return finish(add_partner(&dock->ligand, &dock->poses[rank], &a), structure);
}

pleat_status pleat_dock_complex(const pleat_dock *dock, size_t rank, pleat_structure **structure) {
  pleat_assembly a = {0};
  PLEAT_TRY(pleat_structure_create(dock->context, structure));
  a.structure = *structure;
  pleat_status status = add_partner(&dock->receptor, NULL, &a);
  if (!status) status = add_partner(&dock->ligand, &dock->poses[rank], &a);
  return finish(status, structure);
}
