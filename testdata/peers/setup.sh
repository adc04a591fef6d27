#!/usr/bin/env bash
# Installs the peers that aren't Go's into a directory: npm's packages at the versions of drivers/package.json, and hnswlib
# compiled from the headers that the npm package hnswlib-node carries. What can't be had here is told and left out.
#     bash setup.sh DIR
set -euo pipefail
cd "$(dirname "$0")/drivers"
mkdir -p "$1"
dir=$(cd "$1" && pwd)
sum=$(cat package.json hnswlib.cc | sha256sum | cut -c 1-16)
[ "$(cat "$dir/done" 2> /dev/null)" != "$sum" ] || exit 0
cp package.json "$dir"
# No install scripts: the packages bring what they need built, and hnswlib-node's own build isn't used.
(cd "$dir" && npm install --silent --ignore-scripts --no-package-lock --no-audit --no-fund) || { echo "npm's packages can't be had here" >&2; exit 0; }
if command -v g++ > /dev/null; then
  g++ -std=c++17 -O3 -march=native -DNDEBUG -pthread -I "$dir/node_modules/hnswlib-node/src/hnswlib" -o "$dir/hnswlib" hnswlib.cc
else
  echo "g++ is missing: without hnswlib" >&2
fi
echo "$sum" > "$dir/done"
