# AlphaFold's parameters from OpenFold's .pt files: the same structures as from the .npz of the same (small, random) parameters.
# SPDX-License-Identifier: MIT
golden=$top/tests/golden/convert/openfold
printf '>short\nMKTAYIAKQR\n' > q.fasta
fold() { pleat_run predict q.fasta "$1" --model "$2" --weights "$3" --msa none --num-recycle 1 --quiet | grep -v 'chain is broken'; }
compare() {
  cmp "$1"/short_unrelaxed*.pdb "$2"/short_unrelaxed*.pdb && echo 'same structure'
  diff "$1"/short_unrelaxed*.cif "$2"/short_unrelaxed*.cif | grep -c '^[<>]'
  diff "$1"/short_unrelaxed*.cif "$2"/short_unrelaxed*.cif | grep '^[<>]' | sed 's/.*\(sha256\).*/\1/'
}
fold a alphafold2_ptm_model_1 "${golden}_monomer.npz"
fold b alphafold2_ptm_model_1 "${golden}_monomer.pt"
compare a b
fold c alphafold2_multimer_v3_model_1 "${golden}_multimer.npz"
fold d alphafold2_multimer_v3_model_1 "${golden}_multimer.pt"
compare c d
PLEAT_MODELS=$PWD/models
export PLEAT_MODELS
pleat_run models import "${golden}_monomer.pt" --model alphafold2_ptm_model_1
pleat_run predict q.fasta e --model alphafold2_ptm_model_1 --msa none --num-recycle 1 --quiet | grep -v 'chain is broken'
compare b e
pleat_run models verify alphafold2_ptm_model_1
pleat_run models import "${golden}_monomer.pt" | sed 's/[0-9a-f]\{64\}/SUM/'
pleat_run models import "${golden}_multimer.pt" --model alphafold2_ptm_model_2
pleat_run models import "${golden}_monomer.pt" --model alphafold2_model_1
head -c 100000 "${golden}_monomer.pt" > cut.pt
pleat_run models import cut.pt --model alphafold2_ptm_model_1
ls models
