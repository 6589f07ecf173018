#!/bin/sh
# Installs pleat into a temporary place, compiles the examples against that copy by pkg-config and -lm, and runs what can run.
# SPDX-License-Identifier: MIT
set -eu
root=${top_srcdir:?} build=${top_builddir:?}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
bindir=${bindir:?} includedir=${includedir:?} libdir=${libdir:?} libexecdir=${libexecdir:?} datadir=${datadir:?}

# A DESTDIR install puts everything below it, and nothing but what is expected.
make -C "$build" install DESTDIR="$work/stage" >/dev/null
for file in "$bindir/pleat" "$includedir/pleat.h" "$includedir/pleat_kernels.h" "$libdir/libpleat.so" "$libdir/pkgconfig/pleat.pc" \
    "$datadir/pleat/python/pleat.py" "$datadir/pleat/fortran/pleat.f90" "$libexecdir/pleat/get-model" "$libexecdir/pleat/get-file" "$libexecdir/pleat/models.tsv"; do
  [ -e "$work/stage$file" ] || { echo "installed.sh: make install leaves out $file"; exit 1; }
done
if grep -q "$work" "$work/stage$libdir/pkgconfig/pleat.pc"; then echo "installed.sh: DESTDIR leaked into pleat.pc"; exit 1; fi

# The system's own .pc files must not be moved below the stage, so pleat.pc is used through a copy that points there.
mkdir "$work/pkgconfig"
sed -E "s,^(libdir|includedir|prefix|exec_prefix)=/,\\1=$work/stage/," "$work/stage$libdir/pkgconfig/pleat.pc" \
  >"$work/pkgconfig/pleat.pc"
PKG_CONFIG_PATH=$work/pkgconfig${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}
LD_LIBRARY_PATH=$work/stage$libdir${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
export PKG_CONFIG_PATH LD_LIBRARY_PATH
flags=$(pkg-config --cflags --libs pleat)
for source in "$root"/examples/*.c "$root"/examples/*.cpp; do
  program=$work/$(basename "$source" | tr . _)
  case $source in
    *.c) ${CC:-cc} -std=c11 -Wall -Wextra -Werror ${SANITIZE_FLAGS:-} "$source" $flags -lm -o "$program" ;;
    *) ${CXX:-c++} -std=c++17 -Wall -Wextra -Werror ${SANITIZE_FLAGS:-} "$source" $flags -o "$program" ;;
  esac
done
"$work/stage$bindir/pleat" --version
echo "installed.sh: $(ls "$root"/examples/*.c "$root"/examples/*.cpp | wc -l) examples compiled against the installed copy"
