#!/bin/sh
# The model cards are what the table of models and the measured results say; the check notices one that is not.
# SPDX-License-Identifier: MIT
set -u
"$top_srcdir/tools/model-cards" "$top_builddir/pleat" --check || exit 1
work=$(mktemp -d) && trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
mkdir -p "$work/docs" "$work/bench" "$work/tools"
cp -R "$top_srcdir/docs/models" "$work/docs"
cp -R "$top_srcdir/bench/results" "$work/bench"
cp "$top_srcdir/tools/model-cards" "$work/tools"
chmod -R u+w "$work"
echo more >> "$work/docs/models/flashabb.md"
if "$work/tools/model-cards" "$top_builddir/pleat" --check; then echo "a stale card was not noticed"; exit 1; fi
