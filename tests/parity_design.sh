#!/bin/sh
# Compares installed design models with the recorded answers of the published code; needs the published weights in
# $PLEAT_MODELS. SPDX-License-Identifier: MIT
#
# With PLEAT_LONG=1 also the large golden files of $PLEAT_GOLDEN, which hold more intermediates. Under the address
# sanitizer, which is slow, one recording of each kind: the others walk the same code.
set -u
build=${top_builddir:?} root=${top_srcdir:?}
if [ ! -f "${PLEAT_MODELS:-/nonexistent}/proteinmpnn_v_48_020.h5" ]; then
  echo "parity_design.sh: skipped: no proteinmpnn_v_48_020.h5 in PLEAT_MODELS; get it by tools/get-model proteinmpnn"
  exit 77
fi
kinds=
case ${SANITIZE_FLAGS:-} in
  *address*) kinds='1BC8_ligand_sidechain_context 3HTN_protein_multichain 4GYT_homooligomer 6MRR_membrane_per_residue
    official_1BC8_single_aa_score_w_seq' ;;
esac
failed=0
for folder in "$root/tests/golden" ${PLEAT_LONG:+"${PLEAT_GOLDEN:?}"}; do
  cases=
  for file in "$folder"/mpnn/*.h5; do
    name=$(basename "$file" .h5)
    case $name in *_draws) continue ;; esac
    case " ${kinds:-$name} " in *[[:space:]]"$name"[[:space:]]*) cases="$cases $file" ;; esac
  done
  "$build/tests/parity_design" $cases
  case $? in 0|77) ;; *) failed=1 ;; esac
done

# The comparison must be able to fail.
if "$build/tests/parity_design" --factor 1e-9 "$root/tests/golden/mpnn/5L33_soluble.h5" "$root/tests/golden/mpnn/5L33_protein_detail.h5" \
  >/dev/null; then
  echo "parity_design.sh: the comparison passes with a tolerance of nothing"
  failed=1
fi
exit $failed
