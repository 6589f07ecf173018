#!/bin/sh
# SPDX-License-Identifier: MIT
#SBATCH --job-name=pleat-farm
#SBATCH --ntasks=2 --cpus-per-task=1
#SBATCH --mem-per-cpu=1G --time=01:00:00
#SBATCH --requeue --open-mode=append
# Many proteins on many nodes in one job: sbatch --ntasks=64 farm.sh IN OUTDIR [options of pleat predict]
#
# One process a task, on as many nodes as the tasks take; they share the list through OUTDIR alone, which all nodes must see.
# The weights of a model are mapped from the file, so that the processes of a node hold them once. One that dies leaves its
# work to the others. Programs of your own that use MPI: examples/mpi/farm.c, by srun --mpi=pmix.
exec srun --kill-on-bad-exit=0 pleat predict "$@"
