#!/bin/sh
# Shows that each house check can fail: on tests/house/bad each must find the fault that was put there.
# SPDX-License-Identifier: MIT
set -u
root=${top_srcdir:-$(cd "$(dirname "$0")/.." && pwd)}
bad=$root/tests/house/bad
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT INT TERM
failures=0

# expect SENTENCE... after a run whose output is in $work/out and whose status is $status
expect() {
  [ "$status" -ne 0 ] || { echo "$check passed on the bad tree"; failures=$((failures + 1)); }
  for sentence; do
    grep -qF -- "$sentence" "$work/out" && continue
    echo "$check did not say: $sentence"
    sed 's/^/  | /' "$work/out"
    failures=$((failures + 1))
  done
}

check=check-house
"$root/tools/check-house" "$bad" >"$work/out" 2>&1; status=$?
expect 'lib/up.h:5: includes "data/first.h": data is above lib' 'lib/up.h:6: includes "lib/nowhere.h": no such file' \
  'geometry/sideways.c:3: includes "data/first.h": data is above geometry' 'program/deep.c:3' \
  'circle: data/first.h -> data/second.h -> data/first.h'

check=check-headers
"$root/tools/check-headers" "$bad" >"$work/out" 2>&1; status=$?
expect 'data/second.h does not compile alone' 'include/bad.h does not compile alone by: '"${CXX:-c++}"

check=check-files
"$root/tools/check-files" "$bad" >"$work/out" 2>&1; status=$?
expect 'lib/silent.c: the first line does not say' 'tools/machine.sh: line 4: a path of one machine'

mkdir "$work/large"
truncate -s 9M "$work/large/weights.h5"
"$root/tools/check-files" "$work/large" >"$work/out" 2>&1; status=$?
expect 'weights.h5: 9437184 bytes, more than 8388608'

check=check-exports
if ${CC:-cc} -shared -fPIC -o "$work/libbad.so" "$bad/exports.c"; then
  SANITIZE_FLAGS='' "$root/tools/check-exports" "$work/libbad.so" "$bad/include/bad.h" >"$work/out" 2>&1; status=$?
  expect 'exported but not declared PLEAT_API: pleat_undeclared' 'not a pleat_ name: stray' \
    'declared PLEAT_API but not exported: pleat_missing'
fi
[ $failures = 0 ] && echo "house.sh: every house check fails where it must"
