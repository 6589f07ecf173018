# Searches by programs on the PATH: merged, kept, run once; what goes wrong has its sentence. The programs here are stand-ins.
# SPDX-License-Identifier: MIT
mkdir bin
cat > bin/jackhmmer <<'FAKE'
#!/bin/sh
# Takes the words that it is given as the real one does; hits are the rows of the database file, aligned by hand.
echo run >> "$FAKE_LOG"
while [ $# -gt 2 ]; do case $1 in -A) out=$2 ;; esac; shift; done
if grep -q BROKEN "$2"; then echo "Error: the database is broken" >&2; exit 3; fi
if grep -q NOTHING "$2"; then exit 0; fi
{ echo "# STOCKHOLM 1.0"; echo "query $(sed -n 2p "$1")"; cat "$2"; echo //; } > "$out"
FAKE
chmod +x bin/jackhmmer
PATH=$PWD/bin:$PATH FAKE_LOG=$PWD/runs
export PATH FAKE_LOG
printf 'tr|A0A001|A0A001_HUMAN/1-5 AC-EF\ntr|A0A002|A0A002_MOUSE/1-5 ACDEW\n' > one.db
printf 'x ACDEW\ny WCDEF\n' > two.db
printf '>a\nACDEF\n' > a.fasta
printf '>pair\nACDEF:MNPQR:ACDEF\n>bad\nAC1\n' > pair.fasta
pleat_run msa a.fasta out --search jackhmmer:one.db,jackhmmer:two.db
cat out/a.a3m
grep -c run runs
ls out/searches | sed 's/-[0-9a-f]*\./-KEY./'
pleat_run msa a.fasta out --search jackhmmer:one.db
pleat_run msa a.fasta out --search jackhmmer:one.db --overwrite-existing-results --max-rows 2
grep -c run runs
pleat_run msa pair.fasta out --search jackhmmer:one.db
cat out/pair.a3m
echo BROKEN > broken.db
echo NOTHING > nothing.db
pleat_run msa a.fasta out2 --search jackhmmer:broken.db
pleat_run msa a.fasta out2 --search jackhmmer:nothing.db
cat out2/a.a3m
pleat_run msa a.fasta out3 --search jackhmmer:missing.db
pleat_run msa a.fasta out3 --search blast:one.db
pleat_run msa a.fasta out3 --search jackhmmer
pleat_run msa a.fasta out3 --search jackhmmer:one.db --copies 2
pleat_run msa a.fasta out3 --search jackhmmer:one.db --limits 1,2
rm bin/jackhmmer
: > three_hhm.ffindex
mkdir few
for tool in ls sed cat grep; do ln -s "$(command -v $tool)" few/$tool; done
(PATH=$PWD/few && pleat_run msa a.fasta out3 --search hhblits:three)
ls -A out2/searches out3/searches | sed 's/-[0-9a-f]*\./-KEY./'
