"""Makes equivariant.h5 and gvp.h5 of this folder from the full recordings of e3nn 0.6.0 and of ESM-IF1's GVP modules.
SPDX-License-Identifier: MIT

make.py FULL_FOLDER THIS_FOLDER      (needs h5py and numpy)

equivariant.h5   harmonics/vectors (74,3), harmonics/{component,norm,integral}_{raw,normalized} (74,49) of degrees 0..6 side by
                 side; harmonics/component_normalized_f32 from the vectors rounded to float32; gradients of degrees 1..4;
                 wigner_3j/degrees (84,3) and all symbols one after the other in wigner_3j/values; wigner_d/*;
                 tensor products and other layers under their recorded names, texts in attributes.
gvp.h5           everything of the recording, with its noise floors (float32 against float64) as attributes of the outputs;
                 floors.py, run afterwards, adds those that were not recorded.
Numbers are kept bit for bit.
"""
import json
import os
import sys

import h5py
import numpy as np

SCALES = ("component", "norm", "integral")
ORIGIN = "recorded from e3nn 0.6.0 in float64 (irrep_normalization component, path_normalization element unless a name says else)"


def store(target, name, values):
    values = np.asarray(values)
    options = {"compression": "gzip", "compression_opts": 9, "shuffle": True} if values.nbytes > 4096 else {}
    return target.create_dataset(name, data=values, **options)


def text(item, key, value):
    item.attrs[key] = np.bytes_(value)


def harmonics(source, target):
    store(target, "harmonics/vectors", source["xyz"][()])
    for scale in SCALES:
        for kind in ("raw", "normalized"):
            store(target, f"harmonics/{scale}_{kind}", np.hstack([source[f"l{l}/{scale}/{kind}"][()] for l in range(7)]))
    store(target, "harmonics/vectors_f32", source["xyz_f32"][()])
    store(target, "harmonics/component_normalized_f32",
          np.hstack([source[f"l{l}/component/normalized_f32"][()] for l in range(7)]))
    store(target, "harmonics/gradient_vectors", source["grad/xyz"][()])
    for l in range(1, 5):
        store(target, f"harmonics/gradient_weights_l{l}", source[f"grad/l{l}/w"][()])
        store(target, f"harmonics/gradient_l{l}", source[f"grad/l{l}/dxyz"][()])


def wigner(three_j, d, target):
    names = sorted(three_j, key=lambda name: [int(l) for l in name.split("_")])
    store(target, "wigner_3j/degrees", np.array([[int(l) for l in name.split("_")] for name in names], dtype=np.int32))
    store(target, "wigner_3j/values", np.concatenate([three_j[name][()].ravel() for name in names]))
    for name in ("R", "alpha", "beta", "gamma"):
        store(target, f"wigner_d/{name}", d[name][()])
    for l in range(7):
        store(target, f"wigner_d/l{l}", d[f"D/l{l}"][()])


def copy_group(source, target):
    def visit(name, item):
        if isinstance(item, h5py.Dataset):
            copied = store(target, name, item[()])
            for key, value in item.attrs.items():
                text(copied, key, value)

    source.visititems(visit)


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: make.py FULL_FOLDER THIS_FOLDER")
    full = {name: h5py.File(os.path.join(sys.argv[1], name + ".h5"), "r")
            for name in ("spherical_harmonics", "wigner_3j", "wigner_d", "tensor_products", "gvp")}
    with h5py.File(os.path.join(sys.argv[2], "equivariant.h5"), "w", libver=("v108", "v108")) as target:
        text(target, "origin", ORIGIN)
        harmonics(full["spherical_harmonics"], target)
        wigner(full["wigner_3j"], full["wigner_d"], target)
        copy_group(full["tensor_products"], target)
    with h5py.File(os.path.join(sys.argv[2], "gvp.h5"), "w", libver=("v108", "v108")) as target:
        text(target, "origin", "recorded from the GVP modules of ESM-IF1 (fair-esm, MIT licence) with random weights, float32")
        copy_group(full["gvp"], target)
        floors = json.load(open(os.path.join(sys.argv[1], "noise_floor.json"), encoding="ascii"))
        for name, floor in floors.items():
            case, part = name.split("/")
            target[f"{case}/out_{part}"].attrs["noise_f64_maxabs"] = floor["max_abs"]


if __name__ == "__main__":
    main()
