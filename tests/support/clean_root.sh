# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the treewalk authors
#
# Sourced in a mount namespace of its own: a fresh Debian of this machine's release in the folder $clean, which is made
# once and kept in $work.
. /etc/os-release
release=$VERSION_CODENAME

in_root() {
  chroot "$clean" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 HOME=/root \
    DEBIAN_FRONTEND=noninteractive ${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"} \
    bash -euc "$1"
}

# Where this machine gets its own packages from.
mirror() {
  apt-get indextargets --format '$(REPO_URI) $(CODENAME) $(COMPONENT)' 'Created-By: Packages' |
    awk -v release="$release" '$2 == release && $3 == "main" { print $1; exit }'
}

# In memory where there is enough of it: some hundred packages are many small files.
make_room() {
  rm -rf --one-file-system "$clean"
  mkdir -p "$clean"
  awk '/MemAvailable/ { exit $2 < 8e6 }' /proc/meminfo || return 0
  mount -t tmpfs -o size=6g,mode=755 tmpfs "$clean"
}

# make_root [PACKAGE,...]: the smallest Debian there is, and these packages.
make_root() {
  local base=$work/base-$release${1:+-$(tr , _ <<<"$1")}.tar
  make_room
  if [ -e "$base" ]; then
    tar -C "$clean" -xf "$base"
  else
    debootstrap --variant=minbase ${1:+--include="$1"} "$release" "$clean" "$(mirror)"
    rm -rf "$clean"/var/cache/apt/archives/*.deb
    tar -C "$clean" -cf "$base.new" .
    mv "$base.new" "$base"
  fi
  mount -t proc proc "$clean/proc"
}
