# docs: tutorials, whose commands are run by tests/docs.py, and the model cards, made from the table of models.
MODEL_CARDS = docs/models/README.md docs/models/alphafold2.md docs/models/alphafold2_multimer.md docs/models/alphafold2_ptm.md \
  docs/models/flashabb-masked.md docs/models/flashabb-sss.md docs/models/flashabb.md docs/models/flashtap.md \
  docs/models/frame2seq.md docs/models/global_label_membrane_mpnn.md docs/models/ligandmpnn.md docs/models/packer.md \
  docs/models/per_residue_label_membrane_mpnn.md docs/models/proteinmpnn.md docs/models/solublempnn.md
EXTRA_DIST += docs/report.png docs/command-line.md docs/linking.md docs/new-model.md docs/slurm.md docs/alignments.md docs/ranks.md docs/models/measured.tsv $(MODEL_CARDS) \
  CONTRIBUTING.md CHANGELOG.md tools/model-cards tests/docs.py tests/model_cards.sh
TESTS += tests/docs.py tests/model_cards.sh
model-cards: pleat$(EXEEXT)
	cd $(srcdir) && tools/model-cards $(abs_builddir)/pleat$(EXEEXT)
.PHONY: model-cards
