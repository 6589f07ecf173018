"""A message-passing layer of e3nn in the ways that it can be compiled; prints the seconds of each call of the fastest.
SPDX-License-Identifier: MIT

peer_equivariant.py KIND EDGES REPEATS THREADS      KIND: depthwise or connected; twenty edges a node
"""
import sys
import time
import warnings

import torch
from e3nn import nn, o3
from e3nn.math import soft_one_hot_linspace

IRREPS, DEGREE, NEIGHBOURS, BINS, CUTOFF = "32x0e+32x1o+32x2e", 2, 20, 8, 5.0
HIDDEN = {"depthwise": 64, "connected": 16}


def product(kind, irreps, harmonics):
    """The product of a layer: depth-wise, one weight a copy and path, or fully connected; weights come edge by edge."""
    if kind == "connected":
        return o3.FullyConnectedTensorProduct(irreps, harmonics, irreps, shared_weights=False)
    paths, terms = [], []
    for i, (copies, first) in enumerate(irreps):
        for j, (_, second) in enumerate(harmonics):
            for out in first * second:
                if out in irreps:
                    paths.append((i, j, len(terms), "uvu", True))
                    terms.append((copies, out))
    terms, place, _ = o3.Irreps(terms).sort()
    paths = [(i, j, place[k], mode, weighted) for i, j, k, mode, weighted in paths]
    return o3.TensorProduct(irreps, harmonics, terms, paths, shared_weights=False, internal_weights=False)


class Layer(torch.nn.Module):
    """Linear, product with harmonics of the edges weighted by a perceptron of their lengths, sum over neighbours, linear."""

    def __init__(self, kind):
        super().__init__()
        irreps, harmonics = o3.Irreps(IRREPS), o3.Irreps.spherical_harmonics(DEGREE)
        self.harmonics = o3.SphericalHarmonics(harmonics, normalize=True, normalization="component")
        self.product = product(kind, irreps, harmonics)
        self.first = o3.Linear(irreps, irreps)
        self.last = o3.Linear(self.product.irreps_out, irreps)
        self.perceptron = nn.FullyConnectedNet([BINS, HIDDEN[kind], self.product.weight_numel], torch.nn.functional.silu)

    def forward(self, x, vectors, senders, receivers):
        basis = soft_one_hot_linspace(vectors.norm(dim=1), 0.0, CUTOFF, BINS, basis="bessel", cutoff=True) * BINS ** 0.5
        messages = self.product(self.first(x)[senders], self.harmonics(vectors), self.perceptron(basis))
        total = torch.zeros(x.shape[0], messages.shape[1]).index_add_(0, receivers, messages)
        return self.last(total / NEIGHBOURS ** 0.5)


def seconds(call, repeats):
    times = []
    for _ in range(repeats):
        begin = time.perf_counter()
        call()
        times.append(time.perf_counter() - begin)
    return times


def main():
    kind, edges, repeats, threads = sys.argv[1], *map(int, sys.argv[2:5])
    warnings.filterwarnings("ignore")
    torch.set_num_threads(threads)
    torch.manual_seed(1)
    nodes = edges // NEIGHBOURS
    x, vectors = torch.randn(nodes, o3.Irreps(IRREPS).dim), torch.randn(edges, 3)
    senders, receivers = torch.randint(nodes, (edges,)), torch.arange(edges) // NEIGHBOURS
    eager = Layer(kind)
    ways = {"code of e3nn": eager}
    for name, way in (("torch.jit.trace", lambda: torch.jit.trace(eager, (x, vectors, senders, receivers))),
                      ("torch.compile", lambda: torch.compile(eager))):
        try:
            compiled = way()
            with torch.no_grad():
                compiled(x, vectors, senders, receivers)
            ways[name] = compiled
        except Exception as reason:  # what torch cannot compile is no way
            print(f"{name}: {str(reason).splitlines()[0]}", file=sys.stderr)
    best = None
    with torch.no_grad():
        for name, layer in ways.items():
            for _ in range(3):
                layer(x, vectors, senders, receivers)
            times = seconds(lambda: layer(x, vectors, senders, receivers), repeats)
            print(f"{kind}, {name}: {min(times):.4f} s", file=sys.stderr)
            if best is None or sorted(times)[repeats // 2] < sorted(best)[repeats // 2]:
                best = times
    print(*best, sep="\n")


if __name__ == "__main__":
    main()
