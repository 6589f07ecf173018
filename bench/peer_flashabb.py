"""The published FlashABB package as `make bench` runs it: a whole process on one FASTA file, or timed calls in process.
SPDX-License-Identifier: MIT

peer_flashabb.py whole FASTA OUTDIR       reads, predicts in one batch, writes PDB files: what `pleat predict` does
peer_flashabb.py calls FASTA COUNT REPEATS THREADS      prints the seconds of each call on a batch of COUNT sequences
"""
import os
import sys
import time


def read_fasta(path):
    """Sequences in the package's form HEAVY|LIGHT."""
    records = open(path, encoding="ascii").read().split(">")[1:]
    return ["".join(record.split("\n")[1:]).replace(":", "|") for record in records]


def predict(model, sequences):
    # As the package's README does it, so that no gradients are kept.
    import torch
    with torch.no_grad():
        return model(sequences)


def whole(fasta, folder):
    from flash_abb import pretrained
    os.makedirs(folder, exist_ok=True)
    sequences = read_fasta(fasta)
    result = predict(pretrained(device="cpu"), sequences)
    result.to_pdbs([str(index) for index in range(len(sequences))], pdb_dir=folder)


def calls(fasta, count, repeats, threads):
    import torch
    from flash_abb import pretrained
    torch.set_num_threads(threads)
    sequences = read_fasta(fasta)[:count]
    model = pretrained(device="cpu")
    for repeat in range(repeats + 1):
        begin = time.perf_counter()
        predict(model, sequences)
        if repeat:  # the first call warms up
            print(time.perf_counter() - begin)


if __name__ == "__main__":
    if sys.argv[1] == "whole":
        whole(sys.argv[2], sys.argv[3])
    else:
        calls(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5]))
