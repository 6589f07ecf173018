#!/bin/sh
# The bindings: Fortran and Python against the library just built, with random weights; MPI by its example where it is there.
# SPDX-License-Identifier: MIT
set -u
build=${top_builddir:?} root=${top_srcdir:?}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
fail() { echo "bindings.sh: $*"; exit 1; }
library=$build/.libs ran=
case ${SANITIZE_FLAGS:-} in *sanitize*) echo "bindings.sh: skipped: a sanitizer has to be in the main program"; exit 77 ;; esac
"$build/tests/random_models" "$work" flashabb proteinmpnn_v_48_020 ligandmpnn_sc_v_32_002_16 alphafold2_ptm_model_3 alphafold2_ptm_model_1 || fail "no models"
PLEAT_MODELS=$work LD_LIBRARY_PATH=$library${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
export PLEAT_MODELS LD_LIBRARY_PATH

if ${FC:-gfortran} --version >/dev/null 2>&1; then
  (cd "$work" && ${FC:-gfortran} -std=f2018 -Wall -Wextra -Werror -O1 "$root/examples/fortran/pleat.f90" \
    "$root/examples/fortran/fold_and_design.f90" -L"$library" -lpleat -o fold) || fail "Fortran does not compile"
  "$work/fold" flashabb EVQLVESGGG:DIQMTQSPSS "" proteinmpnn_v_48_020 >"$work/out" || fail "Fortran: $(cat "$work/out")"
  grep -q '^20 residues, mean pLDDT [0-9.]*, 1[0-9][0-9] atoms$' "$work/out" || fail "Fortran printed $(cat "$work/out")"
  tail -1 "$work/out" | grep -Eq '^[ADEFGHIKLMNPQRSTVWY]{10}:[ADEFGHIKLMNPQRSTVWY]{10}$' || fail "no design: $(cat "$work/out")"
  grep -q 'CA' "$work/out" || fail "no positions"
  printf '>q\nMKTAYIAKQR\n>a\nMKSAYIARQR\n' >"$work/q.a3m"
  "$work/fold" alphafold2_ptm_model_3 MKTAYIAKQR "$work/q.a3m" >"$work/out" 2>&1 || fail "alignment: $(cat "$work/out")"
  grep -q 'aligned errors 10 x 10' "$work/out" || fail "no aligned errors: $(cat "$work/out")"
  mkdir "$work/similar" && ln -s "$root/tests/golden/msa/3u8v.cif.gz" "$work/similar"
  "$work/fold" alphafold2_ptm_model_1 THVGHGIKHLEDAIKHGEEGHVGVATKHAQEAIEHLRASEHKSH - "" "$work/similar" >"$work/out" 2>&1 ||
    fail "templates: $(cat "$work/out")"
  grep -q '^template 3u8v_A: coverage 1.00, identity 1.00$' "$work/out" || fail "no template: $(cat "$work/out")"
  "$work/fold" alphafold2_ptm_model_1 MKTAYIAKQR - "" "$work/nowhere" >"$work/out" 2>/dev/null && fail "a missing folder passed"
  "$work/fold" flashabb EVQ1 >"$work/out" 2>/dev/null && fail "a wrong letter passed"
  grep -q "'1'" "$work/out" || fail "no sentence: $(cat "$work/out")"
  ran="$ran Fortran"
fi
if python3 -c 'import numpy' 2>/dev/null; then
  PLEAT_LIBRARY=$library/libpleat.so PYTHONPATH=$root/python:$root/examples PYTHONDONTWRITEBYTECODE=1 \
    python3 "$root/tests/bindings.py" "$root" || fail "Python"
  ran="$ran Python"
fi
if [ -x "$build/examples/mpi/farm" ] && mpirun --version >/dev/null 2>&1; then
  printf '>a\nEVQLVESGGG:DIQMTQSPSS\n>b\nEVQLVESGG:DIQMTQSPS\n>c\nEVQLVESG:DIQMTQSP\n' >"$work/list.fasta"
  mpirun --allow-run-as-root --oversubscribe -np 2 "$build/examples/mpi/farm" flashabb "$work/list.fasta" "$work/two" \
    >"$work/out" 2>&1 || fail "MPI: $(cat "$work/out")"
  grep -q '^3 of 3 predicted by 2 ranks' "$work/out" || fail "MPI printed $(cat "$work/out")"
  mpirun --allow-run-as-root -np 1 "$build/examples/mpi/farm" flashabb "$work/list.fasta" "$work/one" >/dev/null || fail "one rank"
  for name in a b c; do cmp "$work/one/$name.cif" "$work/two/$name.cif" || fail "one and two ranks differ"; done
  ran="$ran MPI"
fi
[ -n "$ran" ] || { echo "bindings.sh: skipped: neither gfortran nor numpy nor mpirun is here"; exit 77; }
echo "bindings.sh: good:$ran"
