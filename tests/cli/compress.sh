# Weights in fewer bits: sizes and losses, files, what runs on them, what is refused. SPDX-License-Identifier: MIT
random_model flashabb proteinmpnn_v_48_020 alphafold2_ptm_model_3
pleat_run models compress flashabb | sed 's/ [0-9.e-]*$/ LOSS/'
pleat_run models compress flashabb --output x.h5
pleat_run models compress flashabb --precision bf16 --quiet
pleat_run models compress flashabb --precision int8 --output small.h5 --json | grep -c bits
pleat_run models compress flashabb --precision bf8
pleat_run models compress flashabb --precision bf16 --output no/such/folder/x.h5
pleat_run models compress alphafold2_ptm_model_3 --precision int8
pleat_run models verify flashabb.bf16 small.h5
ls models *.h5
printf '>ab\nEVQLVESGGGLVQ:DIQMTQSPSSLSA\n' > ab.fasta
pleat_run predict ab.fasta out --model flashabb --precision bf16 --quiet
pleat_run predict ab.fasta out --model flashabb --weights small.h5 --quiet
pleat_run predict ab.fasta out8 --model flashabb --weights small.h5 --precision int8 --quiet
pleat_run predict ab.fasta out --model flashabb --precision half
grep -ho '"precision": "[a-z0-9]*"' out/*scores*.json out8/*scores*.json
rm models/flashabb.bf16.h5
pleat_run predict ab.fasta again --model flashabb --precision bf16 --quiet
cmp out/ab_unrelaxed_rank_001_flashabb_seed_000.pdb again/ab_unrelaxed_rank_001_flashabb_seed_000.pdb && echo "the same bytes"
