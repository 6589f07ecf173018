/* pleat: protein structure models as a C library. This header is the whole stable API.
 * SPDX-License-Identifier: MIT
 *
 * Five calls make a prediction:
 *
 *     pleat_context_create(NULL, &context);
 *     pleat_model_open(context, "flashabb", &model);
 *     pleat_query_create(context, "my_antibody", "EVQL...:DIQM...", &query);
 *     pleat_predict(model, &query, 1, &result);
 *     pleat_result_write(result, "my_antibody.cif");
 *
 * Rules that hold for every function here:
 * - A function that can fail returns a pleat_status; the sentence for people (what, where, what to do) is then
 *   pleat_context_error(context). A function that returns anything else cannot fail.
 * - The library never prints, exits, or keeps global state. Any number of contexts may live in one process, each
 *   used by one thread at a time; everything made from a context belongs to that context's thread.
 * - An object made by NAME_create, NAME_open or NAME_read is freed by NAME_free, which accepts NULL. Pointers handed
 *   out by accessors belong to the object and live as long as it does.
 * - Lengths are in angstrom, angles in radian, confidences pLDDT 0-100; indices count from 0, residue numbers that
 *   people read from 1.
 */
#ifndef PLEAT_H
#define PLEAT_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define PLEAT_API __attribute__((visibility("default")))
#define PLEAT_RESULT_USED __attribute__((warn_unused_result))
#else
#define PLEAT_API
#define PLEAT_RESULT_USED
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Version -------------------------------------------------------------------------------------------------- */

/* "0.1.0": the version of the library that is running. */
PLEAT_API const char *pleat_version(void);

/* ---- Status --------------------------------------------------------------------------------------------------- */

typedef enum pleat_status {
  PLEAT_OK = 0,
  PLEAT_ERROR_INPUT,       /* what the user gave cannot be right: a letter, a length, an option's value */
  PLEAT_ERROR_FORMAT,      /* a file is not what it claims to be, or is damaged */
  PLEAT_ERROR_SHAPE,       /* a tensor of a model file is missing, misshapen or not finite */
  PLEAT_ERROR_IO,          /* the system refused to open, read or write */
  PLEAT_ERROR_MEMORY,      /* an allocation failed */
  PLEAT_ERROR_LIMIT,       /* the run would not fit in the memory limit that was set */
  PLEAT_ERROR_UNSUPPORTED, /* a known thing that this build or this model does not do */
  PLEAT_ERROR_NOT_FOUND,   /* no such model, file, chain or array */
  PLEAT_ERROR_CANCELLED    /* the progress callback asked to stop */
} pleat_status;

/* The name of a status, "format error" for instance. */
PLEAT_API const char *pleat_status_name(pleat_status status);

/* ---- Context: memory, threads, log and progress of everything made from it ------------------------------------- */

typedef struct pleat_context pleat_context;

/* The caller's own memory functions, as malloc, realloc and free, with `user` handed through. */
typedef struct pleat_allocator {
  void *(*allocate)(void *user, size_t bytes);
  void *(*resize)(void *user, void *block, size_t bytes);
  void (*release)(void *user, void *block);
  void *user;
} pleat_allocator;

typedef enum pleat_log_level { PLEAT_LOG_ERROR, PLEAT_LOG_WARNING, PLEAT_LOG_INFO, PLEAT_LOG_DEBUG } pleat_log_level;
typedef void (*pleat_log_fn)(void *user, pleat_log_level level, const char *text);

/* Called from time to time during a run with the share done (0..1) and the stage's name; non-zero cancels the run. */
typedef int (*pleat_progress_fn)(void *user, double fraction, const char *stage);

/* A new context; allocator NULL means malloc and free. */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_context_create(const pleat_allocator *allocator, pleat_context **context);
PLEAT_API void pleat_context_free(pleat_context *context);

/* The sentence of the last failed call on this context; "" if none failed. Valid until the next call. */
PLEAT_API const char *pleat_context_error(const pleat_context *context);

/* Sends messages up to `level` to `log`; NULL silences the context, which is how it starts. */
PLEAT_API void pleat_context_set_log(pleat_context *context, pleat_log_fn log, void *user, pleat_log_level level);
PLEAT_API void pleat_context_set_progress(pleat_context *context, pleat_progress_fn progress, void *user);

/* Threads of a run, from 1; 0 (the start) means what affinity mask, cgroup and SLURM_CPUS_PER_TASK allow.
 * Results have the same bits for any number. */
PLEAT_API void pleat_context_set_threads(pleat_context *context, int threads);
PLEAT_API int pleat_context_threads(const pleat_context *context);

/* Peak bytes that a run may take, activations included, weights not; 0 (the start) means no limit. */
PLEAT_API void pleat_context_set_memory_limit(pleat_context *context, size_t bytes);

/* Processes ("ranks") that make one prediction together, each with its part of the memory and of the work; pleat_mpi.h makes
 * such a table of an MPI communicator. All ranks make the same calls with the same queries; each gets the whole result, of
 * the same bits as one process alone. The functions return 0 when all went well; all ranks call them in the same order. */
enum { PLEAT_RANKS_SLOTS = 16 /* exchanges that can be under way */ };
typedef struct pleat_ranks {
  int count, rank; /* ranks 0 .. count - 1 */
  void *user;
  /* Bytes to[r] .. to[r + 1] of `send` go to rank r, whose bytes for this rank come to from[r] .. from[r + 1] of `receive`: sent
   * off by `start`, there after `finish` of the same slot; a slot holds one exchange at a time. */
  int (*start)(void *user, int slot, const void *send, const size_t *to, void *receive, const size_t *from);
  int (*start_gather)(void *user, int slot, void *all, const size_t *offset); /* all_gather below, there after `finish` */
  int (*finish)(void *user, int slot);
  void (*advance)(void *user); /* called while this rank computes, for exchanges that need the processor; or NULL */
  /* Bytes offset[r] .. offset[r + 1] of `all` go from rank r to everybody. */
  int (*all_gather)(void *user, void *all, const size_t *offset);
  int (*broadcast)(void *user, int root, void *data, size_t bytes);
  /* Ends all ranks at once, after a failure of this one in the middle of things, with its sentence. */
  void (*abandon)(void *user, const char *sentence);
} pleat_ranks;

/* Later runs of the context work together with the other ranks; the table is copied. NULL (the start): alone. Without
 * functions: for plans alone, of what rank `rank` of `count` would need. Models say whether they can: pleat_model_heeds. */
PLEAT_API void pleat_context_set_ranks(pleat_context *context, const pleat_ranks *ranks);

/* How weights are kept; sums are float32 always. BF16 and INT8 (whole numbers with a scale for each output of a layer)
 * take a half and a quarter of the memory. */
typedef enum pleat_precision { PLEAT_PRECISION_FP32, PLEAT_PRECISION_BF16, PLEAT_PRECISION_INT8 } pleat_precision;

/* For models that are opened from now on; FP32 is the start. A model that INT8 harms refuses to be opened. Weights are rounded
 * when a model is opened, or were so by pleat_model_compress: the results have the same bits. */
PLEAT_API void pleat_context_set_precision(pleat_context *context, pleat_precision precision);

/* "avx512 (of avx512), 2 threads, Intel(R) ...": what a run on this context would use. Valid until the next call. */
PLEAT_API const char *pleat_context_describe_machine(pleat_context *context);

/* Folder of installed models that is searched first; NULL: only the search path ($PLEAT_MODELS,
 * $XDG_DATA_HOME/pleat/models or ~/.local/share/pleat/models, then the installation's own). */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_context_set_models_dir(pleat_context *context, const char *folder);

/* ---- Arrays: every output of a model by its name --------------------------------------------------------------- */

/* Dense, row-major float32; `shape` holds `rank` sizes. Memory belongs to the object that handed it out. */
typedef struct pleat_array {
  const char *name;
  const float *data;
  int rank;
  size_t shape[4];
} pleat_array;

/* ---- Structures: atoms of one or more chains ------------------------------------------------------------------- */

typedef struct pleat_structure pleat_structure;

/* One atom as users see it; texts are terminated. */
typedef struct pleat_atom {
  char chain[8];          /* author chain id */
  char residue_name[8];   /* "ALA" */
  int residue_number;     /* author numbering */
  char insertion_code;    /* ' ' when there is none */
  char name[8];           /* "CA" */
  char element[4];        /* "C" */
  char alternate;         /* ' ' when there is none */
  int hetero;             /* 1 for HETATM */
  double position[3];     /* angstrom */
  float occupancy, b_factor;
} pleat_atom;

/* Reads the first model of a PDB or mmCIF file, plain or gzipped; which of them it is, is found from the content. */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_structure_read(pleat_context *context, const char *path, pleat_structure **structure);

/* Writes PDB or mmCIF (ModelCIF when the structure came from a model), chosen by the ending: .pdb, .ent, .cif, .mmcif. */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_structure_write(const pleat_structure *structure, const char *path);

/* Whether that would do, without writing: PLEAT_ERROR_UNSUPPORTED when the columns of a PDB file cannot hold the structure. */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_structure_fits(const pleat_structure *structure, const char *path);
PLEAT_API void pleat_structure_free(pleat_structure *structure);

/* The same for model number `model` of a file that holds several, by the number that the file gives it; 0: the first. */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_structure_read_model(pleat_context *context, const char *path, int model,
                                                                    pleat_structure **structure);

PLEAT_API size_t pleat_structure_atom_count(const pleat_structure *structure);
PLEAT_API pleat_atom pleat_structure_atom(const pleat_structure *structure, size_t index);

/* How well `model` agrees with `reference` over the residues they share: by chain and number when those agree in
 * residue names, else by sequence alignment. RMSDs after superposition of the matched C-alpha atoms. */
typedef struct pleat_comparison {
  size_t residues;         /* matched residues that have a C-alpha in both */
  size_t atoms;            /* matched atoms of the same name */
  double rmsd_ca;          /* angstrom */
  double rmsd_all;         /* over all matched atoms, after superposing those */
  double tm_score;         /* normalised by the reference's length (Zhang & Skolnick 2004) */
  double gdt_ts, gdt_ha;   /* 0..1 (Zemla 2003) */
  double lddt;             /* 0..1, all matched atoms, 15 angstrom (Mariani et al. 2013) */
  double rotation[3][3], translation[3]; /* model to reference: R x + t */
} pleat_comparison;

/* One matched residue: distance of the C-alpha atoms after superposition and the residue's own lDDT. */
typedef struct pleat_residue_deviation {
  char chain[8], residue_name[8];
  int residue_number;
  char insertion_code;
  double distance, lddt;
} pleat_residue_deviation;

/* `deviations` (may be NULL) receives up to `capacity` rows, one a matched residue, in the reference's order. */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_structure_compare(const pleat_structure *model, const pleat_structure *reference,
                                                                 pleat_comparison *comparison,
                                                                 pleat_residue_deviation *deviations, size_t capacity);

/* ---- Queries: what to predict ---------------------------------------------------------------------------------- */

typedef struct pleat_query pleat_query;

/* A query from sequences in one-letter code, chains joined by ':' or '|' (antibodies: HEAVY:LIGHT). */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_query_create(pleat_context *context, const char *name, const char *sequence,
                                                            pleat_query **query);
PLEAT_API void pleat_query_free(pleat_query *query);
PLEAT_API const char *pleat_query_name(const pleat_query *query);

/* Its chains in the order given: capital letters, "" where a chain was left out ("HEAVY:"). */
PLEAT_API int pleat_query_chain_count(const pleat_query *query);
PLEAT_API const char *pleat_query_chain(const pleat_query *query, int chain);

typedef struct pleat_query_list pleat_query_list;

/* Every query of a FASTA file, a ColabFold CSV (id,sequence), or a folder of such files. An entry that cannot be used
 * does not fail the list: its query is NULL and its sentence says why. */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_query_list_read(pleat_context *context, const char *path, pleat_query_list **list);
PLEAT_API void pleat_query_list_free(pleat_query_list *list);
PLEAT_API size_t pleat_query_list_count(const pleat_query_list *list);
PLEAT_API const pleat_query *pleat_query_list_get(const pleat_query_list *list, size_t index);
PLEAT_API const char *pleat_query_list_name(const pleat_query_list *list, size_t index);
PLEAT_API const char *pleat_query_list_error(const pleat_query_list *list, size_t index); /* NULL when the query is good */

/* ---- Alignments ------------------------------------------------------------------------------------------------ */

typedef struct pleat_msa pleat_msa;

/* One row over the L columns of the query, which is row 0. */
typedef struct pleat_msa_row {
  const char *header;    /* the whole line behind '>', or "NAME DESCRIPTION" of Stockholm */
  const char *name;      /* its first word */
  const char *residues;  /* (L) capital letters, '-' for a gap; terminated */
  const char *aligned;   /* the same as A3M: insertions between the columns, in lower case */
  size_t aligned_length; /* of `aligned` */
  int chain;             /* of a complex: the chain that an unpaired row belongs to; -1: the row spans all chains */
} pleat_msa_row;

/* A chain of a complex: its columns, and how often it occurs. An alignment that is none has one chain. */
typedef struct pleat_msa_chain {
  size_t from, columns, copies;
} pleat_msa_chain;

/* Reads A3M (also ColabFold's complexes), Stockholm or aligned FASTA, plain or gzipped; the ending tells which (.a3m;
 * .sto, .stk, .stockholm; .fasta, .fa, .afa, .fas), else the content. Insertions are told from columns by the first row:
 * where it has a gap (Stockholm, FASTA), or by lower case (A3M). */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_msa_read(pleat_context *context, const char *path, pleat_msa **msa);

/* The same from bytes in memory; `name` is what sentences call them, and its ending is looked at. */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_msa_parse(pleat_context *context, const char *bytes, size_t length,
                                                         const char *name, pleat_msa **msa);

/* Writes A3M, Stockholm or FASTA, chosen by the ending. */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_msa_write(const pleat_msa *msa, const char *path);
PLEAT_API void pleat_msa_free(pleat_msa *msa);

PLEAT_API size_t pleat_msa_row_count(const pleat_msa *msa);
PLEAT_API size_t pleat_msa_column_count(const pleat_msa *msa);
PLEAT_API pleat_msa_row pleat_msa_row_at(const pleat_msa *msa, size_t row);
PLEAT_API size_t pleat_msa_chain_count(const pleat_msa *msa);
PLEAT_API pleat_msa_chain pleat_msa_chain_at(const pleat_msa *msa, size_t chain);

/* counts (L): how many residues of the row are inserted before each column. */
PLEAT_API void pleat_msa_deletions(const pleat_msa *msa, size_t row, int32_t *counts);

/* Whether row 0 is this sequence (of a complex: its chains' sequences joined); the sentence says where it differs. */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_msa_check_query(const pleat_msa *msa, const char *sequence);

/* One alignment of what several searches found for the same query, in the order given: rows whose residues (insertions
 * aside) were there before are left out, as AlphaFold does. `limits` (count) cuts each part to its first rows, 0: all of
 * it; NULL: no limits. AlphaFold takes 10000 of UniRef90, all of BFD, 501 of MGnify, in this order. */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_msa_merge(const pleat_msa *const *parts, const size_t *limits, size_t count,
                                                         pleat_msa **merged);

/* A search of a database by a program that is installed: "jackhmmer" (a FASTA file), "hhblits" or "mmseqs2" (the name of a
 * database of theirs). */
typedef struct pleat_msa_search_options {
  const char *program, *database;
  const char *cache; /* folder, made if need be, that keeps what the program found: a search is run once */
} pleat_msa_search_options;

/* The alignment of what is found for a sequence; its query alone when nothing is. The program's threads are the
 * context's; the progress callback can stop it. A result counts as the same while program, sequence, and the database's
 * path, size and time are. */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_msa_search(pleat_context *context, const char *sequence,
                                                          const pleat_msa_search_options *options, pleat_msa **msa);

/* What pleat_msa_filter leaves; all 0 leaves everything. Shares are 0..1, over the columns of the row's chain. */
typedef struct pleat_msa_filter_options {
  int unique;           /* 1: leave out rows whose residues were there before */
  double min_coverage;  /* share of columns with a residue */
  double min_identity;  /* to the query: share of equal residues among the columns where the row has one */
  double max_identity;  /* to every row that stays before it: same, among the columns where both have one; 0 or 1: any */
  size_t max_rows;      /* the query included; 0: no limit */
  int no_own_rows, no_paired_rows; /* of a complex, 1: leave out rows of one chain; rows that span several */
} pleat_msa_filter_options;

/* A new alignment of the rows that pass, in their order; the query always does. */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_msa_filter(const pleat_msa *msa, const pleat_msa_filter_options *options,
                                                          pleat_msa **filtered);

/* What is in an alignment. */
typedef struct pleat_msa_summary {
  size_t rows, unique_rows; /* query included; rows that differ in residues */
  size_t paired_rows;       /* of a complex: rows that span its chains, query included */
  double coverage;          /* mean share of columns with a residue, query aside */
  double identity;          /* mean identity to the query, query aside */
  double column_neff;       /* exp of the columns' mean entropy of residues: 1 (all equal) to 20 */
  double sequence_neff;     /* sum over rows of 1/(rows at least 80 % identical where either has a residue); NAN above
                               20000 rows */
} pleat_msa_summary;

/* residues (L), may be NULL: how many rows have a residue in each column. */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_msa_summarise(const pleat_msa *msa, pleat_msa_summary *summary,
                                                             size_t *residues);

/* How rows of several chains are joined into rows of the complex. */
typedef enum pleat_msa_pairing {
  PLEAT_MSA_PAIRING_NONE,     /* only the query */
  PLEAT_MSA_PAIRING_ALPHAFOLD, /* AlphaFold-Multimer: within a species by rank of identity to the query, as many as all have */
  PLEAT_MSA_PAIRING_COMPLETE, /* the first row of each species that every chain has */
  PLEAT_MSA_PAIRING_GREEDY    /* the first row of each species that two chains or more have */
} pleat_msa_pairing;

/* How a row's species is told: UniProt's code in the name (tr|..|.._HUMAN), or "OX=" and "TaxID=" in the header. */
typedef enum pleat_msa_species { PLEAT_MSA_SPECIES_MNEMONIC, PLEAT_MSA_SPECIES_TAXID } pleat_msa_species;

/* One kind of chain of a complex. `pairing` holds the rows that can be paired (AlphaFold: a search of UniProt), NULL:
 * those of `msa`; both have the chain's sequence as row 0. */
typedef struct pleat_msa_part {
  const pleat_msa *msa, *pairing;
  size_t copies;
} pleat_msa_part;

/* The alignment of a complex as ColabFold keeps it: paired rows over all kinds of chains, then each chain's own rows. */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_msa_pair(const pleat_msa_part *parts, size_t count, pleat_msa_pairing how,
                                                        pleat_msa_species species, pleat_msa **complex);

/* The alignment that a multimer model takes: chains repeated by their copies (rows of equal chains side by side), own
 * rows that are paired already left out, at most `max_rows` rows a chain (0: AlphaFold's 2048) of which half are paired
 * ones. */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_msa_expand(const pleat_msa *complex, size_t max_rows, pleat_msa **expanded);

/* Which rows a model takes in one recycling pass: so many cluster centres, the query first, and so many extra rows of the
 * others, by the random numbers of (seed, name of the query, pass). Monomer models draw from rows that differ: those whose
 * residues were there before are left out. */
typedef struct pleat_msa_sample_options {
  size_t clusters, extra;
  uint64_t seed;
  const char *name; /* NULL: "" */
  uint32_t pass;    /* from 0 */
  int multimer;     /* 1: as the multimer models draw, of an alignment of pleat_msa_expand */
} pleat_msa_sample_options;

/* An alignment of those rows: the centres, then the extra rows. */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_msa_sample(const pleat_msa *msa, const pleat_msa_sample_options *options,
                                                          pleat_msa **sample);

/* Gives the query its alignment, whose first row must be its sequence; the alignment is not copied and must live as long as
 * the query. NULL: the query is to be folded from its sequence alone, which models that take alignments (they heed "msa")
 * never do unasked. */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_query_set_msa(pleat_query *query, const pleat_msa *msa);

/* Runs on the stored features of an HDF5 file instead of those made from the alignment: the group features/, as AlphaFold's
 * own processing names and shapes them, one step of the first axis a recycling pass. They must be of the query's sequence. */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_query_set_features(pleat_query *query, const char *path);

/* A query whose sequence is that of a file of stored features. */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_query_read_features(pleat_context *context, const char *name, const char *path,
                                                                   pleat_query **query);

/* Known structures that AlphaFold 2's models 1 and 2 and the multimer models start from: the folder of PDB or mmCIF files, and
 * HHsearch's report (.hhr) of a search with one of the query's chains, whose hit 4ZEY_A stands for FOLDER/4zey.cif (or .pdb,
 * or gzipped). Without `hits` every structure of the folder is aligned with the query's chains here. */
typedef struct pleat_template_source {
  const char *folder;
  const char *hits;   /* NULL: none */
  const char *latest; /* "2018-04-30": only structures released until then; NULL: of any date */
} pleat_template_source;

/* Adds templates, up to four a chain, equal chains sharing theirs. Of hits it takes those with the greatest sums of
 * probabilities that pass AlphaFold's filters: over a tenth of the query aligned, not the query itself, 10 residues or more;
 * of a folder the most similar ones. A hit without its structure or chain, a file of the folder that cannot be used, and
 * that no template is left, are errors; after one the query should be freed. */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_query_add_templates(pleat_query *query, const pleat_template_source *source);

/* One template that was looked at. */
typedef struct pleat_template_info {
  const char *name, *path; /* "4zey_A"; the structure's file, "" when it was not read */
  int chain;               /* of the query, the first of its equals, from 0 */
  double coverage;         /* share of the chain's residues that it aligns with */
  double identity;         /* share of equal residues among those */
  double sum_probs;        /* of a hit; NAN: aligned here */
  const char *refused;     /* why it is not used; NULL: it is */
  uint64_t digest;         /* of its atoms as they are laid on the chain; 0: it is not used */
} pleat_template_info;
PLEAT_API size_t pleat_query_template_count(const pleat_query *query);
PLEAT_API pleat_template_info pleat_query_template_at(const pleat_query *query, size_t index);

/* How the features of a model's passes are drawn: what is 0 is as the model has it by itself. */
typedef struct pleat_features_options {
  const char *model;      /* of the AlphaFold 2 family; it need not be installed */
  size_t clusters, extra; /* rows of the alignment that become cluster centres, and further rows */
  size_t passes;          /* the first and the recycles */
  uint64_t seed;
} pleat_features_options;

/* Writes what the model would be given for the query, pass by pass, as the file that pleat_query_set_features reads: a
 * prediction on it has the same bits as one on the query with this seed and these rows. The rows drawn depend on the
 * query's name, too. PLEAT_ERROR_UNSUPPORTED for models that are not of the AlphaFold 2 family. */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_query_write_features(const pleat_query *query,
                                                                    const pleat_features_options *options,
                                                                    const char *path);

/* ---- Models ---------------------------------------------------------------------------------------------------- */

typedef struct pleat_model pleat_model;

/* What is known of a published model, installed or not. Texts may be "" but not NULL. */
typedef struct pleat_model_info {
  const char *name, *title, *task;         /* "flashabb", one line, "predict", "embed", "design" or "pack" */
  const char *short_name;                  /* stands for the usual member of a family: "proteinmpnn"; "" if it has none */
  const char *license, *citation, *source; /* of the weights; where they are published */
  const char *notes;                       /* known failings, in sentences */
  double parameters;                       /* how many numbers */
  const char *path;                        /* the installed model file, of several the first; "" when it is not installed */
  size_t files;                            /* how many files a model has */
  double bytes;                            /* of the installed files together; 0 when it is not installed */
} pleat_model_info;

PLEAT_API size_t pleat_model_count(void);
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_model_info_get(pleat_context *context, size_t index, pleat_model_info *info);

/* Opens an installed model by name or short name, or a model file by its path (anything with a '/' or ending in .h5; a published
 * .pt, .ckpt, .npz or .safetensors file works too, then `name_hint` must name the model; else it may be NULL). */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_model_open(pleat_context *context, const char *name, pleat_model **model);
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_model_open_file(pleat_context *context, const char *name, const char *path,
                                                               pleat_model **model);
PLEAT_API void pleat_model_free(pleat_model *model);
PLEAT_API const char *pleat_model_name(const pleat_model *model);
PLEAT_API const char *pleat_model_sha256(const pleat_model *model); /* of the published weights, 64 hex digits */

/* One setting of a model: its name, what it does, the value it has now. */
typedef struct pleat_option_info {
  const char *name, *help, *value;
} pleat_option_info;
PLEAT_API size_t pleat_model_option_count(const pleat_model *model);
PLEAT_API pleat_option_info pleat_model_option(const pleat_model *model, size_t index);
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_model_set_option(pleat_model *model, const char *name, const char *value);

/* Turns a published weight file (.pt, .ckpt, .npz, .safetensors) into NAME.h5 in `folder` (NULL: the first writable
 * one of the search path). `name` NULL: found from the file's sha256, or from the name that it is published under
 * (params_model_1_ptm.npz). Of a tar archive of such files (AlphaFold's own) all that pleat knows are imported, or those of
 * `name` ("NAME" or "NAME,NAME"), without unpacking it. *path, if not NULL, names the new file until the next call, of an archive the folder; the
 * log tells each file. No code in the file is ever run. */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_model_import(pleat_context *context, const char *file, const char *name,
                                                            const char *folder, const char **path);

/* Reads all of a model file again: its checksums, and that every tensor the model needs is there, shaped and finite. */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_model_verify(pleat_context *context, const char *name_or_path);

/* The weights of a model file in fewer bits: bytes of the file's numbers, and how far they are from float32, as the root of
 * sum (w - rounded)^2 / sum w^2 over all that are rounded. */
typedef struct pleat_compression {
  int bits; /* 32, 16 (bf16), 8 and 4 (whole numbers, a scale a row) */
  double bytes, error;
} pleat_compression;
enum { PLEAT_COMPRESSIONS = 4 };

/* Writes an installed model, or a model file, in the context's precision, and says what each number of bits would give.
 * `path` NULL: NAME.bf16.h5 (or int8) beside the file, where models of that precision are found by NAME. *written, if not NULL,
 * names the new file until the next call. In FP32 nothing is written. Models of several files go one by one, by the file's name
 * (frame2seq-1). */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_model_compress(pleat_context *context, const char *name_or_path, const char *path,
                                                              pleat_compression sizes[PLEAT_COMPRESSIONS],
                                                              const char **written);

/* The word for a precision: "fp32", "bf16", "int8". */
PLEAT_API const char *pleat_precision_name(pleat_precision precision);

/* ---- Targets: a structure whose sequence or side chains a model works on --------------------------------------- */

typedef struct pleat_target pleat_target;

/* What of a structure makes the target. */
typedef struct pleat_target_selection {
  const char *chains;      /* "A,B": only these; NULL: all */
  int zero_occupancy;      /* 1: atoms of occupancy 0 count too */
} pleat_target_selection;

/* One residue of the protein as the target sees it. */
typedef struct pleat_target_residue {
  char chain[8], name[8]; /* as in the file */
  int number;
  char insertion_code;    /* ' ' when there is none */
  char letter;            /* of the residue or its unmodified parent; 'X' when there is none */
  int complete;           /* N, CA, C and O are all there */
  int designed;           /* 1: to be designed or repacked; 0: fixed */
  int near_ligand;        /* 1: an atom of the context is nearer than ligand_mpnn_cutoff_for_score to its (virtual) CB */
} pleat_target_residue;

/* A target from the protein chains of a structure, everything else of it but water being context. Modified residues
 * count as their parent, and residues without a parent as X; both, and residues that lack backbone atoms, are said in
 * the context's log. Of alternate locations A counts, or where there is none the one of highest occupancy. selection
 * NULL: all chains. The structure may be freed afterwards. */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_target_create(pleat_context *context, const char *name,
                                                             const pleat_structure *structure,
                                                             const pleat_target_selection *selection,
                                                             pleat_target **target);
PLEAT_API void pleat_target_free(pleat_target *target);
PLEAT_API const char *pleat_target_name(const pleat_target *target);
PLEAT_API size_t pleat_target_residue_count(const pleat_target *target);
PLEAT_API pleat_target_residue pleat_target_residue_at(const pleat_target *target, size_t index);

/* The structure that a design with the target's own letters would be: its backbone and what stands around it, B column 0. */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_target_structure(const pleat_target *target, pleat_structure **structure);

/* Settings, by the names that LigandMPNN gives its flags: fixed_residues, redesigned_residues ("A12 B42D": chain,
 * number, insertion code), chains_to_design ("A,B"), bias_AA ("A:-1.0,P:2.3"), omit_AA ("CG"), symmetry_residues
 * ("A12,A13|C2,C3"), symmetry_weights ("0.5,0.5|1,1"), homo_oligomer ("1"), transmembrane_buried,
 * transmembrane_interface, global_transmembrane_label ("0" or "1"), ligand_mpnn_use_atom_context,
 * ligand_mpnn_use_side_chain_context, ligand_mpnn_cutoff_for_score ("8.0"), force_hetatm ("1": ligands and nucleic acids
 * are written as HETATM), and sequence: letters in place of the
 * structure's own, chains joined by ':' in the order of their names. Residues and chains that are not there are errors
 * at once; settings that contradict each other are errors of the run, so that they can be given in any order. */
PLEAT_API size_t pleat_target_option_count(void);
PLEAT_API pleat_option_info pleat_target_option(size_t index); /* value: what it starts with */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_target_set_option(pleat_target *target, const char *name, const char *value);

/* Adds `value` to the logit of `letter` (one of the 20 or X) at `residue` ("A12"); residue NULL: everywhere. */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_target_add_bias(pleat_target *target, const char *residue, char letter,
                                                               double value);

/* Stored random numbers in place of the stream's, to repeat a run of the published code: "randn" (B,L), "exponential"
 * (steps,B,20), "uniform" (L,4), "angles" (steps,candidates,L,4). Copied. */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_target_set_draws(pleat_target *target, const pleat_array *draws);

/* ---- Running --------------------------------------------------------------------------------------------------- */

typedef struct pleat_result pleat_result;

/* Predicts `count` queries in one batch: results[i] belongs to queries[i]. On failure no result is left. The bits of a
 * result do not depend on the batch it was in, nor on the number of threads. */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_predict(pleat_model *model, const pleat_query *const *queries, size_t count,
                                                       pleat_result **results);

/* Whether the model takes this query; the sentence says why not. */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_model_check_query(pleat_model *model, const pleat_query *query);

/* What pleat_predict would need for these queries in one batch, measured by the same forward code without memory. */
typedef struct pleat_plan {
  size_t process_bytes;    /* what pleat_process_bytes says now: with the model open, its weights are in it */
  size_t activation_bytes; /* the arena's peak; with a memory limit, in chunks that keep to it where that is possible */
  size_t weight_bytes;     /* mapped and packed weights */
  size_t result_bytes;
  double flops;
  double seconds;          /* on this machine: of making features, and op by op from a short measurement of its speed */
} pleat_plan;

/* Memory of this process that is resident now, in bytes; 0 where the system does not tell. A run comes on top: its peak is
 * process_bytes + activation_bytes + result_bytes of the plan. */
PLEAT_API size_t pleat_process_bytes(void);
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_plan_predict(pleat_model *model, const pleat_query *const *queries, size_t count,
                                                            pleat_plan *plan);

/* What this machine does with the context's threads: its peak of fused multiply-adds on one thread and on all, copies of
 * memory (bytes read and written), and the kernels that plan's seconds go by. Each thread is timed by its own clock, which
 * stands still while others have the processor. A row: one call on each thread; its rates are flops and bytes over seconds. */
typedef struct pleat_bench_row {
  const char *name;
  int threads;
  double seconds, flops, bytes;
} pleat_bench_row;
enum { PLEAT_BENCH_PEAK_OF_ONE, PLEAT_BENCH_PEAK, PLEAT_BENCH_MEMORY, PLEAT_BENCH_KERNELS, PLEAT_BENCH_ROWS = 9 };
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_bench_measure(pleat_context *context, pleat_bench_row rows[PLEAT_BENCH_ROWS]);

PLEAT_API void pleat_result_free(pleat_result *result);
PLEAT_API const char *pleat_result_name(const pleat_result *result);

/* The predicted structure, pLDDT in the B column; NULL when the model makes none (embeddings). */
PLEAT_API const pleat_structure *pleat_result_structure(const pleat_result *result);

/* Outputs by name: "positions" (L,14,3) in angstrom, "plddt" (L), "predicted_aligned_error" (L,L) in angstrom, "ptm" (1),
 * "embeddings" (L,C), ...; PLEAT_ERROR_NOT_FOUND lists the names there are. By index, to go through them all. */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_result_array(const pleat_result *result, const char *name, pleat_array *array);
PLEAT_API size_t pleat_result_array_count(const pleat_result *result);
PLEAT_API pleat_array pleat_result_array_at(const pleat_result *result, size_t index);

/* Warnings of this result (a chain outside what the model knows, a sanity check that failed), one sentence each. */
PLEAT_API size_t pleat_result_warning_count(const pleat_result *result);
PLEAT_API const char *pleat_result_warning(const pleat_result *result, size_t index);

/* 1 when the result passed its sanity check: finite, connected, no impossible clash, right-handed. */
PLEAT_API int pleat_result_is_sane(const pleat_result *result);

/* Writes the structure (.pdb, .cif), the confidences (.json; ..._predicted_aligned_error_v1.json: the aligned errors as
 * ColabFold keeps them), a plot of pLDDT (.svg, .png) or of the aligned errors (..._pae.svg, ..._pae.png), or all arrays
 * (.h5). */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_result_write(const pleat_result *result, const char *path);

/* ---- Plots of the predictions of one query, as SVG or PNG ------------------------------------------------------ */

typedef struct pleat_plot_prediction {
  const char *label;  /* "rank_1" */
  const float *plddt; /* (L), 0-100; a value that is not finite leaves a gap */
  const float *pae;   /* (L,L) in angstrom; NULL: none */
} pleat_plot_prediction;

typedef struct pleat_plot {
  const char *title;
  const pleat_plot_prediction *predictions; /* (count), best first */
  size_t count, chains;
  const char *const *chain_ids;             /* (chains) */
  const size_t *chain_lengths;              /* (chains), L in all */
} pleat_plot;

/* pLDDT along the residues, a line a prediction. */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_plot_write_confidence(pleat_context *context, const pleat_plot *plot,
                                                                     const char *path);

/* Aligned errors, a square each of the best five predictions. */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_plot_write_errors(pleat_context *context, const pleat_plot *plot,
                                                                 const char *path);

/* The rows of the query's alignment by their identity to it, and how many have each residue. */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_plot_write_coverage(const pleat_query *query, const char *path);

/* ---- Designing, scoring, packing: results hold one row a sample ------------------------------------------------ */

/* The random numbers of a sample depend on (seed, the target's name, the sample's number) alone. */
typedef struct pleat_design_settings {
  size_t samples, first_sample; /* numbers first_sample .. first_sample + samples - 1 */
  uint64_t seed;
  double temperature;           /* 0.1 as published; near 0: always the best letter */
} pleat_design_settings;

/* Sequences that fold to the target. Arrays: "S" (B,L) indices in ACDEFGHIKLMNPQRSTVWYX, "log_probs" (B,L,21) without bias
 * and temperature, "sampling_probs" (B,L,20), "decoding_order" (B,L) where the model has one, "loss_per_residue" (B,L),
 * "overall_confidence", "ligand_confidence" and "seq_rec" (B). */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_design(pleat_model *model, const pleat_target *target,
                                                      const pleat_design_settings *settings, pleat_result **result);

/* How likely the target's own sequence is (or its setting `sequence`). */
typedef struct pleat_score_settings {
  size_t samples, first_sample; /* decoding orders */
  uint64_t seed;
  int single;                   /* 1: every residue given all others, in a pass of its own; 0: autoregressive */
  int use_sequence;             /* 0: the letters before a residue in the order are kept from the model */
} pleat_score_settings;

/* Arrays: "logits" and "log_probs" (B,L,21), "S" (L), "decoding_order" (B,L), "loss_per_residue" (B,L), "score" (B). */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_score(pleat_model *model, const pleat_target *target,
                                                     const pleat_score_settings *settings, pleat_result **result);

/* Side chains onto the target's backbone, of its own sequence or its setting `sequence`. */
typedef struct pleat_pack_settings {
  size_t samples, first_sample;
  uint64_t seed;
  int steps, candidates;  /* 3 and 16 as published */
  int repack_everything;  /* 0: fixed residues keep the side chains that they have */
  int ligand_context;     /* 1: ligands, ions and nucleic acids are seen */
} pleat_pack_settings;

/* Arrays: "positions" (B,L,14,3), "atom_mask" (B,L,14), "b_factors" (B,L,14), "log_prob" (B,L,4), "angles" (B,L,4). */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_pack(pleat_model *model, const pleat_target *target,
                                                    const pleat_pack_settings *settings, pleat_result **result);

/* Whether the model does "predict", "embed", "design", "score" or "pack". */
PLEAT_API int pleat_model_does(const pleat_model *model, const char *task);

/* Whether the model heeds one of the settings of targets that only some do: ties, membrane labels, ligands. Runs of a target
 * with such a setting that the model does not heed are refused. Of queries: "msa" when the model takes an alignment,
 * "features" when it runs on stored features, "pair-mode" when it takes complexes, "checkpoint" when
 * its predictions can be kept on their way, "ranks" when several processes can make one prediction together. */
PLEAT_API int pleat_model_heeds(const pleat_model *model, const char *setting);

/* Whether every prediction of the model holds an array of this name: "ptm", "iptm", "predicted_aligned_error". */
PLEAT_API int pleat_model_gives(const pleat_model *model, const char *array);

/* Of an installed model: the sha256 of the published weights, 64 hex digits and a terminator in `sha256`. */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_model_find_sha256(pleat_context *context, const char *name, char sha256[65]);

/* Samples of a result of these three: their sequences, chains joined by ':', and structures: a designed backbone with
 * confidences in the B column, a packed protein, each with the context's atoms; NULL for scores. Of a prediction with
 * the setting save-recycles: the structure of every pass, without sequences (""). */
PLEAT_API size_t pleat_result_sample_count(const pleat_result *result);
PLEAT_API const char *pleat_result_sample_sequence(const pleat_result *result, size_t sample);
PLEAT_API const pleat_structure *pleat_result_sample_structure(const pleat_result *result, size_t sample);

/* Keeps predictions on their way in a file, for models that heed "checkpoint": when `seconds` have gone by since the last
 * time, and when the progress callback stops the run. A later run of the same model, settings and query with the same path
 * goes on from there and ends with the same bits, whatever its number of threads; a file of anything else is said in the log
 * and not used. The file stays: whoever has the result safe removes it. With a path, queries are predicted one a call. NULL:
 * none. */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_model_set_checkpoint(pleat_model *model, const char *path, double seconds);

/* Receives every named intermediate of later runs of the model; NULL stops it. Arrays live during the call only. */
typedef void (*pleat_trace_callback)(void *user, const pleat_array *array);
PLEAT_API void pleat_model_set_trace(pleat_model *model, pleat_trace_callback callback, void *user);

#ifdef __cplusplus
}
#endif
#endif
