# msa
