#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the treewalk authors
#
# clang-tidy over the sources that include no LibTorch, directly or not, as the builds in build/libraries and
# build/samples know them. A file that passed is not looked at again while neither it nor a header of treewalk's that it
# includes has changed.
#   bash .ci/tidy.sh [FILE...]   all of them, or only these
set -euo pipefail
cd "$(git rev-parse --show-toplevel)"
root=$PWD
passed=$root/build/tidy
mkdir -p "$passed"

# What the objects of a build depend on: a line "SOURCE HEADER HEADER..." for each, treewalk's own as paths in the
# checkout.
dependencies() { # BUILD
  ninja -C "$1" -t deps | awk -v root="$root/" '
    /^[^ ].*: #deps/ { if (line != "") print line; line = ""; next }
    NF { file = $1; sub(/^\.\.\/\.\.\//, "", file); if (index(file, root) == 1) file = substr(file, length(root) + 1)
         line = line (line == "" ? "" : " ") file }
    END { if (line != "") print line }'
}

tidy() { # BUILD SOURCE STAMP
  if clang-tidy --quiet -p "$1" --extra-arg=-std=gnu++17 --extra-arg=-Wno-unknown-warning-option "$2" >"$3.log" 2>/dev/null; then
    touch "$3"
  else
    cat "$3.log"
    return 1
  fi
}
export -f tidy

jobs=()
count=0
for build in build/libraries build/samples; do
  # What is compiled with LibTorch's precompiled headers is not said to depend on them.
  precompiled=" $({ grep cmake_pch "$build/compile_commands.json" || true; } | { grep -oE "$root/[^ \"]+\.cpp" || true; } | sed "s|^$root/||" | tr '\n' ' ')"
  while read -r file headers; do
    case $file in core/*.cpp | plugin/*.cpp | samples/*.cpp) ;; *) continue ;; esac
    [[ $file != samples/tests/* && " $headers" != */torch/include/* && $precompiled != *" $file "* ]] || continue
    [ $# -eq 0 ] || [[ " $* " = *" $file "* ]] || continue
    count=$((count + 1))
    own=$(tr ' ' '\n' <<<"$headers" | grep -E '^(core|plugin|samples)/' || true)
    # shellcheck disable=SC2086
    stamp=$passed/$(cat .clang-tidy "$file" $own | sha256sum | cut -c 1-24)
    [ -e "$stamp" ] || jobs+=("$build" "$file" "$stamp")
  done < <(dependencies "$build")
done
failed=0
if [ ${#jobs[@]} -gt 0 ]; then
  printf '%s\n' "${jobs[@]}" | xargs -P "$(nproc)" -n 3 bash -c 'tidy "$@"' tidy || failed=1
fi
[ "$count" -gt 0 ] || { echo "there is no build to read (bash cmake/build.sh)" >&2; exit 1; }
[ "$failed" = 0 ] && echo "$count files are clean"
exit $failed
