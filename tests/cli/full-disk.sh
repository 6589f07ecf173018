# A full disk and a folder that cannot be written are told, and nothing half-written stays.
# SPDX-License-Identifier: MIT
echo '$ pleat compare > /dev/full'
"$PLEAT" compare $data/peptide.pdb $data/turned.pdb > /dev/full
echo "[exit $?]"
echo '$ pleat --help > /dev/full'
"$PLEAT" --help > /dev/full
echo "[exit $?]"
# a limit on the size of files stands for a full disk; messages go through a pipe, which it does not touch
echo '$ pleat convert on a full disk'
(trap '' XFSZ; ulimit -f 1; "$PLEAT" convert $data/peptide.pdb big.cif; echo "[exit $?]") 2>&1 | cat
printf 'in the way\n' > file
printf '>a\nEVQLVESGG:DIQMTQSPS\n' > a.fasta
pleat_run convert $data/peptide.pdb file/a.cif
ls
