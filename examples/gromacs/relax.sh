#!/bin/sh
# Predicts and then relaxes with GROMACS: relax.sh IN OUTDIR [options of pleat predict]; here each step can be changed.
# SPDX-License-Identifier: MIT
#
# `pleat predict --relax gromacs` does the same in one go, keeps chains and numbers, and says how far atoms moved.
set -eu
in=$1 out=$2
shift 2
pleat predict "$in" "$out" --format pdb "$@"
out=$(cd "$out" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/em.mdp" <<'MDP'
define = -DPOSRES
integrator = steep
nsteps = 500
emtol = 10
cutoff-scheme = Verlet
coulombtype = Reaction-Field
epsilon_rf = 0
rcoulomb = 1.2
rvdw = 1.2
pbc = xyz
refcoord_scaling = com
MDP
for file in "$out"/*_unrelaxed_rank_*.pdb; do
  name=$(basename "$file" .pdb | sed 's/_unrelaxed_/_gromacs_/')
  cd "$work"
  gmx -quiet -nobackup pdb2gmx -f "$file" -o all.g96 -p all.top -i all.itp -ff amber99sb-ildn -water none -ignh >log 2>&1
  gmx -quiet -nobackup editconf -f all.g96 -o box.g96 -d 3.0 -c >>log 2>&1
  gmx -quiet -nobackup grompp -f em.mdp -c box.g96 -r box.g96 -p all.top -o em.tpr -maxwarn 3 >>log 2>&1
  gmx -quiet -nobackup mdrun -deffnm em -c em.g96 -ntmpi 1 -ntomp "${SLURM_CPUS_PER_TASK:-1}" >>log 2>&1
  gmx -quiet -nobackup editconf -f em.g96 -o "$out/$name.pdb" >>log 2>&1
  echo "$name: $(sed -n 's/^Potential Energy *= *//p' em.log | tail -n 1) kJ/mol"
done
