#!/bin/sh
# SPDX-License-Identifier: MIT
#SBATCH --job-name=pleat-ranks
#SBATCH --ntasks=2 --cpus-per-task=1
#SBATCH --mem-per-cpu=1G --time=01:00:00
#SBATCH --requeue --open-mode=append
# One large protein on many nodes: sbatch --ntasks=8 --ntasks-per-node=1 --cpus-per-task=32 ranks.sh IN OUTDIR [options of pleat predict]
#
# Each task has its rows of the alignment and of the pairs. `pleat plan IN --ranks 8` says what memory it needs. The weights are mapped
# from the file: tasks of one node hold them once. When a task dies all end; the same job goes on from the checkpoint, with any number.
exec srun --mpi="${PLEAT_SRUN_MPI:-pmix}" --kill-on-bad-exit=1 pleat_mpi predict "$@"
