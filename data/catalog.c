/* The published weight files that pleat knows.
 * SPDX-License-Identifier: MIT */
#include "data/catalog.h"

#include <string.h>

static const char flashabb_citation[] =
    "Ellmen, Errington, Raybould & Deane (2026) Modelling antibody structures at the speed of language. "
    "bioRxiv 2026.06.03.729879";
static const char proteinmpnn_citation[] =
    "Dauparas et al. (2022) Robust deep learning-based protein sequence design using ProteinMPNN. Science 378, 49-56";
static const char solublempnn_citation[] =
    "Goverde et al. (2024) Computational design of soluble and functional membrane protein analogues. Nature 631, "
    "449-458";
static const char ligandmpnn_citation[] =
    "Dauparas et al. (2025) Atomic context-conditioned protein sequence design using LigandMPNN. Nature Methods 22, "
    "717-723";
static const char frame2seq_citation[] =
    "Akpinaroglu et al. (2023) Structure-conditioned masked language models for protein sequence design generalize "
    "beyond the native sequence space. bioRxiv 2023.12.15.571823";

static const char alphafold_citation[] =
    "Jumper et al. (2021) Highly accurate protein structure prediction with AlphaFold. Nature 596, 583-589";

static const char multimer_citation[] =
    "Evans et al. (2022) Protein complex prediction with AlphaFold-Multimer. bioRxiv 2021.10.04.463034; Jumper et al. "
    "(2021) Highly accurate protein structure prediction with AlphaFold. Nature 596, 583-589";

#define FLASH_ABB(model, file, needs, parameters, sha256)                                                        \
  {model, file,      "flash_abb/weights/" file, sha256, "BSD-3-Clause", flashabb_citation, "flash-abb", "0.0.5", \
   needs, parameters}
#define MPNN(name, citation, parameters, sha256)                                                                 \
  {name, name ".pt", "ligandmpnn/data/model_params/" name ".pt", sha256, "MIT", citation, "ligandmpnn", "0.1.2", \
   "",   parameters}
/* The archive's sha256 as other projects pin it independently of each other (lobster by Prescient Design, OVO by MSD,
 * moldesk), which all say the same; the parameter files' own, where two projects or more have published them. */
#define ALPHAFOLD_ARCHIVE "alphafold_params_2022-12-06.tar"
const pleat_catalog_archive pleat_catalog_alphafold = {
    ALPHAFOLD_ARCHIVE, "36d4b0220f3c735f3296d301152b738c9776d16981d054845a68a1370b26cfe3", 5587968000};

#define ALPHAFOLD2(model, file, parameters, sha256) \
  {model, file, file, sha256, "CC-BY-4.0", alphafold_citation, "DeepMind,", ALPHAFOLD_ARCHIVE, "", parameters}
#define MULTIMER(number, sha256)                                                                                     \
  {"alphafold2_multimer_v3_model_" number, "params_model_" number "_multimer_v3.npz",                                \
   "params_model_" number "_multimer_v3.npz", sha256, "CC-BY-4.0", multimer_citation, "DeepMind,", ALPHAFOLD_ARCHIVE, \
   "", 93223705}
#define FRAME2SEQ(number, parameters, sha256)       \
  {"frame2seq-" number,                             \
   "model" number ".ckpt",                          \
   "frame2seq/trained_models/model" number ".ckpt", \
   sha256,                                          \
   "MIT",                                           \
   frame2seq_citation,                              \
   "frame2seq",                                     \
   "0.0.8",                                         \
   "",                                              \
   parameters}

const pleat_catalog_row pleat_catalog[] = {
    FLASH_ABB("flashabb", "flabb_weights.pt", "", 7194226,
              "1c266694c15c9890707db418bb8e424bf7de45f562a74142d4942f25c1e39e6a"),
    FLASH_ABB("flashabb-masked", "flabb_masked_weights.pt", "", 7194226,
              "5631bebb0d9cbc48cd55536daba4567ccb1492994b6442cb931309879c801013"),
    FLASH_ABB("flashabb-sss", "sss_weights.pt", "flashabb", 3314834,
              "235e28bb0235d171103f9e37217aaf783bd1cb148fcdcf0446bbe2811c15ebae"),
    FLASH_ABB("flashtap", "tap_weights.pt", "flashabb", 3381270,
              "76627cfdc3005df898498c32f4a62ff9d01a2b36302f513491847ea42d2715fb"),
    MPNN("global_label_membrane_mpnn_v_48_020", ligandmpnn_citation, 1677637,
         "89ef0abddbfb956c4c7c02dcba6523c0b5152733055f7509292365eaecc38b21"),
    MPNN("ligandmpnn_sc_v_32_002_16", ligandmpnn_citation, 3571556,
         "799a9de6c1c72bb0c7ceb37998391a6fd0e3e21cb42928ee31a28313a3b1b46a"),
    MPNN("ligandmpnn_v_32_005_25", ligandmpnn_citation, 2618693,
         "ee07a7afb53bce98a0b1d33996bbe3b46b0831df5ce0684d3cbd55eed1aa9263"),
    MPNN("ligandmpnn_v_32_010_25", ligandmpnn_citation, 2618693,
         "161cd264061fda9680cbb940255522ae42f2966c552d045d87913d9452a80970"),
    MPNN("ligandmpnn_v_32_020_25", ligandmpnn_citation, 2618693,
         "42caaa5cdb380867d2b31c30de4ab53ea89171279b3a0732ddf94bc4d3cb6981"),
    MPNN("ligandmpnn_v_32_030_25", ligandmpnn_citation, 2618693,
         "ed13e130787f70b6c385efba56949220d16a1d1a98073ada3002b3701a6a8ecf"),
    MPNN("per_residue_label_membrane_mpnn_v_48_020", ligandmpnn_citation, 1677637,
         "1e62e193bee12f1b64fff87ae3ca9da95b0f60b15839ae3cbe48e4983ef055ba"),
    MPNN("proteinmpnn_v_48_002", proteinmpnn_citation, 1660485,
         "925f2ca1007bf9b02e0e7f420ff00eb91f50fcc2722f64b42e644ae95adaa131"),
    MPNN("proteinmpnn_v_48_010", proteinmpnn_citation, 1660485,
         "db866fae956a28661f926053d630610c55e9fc4bc03922f2aeeb98a37435ccce"),
    MPNN("proteinmpnn_v_48_020", proteinmpnn_citation, 1660485,
         "c9cb4a671d79604111231f8dbfc7c590e06f1197453b7a6854ac6661a642f5bd"),
    MPNN("proteinmpnn_v_48_030", proteinmpnn_citation, 1660485,
         "c34b7bfb38418ea30989fda3314f4781ac4e3920f9825731cf555f1fed44ac66"),
    MPNN("solublempnn_v_48_002", solublempnn_citation, 1660485,
         "0877f840978fe770be6fcec025784d8f50c438571db3260c05e41aa207a7c448"),
    MPNN("solublempnn_v_48_010", solublempnn_citation, 1660485,
         "79562f7444f72c84595a1c96010713864865a616f4f3967633493041e169fa6e"),
    MPNN("solublempnn_v_48_020", solublempnn_citation, 1660485,
         "7af52d090172c230c7f0e9d21e02203f6b3a38b16db58d3c7a3960e0a9a6e31a"),
    MPNN("solublempnn_v_48_030", solublempnn_citation, 1660485,
         "1dd63f1e9fc68a133cc9ef859edf43b489e5ac581cb5624e0b9ec848ff062421"),
    FRAME2SEQ("1", 3078037, "e1da56570b27e10f833da84ae8d9b1b9209ec452649dbe53ae2f54b1c2e61155"),
    FRAME2SEQ("2", 10045333, "48de89eddeab688e8924107139ce185178cb74c9997e7231857bb84e95e07d87"),
    FRAME2SEQ("3", 10045333, "20ec39a3ed02af746fd277a1b95b8cd93db526342a8552581b838e0fbf744198"),
    ALPHAFOLD2("alphafold2_model_1", "params_model_1.npz", 93229082, ""),
    ALPHAFOLD2("alphafold2_model_2", "params_model_2.npz", 93229082, ""),
    ALPHAFOLD2("alphafold2_model_3", "params_model_3.npz", 92899674, ""),
    ALPHAFOLD2("alphafold2_model_4", "params_model_4.npz", 92899674, ""),
    ALPHAFOLD2("alphafold2_model_5", "params_model_5.npz", 92899674, ""),
    ALPHAFOLD2("alphafold2_ptm_model_1", "params_model_1_ptm.npz", 93237338,
               "5e564f79af5bcd54ccef6e2a6bb0ff01015d01650ebc41d4575e35f0de9ecc84"),
    ALPHAFOLD2("alphafold2_ptm_model_2", "params_model_2_ptm.npz", 93237338,
               "23645d9a82c4af2ed54cd48a7b3c1c2575dc6aa9fe931adb4d7203ca5f0dc398"),
    ALPHAFOLD2("alphafold2_ptm_model_3", "params_model_3_ptm.npz", 92907930, ""),
    ALPHAFOLD2("alphafold2_ptm_model_4", "params_model_4_ptm.npz", 92907930, ""),
    ALPHAFOLD2("alphafold2_ptm_model_5", "params_model_5_ptm.npz", 92907930, ""),
    MULTIMER("1", "611da8fc7478928f68de12e8b226260ef1f4ce62bcc29b008572e52f4f212959"),
    MULTIMER("2", "51362b0844382ae0f5720c59b81dd13a43eea40fbf9995dd2573bdab88865378"),
    MULTIMER("3", "46d9bcad288edc7ad5a6362ee8e5f84307a69712e00e6c36b1ef9daf96ebc9ce"),
    MULTIMER("4", "59bdabd2d69c07fe26b37882d544acbd1b9f89f196828f4220da49e0610b572c"),
    MULTIMER("5", "917742be5a105d6b80f13f1f13f20459f27ec3fdcd34ea088b359f4502d6177f"),
};
const size_t pleat_catalog_count = sizeof pleat_catalog / sizeof *pleat_catalog;

const pleat_catalog_row *pleat_catalog_find(const char *model) {
  for (size_t i = 0; i < pleat_catalog_count; i++)
    if (strcmp(pleat_catalog[i].model, model) == 0) return &pleat_catalog[i];
  return NULL;
}

const pleat_catalog_row *pleat_catalog_find_sha256(const char *sha256) {
  for (size_t i = 0; i < pleat_catalog_count; i++)
    if (*sha256 && strcmp(pleat_catalog[i].sha256, sha256) == 0) return &pleat_catalog[i];
  return NULL;
}

const pleat_catalog_row *pleat_catalog_find_file(const char *file) {
  for (size_t i = 0; i < pleat_catalog_count; i++)
    if (!strcmp(pleat_catalog[i].version, ALPHAFOLD_ARCHIVE) && !strcmp(pleat_catalog[i].file, file))
      return &pleat_catalog[i];
  return NULL;
}
