#!/bin/sh
# Predictions by several MPI processes together leave the bytes of one process: monomers with templates, complexes, more processes
# than rows, tasks, a killed process. Models have random weights. PLEAT_LONG=1: more of each.
# SPDX-License-Identifier: MIT
set -u
root=${top_srcdir:?} build=${top_builddir:?}
skip() { echo "ranks.sh: skipped: $*"; exit 77; }
command -v mpirun >/dev/null || skip "no mpirun"
[ -x "$build/pleat_mpi" ] || skip "pleat_mpi is not built"
[ -z "${SANITIZE_FLAGS:-}" ] || skip "MPI libraries leak where sanitizers see it"
work=$(mktemp -d "${TMPDIR:-/tmp}/pleat-ranks-XXXXXX") || exit 99
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
fail() { echo "ranks.sh: $*"; tail -n 20 "$work"/*.log; exit 1; }
cd "$work" || exit 99
one=alphafold2_ptm_model_1 three=alphafold2_ptm_model_3 complex=alphafold2_multimer_v3_model_1
mkdir models similar
"$build/tests/random_models" models $one $three $complex flashabb || fail "no models"
cp "$root/tests/golden/msa/3u8v.cif.gz" similar
OMPI_MCA_mpi_yield_when_idle=1 OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 PLEAT_MODELS=$work/models
export OMPI_MCA_mpi_yield_when_idle OMPI_ALLOW_RUN_AS_ROOT OMPI_ALLOW_RUN_AS_ROOT_CONFIRM PLEAT_MODELS

ranks() { count=$1; shift; mpirun --oversubscribe --bind-to none -np "$count" "$build/pleat_mpi" predict "$@" --quiet >>run.log 2>&1; }
alone() { "$build/pleat" predict "$@" --quiet --threads 2 >>run.log 2>&1; }
# exit status 3: structures of random weights are no proteins
folds() { "$@"; code=$?; [ $code = 0 ] || [ $code = 3 ] || fail "exit status $code: $*"; }
same() {
  [ -n "$(ls "$1"/*rank_001*.pdb 2>/dev/null)" ] || fail "nothing in $1"
  for file in "$1"/*rank*.* "$1"/*.done.txt "$1"/*_v1.json; do [ ! -e "$file" ] || cmp "$file" "$2/${file##*/}" || fail "$2 is not what one process leaves"; done
}

printf '>like\nTHVGHGIKHLEDAIKHGEEGHVGVATKHAQEAIEHLRASEHKSH\n' >like.fasta
printf '>het\nMKTAYIAKQRQISFVKSHFS:GSHMEELVKAHKQLA\n' >het.fasta
tab=$(printf '\t')
{ echo "#20,15${tab}1,1"; printf '>101\t102\nMKTAYIAKQRQISFVKSHFSGSHMEELVKAHKQLA\n>p1\tp2\nMKSAYIAKQRQISYVKSHFSGSHMDELVRAHKQLA\n'
  printf '>p3\tp4\nMKTAYLAKQRQVSF--SHFSGAHMEELVKSHKELA\n'; } >het.a3m
printf '>a\nMKTAYIAKQRQISFVKW\n>b\nGSHMEELVKAHKQLA\n>c\nMRTAYIAKQRQLSFVKTHFS\n>d\nMRTGYIAKQ\n' >four.fasta

templates="like.fasta --model $one --msa none --custom-template-path similar --num-recycle 1 --save-recycles"
pairs="het.fasta --model $complex --msa het.a3m --num-recycle 1 --max-msa 2:8"
into() { folder=$1 input=$2; shift 2; echo "$input $folder $*"; }
together() { # NAME OPTIONS RANKS...
  name=$1 options=$2; shift 2
  folds alone $(into $name $options)
  for n in "$@"; do folds ranks $n $(into $name$n $options) --threads 1 --parallel ranks; same $name $name$n; done
  echo "ranks.sh: $name: the bytes of one process by $*"
}
# 7 are more than the rows of the alignment
together mono "$templates" 2 ${PLEAT_LONG:+3 4 7}
together pair "$pairs" 3 ${PLEAT_LONG:+2 4 7}
if [ -n "${PLEAT_LONG:-}" ]; then

# small chunks move the same numbers in other portions
folds ranks 2 $(into small $pairs) --parallel ranks --memory 200M; same pair small
# by the plan: four jobs keep two processes busy, one does not
list="four.fasta --model $three --msa none --num-recycle 0"
folds alone $(into four $list)
folds ranks 2 $(into four2 $list); same four four2
folds ranks 2 $(into auto $templates) --threads 1; same mono auto
folds ranks 2 $(into threads $pairs) --parallel ranks --threads 2; same pair threads
echo "ranks.sh: tasks and ranks by the plan: good"
fi

# what cannot be
ranks 2 like.fasta bad --model $three --msa none --parallel ranks --save-all && fail "--save-all over ranks"
grep -q 'they are for one process' run.log || fail "no sentence for --save-all"
if [ -n "${PLEAT_LONG:-}" ]; then
ranks 2 four.fasta bad --model flashabb --parallel ranks && fail "flashabb over ranks"
grep -q 'model flashabb works in one process' run.log || fail "no sentence for flashabb"
alone like.fasta bad --model $one --msa none --parallel ranks && fail "pleat over ranks"
ranks 2 nothing.fasta bad --model $one && fail "a list that is not there"
[ "$(grep -c nothing.fasta run.log)" = 1 ] || fail "a missing list is said more than once"
fi

# one process of three is killed in the middle; the others end, and the checkpoint serves any number of them
long="like.fasta --model $three --msa none --num-recycle ${PLEAT_LONG:+4}8"
ranks 3 $(into killed $long) --threads 1 --parallel ranks --checkpoint 0 & job=$!
n=0; until ls killed/.*checkpoint*.bin >/dev/null 2>&1; do n=$((n + 1)); [ $n -lt 600 ] || fail "no checkpoint"; sleep 0.05; done
for process in $(pgrep -f "$build/.*pleat_mpi predict like.fasta killed"); do
  tr '\0' '\n' <"/proc/$process/environ" 2>/dev/null | grep -qx OMPI_COMM_WORLD_RANK=1 && victim=$process
done
kill -9 "${victim:?no process of rank 1}"
wait $job && fail "a killed rank goes unnoticed"
grep -q 'process rank 1 with PID .* exited on signal 9' run.log || fail "the dead rank is not named"
[ ! -e killed/like.done.txt ] || fail "it was killed too late"
folds alone $(into long $long)
for n in 1 ${PLEAT_LONG:+3}; do
  cp -r killed again$n
  folds ranks $n $(into again$n $long) --threads 1 --parallel ranks
  grep -q 'goes on from' again$n/log.txt || fail "the checkpoint is not used by $n"
  same long again$n
done
echo "ranks.sh: killed and resumed by ${PLEAT_LONG:+3 and }1: good"
