"""PowerFit on a map; and its rotations as quaternions, for both sides to try the same.
SPDX-License-Identifier: MIT

peer_fit.py rotations DEGREES FILE
peer_fit.py fit MAP RESOLUTION STRUCTURE CHAINS DEGREES THREADS FOLDER       CHAINS: A,B or -
"""
import os
import sys

os.environ["OMP_NUM_THREADS"] = os.environ["PYFFTW_NUM_THREADS"] = "1"  # PowerFit shares rotations out over processes

from powerfit_em import powerfit, rotations


def main():
    what, *rest = sys.argv[1:]
    if what == "rotations":
        quaternions = rotations.proportional_orientations(float(rest[0]))[0]
        with open(rest[1], "w", encoding="ascii") as out:
            out.writelines(" ".join(f"{x:.9f}" for x in row) + "\n" for row in quaternions)
        return
    density, resolution, structure, chains, degrees, threads, folder = rest
    with open(density, "rb") as target, open(structure, encoding="ascii") as template:
        powerfit.powerfit(target, float(resolution), template, angle=float(degrees), core_weighted=True, laplace=False,
                          chain=None if chains == "-" else chains, directory=folder, num=1, nproc=int(threads))


if __name__ == "__main__":
    main()
