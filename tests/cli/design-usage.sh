# What the command lines of design, score and pack get wrong is said in one sentence, before anything is written.
# SPDX-License-Identifier: MIT
cp $data/peptide.pdb a.pdb
pleat_run design
pleat_run score a.pdb
pleat_run pack --out_folder out
pleat_run design nothing.pdb out
pleat_run design a.pdb out --model flashabb-nonsense
pleat_run design a.pdb out --model_type ligand
pleat_run design a.pdb out --model_type ligand_mpnn --checkpoint_protein_mpnn proteinmpnn_v_48_002.pt
pleat_run design a.pdb out --model ligandmpnn --model_type ligand_mpnn
pleat_run design a.pdb out --temperature 0
pleat_run design a.pdb out --temperature warm
pleat_run design a.pdb out --header full
pleat_run design a.pdb out --batch_size 0
pleat_run design a.pdb out --seed 3 --random-seed 4
pleat_run design a.pdb out --homo_oligomer=yes
pleat_run design a.pdb out --fixed_residue A1
pleat_run score a.pdb out --autoregressive_score 1 --single_aa_score 1
pleat_run score a.pdb out --autoregressive_score 0
pleat_run score a.pdb out --omit_AA C
echo '{"a.pdb": "A1"' > broken.json
echo '{"a.pdb": "A1"}' > good.json
pleat_run design a.pdb out --fixed_residues_multi broken.json
pleat_run design a.pdb out --fixed_residues_multi good.json --fixed_residues A2
pleat_run design a.pdb out --omit_AA_per_residue good.json --omit_AA_per_residue_multi good.json
pleat_run design a.pdb out --draws good.json
pleat_run design --pdb_path_multi broken.json --out_folder out
mkdir empty
pleat_run design empty out
ls
