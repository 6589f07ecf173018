# The selftest passes with the published weights.
# SPDX-License-Identifier: MIT
need_model flashabb
pleat_run selftest --quiet
