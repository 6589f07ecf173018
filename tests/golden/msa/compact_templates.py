"""Makes templates.h5 of the published pipeline's recorded features: python3 compact_templates.py FEATURES.h5 templates.h5

SPDX-License-Identifier: MIT
"""
import sys

import h5py

PLACES = [
    *(f"mmcif/{entry}/chain_{chain}" for entry, chains in
      (("2q2k", "AB"), ("3u8v", "AB"), ("4i6p", "AB"), ("4zey", "A")) for chain in chains),
    "process_monomer_tmpl/final",
    *(f"multimer/multi_a2b/chain_{chain}" for chain in "ABC"),
    "multimer/multi_a2b/merged",
]
WANTED = ("atom37_", "seqres", "template_")


def copy(source, target, name):
    data = source[()]
    if isinstance(data, bytes):
        target.create_dataset(name, data=[data], dtype=h5py.string_dtype("utf-8", len(data)))
    else:
        target.create_dataset(name, data=data, compression="gzip", compression_opts=9, shuffle=True)


with h5py.File(sys.argv[1]) as full, h5py.File(sys.argv[2], "w", track_order=False) as small:
    for place in PLACES:
        for key, dataset in full[place].items():
            if key.startswith(WANTED):
                copy(dataset, small, f"{place}/{key}")
    for entry in ("2q2k", "3u8v", "4i6p", "4zey"):
        copy(full[f"mmcif/{entry}/release_date"], small, f"mmcif/{entry}/release_date")
