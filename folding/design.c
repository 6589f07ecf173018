/* Designing, scoring and packing: a target through a model, and what people read out of the numbers.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "folding/design.h"
#include "folding/session.h"

pleat_random pleat_design_stream(const pleat_design_task *task, int64_t b) {
  return pleat_random_stream(task->seed, pleat_random_hash(task->backbone->name), (uint32_t)(task->first_sample + b));
}

/* One run of one of the three tasks. */
typedef struct design_job {
  const pleat_design_def *def;
  const char *verb;
  pleat_design_task task;
} design_job;

static void forward_job(pleat_run *run, const void *weights, const void *work) {
  const design_job *job = work;
  job->def->forward(run, weights, &job->task);
}

static void take_target(const pleat_target *target, pleat_design_task *task) {
  task->backbone = pleat_target_backbone(target);
  for (int kind = 0; kind < PLEAT_DRAW_KINDS; kind++) task->draws[kind] = pleat_target_draws(target, kind);
}

/* Stored draws must be those of this target and these samples. */
static pleat_status check_draws(pleat_context *context, const pleat_design_task *task) {
  const pleat_array *randn = task->draws[PLEAT_DRAW_RANDN], *each = task->draws[PLEAT_DRAW_EXPONENTIAL];
  size_t length = (size_t)task->backbone->length, samples = (size_t)task->samples;
  PLEAT_CHECK(context, !randn || (randn->rank == 2 && randn->shape[0] >= samples && randn->shape[1] == length),
              PLEAT_ERROR_INPUT, "%s: the stored draws randn are not (at least %zu samples, %zu residues)",
              task->backbone->name, samples, length);
  PLEAT_CHECK(context, !each || (each->rank == 3 && each->shape[1] >= samples && each->shape[2] == PLEAT_TARGET_DRAWN),
              PLEAT_ERROR_INPUT, "%s: the stored draws exponential are not (steps, at least %zu samples, 20)",
              task->backbone->name, samples);
  const pleat_array *uniform = task->draws[PLEAT_DRAW_UNIFORM], *angles = task->draws[PLEAT_DRAW_ANGLES];
  PLEAT_CHECK(context, !uniform || (uniform->rank == 2 && uniform->shape[0] == length && uniform->shape[1] == 4),
              PLEAT_ERROR_INPUT, "%s: the stored draws uniform are not (%zu residues, 4)", task->backbone->name,
              length);
  bool right = !angles || (angles->rank == 4 && angles->shape[2] == length && angles->shape[3] == 4 &&
                           angles->shape[0] >= (size_t)task->steps && angles->shape[1] >= (size_t)task->candidates);
  PLEAT_CHECK(context, right, PLEAT_ERROR_INPUT,
              "%s: the stored draws angles are not (at least %d steps, at least %d candidates, %zu residues, 4)",
              task->backbone->name, task->steps, task->candidates, length);
  return PLEAT_OK;
}

/* A setting that the model cannot express is never dropped in silence. */
static pleat_status check_settings(const pleat_model *model, const pleat_target *target) {
  for (size_t i = 0; i < pleat_target_option_count(); i++) {
    const char *setting = pleat_target_special(target, i);
    PLEAT_CHECK(model->context, !setting || pleat_model_heeds(model, setting), PLEAT_ERROR_UNSUPPORTED,
                "%s: model %s has no use for %s; leave it out or choose a model that has", pleat_target_name(target),
                model->def->name, setting);
  }
  return PLEAT_OK;
}

static pleat_status check_job(pleat_model *model, const pleat_target *target, const design_job *job) {
  PLEAT_CHECK(model->context, job->def->forward, PLEAT_ERROR_UNSUPPORTED, "model %s does not %s; its task is %s",
              model->def->name, job->verb, model->def->task);
  PLEAT_CHECK(model->context, job->task.samples > 0, PLEAT_ERROR_INPUT, "%s: no samples were asked for",
              pleat_target_name(target));
  /* side chains go onto a sequence that was designed before: the settings of its design are none of the packer's */
  if (job->def != &model->def->side_chains) PLEAT_TRY(check_settings(model, target));
  PLEAT_TRY(pleat_target_check(target));
  return check_draws(model->context, &job->task);
}

static pleat_status run_job(pleat_model *model, const pleat_target *target, design_job *job, pleat_result **result) {
  *result = NULL;
  take_target(target, &job->task);
  memcpy(job->task.option, model->option, sizeof job->task.option);
  PLEAT_TRY(check_job(model, target, job));
  pleat_session_shape shape = {job->task.backbone->length, job->task.samples};
  PLEAT_TRY(pleat_session_make_result(model, pleat_target_name(target), job->def->outputs, shape, result));
  design_job real = *job;
  real.task.result = *result;
  pleat_session_work work = {pleat_target_name(target), forward_job, job, &real, 0, 1, NULL};
  return pleat_session_run(model, &work);
}

static pleat_status give(pleat_status status, pleat_result **result) {
  if (!status) return PLEAT_OK;
  pleat_result_free(*result);
  *result = NULL;
  return status;
}

/* ---- Numbers people read ---- */

static pleat_status add_numbers(pleat_result *result, const char *name, const pleat_backbone *backbone, float **data) {
  size_t shape[2] = {result->samples, (size_t)backbone->length};
  return pleat_result_add_array(result, name, 2, shape, data);
}

static pleat_status add_number(pleat_result *result, const char *name, float **data) {
  return pleat_result_add_array(result, name, 1, &result->samples, data);
}

/* The mean loss over residues that count, as the published code weighs it: sum(loss m) / (sum m + 1e-8). */
static double mean_loss(const pleat_backbone *backbone, const float *loss, const float *also) {
  double sum = 0, weight = 1e-8;
  for (int64_t i = 0; i < backbone->length; i++) {
    double each = backbone->mask[i] * backbone->designed[i] * (also ? also[i] : 1);
    sum += each * loss[i];
    weight += each;
  }
  return sum / weight;
}

/* Share of designed residues that keep the native letter. */
static double recovery(const pleat_backbone *backbone, const float *letters) {
  double same = 0, weight = 1e-8;
  for (int64_t i = 0; i < backbone->length; i++) {
    double each = backbone->mask[i] * backbone->designed[i];
    same += each * ((int32_t)letters[i] == backbone->letter[i]);
    weight += each;
  }
  return same / weight;
}

/* loss = -log_probs at the sample's letter. */
static void letter_loss(const pleat_backbone *backbone, const float *log_probs, const float *letters, float *loss) {
  for (int64_t i = 0; i < backbone->length; i++) loss[i] = -log_probs[i * PLEAT_TARGET_LETTERS + (int32_t)letters[i]];
}

/* Models that see no ligands count all residues for ligand_confidence, as published. */
pleat_status pleat_design_rate(const pleat_backbone *backbone, bool sees_ligands, pleat_result *result) {
  const float *near = sees_ligands ? backbone->near_ligand : NULL;
  float *loss, *overall, *ligand, *native;
  PLEAT_TRY(add_numbers(result, "loss_per_residue", backbone, &loss));
  PLEAT_TRY(add_number(result, "overall_confidence", &overall));
  PLEAT_TRY(add_number(result, "ligand_confidence", &ligand));
  PLEAT_TRY(add_number(result, "seq_rec", &native));
  const float *letters = pleat_result_find(result, "S"), *log_probs = pleat_result_find(result, "log_probs");
  for (size_t b = 0; b < result->samples; b++) {
    size_t at = b * (size_t)backbone->length;
    letter_loss(backbone, log_probs + at * PLEAT_TARGET_LETTERS, letters + at, loss + at);
    overall[b] = (float)exp(-mean_loss(backbone, loss + at, NULL));
    ligand[b] = (float)exp(-mean_loss(backbone, loss + at, near));
    native[b] = (float)recovery(backbone, letters + at);
  }
  return PLEAT_OK;
}

/* ---- Sequences and structures ---- */

static pleat_status add_samples(pleat_result *result, size_t samples, bool structures) {
  PLEAT_TRY(pleat_pool_take(&result->pool, samples, sizeof *result->sample_sequences, &result->sample_sequences));
  if (structures)
    PLEAT_TRY(pleat_pool_take(&result->pool, samples, sizeof *result->sample_structures, &result->sample_structures));
  result->samples = samples;
  return PLEAT_OK;
}

/* Letters of sample b as whole numbers, in the pool; without an array "S" those of the target. */
static pleat_status sample_letters(const pleat_backbone *backbone, pleat_result *result, size_t b, int32_t **letters) {
  const float *drawn = pleat_result_find(result, "S");
  PLEAT_TRY(pleat_pool_take(&result->pool, (size_t)backbone->length, sizeof **letters, letters));
  for (int64_t i = 0; i < backbone->length; i++)
    (*letters)[i] = drawn ? (int32_t)drawn[(int64_t)b * backbone->length + i] : backbone->letter[i];
  return PLEAT_OK;
}

/* B column of a designed backbone: the probability of the letter; 0 where it is fixed or above 0.99, as published. */
static pleat_status backbone_factors(const pleat_backbone *backbone, pleat_result *result, size_t b, float **factors) {
  const float *loss = pleat_result_find(result, "loss_per_residue") + b * (size_t)backbone->length;
  PLEAT_TRY(pleat_pool_take(&result->pool, (size_t)backbone->length * 4, sizeof **factors, factors));
  for (int64_t i = 0; i < backbone->length * 4; i++) (*factors)[i] = loss[i / 4] > 0.01f ? expf(-loss[i / 4]) : 0;
  return PLEAT_OK;
}

static pleat_status make_design(const pleat_target *target, pleat_result *result, size_t b) {
  const pleat_backbone *backbone = pleat_target_backbone(target);
  int32_t *letters;
  float *factors, *mask;
  PLEAT_TRY(sample_letters(backbone, result, b, &letters));
  PLEAT_TRY(pleat_target_make_sequence(target, letters, &result->pool, &result->sample_sequences[b]));
  PLEAT_TRY(backbone_factors(backbone, result, b, &factors));
  PLEAT_TRY(pleat_pool_take(&result->pool, (size_t)backbone->length * 4, sizeof *mask, &mask));
  pleat_target_backbone_mask(backbone, mask);
  pleat_target_sample sample = {letters, backbone->x, mask, factors, 4};
  return pleat_target_make_structure(target, &sample, &result->sample_structures[b]);
}

static pleat_status finish_design(const pleat_model *model, const pleat_target *target, size_t samples,
                                  pleat_result *result) {
  bool sees_ligands = pleat_model_heeds(model, "ligand_mpnn_use_atom_context");
  PLEAT_TRY(add_samples(result, samples, true));
  PLEAT_TRY(pleat_design_rate(pleat_target_backbone(target), sees_ligands, result));
  for (size_t b = 0; b < samples; b++) PLEAT_TRY(make_design(target, result, b));
  return PLEAT_OK;
}

pleat_status pleat_design(pleat_model *model, const pleat_target *target, const pleat_design_settings *settings,
                          pleat_result **result) {
  design_job job = {&model->def->design, "design", {.samples = (int64_t)settings->samples,
                                                    .first_sample = (int64_t)settings->first_sample,
                                                    .seed = settings->seed,
                                                    .temperature = settings->temperature}};
  *result = NULL;
  PLEAT_CHECK(model->context, settings->temperature > 0 && isfinite(settings->temperature), PLEAT_ERROR_INPUT,
              "the temperature is above 0 (0.1 as published; 0.000001 for the best letter), not %g",
              settings->temperature);
  pleat_status status = run_job(model, target, &job, result);
  if (!status) status = finish_design(model, target, settings->samples, *result);
  return give(status, result);
}

pleat_status pleat_score_rate(const pleat_backbone *backbone, pleat_result *result) {
  const float *log_probs = pleat_result_find(result, "log_probs");
  size_t length = (size_t)backbone->length;
  float *letters, *loss, *score;
  PLEAT_TRY(pleat_result_add_array(result, "S", 1, &length, &letters));
  PLEAT_TRY(add_numbers(result, "loss_per_residue", backbone, &loss));
  PLEAT_TRY(add_number(result, "score", &score));
  for (int64_t i = 0; i < backbone->length; i++) letters[i] = (float)backbone->letter[i];
  for (size_t b = 0; b < result->samples; b++) {
    letter_loss(backbone, log_probs + b * length * PLEAT_TARGET_LETTERS, letters, loss + b * length);
    score[b] = (float)mean_loss(backbone, loss + b * length, NULL);
  }
  return PLEAT_OK;
}

static pleat_status finish_score(const pleat_target *target, size_t samples, pleat_result *result) {
  const pleat_backbone *backbone = pleat_target_backbone(target);
  PLEAT_TRY(add_samples(result, samples, false));
  PLEAT_TRY(pleat_score_rate(backbone, result));
  for (size_t b = 0; b < samples; b++)
    PLEAT_TRY(pleat_target_make_sequence(target, backbone->letter, &result->pool, &result->sample_sequences[b]));
  return PLEAT_OK;
}

pleat_status pleat_score(pleat_model *model, const pleat_target *target, const pleat_score_settings *settings,
                         pleat_result **result) {
  design_job job = {&model->def->score, "score", {.samples = (int64_t)settings->samples,
                                                  .first_sample = (int64_t)settings->first_sample,
                                                  .seed = settings->seed,
                                                  .temperature = 1,
                                                  .single = settings->single != 0,
                                                  .use_sequence = settings->use_sequence != 0}};
  pleat_status status = run_job(model, target, &job, result);
  if (!status) status = finish_score(target, settings->samples, *result);
  return give(status, result);
}

static pleat_status make_packed(const pleat_target *target, pleat_result *result, size_t b) {
  const pleat_backbone *backbone = pleat_target_backbone(target);
  size_t atoms = b * (size_t)backbone->length * PLEAT_RESIDUE_ATOM14;
  int32_t *letters;
  PLEAT_TRY(sample_letters(backbone, result, b, &letters));
  PLEAT_TRY(pleat_target_make_sequence(target, letters, &result->pool, &result->sample_sequences[b]));
  pleat_target_sample sample = {letters, pleat_result_find(result, "positions") + atoms * 3,
                                pleat_result_find(result, "atom_mask") + atoms,
                                pleat_result_find(result, "b_factors") + atoms, PLEAT_RESIDUE_ATOM14};
  return pleat_target_make_structure(target, &sample, &result->sample_structures[b]);
}

static pleat_status finish_pack(const pleat_target *target, size_t samples, pleat_result *result) {
  PLEAT_TRY(add_samples(result, samples, true));
  for (size_t b = 0; b < samples; b++) PLEAT_TRY(make_packed(target, result, b));
  return PLEAT_OK;
}

pleat_status pleat_pack(pleat_model *model, const pleat_target *target, const pleat_pack_settings *settings,
                        pleat_result **result) {
  enum { MOST_STEPS = 1000, MOST_CANDIDATES = 1000 };
  design_job job = {.def = &model->def->side_chains,
                    .verb = "pack side chains",
                    .task = {.samples = (int64_t)settings->samples,
                             .first_sample = (int64_t)settings->first_sample,
                             .seed = settings->seed,
                             .steps = settings->steps,
                             .candidates = settings->candidates,
                             .repack_everything = settings->repack_everything != 0,
                             .ligand_context = settings->ligand_context != 0}};
  *result = NULL;
  PLEAT_CHECK(model->context, settings->steps > 0 && settings->steps <= MOST_STEPS && settings->candidates > 0 &&
                                  settings->candidates <= MOST_CANDIDATES,
              PLEAT_ERROR_INPUT, "packing takes 1 to %d denoising steps and 1 to %d candidates, not %d and %d",
              MOST_STEPS, MOST_CANDIDATES, settings->steps, settings->candidates);
  pleat_status status = run_job(model, target, &job, result);
  if (!status) status = finish_pack(target, settings->samples, *result);
  return give(status, result);
}
