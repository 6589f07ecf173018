# Designs by a model with random weights: files, headers, resuming, shards, and every setting of what to design.
# SPDX-License-Identifier: MIT
random_model proteinmpnn_v_48_020 ligandmpnn_v_32_010_25 per_residue_label_membrane_mpnn_v_48_020
mkdir in
gzip -dc "$top/tests/golden/structure/6mrr.pdb.gz" > in/6mrr.pdb
cp "$top/tests/golden/structure/1bc8.pdb.gz" in/1bc8.pdb.gz
numbers() { sed 's/=[0-9][0-9]*\.[0-9][0-9][0-9][0-9]/=X/g'; }
sequences() { grep -v '>' "$1"; }

echo '# files and headers'
pleat_run design in out --seed 37 --batch_size 2 --number_of_batches 1 --model ligandmpnn --quiet
find out -type f | sort
grep '>' out/seqs/1bc8.fa | numbers
grep '>' out/seqs/6mrr.fa | cut -d, -f1-5 | numbers
awk '!/>/ { print length($0) }' out/seqs/*.fa
sed -n 2p out/seqs/6mrr.fa
grep -c '^ATOM.* CA ' out/backbones/6mrr_1.pdb
# what scripts for LigandMPNN and for ProteinMPNN look for is the same number
tail -n 2 out/seqs/6mrr.fa | sed -n 's/.*seq_rec=\([0-9.]*\),.*seq_recovery=\([0-9.]*\)$/\1 \2/p' | awk '{ print $1 == $2 ? "same recovery" : "different" }'
tail -n 2 out/seqs/6mrr.fa | sed -n 's/.*overall_confidence=\([0-9.]*\),.* score=\([0-9.]*\),.*/\1 \2/p' |
  awk '{ d = $1 - exp(-$2); print d * d < 1e-7 ? "same confidence" : "different" }'

echo '# the same command again, other settings, other ways to say the same'
stamp=$(ls -l --full-time out/seqs)
pleat_run design in out --seed 37 --batch_size 2 --model ligandmpnn --quiet
[ "$stamp" = "$(ls -l --full-time out/seqs)" ] && echo 'nothing done twice'
rm out/6mrr.done.txt
pleat_run design in out --seed 37 --batch_size 2 --number_of_batches 1 --model ligandmpnn --quiet
pleat_run design in out --seed 38 --batch_size 2 --number_of_batches 1 --model ligandmpnn --quiet
for shard in 0 1; do "$PLEAT" design in shards --seed 37 --batch_size 1 --number_of_batches 2 --model_type ligand_mpnn --shard $shard/2 --threads 1 -q; done
for name in 1bc8 6mrr; do
  sequences out/seqs/$name.fa > a; sequences shards/seqs/$name.fa > b; cmp a b && cmp out/backbones/${name}_2.pdb shards/backbones/${name}_2.pdb && echo "$name: same in shards"
done
printf 'in/6mrr.pdb\n' > list
echo '{"in/6mrr.pdb": ""}' > paths.json
"$PLEAT" design list listed --seed 37 --batch_size 2 --model ligandmpnn -q
"$PLEAT" design --pdb_path_multi paths.json --out_folder keyed --seed 37 --batch_size 2 --model ligandmpnn -q
"$PLEAT" design --pdb_path in/6mrr.pdb --out_folder alone --seed 37 --batch_size 2 --model ligandmpnn -q
for folder in listed keyed alone; do cmp out/seqs/6mrr.fa $folder/seqs/6mrr.fa; done

echo '# names of files, formats, headers'
pleat_run design in/6mrr.pdb named --seed 1 --zero_indexed 1 --file_ending _x --format pdb,cif --header ligandmpnn --save_stats 1 --quiet
find named -type f | sort
grep '>' named/seqs/6mrr_x.fa | numbers
"$PLEAT" design in/6mrr.pdb seed 2> said && grep -c 'chosen by the system' said seed/log.txt
grep -c "seed=$(sed -n 's/.*--seed \([0-9]*\) .*/\1/p' said)" seed/seqs/6mrr.fa

echo '# what is designed'
design() { name=$1; shift; "$PLEAT" design in/6mrr.pdb $name --seed 5 -q --header ligandmpnn "$@" && sequences $name/seqs/6mrr.fa > a; }
design fixed --fixed_residues 'A1 A3 A5' --omit_AA GWS && awk '{ printf "%s ", substr($0, 1, 1) substr($0, 3, 1) substr($0, 5, 1) } END { print "" }' a
design redesigned --redesigned_residues 'A2' --bias_AA P:1000 && sed -n 2p a
design chains --chains_to_design A --bias_AA P:1000 && sed -n 2p a
echo '{"A2": {"P": 1000}, "A4": {"H": 1000}}' > bias.json
echo '{"A3": "ACDEFGHIKLMNPQRSTVW"}' > omit.json
design biased --bias_AA_per_residue bias.json --omit_AA_per_residue omit.json && sed -n 2p a | cut -c2-4
echo '{"in/6mrr.pdb": {"A2": {"P": 1000}}}' > bias_multi.json
echo '{"6mrr.pdb": "A2 A3"}' > multi.json
design multi --bias_AA_per_residue_multi bias_multi.json --redesigned_residues_multi multi.json && sed -n 2p a | cut -c2
design tied --symmetry_residues 'A10,A20,A30|A11,A21' && sed -n 2p a | awk '{ print substr($0, 10, 1) == substr($0, 20, 1) && substr($0, 20, 1) == substr($0, 30, 1) && substr($0, 11, 1) == substr($0, 21, 1) ? "tied" : "not tied" }'
design labels --model_type per_residue_label_membrane_mpnn --transmembrane_buried 'A3 A4' --transmembrane_interface A5 && echo 'labelled'

echo '# atoms of occupancy 0, and settings of the packer where nothing is packed'
mkdir zero
awk '/^ATOM/ && substr($0, 23, 4) + 0 == 7 { $0 = substr($0, 1, 56) "0.00" substr($0, 61) } { print }' in/6mrr.pdb > zero/6mrr.pdb
occupancy() { "$PLEAT" design zero/6mrr.pdb $1 --seed 5 --header ligandmpnn --parse_atoms_with_zero_occupancy $2 2>&1 | grep 'occupancy'; sequences $1/seqs/6mrr.fa > b; }
design whole && occupancy without 0; cmp -s a b || echo 'another sequence'
occupancy with 1; cmp a b && echo 'the same as with occupancy 1'
pleat_run design in/6mrr.pdb unpacked --seed 5 --quiet --number_of_packs_per_design 2 --repack_everything 1

echo '# chains with long names fit no PDB file, which is said before the work'
mkdir long
"$PLEAT" convert in/6mrr.pdb long/6mrr.cif -q && sed -i 's/\bA\b/AB/g' long/6mrr.cif
pleat_run design long/6mrr.cif long.out --seed 1 --quiet
pleat_run design long/6mrr.cif long.out --seed 1 --quiet --format cif
find long.out -type f | sort

echo '# what cannot be is said, the rest is done'
pleat_run design in/6mrr.pdb bad --seed 1 --fixed_residues A1000
pleat_run design in/6mrr.pdb bad --seed 1 --chains_to_design Q
pleat_run design in/6mrr.pdb bad --seed 1 --bias_AA P=3
pleat_run design in/6mrr.pdb bad --seed 1 --omit_AA J
pleat_run design in/6mrr.pdb bad --seed 1 --symmetry_residues A1,A2 --homo_oligomer 1
pleat_run design in/6mrr.pdb bad --seed 1 --transmembrane_buried A1
pleat_run design in/6mrr.pdb bad --seed 1 --ligand_mpnn_use_side_chain_context 1
pleat_run design in/6mrr.pdb bad --seed 1 --global_transmembrane_label 1
pleat_run design in bad --seed 1 --fixed_residues_multi multi.json --quiet
pleat_run design in/6mrr.pdb bad --seed 1 --model_type soluble_mpnn | sed 's/ (looked.*;/;/'
pleat_run pack in/6mrr.pdb bad --model proteinmpnn
pleat_run design in/6mrr.pdb small --seed 1 --memory 1K
mkdir mixed
cp in/6mrr.pdb mixed/b.pdb
printf 'nothing here\n' > mixed/a.pdb
grep -v ' CA ' in/6mrr.pdb > mixed/c.pdb
pleat_run design mixed mixed.out --seed 1 --quiet | cut -c1-120
find mixed.out -name '*.done.txt'
