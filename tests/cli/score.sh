# Scores by a model with random weights: totals, residues, every mutation, arrays; nothing depends on shards.
# SPDX-License-Identifier: MIT
random_model proteinmpnn_v_48_020
gzip -dc "$top/tests/golden/structure/6mrr.pdb.gz" > 6mrr.pdb
sequence=GWSTELEKHREELKEFLKKEGITNVEIRIDNGRLEVRVEGGTERLKRFLEELRQKLEKKGYTVDIKIE
pleat_run score 6mrr.pdb out --seed 3 --save-all --number_of_batches 3 --quiet
ls out
grep -E '"(name|model|seed|samples|mode|use_sequence|sequence)"' out/6mrr.json
grep -c '"residue_number"' out/6mrr.json
head -n 1 out/6mrr_mutations.csv
awk -F, 'NR > 1 { rows++; d = $7 - $6 - $8; if (d * d > 1e-10) bad++; if ($4 == $5) bad++; own[$2] = $6 } END {
  for (r in own) { sum -= own[r]; n++ }
  print rows, bad + 0, n; printf "%.4f\n", sum / n }' out/6mrr_mutations.csv > totals
head -n 1 totals
grep '"score"' out/6mrr.json | head -n 1 | sed 's/.*: \([0-9.]*\),/\1/' | awk '{ getline t < "totals"; getline t < "totals"; d = $1 - t; print d * d < 1e-6 ? "the mean of the residues" : $1 " " t }'
echo '# a fixed residue counts in global_score alone; a sequence of ones own is scored'
"$PLEAT" score 6mrr.pdb fixed --seed 3 --number_of_batches 3 --fixed_residues A1 -q
"$PLEAT" score 6mrr.pdb same --seed 3 --number_of_batches 3 --sequence $sequence -q
"$PLEAT" score 6mrr.pdb other --seed 3 --number_of_batches 3 --sequence "A${sequence#G}" -q
"$PLEAT" score 6mrr.pdb blind --seed 3 --number_of_batches 3 --use_sequence 0 -q
"$PLEAT" score 6mrr.pdb single --seed 3 --single_aa_score 1 -q
value() { grep "\"$2\":" $1/6mrr.json | head -n 1; }
[ "$(value out score)" = "$(value same score)" ] && echo 'its own sequence'
for folder in other blind single fixed; do [ "$(value out score)" = "$(value $folder score)" ] || echo "$folder differs"; done
for row in mode use_sequence fixed_residues; do value single $row; value fixed $row; done
pleat_run score 6mrr.pdb bad --sequence AAA --seed 1
pleat_run score 6mrr.pdb bad --sequence "${sequence}:A" --seed 1
pleat_run score 6mrr.pdb out --seed 3 --save-all --number_of_batches 3 --quiet
pleat_run score 6mrr.pdb out --seed 4 --quiet
