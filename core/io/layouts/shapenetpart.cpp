// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// ShapeNetPart: shapenetcore_partanno_segmentation_benchmark_v0_normal.
#include <map>
#include <nlohmann/json.hpp>

#include "core/io/layouts/layout.h"
#include "core/io/text_file.h"

namespace treewalk {

namespace fs = std::filesystem;

namespace {

const char* const kShape =
    "SYNSET/ID.txt of lines x y z nx ny nz part with synsetoffset2category.txt and "
    "train_test_split/shuffled_{train,val,test}_file_list.json";

class ShapeNetPart : public LaidOutData {
 public:
  ShapeNetPart(const fs::path& folder, const std::string& layout) : LaidOutData(folder, layout, kShape) {
    TextFile table(need("synsetoffset2category.txt"));
    for (std::string_view line; table.next(line);) {
      const std::string category(next_value(line)), synset(next_value(line));
      if (!is_plain_name(category) || !is_plain_name(synset) || !next_value(line).empty())
        table.fail("a line is a category and its folder, such as \"Airplane 02691156\"");
      if (!category_.emplace(synset, category).second) table.fail("has \"" + synset + "\" a second time");
    }
    if (splits().empty()) missing("train_test_split/shuffled_train_file_list.json");
  }

  std::vector<std::string> splits() const override {
    return listed_splits({"test", "train", "val"}, [this](const std::string& split) { return list_of(split); });
  }

  std::vector<DataEntry> list(const std::string& split) const override {
    need_split(split);
    const fs::path list = list_of(split);
    const auto json = nlohmann::json::parse(read_whole(list), nullptr, false);
    if (!json.is_array()) throw Error(list.string() + ": is no JSON list of names such as \"shape_data/SYNSET/ID\"");
    std::vector<DataEntry> entries;
    for (const auto& element : json) {
      const std::string text = element.is_string() ? element.get<std::string>() : "";
      // shape_data/SYNSET/ID
      const fs::path path(text);
      const std::string id = path.filename().string(), synset = path.parent_path().filename().string();
      if (!is_plain_name(id) || !is_plain_name(synset))
        throw Error(list.string() + ": holds " + (text.empty() ? "what is no name" : treewalk::quoted(text)) +
                    "; names are such as \"shape_data/SYNSET/ID\"");
      const auto category = category_.find(synset);
      if (category == category_.end())
        throw Error(list.string() + ": names a shape of " + treewalk::quoted(synset) +
                    ", which synsetoffset2category.txt does not have");
      entries.push_back({category->second + "/" + id, need_named(folder() / synset / (id + ".txt"), list)});
    }
    return sorted(std::move(entries), split);
  }

  Cloud read(const DataEntry& entry) const override {
    auto fields = position_and_normal();
    fields.push_back({"label", Scalar::uint32});
    return read_table(entry.file, fields);
  }

 private:
  fs::path list_of(const std::string& split) const {
    return folder() / "train_test_split" / ("shuffled_" + split + "_file_list.json");
  }

  std::map<std::string, std::string> category_;  ///< by synset
};

}  // namespace

Layout shapenetpart_layout() {
  return {{"shapenetpart"},
          kShape,
          [](const fs::path& folder) {
            return fs::exists(folder / "synsetoffset2category.txt") || fs::is_directory(folder / "train_test_split")
                       ? "shapenetpart"
                       : "";
          },
          [](const fs::path& folder, const LayoutOptions& options) {
            return std::make_shared<ShapeNetPart>(folder, options.layout);
          }};
}

}  // namespace treewalk
