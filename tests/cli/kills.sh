# Runs that are killed, stopped or out of disk at random moments, and then started again, leave the bytes of an undisturbed run.
# SPDX-License-Identifier: MIT
# SHOTS=20 for more moments (make check-kills); SEED for others.
random_model flashabb proteinmpnn_v_48_020 flashabb-sss
heavy=EVQLLESGGEVKKPGASVKVSCRASGYTFRNYGLTWVRQAPGQGLEWMGWISAYNGNTNYAQKFQG light=DIQLTQSPLSLPVTLGQPASISCRSSQSLEASDTNIYLSWFQQRPGQSPRRLIYKISNRDSGVPDR
i=30; while [ $i -lt 46 ]; do printf '>ab%d\n%s:%s\n' $i "$heavy" "$(echo $light | cut -c1-$i)"; i=$((i + 1)); done > many.fasta
mkdir in; i=0; while [ $i -lt 6 ]; do gzip -dc "$top/tests/golden/structure/6mrr.pdb.gz" > in/s$i.pdb; i=$((i + 1)); done
run() { # VERB OUT
  case $1 in
    predict) exec "$PLEAT" predict many.fasta "$2" --batch-size 2 --save-all --threads 1 -q ;;
    design) exec "$PLEAT" design in "$2" --seed 3 --batch-size 4 --save-all --threads 1 -q ;;
    embed) exec "$PLEAT" embed many.fasta "$2.h5" --batch-size 2 --threads 1 -q ;;
  esac
}
sums() { (cd "$1" 2>/dev/null && find . -type f ! -name log.txt ! -name config.json ! -name timings.json ! -name report.html | sort | xargs cksum); [ ! -f "$1.h5" ] || cksum < "$1.h5"; }
now() { date +%s%3N; }
for verb in predict design embed; do
  begin=$(now); (run $verb $verb) 2>/dev/null; mkdir -p $verb
  eval "time_$verb=$(($(now) - begin))"
done
# milliseconds, up to the time of an undisturbed run
moments=$(awk -v seed="${SEED:-7}" -v shots="${SHOTS:-3}" 'BEGIN { srand(seed); while (shots-- > 0) print rand() }')
shot=0 good=0
for share in $moments; do
  case $((shot % 3)) in 0) verb=predict ;; 1) verb=embed ;; 2) verb=design ;; esac
  case $((shot / 3 % 3)) in 0) signal=KILL ;; 1) signal=TERM ;; 2) signal=USR1 ;; esac
  out=out$shot; mkdir -p $out
  eval "time=\$time_$verb"
  # a second process begins a little later; one of them is killed, the other goes on
  (run $verb $out) 2>/dev/null & first=$!
  [ $((shot % 2)) = 0 ] || { (run $verb $out) 2>/dev/null & second=$!; }
  sleep $(awk -v t=$time -v s=$share 'BEGIN { print t * s / 1000 }')
  kill -$signal $first 2>/dev/null; wait $first 2>/dev/null; code=$?
  [ $((shot % 2)) = 0 ] || wait $second 2>/dev/null
  # 138 and 143: the process had not yet come to where it minds signals
  case $signal$code in KILL137 | TERM5 | USR15 | TERM143 | USR1138 | *0 | *3) ;; *) echo "shot $shot, $verb, $signal: exit $code" ;; esac
  (run $verb $out) 2>/dev/null; code=$?
  [ $code = 0 ] || [ $code = 3 ] || echo "shot $shot, $verb after $signal: exit $code"
  sums $verb > a; sums $out > b
  if cmp a b; then good=$((good + 1)); else echo "shot $shot, $verb, $signal:"; diff a b; fi
  ls -A $out | grep -E 'claim|tmp|part'
  shot=$((shot + 1))
done
[ $good = "${SHOTS:-3}" ] && echo 'every shot left the same bytes'
echo '# a limit on the size of files stands for a full disk'
(trap '' XFSZ; ulimit -f 4; run predict full 2>&1; echo "[exit $?]") | grep -c 'cannot be written\|jobs failed\|cannot write' | sed 's/^[1-9].*/said so/'
ls full | grep -v log | grep -c done
(run predict full) 2>/dev/null
sums predict > a; sums full > b; cmp a b && echo 'then the same bytes'
