#!/usr/bin/env python3
"""Makes small maps with the mrcfile package, and with gemmi where that writes what mrcfile does not.
SPDX-License-Identifier: MIT

make.py FOLDER      needs numpy, mrcfile 1.5.4, gemmi 0.7.5. Value of point (x,y,z): x + 10 y + 100 z, sizes 5, 4, 3,
spacing 1.5, origin (-3, 6, 1.5) angstrom.
"""
import sys

import gemmi
import mrcfile
import numpy as np

folder = sys.argv[1]
z, y, x = np.meshgrid(np.arange(3), np.arange(4), np.arange(5), indexing="ij")
values = (x + 10 * y + 100 * z).astype(np.float32)


def write(name, data, **more):
    with mrcfile.new(f"{folder}/{name}", overwrite=True, compression=more.get("compression")) as file:
        file.set_data(data)
        file.voxel_size = 1.5
        file.header.origin = (-3, 6, 1.5)
        if more.get("extended"):
            file.set_extended_header(np.frombuffer(b"x" * 160, dtype="V1"))
            file.header.exttyp = b"SERI"


write("mode2.mrc", values)
write("mode2.mrc.gz", values, compression="gzip")
write("mode1.mrc", values.astype(np.int16))
write("mode6.mrc", values.astype(np.uint16))
write("mode0.mrc", (values / 4 - 20).astype(np.int8))
write("mode12.mrc", values.astype(np.float16))
write("extended.mrc", values, extended=True)
write("big_endian.mrc", values.astype(">f4"))

# Sections along x, rows along z, columns along y; placed by start indices alone.
ccp4 = gemmi.Ccp4Map()
ccp4.grid = gemmi.FloatGrid(values.transpose(2, 1, 0).copy())
ccp4.grid.set_unit_cell(gemmi.UnitCell(7.5, 6, 4.5, 90, 90, 90))
ccp4.grid.spacegroup = gemmi.SpaceGroup("P 1")
ccp4.update_ccp4_header(2)
ccp4.write_ccp4_map(f"{folder}/plain.ccp4")
with open(f"{folder}/plain.ccp4", "rb") as file:  # its order of axes is 1, 2, 3, its extended header lists symmetry
    header = bytearray(file.read()[:1024])
ints = np.frombuffer(header, dtype="<i4").copy()
ints[0:3] = 4, 3, 5                 # columns y, rows z, sections x
ints[4:7] = 4, 1, -2                # their starts
ints[16:19] = 2, 3, 1
ints[23] = 0                        # gemmi lists symmetry, this file does not
ints[49:52] = 0
with open(f"{folder}/axes.ccp4", "wb") as file:
    file.write(ints.tobytes() + values.transpose(2, 0, 1).astype("<f4").tobytes())
