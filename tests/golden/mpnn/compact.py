#!/usr/bin/env python3
"""Makes the compact parity files of this folder from the large golden files: compact.py GOLDEN_FOLDER OUT_FOLDER (needs h5py).
SPDX-License-Identifier: MIT

Kept are inputs, stored random numbers, outputs and the encoder's result; of the largest intermediates the first eight
residues. Numbers and attributes (noise floors among them) are copied as they are."""
import glob
import os
import sys

import h5py

LARGE = ('features/E', 'encoder/layer2_h_E', 'features/V_context', 'features/Y_nodes')
LEFT_OUT = ('features/edge_input', 'features/context_input', 'features/Y_', 'features/V_context', 'encoder/W_e',
            'encoder/context_Y', 'residue_names', 'sequences', 'loss', 'confidence', 'seq_rec', 'native_sequence', 'in/mask_XY',
            'in/R_idx_original', 'min_top2_gap', 'score/log_probs', 'score_noseq/log_probs', 'encoder/layer0_h_E',
            'encoder/layer1_h_E', 'encoder/context_h_V_0', 'score/decoder_layer0', 'score/decoder_layer1')


def copy(name, item, out):
    if not isinstance(item, h5py.Dataset) or any(part in name for part in LEFT_OUT):
        return
    data, short = item[()], name
    if name in LARGE:
        data, short = data[:, :8], name + '_res0_7'
    made = out.create_dataset(short, data=data, **({'compression': 9, 'shuffle': True} if data.shape else {}))
    for key, value in item.attrs.items():
        made.attrs[key] = value


for path in sorted(glob.glob(os.path.join(sys.argv[1], '*.h5'))):
    with h5py.File(path) as golden, h5py.File(os.path.join(sys.argv[2], os.path.basename(path)), 'w') as out:
        for key, value in golden.attrs.items():
            out.attrs[key] = value
        golden.visititems(lambda name, item: copy(name, item, out))
