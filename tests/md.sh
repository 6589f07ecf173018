#!/bin/sh
# Predictions handed to simulation codes: LAMMPS through its C library, GROMACS as a program and as `--relax gromacs`; needs
# the published weights of FlashABB in $PLEAT_MODELS, gromacs, liblammps-dev and mpicc.
# SPDX-License-Identifier: MIT
set -u
root=${top_srcdir:?} build=${top_builddir:?} PLEAT=${PLEAT:-${top_builddir:?}/pleat}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
fail() { echo "md.sh: $*"; exit 1; }
[ -f "${PLEAT_MODELS:-/nonexistent}/flashabb.h5" ] || { echo "md.sh: skipped: no flashabb.h5 in PLEAT_MODELS"; exit 77; }
cd "$work" || exit 99
fasta=$root/examples/antibody.fasta

# a missing gmx is one sentence, before anything is run
LD_LIBRARY_PATH=$build/.libs PATH=/nonexistent "$build/.libs/pleat" predict "$fasta" none --relax gromacs >said 2>&1
[ $? = 1 ] && [ "$(wc -l <said)" = 1 ] && grep -q 'gmx, which is not in PATH' said && [ ! -d none ] ||
  fail "a missing gmx: $(cat said)"

# mean, least and greatest C-N of a PDB file: sane chains lie within 1.33 +- 0.04
peptide_bonds() {
  awk '/^ATOM/ { atom = substr($0, 13, 4); gsub(/ /, "", atom); chain = substr($0, 22, 1); x = substr($0, 31, 8); y = substr($0, 39, 8); z = substr($0, 47, 8)
      if (atom == "N" && chain == before) { d = sqrt((x - cx)^2 + (y - cy)^2 + (z - cz)^2); sum += d; n++; if (!least || d < least) least = d; if (d > most) most = d }
      if (atom == "C") { cx = x; cy = y; cz = z; before = chain } }
    END { printf "%.3f %.3f %.3f %d\n", sum / n, least, most, n }' "$1"
}
good_bonds() { echo "$1" | awk '{ exit !($1 > 1.32 && $1 < 1.35 && $2 > 1.29 && $3 < 1.38 && $4 == 231) }'; }
if command -v gmx >/dev/null; then
  "$PLEAT" predict "$fasta" out --relax gromacs -q || fail "--relax gromacs: exit $?"
  file=$(ls out/antibody_relaxed_rank_001_*.pdb) || fail "no relaxed file"
  before=$(peptide_bonds "$(ls out/antibody_unrelaxed_rank_001_*.pdb)") after=$(peptide_bonds "$file")
  good_bonds "$before" && fail "FlashABB's own bonds are sane already: $before"
  good_bonds "$after" || fail "relaxed bonds: $after"
  grep -q '^REMARK   1 RMSD TO THE PREDICTION 0\.[0-9]* ANGSTROM' "$file" || fail "no RMSD in the file"
  [ "$(grep -c ' CA ' "$file")" = 233 ] || fail "atoms are missing"
  "$PLEAT" predict "$fasta" again --relax gromacs -q --threads 1 || fail "again"
  cmp "$file" "again/${file#out/}" || fail "relaxing twice gives other bytes"
  echo "md.sh: --relax gromacs: C-N $before -> $after; $(sed -n 's/.*relaxed by/relaxed by/p' out/log.txt)"
  printf '#!/bin/sh\nexec "%s" "$@"\n' "$PLEAT" >pleat; chmod +x pleat
  PATH=$work:$PATH "$root/examples/gromacs/relax.sh" "$fasta" script -q >said 2>&1 || fail "examples/gromacs: $(cat said)"
  grep -q '_gromacs_.* kJ/mol' said || fail "examples/gromacs: $(cat said)"
  echo "md.sh: examples/gromacs: $(tail -n 1 said)"
else
  echo "md.sh: GROMACS left out: no gmx"
fi
lammps=$(echo '#include <lammps/library.h>' | mpicc -DLAMMPS_LIB_MPI -fsyntax-only -x c - 2>/dev/null && echo yes)
if [ "$lammps" = yes ]; then
  mpicc -std=c11 -Wall -Wextra -I"$root/include" "$root/examples/lammps/minimise.c" -L"$build/.libs" -lpleat -llammps -lm \
    -o minimise || fail "examples/lammps does not compile"
  for ranks in 1 2; do
    LD_LIBRARY_PATH=$build/.libs mpirun --allow-run-as-root --oversubscribe -np $ranks ./minimise "$(sed -n 2p "$fasta")" >said 2>&1 ||
      fail "examples/lammps on $ranks: $(cat said)"
    tail -n 1 said | awk '{ exit !($3 > $5 && $11 > 1.30 && $11 < 1.36) }' || fail "examples/lammps on $ranks: $(cat said)"
    echo "md.sh: examples/lammps, $ranks ranks: $(tail -n 1 said)"
  done
else
  echo "md.sh: LAMMPS left out: no liblammps-dev or mpicc"
fi
