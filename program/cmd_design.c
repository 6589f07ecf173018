/* pleat design: sequences for structures, as FASTA and backbones the way LigandMPNN writes them.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "program/arrays.h"
#include "program/output.h"
#include "program/packing.h"
#include "program/sequence_text.h"

enum { MOST_RESIDUES = 1 << 18 }; /* of all samples of one call, so that results stay small */

typedef struct design_run {
  pleat_model *packer; /* NULL: side chains are not wanted */
  double temperature;
  size_t batch_size, batches, samples;
  bool both_headers, keep_arrays;
} design_run;

/* One input: what is collected until its files are written. */
typedef struct design_job {
  pleat_backbone_job *job;
  design_run *own;
  pleat_sequence_order order;
  pleat_growing fasta;
  pleat_arrays arrays;
  pleat_target *extra; /* for packing and scoring of designs: gets their sequences */
} design_job;

static bool flag(const design_job *design, pleat_option_id id) {
  return pleat_options_flag(&design->job->run->options, id);
}

static const char *separation(const design_job *design) {
  return pleat_options_text(&design->job->run->options, PLEAT_OPTION_SEPARATION);
}

static size_t sample_id(const design_job *design, size_t sample) {
  return sample + !flag(design, PLEAT_OPTION_ZERO_INDEXED);
}

/* ---- Numbers of a sample ---- */

static const float *find_array(const pleat_result *result, const char *name) {
  pleat_array array;
  return pleat_result_array(result, name, &array) == PLEAT_OK ? array.data : NULL;
}

static double number_at(const pleat_result *result, const char *name, size_t b) {
  const float *data = find_array(result, name);
  return data ? (double)data[b] : NAN;
}

/* Mean loss over complete residues; `all` 0: of the designed ones. */
static double mean_loss(const pleat_sequence_order *order, const float *loss, bool all) {
  double sum = 0, weight = 1e-8;
  for (size_t i = 0; loss && i < order->count; i++) {
    const pleat_target_residue *residue = &order->residues[i];
    if (!residue->complete || !(all || residue->designed)) continue;
    sum += (double)loss[i];
    weight += 1;
  }
  return loss ? sum / weight : NAN;
}

static size_t count_residues(const pleat_sequence_order *order, bool near_ligand) {
  size_t count = 0;
  for (size_t i = 0; i < order->count; i++) {
    const pleat_target_residue *residue = &order->residues[i];
    count += residue->complete && residue->designed && (!near_ligand || residue->near_ligand);
  }
  return count;
}

/* No residue that counts is kept: score is global_score. */
static bool all_designed(const pleat_sequence_order *order) {
  for (size_t i = 0; i < order->count; i++)
    if (order->residues[i].complete && !order->residues[i].designed) return false;
  return true;
}

/* ---- FASTA: LigandMPNN's fields first, in its order, then ProteinMPNN's that it has not ---- */

static void add_score(design_job *design, const char *name, double score) {
  if (isfinite(score)) pleat_growing_add(&design->fasta, ", %s=%.4f", name, score);
}

/* score= and global_score= of the native sequence: one decoding order, as for each design. */
static void add_native_scores(design_job *design) {
  pleat_model *model = design->job->run->settings.model;
  pleat_score_settings settings = {.samples = 1, .seed = design->job->run->settings.seed, .use_sequence = 1};
  pleat_result *result;
  if (!pleat_model_does(model, "score") || pleat_score(model, design->job->target, &settings, &result)) return;
  const float *loss = find_array(result, "loss_per_residue");
  add_score(design, "score", mean_loss(&design->order, loss, false));
  add_score(design, "global_score", mean_loss(&design->order, loss, true));
  pleat_result_free(result);
}

static const char *target_value(const design_job *design, const char *dashed, const char *fallback) {
  const pleat_option_row *row;
  for (int id = 0; (row = pleat_options_row(id)); id++)
    if (!strcmp(row->name, dashed)) {
      const char *value = design->job->run->options.values[id];
      return value ? value : fallback;
    }
  return fallback;
}

static void add_native(design_job *design) {
  const pleat_backbone_run *run = design->job->run;
  const design_run *own = design->own;
  pleat_growing *fasta = &design->fasta;
  char temperature[32], cutoff[32];
  bool sees = pleat_model_heeds(run->settings.model, "ligand_mpnn_use_atom_context");
  bool context = strcmp(target_value(design, "ligand-mpnn-use-atom-context", "1"), "0") != 0;
  pleat_growing_add(fasta, ">%s, T=%s, seed=%llu, num_res=%zu, num_ligand_res=%zu, use_ligand_context=%s", design->job->input->name,
                    pleat_sequence_number(own->temperature, temperature), (unsigned long long)run->settings.seed,
                    count_residues(&design->order, false), count_residues(&design->order, sees), context ? "True" : "False");
  pleat_growing_add(fasta, ", ligand_cutoff_distance=%s, batch_size=%zu, number_of_batches=%zu, model_path=%s",
                    pleat_sequence_number(strtod(target_value(design, "ligand-mpnn-cutoff-for-score", "8.0"), NULL), cutoff),
                    own->batch_size, own->batches,
                    run->choice.weights ? run->choice.weights : pleat_settings_model_name(&run->settings));
  if (own->both_headers) {
    add_native_scores(design);
    pleat_growing_add(fasta, ", fixed_chains=");
    pleat_sequence_add_chains(fasta, &design->order, 0);
    pleat_growing_add(fasta, ", designed_chains=");
    pleat_sequence_add_chains(fasta, &design->order, 1);
    pleat_growing_add(fasta, ", model_name=%s", pleat_settings_model_name(&run->settings));
  }
  pleat_growing_add(fasta, "\n");
  pleat_sequence_add(fasta, &design->order, NULL, separation(design));
  pleat_growing_add(fasta, "\n");
}

/* The design through the model once more, its fixed residues counted too; NAN when it is not asked for. */
static double global_score(design_job *design, const pleat_result *result, size_t b, size_t sample) {
  const pleat_backbone_run *run = design->job->run;
  pleat_score_settings settings = {.samples = 1, .first_sample = sample, .seed = run->settings.seed, .use_sequence = 1};
  pleat_target *target;
  pleat_result *scored;
  if (!flag(design, PLEAT_OPTION_GLOBAL_SCORE) || pleat_backbone_target(design->job, false, &target)) return NAN;
  double score = NAN;
  if (!pleat_target_set_option(target, "sequence", pleat_result_sample_sequence(result, b)) &&
      !pleat_score(run->settings.model, target, &settings, &scored)) {
    score = mean_loss(&design->order, find_array(scored, "loss_per_residue"), true);
    pleat_result_free(scored);
  } else {
    fprintf(stderr, "pleat design: no global_score: %s\n", pleat_context_error(run->settings.context));
  }
  pleat_target_free(target);
  return score;
}

static void add_sample(design_job *design, const pleat_result *result, size_t b, size_t sample) {
  const float *letters = find_array(result, "S"), *loss = find_array(result, "loss_per_residue");
  double recovered = number_at(result, "seq_rec", b);
  char temperature[32];
  size_t at = b * design->order.count;
  pleat_growing_add(&design->fasta, ">%s, id=%zu, T=%s, seed=%llu, overall_confidence=%.4f, ligand_confidence=%.4f, seq_rec=%.4f",
                    design->job->input->name, sample_id(design, sample),
                    pleat_sequence_number(design->own->temperature, temperature),
                    (unsigned long long)design->job->run->settings.seed, number_at(result, "overall_confidence", b),
                    number_at(result, "ligand_confidence", b), recovered);
  if (design->own->both_headers) {
    double score = mean_loss(&design->order, loss ? loss + at : NULL, false);
    pleat_growing_add(&design->fasta, ", sample=%zu", sample_id(design, sample));
    add_score(design, "score", score);
    add_score(design, "global_score", all_designed(&design->order) ? score : global_score(design, result, b, sample));
    add_score(design, "seq_recovery", recovered);
  }
  pleat_growing_add(&design->fasta, "\n");
  pleat_sequence_add(&design->fasta, &design->order, letters ? letters + at : NULL, separation(design));
  pleat_growing_add(&design->fasta, "\n");
}

/* ---- Files of a sample ---- */

/* Models that draw all residues at once give Frame2seq's table: a row a residue, from 0. */
static bool write_losses(design_job *design, const pleat_result *result, size_t b, size_t sample) {
  const float *loss = find_array(result, "loss_per_residue");
  pleat_growing text = {0};
  pleat_growing_add(&text, "Residue index,Negative pseudo-log-likelihood\n");
  for (size_t i = 0; loss && i < design->order.count; i++)
    pleat_growing_add(&text, "%zu,%.9g\n", i, (double)loss[b * design->order.count + i]);
  char *tail = pleat_output_path("_seq%zu.csv", sample_id(design, sample));
  char *folder = pleat_output_path("%s/scores", design->job->run->folder.path);
  char *path = pleat_backbone_path(design->job, "scores", tail);
  bool ok = pleat_output_folder(folder) && pleat_output_write(path, text.text, text.length);
  free(folder);
  free(path);
  free(tail);
  free(text.text);
  return ok;
}

static int pack_sample(design_job *design, const pleat_result *result, size_t b, size_t sample) {
  int code = design->extra ? PLEAT_EXIT_DONE : pleat_backbone_target(design->job, true, &design->extra);
  if (code) return code;
  pleat_status status = pleat_target_set_option(design->extra, "sequence", pleat_result_sample_sequence(result, b));
  if (status) return pleat_backbone_fail(design->job, status);
  return pleat_packing_run(design->job, design->own->packer, design->extra, sample, sample_id(design, sample), NULL);
}

static int finish_sample(design_job *design, const pleat_result *result, size_t b, size_t sample) {
  const pleat_structure *structure = pleat_result_sample_structure(result, b);
  char *tail = pleat_output_path("_%zu", sample_id(design, sample));
  bool ok = !structure || pleat_packing_write(design->job, "backbones", tail, structure);
  free(tail);
  add_sample(design, result, b, sample);
  ok = ok && (find_array(result, "decoding_order") || write_losses(design, result, b, sample));
  if (!ok) return PLEAT_EXIT_INPUTS;
  return design->own->packer ? pack_sample(design, result, b, sample) : PLEAT_EXIT_DONE;
}

/* ---- Samples ---- */

/* Stored draws are rows of one call. Otherwise a sample is the same whatever call it is in. */
static size_t most_samples(const design_job *design) {
  size_t all = design->own->samples, most = MOST_RESIDUES / (design->order.count + 1) + 1;
  return pleat_draws_any(&design->job->run->draws) || all < most ? all : most;
}

static int run_samples(design_job *design) {
  const design_run *own = design->own;
  pleat_settings *settings = &design->job->run->settings;
  size_t most = most_samples(design);
  for (size_t first = 0; first < own->samples;) {
    size_t count = own->samples - first < most ? own->samples - first : most;
    pleat_design_settings wanted = {count, first, settings->seed, own->temperature};
    pleat_result *result;
    pleat_status status = pleat_design(settings->model, design->job->target, &wanted, &result);
    if (status == PLEAT_ERROR_LIMIT && count > 1) {
      most = count / 2;
      pleat_folder_log(&design->job->run->folder, "%s: %zu samples at a time, to stay within --memory",
                       design->job->input->name, most);
      continue;
    }
    if (status) return pleat_backbone_fail(design->job, status);
    int code = PLEAT_EXIT_DONE;
    design->job->sane = design->job->sane && pleat_result_is_sane(result);
    for (size_t b = 0; !code && b < count; b++) code = finish_sample(design, result, b, first + b);
    if (own->keep_arrays) pleat_arrays_append_result(&design->arrays, result, "generated_sequences");
    pleat_result_free(result);
    if (code) return code;
    first += count;
  }
  return PLEAT_EXIT_DONE;
}

/* ---- Arrays under the names of LigandMPNN's --save_stats ---- */

static void append_row(pleat_arrays *arrays, const char *name, const float *values, size_t count) {
  pleat_array array = {.name = name, .data = values, .rank = 1, .shape = {count}};
  pleat_arrays_append(arrays, name, &array);
}

static void append_residues(design_job *design) {
  size_t count = design->order.count;
  float *values = calloc(3 * count + 1, sizeof *values);
  if (!values) abort();
  for (size_t i = 0; i < count; i++) {
    const pleat_target_residue *residue = &design->order.residues[i];
    const char *letter = strchr(pleat_sequence_letters, residue->letter);
    values[i] = (float)(letter && *letter ? letter - pleat_sequence_letters : 20);
    values[count + i] = (float)residue->complete;
    values[2 * count + i] = (float)residue->designed;
  }
  append_row(&design->arrays, "native_sequence", values, count);
  append_row(&design->arrays, "mask", values + count, count);
  append_row(&design->arrays, "chain_mask", values + 2 * count, count);
  free(values);
}

static bool write_stats(design_job *design) {
  const pleat_settings *settings = &design->job->run->settings;
  char seed[32], temperature[32], *path = pleat_backbone_path(design->job, "stats", ".h5");
  snprintf(seed, sizeof seed, "%llu", (unsigned long long)settings->seed);
  pleat_arrays_note notes[] = {{"seed", seed},
                               {"temperature", pleat_sequence_number(design->own->temperature, temperature)},
                               {"alphabet", pleat_sequence_letters},
                               {"model", pleat_settings_model_name(settings)},
                               {"weights_sha256", pleat_model_sha256(settings->model)},
                               {"version", pleat_version()},
                               {NULL, NULL}};
  append_residues(design);
  bool ok = pleat_arrays_write(&design->arrays, path, notes, design->job->target);
  free(path);
  return ok;
}

static bool write_fasta(const design_job *design) {
  char *path = pleat_backbone_path(design->job, "seqs", ".fa");
  bool ok = pleat_output_write(path, design->fasta.text, design->fasta.length);
  free(path);
  return ok;
}

static int design_one(pleat_backbone_job *job) {
  design_job design = {.job = job, .own = job->run->own};
  pleat_sequence_order_make(job->target, &design.order);
  job->samples = design.own->samples;
  add_native(&design);
  int code = run_samples(&design);
  if (!code && design.own->keep_arrays && !write_stats(&design)) code = PLEAT_EXIT_INPUTS;
  if (!code && !write_fasta(&design)) code = PLEAT_EXIT_INPUTS;
  pleat_sequence_order_free(&design.order);
  pleat_arrays_free(&design.arrays);
  pleat_target_free(design.extra);
  free(design.fasta.text);
  return code;
}

/* ---- The run ---- */

static int open_packer(pleat_backbone_run *run, design_run *own) {
  pleat_choice choice;
  pleat_choice_packer(&run->settings, &choice);
  pleat_status status = choice.weights
                            ? pleat_model_open_file(run->settings.context, choice.name, choice.weights, &own->packer)
                            : pleat_model_open(run->settings.context, choice.name, &own->packer);
  if (status) return own->packer = NULL, pleat_settings_fail(&run->settings, status);
  if (pleat_model_does(own->packer, "pack")) return PLEAT_EXIT_DONE;
  fprintf(stderr, "pleat design: model %s does not pack side chains\n", choice.name);
  return PLEAT_EXIT_USAGE;
}

/* Settings of the packer in a run that packs nothing: scripts may give them, and are told. */
static void warn_about_packing(const pleat_options *options) {
  static const pleat_option_id packing[] = {
      PLEAT_OPTION_CHECKPOINT_PACKER, PLEAT_OPTION_PACKS,              PLEAT_OPTION_STEPS,         PLEAT_OPTION_CANDIDATES,
      PLEAT_OPTION_REPACK_EVERYTHING, PLEAT_OPTION_PACK_LIGAND_CONTEXT, PLEAT_OPTION_PACKED_SUFFIX, PLEAT_OPTION_FORCE_HETATM};
  if (pleat_options_flag(options, PLEAT_OPTION_PACK_SIDE_CHAINS)) return;
  for (size_t i = 0; i < sizeof packing / sizeof *packing; i++)
    if (options->values[packing[i]])
      fprintf(stderr, "pleat design: warning: --%s changes nothing without --pack-side-chains 1\n",
              pleat_options_row(packing[i])->name);
}

static bool check(pleat_backbone_run *run) {
  const pleat_options *options = &run->options;
  design_run *own = run->own;
  const char *text = pleat_options_text(options, PLEAT_OPTION_TEMPERATURE),
             *header = pleat_options_text(options, PLEAT_OPTION_HEADER);
  char *end;
  own->temperature = strtod(text, &end);
  own->batch_size = (size_t)pleat_options_number(options, PLEAT_OPTION_BATCH_SIZE);
  own->batches = (size_t)pleat_options_number(options, PLEAT_OPTION_NUMBER_OF_BATCHES);
  own->samples = own->batch_size * own->batches;
  own->both_headers = !strcmp(header, "both");
  own->keep_arrays = pleat_options_flag(options, PLEAT_OPTION_SAVE_STATS) || pleat_options_flag(options, PLEAT_OPTION_SAVE_ALL);
  bool warm = *end == 0 && end != text && isfinite(own->temperature) && own->temperature > 0;
  if (!warm) fprintf(stderr, "pleat design: --temperature wants a number above 0, not '%s'\n", text);
  bool known = own->both_headers || !strcmp(header, "ligandmpnn");
  warn_about_packing(options);
  if (!known) fprintf(stderr, "pleat design: --header is both or ligandmpnn, not '%s'\n", header);
  return warm && known;
}

static int begin(pleat_backbone_run *run) {
  return pleat_options_flag(&run->options, PLEAT_OPTION_PACK_SIDE_CHAINS) ? open_packer(run, run->own) : PLEAT_EXIT_DONE;
}

static void end_run(pleat_backbone_run *run) { pleat_model_free(((design_run *)run->own)->packer); }

int pleat_verb_design(const pleat_options *options) {
  static const pleat_backbone_verb verb = {
      "design", "", {"seqs", "backbones", "packed", "stats", NULL}, true, check, begin, design_one, end_run};
  design_run own = {0};
  return pleat_backbone_main(options, &verb, &own);
}
