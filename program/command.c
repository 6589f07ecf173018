/* The command line: the table of verbs, its help, version and man pages. Works through the public header alone.
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <hdf5.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "program/command.h"
#include "program/completion.h"

static const pleat_verb verbs[] = {
    {"predict", PLEAT_VERB_BIT_PREDICT, pleat_verb_predict, "IN OUTDIR", 2, 2,
     "sequence to structure, with confidences",
     "IN is a FASTA file, a ColabFold CSV (id,sequence), an A3M alignment (also ColabFold's complexes; its first row is what "
     "is folded, its name the job's), or a folder of such files; chains of one complex are joined by ':' (antibodies: "
     "HEAVY:LIGHT). Each job leaves structures (PDB; ModelCIF with pLDDT and aligned errors), scores, plots (SVG and PNG), its "
     "alignment and, last of all, JOB.done.txt in OUTDIR, all under ColabFold's names; the same command run again does only "
     "what is missing, and goes on from the checkpoint of a prediction that was stopped.",
     "pleat predict complex.a3m results --model alphafold2_multimer --num-models 2 --num-recycle 6",
     "Jumper et al., Nature 596, 583-589 (2021); the model's own paper: pleat models info NAME"},
    {"design", PLEAT_VERB_BIT_DESIGN, pleat_verb_design, "IN... OUTDIR", 0, -1, "structure to sequences that fold to it",
     "IN is a PDB or mmCIF file (also gzipped), a folder of these, a list of paths, or a JSON object whose keys are paths. "
     "Each "
     "input leaves seqs/NAME.fa (the native sequence, then the designs), backbones/NAME_ID.pdb with the probability of "
     "each letter in "
     "the B column, with --pack-side-chains packed/NAME_packed_ID_K.pdb, and, last of all, NAME.done.txt in OUTDIR; the "
     "same command "
     "run again does only what is missing. Samples depend on the seed, the name and their number alone, not on shards or "
     "batches. In FASTA headers LigandMPNN's fields stand first, in its order; those of ProteinMPNN follow.",
     "pleat design backbones/ results --model ligandmpnn --batch-size 8 --temperature 0.1 --seed 37",
     "Dauparas et al., Science 378, 49 (2022); Nature Methods 22, 717 (2025); the model's own paper: pleat models info "
     "NAME"},
    {"score", PLEAT_VERB_BIT_SCORE, pleat_verb_score, "IN... OUTDIR", 0, -1,
     "log-likelihood of sequences on structures, and of every mutation",
     "IN is as for design. Each input leaves NAME.json (score: mean of -log p over the designed residues, and each "
     "residue's own), "
     "NAME_mutations.csv (log p of all single substitutions, in natural logarithms, means over the samples) and, last of "
     "all, NAME_score.done.txt. For mutations --single-aa-score is the better choice: each residue sees all others.",
     "pleat score complex.cif scores --single-aa-score", "the same as design"},
    {"pack", PLEAT_VERB_BIT_PACK, pleat_verb_pack, "IN... OUTDIR", 0, -1, "backbone and sequence to side chains",
     "IN is as for design. Each input leaves packed/NAME_packed_1_K.pdb, K from 1, with the logarithm of the likelihood of "
     "the angles in the B column, and, last of all, NAME_pack.done.txt. Residues that are fixed keep their side chains "
     "unless --repack-everything.",
     "pleat pack backbone.pdb packed --sequence MKTAYIAKQR --number-of-packs-per-design 2",
     "Dauparas et al., Nature Methods 22, 717 (2025)"},
    {"embed", PLEAT_VERB_BIT_EMBED, pleat_verb_embed, "IN OUT.h5", 2, 2, "sequence to per-residue representations",
     "One group a job, one dataset an output; jobs whose group is there already are left alone. The model is "
     "flashabb-sss unless "
     "--model names another.",
     "pleat embed antibodies.fasta embeddings.h5", "the model's own paper: pleat models info flashabb-sss"},
    {"compare", PLEAT_VERB_BIT_COMPARE, pleat_verb_compare, "MODEL REFERENCE", 2, 2,
     "superpose two structures; RMSD, TM-score, GDT, lDDT",
     "Residues are matched by chain and number where those agree in residue names, else by sequence alignment. Files "
     "are PDB or "
     "mmCIF, also gzipped.",
     "pleat compare results/x_unrelaxed_rank_001_flashabb_seed_000.cif experiment.cif",
     "Zhang & Skolnick, Proteins 57, 702 (2004); Mariani et al., Bioinformatics 29, 2722 (2013); Zemla, NAR 31, 3370 "
     "(2003)"},
    {"convert", PLEAT_VERB_BIT_CONVERT, pleat_verb_convert, "IN OUT", 2, 2,
     "PDB <-> mmCIF; A3M <-> Stockholm <-> FASTA; weights -> model file",
     "OUT's ending says what it becomes; '-' writes a structure to stdout in the format that --format names (cif "
     "unless given).",
     "pleat convert 1abc.cif.gz 1abc.pdb", "wwPDB: PDB format 3.3, PDBx/mmCIF, ModelCIF"},
    {"msa", PLEAT_VERB_BIT_MSA, pleat_verb_msa, "IN... [OUT]", 1, -1,
     "search, read, merge, filter, pair and show alignments",
     "IN are A3M (also ColabFold's complexes), Stockholm or aligned FASTA files of one query, also gzipped; several are "
     "merged in the order given, rows that were there before left out. OUT's ending says the format; '-' writes A3M to "
     "stdout. Without OUT, IN is shown: rows, coverage by position, effective numbers of sequences. With --search, IN are "
     "sequences and OUT is a folder: each query's programs are run in the order given, what they find is merged (chains "
     "of a complex paired) into QUERY.a3m; the same command run again does only what is missing.",
     "pleat msa uniref90.sto bfd.a3m mgnify.sto merged.a3m --limits 10000,0,501",
     "Jumper et al., Nature 596, 583-589 (2021); Evans et al., bioRxiv 2021.10.04.463034 (pairing alphafold); Mirdita et "
     "al., Nature Methods 19, 679 (2022) (complete, greedy); the search program's own paper"},
    {"fit", PLEAT_VERB_BIT_FIT, pleat_verb_fit, "MAP STRUCTURE OUTDIR", 3, 3, "place a structure in a cryo-EM map",
     "MAP is an MRC or CCP4 file, STRUCTURE a PDB or mmCIF file, all also gzipped. Every rotation of an even set is laid on "
     "every point of the map; the best places are refined off the grid. Left in OUTDIR: NAME_fits.tsv and .json (score, "
     "z-score, confidence, rotation and translation of each place), NAME_fit_rank_001.cif and so on, with parts or copies "
     "NAME_fitted.cif (all of them at their best places), NAME_difference.mrc (the map less what is placed), "
     "NAME_slices.svg and, last of all, NAME_fit.done.txt. NAME is the structure's.",
     "pleat fit map.mrc.gz model.cif fitted --resolution 6.5 --copies 4",
     "Roseman, Acta Cryst. D56, 1332 (2000) (local correlation); Wu et al., J. Struct. Biol. 141, 63 (2003) (core weights)"},
    {"dock", PLEAT_VERB_BIT_DOCK, pleat_verb_dock, "RECEPTOR LIGAND OUTDIR", 3, 3, "lay one structure on another",
     "RECEPTOR and LIGAND are PDB or mmCIF files, also gzipped, or one file of which --receptor-chains and --ligand-chains "
     "take their parts. Every rotation of an even set is laid on every point of a grid around the receptor: shape, charges "
     "and contact energies by Fourier transforms; the best poses are refined off the grid as rigid bodies and those of one "
     "place counted together. Left in OUTDIR, NAME being RECEPTOR_LIGAND: NAME_poses.tsv and .json (score and its terms in "
     "kcal/mol, the lower the better, poses that each stands for, pairs of residues in contact, rotation and translation of "
     "the ligand), NAME_complex_rank_001.cif and NAME_ligand_rank_001.cif and so on, last of all NAME_dock.done.txt. Partners "
     "keep their shape: those that change it when they bind, and predictions, are often not found.",
     "pleat dock antigen.cif antibody.cif docked --ligand-interface \"H31 H52 H99\" --interface-share 0.5",
     "Katchalski-Katzir et al., PNAS 89, 2195 (1992); Gabb et al., J. Mol. Biol. 272, 106 (1997) (charges); Zhang et al., J. "
     "Mol. Biol. 267, 707 (1997) (contact energies); Zacharias, Protein Sci. 12, 1271 (2003) (refinement)"},
    {"plan", PLEAT_VERB_BIT_PLAN, pleat_verb_plan, "IN", 1, 1, "peak memory, FLOPs and time of a run, before it",
     "The model's own code runs without memory and adds up what it would take; the time comes from a short measurement "
     "of this machine.",
     "pleat plan antibodies.fasta --memory 2G", "-"},
    {"models", PLEAT_VERB_BIT_MODELS, pleat_verb_models,
     "list | info NAME | get NAME... | import FILE... | verify [NAME...] | compress NAME", 1, -1,
     "list, fetch, import, verify and compress model files",
     "'compress' writes a model in --precision bf16 or int8, which runs with the same --precision, and says what 16, 8 and 4 "
     "bits would take and lose. Only 'get' uses the network. Models are searched in --models-dir, $PLEAT_MODELS, $XDG_DATA_HOME/pleat/models, "
     "and the "
     "installation's own folder.",
     "pleat models get flashabb", "of each model: pleat models info NAME"},
    {"report", PLEAT_VERB_BIT_REPORT, pleat_verb_report, "DIR", 1, 1, "one HTML page of a results folder",
     "DIR is a folder that predict, design, score or pack wrote. DIR/report.html opens in any browser, without a network: a "
     "table of the jobs; structures in three dimensions, coloured by pLDDT; pLDDT, aligned errors and alignment coverage; "
     "designs and their sequence logo. predict and design write it themselves at the end of a run that is not one of "
     "several shards.",
     "pleat report results", "Rego & Koes, Bioinformatics 31, 1322 (2015), for the viewer"},
    {"selftest", PLEAT_VERB_BIT_SELFTEST, pleat_verb_selftest, "", 0, 0,
     "check this build on this machine against stored results",
     "Predicts a known antibody and scores a known sequence on a helix, and compares the numbers with stored ones.", "pleat selftest", "-"},
    {"bench", PLEAT_VERB_BIT_BENCH, pleat_verb_bench, "", 0, 0, "this machine's peak and what share of it kernels reach",
     "Shares are of the fused multiply-adds and of the memory copies measured in the same run; 'pleat plan' estimates "
     "seconds from the same kernels.",
     "pleat bench --peak", "-"},
};
enum { VERBS = sizeof verbs / sizeof verbs[0] };

static void print_usage(FILE *out) {
  fprintf(out, "usage: pleat VERB [options] INPUT... [OUTDIR]\n\n");
  for (int i = 0; i < VERBS; i++) fprintf(out, "  %-10s %s\n", verbs[i].name, verbs[i].summary);
  fprintf(out, "\n'pleat VERB --help' has the options of a verb; 'pleat --version --verbose' tells what runs here.\n");
  fprintf(out,
          "Exit status: 0 all done, 1 usage, 2 some inputs failed, 3 a result failed its sanity check, 4 over the "
          "memory limit, "
          "5 stopped by a signal.\n");
}

static void print_help(const pleat_verb *verb) {
  printf("usage: pleat %s [options] %s\n\n%s.\n%s\n\nOptions [defaults]:\n", verb->name, verb->arguments, verb->summary,
         verb->text);
  pleat_options_list(verb->bit, stdout);
  printf("\nExample:\n  %s\n\nTo cite:\n  %s\n", verb->example, verb->citation);
}

/* ---- Man pages, from the same tables ---- */

/* roff takes '-' for a hyphen and a leading '.' or "'" for a request. */
static void print_roff(const char *text) {
  for (const char *c = text; *c; c++) {
    if (c == text && (*c == '.' || *c == '\'')) fputs("\\&", stdout);
    if (*c == '-')
      fputs("\\-", stdout);
    else if (*c == '\\')
      fputs("\\e", stdout);
    else
      putchar(*c);
  }
  putchar('\n');
}

static void print_man_verb(const pleat_verb *verb) {
  printf(".TH PLEAT-%s 1 \"\" \"pleat %s\" \"pleat\"\n.SH NAME\npleat\\-%s \\- %s\n", verb->name, pleat_version(),
         verb->name, verb->summary);
  printf(".SH SYNOPSIS\n.B pleat %s\n[options] ", verb->name);
  print_roff(verb->arguments);
  printf(".SH DESCRIPTION\n");
  print_roff(verb->text);
  printf(".SH OPTIONS\n");
  for (int id = 0; pleat_options_row(id); id++) {
    const pleat_option_row *row = pleat_options_row(id);
    if (!(row->verbs & verb->bit)) continue;
    printf(".TP\n.B ");
    fputs("\\-\\-", stdout);
    print_roff(row->name);
    if (row->argument) print_roff(row->argument), puts(".br");
    print_roff(row->help);
    const char *fallback = pleat_options_fallback(id, verb->bit);
    if (fallback) printf("Default: "), print_roff(fallback);
  }
  printf(".SH EXAMPLE\n");
  print_roff(verb->example);
  printf(".SH TO CITE\n");
  print_roff(verb->citation);
  printf(".SH SEE ALSO\n.BR pleat (1)\n");
}

static void print_man(void) {
  printf(".TH PLEAT 1 \"\" \"pleat %s\" \"pleat\"\n.SH NAME\npleat \\- protein structure models\n", pleat_version());
  printf(".SH SYNOPSIS\n.B pleat\nVERB [options] INPUT... [OUTDIR]\n.SH VERBS\n");
  for (int i = 0; i < VERBS; i++) {
    printf(".TP\n.BR pleat\\-%s (1)\n", verbs[i].name);
    print_roff(verbs[i].summary);
  }
  printf(
      ".SH EXIT STATUS\n0 all inputs done; 1 usage; 2 some inputs failed, the others are complete; 3 a result failed "
      "its own sanity check "
      "and is kept but marked; 4 over the memory limit, said before the run starts; 5 stopped by a signal, "
      "resumable.\n");
  printf(
      ".SH ENVIRONMENT\n.TP\nPLEAT_MODELS\nfolder of model files\n.TP\nPLEAT_CPU\ncaps the instruction set: generic, "
      "avx2, avx512\n"
      ".TP\nPLEAT_CLAIM_EXPIRY\nseconds after which a process of another node that shares the work counts as dead: 30; all "
      "processes must be told the same\n.TP\nNO_COLOR\nplain lines instead of a progress bar\n");
}

/* ---- Top level ---- */

static int print_version(bool verbose) {
  printf("pleat %s\n", pleat_version());
  if (!verbose) return PLEAT_EXIT_DONE;
  pleat_context *context;
  unsigned major, minor, release;
  if (pleat_context_create(NULL, &context)) return fprintf(stderr, "pleat: out of memory\n"), PLEAT_EXIT_INPUTS;
  printf("machine  %s\nthreads  %d\n", pleat_context_describe_machine(context), pleat_context_threads(context));
  H5get_libversion(&major, &minor, &release);
  printf("HDF5     %u.%u.%u\njansson  %s\n", major, minor, release, JANSSON_VERSION);
  pleat_context_free(context);
  return PLEAT_EXIT_DONE;
}

static const pleat_verb *find_verb(const char *name) {
  for (int i = 0; i < VERBS; i++)
    if (!strcmp(verbs[i].name, name)) return &verbs[i];
  return NULL;
}

/* Verbs that all processes of pleat_mpi do; the others are rank 0's. */
enum {
  SHARED = PLEAT_VERB_BIT_PREDICT | PLEAT_VERB_BIT_EMBED | PLEAT_VERB_BIT_DESIGN | PLEAT_VERB_BIT_SCORE | PLEAT_VERB_BIT_PACK
};

static int run_verb(const pleat_verb *verb, int count, char **argv, const pleat_ranks *ranks) {
  pleat_options options = {.ranks = ranks};
  int code = PLEAT_EXIT_USAGE;
  if (ranks && ranks->rank > 0 && !(verb->bit & SHARED)) return PLEAT_EXIT_DONE;
  options.inputs = calloc((size_t)count + 1, sizeof *options.inputs);
  if (!options.inputs) abort();
  if (pleat_options_parse(verb->name, verb->bit, count, argv, &options)) {
    bool fits = options.input_count >= verb->least && (verb->most < 0 || options.input_count <= verb->most);
    if (pleat_options_flag(&options, PLEAT_OPTION_HELP))
      print_help(verb), code = PLEAT_EXIT_DONE;
    else if (fits)
      code = verb->run(&options);
    else
      fprintf(stderr, "pleat %s: wants %s, %d given; 'pleat %s --help' tells more\n", verb->name,
              *verb->arguments ? verb->arguments : "no arguments", options.input_count, verb->name);
  }
  free(options.inputs);
  return code;
}

/* `pleat --help-man [VERB]`: what the build makes man pages from. */
static int print_man_of(const char *name) {
  const pleat_verb *verb = name ? find_verb(name) : NULL;
  if (name && !verb) return PLEAT_EXIT_USAGE;
  if (verb)
    print_man_verb(verb);
  else
    print_man();
  return PLEAT_EXIT_DONE;
}

/* `pleat --help-completion bash|zsh`: what the build makes completion files from. */
static int print_completion_for(const char *shell) {
  return pleat_completion_print(shell, verbs, VERBS) ? PLEAT_EXIT_DONE : PLEAT_EXIT_USAGE;
}

static int run(int count, char **argv, const pleat_ranks *ranks) {
  const char *first = count > 1 ? argv[1] : "";
  const pleat_verb *verb = find_verb(first);
  if (verb) return run_verb(verb, count - 2, argv + 2, ranks);
  if (ranks && ranks->rank > 0) return PLEAT_EXIT_DONE;
  bool verbose = count > 2 && (!strcmp(argv[2], "--verbose") || !strcmp(argv[2], "-v"));
  if (!strcmp(first, "--verbose") && count > 2 && !strcmp(argv[2], "--version")) return print_version(true);
  if (!strcmp(first, "--version") || !strcmp(first, "-V")) return print_version(verbose);
  if (!strcmp(first, "--help") || !strcmp(first, "-h")) return print_usage(stdout), PLEAT_EXIT_DONE;
  if (!strcmp(first, "--help-man")) return print_man_of(count > 2 ? argv[2] : NULL);
  if (!strcmp(first, "--help-completion")) return print_completion_for(count > 2 ? argv[2] : "");
  if (!*first)
    print_usage(stderr);
  else
    fprintf(stderr, "pleat: there is no verb '%s'; 'pleat --help' lists those there are\n", first);
  return PLEAT_EXIT_USAGE;
}

int pleat_command(int count, char **argv, const pleat_ranks *ranks) {
  int code = run(count, argv, ranks);
  /* a full disk behind stdout shows only when the last bytes are flushed */
  if (fflush(stdout) || ferror(stdout)) {
    fprintf(stderr, "pleat: cannot write to standard output: %s\n", strerror(errno));
    if (!code) code = PLEAT_EXIT_INPUTS;
  }
  return code;
}
