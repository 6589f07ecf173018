# Checkpoints that are damaged, cut, empty, of another input or of other settings are said and not used; a disk without room for one
# does not end the run: always the bytes of an undisturbed run.
# SPDX-License-Identifier: MIT
model=alphafold2_ptm_model_3
random_model $model
printf '>p\nMKTAYIAKQRQISFVKSHFSRQLEERLG\n' > p.fasta
printf '>p\nMKTAYIAKQRQISFVKSHFSRQLEERLR\n' > other.fasta
# fold IN OUT [options]: what it says, but for how the chain looks
fold() { "$PLEAT" predict "$@" --model $model --msa none --save-all --threads 1 --quiet 2>&1 | grep -v 'chain is broken' | sort -u; }
fold p.fasta whole --num-recycle 1
fold p.fasta longer --num-recycle 2
fold p.fasta seeded --num-recycle 1 --random-seed 5
fold other.fasta others --num-recycle 1
file=.p_checkpoint_part_${model}_seed_000.bin
# a run of p.fasta that is stopped at some point and leaves its checkpoint
stop() {
  rm -rf out
  "$PLEAT" predict p.fasta out --model $model --msa none --save-all --threads 1 --quiet --num-recycle 1 --checkpoint 0 2>> talk &
  process=$!
  while [ ! -f out/$file ] && kill -0 $process; do :; done
  kill -TERM $process
  wait $process
  code=$?
  [ $code = 5 ] || echo "stopped with $code"
}
same() { for path in "$1"/p*; do cmp "$path" "out/${path#*/}"; done; ls -A out | grep -E 'checkpoint|tmp'; echo "$(ls "$1"/p* | wc -l) files compared"; }
middle() { echo $(($(wc -c < out/$file) / 2)); }
echo '# whole'
stop; fold p.fasta out --num-recycle 1; grep -c 'goes on from' out/log.txt; same whole
echo '# one bit'
stop; printf '\377' | dd of=out/$file bs=1 seek=$(middle) conv=notrunc 2>> talk; fold p.fasta out --num-recycle 1; same whole
echo '# cut'
stop; truncate -s $(middle) out/$file; fold p.fasta out --num-recycle 1; same whole
echo '# empty'
stop; : > out/$file; fold p.fasta out --num-recycle 1; same whole
echo '# a folder in its place'
stop; rm out/$file; mkdir out/$file; fold p.fasta out --num-recycle 1; rmdir out/$file; same whole
echo '# more recycles'
stop; fold p.fasta out --num-recycle 2; same longer
echo '# another seed, whose file has its name'
stop; mv out/$file out/.p_checkpoint_part_${model}_seed_005.bin; fold p.fasta out --num-recycle 1 --random-seed 5; same seeded
echo '# another sequence'
stop; mkdir new; mv out/$file new; rm -r out; mv new out; fold other.fasta out --num-recycle 1; same others
echo '# no room: a limit on the size of files stands for a full disk'
printf '>p\nMKTAYIAKQRQISFVKSHFSRQLEERLGLIEVQAPILSRVGDGTQDNLSGAEKAVQVK\n' > long.fasta
options="--model $model --msa none --threads 1 --quiet --num-recycle 0"
"$PLEAT" predict long.fasta room $options 2>> talk
rm -rf out
(trap '' XFSZ; ulimit -f 1400; "$PLEAT" predict long.fasta out $options --checkpoint 0; echo "[exit $?]") 2>&1 | grep -v 'chain is broken'
same room
