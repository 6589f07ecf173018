# What predictions leave beside the structures: A3M inputs, alignments, plots, recycles, representations, archives, ModelCIF.
# SPDX-License-Identifier: MIT
model=alphafold2_multimer_v3_model_1 monomer=alphafold2_ptm_model_3
random_model $model $monomer
tab=$(printf '\t')
mkdir in
{ echo "#6,4${tab}2,1"; printf '>101\t102\nMKTAYIGSHM\n>p\tq\nMRTAYLGAHM\n>a\nMKSA-I----\n'; } > in/dimer.a3m
printf '>q\nMKTAYIAKQR\n>a\nMKTGYIgsAKER\n' > in/one.a3m
printf '>three\nGSH\n' > in/three.fasta
fold() { pleat_run predict "$@" --num-recycle 1 --quiet | grep -v 'chain is broken'; }
# an alignment is job and alignment in one; the same bits as from its sequence and --msa
fold in/dimer.a3m out --model $model --random-seed 3 --format pdb
ls out
head -2 out/dimer.a3m
head -c 4 out/dimer_pae.png | tail -c 3; echo
grep -cE '"(plddt|pae|max_pae|ptm|iptm|chain_pair_iptm|seed|version|weights_sha256)":' out/dimer_scores*.json
grep -oE '^(Query.*|.*_seed_003 recycle=[01] pLDDT)' out/log.txt | sed 's/.*info: //'
printf '>dimer\nMKTAYI:MKTAYI:GSHM\n' > dimer.fasta
fold dimer.fasta same --model $model --random-seed 3 --format pdb --msa in/dimer.a3m
cmp out/dimer_unrelaxed*.pdb same/dimer_unrelaxed*.pdb && cmp out/dimer.a3m same/dimer.a3m && cmp out/dimer_coverage.png same/dimer_coverage.png && echo 'same bytes'
fold in/one.a3m bad --model $monomer --msa in/one.a3m
fold in/one.a3m alone --model $monomer --msa none --format cif
cat alone/one.a3m
# a folder of both, in any order
for order in length none random size; do
  "$PLEAT" plan in --model $model --msa none --sort-queries-by $order --batch-size 1 2>&1 | awk 'NF > 4 && $2 == 1 { print $1 } /wants/'
done
# every pass, representations, ModelCIF
fold in/one.a3m more --model $monomer --save-recycles --save-single-representations --save-pair-representations --save-all
ls more | grep -E 'r[0-9]|repr'
for what in single pair; do head -c 128 more/one_${what}_repr*.npy | tail -c 118 | sed 's/ *$//'; done
cmp more/one_unrelaxed_rank_001_${monomer}_seed_000.pdb more/one_unrelaxed_rank_001_${monomer}_seed_000.r1.pdb && echo 'the last pass is the structure'
cmp -s more/one_unrelaxed_rank_001_${monomer}_seed_000.pdb more/one_unrelaxed_rank_001_${monomer}_seed_000.r0.pdb || echo 'the first is another'
cif=more/one_unrelaxed_rank_001_${monomer}_seed_000.cif
grep -A8 '^_ma_qa_metric.software_group_id' $cif
grep -cE '^[0-9]+ 1 A [0-9]+ [A-Z]+ A [0-9]+ [A-Z]+ 3 [0-9.]+$' $cif
grep -E "coevolution MSA|'pTM'" $cif
# archives: complete, repeatable, and a rerun does nothing
fold in/dimer.a3m zip1 --model $model --num-seeds 2 --format pdb --zip
ls zip1
python3 -c "import zipfile; z = zipfile.ZipFile('zip1/dimer.result.zip'); print(z.testzip(), *z.namelist(), sep='\n')"
stamp=$(ls -l --full-time zip1)
fold in/dimer.a3m zip1 --model $model --num-seeds 2 --format pdb --zip
[ "$stamp" = "$(ls -l --full-time zip1)" ] && echo 'nothing done twice'
