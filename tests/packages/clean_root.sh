# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the treewalk authors
#
# Sourced by tests/packages.sh in a mount namespace of its own: a fresh Debian in a folder, what somebody does there
# with the packages, and what is left when they are removed.
. "$root/tests/support/clean_root.sh"
rm -f "$work/finished"

# The system of this machine lends its sources, their keys, and how to reach them, nothing else.
lend_sources() {
  local file
  rm -rf "$clean"/etc/apt/sources.list*
  for file in /etc/apt/sources.list /etc/apt/sources.list.d /etc/apt/trusted.gpg /etc/apt/trusted.gpg.d \
              /etc/apt/keyrings /etc/apt/auth.conf /etc/apt/auth.conf.d /etc/resolv.conf /etc/hosts \
              /usr/share/keyrings /usr/local/share/ca-certificates /etc/ssl/certs; do
    [ ! -e "$file" ] || { mkdir -p "$clean$(dirname "$file")" && cp -rLT "$file" "$clean$file"; }
  done
  apt-config dump | grep -E '^Acquire::(http|https|ftp|Retries|ForceIPv|Check|AllowInsecure)' \
    >"$clean/etc/apt/apt.conf.d/80lent" || true
}

set_up() {
  mkdir -p "$work/archives/partial"
  make_root
  lend_sources
  # Nobody needs this root after a crash, and it starts no services.
  echo force-unsafe-io >"$clean/etc/dpkg/dpkg.cfg.d/unsafe"
  printf '#!/bin/sh\nexit 101\n' >"$clean/usr/sbin/policy-rc.d"
  chmod +x "$clean/usr/sbin/policy-rc.d"
  printf 'APT::Install-Recommends "false";\nAPT::Keep-Downloaded-Packages "true";\n' >"$clean/etc/apt/apt.conf.d/90test"
  mount --bind "$work/archives" "$clean/var/cache/apt/archives"
  mkdir "$clean/packages"
  cp "$packages"/*.deb "$clean/packages"
  in_root 'apt-get update'
}

# Rolling ground with boxes on it, in metres: x y z and what is right, 1 for ground and 2 for what stands on it.
make_cloud() {
  awk 'BEGIN {
    srand(7); n = 0
    for (i = 0; i < 240; ++i) for (j = 0; j < 240; ++j) {
      x = 0.5 * i + 0.3 * rand(); y = 0.5 * j + 0.3 * rand()
      z = 2 * sin(x / 25) + 1.5 * cos(y / 31) + 0.05 * rand(); label = 1
      if (x % 40 > 14 && x % 40 < 26 && y % 40 > 12 && y % 40 < 28) { z += 6; label = 2 }
      line[n++] = sprintf("%.3f %.3f %.3f %d", x, y, z, label)
    }
    print "VERSION 0.7\nFIELDS x y z label\nSIZE 4 4 4 4\nTYPE F F F U\nCOUNT 1 1 1 1\nWIDTH " n "\nHEIGHT 1"
    print "VIEWPOINT 0 0 0 1 0 0 0\nPOINTS " n "\nDATA ascii"
    for (i = 0; i < n; ++i) print line[i]
  }' >"$clean/root/hills.pcd"
}

installs_alone() {
  in_root 'cd /packages && apt-get install -y ./treewalk_*.deb ./treewalk-models_*.deb ./libtreewalk-torch_*.deb'
}

tells_its_version() { in_root 'treewalk info' | grep -x "treewalk ${version%-1}"; }
knows_the_models() { in_root 'treewalk info' | grep -xE 'models +airborne, parts, shapes10, tabletop, terrain'; }
tells_classes() {
  in_root 'treewalk info terrain' >"$work/terrain"
  grep -qE '^ *ground ' "$work/terrain" && grep -qE '^ *off-ground ' "$work/terrain"
}

finds_its_libraries() {
  in_root 'ldd /usr/bin/treewalk' >"$work/ldd"
  ! grep 'not found' "$work/ldd" && same "$(grep -c libgomp "$work/ldd")" 1
}

segments() { in_root 'cd && treewalk segment hills.pcd -m terrain -o labelled.pcd --html labelled.html'; }

# The program of the checkout runs in the machine's own system, with LibTorch's own OpenMP.
same_as_the_checkout() {
  "$root/build/install/bin/treewalk" segment "$clean/root/hills.pcd" -m terrain -o "$work/labelled.pcd" --overwrite
  cmp "$work/labelled.pcd" "$clean/root/labelled.pcd"
}

is_right() {
  in_root 'cd && treewalk evaluate terrain --data hills.pcd --map 1=ground,2=off-ground --json figures.json'
  grep -oE '"overall_accuracy": *[0-9.]+' "$clean/root/figures.json" | head -n 1 | awk '{ exit !($NF > 0.9) }'
}

installs_headers() {
  in_root 'apt-get install -y g++ cmake make /packages/libtreewalk-dev_*.deb'
}

builds_a_consumer() {
  cp -r "$root/samples/consumer" "$clean/root/consumer"
  in_root 'cd && cmake -S consumer -B build && cmake --build build'
}

consumer_works() {
  in_root 'cd && build/remove_objects labelled.pcd ground.pcd && treewalk info ground.pcd'
  in_root 'ldd /root/build/remove_objects' >"$work/ldd"
  ! grep 'not found' "$work/ldd" && same "$(grep -c libgomp "$work/ldd")" 1
}

removes_all() {
  in_root 'dpkg -L treewalk treewalk-models libtreewalk-torch libtreewalk-dev | sort -u' >"$work/installed"
  in_root 'apt-get purge -y treewalk treewalk-models libtreewalk-torch libtreewalk-dev'
}

nothing_is_left() {
  local path
  in_root 'find / -xdev -name "*treewalk*" -not -path "/root/*" -not -path "/packages/*"
           ldconfig -p; dpkg -l' >"$work/left"
  if grep treewalk "$work/left"; then return 1; fi
  while read -r path; do
    [[ $path != *treewalk* || ! -e $clean$path ]] || { echo "$path is left"; return 1; }
  done <"$work/installed"
}

version=$(sed -n 's/^project(treewalk VERSION \([0-9.]*\).*/\1/p' "$root/CMakeLists.txt")-1
check "a clean root of $release is set up" set_up
make_cloud
check "program, libraries and models install with what they depend on alone" installs_alone
check "every library is found, and OpenMP once" finds_its_libraries
check "the program tells the project's version" tells_its_version
check "the program finds the shipped models by name" knows_the_models
check "treewalk info tells a model's classes" tells_classes
check "treewalk segment labels a cloud by a model's name" segments
if [ -x "$root/build/install/bin/treewalk" ]; then # cmake/build.sh makes it
  check "the labels are the same bytes as by the checkout's own program" same_as_the_checkout
fi
check "nine tenths of the labels are right" is_right
check "the headers install" installs_headers
check "a consumer builds without being told where anything is" builds_a_consumer
check "the consumer filters the labelled cloud" consumer_works
check "the packages can be removed" removes_all
check "nothing is left of them" nothing_is_left
touch "$work/finished"
