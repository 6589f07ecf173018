# The selftest passes without an installed model and says what it could not check.
# SPDX-License-Identifier: MIT
mkdir empty
PLEAT_MODELS=$PWD/empty XDG_DATA_HOME=$PWD HOME=$PWD
export PLEAT_MODELS XDG_DATA_HOME HOME
pleat_run selftest --quiet
