#!/bin/sh
# Searches alignments on one partition and predicts on another when they are there:
#   search_then_predict.sh SEARCH-PARTITION PREDICT-PARTITION IN OUTDIR PROGRAM:DATABASE MODEL [options of pleat predict]
# SPDX-License-Identifier: MIT
set -eu
here=$(cd "$(dirname "$0")" && pwd)
searching=$1 predicting=$2 in=$3 out=$4 search=$5 model=$6
shift 6
first=$(sbatch --parsable --partition="$searching" "$here/search.sh" "$in" "$out/msas" --search "$search")
second=$(sbatch --parsable --partition="$predicting" --dependency="afterok:$first" --kill-on-invalid-dep=yes \
  "$here/array.sh" "$in" "$out" --msa "$out/msas" --model "$model" "$@")
echo "search: job $first, prediction: job $second"
