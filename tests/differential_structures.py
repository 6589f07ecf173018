#!/usr/bin/python3
"""Compares pleat's reading and writing of structures with gemmi's, atom by atom; skipped (77) where gemmi is missing.
SPDX-License-Identifier: MIT

Every file of tests/golden/structure, and every .pdb and .cif under $PLEAT_GOLDEN where that is set: the atoms that pleat reads are
those that gemmi reads; what pleat writes as PDB and as mmCIF gives gemmi the same atoms again.
"""
import glob
import os
import subprocess
import sys
import tempfile

try:
    import gemmi
except ImportError:
    sys.exit(77)

DUMP = os.path.join(os.environ.get("top_builddir", "."), "tests", "structure_dump")
GEMMI_DEFAULT_B = 20000  # in thousandths: what gemmi gives an atom without a B factor; pleat gives 0
REFUSED = {"nan.pdb", "stars.pdb", "nan.cif"}  # coordinates that are no numbers: gemmi reads them, pleat names the line
OTHER_COLUMNS = {"target_odd.pdb"}  # gemmi takes the fourth letter of HISE for the first of a chain's name
GOLDEN = os.path.join(os.environ.get("top_srcdir", "."), "tests", "golden", "structure")


def row(chain, residue, number, code, name, alternate, element, hetero, x, y, z, occupancy, b_factor):
    # Numbers in thousandths: two ways of writing 0.0005 must not look like a difference, so compare() allows one.
    numbers = [round(float(v) * 1000) for v in (x, y, z, occupancy, b_factor)]
    return (chain, residue, int(number), code, name, alternate, element.upper(), int(hetero), *numbers)


def atoms_of_pleat(path):
    text = subprocess.run([DUMP, path], check=True, capture_output=True, text=True).stdout
    return [row(*line.split("\t")) for line in text.splitlines()]


def atoms_of_gemmi(path):
    """None where gemmi finds no model: it needs label_asym_id, which odd.cif leaves out."""
    structure = gemmi.read_structure(path, merge_chain_parts=False)
    if len(structure) == 0:
        return None
    return [row(chain.name.strip(), residue.name, residue.seqid.num, residue.seqid.icode, atom.name,
                atom.altloc.replace("\0", " "), atom.element.name, residue.het_flag == "H", *atom.pos.tolist(), atom.occ,
                atom.b_iso)
            for chain in structure[0] for residue in chain for atom in residue]


def compare(mine, theirs):
    """The first difference in words; None when there is none. Order does not matter, a last digit neither."""
    if len(mine) != len(theirs):
        return f"{len(mine)} atoms, gemmi has {len(theirs)}"
    for a, b in zip(sorted(mine), sorted(theirs)):
        if a[:8] != b[:8] or max(abs(p - q) for p, q in zip(a[8:11], b[8:11])) > 1:
            return f"{a} is {b} in gemmi"
        if abs(a[11] - b[11]) > 10 or (abs(a[12] - b[12]) > 10 and (a[12], b[12]) != (0, GEMMI_DEFAULT_B)):
            return f"{a} is {b} in gemmi"
    return None


def fits_pdb(atoms):
    return all(len(a[0]) <= 1 and len(a[1]) <= 3 and -999 <= a[2] <= 9999 for a in atoms)


def named_for(ending, atoms):
    """mmCIF has no nameless chains: pleat calls them A."""
    return [("A",) + a[1:] if ending == "cif" and not a[0] else a for a in atoms]


def check_file(path, folder):
    mine, theirs = atoms_of_pleat(path), atoms_of_gemmi(path)
    if theirs is None:
        theirs = mine
    yield "reading", compare(mine, theirs)
    for ending in ["cif"] + ["pdb"] * fits_pdb(theirs):
        written = os.path.join(folder, "written." + ending)
        subprocess.run([DUMP, path, written], check=True)
        wanted = named_for(ending, theirs)
        yield "writing " + ending, compare(atoms_of_gemmi(written) or [], wanted)
        yield "reading back " + ending, compare(atoms_of_pleat(written), wanted)


def refusal(path):
    """What is wrong with how pleat refuses a file; None when it says a sentence with the line."""
    run = subprocess.run([DUMP, path], capture_output=True, text=True)
    if run.returncode == 0:
        return "was not refused"
    return None if f"{os.path.basename(path)}:" in run.stderr + run.stdout else "was refused without naming the line"


def comparer_sees_differences(path):
    atoms = atoms_of_gemmi(path)
    moved = atoms[:-1] + [atoms[-1][:8] + (atoms[-1][8] + 5,) + atoms[-1][9:]]
    renamed = [("Q",) + atoms[0][1:]] + atoms[1:]
    return compare(atoms, atoms) is None and all(compare(a, atoms) for a in (moved, renamed, atoms[1:]))


def main():
    files = sorted(glob.glob(os.path.join(GOLDEN, "*.pdb*")) + glob.glob(os.path.join(GOLDEN, "*.cif")))
    files = [path for path in files if os.path.basename(path) not in OTHER_COLUMNS]
    if os.environ.get("PLEAT_GOLDEN"):
        for ending in ("*.pdb", "*.cif", "*.cif.gz"):
            files += sorted(glob.glob(os.path.join(os.environ["PLEAT_GOLDEN"], "**", ending), recursive=True))
    failures = 0 if files and comparer_sees_differences(files[0]) else 1
    with tempfile.TemporaryDirectory() as folder:
        for path in files:
            if os.path.basename(path) in REFUSED:
                if refusal(path):
                    failures += 1
                    print(f"{path}: {refusal(path)}")
                continue
            for step, difference in check_file(path, folder):
                if difference:
                    failures += 1
                    print(f"{path}: {step}: {difference}")
    print(f"{len(files)} files compared with gemmi {gemmi.__version__}, {failures} differences")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
