# What AlphaFold 2's models refuse, each in one sentence, and what looks odd and works: one and ten residues, 100,000 rows.
# SPDX-License-Identifier: MIT
model=alphafold2_ptm_model_3 complex=alphafold2_multimer_v3_model_1
random_model $model $complex
printf '>q\nMKTAYIAKQRQISFVKSHFS\n' > q.fasta
fold() { pleat_run predict "$@" --num-recycle 0 --quiet | grep -v 'chain is broken'; }
echo '# alignments'
printf '>q\nMKTAYIAKQRQISFVKSHFS\n>a\nMKTAYIAKQRQISFVKSHF\n' > short.a3m
fold q.fasta bad --model $model --msa short.a3m
printf '>r\nMKTAYIAKQRQISFVKSHFW\n>a\nMKTAYIAKQRQISFVKSHFS\n' > other.a3m
fold q.fasta bad --model $model --msa other.a3m
printf '>q\nMKTAYIAKQRQISFVKSHFS\n>a\nMKTAYIAKQRQISF*KSHFS\n' > star.a3m
fold q.fasta bad --model $model --msa star.a3m
: > empty.a3m
fold q.fasta bad --model $model --msa empty.a3m
fold q.fasta bad --model $model --msa missing.a3m
fold q.fasta bad --model $model
awk 'BEGIN { srand(3); letters = "ACDEFGHIKLMNPQRSTVWY-"; q = "MKTAYIAKQRQISFVKSHFS"; print ">q\n" q
  for (i = 0; i < 100000; i++) { row = ""; for (k = 1; k <= 20; k++) row = row (rand() < 0.5 ? substr(q, k, 1) : substr(letters, 1 + int(21 * rand()), 1)); print ">r" i "\n" row } }' > deep.a3m
fold q.fasta deep --model $model --msa deep.a3m --max-msa 16:32
pleat_run msa deep.a3m | head -2
echo '# sequences'
printf '>one\nM\n' > one.fasta
fold one.fasta few --model $model --msa none
printf '>ten\nMKTAYIAKQR\n' > ten.fasta
fold ten.fasta few --model $model --msa none
printf '>letters\nMKTA1IAKQR\n' > letters.fasta
fold letters.fasta bad --model $model --msa none
printf '>unknown\nMKTAJOIAKQR\n' > unknown.fasta
fold unknown.fasta bad --model $model --msa none
printf '>two\nMKTAYIAKQR:GSHMEELVKA\n' > two.fasta
fold two.fasta bad --model $model --msa none
fold q.fasta single --model $complex --msa none
echo '# parameters'
golden=$top/tests/golden
head -c 100000 "$golden/alphafold2/params_monomer_ptm.npz" > cut.npz
fold q.fasta bad --model $model --weights cut.npz --msa none
fold q.fasta bad --model $model --weights "$golden/convert/stored.npz" --msa none
fold q.fasta bad --model $complex --weights models/$model.h5 --msa none
fold q.fasta bad --model $model --weights models/$complex.h5 --msa none
fold q.fasta bad --model $model --weights missing.npz --msa none
fold q.fasta bad --model $model --weights q.fasta --msa none
echo '# templates'
mkdir one; gzip -dc "$golden/msa/4zey.cif.gz" | sed 's/^\(ATOM .* \)A\( 1\)$/\1Z\2/' > one/4zey.cif
gzip -dc "$golden/msa/hits.hhr.gz" > hits.hhr
ls deep few single | grep -c pdb
ls -d bad/q* bad/t* bad/l* bad/u* 2> /dev/null
