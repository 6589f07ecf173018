# Frame2seq with random weights: designs and scores of one chain, its tables, and what it cannot do.
# SPDX-License-Identifier: MIT
random_model frame2seq
gzip -dc "$top/tests/golden/structure/6mrr.pdb.gz" > 6mrr.pdb
pleat_run design 6mrr.pdb out --model frame2seq --seed 3 --batch_size 2 --temperature 1 --fixed_residues 'A1 A3' --quiet
find out -type f | sort
grep '>' out/seqs/6mrr.fa | sed 's/=[0-9][0-9]*\.[0-9][0-9][0-9][0-9]/=X/g'
awk '!/>/ { printf "%s ", substr($0, 1, 1) substr($0, 3, 1) } END { print "" }' out/seqs/6mrr.fa
head -n 1 out/scores/6mrr_seq2.csv
wc -l < out/scores/6mrr_seq2.csv
pleat_run score 6mrr.pdb scores --model frame2seq --seed 3 --quiet
find scores -type f | sort
grep '"mode"' scores/6mrr.json
pleat_run score 6mrr.pdb bad --model frame2seq --seed 3 --autoregressive_score 1
pleat_run design 6mrr.pdb bad --model frame2seq --seed 3 --transmembrane_buried A1
pleat_run design "$top/tests/golden/mpnn/2gfb.pdb.gz" bad --model frame2seq --seed 3
