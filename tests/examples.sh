#!/bin/sh
# Runs the example programs; those that fold need the published weights in $PLEAT_MODELS, without them this is skipped.
# SPDX-License-Identifier: MIT
set -eu
build=${top_builddir:?} root=${top_srcdir:?}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
fail() { echo "examples.sh: $*"; exit 1; }

# Wrong use and a missing file end with a status, not a crash.
status=0; "$build/examples/compare" "$work/none.pdb" "$work/none.pdb" 2>"$work/err" || status=$?
[ $status = 2 ] && grep -q none.pdb "$work/err" || fail "compare on a missing file: status $status, $(cat "$work/err")"

"$build/examples/merge_alignments" "$work/m.a3m" "$root/tests/golden/msa/uniref90_hits.sto.gz" \
  "$root/tests/golden/msa/mgnify_hits.sto.gz" >"$work/out"
grep -q '^[0-9]* of 114 rows, mean coverage 0.9' "$work/out" || fail "merge_alignments printed: $(cat "$work/out")"

"$build/examples/triangle_attention" >"$work/out"
grep -q '^pair (40,40,32): mean square 0.36554$' "$work/out" || fail "triangle_attention printed: $(cat "$work/out")"
"$build/examples/message_passing" >"$work/out"
grep -q '^8x0e+4x1o+2x2e at 12 points, 132 messages: mean square 0.00147$' "$work/out" || fail "message_passing printed: $(cat "$work/out")"
stack=alphafold/alphafold_iteration/evoformer/extra_msa_stack params=$root/tests/golden/alphafold2/params_monomer_ptm.npz
"$build/examples/evoformer_block" "$params" $stack 0 >"$work/out"
grep -q '^msa (32,24,64) mean square 0.68775, pair (24,24,128) 1.66691; 0.900 GFLOP' "$work/out" ||
  fail "evoformer_block printed: $(cat "$work/out")"
status=0; "$build/examples/evoformer_block" "$params" $stack 7 2>"$work/err" || status=$?
[ $status = 2 ] && grep -q 'has 1 blocks, block 7 is wanted' "$work/err" || fail "block 7: $status, $(cat "$work/err")"

if [ ! -f "${PLEAT_MODELS:-/nonexistent}/flashabb.h5" ]; then
  echo "examples.sh: skipped folding: no flashabb.h5 in PLEAT_MODELS; get it by tools/get-model flashabb"
  exit 77
fi
sequence=$(sed -n 2p "$root/examples/antibody.fasta")
"$build/examples/fold_antibody" "$sequence" "$work/c.pdb" >"$work/out"
grep -q '233 residues, mean pLDDT 9' "$work/out" || fail "fold_antibody printed: $(cat "$work/out")"
"$build/examples/fold_antibodies" "$work/cpp.cif" "$sequence" "$sequence" >"$work/out"
[ "$(sort -u "$work/out" | wc -l)" = 1 ] || fail "the same antibody twice in a batch: $(cat "$work/out")"
"$build/examples/compare" "$work/c.pdb" "$work/cpp.cif" >"$work/out"
grep -q '^233 residues: RMSD 0.00' "$work/out" || fail "C and C++ disagree: $(cat "$work/out")"
cat "$work/out"
