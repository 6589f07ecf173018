# Help and version of the command; every verb's help exits 0; unknown words exit 1.
# SPDX-License-Identifier: MIT
pleat_run
pleat_run --help
pleat_run --version
pleat_run nonsense
pleat_run compare --help
for verb in predict design score pack embed convert plan models selftest bench; do
  "$PLEAT" $verb --help > help.txt || echo "help of $verb fails"
  grep -q "^usage: pleat $verb" help.txt || echo "help of $verb does not start with its usage"
  "$PLEAT" --help-man $verb > man.txt || echo "man page of $verb fails"
  grep -q '^.SH NAME' man.txt || echo "man page of $verb has no name"
done
"$PLEAT" --version --verbose | sed 's/ .*//'
