# A run stopped by a signal exits 5 with whole results, and the same command then gives the bytes of an undisturbed run.
# SPDX-License-Identifier: MIT
need_model flashabb
heavy=EVQLLESGGEVKKPGASVKVSCRASGYTFRNYGLTWVRQAPGQGLEWMGWISAYNGNTNYAQKFQGRVTLTTDTSTSTAYMELRSLRSDDTAVYFCARDVPGHGAAFMDVWGTGTTVTVSS
light=DIQLTQSPLSLPVTLGQPASISCRSSQSLEASDTNIYLSWFQQRPGQSPRRLIYKISNRDSGVPDRFSGSGSGTHFTLRISRVEADDVAVYYCMQGTHWPPAFGQGTKVDIK
i=0
while [ $i -lt 24 ]; do printf '>ab%02d\n%s:%s\n' $i $heavy $light; i=$((i + 1)); done > many.fasta
"$PLEAT" predict many.fasta stopped --quiet --batch-size 2 2> message &
process=$!
while [ ! -f stopped/ab01.done.txt ]; do sleep 0.02; kill -0 $process || break; done
kill -TERM $process
wait $process
echo "[exit $?]"
sed 's/with .* done/with SOME done/' message
"$PLEAT" predict many.fasta stopped --quiet --batch-size 2; echo "[exit $?]"
"$PLEAT" predict many.fasta whole --quiet --batch-size 7; echo "[exit $?]"
ls stopped | grep -c done
ls -A stopped | grep tmp
for file in whole/ab*; do cmp "$file" "stopped/${file#whole/}"; done
