# Features written by pleat msa, and the prediction on them against the one on the alignment; what cannot be written.
# SPDX-License-Identifier: MIT
gzip -dc "$top/tests/golden/msa/bfd_uniclust_hits.a3m.gz" > hits.a3m
(printf '>q\n'; sed -n 2p hits.a3m) > q.fasta
printf '>other\nMKTAYIAKQR\n' > other.fasta
printf '>q\nMKTAY:IAKQR\n' > two.fasta
printf '#5,5\t1,1\n>q\nMKTAYIAKQR\n' > two.a3m
pleat_run msa hits.a3m same.a3m --query q.fasta --save-features q.h5 --model alphafold2_ptm_model_3 --max-msa 8:16 --num-recycle 1 --random-seed 3
pleat_run msa hits.a3m named.a3m --save-features row.h5 --max-msa 4:4 --num-recycle 0 --quiet
pleat_run msa hits.a3m other.a3m --query other.fasta --save-features no.h5
pleat_run msa two.a3m out.a3m --save-features no.h5
pleat_run msa hits.a3m out.a3m --save-features no.h5 --model flashabb
pleat_run msa hits.a3m out.a3m --save-features no.h5 --model nothing
pleat_run msa hits.a3m out.a3m --save-features no.h5 --num-recycle many
pleat_run msa hits.a3m out.a3m --save-features no.h5 --max-msa 8
pleat_run msa hits.a3m out.a3m --save-features missing/no.h5
{ printf '#15,20\t1,1\n>101\t102\nGSHMEELVKAHKQLAMKTAYIAKQRQISFVKSHFS\n>p1\tp2\nGSHMDELVRAHKQLAMKSAYIAKQaaRQISYVKSHFS\n'
  printf '>p3\tp4\nGAHMEELVKSHKELAMKTAYLAKQRQVSF--SHFS\n>b1\nGSHMEELIKAHRQLA--------------------\n'; } > het.a3m
printf '>het\nMKTAYIAKQRQISFVKSHFS:GSHMEELVKAHKQLA\n' > het.fasta
pleat_run msa het.a3m same.a3m --save-features het.h5 --model alphafold2_multimer_v3_model_1 --num-recycle 1 --random-seed 3
ls *.h5
golden=${PLEAT_GOLDEN:-$top/../shared/golden}/alphafold2
if [ -f "$golden/params_monomer_ptm.npz" ]; then
  fold() { "$PLEAT" predict "$@" --num-recycle 1 --quiet 2>/dev/null; }
  monomer="--model alphafold2_ptm_model_3 --weights $golden/params_monomer_ptm.npz --max-msa 8:16"
  complex="--model alphafold2_multimer_v3_model_1 --weights $golden/params_multimer_v3.npz"
  same() { cmp $1/$3_unrelaxed*.pdb $2/$3_unrelaxed*.pdb && cmp $1/$3_pred*.json $2/$3_pred*.json; }
  fold q.fasta one --msa hits.a3m --random-seed 3 $monomer
  fold q.fasta two --features q.h5 --random-seed 3 $monomer
  fold q.fasta three --msa hits.a3m --random-seed 4 $monomer
  same one two q || echo 'other bytes on stored features'
  same one three q > /dev/null && echo 'another seed changes nothing'
  "$PLEAT" msa het.a3m same.a3m --query het.fasta --save-features het.h5 --model alphafold2_multimer_v3_model_1 --num-recycle 1 --random-seed 3 --quiet
  fold het.fasta one --msa het.a3m --random-seed 3 $complex
  fold het.fasta two --features het.h5 --random-seed 3 $complex
  same one two het || echo 'other bytes on a complex'
fi
