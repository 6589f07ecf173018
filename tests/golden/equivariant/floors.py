"""Adds noise floors to the recordings of gvp.h5 that came without: the published modules in float32 against float64.
SPDX-License-Identifier: MIT

floors.py THIS_FOLDER      (needs torch, fair-esm 2.0.0, h5py, numpy; nothing of torch_geometric)

Each output gets the attribute noise_f64_maxabs, as make.py gives it to the others.
"""
import argparse
import json
import os
import sys
import unittest.mock

import h5py
import torch


class MessagePassing(torch.nn.Module):
    """What the published layers use of torch_geometric: the mean of messages over the edges that come in."""

    def __init__(self, aggr="mean"):
        super().__init__()
        assert aggr == "mean"

    def propagate(self, edge_index, s, v, edge_attr):
        sender, receiver = edge_index
        messages = self.message(s[receiver], v[receiver], s[sender], v[sender], edge_attr)
        total = torch.zeros(s.shape[0], messages.shape[1], dtype=s.dtype).index_add(0, receiver, messages)
        count = torch.zeros(s.shape[0], dtype=s.dtype).index_add(0, receiver, torch.ones(len(receiver), dtype=s.dtype))
        return total / count.clamp(min=1)[:, None]


def modules():
    """The published modules, with stand-ins for the packages they import."""
    for name in ("torch_geometric", "torch_geometric.nn", "torch_scatter", "scipy", "scipy.spatial", "scipy.stats", "biotite", "biotite.structure",
                 "biotite.structure.io", "biotite.structure.io.pdb", "biotite.structure.io.pdbx", "biotite.structure.residues", "biotite.sequence"):
        sys.modules[name] = unittest.mock.MagicMock()
    sys.modules["torch_geometric.nn"].MessagePassing = MessagePassing
    from esm.inverse_folding import gvp_encoder, gvp_modules
    return gvp_encoder, gvp_modules


def tensors(group, kind):
    cast = {"f": kind, "i": torch.int64, "u": torch.bool}
    return {name: torch.tensor(item[()]).to(cast[item.dtype.kind]) for name, item in group.items() if isinstance(item, h5py.Dataset)}


def run(module, group, kind, call):
    module = module.to(kind).eval()
    module.load_state_dict({name: torch.tensor(item[()]).to(kind) for name, item in group["sd"].items()})
    with torch.no_grad():
        return call(module, tensors(group, kind))


def encoder_outputs(module, x):
    (node_s, node_v), (edge_s, edge_v), _ = module.embed_graph(x["coords"], x["coord_mask"], x["padding_mask"], x["confidence"])
    out_s, out_v = module(x["coords"], x["coord_mask"], x["padding_mask"], x["confidence"])
    return {"node_s": node_s, "node_v": node_v, "edge_s": edge_s, "edge_v": edge_v, "out_s": out_s, "out_v": out_v}


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: floors.py THIS_FOLDER")
    gvp_encoder, gvp_modules = modules()
    with h5py.File(os.path.join(sys.argv[1], "gvp.h5"), "r+") as file:
        config = json.loads(file["encoder"].attrs["config"]) if "config" in file["encoder"].attrs else {
            "top_k_neighbors": 10, "node_hidden_dim_scalar": 64, "node_hidden_dim_vector": 16, "edge_hidden_dim_scalar": 16,
            "edge_hidden_dim_vector": 1, "num_encoder_layers": 2, "dropout": 0.1}
        cases = {"encoder": (lambda: gvp_encoder.GVPEncoder(argparse.Namespace(**config)), encoder_outputs),
                 "layernorm": (lambda: gvp_modules.LayerNorm((16, 5), eps=1e-4),
                               lambda module, x: dict(zip(("out_s", "out_v"), module((x["s"], x["v"])))))}
        for case, (make, call) in cases.items():
            single, double = (run(make(), file[case], kind, call) for kind in (torch.float32, torch.float64))
            for name, values in single.items():
                recorded = torch.tensor(file[f"{case}/{name}"][()])
                floor = (values.double() - double[name]).abs().max().item()
                print(f"{case}/{name}: floor {floor:.3g}, recorded from float32 here {(values - recorded).abs().max().item():.3g}")
                file[f"{case}/{name}"].attrs["noise_f64_maxabs"] = floor


if __name__ == "__main__":
    main()
