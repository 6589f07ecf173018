/* The tables of ModelCIF (mmcif_ma dictionary 1.4.9; Vallat et al. 2023): origin, steps and confidences of a prediction.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "data/mmcif_writer.h"
#include "data/number.h"

static void write_citation(pleat_mmcif_writer *writer) {
  if (!writer->structure->origin.citation) return;
  pleat_mmcif_put_loop(writer, "citation", "id title");
  pleat_mmcif_put(writer, "1 ");
  pleat_mmcif_put_value(writer, writer->structure->origin.citation);
  pleat_mmcif_put(writer, "\n");
}

static void write_software(pleat_mmcif_writer *writer) {
  const pleat_structure_origin *origin = &writer->structure->origin;
  char weights[128];
  const char *citation = origin->citation ? "1" : "?";
  snprintf(weights, sizeof weights, "weights sha256 %s", origin->weights_sha256 ? origin->weights_sha256 : "unknown");
  pleat_mmcif_put_loop(writer, "software", "pdbx_ordinal name version type classification description citation_id");
  pleat_mmcif_put(writer, "1 pleat ");
  pleat_mmcif_put_value(writer, origin->software_version);
  pleat_mmcif_put(writer, " library 'model building' 'protein structure models as a C library' ?\n2 ");
  pleat_mmcif_put_value(writer, origin->model_name);
  pleat_mmcif_put(writer, " ? other 'model building' ");
  pleat_mmcif_put_value(writer, weights);
  pleat_text_append(writer->text, " %s\n", citation);
  pleat_mmcif_put_loop(writer, "ma_software_group", "ordinal_id group_id software_id");
  pleat_mmcif_put(writer, "1 1 1\n2 1 2\n");
}

/* Where the licence can be read; NULL: not known. */
static const char *license_url(const pleat_structure_origin *origin) {
  static const struct {
    const char *name, *url;
  } known[] = {{"CC-BY-4.0", "https://creativecommons.org/licenses/by/4.0/"},
               {"BSD-3-Clause", "https://opensource.org/license/bsd-3-clause"},
               {"MIT", "https://opensource.org/license/mit"}};
  for (size_t i = 0; i < sizeof known / sizeof *known && !origin->license_url; i++)
    if (strstr(origin->license, known[i].name)) return known[i].url;
  return origin->license_url;
}

static void write_license(pleat_mmcif_writer *writer) {
  const pleat_structure_origin *origin = &writer->structure->origin;
  if (!origin->license) return;
  pleat_mmcif_put_loop(writer, "pdbx_data_usage", "id type details url name");
  pleat_mmcif_put(writer, "1 license ");
  pleat_mmcif_put_value(writer, "The weights of the model that made this structure are published under the licence named here.");
  pleat_mmcif_put(writer, " ");
  pleat_mmcif_put_value(writer, license_url(origin));
  pleat_mmcif_put(writer, " ");
  pleat_mmcif_put_value(writer, origin->license);
  pleat_mmcif_put(writer, "\n");
}

static void write_targets(pleat_mmcif_writer *writer) {
  const pleat_structure *structure = writer->structure;
  pleat_mmcif_put_loop(writer, "ma_target_entity", "entity_id data_id origin");
  for (size_t e = 0; e < structure->entity_count; e++) pleat_text_append(writer->text, "%zu 1 designed\n", e + 1);
  pleat_mmcif_put_loop(writer, "ma_target_entity_instance", "asym_id entity_id details");
  for (size_t c = 0; c < structure->chain_count; c++) {
    pleat_text_append(writer->text, "%s %zu ?\n", structure->chains[c].label, structure->chains[c].entity + 1);
  }
}

/* Data that steps take and give. */
enum { DATA_TARGET = 1, DATA_MODEL, DATA_ALIGNMENT, DATA_TEMPLATES, ALL_INPUTS };

static bool has_data(const pleat_mmcif_writer *writer, int data) {
  if (data == DATA_ALIGNMENT) return writer->structure->origin.aligned;
  return data != DATA_TEMPLATES || writer->structure->origin.templated;
}

/* Groups 1 to 4 are one kind of data each, group 5 all that the model is given. */
static void write_data(pleat_mmcif_writer *writer) {
  static const char *const names[] = {"'Target sequences' target", "Model 'model coordinates'",
                                      "'Multiple sequence alignment' 'coevolution MSA'", "Templates 'template structure'"};
  static const int groups[][2] = {{DATA_TARGET, DATA_TARGET}, {DATA_MODEL, DATA_MODEL}, {DATA_ALIGNMENT, DATA_ALIGNMENT},
                                  {DATA_TEMPLATES, DATA_TEMPLATES}, {ALL_INPUTS, DATA_TARGET},
                                  {ALL_INPUTS, DATA_ALIGNMENT}, {ALL_INPUTS, DATA_TEMPLATES}};
  int row = 0;
  pleat_mmcif_put_loop(writer, "ma_data", "id name content_type");
  for (int data = DATA_TARGET; data <= DATA_TEMPLATES; data++)
    if (has_data(writer, data)) pleat_text_append(writer->text, "%d %s\n", data, names[data - DATA_TARGET]);
  pleat_mmcif_put_loop(writer, "ma_data_group", "ordinal_id group_id data_id");
  for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
    if (has_data(writer, groups[i][1])) pleat_text_append(writer->text, "%d %d %d\n", ++row, groups[i][0], groups[i][1]);
}

static void write_steps(pleat_mmcif_writer *writer) {
  int step = 0;
  pleat_mmcif_put_loop(writer, "ma_protocol_step",
                       "ordinal_id protocol_id step_id method_type step_name details software_group_id input_data_group_id "
                       "output_data_group_id");
  if (has_data(writer, DATA_ALIGNMENT) && ++step)
    pleat_text_append(writer->text, "%d 1 %d 'coevolution MSA' Alignment 'made before and given to the model' ? %d %d\n", step,
                      step, DATA_TARGET, DATA_ALIGNMENT);
  if (has_data(writer, DATA_TEMPLATES) && ++step)
    pleat_text_append(writer->text, "%d 1 %d 'template selection' Templates 'given by the user' ? %d %d\n", step, step,
                      DATA_TARGET, DATA_TEMPLATES);
  step++;
  pleat_text_append(writer->text, "%d 1 %d modeling Prediction ? 1 %d %d\n", step, step, ALL_INPUTS, DATA_MODEL);
}

static void write_model(pleat_mmcif_writer *writer) {
  write_data(writer);
  write_targets(writer);
  write_steps(writer);
  pleat_mmcif_put_loop(writer, "ma_model_list",
                       "ordinal_id model_id model_group_id model_name model_group_name data_id model_type");
  pleat_text_append(writer->text, "1 %d 1 'Predicted model' 'Predicted models' 2 'Ab initio model'\n",
                    writer->structure->model_number);
}

/* ---- Confidences ---- */

/* What the structure has of them, in the order of their ids. */
enum { PLDDT_MEAN, PLDDT, PAE, PTM, IPTM, METRICS };
static const struct {
  const char *name, *type, *mode;
} metrics[METRICS] = {{"pLDDT", "pLDDT", "global"}, {"pLDDT", "pLDDT", "local"}, {"PAE", "PAE", "local-pairwise"},
                      {"pTM", "pTM", "global"},     {"ipTM", "ipTM", "global"}};

static bool has_metric(const pleat_structure *structure, int metric) {
  const pleat_structure_origin *origin = &structure->origin;
  if (metric == PAE) return origin->pae && structure->residue_count <= PLEAT_STRUCTURE_PAE_RESIDUES;
  if (metric == PTM) return origin->pae != NULL;
  return metric == IPTM ? origin->pae && origin->has_iptm : origin->has_plddt;
}

/* pLDDT of a residue is the B factor of any of its atoms. */
static double residue_plddt(const pleat_structure *structure, size_t residue) {
  return structure->atoms[structure->residues[residue].first].site.b_factor;
}

static double global_value(const pleat_structure *structure, int metric) {
  double sum = 0;
  if (metric == PTM) return structure->origin.ptm;
  if (metric == IPTM) return structure->origin.iptm;
  for (size_t r = 0; r < structure->residue_count; r++) sum += residue_plddt(structure, r);
  return sum / (double)structure->residue_count;
}

static void write_global(pleat_mmcif_writer *writer) {
  static const int list[] = {PLDDT_MEAN, PTM, IPTM};
  char number[32];
  int row = 0;
  pleat_mmcif_put_loop(writer, "ma_qa_metric_global", "ordinal_id model_id metric_id metric_value");
  for (int i = 0; i < 3; i++) {
    if (!has_metric(writer->structure, list[i])) continue;
    double value = global_value(writer->structure, list[i]);
    pleat_text_append(writer->text, "%d %d %d %s\n", ++row, writer->structure->model_number, list[i] + 1,
                      pleat_number_fixed(value, list[i] == PLDDT_MEAN ? 2 : 4, number));
  }
}

/* "A 12 ALA " */
static void put_place(pleat_mmcif_writer *writer, size_t residue) {
  const pleat_structure_residue *r = &writer->structure->residues[residue];
  pleat_text_append(writer->text, "%s %d ", writer->structure->chains[r->chain].label, r->label_number);
  pleat_mmcif_put_value(writer, pleat_structure_residue_name(writer->structure, residue));
  pleat_mmcif_put(writer, " ");
}

static void write_local(pleat_mmcif_writer *writer) {
  const pleat_structure *structure = writer->structure;
  char number[32];
  pleat_mmcif_put_loop(writer, "ma_qa_metric_local",
                       "ordinal_id model_id label_asym_id label_seq_id label_comp_id metric_id metric_value");
  for (size_t r = 0; r < structure->residue_count; r++) {
    if (!structure->residues[r].label_number) continue;
    pleat_text_append(writer->text, "%zu %d ", r + 1, structure->model_number);
    put_place(writer, r);
    pleat_text_append(writer->text, "%d %s\n", PLDDT + 1, pleat_number_fixed(residue_plddt(structure, r), 2, number));
  }
}

static void write_pairs(pleat_mmcif_writer *writer) {
  const pleat_structure *structure = writer->structure;
  size_t count = structure->residue_count;
  char number[32];
  pleat_mmcif_put_loop(writer, "ma_qa_metric_local_pairwise",
                       "ordinal_id model_id label_asym_id_1 label_seq_id_1 label_comp_id_1 label_asym_id_2 label_seq_id_2 "
                       "label_comp_id_2 metric_id metric_value");
  for (size_t i = 0; i < count * count; i++) {
    pleat_text_append(writer->text, "%zu %d ", i + 1, structure->model_number);
    put_place(writer, i / count);
    put_place(writer, i % count);
    pleat_text_append(writer->text, "%d %s\n", PAE + 1, pleat_number_fixed((double)structure->origin.pae[i], 2, number));
  }
}

static void write_confidence(pleat_mmcif_writer *writer) {
  if (!writer->structure->origin.has_plddt) return;
  pleat_mmcif_put_loop(writer, "ma_qa_metric", "id name type mode software_group_id");
  for (int i = 0; i < METRICS; i++)
    if (has_metric(writer->structure, i))
      pleat_text_append(writer->text, "%d %s %s %s 1\n", i + 1, metrics[i].name, metrics[i].type, metrics[i].mode);
  write_global(writer);
  write_local(writer);
  if (has_metric(writer->structure, PAE)) write_pairs(writer);
}

void pleat_modelcif_write_origin(pleat_mmcif_writer *writer) {
  write_citation(writer);
  write_license(writer);
  write_software(writer);
}

void pleat_modelcif_write_model(pleat_mmcif_writer *writer) {
  write_model(writer);
  write_confidence(writer);
}
