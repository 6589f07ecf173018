# folding: models, their shared blocks, the model table and the session.
libpleat_all_la_SOURCES += \
  folding/alphafold_features.c folding/alphafold_features.h folding/model_alphafold.c \
  folding/alphafold_keep.c folding/alphafold_keep.h folding/alphafold_run.c folding/alphafold_run.h \
  folding/stored_features.c folding/stored_features.h folding/stored_complex.c folding/stored_complex.h \
  folding/stored_reader.c folding/stored_reader.h folding/alphafold_complex.c folding/alphafold_complex.h \
  folding/alphafold.c folding/alphafold.h folding/alphafold_embed.c folding/alphafold_embed.h \
  folding/alphafold_heads.c folding/alphafold_heads.h folding/alphafold_template.c folding/alphafold_template.h \
  folding/template_features.c folding/template_features.h folding/templates.c folding/templates.h \
  folding/template_folder.c folding/template_hits.c folding/template_parts.h \
  folding/antibody_structure.c folding/antibody_structure.h \
  folding/checkpoint.c folding/checkpoint.h folding/compare.c folding/compress.c folding/design.c folding/design.h \
  folding/bench.c folding/block.c folding/evoformer.c folding/evoformer.h folding/gated_attention.c folding/gated_attention.h \
  folding/pair_stack.c folding/pair_stack.h folding/dense.c folding/dense.h \
  folding/structure_module.c folding/structure_module.h \
  folding/structure_trace.c folding/structure_trace.h \
  folding/features.c folding/features.h folding/features_write.c \
  folding/message_passing.c folding/message_passing.h folding/message_context.c \
  folding/mpnn.c folding/mpnn.h folding/mpnn_design.c folding/mpnn_score.c \
  folding/model_proteinmpnn.c folding/model_solublempnn.c folding/model_ligandmpnn.c folding/model_membranempnn.c \
  folding/frame2seq_features.c folding/frame2seq_features.h \
  folding/frame2seq_network.c folding/frame2seq_network.h folding/frame2seq_weights.c folding/model_frame2seq.c \
  folding/model.h folding/models.c \
  folding/point_transformer.c folding/point_transformer.h \
  folding/model_flashabb.c folding/model_flashabb.h \
  folding/model_flashabb_sss.c folding/model_flashtap.c folding/surface_encoder.c folding/surface_encoder.h \
  folding/result.c folding/result.h folding/result_write.c folding/target.h \
  folding/target.c folding/target_check.c folding/target_parts.h folding/target_read.c folding/target_sample.c \
  folding/target_settings.c \
  folding/opening.c folding/predict.c folding/session.c folding/session.h folding/speed.c folding/speed.h

# The side-chain packer
libpleat_all_la_SOURCES += \
  folding/atom_context.c folding/atom_context.h \
  folding/atom_pairs.c folding/atom_pairs.h \
  folding/model_packer.c \
  folding/side_chains.c folding/side_chains.h \
  folding/von_mises.c folding/von_mises.h
