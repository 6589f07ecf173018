#!/usr/bin/env python3
"""Writes the hand-made odd structures: what people's files hold besides twenty amino acids in order.
SPDX-License-Identifier: MIT

    make_odd.py OUT_FOLDER
"""
import os
import sys

BACKBONE = {"N": (0, 0, 0), "CA": (1.2, 0.8, 0), "C": (2.5, 0, 0), "O": (2.5, -1.2, 0)}
SIDE = {"CB": (1.2, 1.6, 1.2), "CG": (1.2, 3.0, 1.0), "OG": (1.2, 2.9, 1.2), "SD": (1.2, 4.0, 2.0),
        "SE": (1.2, 4.0, 2.1), "CE": (1.2, 5.5, 2.0), "P": (1.2, 4.4, 1.5), "CG1": (1.2, 2.9, 1.0),
        "CG2": (2.2, 2.0, 2.1), "CD": (1.2, 4.2, 1.8), "NZ": (1.2, 6.9, 2.2), "OG1": (1.2, 2.9, 0.9),
        "OXT": (3.6, -0.1, 0.2)}
PEPTIDE = ["N", "CA", "C", "O", "CB"]


class Structure:
    """Residues along x; a residue follows the one before by a peptide bond unless there is a gap."""

    def __init__(self):
        self.atoms, self.x = [], 0.0

    def residue(self, name, chain, number, atoms=None, icode=" ", hetero=False, gap=False, alternates=" ",
                occupancy=None, names=None):
        amounts = occupancy or {}
        self.x += 8.0 if gap else 3.8
        for i, alternate in enumerate(alternates):
            for atom in atoms or PEPTIDE:
                where = dict(BACKBONE, **SIDE)[atom]
                element = "Se" if atom == "SE" else atom[0]
                place = (self.x + where[0], where[1] + 0.1 * i, where[2])
                self.atom(atom, element, names[i] if names else name, chain, number, place, icode, hetero, alternate,
                          amounts.get(alternate, amounts.get(atom, 1)))
        return self

    def atom(self, atom, element, name, chain, number, place, icode=" ", hetero=True, alternate=" ", occupancy=1.0):
        self.atoms.append((atom, element, name, chain, number, place, icode, hetero, alternate, occupancy))
        return self

    def end_chain(self):
        self.atoms.append(None)
        self.x += 10
        return self

    def pdb(self):
        lines, serial = [], 0
        for entry in self.atoms:
            serial += 1
            if entry is None:
                lines.append("TER")
                continue
            atom, element, name, chain, number, (x, y, z), icode, hetero, alternate, occupancy = entry
            lines.append("%-6s%5d %-4s%s%-4s%s%4d%s   %8.3f%8.3f%8.3f%6.2f%6.2f          %2s" % (
                "HETATM" if hetero else "ATOM", serial, atom if len(element) > 1 else " " + atom, alternate, name,
                chain, number, icode, x, y, z, occupancy, 10, element.upper()))
        return "\n".join(lines) + "\nEND\n"

    def cif(self):
        items = ("group_PDB id type_symbol label_atom_id label_alt_id label_comp_id label_asym_id label_seq_id Cartn_x "
                 "Cartn_y Cartn_z occupancy B_iso_or_equiv auth_seq_id auth_asym_id pdbx_PDB_ins_code").split()
        lines = ["data_odd", "loop_"] + ["_atom_site." + item for item in items]
        asym, places, ended = {}, {}, set()
        for serial, entry in enumerate(self.atoms):
            if entry is None:
                ended = set(places)
                continue
            atom, element, name, chain, number, (x, y, z), icode, hetero, alternate, occupancy = entry
            own = (chain, number, icode)
            free = (hetero and chain in {key[0] for key in ended}) or name == "LYS" and hetero
            if not free and own not in places:
                places[own] = 1 + sum(key[0] == chain for key in places)
            label = asym.setdefault((chain, own if free else None), chr(ord("A") + len(asym)))
            lines.append("%s %d %s %s %s %s %s %s %.3f %.3f %.3f %.2f %.2f %d %s %s" % (
                "HETATM" if hetero else "ATOM", serial + 1, element.upper(), atom, alternate.replace(" ", "."), name,
                label, "." if free else places[own], x, y, z, occupancy, 10, number, chain, icode.replace(" ", "?")))
        return "\n".join(lines) + "\n#\n"


def odd():
    s = Structure()
    s.residue("MET", "A", 1, PEPTIDE + ["CG", "SD", "CE"])
    s.residue("MSE", "A", 2, PEPTIDE + ["CG", "SE", "CE"], hetero=True)
    s.residue("HIE", "A", 3).residue("GLH", "A", 4).residue("CYX", "A", 5)
    s.residue("SEP", "A", 6, PEPTIDE + ["OG", "P"], hetero=True).residue("ABC", "A", 7, hetero=True)
    s.residue("ALA", "A", 8).residue("GLY", "A", 8, PEPTIDE[:4], icode="A")
    s.residue("SER", "A", 8, PEPTIDE + ["OG"], icode="B")
    s.residue("LEU", "A", 9, ["N", "CA", "C", "CB"]).residue("VAL", "A", 10, ["N", "C", "O", "CB"])
    s.residue("THR", "A", 20, PEPTIDE + ["OG1", "CG2"], gap=True, alternates="AB", occupancy={"A": 0.4, "B": 0.6})
    s.residue("ILE", "A", 21, alternates="B", occupancy={"B": 0.5}).residue("LYS", "A", 22, occupancy={"CA": 0})
    s.residue("ASP", "A", 23, PEPTIDE + ["CG"], occupancy={"CG": 0})
    s.residue("SER", "A", 24, alternates="AB", occupancy={"A": 0.5, "B": 0.5}, names=["SER", "THR"])
    s.residue("HISE", "A", 25).residue("ILE", "A", 26, PEPTIDE + ["CG1", "CG2", "CD"])
    s.residue("PRO", "A", 27, PEPTIDE + ["OXT"]).end_chain()
    s.residue("GLY", "B", 1, PEPTIDE[:4]).residue("ALA", "B", 2).residue("GLY", "B", 3, PEPTIDE[:4])
    s.residue("LYS", "B", 101, PEPTIDE + ["CG", "CD", "CE", "NZ"], hetero=True, gap=True).end_chain()
    for atom, y in (("P", 0), ("OP1", 1.5), ("C5'", 3)):
        s.atom(atom, atom[0], "DA", "C", 1, (5.0, 10.0 + y, 0.0), hetero=False)
    s.end_chain()
    s.residue("LYS", "A", 201, PEPTIDE + ["CG", "CD", "CE", "NZ"], hetero=True)
    s.atom("ZN", "Zn", "ZN", "A", 301, (4.0, 6.0, 2.0)).atom("MO", "Mo", "MOS", "A", 302, (4.0, 8.0, 2.0))
    s.atom("D1", "D", "EOD", "A", 303, (4.0, 9.0, 2.0)).atom("O", "O", "DUM", "A", 304, (4.0, 7.0, 5.0))
    s.atom("O", "O", "HOH", "A", 401, (4.0, 7.0, 4.0)).atom("O", "O", "DOD", "A", 402, (4.0, 9.0, 4.0))
    return s


def names():
    """No name of a chain, alternates called 1 and 2, UNK, a negative number, insertion codes before and after."""
    s = Structure()
    s.residue("ALA", " ", -1).residue("UNK", " ", 0, PEPTIDE).residue("SER", " ", 1, PEPTIDE + ["OG"], icode="A")
    s.residue("GLY", " ", 1, PEPTIDE[:4]).residue("VAL", " ", 1, icode="B")
    s.residue("THR", " ", 2, alternates="12", occupancy={"1": 0.4, "2": 0.6})
    s.residue("HSD", " ", 3).residue("CYM", " ", 4).residue("UNK", " ", 9, PEPTIDE[:4], gap=True)
    return s.end_chain()


def plain(atoms=None, number=3):
    s = Structure()
    for i in range(number):
        s.residue("ALA", "A", 1 + i, atoms)
    return s.end_chain()


def main(out):
    twice = plain()
    twice.residue("GLY", "A", 2, PEPTIDE[:4])
    none = Structure()
    none.atom("ZN", "Zn", "ZN", "A", 1, (1.0, 2.0, 3.0)).atom("O", "O", "HOH", "A", 2, (1.0, 5.0, 3.0))
    lines = plain().pdb().split("\n")
    files = {"target_odd.pdb": odd().pdb(), "target_odd.cif": odd().cif(), "ca_only.pdb": plain(["CA"]).pdb(),
             "names.pdb": names().pdb(), "ca_only.cif": plain(["CA"]).cif(), "twice.cif": twice.cif(),
             "nan.cif": plain().cif().replace(" 0.800 ", " nan ", 1),
             "twice.pdb": twice.pdb(), "no_protein.pdb": none.pdb(), "one_residue.pdb": plain(number=1).pdb(),
             "stars.pdb": "\n".join([lines[0][:30] + "********" + lines[0][38:]] + lines[1:]),
             "nan.pdb": "\n".join(lines[:1] + [lines[1][:30] + "     nan" + lines[1][38:]] + lines[2:]),
             "two_models.pdb": "MODEL        1\n" + plain(number=1).pdb().replace("END", "ENDMDL") +
                               "MODEL        7\n" + plain(number=2).pdb().replace("END", "ENDMDL") + "END\n"}
    for name, text in files.items():
        with open(os.path.join(out, name), "w", encoding="ascii") as file:
            file.write(text)


main(*sys.argv[1:])
