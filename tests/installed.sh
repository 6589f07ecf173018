#!/bin/sh
# Installs pleat into a temporary place, compiles the examples against that copy by pkg-config alone, and runs what can run.
# SPDX-License-Identifier: MIT
set -eu
root=${top_srcdir:?} build=${top_builddir:?}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
prefix=$(sed -n 's/^prefix = //p' "$build/Makefile")

# A DESTDIR install puts everything below it, and nothing but what is expected.
make -C "$build" install DESTDIR="$work/stage" >/dev/null
for file in bin/pleat include/pleat.h lib/libpleat.so lib/pkgconfig/pleat.pc libexec/pleat/get-model libexec/pleat/models.tsv; do
  [ -e "$work/stage$prefix/$file" ] || { echo "installed.sh: make install leaves out $file"; exit 1; }
done
! grep -rq "$work" "$work/stage$prefix/lib/pkgconfig" || { echo "installed.sh: DESTDIR leaked into pleat.pc"; exit 1; }

installed=$work/stage$prefix
PKG_CONFIG_PATH=$installed/lib/pkgconfig PKG_CONFIG_SYSROOT_DIR=$work/stage
LD_LIBRARY_PATH=$installed/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
export PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR LD_LIBRARY_PATH
flags=$(pkg-config --cflags --libs pleat)
for source in "$root"/examples/*.c "$root"/examples/*.cpp; do
  program=$work/$(basename "$source" | tr . _)
  case $source in
    *.c) ${CC:-cc} -std=c11 -Wall -Wextra -Werror ${SANITIZE_FLAGS:-} "$source" $flags -o "$program" ;;
    *) ${CXX:-c++} -std=c++17 -Wall -Wextra -Werror ${SANITIZE_FLAGS:-} "$source" $flags -o "$program" ;;
  esac
done
"$installed/bin/pleat" --version
echo "installed.sh: $(ls "$root"/examples/*.c "$root"/examples/*.cpp | wc -l) examples compiled against the installed copy"
