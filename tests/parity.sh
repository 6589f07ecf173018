#!/bin/sh
# Compares installed models with the recorded answers of the published code; needs the published weights in $PLEAT_MODELS.
# SPDX-License-Identifier: MIT
#
# With PLEAT_LONG=1 also the large golden files of $PLEAT_GOLDEN, and predictions against experimental structures.
set -u
build=${top_builddir:?} root=${top_srcdir:?}
if [ ! -f "${PLEAT_MODELS:-/nonexistent}/flashabb.h5" ]; then
  echo "parity.sh: skipped: no flashabb.h5 in PLEAT_MODELS; get it by tools/get-model flashabb"
  exit 77
fi
failed=0

# Only cases whose model is installed.
cases=
for folder in "$root/tests/golden" ${PLEAT_LONG:+"${PLEAT_GOLDEN:?}"}; do
  for file in "$folder"/flashabb/*.h5 "$folder"/sss/*.h5 "$folder"/tap/*.h5; do
    case $file in
      */sss/*) model=flashabb-sss ;;
      */tap/*) model=flashtap ;;
      */masked_*) model=flashabb-masked ;;
      *) model=flashabb ;;
    esac
    if [ -f "$PLEAT_MODELS/$model.h5" ]; then cases="$cases $file"; else echo "not compared: $file ($model is not installed)"; fi
  done
done
"$build/tests/parity" $cases || failed=1

# The comparison must be able to fail.
if "$build/tests/parity" --factor 1e-9 "$root/tests/golden/flashabb/light_only.h5" >/dev/null; then
  echo "parity.sh: the comparison passes with a tolerance of nothing"; failed=1
fi
# Frame2seq
if [ -f "$PLEAT_MODELS/frame2seq-1.h5" ]; then
  golden="$root/tests/golden/frame2seq" structure="$root/tests/golden/mpnn/5l33.pdb.gz"
  "$build/tests/parity_frame2seq" --structure "$structure" "$golden"/*.h5 || failed=1
  [ -z "${PLEAT_LONG:-}" ] || "$build/tests/parity_frame2seq" "$PLEAT_GOLDEN"/frame2seq/*.h5 || failed=1
  if "$build/tests/parity_frame2seq" --factor 1e-9 --structure "$structure" "$golden/5L33.h5" >/dev/null; then
    echo "parity.sh: the comparison of Frame2seq passes with a tolerance of nothing"; failed=1
  fi
else
  echo "not compared: frame2seq is not installed"
fi

# The side-chain packer
if [ -f "$PLEAT_MODELS/ligandmpnn_sc_v_32_002_16.h5" ]; then
  "$build/tests/parity_packer" "$root"/tests/golden/packer/*.h5 ${PLEAT_LONG:+"${PLEAT_GOLDEN:?}"/packer/*.h5} || failed=1
  if "$build/tests/parity_packer" --factor 1e-9 "$root/tests/golden/packer/6MRR_fixed.h5" >/dev/null; then
    echo "parity.sh: the packer's comparison passes with a tolerance of nothing"; failed=1
  fi
else
  echo "not compared: side-chain packing (ligandmpnn_sc_v_32_002_16 is not installed)"
fi

# AlphaFold 2, with the seeded parameters that lie beside the large golden files
if [ -n "${PLEAT_LONG:-}" ]; then
  golden=$PLEAT_GOLDEN/alphafold2 model=alphafold2_ptm_model_1
  "$build/tests/parity_alphafold" $model "$golden/params_monomer_ptm.npz" "$golden"/mono_*.h5 || failed=1
  "$build/tests/parity_alphafold" alphafold2_multimer_v3_model_1 "$golden/params_multimer_v3.npz" "$golden"/multi_*.h5 ||
    failed=1
  if "$build/tests/parity_alphafold" --factor 1e-9 $model "$golden/params_monomer_ptm.npz" "$golden/mono_tmpl.h5" >/dev/null; then
    echo "parity.sh: the comparison of AlphaFold 2 passes with a tolerance of nothing"; failed=1
  fi
fi

if [ -n "${PLEAT_LONG:-}" ]; then "$root/tests/experimental" "$build/pleat" "$PLEAT_GOLDEN/flashabb" || failed=1; fi
exit $failed
