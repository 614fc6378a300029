// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// Any bytes as a .ply file: it is refused in one line, or read, and then written as .ply and as .pcd and read back.
#include "tests/fuzz/clouds.h"

using namespace treewalk;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Memory memory(data, size);
  Source source{memory, "fuzz.ply", size};
  Cloud cloud;
  try {
    cloud = read_ply(source);
  } catch (const Error& error) {
    CLAIM(fuzz::is_one_line(error.what()));
    return 0;
  }
  fuzz::claim_consistent(cloud);
  if (!fuzz::has_writable_names(cloud)) return 0;
  check_writable(cloud, "again");
  try {
    const std::string ply = fuzz::written([&](std::ostream& stream) { write_ply(stream, cloud); });
    const Cloud again = fuzz::read_again(ply, "again.ply", read_ply);
    fuzz::claim_consistent(again);
    fuzz::claim_same(cloud, again, true);
    CLAIM(again.viewpoint == cloud.viewpoint);
  } catch (const Error& error) {  // integers that no .ply can hold
    CLAIM(fuzz::is_one_line(error.what()));
    CLAIM(std::any_of(cloud.fields.begin(), cloud.fields.end(), fuzz::has_64_bits));
  }

  const std::string pcd = fuzz::written([&](std::ostream& stream) { write_pcd(stream, cloud, false); });
  const Cloud other = fuzz::read_again(pcd, "again.pcd", read_pcd);
  CLAIM(other.viewpoint == cloud.viewpoint && other.orientation == cloud.orientation);
  if (cloud.size() > 0) CLAIM(other.data == cloud.data);  // both without gaps
  return 0;
}
