/* pleat score: how likely sequences are on structures: in all, by residue, and for every single mutation.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "program/arrays.h"
#include "program/backbone.h"
#include "program/output.h"
#include "program/sequence_text.h"

enum { LETTERS = 21, DRAWN = 20 };

typedef struct score_run {
  bool single, use_sequence, keep_arrays;
  size_t samples;
} score_run;

/* Means over the samples (decoding orders). */
typedef struct score_job {
  pleat_backbone_job *job;
  const score_run *own;
  pleat_sequence_order order;
  const pleat_result *result;
  const float *letters; /* (L) */
  double *log_probs;    /* (L,21) mean of the log probabilities */
  double *loss, *spread; /* (L) mean and standard deviation of -log p of the residue's letter */
} score_job;

static const float *find_array(const pleat_result *result, const char *name) {
  pleat_array array;
  return pleat_result_array(result, name, &array) == PLEAT_OK ? array.data : NULL;
}

static size_t letter_of(const score_job *score, size_t residue) {
  int letter = (int)score->letters[residue];
  return letter >= 0 && letter < LETTERS ? (size_t)letter : DRAWN;
}

/* How the scores were made: models without a decoding order see all residues at once, none of their letters. */
static const char *mode_of(const score_job *score) {
  if (score->own->single) return "single_aa_score";
  return find_array(score->result, "decoding_order") ? "autoregressive_score" : "masked";
}

static void take_means(score_job *score) {
  const float *log_probs = find_array(score->result, "log_probs");
  size_t samples = pleat_result_sample_count(score->result), count = score->order.count * LETTERS;
  for (size_t b = 0; b < samples; b++)
    for (size_t i = 0; i < count; i++) score->log_probs[i] += (double)log_probs[b * count + i] / (double)samples;
  for (size_t i = 0; i < score->order.count; i++) {
    size_t at = i * LETTERS + letter_of(score, i);
    double squares = 0;
    score->loss[i] = -score->log_probs[at];
    for (size_t b = 0; b < samples; b++) {
      double difference = (double)log_probs[b * count + at] - score->log_probs[at];
      squares += difference * difference;
    }
    score->spread[i] = sqrt(squares / (double)samples);
  }
}

/* ---- JSON ---- */

static double mean_loss(const score_job *score, const float *loss, bool all) {
  double sum = 0;
  size_t weight = 0;
  for (size_t i = 0; i < score->order.count; i++) {
    const pleat_target_residue *residue = &score->order.residues[i];
    if (!residue->complete || !(all || residue->designed)) continue;
    sum += (double)loss[i];
    weight++;
  }
  return weight ? sum / (double)weight : NAN;
}

static void add_totals(const score_job *score, json_t *object) {
  const float *loss = find_array(score->result, "loss_per_residue");
  size_t samples = pleat_result_sample_count(score->result), length = score->order.count;
  double sum = 0, squares = 0, global = 0;
  json_t *each = json_array();
  for (size_t b = 0; b < samples; b++) {
    double one = mean_loss(score, loss + b * length, false);
    sum += one;
    squares += one * one;
    global += mean_loss(score, loss + b * length, true);
    json_array_append_new(each, pleat_output_number(one));
  }
  double mean = sum / (double)samples, variance = squares / (double)samples - mean * mean;
  json_object_set_new(object, "score", pleat_output_number(mean));
  json_object_set_new(object, "score_std", pleat_output_number(variance > 0 ? sqrt(variance) : 0));
  json_object_set_new(object, "global_score", pleat_output_number(global / (double)samples));
  json_object_set_new(object, "perplexity", pleat_output_number(exp(mean)));
  json_object_set_new(object, "scores", each);
}

static json_t *residue_object(const score_job *score, size_t i) {
  const pleat_target_residue *residue = &score->order.residues[i];
  char letter[2] = {pleat_sequence_letters[letter_of(score, i)], 0}, best[2] = {0};
  char code[2] = {residue->insertion_code == ' ' ? 0 : residue->insertion_code, 0};
  const double *log_probs = score->log_probs + i * LETTERS;
  size_t top = 0;
  for (size_t a = 1; a < DRAWN; a++)
    if (log_probs[a] > log_probs[top]) top = a;
  best[0] = pleat_sequence_letters[top];
  json_t *object = json_pack("{s:s, s:i, s:s, s:s, s:s, s:b, s:b}", "chain", residue->chain, "residue_number",
                             residue->number, "insertion_code", code, "residue_name", residue->name, "letter", letter,
                             "complete", residue->complete, "designed", residue->designed);
  json_object_set_new(object, "score", pleat_output_number(score->loss[i]));
  json_object_set_new(object, "score_std", pleat_output_number(score->spread[i]));
  json_object_set_new(object, "best_letter", json_string(best));
  json_object_set_new(object, "best_score", pleat_output_number(-log_probs[top]));
  return object;
}

static json_t *settings_object(const score_job *score) {
  const pleat_options *options = &score->job->run->options;
  json_t *object = json_object();
  const pleat_option_row *row;
  json_object_set_new(object, "mode", json_string(mode_of(score)));
  json_object_set_new(object, "use_sequence", json_boolean(score->own->use_sequence));
  for (int id = 0; (row = pleat_options_row(id)); id++) {
    char name[64];
    if (!options->values[id] || !pleat_options_is_target_setting(row)) continue;
    pleat_options_target_name(row, name);
    json_object_set_new(object, name, json_string(options->values[id]));
  }
  return object;
}

static bool write_json(const score_job *score) {
  const pleat_settings *settings = &score->job->run->settings;
  json_t *object = json_object(), *residues = json_array();
  json_object_set_new(object, "name", json_string(score->job->input->name));
  json_object_set_new(object, "model", json_string(pleat_settings_model_name(settings)));
  json_object_set_new(object, "weights_sha256", json_string(pleat_model_sha256(settings->model)));
  json_object_set_new(object, "version", json_string(pleat_version()));
  json_object_set_new(object, "seed", json_integer((json_int_t)settings->seed));
  json_object_set_new(object, "samples", json_integer((json_int_t)pleat_result_sample_count(score->result)));
  json_object_set_new(object, "settings", settings_object(score));
  json_object_set_new(object, "sequence", json_string(pleat_result_sample_sequence(score->result, 0)));
  add_totals(score, object);
  for (size_t i = 0; i < score->order.count; i++) json_array_append_new(residues, residue_object(score, i));
  json_object_set_new(object, "residues", residues);
  char *path = pleat_backbone_path(score->job, "", ".json");
  bool ok = pleat_output_write_json(path, object, 6);
  free(path);
  return ok;
}

/* ---- Mutations ---- */

static void add_mutations(const score_job *score, size_t i, pleat_growing *text) {
  const pleat_target_residue *residue = &score->order.residues[i];
  const double *log_probs = score->log_probs + i * LETTERS;
  size_t own = letter_of(score, i);
  char code[2] = {residue->insertion_code == ' ' ? 0 : residue->insertion_code, 0};
  for (size_t a = 0; a < DRAWN; a++) {
    if (a == own) continue;
    pleat_growing_add(text, "%s,%d,%s,%c,%c,", residue->chain, residue->number, code, pleat_sequence_letters[own],
                      pleat_sequence_letters[a]);
    if (residue->complete)
      pleat_growing_add(text, "%.6f,%.6f,%.6f\n", log_probs[own], log_probs[a], log_probs[a] - log_probs[own]);
    else
      pleat_growing_add(text, "nan,nan,nan\n"); /* the model says nothing without a whole backbone */
  }
}

static bool write_mutations(const score_job *score) {
  pleat_growing text = {0};
  pleat_growing_add(&text, "chain,residue_number,insertion_code,wild_type,mutant,log_p_wild_type,log_p_mutant,difference\n");
  for (size_t i = 0; i < score->order.count; i++) add_mutations(score, i, &text);
  char *path = pleat_backbone_path(score->job, "", "_mutations.csv");
  bool ok = pleat_output_write(path, text.text, text.length);
  free(path);
  free(text.text);
  return ok;
}

/* Frame2seq's table, for models that see all residues at once. */
static bool write_losses(const score_job *score) {
  pleat_growing text = {0};
  pleat_growing_add(&text, "Residue index,Negative pseudo-log-likelihood\n");
  for (size_t i = 0; i < score->order.count; i++) pleat_growing_add(&text, "%zu,%.9g\n", i, score->loss[i]);
  char *folder = pleat_output_path("%s/scores", score->job->run->folder.path);
  char *path = pleat_backbone_path(score->job, "scores", "_seq0.csv");
  bool ok = pleat_output_folder(folder) && pleat_output_write(path, text.text, text.length);
  free(folder);
  free(path);
  free(text.text);
  return ok;
}

/* ---- Arrays, also the probabilities that LigandMPNN's score.py keeps ---- */

static void append_probabilities(const score_job *score, pleat_arrays *arrays) {
  pleat_array array;
  if (pleat_result_array(score->result, "log_probs", &array)) return;
  size_t count = array.shape[0] * array.shape[1] * array.shape[2];
  float *probs = calloc(count + 1, sizeof *probs);
  if (!probs) abort();
  for (size_t i = 0; i < count; i++) probs[i] = expf(array.data[i]);
  array.data = probs;
  pleat_arrays_append(arrays, "probs", &array);
  free(probs);
}

static bool write_arrays(const score_job *score) {
  const pleat_settings *settings = &score->job->run->settings;
  char seed[32], *path = pleat_backbone_path(score->job, "", ".h5");
  snprintf(seed, sizeof seed, "%llu", (unsigned long long)settings->seed);
  pleat_arrays_note notes[] = {{"seed", seed},
                               {"alphabet", pleat_sequence_letters},
                               {"model", pleat_settings_model_name(settings)},
                               {"weights_sha256", pleat_model_sha256(settings->model)},
                               {"version", pleat_version()},
                               {"mode", mode_of(score)},
                               {"use_sequence", score->own->use_sequence ? "1" : "0"},
                               {NULL, NULL}};
  pleat_arrays arrays = {0};
  pleat_arrays_append_result(&arrays, score->result, "S");
  append_probabilities(score, &arrays);
  bool ok = pleat_arrays_write(&arrays, path, notes, score->job->target);
  pleat_arrays_free(&arrays);
  free(path);
  return ok;
}

/* ---- The run ---- */

static bool write_all(score_job *score) {
  take_means(score);
  return write_json(score) && write_mutations(score) &&
         (find_array(score->result, "decoding_order") || write_losses(score)) &&
         (!score->own->keep_arrays || write_arrays(score));
}

/* --autoregressive-score 1 is not for models that see all residues at once. */
static bool has_order_asked_for(const pleat_backbone_run *run, const pleat_result *result) {
  if (!pleat_options_flag(&run->options, PLEAT_OPTION_AUTOREGRESSIVE) || find_array(result, "decoding_order")) return true;
  fprintf(stderr, "pleat score: model %s sees all residues at once, it has no autoregressive score; leave out the option\n",
          pleat_settings_model_name(&run->settings));
  return false;
}

static int score_one(pleat_backbone_job *job) {
  const score_run *own = job->run->own;
  pleat_score_settings settings = {.samples = own->samples,
                                   .seed = job->run->settings.seed,
                                   .single = own->single,
                                   .use_sequence = own->use_sequence};
  pleat_result *result;
  pleat_status status = pleat_score(job->run->settings.model, job->target, &settings, &result);
  if (status) return pleat_backbone_fail(job, status);
  if (!has_order_asked_for(job->run, result)) {
    pleat_result_free(result);
    return PLEAT_EXIT_INPUTS;
  }
  score_job score = {.job = job, .own = own, .result = result, .letters = find_array(result, "S")};
  pleat_sequence_order_make(job->target, &score.order);
  size_t count = score.order.count;
  double *numbers = calloc(count * (LETTERS + 2) + 1, sizeof *numbers);
  if (!numbers) abort();
  score.log_probs = numbers;
  score.loss = numbers + count * LETTERS;
  score.spread = score.loss + count;
  job->samples = own->samples;
  job->sane = pleat_result_is_sane(result);
  bool ok = write_all(&score);
  free(numbers);
  pleat_sequence_order_free(&score.order);
  pleat_result_free(result);
  return ok ? PLEAT_EXIT_DONE : PLEAT_EXIT_INPUTS;
}

static bool check(pleat_backbone_run *run) {
  const pleat_options *options = &run->options;
  score_run *own = run->own;
  bool autoregressive = pleat_options_flag(options, PLEAT_OPTION_AUTOREGRESSIVE);
  own->single = pleat_options_flag(options, PLEAT_OPTION_SINGLE);
  own->use_sequence = pleat_options_flag(options, PLEAT_OPTION_USE_SEQUENCE);
  own->keep_arrays = pleat_options_flag(options, PLEAT_OPTION_SAVE_ALL);
  own->samples = (size_t)pleat_options_number(options, PLEAT_OPTION_BATCH_SIZE) *
                 (size_t)pleat_options_number(options, PLEAT_OPTION_NUMBER_OF_BATCHES);
  if (autoregressive && own->single)
    fprintf(stderr, "pleat score: --autoregressive-score and --single-aa-score exclude each other; give one of them\n");
  else if (!own->single && !autoregressive && options->values[PLEAT_OPTION_AUTOREGRESSIVE])
    fprintf(stderr, "pleat score: set one of --autoregressive-score and --single-aa-score to 1\n");
  else
    return true;
  return false;
}

int pleat_verb_score(const pleat_options *options) {
  static const pleat_backbone_verb verb = {"score", "_score", {NULL}, false, check, NULL, score_one, NULL};
  score_run own = {0};
  return pleat_backbone_main(options, &verb, &own);
}
