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
