// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "treewalk/cloud.h"

namespace treewalk {
/// \addtogroup training
/// @{

/// The field with the labels of a cloud's points: "label" or else the first that is called label, classification,
/// class, labels or semantic, in any case and with or without "scalar_" in front (scalar_Classification).
/// \param cloud with or without labels
/// \return one of its fields, or nullptr
TREEWALK_EXPORT const Field* label_field(const CloudView& cloud);

/// Whether a value of that field says that the point has no label: -1 or NaN.
/// \param label as CloudView::value gives it
/// \return whether it does
TREEWALK_EXPORT bool is_no_label(double label);

/// Reads one cloud from a file; throws Error when it cannot.
using CloudReader = std::function<Cloud(const std::filesystem::path&)>;

/// One cloud of a data set.
struct DataEntry {
  /// Unique within the split, parts separated by '/'. The first part is the class where the layout has classes.
  std::string name;
  std::filesystem::path file;  ///< where it is read from
  std::int64_t index = -1;     ///< place within a file of many clouds; -1: the file is the cloud
};

/// Labelled clouds in splits, however they lie on the disk. All functions may be called from several threads at once.
class TREEWALK_EXPORT DataSet {
 public:
  virtual ~DataSet();
  /// What messages and training cards call the data.
  /// \return the name of their folder
  virtual std::string name() const = 0;
  /// Into what the data are split; "train", "val" and "test" are what training and evaluation look for.
  /// \return names, sorted
  virtual std::vector<std::string> splits() const = 0;
  /// The clouds of a split. Throws Error for a split that is not there or is empty.
  /// \param split one of splits()
  /// \return sorted by name (byte order)
  virtual std::vector<DataEntry> list(const std::string& split) const = 0;
  /// Reads one of the listed clouds; the same entry gives the same bits. Throws Error.
  /// \param entry one that list() gave
  /// \return the cloud, with the labels as its field `label`
  virtual Cloud read(const DataEntry& entry) const = 0;
};

/// The clouds below FOLDER/SPLIT in files that end in .pcd, .ply, .las, .laz or .off (in any case), each by `read`; an
/// entry is named by its path in the split's folder. Names that start with a dot are passed over. Every folder in
/// FOLDER is a split; where none of them is called train, val or test, FOLDER itself is the split ".".
/// \param folder FOLDER; nothing in it is read before list() is called
/// \param read reads a file
/// \return the data set
TREEWALK_EXPORT std::shared_ptr<const DataSet> folder_data(const std::filesystem::path& folder, CloudReader read);

/// @}
}  // namespace treewalk
