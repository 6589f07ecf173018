# Makes openfold_{monomer,multimer}.npz, small parameters of random numbers under AlphaFold's names, and openfold_*.pt, what OpenFold
# SPDX-License-Identifier: MIT
# makes of them: its own import_jax_weights_, then the state dictionary of its model.
# Run with Python 3.11, torch 2.13.0 and numpy 2.4.6 and the openfold package 2.2 with what it needs: python make_openfold.py
import os

import numpy as np
import openfold.config
import torch
from openfold.model.model import AlphaFold
from openfold.utils import import_weights

os.chdir(os.path.dirname(os.path.abspath(__file__)))
HEADS = {"msa": 2, "pair": 3, "template": 4, "points": 5}  # the templates' is fixed


def small(preset):
    """OpenFold's configuration with every width another, and blocks and heads few."""
    for name, size in (("c_z", 6), ("c_m", 10), ("c_t", 7), ("c_e", 8), ("c_s", 9)):
        getattr(openfold.config, name).set(size)
    config = openfold.config.model_config(preset)
    model = config.model
    for stack, blocks in ((model.extra_msa.extra_msa_stack, 1), (model.evoformer_stack, 3)):
        stack.update(no_blocks=blocks, no_heads_msa=HEADS["msa"], no_heads_pair=HEADS["pair"], c_hidden_msa_att=4,
                     c_hidden_opm=2, c_hidden_mul=5, c_hidden_pair_att=3, transition_n=2)
    pairs = model.template.template_pair_stack
    pairs.update(no_blocks=2, no_heads=HEADS["pair"], c_hidden_tri_att=2, c_hidden_tri_mul=4)
    model.structure_module.update(no_heads_ipa=HEADS["points"], c_ipa=2, c_resnet=5, no_qk_points=1, no_v_points=2)
    model.heads.lddt.c_hidden = 4
    return config


def published_shape(key, parameter, kind):
    """The shape of one block in AlphaFold's file, from that in OpenFold's model."""
    shape = tuple(parameter.shape)
    kinds = import_weights.ParamType
    heads = HEADS["template" if "template_embedding/attention" in key else "points" if "/fold_iteration/" in key
                  else "msa" if "/msa_" in key else "pair"]
    if kind == kinds.LinearWeight:
        return shape[:1] if shape[1] == 1 and "template_pair_embedding" in key else shape[::-1]
    if kind == kinds.LinearWeightMHA:
        return (shape[1], heads, shape[0] // heads)
    if kind == kinds.LinearMHAOutputWeight:
        return (heads, shape[1] // heads, shape[0])
    if kind == kinds.LinearBiasMHA:
        return (heads, shape[0] // heads)
    if kind == kinds.LinearWeightOPM:
        side = int(round(shape[1] ** 0.5))
        return (side, side, shape[0])
    return shape


def make(name, preset, seed):
    model = AlphaFold(small(preset))
    random = np.random.default_rng(seed)
    table = import_weights.process_translation_dict(
        import_weights.generate_translation_dict(model, preset, is_multimer="multimer" in preset))
    arrays = {}
    for key, entry in table.items():
        blocks = entry.param if entry.stacked else [entry.param]
        shape = published_shape(key, blocks[0], entry.param_type)
        arrays[key] = random.standard_normal((len(blocks), *shape) if entry.stacked else shape).astype("<f4")
    np.savez_compressed(name + ".npz", **arrays)
    import_weights.import_jax_weights_(model, name + ".npz", version=preset)
    state = model.state_dict()
    flat = torch.cat([tensor.reshape(-1) for tensor in state.values()])  # one storage: a small file
    at = 0
    for key, tensor in state.items():
        state[key] = flat[at:at + tensor.numel()].view(tensor.shape)
        at += tensor.numel()
    torch.save(state, name + ".pt")


make("openfold_monomer", "model_1_ptm", 1)
make("openfold_multimer", "model_1_multimer_v3", 2)
