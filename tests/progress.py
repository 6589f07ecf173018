#!/usr/bin/env python3
"""Holds the time left that runs tell after their first tenth against the time that they then take.
SPDX-License-Identifier: MIT

progress.py PLEAT RANDOM_MODELS [MODELS]   predictions of AlphaFold 2 with random weights and of batches of FlashABB (its
published weights where MODELS has them); says a line a run, and fails where the first time told after a tenth of the time
is off by more than 20 % (make check-progress; a few minutes on a machine that does nothing else).
"""
import json
import os
import random
import subprocess
import sys
import tempfile
import time

ALLOWED = 0.2


def run(words, folder, models):
    """The events of a run with the seconds at which they came, and the seconds that it took."""
    environment = dict(os.environ, PLEAT_MODELS=models)
    begin = time.monotonic()
    with subprocess.Popen(words + ["--log-format", "json"], cwd=folder, env=environment, stderr=subprocess.PIPE, text=True) as told:
        events = [(time.monotonic() - begin, json.loads(line)) for line in told.stderr]
    if told.returncode not in (0, 3):  # 3: structures of random weights are no proteins
        sys.exit(f"progress.py: {' '.join(words)} ends with {told.returncode}: {events[-1:]}")
    return events, time.monotonic() - begin


def hold(name, words, folder, models):
    """One line; True where the time left told first after a tenth of the run is right."""
    events, whole = run(words, folder, models)
    for at, event in events:
        if at >= whole / 10 and "left" in event:
            error = event["left"] / (whole - at) - 1
            print(f"{name:34} {whole:6.1f} s, at {at:5.1f} s told {event['left']:6.1f} s left, "
                  f"truth {whole - at:6.1f} s: {100 * error:+.0f} %", flush=True)
            return abs(error) <= ALLOWED
    print(f"{name:34} {whole:6.1f} s: no time left was told")
    return False


def sequence(length, seed):
    return "".join(random.Random(seed).choices("ACDEFGHIKLMNPQRSTVWY", k=length))


def write_fasta(path, records):
    with open(path, "w", encoding="ascii") as out:
        out.writelines(f">{name}\n{letters}\n" for name, letters in records)


def main():
    pleat, random_models = (os.path.abspath(path) for path in sys.argv[1:3])
    good = True
    with tempfile.TemporaryDirectory(prefix="pleat-progress-") as folder:
        os.mkdir(f"{folder}/random")
        subprocess.run([random_models, f"{folder}/random", "alphafold2_ptm_model_1", "flashabb"], check=True)
        for length, recycles in ((200, 20), (350, 6), (500, 3), (700, 0)):
            write_fasta(f"{folder}/{length}.fasta", [("one", sequence(length, length))])
            words = [pleat, "predict", f"{length}.fasta", f"out{length}", "--model", "alphafold2_ptm_model_1", "--msa", "none",
                     "--num-recycle", str(recycles)]
            good &= hold(f"alphafold2, {length} residues, {recycles} recycles", words, folder, f"{folder}/random")
        published = len(sys.argv) > 3 and os.path.exists(f"{sys.argv[3]}/flashabb.h5")
        models = os.path.abspath(sys.argv[3]) if published else f"{folder}/random"
        for batch in (1, 8):
            write_fasta(f"{folder}/many.fasta", [(f"ab{i}", f"{sequence(90 + i % 40, i)}:{sequence(100 + i % 17, i + 500)}")
                                                 for i in range(60)])
            words = [pleat, "predict", "many.fasta", f"many{batch}", "--model", "flashabb", "--batch-size", str(batch)]
            good &= hold(f"flashabb, 60 antibodies by {batch}", words, folder, models)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
