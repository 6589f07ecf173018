# Several processes on one list and one folder: what they leave together is what one leaves alone; the dead are told from the
# living by this node's processes, or by the file server's time.
# SPDX-License-Identifier: MIT
SLURM_CPUS_PER_TASK=1; export SLURM_CPUS_PER_TASK # one thread each
random_model flashabb proteinmpnn_v_48_020 ligandmpnn_sc_v_32_002_16 flashabb-sss
heavy=EVQLLESGGEVKKPGASVKVSCRASGYTFRNYGLTWVRQAPGQGLEWMG light=DIQLTQSPLSLPVTLGQPASISCRSSQSLEASDTNIYLSW
i=10; while [ $i -lt 22 ]; do printf '>ab%d\n%s:%s\n' $i "$heavy" "$(echo $light | cut -c1-$i)"; i=$((i + 1)); done > many.fasta
mkdir in; i=0; while [ $i -lt 6 ]; do gzip -dc "$top/tests/golden/structure/6mrr.pdb.gz" > in/s$i.pdb; i=$((i + 1)); done
# all files but the run's own, in one list with their bytes' sums
sums() { (cd "$1" && find . -type f ! -name log.txt ! -name config.json ! -name timings.json ! -name report.html | sort | xargs cksum); }
same() { sums "$1" > a; sums "$2" > b; cmp a b && echo "$2: the bytes of one process, $(wc -l < b | tr -d ' ') files"; }
# run NAME COMMAND...: three processes at once, each of which may do everything
together() { name=$1; shift; for n in 1 2 3; do "$PLEAT" "$@" -q 2>> talk & pids="${pids:-} $!"; done; for p in $pids; do wait $p; echo "[$name: exit $?]"; done; pids=; }
calm() { grep -v 'sanity\|warning' talk; rm -f talk; }

"$PLEAT" predict many.fasta one -q --batch-size 3 2>/dev/null
together predict predict many.fasta three --batch-size 3; same one three; calm
grep -c '"name"' three/timings.json
"$PLEAT" design in one.d -q --seed 3; together design design in three.d --seed 3; same one.d three.d
"$PLEAT" score in one.s -q --seed 3; together score score in three.s --seed 3; same one.s three.s
pack='--seed 3 --number-of-packs-per-design 1 --sc-num-denoising-steps 1 --sc-num-samples 2'
"$PLEAT" pack in one.p -q $pack; together pack pack in three.p $pack; same one.p three.p
"$PLEAT" embed many.fasta one.h5 -q 2>/dev/null; together embed embed many.fasta three.h5 --batch-size 3; calm
cmp one.h5 three.h5 && ls -A | grep h5

echo '# tasks of an array: each its share first, then what is left; --shard: the share only'
task() { SLURM_ARRAY_TASK_ID=$1 SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_COUNT=2 "$PLEAT" design in "$2" --seed 3 2>&1; }
task 1 array | grep -o 's[0-9]:' | tr -d '\n'; echo
"$PLEAT" design in shard --seed 3 --shard 1/2 2>&1 | grep -o 's[0-9]:' | tr -d '\n'; echo

echo '# owners: dead on this node, alive on this node, dead and alive on other nodes'
claim() { printf '%s\n' "$2" > owned/.$1.claim; }
boot=$(cat /proc/sys/kernel/random/boot_id) space=$(readlink /proc/self/ns/pid)
sleep 60 & other=$!
start=$(awk '{ print $22 }' /proc/$other/stat)
mkdir owned
claim s0 "here 999999999 12345 $boot $space"
claim s1 "here $other $start $boot $space"
claim s2 "there 1 1 another-boot pid:[1]"; touch -d '1 hour ago' owned/.s2.claim
claim s3 "there 1 1 another-boot pid:[1]"; touch -d '1 day' owned/.s3.claim
claim s4 "there 1 1 another-boot pid:[1]"
: > owned/.s5.claim
(n=0; while [ $n -lt 40 ]; do touch owned/.s4.claim; sleep 0.1; n=$((n + 1)); done) & toucher=$!
PLEAT_CLAIM_EXPIRY=1 pleat_run design in owned --seed 3 2>&1 | grep jobs
wait $toucher
ls owned/*.done.txt; ls -A owned | grep claim
kill $other; wait $other 2>/dev/null
PLEAT_CLAIM_EXPIRY=1 pleat_run design in owned --seed 3 --quiet
same one.d owned; ls -A owned | grep claim
