#!/bin/sh
# Runs every command-line test: tests/cli/NAME.sh in a folder of its own, its output compared with NAME.expected.
# SPDX-License-Identifier: MIT
#
# run_cli.sh [NAME...]        UPDATE=1 writes the expected files anew (look at the difference before you commit it);
#                             CLI_JOBS tests run beside each other (as many as there are processors)
# A test calls `pleat_run ARGUMENTS`, which prints the command, what it says (stdout and stderr) and its exit status;
# `need_model NAME` leaves the test out, with a sentence, where that model is not installed; `random_model NAME...` makes
# model files with random weights in ./models and has the command look there.
set -u
top=${top_srcdir:-$(cd "$(dirname "$0")/.." && pwd)}
PLEAT=${PLEAT:-${top_builddir:-$top/build}/pleat}
data=$top/tests/cli/data
builddir=${top_builddir:-$top/build}
case $builddir in /*) ;; *) builddir=$PWD/$builddir ;; esac
export PLEAT data top builddir
if [ "${1:-}" = --one ]; then # by this script itself: --one WORK NAME
  work=$2 only=$3
else
  work=$(mktemp -d "${TMPDIR:-/tmp}/pleat-cli-XXXXXX") || exit 99
  trap 'chmod -R u+rwx "$work"; rm -rf "$work"' EXIT
  trap 'exit 130' INT TERM
fi
unset SLURM_ARRAY_TASK_ID SLURM_ARRAY_TASK_COUNT SLURM_PROCID SLURM_NTASKS OMPI_COMM_WORLD_SIZE PLEAT_CLAIM_EXPIRY NO_COLOR PLEAT_CPU

pleat_run() { echo "\$ pleat $*"; code=0; "$PLEAT" "$@" 2>&1 || code=$?; echo "[exit $code]"; }
random_model() { mkdir -p models; "$builddir/tests/random_models" models "$@"; PLEAT_MODELS=$PWD/models; export PLEAT_MODELS; }
need_model() { "$PLEAT" models info "$1" --json 2>/dev/null | grep -q '"installed": true' || exit 77; }

# What differs from machine to machine: folders, times, the number of threads; and the list of models, which grows.
normalise() {
  sed -e "s|$work/[A-Za-z0-9_-]*\.d|DIR|g" -e "s|$work|WORK|g" -e "s|$data|DATA|g" -e "s|$top|TOP|g" \
    -e 's/[0-9][0-9.]* s\([:;,)]\|$\)/N s\1/g' -e 's/needs \(at least \)*[0-9.e+]* MiB/needs \1N MiB/' -e 's/take [0-9.e+]* MiB/take N MiB/' \
    -e "s/\(there is no model '[^']*'; there are:\).*/\1 .../"
}

# One test; what there is to say about it in one piece, since others run beside it.
run_one() {
  name=$1 script=$top/tests/cli/$1.sh
  mkdir "$work/$name.d"
  (cd "$work/$name.d" && . "$script") > "$work/$name.raw" 2>&1
  code=$?
  normalise < "$work/$name.raw" > "$work/$name.out"
  if [ $code = 77 ]; then
    echo "left out: $name (its model is not installed: tools/get-model fetches it)" > "$work/$name.verdict"
  else
    [ "${UPDATE:-}" != 1 ] || cp "$work/$name.out" "$top/tests/cli/$name.expected"
    if diff -u "$top/tests/cli/$name.expected" "$work/$name.out" > "$work/$name.verdict"; then verdict=ok; else verdict=WRONG; fi
    echo "$verdict: $name" >> "$work/$name.verdict"
  fi
  cat "$work/$name.verdict"
}
if [ -n "${only:-}" ]; then run_one "$only"; exit 0; fi

for script in "$top"/tests/cli/*.sh; do
  name=$(basename "$script" .sh)
  case " $* " in "  " | *" $name "*) echo "$name" ;; esac
done | xargs -P "${CLI_JOBS:-$(nproc 2>/dev/null || echo 1)}" -n 1 "$0" --one "$work"
count() { cat "$work"/*.verdict 2>/dev/null | grep -c "^$1: "; }
bad=$(count WRONG) ran=$(($(count ok) + bad))
echo "$ran command-line tests, $bad wrong, $(count 'left out') left out"
[ "$bad" = 0 ] && [ $ran -gt 0 ]
