# Makes the small weight files beside it, each array counting up from 0 in its own order of storage.
# SPDX-License-Identifier: MIT
# Run with Python 3.11, torch 2.13.0, numpy 2.4.6 and safetensors 0.8.0: python make.py
import collections
import os
import pickle
import zipfile

import numpy as np
import safetensors.numpy
import torch

os.chdir(os.path.dirname(os.path.abspath(__file__)))
count = lambda *shape, dtype=torch.float32: torch.arange(int(np.prod(shape))).to(dtype).reshape(shape)

linear = torch.nn.Linear(3, 2)
linear.load_state_dict({"weight": count(2, 3), "bias": count(2)})
torch.save(linear.state_dict(), "flat.pt")

table = count(4, 6)
nested = {
    "model_state_dict": collections.OrderedDict(
        dense=count(2, 3), transposed=table.t(), sliced=table[1::2, ::3], expanded=count(3)[None].expand(2, 3),
        shared=table[2], scalar=torch.tensor(7.5), empty=torch.zeros(0, 3), parameter=torch.nn.Parameter(count(5))),
    "types": [count(3, dtype=t) for t in (torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.int32,
                                          torch.int16, torch.int8, torch.uint8, torch.bool)],
    "num_edges": 48, "noise_level": 0.25, "flag": True, "name": "text", "nothing": None, "size": torch.Size([4, 5]),
    "big": -(2 ** 40), 3: count(1),
}
torch.save(nested, "nested.pt")
torch.save(nested, "nested_protocol4.pt", pickle_protocol=4)
torch.save(nested, "nested_legacy.pt", _use_new_zipfile_serialization=False)


class Evil:
    def __reduce__(self):
        return os.system, ("touch /tmp/pleat-was-fooled",)


with zipfile.ZipFile("evil.pt", "w") as archive:
    archive.writestr("archive/data.pkl", pickle.dumps({"weight": Evil()}, protocol=2))
with zipfile.ZipFile("bomb.pt", "w", zipfile.ZIP_DEFLATED) as archive:
    archive.writestr("archive/data.pkl", bytes(40 << 20))

arrays = dict(dense=np.arange(6, dtype="<f4").reshape(2, 3), fortran=np.asfortranarray(np.arange(6, dtype="<f4").reshape(2, 3)),
              f8=np.arange(3, dtype="<f8"), f2=np.arange(3, dtype="<f2"), i8=np.arange(3, dtype="<i8"),
              i4=np.arange(3, dtype="<i4"), i1=np.arange(3, dtype="i1"), b1=np.arange(3) > 0, scalar=np.float32(7.5),
              empty=np.zeros((0, 3), "<f4"))
arrays["block/a//weights"] = np.arange(4, dtype="<f4")
np.savez("stored.npz", **arrays)
np.savez_compressed("deflated.npz", **arrays)
np.savez("objects.npz", weight=np.array([{}, None], dtype=object))
np.savez("big_endian.npz", weight=np.arange(3, dtype=">f4"))
with zipfile.ZipFile("versions.npz", "w") as archive:
    for version in ((1, 0), (2, 0), (3, 0)):
        with archive.open(f"v{version[0]}.npy", "w") as member:
            np.lib.format.write_array(member, np.arange(3, dtype="<f4"), version=version)

safetensors.numpy.save_file({k: v for k, v in arrays.items() if k not in ("scalar", "fortran")}, "good.safetensors",
                            metadata={"format": "np"})
