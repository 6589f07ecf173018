#!/bin/bash
# Completion in bash offers verbs, options, models and files; the file for zsh is one that zsh can read, where it is there.
# SPDX-License-Identifier: MIT
set -u
bad=0
. "$top_builddir/completion/pleat" || exit 1
# offers WORDS...: what is offered for the last of the words.
offers() {
  COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
  _pleat
  printf '%s\n' "${COMPREPLY[@]}" | tr '\n' ' '
}
# expect WANTED GOT
expect() { case " $2" in $1) ;; *) echo "WRONG: '$2' is not like '$1'"; bad=1 ;; esac; }
expect ' predict ' "$(offers pleat pre)"
expect ' report ' "$(offers pleat rep)"
expect '*--num-recycle *' "$(offers pleat predict --num)"
expect '  ' "$(offers pleat compare --num-r)"
expect '*flashabb *' "$(offers pleat predict --model flash)"
expect '* complete *' "$(offers pleat msa --pair '')"
expect ' configure.ac ' "$(cd "$top_srcdir" && offers pleat convert configure.a)"
grep -q "'--num-recycle\[" "$top_builddir/completion/_pleat" || { echo 'WRONG: zsh lacks an option'; bad=1; }
if command -v zsh >/dev/null; then zsh -n "$top_builddir/completion/_pleat" || bad=1; fi
exit $bad
