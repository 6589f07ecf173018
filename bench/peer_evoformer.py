"""One Evoformer block of the published codes as `make bench` times it: DeepMind's AlphaFold (JAX), OpenFold (PyTorch).
SPDX-License-Identifier: MIT

peer_evoformer.py SOURCES weights FILE.npz
    writes random weights of one block under the published names, for pleat
peer_evoformer.py SOURCES alphafold|alphafold-structure|openfold|openfold-compiled SEQUENCES RESIDUES SUBBATCH REPEATS THREADS wall|processor
    prints the seconds of each call of a monomer block, or of the structure module (model_1's sizes, random weights, float32,
    no dropout) after one that compiles and warms up; processor: processor seconds a thread, which other load on the machine
    hardly changes; openfold-compiled: the block under torch.compile

SOURCES holds checkouts of both repositories, `alphafold` and `openfold`. SUBBATCH is the published setting that cuts
attention and transitions (subbatch_size of the one, chunk_size of the other); 0: no cutting.
"""
import os
import sys
import time
import types


def alphafold_block(sequences, residues, subbatch):
    """The block as a pure function, its weights (random), and its inputs."""
    import haiku as hk
    import jax
    import numpy as np
    from alphafold.model import config, modules
    settings = config.model_config("model_1").model
    settings.global_config.subbatch_size = subbatch or None

    def forward(msa, pair):
        masks = {"msa": msa[..., 0] * 0 + 1, "pair": pair[..., 0] * 0 + 1}
        block = modules.EvoformerIteration(settings.embeddings_and_evoformer.evoformer, settings.global_config,
                                           is_extra_msa=False)
        return block({"msa": msa, "pair": pair}, masks, is_training=False)

    draw = np.random.default_rng(1)
    msa, pair = (draw.standard_normal(shape, dtype=np.float32)
                 for shape in ((sequences, residues, 256), (residues, residues, 128)))
    block = hk.transform(forward)
    shapes = jax.eval_shape(block.init, jax.random.PRNGKey(1), msa, pair)
    weights = jax.tree_util.tree_map(lambda shape: 0.1 * draw.standard_normal(shape.shape, dtype=np.float32), shapes)
    return block, weights, [msa, pair]


def alphafold_call(sequences, residues, subbatch):
    import jax
    block, weights, state = alphafold_block(sequences, residues, subbatch)
    # the activations' memory may be used for the result, as in the published loop over blocks
    step = jax.jit(lambda weights, msa, pair: block.apply(weights, jax.random.PRNGKey(0), msa, pair), donate_argnums=(1, 2))
    weights, state = jax.device_put(weights), jax.device_put(state)

    def call():
        out = step(weights, *state)
        state[:] = jax.block_until_ready((out["msa"], out["pair"]))

    return call


def structure_call(residues):
    import haiku as hk
    import jax
    import numpy as np
    from alphafold.model import config, folding
    settings = config.model_config("model_1").model

    def forward(single, pair):
        ones = lambda *shape: np.ones((residues,) + shape, dtype=np.float32)
        batch = {"aatype": np.arange(residues, dtype=np.int32) % 20, "seq_mask": ones(), "atom14_atom_exists": ones(14),
                 "atom37_atom_exists": ones(37), "residx_atom37_to_atom14": np.zeros((residues, 37), dtype=np.int32),
                 "residue_index": np.arange(residues, dtype=np.int32)}
        module = folding.StructureModule(settings.heads.structure_module, settings.global_config, compute_loss=False)
        out = module({"single": single, "pair": pair}, batch, is_training=False)
        return out["final_atom_positions"], out["representations"]["structure_module"]

    draw = np.random.default_rng(1)
    single, pair = (draw.standard_normal(shape, dtype=np.float32) for shape in ((residues, 384), (residues, residues, 128)))
    module = hk.transform(forward)
    shapes = jax.eval_shape(module.init, jax.random.PRNGKey(1), single, pair)
    weights = jax.device_put(jax.tree_util.tree_map(lambda shape: 0.05 * draw.standard_normal(shape.shape, dtype=np.float32), shapes))
    step, inputs = jax.jit(lambda *arrays: module.apply(arrays[0], jax.random.PRNGKey(0), *arrays[1:])), jax.device_put([single, pair])
    return lambda: jax.block_until_ready(step(weights, *inputs))


def write_weights(path):
    import numpy as np
    _, weights, _ = alphafold_block(4, 4, 0)
    np.savez(path, **{f"{module}//{name}": array for module, arrays in weights.items() for name, array in arrays.items()})


def openfold_call(sequences, residues, subbatch, threads, compiled):
    # a CUDA module that is imported whether or not there is a GPU; never called on CPUs
    sys.modules["attn_core_inplace_cuda"] = types.ModuleType("attn_core_inplace_cuda")
    import torch
    from openfold.config import model_config
    from openfold.model.evoformer import EvoformerBlock
    torch.set_num_threads(threads)
    torch.manual_seed(1)
    sizes = dict(model_config("model_1").model.evoformer_stack)
    for name in ("no_blocks", "c_s", "blocks_per_ckpt", "clear_cache_between_blocks", "tune_chunk_size"):
        sizes.pop(name)
    block = EvoformerBlock(**sizes).eval()
    for weight in block.parameters():
        torch.nn.init.normal_(weight, std=0.1)
    if compiled:
        block = torch.compile(block)
    msa, pair = torch.randn(sequences, residues, 256), torch.randn(residues, residues, 128)
    msa_mask, pair_mask = torch.ones(sequences, residues), torch.ones(residues, residues)

    def call():
        with torch.no_grad():
            block(msa, pair, msa_mask, pair_mask, chunk_size=subbatch or None, inplace_safe=not compiled)

    return call


def main():
    sources, peer = sys.argv[1:3]
    sys.path.insert(0, os.path.join(sources, "openfold" if peer.startswith("openfold") else "alphafold"))
    if peer == "weights":
        write_weights(sys.argv[3])
        return
    sequences, residues, subbatch, repeats, threads = map(int, sys.argv[3:8])
    # JAX takes as many threads as it may use processors
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
    now = time.perf_counter if sys.argv[8] == "wall" else lambda: time.process_time() / threads
    if peer == "alphafold":
        call = alphafold_call(sequences, residues, subbatch)
    elif peer == "alphafold-structure":
        call = structure_call(residues)
    else:
        call = openfold_call(sequences, residues, subbatch, threads, peer == "openfold-compiled")
    for repeat in range(repeats + 1):
        begin = now()
        call()
        if repeat:
            print(now() - begin, flush=True)


if __name__ == "__main__":
    main()
