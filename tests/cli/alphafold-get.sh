# AlphaFold's parameters from a mirror into installed models, with the large golden files' parameters in the place of the real ones.
# SPDX-License-Identifier: MIT
golden=${PLEAT_GOLDEN:-$top/../shared/golden}/alphafold2 archive=alphafold_params_2022-12-06.tar
[ -f "$golden/params_monomer_ptm.npz" ] || exit 77
PLEAT_CACHE=$PWD/cache PLEAT_MODELS=$PWD/models PLEAT_RETRY_WAIT=0 no_proxy='*' XDG_DATA_HOME=$PWD/none
export PLEAT_CACHE PLEAT_MODELS PLEAT_RETRY_WAIT no_proxy XDG_DATA_HOME
mkdir served made
for i in 1 2 3 4 5; do ln -s "$golden/params_monomer_ptm.npz" made/params_model_${i}_ptm.npz; done
ln -s "$golden/params_multimer_v3.npz" made/params_model_1_multimer_v3.npz
echo 'CC BY 4.0' > made/LICENSE
tar -ch --hard-dereference -f served/$archive -C made LICENSE $(cd made && ls params*)
# the scripts as they are, with the archive's own size and sum in their table
mkdir tools
cp "$top/tools/get-model" "$top/tools/get-file" tools
size=$(wc -c < served/$archive) sum=$(sha256sum served/$archive | cut -d' ' -f1)
awk -F'\t' -v OFS='\t' -v size="$size" -v sum="$sum" '$4 ~ /^alphafold_params/ { $5 = sum; $9 = size } 1' "$top/tools/models.tsv" > tools/models.tsv
PLEAT_GET_MODEL=$PWD/tools/get-model
export PLEAT_GET_MODEL
python3 "$data/server.py" served port log &
server=$!
trap 'kill $server 2>/dev/null' EXIT
for i in 1 2 3 4 5 6 7 8 9 10; do [ -f port ] && break; sleep 0.3; done
base=http://127.0.0.1:$(cat port)
run() { pleat_run "$@" | sed -e "s|127.0.0.1:[0-9]*|HOST|g" -e "s/$size/SIZE/; s/([0-9]* MB)/(N MB)/; s/after [0-9]* of/after SOME of/; s/[0-9a-f]\{64\}/SUM/g" -e "s|$PWD|DIR|g" |
  sort; }
run models get --from "$base/none" alphafold2_ptm
run models get --from "$base/wrong" alphafold2_ptm
run models get --from "$base/cut" alphafold2_ptm
sed -e 's/bytes=[1-9][0-9]*-/bytes=SOME-/' log
ls models
run models get alphafold2_ptm
run models get alphafold2_multimer_v3_model_1
run models get alphafold2_multimer
run models get --from "$base/good" flashabb
run models get alphafold3 | sed "s|there are: .*|there are: ...|"
pleat_run models list | awk '/alphafold2_(ptm|multimer)/ { print $1, $0 ~ / yes / ? "yes" : "no" }'
pleat_run models verify
# by hand: the archive, one file, and what is wrong with them
mkdir hand
pleat_run models import served/$archive --models-dir hand --quiet | grep -v warning
ls hand
cmp hand/alphafold2_ptm_model_2.h5 models/alphafold2_ptm_model_2.h5 && echo 'same bytes'
pleat_run models import made/params_model_4_ptm.npz --models-dir one
pleat_run models import made/params_model_4_ptm.npz --model alphafold2_model_4 --models-dir one
pleat_run models import made/params_model_4_ptm.npz --model alphafold2_multimer --models-dir one
pleat_run models import made/params_model_4_ptm.npz --model flashabb --models-dir one
head -c 9000000 made/params_model_4_ptm.npz > cut.npz
pleat_run models import cut.npz --model alphafold2_ptm_model_4 --models-dir one
head -c 20000000 served/$archive > cut.tar
pleat_run models import cut.tar --models-dir one
mkdir wrong
cp cut.npz wrong/params_model_4_ptm.npz
tar -chf wrong.tar wrong
pleat_run models import wrong.tar --models-dir one
rm wrong/*
cp made/params_model_1_multimer_v3.npz wrong/params_model_4_ptm.npz
tar -chf wrong.tar wrong
pleat_run models import wrong.tar --models-dir one
pleat_run models import wrong.tar --models-dir one --model alphafold2_ptm_model_3,alphafold2_ptm_model_4
ln -s ../../etc/passwd wrong/link
tar -cf wrong.tar wrong
pleat_run models import wrong.tar --models-dir one
tar -cPf wrong.tar ../alphafold-get.d/wrong/params_model_4_ptm.npz
pleat_run models import wrong.tar --models-dir one
ls one
