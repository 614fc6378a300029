// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "labels.h"

#include <vector>

namespace program {

namespace {

class ReadBy : public treewalk::DataSet {
 public:
  ReadBy(std::shared_ptr<const treewalk::DataSet> data, CloudOfEntry read)
      : data_(std::move(data)), read_(std::move(read)) {}
  std::string name() const override { return data_->name(); }
  std::vector<std::string> splits() const override { return data_->splits(); }
  std::vector<treewalk::DataEntry> list(const std::string& split) const override { return data_->list(split); }
  treewalk::Cloud read(const treewalk::DataEntry& entry) const override { return read_(entry); }

 private:
  std::shared_ptr<const treewalk::DataSet> data_;
  CloudOfEntry read_;
};

/// From now on the labels are the field `label`.
void name_labels(treewalk::Cloud& cloud, const std::string& field) {
  const treewalk::CloudView view = cloud.view();
  const treewalk::Field* labels = find_labels(view, field);
  const std::string name = view.at(labels ? labels->name : field, "which holds the labels").name;
  if (name == "label") return;
  cloud.remove_field("label");
  for (auto& one : cloud.fields)
    if (one.name == name) one.name = "label";
}

void change_labels(treewalk::Cloud& cloud, const LabelChange& change) {
  const treewalk::CloudView view = cloud.view();
  std::vector<std::uint32_t> label(static_cast<std::size_t>(view.size));
  for (std::int64_t i = 0; i < view.size; ++i)
    label[static_cast<std::size_t>(i)] = change(view.value(i, view.at("label")));
  cloud.remove_field("label");
  cloud.set_field("label", label);
}

}  // namespace

const treewalk::Field* find_labels(const treewalk::CloudView& cloud, const std::string& name) {
  return name == "label" ? treewalk::label_field(cloud) : cloud.find(name);
}

std::shared_ptr<const treewalk::DataSet> read_by(std::shared_ptr<const treewalk::DataSet> data, CloudOfEntry read) {
  return std::make_shared<ReadBy>(std::move(data), std::move(read));
}

std::shared_ptr<const treewalk::DataSet> with_labels(std::shared_ptr<const treewalk::DataSet> data,
                                                     const std::string& field, const LabelChange& change) {
  if (field == "label" && !change) return data;
  return read_by(data, [=](const treewalk::DataEntry& entry) {
    treewalk::Cloud cloud = data->read(entry);
    try {
      name_labels(cloud, field);
    } catch (const treewalk::Error& error) {
      throw treewalk::Error("'" + entry.file.string() + "': " + error.what());
    }
    if (change) change_labels(cloud, change);
    return cloud;
  });
}

}  // namespace program
