#!/bin/sh
# SPDX-License-Identifier: MIT
#SBATCH --job-name=pleat
#SBATCH --array=0-3
#SBATCH --ntasks=1 --cpus-per-task=1
#SBATCH --mem=1G --time=01:00:00
#SBATCH --requeue --open-mode=append --signal=B:USR1@60
# Many proteins as an array: sbatch array.sh IN OUTDIR [options of pleat predict]
#
# Each task begins with its share of the list and then takes what the others have not begun; tasks may start late, die or be
# added by another sbatch. `pleat plan IN --slurm` prints --mem and --time. A minute before the time is up Slurm sends USR1:
# pleat keeps what it has and exits with 5, and the task goes back into the queue to go on from there.
pleat predict "$@" &
child=$!
trap 'kill -USR1 $child' USR1 TERM
code=0; wait $child || code=$?
while kill -0 $child 2>/dev/null; do code=0; wait $child || code=$?; done
[ $code = 5 ] && [ "${SLURM_RESTART_COUNT:-0}" -lt 20 ] && scontrol requeue "${SLURM_ARRAY_JOB_ID:-$SLURM_JOB_ID}${SLURM_ARRAY_TASK_ID:+_$SLURM_ARRAY_TASK_ID}"
exit $code
