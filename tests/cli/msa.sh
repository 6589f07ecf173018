# Alignments are converted, merged, filtered, paired and shown.
# SPDX-License-Identifier: MIT
golden=$top/tests/golden/msa
printf '>query\nACDEFGHIKL\n>tr|A0A001|A0A001_HUMAN\nACDEFGHIKV\n>tr|A0A002|A0A002_MOUSE\nAC--aFGHIKV\n>x OX=9\n--------KL\n' > a.a3m
printf '>other\nMNPQR\n>tr|B0B001|B0B001_MOUSE\nMNP-R\n>tr|B0B002|B0B002_HUMAN\nMMPQR\n' > b.a3m
pleat_run msa a.a3m
"$PLEAT" msa a.a3m --json | grep -E '"(rows|unique_rows|columns|mean_coverage)"'
pleat_run convert a.a3m a.sto
cat a.sto
pleat_run convert a.sto a.fasta
pleat_run convert a.fasta again.a3m
cmp a.a3m again.a3m && echo same
pleat_run convert a.a3m a.xyz
pleat_run msa $golden/uniref90_hits.sto.gz $golden/bfd_uniclust_hits.a3m.gz $golden/mgnify_hits.sto.gz all.a3m --limits 10000,0,501
gzip -c all.a3m > all.a3m.gz
pleat_run msa all.a3m.gz few.a3m --max-msa 20:80 --random-seed 7
pleat_run msa few.a3m some.a3m --unique --min-coverage 0.5 --min-identity 0.3 --max-identity 0.9 --max-rows 50
pleat_run msa a.a3m b.a3m pair.a3m --pair alphafold --copies 2,1
cat pair.a3m
pleat_run msa pair.a3m - --expand
pleat_run msa a.a3m b.a3m - --pair greedy --species taxid
pleat_run msa pair.a3m
pleat_run msa pair.a3m pair.sto
printf '>q\nACDEFGHIKW\n' > q.fasta
pleat_run msa a.a3m --query q.fasta
pleat_run msa a.a3m b.a3m out.a3m
pleat_run msa a.a3m out.a3m --min-coverage 2
pleat_run msa a.a3m out.a3m --limits 1,2
pleat_run msa a.a3m out.a3m --max-msa 0:1
pleat_run msa a.a3m b.a3m out.a3m --pair best
printf '>q\nACD\n>r\nAC\n' > bad.a3m
pleat_run msa bad.a3m
: > empty.a3m
pleat_run msa empty.a3m
pleat_run msa missing.a3m
pleat_run msa
ls
