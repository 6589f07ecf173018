#!/usr/bin/env python3
"""A thousand jobs in one process: the peak memory must be that of the first hundred, so nothing is kept of a job that is done.
SPDX-License-Identifier: MIT

soak.py PLEAT      models are looked for as pleat does, in $PLEAT_MODELS
"""
import os
import random
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
FEW, MANY = 100, 1000
ALLOWED = 12.0  # MiB more for 900 jobs: their names, rows of the report, times
HEAVY = "QVQLVQSGAEVKKPGASVKVSCKASGYTFTSYYMHWVRQAPGQGLEWMGIINPSGGSTSYAQKFQGRVTMTRDTSTSTVYMELSSLRSEDTAVYYCARDYGDYWGQGTLVTVSS"
LIGHT = "DIQMTQSPSSLSASVGDRVTITCRASQSISSYLNWYQQKPGKAPKLLIYAASSLQSGVPSRFSGSGSGTDFTLTISSLQPEDFATYYCQQSYSTPLTFGGGTKVEIK"


def antibodies(path, count):
    """The same antibody with one residue changed at random, so that all lengths are alike and all jobs differ."""
    draw = random.Random(7)
    with open(path, "w", encoding="ascii") as out:
        for k in range(count):
            at = draw.randrange(len(HEAVY))
            out.write(f">job_{k:04d}\n{HEAVY[:at]}{draw.choice('ACDEFGHIKLMNPQRSTVWY')}{HEAVY[at + 1:]}:{LIGHT}\n")


def backbones(folder, count):
    os.makedirs(folder)
    source = os.path.join(HERE, "golden", "structure", "6mrr.pdb.gz")
    for k in range(count):
        os.symlink(source, os.path.join(folder, f"job_{k:04d}.pdb.gz"))


def peak(command):
    """MiB that the command's process had at most."""
    process = subprocess.Popen(command)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"soak: {' '.join(command)} failed: {status}")
    return usage.ru_maxrss / 1024


def main():
    pleat, bad = sys.argv[1], False
    with tempfile.TemporaryDirectory() as scratch:
        for count in (FEW, MANY):
            antibodies(f"{scratch}/{count}.fasta", count)
            backbones(f"{scratch}/{count}", count)
        runs = {"predict": lambda n: [pleat, "predict", f"{scratch}/{n}.fasta", f"{scratch}/p{n}", "--model", "flashabb", "--quiet"],
                "design": lambda n: [pleat, "design", f"{scratch}/{n}", f"{scratch}/d{n}", "--model", "proteinmpnn", "--seed", "1", "--quiet"],
                "score": lambda n: [pleat, "score", f"{scratch}/{n}", f"{scratch}/s{n}", "--model", "proteinmpnn", "--seed", "1", "--quiet"]}
        for verb, command in runs.items():
            few, many = peak(command(FEW)), peak(command(MANY))
            bad |= many > few + ALLOWED
            print(f"{verb}: {few:.1f} MiB for {FEW} jobs, {many:.1f} MiB for {MANY}{'' if many <= few + ALLOWED else ' TOO MUCH'}", flush=True)
    return int(bad)


if __name__ == "__main__":
    sys.exit(main())
