# The published weights with the published code's random numbers give its sequences and confidences.
# SPDX-License-Identifier: MIT
need_model proteinmpnn_v_48_020
need_model ligandmpnn_v_32_010_25
golden=$top/tests/golden
gzip -dc "$golden/mpnn/5l33.pdb.gz" > 5L33.pdb
gzip -dc "$golden/structure/1bc8.pdb.gz" > 1BC8.pdb
pleat_run design 5L33.pdb out --seed 1 --batch_size 2 --draws "$golden/mpnn/5l33_draws.h5:sample" --header ligandmpnn --quiet
pleat_run design 1BC8.pdb out --seed 1 --batch_size 2 --model ligandmpnn --draws "$golden/mpnn/1bc8_draws.h5:sample" --header ligandmpnn --quiet
cat out/seqs/5L33.fa out/seqs/1BC8.fa
pleat_run design 1BC8.pdb other --seed 1 --batch_size 3 --draws "$golden/mpnn/1bc8_draws.h5:sample" --quiet
pleat_run design 1BC8.pdb other --seed 1 --draws "$golden/mpnn/5l33_draws.h5:sample" --quiet
pleat_run design 1BC8.pdb other --seed 1 --draws "$golden/mpnn/1bc8_draws.h5" --quiet
"$PLEAT" models info proteinmpnn | grep -E '^(name|short name|task|licence|citation|source)'
