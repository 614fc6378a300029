// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// Any bytes as a .pcd file: it is refused in one line, or read, and then written and read back bit for bit.
#include "tests/fuzz/clouds.h"

using namespace treewalk;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Memory memory(data, size);
  Source source{memory, "fuzz.pcd", size};
  Cloud cloud;
  try {
    cloud = read_pcd(source);
  } catch (const Error& error) {
    CLAIM(fuzz::is_one_line(error.what()));
    return 0;
  }
  fuzz::claim_consistent(cloud);
  if (!fuzz::has_writable_names(cloud)) return 0;
  check_writable(cloud, "again.pcd");
  const auto round_trip = [&](bool compress) {
    const std::string text = fuzz::written([&](std::ostream& stream) { write_pcd(stream, cloud, compress); });
    const Cloud again = fuzz::read_again(text, "again.pcd", read_pcd);
    fuzz::claim_same(cloud, again);
    CLAIM(again.viewpoint == cloud.viewpoint && again.orientation == cloud.orientation);
  };
  round_trip(false);
  if (size % 8 == 0) round_trip(true);  // it takes the longest
  return 0;
}
