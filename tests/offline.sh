#!/bin/sh
# Neither the program nor the library can use a network, or start a shell: they import no function that does.
# SPDX-License-Identifier: MIT
#
# `pleat models get` starts a script that fetches; searches start programs by their names and words, never through a shell.
set -u
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
forbidden=' (socket|connect|bind|listen|sendto|sendmsg|getaddrinfo|gethostbyname|res_query|system|popen)(@|$)'
imports() { nm -D --undefined-only "$1" 2>/dev/null | grep -E "$forbidden"; }

# The check sees them where they are.
printf '#include <stdlib.h>\n#include <sys/socket.h>\nint main(int n, char **v) { return system(v[0]) + socket(n, 1, 0); }\n' > "$work/bad.c"
${CC:-cc} -o "$work/bad" "$work/bad.c" || exit 99
[ "$(imports "$work/bad" | wc -l)" = 2 ] || { echo "offline.sh: the check is blind"; exit 1; }

seen=0 bad=0
for file in "$top_builddir/.libs/pleat" "$top_builddir"/.libs/libpleat.so "$top_builddir/pleat"; do
  nm -D "$file" >/dev/null 2>&1 || continue
  seen=$((seen + 1))
  if imports "$file"; then echo "offline.sh: $file can use a network or a shell"; bad=1; fi
done
[ $seen -gt 0 ] || { echo "offline.sh: found nothing to look at"; exit 1; }

# And it works where there is no network at all, if this system lets us make such a place.
if unshare -rn true 2>/dev/null; then
  unshare -rn "$top_builddir/pleat" compare "$top_srcdir/tests/cli/data/turned.pdb" "$top_srcdir/tests/cli/data/peptide.pdb" >/dev/null || bad=1
fi
exit $bad
