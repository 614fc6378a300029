// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "treewalk/cloud.h"

namespace treewalk {
/// \addtogroup io
/// @{

/// Whether a file's name ends in .las or .laz, in any case.
/// \param file that need not exist
/// \return whether it does
TREEWALK_EXPORT bool is_las_name(const std::filesystem::path& file);

/// Whether a file's content is LAS or LAZ, whatever it is called.
/// \param file a path
/// \return false for a file that is not there or cannot be read, and for a pipe, which cannot be read twice
TREEWALK_EXPORT bool is_las(const std::filesystem::path& file);

/// Whether this build compresses and decompresses points (.laz), as it does unless it was built without LASzip.
/// \return whether it does
TREEWALK_EXPORT bool knows_laz();

/// What a LAS or LAZ file says of itself.
struct LasInfo {
  std::string version;                  ///< "1.0" to "1.5"
  int point_format = 0;                 ///< 0 to 10
  bool compressed = false;              ///< LAZ
  bool copc = false;                    ///< a cloud-optimised point cloud
  std::int64_t points = 0;              ///< number of points
  std::size_t record = 0;               ///< bytes of a point, before compression
  std::array<double, 3> scale{};        ///< a coordinate is its integer times this,
  std::array<double, 3> offset{};       ///< plus this
  std::vector<std::string> extra;       ///< names of the dimensions beyond the point format
  std::string wkt;                      ///< the coordinate system as well-known text; empty: none
  std::vector<std::uint16_t> geo_keys;  ///< the same as GeoTIFF keys (GeoKeyDirectoryTag); empty: none
  std::vector<double> geo_doubles;      ///< their numbers (GeoDoubleParamsTag)
  std::string geo_ascii;                ///< their texts (GeoAsciiParamsTag)
};

/// Looks at a file's header and variable length records only. Throws Error as read_cloud does.
/// \param file a .las or .laz
/// \return what it says
TREEWALK_EXPORT LasInfo las_info(const std::filesystem::path& file);

/// Where the points of a LAS or LAZ file are.
struct LasBounds {
  std::array<double, 3> least{};     ///< of x, y and z
  std::array<double, 3> greatest{};  ///< the same
};

/// Looks at where a file says that its points are, and at nothing else of it: the rest may be damaged.
/// \param file a path
/// \return nothing for a file that is not LAS or ends before, for bounds that are none, and for a pipe
TREEWALK_EXPORT std::optional<LasBounds> las_bounds(const std::filesystem::path& file);

/// One more dimension for the points of a file.
struct LasDimension {
  std::string name;                            ///< at most 30 characters
  std::string meaning;                         ///< at most 21 characters, for the file's description
  Scalar type = Scalar::uint8;                 ///< of the numbers in the file: uint8, uint16, uint32 or float32
  double scale = 1;                            ///< a value is the number in the file times this
  const std::vector<float>* values = nullptr;  ///< one for each point; integers are rounded and kept within their range
  const std::vector<std::uint32_t>* numbers =
      nullptr;  ///< likewise, in their place: whole numbers, all of which are exact
};

/// The dimension `confidence` as treewalk writes it: a byte, in steps of 0.004. A float would make a compressed file
/// half as large again.
/// \param values probabilities, one for each point
/// \return the dimension
TREEWALK_EXPORT LasDimension las_confidence(const std::vector<float>* values);

/// What write_changed_las changes.
struct LasChanges {
  /// Stands for a point's class as the file has it.
  static constexpr std::uint32_t as_it_is = 0xFFFFFFFF;

  const std::vector<std::uint32_t>* classification = nullptr;  ///< class code of each point; null: all as they are
  bool keep_input_classes = false;             ///< the classes before the first change go on as `classification_input`
  std::vector<LasDimension> dimensions;        ///< added, in this order
  const std::vector<char>* written = nullptr;  ///< 0 for points that are left out; null: all are written
  bool copc = false;                           ///< a COPC goes on as a COPC, with its hierarchy, and not as a plain LAZ
  int threads = 0;                             ///< for (de)compression; 0: as many as the machine has cores
};

/// Writes a copy of a LAS or LAZ file in which all bytes stay as they are but for what `changes` says: header,
/// variable length records (extended ones too, waveform packets among them), gaps between them, the order of points
/// and each of their dimensions. The copy is compressed if its name ends in .laz; a COPC becomes a plain LAZ, without
/// the records that only a COPC has, unless `copc` says otherwise. A dimension that an earlier run of treewalk added
/// under the same name is written anew; of that name by anybody else it stays, and the new one is NAME_2. Extra bytes
/// that no description covers get one that says that nothing is known of them, since descriptions follow each other;
/// those that tell of more bytes than the points have go. Where points are left out, numbers of points and bounds in
/// the header are those of the copy. The file appears whole or not at all.
/// Throws Error: for what read_cloud refuses; vectors of another size than the file has points; a class code that the
/// point format cannot hold (above 31 in formats 0 to 5, above 255); a pipe, which cannot be read twice; `copc` of a
/// file that is none, or with points left out.
/// \param input a .las or .laz
/// \param output a .las or .laz, which may be the input
/// \param changes what is changed
/// \return points whose class is another than before
TREEWALK_EXPORT std::int64_t write_changed_las(const std::filesystem::path& input, const std::filesystem::path& output,
                                               const LasChanges& changes);

/// @}
}  // namespace treewalk
