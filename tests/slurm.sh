#!/bin/sh
# The scripts of examples/slurm on a Slurm of one node that this test starts and stops; needs root and the packages slurmctld,
# slurmd, slurm-client and munge. Models have random weights.
# SPDX-License-Identifier: MIT
set -u
root=${top_srcdir:?} build=${top_builddir:?}
skip() { echo "slurm.sh: skipped: $*"; exit 77; }
fail() { echo "slurm.sh: $*"; tail -n 5 "$work"/*.log "$work"/*.out 2>/dev/null; exit 1; }
for program in slurmctld slurmd sbatch srun munged; do
  PATH=$PATH:/usr/sbin command -v $program >/dev/null || skip "no $program"
done
[ "$(id -u)" = 0 ] || skip "Slurm's daemons are started as root"
PATH=$PATH:/usr/sbin
work=$(mktemp -d "${TMPDIR:-/tmp}/pleat-slurm-XXXXXX") || exit 99
chmod 755 "$work"
stop() {
  for name in slurmd slurmctld munged; do [ -f "$work/$name.pid" ] && kill "$(cat "$work/$name.pid")" 2>/dev/null; done
  sleep 1
  rm -rf "$work"
}
trap stop EXIT
trap 'exit 130' INT TERM

# munged insists on folders of its own user
mkdir -p "$work/state" "$work/spool" "$work/munge"
port=$((3000 + $$ % 2000))
sed -e "s|@folder@|$work|" -e "s|@port@|$port|" "$root/tests/slurm/slurm.conf.in" >"$work/slurm.conf"
SLURM_CONF=$work/slurm.conf; export SLURM_CONF
dd if=/dev/urandom of="$work/munge/key" bs=1 count=1024 2>/dev/null
chmod 400 "$work/munge/key"
munged --force --key-file="$work/munge/key" --socket="$work/munge.socket" --pid-file="$work/munged.pid" \
  --log-file="$work/munge/munged.log" --seed-file="$work/munge/seed" || fail "munged does not start"
slurmctld -f "$SLURM_CONF" || fail "slurmctld does not start"
slurmd -f "$SLURM_CONF" -N localhost || fail "slurmd does not start"
n=0; until [ "$(sinfo -h -p predict -o %T 2>/dev/null)" = idle ]; do n=$((n + 1)); [ $n -lt 120 ] || fail "no idle node"; sleep 0.5; done

# pleat as jobs find it
mkdir "$work/bin"
printf '#!/bin/sh\nexec "%s/pleat" "$@"\n' "$build" >"$work/bin/pleat"
chmod +x "$work/bin/pleat"
PATH=$work/bin:$PATH
mkdir "$work/models"
"$build/tests/random_models" "$work/models" flashabb alphafold2_ptm_model_3 || fail "no models"
PLEAT_MODELS=$work/models; export PATH PLEAT_MODELS
cd "$work" || exit 99
i=10; while [ $i -lt 30 ]; do printf '>ab%d\nEVQLLESGGEVKKPGASVKVSCRA:%s\n' $i "$(echo DIQLTQSPLSLPVTLGQPASISCRSSQSLE | cut -c1-$i)"; i=$((i + 1)); done >many.fasta
pleat predict many.fasta alone --quiet 2>/dev/null
same() { for file in "$1"/*rank* "$1"/*.done.txt; do cmp "$file" "$2/${file##*/}" || fail "$2 is not what one process leaves"; done; }
settle() { # until no job is left; a requeued one waits for no backoff
  n=0
  while [ -n "$(squeue -h -o %i)" ]; do
    squeue -h -t PENDING -o %i | while read -r job; do scontrol update jobid="$job" StartTime=now 2>/dev/null; done
    n=$((n + 1)); [ $n -lt 300 ] || fail "jobs do not end: $(squeue)"
    sleep 0.5
  done
}

# what plan prints is a job that Slurm takes
pleat plan many.fasta --slurm | sed 's/OUTDIR/planned --quiet/' >plan.sh
sed -i "s|--requeue|--requeue --output=$work/plan.out|" plan.sh
sbatch --wait plan.sh >/dev/null; same alone planned
echo "slurm.sh: plan --slurm: good"

sbatch --output="array_%a.out" "$root/examples/slurm/array.sh" many.fasta array --quiet --batch-size 2 >/dev/null; settle
same alone array
echo "slurm.sh: array of 4 tasks: good"

sbatch --output=farm.out "$root/examples/slurm/farm.sh" many.fasta farm --quiet --batch-size 2 >/dev/null; settle
same alone farm
echo "slurm.sh: farm: good"

# stopped in the middle by Slurm's signal: goes back into the queue and on
i=0; while [ $i -lt 6 ]; do printf '>p%d\nMKTAYIAKQRQISFVKSHFSRQLEERLGLIEVQAPILSRVGDGTQDNLSGAEKAVQVKVKALPDAQFEVVHSLAKWKR\n' $i; i=$((i + 1)); done >slow.fasta
slow="slow.fasta slow --model alphafold2_ptm_model_3 --msa none --num-recycle 3 --quiet"
job=$(sbatch --parsable --array=0 --output=slow.out "$root/examples/slurm/array.sh" $slow)
n=0; until [ -f slow/p0.done.txt ] || [ $n -gt 300 ]; do n=$((n + 1)); sleep 0.2; done
scancel --batch --signal=USR1 "$job"; settle
grep -q 'goes on from there' slow.out || fail "USR1 did not stop the job"
[ "$(ls slow/*.done.txt | wc -l)" = 6 ] || fail "a requeued job did not end"
# killed hard, then requeued by hand
mv slow before
job=$(sbatch --parsable --array=0 --output=killed.out "$root/examples/slurm/array.sh" $slow)
n=0; until [ -f slow/p0.done.txt ] || [ $n -gt 300 ]; do n=$((n + 1)); sleep 0.2; done
scontrol requeue "$job" ; settle
same before slow
echo "slurm.sh: stopped, requeued: good"

# one protein by two tasks of MPI
if [ -x "$build/pleat_mpi" ]; then
  printf '#!/bin/sh\nexec "%s/pleat_mpi" "$@"\n' "$build" >"$work/bin/pleat_mpi"
  chmod +x "$work/bin/pleat_mpi"
  head -n 2 slow.fasta >p.fasta
  together="--model alphafold2_ptm_model_3 --msa none --num-recycle 1 --quiet"
  pleat predict p.fasta one $together 2>/dev/null
  sbatch --output=ranks.out "$root/examples/slurm/ranks.sh" p.fasta ranks $together --parallel ranks >/dev/null; settle
  same one ranks
  echo "slurm.sh: one protein by two tasks: good"
fi

if command -v jackhmmer >/dev/null; then
  grep -v '^>' slow.fasta | head -n 1 | sed 's/^/>db1\n/' >db.fasta
  printf '>q\n%s\n' "$(sed -n 2p slow.fasta)" >q.fasta
  "$root/examples/slurm/search_then_predict.sh" search predict q.fasta chained jackhmmer:$work/db.fasta alphafold2_ptm_model_3 \
    --num-recycle 0 --quiet || fail "no chain of jobs"
  settle
  [ -f chained/msas/q.a3m ] && [ -f chained/q.done.txt ] || fail "search, then predict: $(ls chained chained/msas)"
  echo "slurm.sh: search, then predict: good"
else
  echo "slurm.sh: search, then predict: left out, no jackhmmer"
fi
