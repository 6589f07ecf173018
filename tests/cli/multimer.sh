# AlphaFold-Multimer with random weights: a heterodimer, a homodimer, chains paired from a folder, and what is refused.
# SPDX-License-Identifier: MIT
model=alphafold2_multimer_v3_model_1 monomer=alphafold2_ptm_model_3
random_model $model $monomer
printf '>het\nMKTAYIAKQRQISFVKSHFS:GSHMEELVKAHKQLA\n' > het.fasta
printf '>homo\nMKTAYIAKQRQISFVK:MKTAYIAKQRQISFVK\n' > homo.fasta
tab=$(printf '\t')
# a complex alignment with its chains the other way round: two paired rows, then each chain's own
{ echo "#15,20${tab}1,1"; printf '>101\t102\nGSHMEELVKAHKQLAMKTAYIAKQRQISFVKSHFS\n>p1\tp2\nGSHMDELVRAHKQLAMKSAYIAKQaaRQISYVKSHFS\n'
  printf '>p3\tp4\nGAHMEELVKSHKELAMKTAYLAKQRQVSF--SHFS\n>b1\nGSHMEELIKAHRQLA--------------------\n'
  printf '>a1\n---------------MRTAYIAKQRQLSFVKTHFS\n>a2\n---------------MRTGYIAKQKQLSFVKTH--\n'; } > het.a3m
printf '>homo\nMKTAYIAKQRQISFVK\n>h1\nMKSAYIAKQRQLSFVK\n>h2\nMRTAYLAKQgRQISF-K\n' > homo.a3m
fold() { pleat_run predict "$@" --model $model --quiet; }
keys() { grep -oE '"(iptm|ptm|ranking_confidence|chain_pair_iptm|chain_ptm|chain_mean_plddt)":' "$1" | sort; }
fold het.fasta out --msa het.a3m --num-recycle 1 --random-seed 3 2>/dev/null
ls out
keys out/het_scores_rank_001_${model}_seed_003.json
grep -c '^ATOM.\{17\}A' out/het_unrelaxed*.pdb
grep -c '^ATOM.\{17\}B' out/het_unrelaxed*.pdb
grep -oE '(recycle=.*pLDDT|ipTM)' out/log.txt
for n in 1 2 3; do fold het.fasta t$n --msa het.a3m --num-recycle 1 --random-seed 3 --threads $n >/dev/null 2>&1; done
for n in 2 3; do cmp t1/het_scores*.json t$n/het_scores*.json && cmp t1/het_unrelaxed*.cif t$n/het_unrelaxed*.cif && echo "same bytes with 1 and $n threads"; done
fold homo.fasta homo --msa homo.a3m --num-recycle 0 2>/dev/null
grep -oE '"chain_ptm": \[[^,]*,[^,]*\]' homo/homo_scores*.json | tr ',' '\n' | wc -l
fold homo.fasta alone --msa none --num-recycle 0 2>/dev/null
fold homo.fasta without
# other models' files and queries
pleat_run predict het.fasta mono --model $monomer --msa het.a3m --quiet
pleat_run predict het.fasta mono --model $monomer --weights models/$model.h5 --msa none --quiet
pleat_run predict het.fasta mono --model $model --weights models/$monomer.h5 --msa none --quiet
# one alignment a chain, in a folder: rows are paired by species
mkdir chains both
printf '>q\nMKTAYIAKQRQISFVKSHFS\n>tr|A0A001|A0A001_9BRAD/1-20\nMKSAYIAKQRQISYVKSHFS\n>tr|A0A002|A0A002_HUMAN\nMRTAYIAKQRQLSFVKTHFS\n>sp|P00001|P1_HUMAN\nMRTGYIAKQRQLSFVKTHFS\n' > chains/het_A.a3m
printf '>q\nGSHMEELVKAHKQLA\n>tr|A0A003|A0A003_HUMAN\nGSHMDELVRAHKQLA\n>sp|P00002|P2_HUMAN\nGSHMDELVRAHKELA\n>tr|A0A004|A0A004_YEAST\nGAHMEELVKSHKELA\n' > chains/het_B.a3m
paired() { pleat_run predict het.fasta paired_$1_$2 --model $model --num-recycle 0 --msa chains --pair-mode $1 --pair-strategy $2 --verbose 2>&1 | grep -E 'rows paired|exit'; }
paired unpaired_paired greedy
paired unpaired_paired complete
paired unpaired_paired alphafold
paired paired greedy
paired unpaired greedy
cmp -s paired_unpaired_paired_greedy/*scores*.json paired_paired_greedy/*scores*.json || echo 'other rows, another answer'
sed 's/tr|[^ ]*_HUMAN/& OS=Homo sapiens OX=9606/; s/sp|[^ ]*_HUMAN/& OX=9606/; s/|/-/g; s/_/-/g' chains/het_A.a3m > both/het_A.a3m
fold het.fasta bad --msa both
sed 's/tr|[^ ]*_HUMAN/& OS=Homo sapiens OX=9606/; s/sp|[^ ]*_HUMAN/& OX=9606/; s/|/-/g; s/_/-/g' chains/het_B.a3m > both/het_B.a3m
pleat_run predict het.fasta taxid --model $model --num-recycle 0 --msa both --verbose 2>&1 | grep -E 'rows paired|exit'
mkdir one
cp homo.a3m one/homo_A.a3m
fold homo.fasta one_chain --msa one --num-recycle 0 2>/dev/null
cmp one_chain/*.cif homo/*.cif && echo 'the same alignment'
fold het.fasta bad --msa het.a3m --pair-strategy complete
fold het.fasta bad --msa chains --pair-mode both
pleat_run predict het.fasta bad --model $monomer --msa none --pair-mode paired --quiet
# alignments that do not fit
fold het.fasta bad --msa homo.a3m
fold homo.fasta bad --msa het.a3m
sed "1s/.*/#15,20${tab}2,1/" het.a3m > copies.a3m
sed "1s/.*/#15,21${tab}1,1/" het.a3m > total.a3m
sed "1s/.*/#14,21${tab}1,1/" het.a3m > shifted.a3m
for name in copies total shifted; do fold het.fasta bad --msa $name.a3m; done
(printf '>many\n'; for n in $(seq 63); do printf 'MKTAY:'; done; echo MK) > many.fasta
fold many.fasta bad --msa none
printf '>odd\nMKTAY:GSHOM\n' > odd.fasta
fold odd.fasta bad --msa none
