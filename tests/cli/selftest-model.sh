# The selftest passes with the published weights.
# SPDX-License-Identifier: MIT
need_model flashabb
need_model proteinmpnn_v_48_020
pleat_run selftest --quiet
