# A prediction stopped or killed at any moment goes on from its checkpoint to the bytes of an undisturbed run, on any number of
# threads. SHOTS=20 for more moments.
# SPDX-License-Identifier: MIT
model=alphafold2_ptm_model_3
random_model $model
printf '>p\nMKTAYIAKQRQISFVKSHFSRQLEERLGLIEVQAPILSRVGDGTQDNLSGAEKAVQVKVKALPDAQFEVVHSLAKWKRQTLGQHDFSAGEGLYTHMKALRPDEDRLSPLHSVYVDQWDWE\n' > p.fasta
options="--model $model --msa none --num-recycle 5 --save-all --quiet"
fold() { "$PLEAT" predict p.fasta "$@" $options 2>> talk; }
fold whole --threads 2
echo "[exit $?]"
shot=0 goes_on=0
while [ $shot -lt "${SHOTS:-6}" ]; do
  out=out$shot signal=$([ $((shot % 2)) = 0 ] && echo TERM || echo KILL)
  "$PLEAT" predict p.fasta "$out" $options --checkpoint 0 --threads 1 2>> talk &
  process=$!
  # the moment: after some points have been passed, whatever the machine's speed
  points=0 wanted=$((shot * 2 + 1)) last=
  while kill -0 $process 2>/dev/null && [ $points -lt $wanted ]; do
    now=$(ls -i "$out"/.p_checkpoint_part_* 2>/dev/null)
    [ "$now" = "$last" ] || points=$((points + 1)) last=$now
  done
  kill -$signal $process 2>/dev/null
  wait $process 2>/dev/null
  code=$?
  case $signal$code in TERM5 | KILL137) ;; *) echo "$signal: exit $code" ;; esac
  [ -f "$out"/.p_checkpoint_part_${model}_seed_000.bin ] && goes_on=$((goes_on + 1))
  fold "$out" --threads 3
  [ $? = 3 ] || echo "$out: exit $?"
  for file in whole/p*; do cmp "$file" "$out/${file#whole/}"; done
  ls -A "$out" | grep -E 'checkpoint|tmp'
  shot=$((shot + 1))
done
[ $goes_on = $shot ] && echo "all went on"
pleat_run predict p.fasta bad --model $model --msa none --checkpoint soon --quiet
