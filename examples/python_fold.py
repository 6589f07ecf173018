"""From Python: folds an antibody and designs sequences for what came out. python_fold.py HEAVY:LIGHT [OUT.cif]

SPDX-License-Identifier: MIT
"""
import sys

import pleat  # PYTHONPATH=PREFIX/share/pleat/python

with pleat.Context(threads=2) as context:
    antibody, = context.model("flashabb").predict([context.query("from_python", sys.argv[1])])
    print("%d residues, mean pLDDT %.1f, %d atoms" % (len(antibody["plddt"]), antibody["plddt"].mean(), len(antibody.structure)))
    if len(sys.argv) > 2:
        antibody.write(sys.argv[2])
    designs = context.model("proteinmpnn").design(context.target("from_python", antibody.structure), samples=2, seed=7)
    print("\n".join(designs.sequences))
