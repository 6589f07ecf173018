# Inputs that cannot be used: each its sentence, exit 2, and nothing is left behind.
# SPDX-License-Identifier: MIT
: > empty.fasta
printf 'this is a letter to a friend\n' > prose.fasta
printf '>a\nEVQLV1SGG\n' > digit.fasta
printf '>only a name\n' > bare.fasta
mkdir nothing
pleat_run predict missing.fasta out
pleat_run predict empty.fasta out
pleat_run predict prose.fasta out
pleat_run predict digit.fasta out
pleat_run predict bare.fasta out
pleat_run predict nothing out
pleat_run embed empty.fasta out.h5
pleat_run plan missing.fasta
ls
