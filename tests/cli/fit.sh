# Fitting: a structure comes back to its place in its own map; files; what cannot be is refused in one sentence.
# SPDX-License-Identifier: MIT
fresh() { cp "$top/tests/golden/structure/1bc8.pdb.gz" "$top"/tests/golden/map/*.mrc .; XDG_CACHE_HOME=$PWD/cache; export XDG_CACHE_HOME; }
fresh
"$builddir/tests/simulate" 1bc8.pdb.gz 8 2.5 map.mrc || exit 99
pleat_run fit map.mrc 1bc8.pdb.gz out --resolution 8 --angle 25 --fits 2 --quiet
ls out
cut -f 1-7 out/1bc8_fits.tsv | sed -n '1,2s/0\.99[0-9]*/0.99/p' | cut -f 1-4
awk 'NR == 2 { print ($8^2 + $9^2 + $10^2 < 0.1 && $11 + $15 + $19 > 2.999 ? "in its place" : "elsewhere") }' out/1bc8_fits.tsv
pleat_run fit map.mrc 1bc8.pdb.gz out --resolution 8 --angle 25 --fits 2 --quiet
pleat_run fit map.mrc 1bc8.pdb.gz out
pleat_run fit map.mrc 1bc8.pdb.gz out --resolution eight
pleat_run fit map.mrc 1bc8.pdb.gz out --resolution 4
pleat_run fit mode2.mrc 1bc8.pdb.gz out --resolution 8
pleat_run fit 1bc8.pdb.gz 1bc8.pdb.gz out --resolution 8
head -c 2000 map.mrc > cut.mrc
pleat_run fit cut.mrc 1bc8.pdb.gz out --resolution 8
pleat_run fit map.mrc 1bc8.pdb.gz out --resolution 8 --chains Q
# Confident residues only; on the Laplacian; rigid domains by aligned errors; parts of errors that do not fit.
zcat < "$top/tests/golden/structure/6mrr.pdb.gz" | awk '/^ATOM/ { b = substr($0, 23, 4) + 0 > 10 ? 90 : 40; printf "%s%6.2f%s\n", substr($0, 1, 60), b, substr($0, 67); next } { print }' > model.pdb
"$builddir/tests/simulate" model.pdb 6 2 model.mrc || exit 99
place() { awk -v part="$2" 'NR > 1 && $1 == part && $3 == 1 { print ($8^2 + $9^2 + $10^2 < 1 && $11 + $15 + $19 > 2.99 ? "in its place" : "elsewhere") }' "$1"; }
pleat_run fit model.mrc model.pdb confident --resolution 6 --angle 20 --min-plddt 70 --fits 1 --quiet
place confident/model_fits.tsv 1
pleat_run fit model.mrc model.pdb laplace --resolution 6 --angle 20 --laplace --fits 1 --quiet
place laplace/model_fits.tsv 1
grep -c '^ATOM.* CA ' confident/model_fit_rank_001.cif
awk 'BEGIN { n = 68; print "{\"pae\": ["; for (i = 0; i < n; i++) { printf "["; for (j = 0; j < n; j++) printf "%s%d", j ? "," : "", (i < 35) == (j < 35) ? 2 : 25; print i < n - 1 ? "]," : "]" } print "]}" }' > pae.json
pleat_run fit model.mrc model.pdb domains --resolution 6 --angle 20 --pae pae.json --min-domain 30 --fits 1 --quiet
cut -f 1,2 domains/model_fits.tsv | sort -u
grep -c '^ATOM.* CA ' domains/model_fitted.cif
pleat_run fit model.mrc model.pdb domains --resolution 6 --pae pae.json --min-domain 50
sed 's/^\[2,/[/' pae.json > cut.json
pleat_run fit model.mrc model.pdb domains --resolution 6 --pae cut.json
pleat_run fit model.mrc model.pdb domains --resolution 6 --pae model.pdb
