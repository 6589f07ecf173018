# Several models and seeds with the seeded parameters of the large golden files, where they are: ranks, order, kills, stops.
# SPDX-License-Identifier: MIT
golden=${PLEAT_GOLDEN:-$top/../shared/golden}/alphafold2/params_monomer_ptm.npz
[ -f "$golden" ] || exit 77
for n in 1 2 3; do "$PLEAT" models import "$golden" --model alphafold2_ptm_model_$n --models-dir models >/dev/null 2>&1; done
PLEAT_MODELS=$PWD/models; export PLEAT_MODELS
printf '>one\nMKTAYIAKQRQISFV\n' > one.fasta
(cat one.fasta; printf '>two\nGSHMEELVKA\n') > both.fasta
printf '>a\nMKTAYIAKQRQISFV\n>b\nMKTAYIGKERQISFV\n>c\nMRTAY-AKQRNISFV\n' > one.a3m
fold() { pleat_run predict "$@" --num-recycle 1 --max-msa 8:16 --quiet | grep -v 'chain is broken'; }
six='--model alphafold2_ptm --num-models 3 --num-seeds 2 --random-seed 5'
fold one.fasta out --msa one.a3m $six
ls -A out
grep -E '^(one: rerank|rank_)' out/log.txt | sed 's/ pLDDT.*//'
best=$(grep -oE 'rank_001_[a-z0-9_]*' out/log.txt)
[ -f out/one_unrelaxed_$best.pdb ] && echo 'the log names the best file'
worse() { sed 's/.*"mean_plddt": *\([0-9.]*\).*/\1/' out/one_scores_rank_00$1_*.json; }
for n in 1 2 3 4 5; do [ "$(printf '%s\n%s\n' "$(worse $n)" "$(worse $((n + 1)))" | sort -rn | head -1)" = "$(worse $n)" ] || echo "rank $n is worse"; done
stamp=$(ls -l --full-time out | grep -v log.txt)
fold one.fasta out --msa one.a3m $six
[ "$stamp" = "$(ls -l --full-time out | grep -v log.txt)" ] && echo 'nothing done twice'
same() { for file in "$1"/*_rank_* "$1"/*_plddt.svg "$1"/*_v1.json; do cmp "$file" "$2/$(basename "$file")" || return 1; done; echo 'same bytes'; }
for n in 1 3; do fold one.fasta t$n --msa one.a3m $six --threads $n; same out t$n; done
# killed with some predictions there: only what is missing is made
"$PLEAT" predict one.fasta killed --msa one.a3m $six --num-recycle 1 --max-msa 8:16 --quiet 2>/dev/null & child=$!
for i in $(seq 600); do [ $(ls -A killed 2>/dev/null | grep -c record) -ge 2 ] && break; sleep 0.05; done
kill -9 $child; wait $child 2>/dev/null
ls killed | grep -c _rank_
rm -f killed/log.txt
fold one.fasta killed --msa one.a3m $six
[ $(grep -c 'seed_.*residues' killed/log.txt) -lt 6 ] && echo 'some were there'
same out killed; ls -A killed | grep -c '^\.'
# other choices
fold one.fasta order --msa one.a3m --model alphafold2_ptm --model-order 3,1 --rank ptm
ls order | grep -c rank_00
grep rerank order/log.txt
fold both.fasta stop --msa none --model alphafold2_ptm --num-models 3 --stop-at-score 10
ls stop | grep pdb
# fewer models on top of what was there: asked for, and then nothing stale stays
fold one.fasta out --msa one.a3m --model alphafold2_ptm_model_2
fold one.fasta out --msa one.a3m --model alphafold2_ptm_model_2 --overwrite-existing-results
ls out | grep _rank_
for bad in '--num-seeds 0' '--num-seeds two' '--num-models 6' '--model-order 1,9' '--model-order 1,1' '--rank best' \
  '--rank multimer' '--stop-at-score high' '--weights x.npz' '--model alphafold2_ptm_model_1 --num-models 2' '--model nothing'; do
  fold one.fasta bad --msa none --model alphafold2_ptm $bad
done
ls bad 2>/dev/null
