// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "labels.h"

#include <vector>

namespace program {

namespace {

class LabelledData : public treewalk::DataSet {
 public:
  LabelledData(std::shared_ptr<const treewalk::DataSet> data, std::string field, LabelChange change)
      : data_(std::move(data)), field_(std::move(field)), change_(std::move(change)) {}
  std::string name() const override { return data_->name(); }
  std::vector<std::string> splits() const override { return data_->splits(); }
  std::vector<treewalk::DataEntry> list(const std::string& split) const override { return data_->list(split); }
  treewalk::Cloud read(const treewalk::DataEntry& entry) const override {
    treewalk::Cloud cloud = data_->read(entry);
    try {
      name_labels(cloud);
    } catch (const treewalk::Error& error) {
      throw treewalk::Error("'" + entry.file.string() + "': " + error.what());
    }
    if (change_) change_labels(cloud);
    return cloud;
  }

 private:
  /// From now on the labels are the field `label`.
  void name_labels(treewalk::Cloud& cloud) const {
    const treewalk::CloudView view = cloud.view();
    const treewalk::Field* like = field_ == "label" ? treewalk::label_field(view) : nullptr;
    const std::string name = view.at(like ? like->name : field_, "which holds the labels").name;
    if (name == "label") return;
    cloud.remove_field("label");
    for (auto& field : cloud.fields)
      if (field.name == name) field.name = "label";
  }

  void change_labels(treewalk::Cloud& cloud) const {
    const treewalk::CloudView view = cloud.view();
    std::vector<std::uint32_t> label(static_cast<std::size_t>(view.size));
    for (std::int64_t i = 0; i < view.size; ++i)
      label[static_cast<std::size_t>(i)] = change_(view.value(i, view.at("label")));
    cloud.remove_field("label");
    cloud.set_field("label", label);
  }

  std::shared_ptr<const treewalk::DataSet> data_;
  std::string field_;
  LabelChange change_;
};

}  // namespace

std::shared_ptr<const treewalk::DataSet> with_labels(std::shared_ptr<const treewalk::DataSet> data,
                                                     const std::string& field, const LabelChange& change) {
  if (field == "label" && !change) return data;
  return std::make_shared<LabelledData>(std::move(data), field, change);
}

}  // namespace program
