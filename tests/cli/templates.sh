# Templates with random weights: hits with structures, folders of structures, models that take none, and what cannot be used.
# SPDX-License-Identifier: MIT
one=alphafold2_ptm_model_1 three=alphafold2_ptm_model_3 complex=alphafold2_multimer_v3_model_1 golden=$top/tests/golden/msa
random_model $one $three $complex flashabb
mkdir structures similar hits empty
cp "$golden"/*.cif.gz structures
cp "$golden/3u8v.cif.gz" similar
gzip -dc "$golden/hits.hhr.gz" > hits.hhr
cp hits.hhr hits/q.hhr
printf '>q\nMAAHKGAEHHHKAAEHHEQAAKHHHAAAEHHEKGEHEQAAHHADTAYAHHKHAEEHAAQAAKHDAEHHAPKPH\n' > q.fasta
printf '>like\nTHVGHGIKHLEDAIKHGEEGHVGVATKHAQEAIEHLRASEHKSH\n' > like.fasta
printf '>pair\nTHVGHGIKHLEDAIKHGEEGHVGVATKHAQEAIEHLRASEHKSH:MKTAYIAKQRQISFVKSHFS\n' > pair.fasta
fold() { pleat_run predict "$@" --msa none --num-recycle 0 --max-msa 4:4 | grep -v 'chain is broken' | sed 's/pLDDT [0-9.]*/pLDDT N/'; }
fold q.fasta plain --model $one --quiet
fold q.fasta out --model $one --templates hits.hhr --custom-template-path structures --quiet
grep template out/log.txt
cmp -s plain/q_unrelaxed*.pdb out/q_unrelaxed*.pdb || echo 'templates change the structure'
grep -oE '"templates": \[\{[^}]*\}' out/q_scores*.json
fold q.fasta out --model $one --templates hits.hhr --custom-template-path structures --quiet
fold q.fasta out --model $one --templates hits --custom-template-path structures --max-template-date 2012-12-31
fold q.fasta same --model $one --templates hits --custom-template-path structures --threads 1 --quiet
cmp out/q_unrelaxed*.cif same/q_unrelaxed*.cif && echo 'same bytes'
pleat_run msa q.fasta q.a3m --save-features q.h5 --model $one --num-recycle 0 --max-msa 4:4 --templates hits.hhr --custom-template-path structures
"$PLEAT" predict q.fasta stored --model $one --features q.h5 --num-recycle 0 --quiet 2>/dev/null
cmp same/q_unrelaxed*.pdb stored/q_unrelaxed*.pdb && echo 'same bytes on stored features'
fold q.fasta bad --model $one --features q.h5 --templates hits.hhr --custom-template-path structures --quiet
# models 3 to 5
fold q.fasta none --model $three --templates hits.hhr --custom-template-path structures
fold q.fasta bare --model $three --quiet
cmp none/q_unrelaxed*.pdb bare/q_unrelaxed*.pdb && echo 'not used'
# intermediates of several passes
pleat_run predict like.fasta traced --model $one --msa none --custom-template-path similar --num-recycle 1 --quiet --trace t.h5 | grep -v 'chain is broken'
grep -aoE '(recycle[0-9]|evoformer_iteration|extra_msa_stack|template_projection|fold_iteration|prev_pair)' t.h5 | sort -u
# a folder alone
fold like.fasta like --model $one --templates --custom-template-path similar
fold pair.fasta pair --model $complex --custom-template-path similar
fold q.fasta bad --model $one --custom-template-path structures
fold q.fasta bad --model $one --custom-template-path empty
# what cannot be used
fold q.fasta bad --model $one --templates hits.hhr
fold q.fasta bad --model $one --max-template-date 2020-01-01
fold q.fasta bad --model $one --templates hits.hhr --custom-template-path nowhere
fold q.fasta bad --model $one --templates hits.hhr --custom-template-path similar
fold like.fasta bad --model $one --templates hits.hhr --custom-template-path structures
fold like.fasta bad --model $one --templates hits --custom-template-path structures
fold q.fasta bad --model $one --templates hits.hhr --custom-template-path structures --max-template-date 2000-01-01
fold q.fasta bad --model $one --templates hits.hhr --custom-template-path structures --max-template-date soon
mkdir wrong; cp structures/3u8v.cif.gz wrong
gzip -dc structures/2q2k.cif.gz > wrong/4zey.cif
cp structures/4i6p.cif.gz structures/2q2k.cif.gz wrong
fold q.fasta bad --model $one --templates hits.hhr --custom-template-path wrong
head -c 60000 wrong/4zey.cif > cut.cif; mv cut.cif wrong/4zey.cif
fold q.fasta bad --model $one --templates hits.hhr --custom-template-path wrong
pleat_run predict q.fasta bad --model flashabb --templates hits.hhr --custom-template-path structures
peak() { pleat_run plan "$@" --model $one --msa none --json --quiet | sed -n 's/.*"peak_activation_bytes": \([0-9]*\).*/\1/p'; }
[ "$(peak q.fasta)" -lt "$(peak q.fasta --templates hits.hhr --custom-template-path structures)" ] && echo 'plan counts templates'
ls bad 2>&1 | head -3
