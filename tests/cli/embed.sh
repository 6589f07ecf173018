# Embeddings: one group a sequence; a rerun adds only what is missing.
# SPDX-License-Identifier: MIT
need_model flashabb-sss
need_model flashabb
printf '>one\nEVQLVESGGGLVQPGGSLRLSCAASGFTFSSYAMSWVRQAPGKGLEWVSAISGSGGSTYYADSVKGRFTISRDNSKNTLYLQMNSLRAEDTAVYYCAKDRLSITIRPRYYGLDVWGQGTTVTVSS:DIQMTQSPSSLSASVGDRVTITCRASQSISSYLNWYQQKPGKAPKLLIYAASSLQSGVPSRFSGSGSGTDFTLTISSLQPEDFATYYCQQSYSTPLTFGGGTKVEIK\n' > one.fasta
(cat one.fasta; sed 's/one/two/' one.fasta) > two.fasta
pleat_run embed one.fasta out.h5 --quiet
pleat_run embed two.fasta out.h5 --quiet
cp out.h5 copy.h5
pleat_run embed two.fasta out.h5 --quiet
cmp out.h5 copy.h5 && echo unchanged
printf 'no HDF5' > other.h5
pleat_run embed one.fasta other.h5 --quiet
ls -A
