/* Recycling: features of a pass, the network, its confidences, and whether the next pass is worth it.
 * SPDX-License-Identifier: MIT */
#include "folding/alphafold_run.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "folding/alphafold_keep.h"
#include "folding/checkpoint.h"
#include "folding/stored_features.h"
#include "geometry/residue_geometry.h"
#include "lib/context.h"
#include "lib/trace.h"
#include "msa/msa.h"

enum { ATOMS = 14 };

bool pleat_alphafold_run_is_real(const pleat_alphafold_run *f) { return !pleat_run_idle(f->run); }

/* Root mean square change of the distances between C-alpha atoms since the pass before, angstrom. */
static double change(const pleat_alphafold_run *f) {
  int64_t N = f->features->length;
  double sum = 0;
  for (int64_t i = 0; i < N; i++)
    for (int64_t j = 0; j < N; j++) {
      double now = 0, before = 0;
      for (int d = 0; d < 3; d++) {
        now += pow((double)f->alpha[3 * i + d] - (double)f->alpha[3 * j + d], 2);
        before += pow((double)f->state.alpha[3 * i + d] - (double)f->state.alpha[3 * j + d], 2);
      }
      sum += pow(sqrt(now) - sqrt(before), 2);
    }
  return sqrt(sum / (double)(N * N) + 1e-8);
}

/* The line that ColabFold writes, and whether the structure changed so little that the next pass is not needed. */
static bool report(pleat_alphafold_run *f) {
  char ptm[64] = "", tolerance[32] = "";
  for (int64_t i = 0; i < f->length; i++)
    memcpy(f->alpha + 3 * i, f->output.structure.positions + (i * ATOMS + PLEAT_ATOM_CA) * 3, 3 * sizeof(float));
  double moved = f->pass ? change(f) : INFINITY;
  memcpy(f->state.alpha, f->alpha, (size_t)(3 * f->length) * sizeof(float));
  if (f->network->heads.has_error) snprintf(ptm, sizeof ptm, " pTM=%.3g", f->error.residue_ptm);
  if (f->features->asym) snprintf(ptm + strlen(ptm), sizeof ptm - strlen(ptm), " ipTM=%.3g", f->error.residue_iptm);
  if (f->pass) snprintf(tolerance, sizeof tolerance, " tol=%.3g", moved);
  pleat_log(f->run->context, PLEAT_LOG_INFO, "%s_seed_%03.0f recycle=%d pLDDT=%.3g%s%s", f->result->model,
            f->option[PLEAT_ALPHAFOLD_SEED], f->pass, pleat_alphafold_mean(f->plddt, f->features->length), ptm, tolerance);
  return moved < f->option[PLEAT_ALPHAFOLD_TOLERANCE];
}

static void make_input(pleat_alphafold_run *f) {
  const double *option = f->option;
  const pleat_alphafold_drawing drawing = {(int64_t)option[PLEAT_ALPHAFOLD_CLUSTERS],
                                           (int64_t)option[PLEAT_ALPHAFOLD_EXTRA],
                                           (uint64_t)option[PLEAT_ALPHAFOLD_SEED], (uint32_t)f->pass};
  if (f->rows.msa) pleat_alphafold_features_make(f->run, f->features, &f->rows, &drawing, &f->input);
  else f->input = f->features->stored->inputs[f->pass];
}

/* What a checkpoint in this pass depends on, beside model and settings. */
static void describe_input(pleat_alphafold_run *f) {
  const pleat_alphafold_input *in = &f->input;
  size_t L = (size_t)in->length, rows = (size_t)in->sequences * L, extra = (size_t)in->extra_sequences * L;
  size_t templates = (size_t)in->templates;
#define PART(FIELD, COUNT) {#FIELD, (void *)(uintptr_t)in->FIELD, (COUNT) * sizeof *in->FIELD, 0}
  const pleat_checkpoint_part parts[] = {
      PART(types, L), PART(index, L), PART(asym, L), PART(entity, L), PART(sym, L), PART(mask, L),
      PART(target, L * (f->network->multimer ? 21 : 22)), PART(msa_features, rows * 49), PART(msa_mask, rows),
      PART(extra_msa, extra), PART(extra_has_deletion, extra), PART(extra_deletion, extra), PART(extra_mask, extra),
      PART(template_types, templates * L), PART(template_positions, templates * L * 37 * 3),
      PART(template_atoms, templates * L * 37), PART(template_mask, f->network->multimer ? 0 : templates)};
#undef PART
  pleat_checkpoint_describe(f->run, parts, sizeof parts / sizeof *parts);
}

/* An earlier run's checkpoint is asked for its input before anything is skipped for it. */
static void check_goal(pleat_alphafold_run *f) {
  int64_t goal = pleat_checkpoint_goal(f->run), pass = (goal - 1) / pleat_alphafold_points(f->network);
  size_t mark = pleat_arena_mark(f->run->arena);
  if (goal <= 0) return;
  if (pass >= f->passes) {
    pleat_checkpoint_describe(f->run, NULL, 0);
    return;
  }
  f->pass = (int)pass;
  make_input(f);
  describe_input(f);
  f->pass = 0;
  pleat_arena_release(f->run->arena, mark);
}

static pleat_alphafold_place place_of(const pleat_alphafold_run *f) {
  return (pleat_alphafold_place){(int64_t)f->pass * pleat_alphafold_points(f->network), (double)f->pass / f->passes,
                                 1.0 / f->passes};
}

/* The point between two passes. */
static void reach_end(pleat_alphafold_run *f) {
  size_t L = (size_t)f->length, line = L * sizeof(float);
  pleat_alphafold_state *state = &f->state;
  const pleat_checkpoint_point point = {
      .step = (int64_t)(f->pass + 1) * pleat_alphafold_points(f->network),
      .fraction = (double)(f->pass + 1) / f->passes,
      .stage = "recycle",
      .count = 4,
      .parts = {{"first_row", state->first_row, line * (size_t)f->network->embed.target.linear.out, 0},
                {"pair", state->z, L * line * (size_t)f->network->embed.left.linear.out, f->length},
                {"beta", state->beta, line * 3, 0},
                {"alpha", state->alpha, line * 3, 0}}};
  pleat_checkpoint_reach(f->run, &point);
}

/* What the pass before left. */
static void trace_start(const pleat_alphafold_run *f) {
  int64_t L = f->length;
  if (!f->pass) return;
  pleat_trace_emit(f->run, f->state.first_row, L, f->network->embed.target.linear.out, 0, 0, "in/prev_msa_first_row");
  pleat_trace_emit(f->run, f->state.z, L, L, f->network->embed.left.linear.out, 0, "in/prev_pair");
}

/* One pass; true when it is the last one needed. */
static bool run_pass(pleat_alphafold_run *f) {
  const pleat_alphafold_heads *heads = &f->network->heads;
  const pleat_alphafold_place place = place_of(f);
  f->state.started = f->pass > 0;
  if (pleat_checkpoint_skips(f->run, place.first_point + pleat_alphafold_points(f->network))) return false;
  make_input(f);
  describe_input(f);
  pleat_trace_begin(f->run, "recycle%d/", f->pass);
  trace_start(f);
  pleat_trace_begin(f->run, "recycle%d/mod/", f->pass);
  pleat_alphafold_pass(f->run, f->network, &f->input, &place, &f->state, &f->output);
  pleat_alphafold_plddt_logits(f->run, heads, f->length, f->output.structure.s, f->logits);
  if (pleat_alphafold_run_is_real(f)) pleat_alphafold_plddt(f->length, f->logits, f->plddt);
  if (heads->has_error) pleat_alphafold_error(f->run, heads, f->length, f->state.z, f->input.asym, &f->error);
  bool last = f->pass == f->passes - 1;
  if (pleat_alphafold_run_is_real(f)) last = report(f) || last;
  pleat_alphafold_trace_atoms(f, last);
  if (f->option[PLEAT_ALPHAFOLD_SAVE_ALL] != 0) pleat_alphafold_keep_pass(f, last);
  if (f->option[PLEAT_ALPHAFOLD_SAVE_RECYCLES] != 0) pleat_alphafold_keep_recycle(f);
  if (last && f->option[PLEAT_ALPHAFOLD_SAVE_ALL] != 0) pleat_alphafold_keep_final(f);
  if (last) pleat_alphafold_keep_representations(f);
  if (last && pleat_alphafold_run_is_real(f)) pleat_alphafold_keep_result(f);
  return last;
}

static void take_error(pleat_alphafold_run *f) {
  size_t chains = (size_t)f->features->chains;
  f->error = (pleat_aligned_error){.residues = f->features->length, .chains = f->features->chains};
  if (f->network->heads.has_error) f->error.pae = pleat_run_take(f->run, f->length * f->length);
  if (f->features->asym) f->error.pairs = pleat_run_take_bytes(f->run, chains * chains * sizeof *f->error.pairs);
}

static void run_passes(pleat_alphafold_run *f) {
  pleat_run *run = f->run;
  int64_t L = f->length;
  const pleat_stored_features *stored = f->features->stored;
  f->passes = (int)f->option[PLEAT_ALPHAFOLD_RECYCLES] + 1;
  if (stored && stored->passes && stored->passes < f->passes) f->passes = stored->passes;
  size_t start = pleat_arena_mark(run->arena);
  pleat_alphafold_state_take(run, f->network, L, &f->state);
  f->alpha = pleat_run_take(run, 3 * L);
  f->plddt = pleat_run_take(run, L);
  f->logits = pleat_run_take(run, L * PLEAT_PLDDT_BINS);
  take_error(f);
  if (pleat_alphafold_run_is_real(f)) memset(f->state.alpha, 0, (size_t)(3 * L) * sizeof(float));
  check_goal(f);
  for (bool last = false; !last && !run->status; f->pass++) {
    size_t mark = pleat_arena_mark(run->arena);
    last = run_pass(f);
    if (!last) reach_end(f);
    pleat_arena_release(run->arena, mark);
  }
  pleat_arena_release(run->arena, start);
}

/* What holds arrays of all pairs is not for processes that have a part of them each. */
static pleat_status check_ranks(const pleat_alphafold_run *f) {
  bool whole = f->option[PLEAT_ALPHAFOLD_SAVE_ALL] != 0 || f->option[PLEAT_ALPHAFOLD_SAVE_PAIR] != 0;
  PLEAT_CHECK(f->run->context, !whole || pleat_ranks_count(f->run) == 1, PLEAT_ERROR_UNSUPPORTED,
              "%s: save-all and save-pair-representations keep arrays of all pairs: they are for one process, not for %d ranks",
              f->features->name, pleat_ranks_count(f->run));
  return PLEAT_OK;
}

void pleat_alphafold_run_forward(pleat_run *run, const pleat_alphafold *network, const pleat_pass *pass) {
  const pleat_features *features = &pass->features[0];
  pleat_alphafold_run f = {.run = run, .network = network, .features = features,
                           .option = pass->option, .result = pass->results ? pass->results[0] : NULL};
  f.length = features->stored ? features->stored->inputs[0].length : features->length;
  if (!run->status) run->status = check_ranks(&f);
  if (!run->status) run->status = pleat_alphafold_features_rows(run->context, features, &f.rows);
  if (!run->status) run_passes(&f);
  pleat_alphafold_features_free(run->context, &f.rows);
}
