#!/bin/sh
# SPDX-License-Identifier: MIT
#SBATCH --job-name=pleat-msa
#SBATCH --ntasks=1 --cpus-per-task=1
#SBATCH --mem=1G --time=01:00:00
#SBATCH --requeue --open-mode=append
# Alignments for a list of sequences: sbatch search.sh IN OUTDIR --search PROGRAM:DATABASE; run again, it does what is missing
exec pleat msa "$@"
