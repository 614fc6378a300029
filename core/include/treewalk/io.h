// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "treewalk/cloud.h"
#include "treewalk/write_file.h"

namespace treewalk {
/// \addtogroup io
/// @{

/// Whether a file's name ends in .pcd, .ply, .las, .laz or .off, in any case.
/// \param file that need not exist
/// \return whether it does
TREEWALK_EXPORT bool is_cloud_file(const std::filesystem::path& file);

/// Reads a .pcd (ascii, binary, binary_compressed), .ply (ascii, binary of either byte order), .las, .laz or .off
/// (ascii) file, or one of them through a pipe such as /dev/stdin. The format is what the content shows, or where it
/// shows nothing what the name ends in. Every value keeps its type and bits; padding ("_" in a .pcd) and fields of no
/// values (COUNT 0) are dropped; an empty cloud is not an error. Of two fields a the second is a_2; two fields x are an
/// error. Names follow PCL: "rgb" is a float32 that holds the packed colour; in a .ply the uchar properties red, green,
/// blue (and alpha), or r, g, b (and a), become "rgb" ("rgba"), and nx, ny, nz become normal_x, normal_y, normal_z. Of
/// a .ply only the vertices without their lists, the camera (viewpoint) and the grid's size are read. LAS 1.0 to 1.5,
/// point formats 0 to 10, and LAZ of every kind, COPC among them, give x, y and z in double precision (integer times
/// scale plus offset), and all dimensions of their format: intensity (uint16), return_number, number_of_returns,
/// classification, classification_flags (1 synthetic, 2 key point, 4 withheld, 8 overlap), user_data, scan_direction,
/// edge_of_flight_line and scanner_channel (uint8), scan_angle (float32, degrees), point_source_id (uint16), gps_time
/// (float64), rgb (8 bits a colour; of 16 the upper ones), nir (uint16), wave_packet and what belongs to it; and extra
/// dimensions under their names, as float64 where they have a scale. A triangle mesh (.off) gives 2048 points with
/// normals, drawn evenly over its area: those that open_data gives with its defaults. An .off without faces gives its
/// vertices, with normals and colours (NOFF, COFF). Throws Error, in one line that begins with the file's name, for
/// anything that the file cannot be: the header is checked against the file's size before any memory for points is
/// taken. A text that ends before the last of the points that its header promises is an error.
/// \param file a .pcd, .ply, .las, .laz or .off
/// \return all points and fields
TREEWALK_EXPORT Cloud read_cloud(const std::filesystem::path& file);

/// How a file is read.
struct ReadOptions {
  int threads = 0;  ///< to decompress a .laz with; 0: as many as the machine has cores
  /// Of a .las or .laz, the fields that are wanted beside x, y and z: others are left out, and layers of a .laz that
  /// hold no more than these are not decompressed. A name that the file does not have is passed over. Empty: all.
  std::vector<std::string> only;
};

/// The same for a caller who tells what a file holds and the cloud does not (unknown keys of a header, lists, values or
/// lines beyond those announced): of a .pcd that is text and ends early, the points that are there are read.
/// \param file a .pcd, .ply, .las, .laz or .off
/// \param[out] warnings a sentence is added for whatever was passed over
/// \param options how
/// \return all points, and all fields or those that are wanted
TREEWALK_EXPORT Cloud read_cloud_with_warnings(const std::filesystem::path& file, std::vector<std::string>& warnings,
                                               const ReadOptions& options = {});

/// How large the cloud of a file is.
struct CloudSize {
  std::int64_t points = 0;    ///< as many as the header promises
  std::size_t stride = 0;     ///< bytes of each in memory
  std::uint64_t to_read = 0;  ///< bytes that reading takes at its most, those of the cloud among them
};

/// Looks at a file's header only. Throws Error as read_cloud does for a header that it refuses.
/// \param file a .pcd, .ply, .las, .laz or .off
/// \param options with which it is to be read
/// \return the size; zeros for a pipe, of which nobody knows what will come. A mesh has no points yet
TREEWALK_EXPORT CloudSize cloud_size(const std::filesystem::path& file, const ReadOptions& options = {});

/// Writes every field, the organisation and the viewpoint; the inverse of read_cloud. A .pcd is binary_compressed
/// unless `compress` is false (or the points exceed the 4 GB that the format can hold compressed, or the library was
/// built without liblzf, as it can be: it then reads no compressed .pcd either, and says so), a .ply binary;
/// fields of several values become name_0, name_1, ... in a .ply. Its labels are int, and so are integers of 64 bits,
/// or uint or double; one that these cannot hold is an error. A .las or .laz is LAS 1.4, point format 6, 7 (with rgb)
/// or 8 (with nir), in steps of 0.001, or finer for clouds smaller than 10, or coarser ones for clouds that reach
/// farther: fields that read_cloud makes of its dimensions become these again where their values fit, label becomes the
/// classification (which then goes on as classification_input), confidence a byte, and all others extra dimensions;
/// points without a finite position are an error (a file that came as LAS goes on by write_changed_las). The file
/// appears whole or not at all (see write_file). Throws Error.
/// \param file a .pcd, .ply, .las or .laz
/// \param cloud all of which is written
/// \param compress whether a .pcd is compressed
TREEWALK_EXPORT void write_cloud(const std::filesystem::path& file, const Cloud& cloud, bool compress = true);

/// @}
}  // namespace treewalk
