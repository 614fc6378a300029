// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// Any bytes as a .las or .laz file: it is refused in one line, or read, and then written again, with and without
// compression, and read back bit for bit.
#include "core/io/las/las.h"

#include "core/io/las/laz.h"
#include "tests/fuzz/clouds.h"

using namespace treewalk;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto read = [](Source& source) { return read_las(source, {1, {}}); };
  Cloud cloud;
  try {
    fuzz::Memory memory(data, size);
    Source source{memory, "fuzz.laz", size};
    size_of_las(source, {});
    go_to(source, 0, size);
    cloud = read(source);
  } catch (const Error& error) {
    CLAIM(fuzz::is_one_line(error.what()));
    return 0;
  }
  fuzz::claim_consistent(cloud);
  const Cloud some = [&] {  // layers that nobody wants are not looked at
    fuzz::Memory memory(data, size);
    Source source{memory, "fuzz.laz", size};
    return read_las(source, {1, {"classification"}});
  }();
  CLAIM(some.size() == cloud.size() && some.fields.size() == 4);
  for (std::int64_t i = 0; i < some.size(); ++i)
    CLAIM(some.view().value(i, some.fields[3]) == cloud.view().value(i, cloud.view().at("classification")));
  const std::vector<float> confidence(static_cast<std::size_t>(cloud.size()), 0.5F);
  LasChanges changes;
  changes.threads = 1;
  for (const bool compressed : {false, true}) {
    if (compressed && (!has_laz() || size % 4 != 0)) continue;  // it takes the longest
    for (const bool more : {false, true}) {
      changes.dimensions.clear();
      if (more) changes.dimensions.push_back(las_confidence(&confidence));
      const std::string text = fuzz::written([&](std::ostream& stream) {
        fuzz::Memory memory(data, size);
        Source source{memory, "fuzz.laz", size};
        rewrite_las(source, stream, "again.laz", compressed, changes);
      });
      const Cloud again = fuzz::read_again(text, "again.laz", read);
      CLAIM(again.size() == cloud.size());
      if (!more) fuzz::claim_same(cloud, again);
    }
  }
  try {  // as a COPC too, if it is one
    changes.dimensions.clear();
    changes.copc = true;
    const std::string text = fuzz::written([&](std::ostream& stream) {
      fuzz::Memory memory(data, size);
      Source source{memory, "fuzz.laz", size};
      rewrite_las(source, stream, "again.laz", true, changes);
    });
    fuzz::claim_same(cloud, fuzz::read_again(text, "again.laz", read));
  } catch (const Error& error) {
    CLAIM(fuzz::is_one_line(error.what()));
  }
  return 0;
}
