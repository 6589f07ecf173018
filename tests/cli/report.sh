# The page of a results folder: where it is written, what cannot be read, and what is no folder.
# SPDX-License-Identifier: MIT
python3 "$top/tests/report_sample.py" out 2 30
pleat_run report out
printf '{"plddt": [1,' > out/bad_scores_rank_001_x_seed_000.json
printf 'nothing' > out/job_0000_unrelaxed_rank_001_sample_seed_000.pdb
pleat_run report out
ls out | grep -E 'html|tmp'
mkdir empty
pleat_run report empty --quiet
pleat_run report nowhere
pleat_run report out/config.json
pleat_run report
