// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "treewalk/layouts.h"

namespace treewalk {

/// One way to lay a data set out. Each has a file of its own beside this one.
struct Layout {
  std::vector<std::string> names;  ///< the layout's, then those of its variants
  std::string shape;               ///< what lies in the folder, for messages
  /// The name that fits the folder best; empty when it looks like none of them. Looks at few files.
  std::function<std::string(const std::filesystem::path&)> detect;
  /// options.layout is one of `names`. Throws Error when something is missing.
  std::function<std::shared_ptr<const DataSet>(const std::filesystem::path&, const LayoutOptions&)> open;
};

Layout folders_layout();
Layout modelnet_text_layout();
Layout modelnet_hdf5_layout();
Layout off_layout();
Layout shapenetpart_layout();
Layout scanobjectnn_layout();
Layout s3dis_layout();
Layout semantickitti_layout();

/// What the data sets of all layouts share.
class LaidOutData : public DataSet {
 public:
  LaidOutData(std::filesystem::path folder, std::string layout, std::string shape)
      : folder_(std::move(folder)), layout_(std::move(layout)), shape_(std::move(shape)) {}
  std::string name() const override;

 protected:
  const std::filesystem::path& folder() const { return folder_; }
  /// Throws Error that says what the layout has and what is there instead.
  [[noreturn]] void missing(const std::string& what) const;
  /// The file in the folder, or an error.
  std::filesystem::path need(const std::string& file) const;
  /// Throws Error unless splits() has this one.
  void need_split(const std::string& split) const;
  /// Sorted by name; throws Error for a name that occurs twice, and when there is none.
  std::vector<DataEntry> sorted(std::vector<DataEntry> entries, const std::string& split) const;

 private:
  std::filesystem::path folder_;
  std::string layout_, shape_;
};

/// Those of the splits whose list is there.
std::vector<std::string> listed_splits(const std::vector<std::string>& splits,
                                       const std::function<std::filesystem::path(const std::string&)>& list_of);
/// A file that a list names; throws Error when it is not there.
std::filesystem::path need_named(std::filesystem::path file, const std::filesystem::path& list);

/// Names of what is in a folder, sorted; those that start with a dot are passed over.
std::vector<std::string> folders_in(const std::filesystem::path& folder);
std::vector<std::string> files_in(const std::filesystem::path& folder, const std::string& extension);

/// The lines of a file. Each must be fit for the name of a file: no '/', no dot in front, nothing unprintable.
std::vector<std::string> read_names(const std::filesystem::path& file);
/// Whether a name is fit for that.
bool is_plain_name(const std::string& name);

}  // namespace treewalk
