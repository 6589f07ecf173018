/* Completion of command lines in bash and zsh, from the same tables as --help.
 * SPDX-License-Identifier: MIT */
#include "program/completion.h"

#include <stdlib.h>
#include <string.h>

#include "pleat.h"

/* ---- What values an option may have ---- */

/* Models, their short names too, each once, with a space before it. */
static void print_models(FILE *out) {
  pleat_context *context;
  pleat_model_info info;
  if (pleat_context_create(NULL, &context)) abort();
  for (size_t i = 0; i < pleat_model_count(); i++) {
    if (pleat_model_info_get(context, i, &info)) abort();
    fprintf(out, " %s", info.name);
    if (*info.short_name && strcmp(info.short_name, info.name) != 0) fprintf(out, " %s", info.short_name);
  }
  pleat_context_free(context);
}

/* "a|b|c" and the few that are known by name, with a space before each; false: any text, a file perhaps. */
static bool write_values(const pleat_option_row *row, FILE *out) {
  const char *argument = row->argument ? row->argument : "";
  if (!strcmp(row->name, "model")) return print_models(out), true;
  if (!strcmp(row->name, "format")) return fputs(" pdb cif pdb,cif", out), true;
  if (!strchr(argument, '|') || strpbrk(argument, " \"[]")) return false;
  fputc(' ', out);
  for (; *argument; argument++) fputc(*argument == '|' ? ' ' : *argument, out);
  return true;
}

/* The same as a text that the caller frees; NULL: any text. */
static char *list_values(const pleat_option_row *row) {
  char *values;
  size_t length;
  FILE *memory = open_memstream(&values, &length);
  if (!memory) abort();
  bool some = write_values(row, memory);
  fclose(memory);
  if (some) return values;
  free(values);
  return NULL;
}

/* ---- bash ---- */

static void print_bash_options(const pleat_verb *verb) {
  printf("    %s) options='", verb->name);
  for (int id = 0; pleat_options_row(id); id++)
    if (pleat_options_row(id)->verbs & verb->bit) printf(" --%s", pleat_options_row(id)->name);
  printf("' ;;\n");
}

static void print_bash(const pleat_verb *verbs, int count) {
  printf("# Completion of pleat in bash, made from the tables that --help shows.\n_pleat() {\n"
         "  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} options=\n"
         "  if [ \"$COMP_CWORD\" = 1 ]; then\n    COMPREPLY=($(compgen -W '--help --version");
  for (int i = 0; i < count; i++) printf(" %s", verbs[i].name);
  printf("' -- \"$word\"))\n    return\n  fi\n  case $before in\n");
  for (int id = 0; pleat_options_row(id); id++) {
    char *values = list_values(pleat_options_row(id));
    if (values) printf("    --%s) COMPREPLY=($(compgen -W '%s' -- \"$word\")); return ;;\n", pleat_options_row(id)->name, values);
    free(values);
  }
  printf("  esac\n  case ${COMP_WORDS[1]} in\n");
  for (int i = 0; i < count; i++) print_bash_options(&verbs[i]);
  printf("  esac\n  case $word in\n    -*) COMPREPLY=($(compgen -W \"$options\" -- \"$word\")) ;;\n"
         "    *) COMPREPLY=($(compgen -f -- \"$word\")) ;;\n  esac\n}\ncomplete -o filenames -F _pleat pleat\n");
}

/* ---- zsh ---- */

/* Text inside '...' and [...] of _arguments. */
static void print_zsh_text(const char *text) {
  for (; *text; text++) {
    if (*text == '\'') fputs("'\\''", stdout);
    else if (strchr("[]:\\", *text)) printf("\\%c", *text);
    else putchar(*text);
  }
}

static void print_zsh_option(const pleat_option_row *row) {
  printf("        '--%s[", row->name);
  print_zsh_text(row->help);
  putchar(']');
  if (row->argument) {
    char *values = list_values(row);
    putchar(':');
    print_zsh_text(row->argument);
    if (values) printf(":(%s)", values);
    else printf(":_files");
    free(values);
  }
  printf("' \\\n");
}

static void print_zsh_verb(const pleat_verb *verb) {
  printf("      %s) _arguments \\\n", verb->name);
  for (int id = 0; pleat_options_row(id); id++)
    if (pleat_options_row(id)->verbs & verb->bit) print_zsh_option(pleat_options_row(id));
  printf("        '*:file:_files' ;;\n");
}

static void print_zsh(const pleat_verb *verbs, int count) {
  printf("#compdef pleat\n# Completion of pleat in zsh, made from the tables that --help shows.\n"
         "_arguments -C '1:verb:->verb' '*::arguments:->rest'\ncase $state in\n  verb) local -a verbs=(\n");
  for (int i = 0; i < count; i++) {
    printf("    '%s:", verbs[i].name);
    print_zsh_text(verbs[i].summary);
    printf("'\n");
  }
  printf("    ); _describe verb verbs ;;\n  rest)\n    case $words[1] in\n");
  for (int i = 0; i < count; i++) print_zsh_verb(&verbs[i]);
  printf("    esac ;;\nesac\n");
}

bool pleat_completion_print(const char *shell, const pleat_verb *verbs, int count) {
  if (!strcmp(shell, "bash")) return print_bash(verbs, count), true;
  if (!strcmp(shell, "zsh")) return print_zsh(verbs, count), true;
  return false;
}
