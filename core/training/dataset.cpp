// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/training/dataset.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <regex>
#include <unordered_map>
#include <utility>

#include "core/geometry/finite_points.h"
#include "core/scene/cloud_parts.h"
#include "treewalk/detail/words.h"

namespace treewalk {

namespace {

/// Classification and models of parts: the first part of the name is the class or category.
void assign_classes(std::vector<DataItem>& items, const Recipe& recipe) {
  const std::vector<std::string> names = recipe.folder_names();
  for (DataItem& item : items) {
    const auto slash = item.name.find('/');
    if (slash == std::string::npos)
      throw Error(
          item.file.string() +
          ": lies in no class folder; the layout is {train,val,test}/CLASS/*.pcd, *.ply, *.las, *.laz or *.off");
    const std::string name = item.name.substr(0, slash);
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end())
      throw Error(item.where() + ": the recipe has no " + (recipe.task == "classification" ? "class" : "category") +
                  " \"" + name + "\"" + detail::did_you_mean(name, names) + " It has " + detail::quoted_list(names));
    item.cloud_label = static_cast<int>(found - names.begin());
  }
}

std::regex stem_pattern(const std::string& text, const char* what) {
  try {
    return std::regex(text);
  } catch (const std::regex_error&) {
    throw Error("\"" + text + "\", given for " + what + " clouds, is not a regular expression");
  }
}

std::vector<DataItem> chosen(const std::vector<DataItem>& items, const std::string& only, const std::string& without) {
  const std::regex wanted = stem_pattern(only, "only these"), unwanted = stem_pattern(without, "without these");
  std::vector<DataItem> kept;
  for (const DataItem& item : items)
    if ((only.empty() || std::regex_search(item.stem(), wanted)) &&
        (without.empty() || !std::regex_search(item.stem(), unwanted)))
      kept.push_back(item);
  return kept;
}

/// Looks labels up once each: files hold few different ones.
class LabelTable {
 public:
  LabelTable(const Recipe& recipe, const std::string& field) : recipe_(recipe), field_(field) {}
  std::int8_t operator()(double label) {
    if (label == last_label_) return last_class_;
    if (is_no_label(label)) return -1;
    const auto found = class_.find(label);
    last_class_ = found != class_.end() ? found->second : class_.emplace(label, look_up(label)).first->second;
    last_label_ = label;
    return last_class_;
  }

 private:
  std::int8_t look_up(double label) const {
    if (!(label >= 0 && label <= std::numeric_limits<std::uint32_t>::max()) || label != std::floor(label))
      throw Error("the field \"" + field_ + "\" holds " + std::to_string(label) +
                  "; labels are whole numbers from 0 to 4294967295, and -1 or NaN where there is none");
    return static_cast<std::int8_t>(recipe_.class_of(static_cast<std::uint32_t>(label)));
  }
  const Recipe& recipe_;
  const std::string& field_;
  std::unordered_map<double, std::int8_t> class_;
  double last_label_ = std::numeric_limits<double>::quiet_NaN();  // equal to no label
  std::int8_t last_class_ = -1;
};

/// 0 to size - 1 without these, which ascend.
std::vector<std::int32_t> all_but(const std::vector<std::int32_t>& some, std::size_t size) {
  std::vector<std::int32_t> others;
  auto next = some.begin();
  for (std::int32_t i = 0; i < static_cast<std::int32_t>(size); ++i)
    if (next != some.end() && *next == i)
      ++next;
    else
      others.push_back(i);
  return others;
}

}  // namespace

const Field* label_field(const CloudView& cloud) {
  if (const Field* field = cloud.find("label")) return field;
  for (const char* wanted : {"label", "classification", "class", "labels", "semantic"})
    for (const Field& field : cloud.fields) {
      std::string name = detail::lower_case(field.name);
      if (name.rfind("scalar_", 0) == 0) name.erase(0, 7);
      if (name == wanted && field.count == 1) return &field;
    }
  return nullptr;
}

bool is_no_label(double label) { return std::isnan(label) || label == -1; }

std::vector<DataItem> list_data(const DataSet& data, const std::string& split, const Recipe& recipe,
                                const std::string& only, const std::string& without) {
  std::vector<DataItem> items;
  for (DataEntry& entry : data.list(split)) items.push_back({std::move(entry)});
  if (items.empty()) throw Error("\"" + data.name() + "\" holds no clouds in its split \"" + split + "\"");
  if (!recipe.folder_names().empty()) assign_classes(items, recipe);
  const std::vector<DataItem> kept = chosen(items, only, without);
  if (kept.empty())
    throw Error("\"" + data.name() + "\", split \"" + split + "\": none of its " + std::to_string(items.size()) +
                " clouds is chosen" + (only.empty() ? "" : " by only \"" + only + "\"") +
                (without.empty() ? "" : " without \"" + without + "\"") + "; the first is \"" + items.front().name +
                "\"");
  return kept;
}

std::vector<std::int8_t> class_of_points(const CloudView& cloud, const Recipe& recipe) {
  std::vector<std::int8_t> label(static_cast<std::size_t>(cloud.size));
  if (cloud.size == 0) return label;
  const Field* labels = label_field(cloud);
  const Field& field = cloud.at(labels == nullptr ? "label" : labels->name, "which training and evaluation need");
  LabelTable table(recipe, field.name);
  for (std::int64_t i = 0; i < cloud.size; ++i) label[i] = table(cloud.value(i, field));
  return label;
}

Sample make_sample(const CloudView& cloud, const DataItem& item, const Recipe& recipe) {
  FinitePoints finite = finite_points(cloud);
  auto reach = reach_of(recipe.scene);
  reach.extent = std::numeric_limits<double>::infinity();  // recipes crop what is long
  const CloudParts parts = parts_of(finite.position, reach);
  std::string note;
  if (!parts.whole()) {
    note = count_and_place(finite.position, all_but(parts.part.front().point, finite.kept.size())) +
           " lie too far from the others and are left out";
    finite = some_of(finite, parts.part.front().point);
  }
  const auto& kept = finite.kept;
  const PointSet points = make_point_set(cloud, finite, recipe.required_fields, recipe.optional_fields);
  std::vector<std::int8_t> label(kept.size(), -1);
  if (recipe.task != "classification") {
    const std::vector<std::int8_t> all = class_of_points(cloud, recipe);
    for (std::size_t i = 0; i < kept.size(); ++i) label[i] = all[kept[i]];
  }
  Sample sample = sample_of(points, std::move(label), item.cloud_label);
  sample.note = std::move(note);
  return sample;
}

Sample read_sample(const DataItem& item, const Recipe& recipe, const DataSet& data) {
  const Cloud cloud = data.read(item);
  try {
    Sample sample = make_sample(cloud.view(), item, recipe);
    if (sample.size() == 0) sample.note = "holds no point with finite coordinates and is skipped";
    if (!sample.note.empty()) sample.note = item.where() + ": " + sample.note;
    return sample;
  } catch (const Error& error) {
    throw Error(item.where() + ": " + error.what());
  }
}

}  // namespace treewalk
