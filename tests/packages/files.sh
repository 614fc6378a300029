# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the treewalk authors
#
# Sourced by tests/packages.sh: claims about the packages as files.
unpacked=$work/unpacked
version=$(sed -n 's/^project(treewalk VERSION \([0-9.]*\).*/\1/p' "$root/CMakeLists.txt")-1

package() { ls "$packages/$1"_*.deb; }
field() { dpkg-deb -f "$(package "$1")" "$2"; }

names() {
  local names=() file
  for file in "$packages"/*.deb; do names+=("$(dpkg-deb -f "$file" Package)/$(dpkg-deb -f "$file" Architecture)"); done
  same "${names[*]}" "libtreewalk-dev/amd64 libtreewalk-torch/amd64 treewalk-models/all treewalk/amd64"
}

versions() {
  local file
  for file in "$packages"/*.deb; do same "$(dpkg-deb -f "$file" Version)" "$version"; done
}

# needs PACKAGE FIELD NEEDED...: each is in the field of the package.
needs() {
  local text needed
  text=", $(field "$1" "$2"),"
  for needed in "${@:3}"; do
    [[ $text == *", $needed"[\ ,]* ]] || { echo "$1 has no '$needed' in $2: $text"; return 1; }
  done
}

stripped() {
  local file
  for file in "$unpacked"/usr/bin/treewalk "$unpacked"/usr/lib/*/libtreewalk_*.so.0.*; do
    file "$file" | grep -q ', stripped' || { file "$file"; return 1; }
  done
}

# Nothing in the packages tells where they were made.
no_path_of_the_checkout() { ! grep -rlF "$root" "$unpacked"; }

torch_as_published() {
  local torch=${TREEWALK_TORCH:-$root/.deps/torch} file
  for file in libtorch_cpu.so libc10.so; do cmp "$unpacked"/usr/lib/*/treewalk/$file "$torch/lib/$file"; done
}

# The system's copy of GNU OpenMP serves PCL and LibTorch both.
one_openmp() { ! find "$unpacked" -name 'libgomp*' | grep .; }

# The packaged program in this machine's own system.
unpacked_program() {
  LD_LIBRARY_PATH=$(echo "$unpacked"/usr/lib/*-linux-gnu) "$unpacked/usr/bin/treewalk" "$@"
}

manual_names_every_command() {
  local command commands
  commands=$(unpacked_program --help | sed '1,/^Subcommands/d' | awk '/^  [a-z]/ { print $1 }')
  [ -n "$commands" ]
  gzip -dc "$unpacked/usr/share/man/man1/treewalk.1.gz" >"$work/manual"
  for command in $commands; do
    grep -qx "\.B $command" "$work/manual" || { echo "the manual page has no command '$command'"; return 1; }
  done
}

# Once more from the same build folders, as of the same commit.
same_bytes_again() {
  sha256sum "$packages"/*.deb >"$work/sums"
  SOURCE_DATE_EPOCH=$(stat -c %Y "$unpacked/usr/bin/treewalk") bash "$root/cmake/package.sh"
  sha256sum -c "$work/sums"
}

rm -rf "$unpacked"
mkdir -p "$unpacked"
for file in "$packages"/*.deb; do dpkg-deb -x "$file" "$unpacked"; done
check "there are four packages" names
check "all bear the version of the project" versions
check "treewalk needs PCL, libraries of file formats and its own LibTorch" needs treewalk Depends libpcl-common1.13 \
  libpcl-filters1.13 libhdf5-103-1 liblzf1 libproj25 libgeotiff5 libtiff6 libmd0 libpng16-16 "libtreewalk-torch (= $version)"
check "treewalk recommends the models" needs treewalk Recommends "treewalk-models (= $version)"
check "the headers need the libraries of the same version, and PCL's headers" needs libtreewalk-dev Depends \
  "treewalk (= $version)" libpcl-dev
check "LibTorch needs the system's OpenMP" needs libtreewalk-torch Depends libgomp1
mapfile -t binaries < <(find "$unpacked/usr/bin" "$unpacked/usr/lib" -type f ! -path '*/cmake/*')
check "run paths are relative" relative_run_paths "${binaries[@]}"
check "treewalk's own files are stripped" stripped
check "no file holds a path of the checkout" no_path_of_the_checkout
check "LibTorch's files are as they were published" torch_as_published
check "no package brings OpenMP" one_openmp
check "the manual page names every command" manual_names_every_command
check "the same build gives the same bytes" same_bytes_again
