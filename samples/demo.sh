#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the treewalk authors
set -euo pipefail

if [ $# -gt 0 ]; then
  echo "Usage: bash samples/demo.sh"
  echo "Sets treewalk up, builds it, labels a real airborne scan with a shipped model, and says where to look."
  case $1 in --help | -h) exit 0 ;; *) exit 2 ;; esac
fi

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
demo=$root/build/demo
treewalk=$root/build/install/bin/treewalk
scan=$demo/scan/test/b9_training.ply
mesh=$demo/shapes/camel.off

# The scan and the mesh are data inside a Debian package; unpacking the package alone brings none of its dependencies
# along.
fetch_data() {
  local work=$demo/download
  mkdir -p "$work" "$(dirname "$scan")" "$(dirname "$mesh")"
  echo "demo: downloading a scan and a mesh (Debian package libcgal-demo, 24 MB)"
  if ! (cd "$work" && apt-get download libcgal-demo) >"$work/log" 2>&1; then
    cat "$work/log" >&2
    echo "demo: 'apt-get download libcgal-demo' failed; 'apt-get update' as root may help" >&2
    exit 1
  fi
  dpkg -x "$work"/libcgal-demo_*.deb "$work"
  tar -xzf "$work/usr/share/doc/libcgal-dev/data.tar.gz" -C "$work" data/points_3/b9_training.ply data/meshes/camel.off
  mv "$work/data/points_3/b9_training.ply" "$scan"
  mv "$work/data/meshes/camel.off" "$mesh"
  rm -rf "$work"
}

bash "$root/cmake/build.sh"
[ -e "$scan" ] && [ -e "$mesh" ] || fetch_data

"$treewalk" segment "$scan" -m airborne -o "$demo/labelled.pcd" --png "$demo/labelled.png" \
  --html "$demo/labelled.html" --overwrite
echo
echo "Against the 2,447 points of this scan that were labelled by hand as ground, vegetation of any height, or roof:"
"$treewalk" evaluate airborne --data "$scan" --map '0=ground,1=low vegetation|high vegetation,2=building'
echo
echo "For the ground alone there is a model that finds more of it:"
"$treewalk" evaluate terrain --data "$scan" --map 0=ground,1=off-ground,2=off-ground
echo
echo "A mesh, seen as 2048 points; the model finds what it is and then its parts:"
"$treewalk" segment "$mesh" -m parts -o "$demo/parts.pcd" --png "$demo/parts.png" --html "$demo/parts.html" --overwrite
cat <<WHERE

Look at
  $demo/labelled.html   in any browser: orbit, zoom, switch classes off
  $demo/labelled.png    the same as a picture
  $demo/labelled.pcd    every field of the scan, plus label and confidence
  $demo/parts.html, parts.png, parts.pcd   the same of the mesh
and try it on a cloud of your own:
  $treewalk segment YOUR.laz -m airborne -o labelled.pcd --html labelled.html
WHERE
