/* pleat convert: structures between PDB and mmCIF, alignments between their formats, weight files to model files.
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "pleat.h"
#include "program/output.h"
#include "program/verbs.h"

static bool ends_with(const char *text, const char *ending) {
  size_t length = strlen(text), tail = strlen(ending);
  return length >= tail && !strcasecmp(text + length - tail, ending);
}

static int fail(pleat_context *context) {
  fprintf(stderr, "pleat convert: %s\n", pleat_context_error(context));
  return PLEAT_EXIT_INPUTS;
}

static bool copy_to_stdout(const char *path) {
  FILE *file = fopen(path, "rb");
  int byte;
  while (file && (byte = getc(file)) != EOF) putchar(byte);
  bool ok = file && !ferror(file);
  if (file) fclose(file);
  return ok;
}

/* A structure to stdout: through a file in a folder of its own, as the writer chooses the format by the name. */
static int print_structure(pleat_context *context, const pleat_structure *structure, const char *format) {
  const char *base = getenv("TMPDIR");
  char *folder = pleat_output_path("%s/pleat-XXXXXX", base && *base ? base : "/tmp");
  int code = PLEAT_EXIT_INPUTS;
  if (!mkdtemp(folder)) {
    fprintf(stderr, "pleat convert: cannot make a folder in '%s': %s\n", base && *base ? base : "/tmp",
            strerror(errno));
    free(folder);
    return code;
  }
  char *path = pleat_output_path("%s/structure.%s", folder, format);
  if (pleat_structure_write(structure, path))
    fail(context);
  else if (copy_to_stdout(path))
    code = PLEAT_EXIT_DONE;
  unlink(path);
  rmdir(folder);
  free(path);
  free(folder);
  return code;
}

static int convert_structure(pleat_context *context, const pleat_options *options) {
  pleat_structure *structure;
  const char *out = options->inputs[1], *format = options->values[PLEAT_OPTION_FORMAT];
  int code = PLEAT_EXIT_DONE;
  if (format && strcmp(format, "pdb") && strcmp(format, "cif"))
    return fprintf(stderr, "pleat convert: --format wants pdb or cif, not '%s'\n", format), PLEAT_EXIT_USAGE;
  if (pleat_structure_read(context, options->inputs[0], &structure)) return fail(context);
  if (!strcmp(out, "-"))
    code = print_structure(context, structure, format ? format : "cif");
  else if (pleat_structure_write(structure, out))
    code = fail(context);
  pleat_structure_free(structure);
  return code;
}

/* The importer names the file after the model, so it works in a folder of its own beside OUT. */
static int convert_weights(pleat_context *context, const pleat_options *options) {
  const char *out = options->inputs[1], *made;
  char *folder = pleat_output_path("%s.XXXXXX", out);
  int code = PLEAT_EXIT_INPUTS;
  if (!mkdtemp(folder)) {
    fprintf(stderr, "pleat convert: cannot write '%s': %s\n", out, strerror(errno));
    free(folder);
    return code;
  }
  if (pleat_model_import(context, options->inputs[0], options->values[PLEAT_OPTION_MODEL], folder, &made))
    fail(context);
  else if (rename(made, out))
    fprintf(stderr, "pleat convert: cannot write '%s': %s\n", out, strerror(errno)), unlink(made);
  else
    code = PLEAT_EXIT_DONE;
  rmdir(folder);
  free(folder);
  return code;
}

static int convert_alignment(pleat_context *context, const pleat_options *options) {
  pleat_msa *msa;
  if (pleat_msa_read(context, options->inputs[0], &msa)) return fail(context);
  int code = pleat_msa_write(msa, options->inputs[1]) ? fail(context) : PLEAT_EXIT_DONE;
  pleat_msa_free(msa);
  return code;
}

static bool is_weights(const char *path) {
  return ends_with(path, ".pt") || ends_with(path, ".ckpt") || ends_with(path, ".npz") ||
         ends_with(path, ".safetensors");
}

static bool is_alignment(const char *path) {
  static const char *const endings[] = {".a3m", ".sto", ".stk", ".stockholm", ".fasta", ".fa", ".afa", ".fas"};
  for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
    if (ends_with(path, endings[i])) return true;
  return false;
}

static bool is_structure(const char *path) {
  return !strcmp(path, "-") || ends_with(path, ".pdb") || ends_with(path, ".ent") || ends_with(path, ".cif") ||
         ends_with(path, ".mmcif");
}

int pleat_verb_convert(const pleat_options *options) {
  const char *in = options->inputs[0], *out = options->inputs[1];
  pleat_context *context;
  int code = PLEAT_EXIT_USAGE;
  if (pleat_context_create(NULL, &context)) return fprintf(stderr, "pleat: out of memory\n"), PLEAT_EXIT_INPUTS;
  if (is_weights(in) && ends_with(out, ".h5"))
    code = convert_weights(context, options);
  else if (is_weights(in))
    fprintf(stderr, "pleat convert: a weight file becomes a model file, so OUT must end in .h5, not '%s'\n", out);
  else if (is_structure(out))
    code = convert_structure(context, options);
  else if (is_alignment(out))
    code = convert_alignment(context, options);
  else
    fprintf(stderr,
            "pleat convert: cannot tell what '%s' is to be; OUT ends in .pdb, .ent, .cif, .mmcif, in .a3m, .sto or .fasta "
            "for alignments, or in .h5 for weights\n",
            out);
  pleat_context_free(context);
  return code;
}
