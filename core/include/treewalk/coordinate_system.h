// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "treewalk/cloud.h"

namespace treewalk {
/// \addtogroup io
/// @{

/// What the coordinates of a system are.
enum class CoordinateKind : std::uint8_t {
  unknown,     ///< nothing is known of x and y
  projected,   ///< a plane of the map: lengths east and north, z up
  geographic,  ///< angles on the globe
  geocentric,  ///< lengths from the middle of the earth; z is not up
  local        ///< lengths of a site or a sensor, tied to no place
};

/// What a file says of its coordinates. Read by PROJ, which a build may lack (TREEWALK_PROJ).
struct CoordinateSystem {
  CoordinateKind kind = CoordinateKind::unknown;  ///< of x and y
  std::string name;                               ///< such as "NAD83 / New York Long Island (ftUS)"; may be empty
  /// Metres in one unit of x and y: 0.3048 for international feet, 1200/3937 for US survey feet. 0: not known, or
  /// angles.
  double horizontal_metres = 0;
  double vertical_metres = 0;  ///< the same of z; 0: the system says nothing of heights
  bool degrees = false;        ///< x and y are angles, degrees or others
  bool down = false;           ///< z grows downwards
  int epsg = 0;                ///< EPSG code of what x and y lie in, where the system gives one; 0: none
  int vertical_epsg = 0;       ///< the same of the heights, where they have a system of their own
  std::string wkt;             ///< all of it as well-known text; empty: none
};

/// Reads well-known text: WKT 1 as OGC and as ESRI have it, WKT 2; projected, geographic, geocentric, local, compound
/// with heights, heights alone; also "PROJCS[...],VERTCS[...]". What stands behind a first zero byte is no part of it.
/// Throws Error, in one line, for text that PROJ does not take, for more than 64 KiB or 32 levels of brackets, for
/// units that are not above zero, and in builds without PROJ.
/// \param wkt the text; empty or white: nothing is known
/// \return what it says
TREEWALK_EXPORT CoordinateSystem coordinate_system_of_wkt(std::string_view wkt);

/// Reads the keys by which GeoTIFF and LAS name a system: EPSG codes, by PROJ's database, or units of their own. A key
/// for a unit goes before the unit of a code, as in libgeotiff. A key that points beyond what is given counts as not
/// given, of two alike the first counts. Throws Error for a directory without a header, for codes of x and y that
/// PROJ's database does not know and no unit replaces, units that are not above zero, and in builds without PROJ.
/// \param directory GeoKeyDirectoryTag (34735), four numbers a key; empty: nothing is known
/// \param doubles GeoDoubleParamsTag (34736); may be empty
/// \param ascii GeoAsciiParamsTag (34737); may be empty
/// \return what they say
TREEWALK_EXPORT CoordinateSystem coordinate_system_of_geokeys(const std::vector<std::uint16_t>& directory,
                                                              const std::vector<double>& doubles,
                                                              std::string_view ascii);

/// Of a file that may have both: the text, or the keys where there is no text. Heights of which the text says nothing
/// are as the keys say: writers of LAS 1.4 keep them there. Throws Error as the two do; what is wrong with keys beside
/// a text that can be read is passed over.
/// \param wkt the text; may be empty
/// \param directory GeoKeyDirectoryTag; may be empty
/// \param doubles GeoDoubleParamsTag; may be empty
/// \param ascii GeoAsciiParamsTag; may be empty
/// \return what they say
TREEWALK_EXPORT CoordinateSystem coordinate_system_of(std::string_view wkt, const std::vector<std::uint16_t>& directory,
                                                      const std::vector<double>& doubles, std::string_view ascii);

/// Looks a system up in PROJ's database. Throws Error for a code that is no system, where PROJ finds no database
/// (Debian: proj-data), and in builds without PROJ.
/// \param code of EPSG, such as 2263; of a system of heights alone, too
/// \return what it says
TREEWALK_EXPORT CoordinateSystem coordinate_system_of_epsg(int code);

/// The EPSG code of what x and y lie in: the one that is given, or the one that PROJ finds to be the same in all but
/// names. Never throws.
/// \param system any
/// \return the code; 0: there is none, or the build has no PROJ
TREEWALK_EXPORT int epsg_of(const CoordinateSystem& system);

/// A unit of length in words.
/// \param metres in one unit
/// \return "metres", "feet", "US survey feet", or such as "units of 1000 m"; "no known unit" for 0
TREEWALK_EXPORT std::string unit_name(double metres);

/// What turns coordinates into metres, and what is to be told of it.
struct ToMetres {
  std::array<double, 3> factor{1, 1, 1};  ///< of x, y and z: for RunOptions::scale
  std::string remark;                     ///< a sentence to tell once a run; may be empty
};

/// Decides what coordinates are multiplied by for a model that was trained on metres.
/// - What a person says goes before what the file says; the remark tells where they differ by more than 1 %.
/// - Angles are refused: degrees have no length without a projection.
/// - Where x and y have a unit and z has none, z has the same. So PROJ reads strings without +vunits, and so files are:
///   state plane coordinates in feet that name no system of heights mostly hold heights in feet. The remark says so
///   wherever that is not metres. The other way round x and y have the unit of z.
/// - Where nothing is known, metres are assumed, and the remark says so.
/// Throws Error for angles.
/// \param system what the file says; nullptr: its format has no place for it, and nothing is remarked
/// \param by_hand what a person says (--scale), each above 0; nullptr: nothing
/// \param file for messages
/// \return the factors
TREEWALK_EXPORT ToMetres to_metres(const CoordinateSystem* system, const std::array<double, 3>* by_hand,
                                   const std::string& file);

/// @}
}  // namespace treewalk
