# Docking: a complex's chain comes back to its place; files; restraints; what cannot be is refused in one sentence.
# SPDX-License-Identifier: MIT
cp "$top/tests/golden/msa/4i6p.cif.gz" .; XDG_CACHE_HOME=$PWD/cache; export XDG_CACHE_HOME
awk 'BEGIN { srand(4); for (i = 0; i < 40; i++) { s = 0; for (d = 0; d < 4; d++) { q[d] = rand() - 0.5; s += q[d] ^ 2 } print q[0] / sqrt(s), q[1] / sqrt(s), q[2] / sqrt(s), q[3] / sqrt(s) } print "0.9969 0.05 -0.04 0.045" }' > few.txt
coarse="--rotations few.txt --spacing 1.8 --refined 60 --poses 2 --quiet"
pleat_run dock 4i6p.cif.gz 4i6p.cif.gz out --receptor-chains A --ligand-chains B $coarse
ls out
cut -f 1,7 out/4i6p_4i6p_poses.tsv | head -1
awk 'NR == 2 { print ($9^2 + $10^2 + $11^2 < 25 && $12 + $16 + $20 > 2.9 ? "in its place" : "elsewhere") }' out/4i6p_4i6p_poses.tsv
"$PLEAT" convert out/4i6p_4i6p_complex_rank_001.cif complex.pdb && grep '^ATOM.* CA ' complex.pdb | cut -c 22 | sort | uniq -c | awk '{ print $2, $1 }'
pleat_run dock 4i6p.cif.gz 4i6p.cif.gz out --receptor-chains A --ligand-chains B $coarse
pleat_run dock 4i6p.cif.gz 4i6p.cif.gz out --receptor-chains A --ligand-chains Q
pleat_run dock 4i6p.cif.gz 4i6p.cif.gz out --receptor-chains A --ligand-chains B --ligand-interface "B20 A3"
pleat_run dock 4i6p.cif.gz 4i6p.cif.gz out --receptor-chains A --receptor-interface A20 --receptor-away "A19 A20"
pleat_run dock 4i6p.cif.gz 4i6p.cif.gz out --spacing 9
pleat_run dock 4i6p.cif.gz none.pdb out
pleat_run dock 4i6p.cif.gz 4i6p.cif.gz out --poses 600
pleat_run dock 4i6p.cif.gz
