# Structures are converted and compared; the differences are known.
# SPDX-License-Identifier: MIT
pleat_run convert $data/peptide.pdb a.cif
pleat_run convert a.cif b.pdb
grep -c ^ATOM b.pdb
pleat_run compare a.cif $data/peptide.pdb
pleat_run compare $data/turned.pdb a.cif --per-residue
pleat_run compare $data/moved.pdb a.cif --per_residue
"$PLEAT" compare a.cif b.pdb --json | grep -E '"(residues|atoms|lddt)"'
"$PLEAT" convert a.cif - --format pdb | cmp - b.pdb && echo same
pleat_run compare a.cif missing.pdb
pleat_run convert a.cif a.xyz
pleat_run convert a.cif no/such/folder/a.pdb
printf 'nothing here\n' > text.pdb
pleat_run convert text.pdb c.cif
pleat_run convert weights.pt out.pdb
ls
