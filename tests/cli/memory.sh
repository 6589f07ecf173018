# A limit on memory cuts the work into smaller pieces, which changes no bit of what a run leaves.
# SPDX-License-Identifier: MIT
random_model alphafold2_ptm_model_3 alphafold2_multimer_v3_model_1
gzip -dc "$top/tests/golden/msa/bfd_uniclust_hits.a3m.gz" > hits.a3m
(printf '>one\n'; sed -n 2p hits.a3m) > one.fasta
printf '>pair\n%s:%s\n' "$(sed -n 2p hits.a3m | cut -c1-90)" "$(sed -n 2p hits.a3m | cut -c10-60)" > pair.fasta
# a number of the plan
planned() { field=$1 in=$2; shift 3; "$PLEAT" plan "$in" "$@" --json | sed -n "s/^  \"$field\": \([0-9]*\).*/\1/p"; }
# a limit 1.5 MB below what the run takes without one
limited() {
  name=$1; shift
  "$PLEAT" predict "$@" --quiet > /dev/null 2>&1
  full=$(planned peak_activation_bytes "$@") limit=$(($(planned peak_bytes "$@") - 1500000))
  less=$(planned peak_activation_bytes "$@" --memory $limit)
  [ "$less" -lt "$full" ] && echo "$name: cut into smaller pieces"
  mv $name.out $name.whole
  "$PLEAT" predict "$@" --quiet --memory $limit > /dev/null 2>&1
  for file in $name.whole/*rank_001*; do cmp "$file" $name.out/"${file##*/}" && echo "$name: the same ${file##*seed_000}"; done | sort -u
}
limited one one.fasta one.out --model alphafold2_ptm_model_3 --msa hits.a3m --max-msa 16:64 --num-recycle 1
limited pair pair.fasta pair.out --model alphafold2_multimer_v3_model_1 --msa none --num-recycle 1
