# What the command line gets wrong is said in one sentence, with a hint, and exits 1.
# SPDX-License-Identifier: MIT
pleat_run predict
pleat_run predict in.fasta
pleat_run predict in.fasta out extra
pleat_run predict in.fasta out --wieghts x
pleat_run predict in.fasta out --frobnicate
pleat_run predict in.fasta out --threads many
pleat_run predict in.fasta out --threads 0
pleat_run predict in.fasta out --threads
pleat_run predict in.fasta out --memory lots
pleat_run predict in.fasta out --precision fp16
pleat_run predict in.fasta out --shard 3/3
pleat_run predict in.fasta out --format pdb,xyz
pleat_run predict in.fasta out --quiet=yes
pleat_run predict in.fasta out -x
pleat_run compare a.pdb --per_residu
pleat_run models
pleat_run models frobnicate
pleat_run models info nonsense
pleat_run selftest now
ls
