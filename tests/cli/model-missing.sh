# A model that is not there or not installed is said before anything is written.
# SPDX-License-Identifier: MIT
PLEAT_MODELS=$PWD/models XDG_DATA_HOME=$PWD HOME=$PWD
export PLEAT_MODELS XDG_DATA_HOME HOME
printf '>a\nEVQLVESGG:DIQMTQSPS\n' > a.fasta
printf 'not a model' > bad.h5
pleat_run predict a.fasta out --model nonsense
pleat_run predict a.fasta out --weights bad.h5
pleat_run predict a.fasta out --weights missing.h5
pleat_run models verify bad.h5
pleat_run models import bad.h5
PLEAT_GET_MODEL=$PWD/no-such-helper pleat_run models get flashabb
ls
