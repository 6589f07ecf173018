#!/usr/bin/env python3
"""Makes a results folder as predict and design leave them, with made-up numbers, for the tests of the report.
SPDX-License-Identifier: MIT

report_sample.py FOLDER JOBS LENGTH      JOBS predictions of helices of two chains, the last under a name that is hostile;
                                         two with aligned errors and an alignment; one design, one score, one fit, one docking
"""
import json
import math
import os
import sys

LETTERS = "ACDEFGHIKLMNPQRSTVWY"
THREE = dict(zip(LETTERS, "ALA CYS ASP GLU PHE GLY HIS ILE LYS LEU MET ASN PRO GLN ARG SER THR VAL TRP TYR".split()))
HOSTILE = "\"><img src=x onerror=alert(1)>&'<b>"  # as a name of files; '/' cannot be in one
ENDING = "</script><script>alert('ended')</script><!--"


def sequence(seed, length):
    return "".join(LETTERS[(seed * 7 + i * (3 + seed % 5)) % 20] for i in range(length))


def helix(chains, confidence, scale):
    """A PDB file of alpha helices, one a chain, 12 angstrom apart."""
    backbone = [("N", 1.55, -27.0, -0.9), ("CA", 2.29, 0.0, 0.0), ("C", 1.68, 26.5, 1.1), ("O", 2.00, 21.0, 2.3)]
    lines, serial, at = [], 1, 0
    for c, letters in enumerate(chains):
        for i, letter in enumerate(letters):
            for name, radius, angle, rise in backbone:
                turn = math.radians(100 * i + angle)
                x, y, z = radius * math.cos(turn) + 12 * c, radius * math.sin(turn), 1.5 * i + rise
                lines.append(f"ATOM  {serial % 100000:5d}  {name:<3} {THREE[letter]} {'AB'[c]}{i + 1:4d}    {x:8.3f}{y:8.3f}{z:8.3f}"
                             f"  1.00{confidence[at] * scale:6.2f}          {name[0]:>2}")
                serial += 1
            at += 1
    return "\n".join(lines) + "\nEND\n"


def write(folder, name, text):
    with open(os.path.join(folder, name), "w", encoding="utf-8") as out:
        out.write(text)


def prediction(folder, index, name, length, errors):
    chains = [sequence(index, length), sequence(index + 1, length // 2)]
    total = sum(map(len, chains))
    plddt = [round(70 + 28 * math.sin(0.11 * i + index) ** 3, 2) for i in range(total)]
    scores = {"name": name, "model": "sample", "version": "0", "seed": index, "sane": index != 1, "status": "ok" if index != 1 else
              "failed its sanity check", "warnings": [ENDING] if "<" in name else [], "plddt": plddt,
              "mean_plddt": round(sum(plddt) / total, 2), "chain_mean_plddt": {"A": 80.0, "B": 70.0},
              "chains": [{"id": c, "length": len(s), "sequence": s} for c, s in zip("AB", chains)]}
    if errors:
        first = len(chains[0])
        scores["pae"] = [[round(min(30, 0.3 * abs(i - j)) if (i < first) == (j < first) else 24.5, 2) for j in range(total)]
                         for i in range(total)]
        scores.update(max_pae=30.0, ptm=0.812345, iptm=0.71, ranking_confidence=0.73, chain_ptm=[0.8, 0.7],
                      chain_pair_iptm=[[0.8, 0.6], [0.6, 0.7]])
        gaps = "-" * (total // 3)
        write(folder, name + ".a3m", f">query\n{''.join(chains)}\n>one\n{''.join(chains)}\n>two {ENDING}\n{gaps}{''.join(chains)[len(gaps):]}\n")
    write(folder, f"{name}_scores_rank_001_sample_seed_000.json", json.dumps(scores))
    write(folder, f"{name}_unrelaxed_rank_001_sample_seed_000.pdb", helix(chains, plddt, 1))
    write(folder, f"{name}.done.txt", "sample\n")


def design(folder, length):
    os.makedirs(os.path.join(folder, "seqs"), exist_ok=True)
    os.makedirs(os.path.join(folder, "backbones"), exist_ok=True)
    native, text = sequence(3, length), ""
    text += f">backbone, T=0.1, seed=37, model_path=sample{ENDING}, score=2.0\n{native}\n"
    for number in range(1, 9):
        letters = "".join(LETTERS[(LETTERS.index(c) + (number * i) % 3) % 20] if i % 4 else c for i, c in enumerate(native))
        text += f">backbone, id={number}, T=0.1, seed=37, overall_confidence=0.5, seq_rec=0.25, score={2 - 0.1 * number:.4f}\n{letters}\n"
        confidence = [0.5 + 0.5 * math.sin(0.3 * i + number) for i in range(length)]
        write(folder, f"backbones/backbone_{number}.pdb", helix([letters], confidence, 1))
    write(folder, "seqs/backbone.fa", text)


def score(folder, length):
    letters, rows = sequence(5, length), "chain,residue_number,insertion_code,wild_type,mutant,log_p_wild_type,log_p_mutant,difference\n"
    residues = [{"chain": "A", "residue_number": i + 1, "insertion_code": "", "residue_name": THREE[c], "letter": c} for i, c in enumerate(letters)]
    for i, c in enumerate(letters):
        for a, mutant in enumerate(LETTERS):
            value = "nan" if i == 2 else f"{(1.5 if i == 4 and mutant == 'W' else -0.1 * a - 0.01 * i):.6f}"
            rows += f"A,{i + 1},,{c},{mutant},-1,-1,{value}\n" if mutant != c else ""
    write(folder, "scored.json", json.dumps({"name": "scored", "model": "sample", "score": 1.25, "residues": residues, "scores": [1.25]}))
    write(folder, "scored_mutations.csv", rows)
    write(folder, "scored_score.done.txt", "sample\n")


def fit(folder, length):
    places = [{"rank": rank, "score": 0.9 - 0.2 * rank, "z_score": 9.0, "confidence": 0.97, "share": 1.0, "translation": [1.0, 2.0, 3.0]}
              for rank in (1, 2)]
    for rank in (1, 2):
        write(folder, f"fitted_fit_rank_{rank:03d}.cif", helix([sequence(6, length)], [1] * length, 1))
    write(folder, "fitted_fits.json", json.dumps({"steps": [{"part": 1, "copy": 1, "places": places}]}))
    write(folder, "fitted_slices.svg", '<svg xmlns="http://www.w3.org/2000/svg" width="30" height="20"><rect width="30" height="20"/></svg>')
    write(folder, "fitted_fit.done.txt", "{}\n")


def dock(folder, length):
    poses = [{"rank": rank, "score": -10.5 / rank, "shape": -8.0, "electrostatics": -1.0, "desolvation": -1.5, "members": 4, "contacts": 20,
              "translation": [1.0, 2.0, 3.0]} for rank in (1, 2, 3)]
    for rank in (1, 2, 3):
        write(folder, f"docked_complex_rank_{rank:03d}.cif", helix([sequence(6, length), sequence(7, length)], [1] * 2 * length, 1))
    write(folder, "docked_poses.json", json.dumps({"poses": poses}))
    write(folder, "docked_dock.done.txt", "{}\n")


def main():
    folder, jobs, length = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    os.makedirs(folder, exist_ok=True)
    for index in range(jobs):
        name = HOSTILE if index == jobs - 1 else f"job_{index:04d}"
        prediction(folder, index, name, length, index < 2)
    design(folder, 40)
    score(folder, 30)
    fit(folder, 30)
    dock(folder, 30)
    write(folder, "config.json", json.dumps({"version": "0", "model": "sample", "command_line": {"model": ENDING}}))
    write(folder, "cite.bibtex", f"@article{{sample, title = {{{ENDING}}}}}\n")
    write(folder, "timings.json", json.dumps({"jobs": [{"name": "job_0000", "seconds": 1.5}]}))


if __name__ == "__main__":
    main()
