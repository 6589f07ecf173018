# AlphaFold 2 with the seeded parameters of the large golden files, where they are: from an alignment, from the sequence alone, and what it refuses.
# SPDX-License-Identifier: MIT
golden=${PLEAT_GOLDEN:-$top/../shared/golden}/alphafold2/params_monomer_ptm.npz model=alphafold2_ptm_model_3
[ -f "$golden" ] || exit 77
params=params.npz
ln -s "$golden" $params
gzip -dc "$top/tests/golden/msa/bfd_uniclust_hits.a3m.gz" > hits.a3m
(printf '>q\n'; sed -n 2p hits.a3m) > q.fasta
printf '>short\nMKTAYIAKQR\n' > short.fasta
fold() { pleat_run predict "$@" --model $model --weights "$params" --num-recycle 0 --max-msa 8:16 --quiet; }
fold q.fasta out --msa hits.a3m --random-seed 3 2>/dev/null
ls out
grep -oE '"(pae|max_pae|ptm|plddt|seed)":' out/q_scores_rank_001_${model}_seed_003.json
fold q.fasta again --msa hits.a3m --random-seed 3 --threads 1 2>/dev/null
cmp out/q_unrelaxed*.cif again/q_unrelaxed*.cif && echo 'same bytes'
fold short.fasta alone
fold short.fasta alone --msa none 2>/dev/null
fold short.fasta alone2 --msa hits.a3m
head -c 100000 "$params" > cut.npz
pleat_run predict short.fasta cut --model $model --weights cut.npz --msa none --quiet
pleat_run predict short.fasta other --model alphafold2_model_3 --weights "$params" --msa none --quiet
pleat_run predict short.fasta rows --model $model --weights "$params" --msa none --max-msa 8
printf '>two\nMKTAY:IAKQR\n' > two.fasta
fold two.fasta two --msa none
pleat_run plan short.fasta --model $model --weights "$params" --msa none | grep -c 'FLOP'
