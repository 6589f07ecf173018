# A real prediction: its files, what a rerun does, what the model refuses, and one bad sequence among good ones.
# SPDX-License-Identifier: MIT
need_model flashabb
printf '>ab\nEVQLLESGGEVKKPGASVKVSCRASGYTFRNYGLTWVRQAPGQGLEWMGWISAYNGNTNYAQKFQGRVTLTTDTSTSTAYMELRSLRSDDTAVYFCARDVPGHGAAFMDVWGTGTTVTVSS:DIQLTQSPLSLPVTLGQPASISCRSSQSLEASDTNIYLSWFQQRPGQSPRRLIYKISNRDSGVPDRFSGSGSGTHFTLRISRVEADDVAVYYCMQGTHWPPAFGQGTKVDIK\n' > ab.fasta
(cat ab.fasta; printf '>three\nEVQL:DIQM:EVQL\n>digit\nEV1L\n') > mixed.fasta
pleat_run predict ab.fasta out --save-all --quiet
ls out
grep -E '"(mean_plddt|sane|dlc)"' out/ab_scores_rank_001_flashabb_seed_000.json
stamp=$(ls -l --full-time out/ab_plddt.svg)
pleat_run predict ab.fasta out --quiet
[ "$stamp" = "$(ls -l --full-time out/ab_plddt.svg)" ] && echo 'nothing done twice'
pleat_run predict ab.fasta again --threads 1 --quiet --format cif
cmp out/ab_unrelaxed_rank_001_flashabb_seed_000.cif again/ab_unrelaxed_rank_001_flashabb_seed_000.cif && echo 'same bytes'
pleat_run predict mixed.fasta out --quiet
pleat_run predict ab.fasta new --num-recycle 3
sed 's/://' ab.fasta > ab.a3m
pleat_run predict ab.a3m refused --quiet
pleat_run predict ab.fasta new --templates
pleat_run predict ab.fasta new --memory 1K
pleat_run predict ab.fasta new --random-seed 7
ls -d new 2>/dev/null
"$PLEAT" predict ab.fasta traced --trace trace.h5 --quiet && [ -s trace.h5 ] && echo 'trace written'
"$PLEAT" compare out/ab*.pdb out/ab*.cif | grep 'lDDT'
echo '$ pleat predict on a full disk'
(trap '' XFSZ; ulimit -f 8; "$PLEAT" predict ab.fasta full --quiet; echo "[exit $?]") 2>&1 | cat
ls full | grep -E 'done|pdb|cif|tmp'
pleat_run predict ab.fasta ideal --idealise --quiet
grep -E '"idealise"' ideal/ab_scores_rank_001_flashabb_seed_000.json
grep -cE '"idealise_moved_(rms|most)": [0-9]' ideal/ab_scores_rank_001_flashabb_seed_000.json
