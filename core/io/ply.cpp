// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <map>

#include "core/io/formats.h"
#include "core/io/pcd_header.h"
#include "core/io/ply_body.h"
#include "core/io/ply_types.h"

namespace treewalk {
namespace {

constexpr const char* padding = "_";

// Columns of an element, kept nowhere yet. A list is padding; where one stands, places in the file mean nothing.
std::vector<Column> columns_of(const PlyElement& element) {
  std::vector<Column> columns;
  std::size_t record = 0;
  for (const PlyProperty& property : element.properties) {
    columns.push_back({property.length ? padding : property.name, property.type, 1, record, Column::nowhere});
    record += size_of(property.type);
  }
  return columns;
}

template <class Records>
auto find(Records& records, std::string_view name) -> decltype(&*records.begin()) {
  const auto found = std::find_if(records.begin(), records.end(), [&](const auto& r) { return r.name == name; });
  return found == records.end() ? nullptr : &*found;
}

// Blue, green, red and, where it is given, alpha: in the order of the bytes of PCL's packed colour. Empty when one of
// the first three is missing, is no byte, or the packed colour is there already.
std::vector<Column*> color_columns(std::vector<Column>& columns) {
  std::vector<Column*> color;
  static const char* const names[][4] = {{"blue", "green", "red", "alpha"},
                                         {"diffuse_blue", "diffuse_green", "diffuse_red", "alpha"},
                                         {"b", "g", "r", "a"}};
  Column* alpha = nullptr;
  for (const auto& [blue, green, red, a] : names) {
    color = {find(columns, blue), find(columns, green), find(columns, red)};
    alpha = find(columns, a);
    if (color[0] != nullptr && color[1] != nullptr && color[2] != nullptr) break;
  }
  if (alpha != nullptr && alpha->type == Scalar::uint8) color.push_back(alpha);
  const bool complete =
      std::all_of(color.begin(), color.end(), [](Column* c) { return c != nullptr && c->type == Scalar::uint8; });
  if (!complete || find(columns, "rgb") != nullptr || find(columns, "rgba") != nullptr) color.clear();
  return color;
}

// Gives the cloud its fields, in the order of the properties, and each property its place in memory.
void place(std::vector<Column>& columns, Cloud& cloud) {
  static const std::map<std::string_view, std::string> renamed = {
      {"nx", "normal_x"}, {"ny", "normal_y"}, {"nz", "normal_z"}};
  const std::vector<Column*> color = color_columns(columns);
  for (Column& column : columns) {
    if (column.name == padding) continue;  // as in a .pcd
    if (std::find(color.begin(), color.end(), &column) == color.end()) {
      const auto other = renamed.find(column.name);
      const bool rename = other != renamed.end() && find(columns, other->second) == nullptr;
      column.in_memory = cloud.stride;
      cloud.fields.push_back({rename ? other->second : column.name, cloud.stride, column.type, 1});
      cloud.stride += size_of(column.type);
    } else if (column.in_memory == Column::nowhere) {  // the first part of the colour makes room for all
      for (std::size_t i = 0; i < color.size(); ++i) color[i]->in_memory = cloud.stride + i;
      if (color.size() == 4)
        cloud.fields.push_back({"rgba", cloud.stride, Scalar::uint32, 1});
      else
        cloud.fields.push_back({"rgb", cloud.stride, Scalar::float32, 1});
      cloud.stride += 4;
    }
  }
}

std::array<double, 4> quaternion_of(const std::array<double, 9>& rotation) {
  const auto& r = rotation;  // row by row
  const double squares[4] = {1 + r[0] + r[4] + r[8], 1 + r[0] - r[4] - r[8], 1 - r[0] + r[4] - r[8],
                             1 - r[0] - r[4] + r[8]};  // 4 w^2, 4 x^2, 4 y^2, 4 z^2
  const auto largest = static_cast<std::size_t>(std::max_element(squares, squares + 4) - squares);
  const double twice = std::sqrt(squares[largest]), scale = 0.5 / twice;
  const double wx = r[7] - r[5], wy = r[2] - r[6], wz = r[3] - r[1];
  const double xy = r[1] + r[3], xz = r[2] + r[6], yz = r[5] + r[7];
  std::array<double, 4> q{};
  if (largest == 0) q = {twice / 2, wx * scale, wy * scale, wz * scale};
  if (largest == 1) q = {wx * scale, twice / 2, xy * scale, xz * scale};
  if (largest == 2) q = {wy * scale, xy * scale, twice / 2, yz * scale};
  if (largest == 3) q = {wz * scale, xz * scale, yz * scale, twice / 2};
  return q;
}

std::array<double, 9> rotation_of(const std::array<double, 4>& orientation) {
  const auto [w, x, y, z] = orientation;
  return {1 - 2 * (y * y + z * z), 2 * (x * y - w * z),     2 * (x * z + w * y),
          2 * (x * y + w * z),     1 - 2 * (x * x + z * z), 2 * (y * z - w * x),
          2 * (x * z - w * y),     2 * (y * z + w * x),     1 - 2 * (x * x + y * y)};
}

constexpr const char* position_names[] = {"view_px", "view_py", "view_pz"};
constexpr const char* axis_names[] = {"x_axisx", "x_axisy", "x_axisz", "y_axisx", "y_axisy",
                                      "y_axisz", "z_axisx", "z_axisy", "z_axisz"};

// Columns and rows of an organised cloud, as a file claims them.
struct Raster {
  double columns = 0, rows = 0;
};

// Makes an unorganised cloud with all of its points organised, where that many points fill the raster.
void organise(Cloud& cloud, const Raster& raster) {
  const bool whole = raster.columns == std::floor(raster.columns) && raster.rows == std::floor(raster.rows);
  const bool possible = raster.columns >= 0 && raster.rows > 1 && raster.rows <= static_cast<double>(max_points);
  if (cloud.height > 1 || !whole || !possible) return;
  if (raster.columns * raster.rows != static_cast<double>(cloud.size())) return;
  cloud.width = static_cast<std::int64_t>(raster.columns);
  cloud.height = static_cast<std::int64_t>(raster.rows);
}

// The camera holds the viewpoint and, in PCL's files, the size of an organised cloud, which is returned: a camera may
// come before the points.
Raster read_camera(const PlyElement& camera, PlyBody& body, Cloud& cloud) {
  Cloud record;
  record.width = 1;
  std::vector<Column> columns = columns_of(camera);
  for (Column& column : columns) {
    column.in_memory = column.in_file;
    record.fields.push_back({column.name, column.in_file, column.type, 1});
  }
  record.stride = camera.least_bytes();
  record.data.resize(record.stride);
  body.read(camera, columns, record.data.data(), record.stride);

  const CloudView view = record.view();
  const auto value = [&](const char* name, double otherwise) {
    const Field* field = view.find(name);
    const double found = field == nullptr ? otherwise : view.value(0, *field);
    return std::isfinite(found) ? found : otherwise;
  };
  std::array<double, 9> rotation{1, 0, 0, 0, 1, 0, 0, 0, 1};
  for (std::size_t i = 0; i < 9; ++i) rotation[i] = value(axis_names[i], rotation[i]);
  for (std::size_t i = 0; i < 3; ++i) cloud.viewpoint[i] = value(position_names[i], 0);
  const std::array<double, 4> orientation = quaternion_of(rotation);
  if (std::all_of(orientation.begin(), orientation.end(), [](double part) { return std::isfinite(part); }))
    cloud.orientation = orientation;  // else the axes were no rotation
  return {value("viewportx", 0), value("viewporty", 0)};
}

const char* type_name(Scalar type) {
  switch (type) {
    case Scalar::int8:
      return "char";
    case Scalar::uint8:
      return "uchar";
    case Scalar::int16:
      return "short";
    case Scalar::uint16:
      return "ushort";
    case Scalar::int32:
      return "int";
    case Scalar::uint32:
      return "uint";
    case Scalar::float32:
      return "float";
    case Scalar::float64:
      return "double";
    default:
      return nullptr;
  }
}

// What place() undoes: the parts of the packed colour, PLY's names of a normal, a property for each value. types: of
// the properties, of which a field of 64 bits has no more than its first bytes.
std::vector<Column> properties_of(const Cloud& cloud, const std::vector<Scalar>& types) {
  static const std::map<std::string_view, std::string> renamed = {
      {"normal_x", "nx"}, {"normal_y", "ny"}, {"normal_z", "nz"}};
  std::vector<Column> columns;
  std::size_t record = 0;
  const auto add = [&](const std::string& name, Scalar type, std::size_t in_memory) {
    if (find(columns, name) != nullptr) throw Error("two fields would become the .ply property '" + name + "'");
    columns.push_back({name, type, 1, record, in_memory});
    record += size_of(type);
  };
  const CloudView view = cloud.view();
  const auto taken = [&](const std::string& name) { return view.find(name) != nullptr; };
  for (std::size_t f = 0; f < cloud.fields.size(); ++f) {
    const Field& field = cloud.fields[f];
    const bool alpha = field.name == "rgba";
    const bool packed = (alpha || field.name == "rgb") && field.count == 1 && size_of(field.type) == 4;
    if (packed && !taken("red") && !taken("green") && !taken("blue") && !taken("alpha") &&
        !taken(alpha ? "rgb" : "rgba")) {
      add("red", Scalar::uint8, field.offset + 2);
      add("green", Scalar::uint8, field.offset + 1);
      add("blue", Scalar::uint8, field.offset);
      if (alpha) add("alpha", Scalar::uint8, field.offset + 3);
    } else if (field.count == 1) {
      const auto other = renamed.find(field.name);
      add(other == renamed.end() || taken(other->second) ? field.name : other->second, types[f], field.offset);
    } else {
      for (std::size_t i = 0; i < field.count; ++i)
        add(field.name + "_" + std::to_string(i), types[f], field.offset + i * size_of(field.type));
    }
  }
  return columns;
}

// Float as PCL reads it, double where a float would change the value.
Scalar narrowest(double value) {
  return static_cast<double>(static_cast<float>(value)) == value ? Scalar::float32 : Scalar::float64;
}

template <class T>
void append(std::string& bytes, T value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

// The element's lines for the header, and its only record.
std::pair<std::string, std::string> camera_of(const Cloud& cloud) {
  std::string text = "element camera 1\n", record;
  const std::array<double, 9> rotation = rotation_of(cloud.orientation);
  const auto add = [&](const char* name, double value, Scalar type) {
    text += std::string("property ") + type_name(type) + " " + name + "\n";
    if (type == Scalar::int32)
      append(record, static_cast<std::int32_t>(value));
    else if (type == Scalar::float32)
      append(record, static_cast<float>(value));
    else
      append(record, value);
  };
  for (std::size_t i = 0; i < 3; ++i) add(position_names[i], cloud.viewpoint[i], narrowest(cloud.viewpoint[i]));
  for (std::size_t i = 0; i < 9; ++i) add(axis_names[i], rotation[i], Scalar::float32);
  add("viewportx", static_cast<double>(cloud.width), Scalar::int32);
  add("viewporty", static_cast<double>(cloud.height), Scalar::int32);
  return {text, record};
}

Cloud read_body(Source& source, const PlyHeader& header, bool by_words) {
  PlyBody body(source, header, by_words);
  Cloud cloud;
  const PlyElement* camera = header.find("camera");
  if (camera != nullptr && (camera->count != 1 || camera->has_list())) camera = nullptr;
  Raster viewport;
  bool has_points = false;
  for (const PlyElement& element : header.elements) {
    if (element.name == "vertex") {
      std::vector<Column> columns = columns_of(element);
      place(columns, cloud);
      if (cloud.fields.empty()) source.fail("the element 'vertex' has only padding");
      cloud.width = static_cast<std::int64_t>(element.count);
      cloud.data.resize(cloud.stride * static_cast<std::size_t>(element.count));
      if (element.count > 0) body.read(element, columns, cloud.data.data(), cloud.stride);
      has_points = true;
    } else if (&element == camera) {
      viewport = read_camera(element, body, cloud);
    } else {
      body.skip(element);
    }
    if (&element == camera) camera = nullptr;
    if (has_points && camera == nullptr && !by_words) break;
  }
  if (by_words) body.end();
  organise(cloud, {static_cast<double>(header.columns), static_cast<double>(header.rows)});
  organise(cloud, viewport);
  return cloud;
}

}  // namespace

CloudSize size_of_ply(Source& source) {
  const PlyHeader header = parse_ply_header(read_beginning(source), source.remaining, source.name);
  const PlyElement& vertex = *header.find("vertex");
  std::vector<Column> columns = columns_of(vertex);
  Cloud cloud;
  place(columns, cloud);
  return {static_cast<std::int64_t>(vertex.count), cloud.stride, cloud.stride * vertex.count + (1 << 20)};
}

Cloud read_ply(Source& source) {
  const std::uint64_t size = source.remaining;
  const PlyHeader header = parse_ply_header(read_beginning(source), size, source.name);
  for (const std::string& warning : header.warnings) source.warn(warning);
  go_to(source, header.body, size);
  if (header.data != PlyData::ascii) return read_body(source, header, false);
  try {
    return read_body(source, header, false);
  } catch (const Error& by_lines) {
    // Readers that know words alone take several elements on a line, or one on several; they must fit to the last.
    try {
      go_to(source, header.body, size);
      return read_body(source, header, true);
    } catch (const Error&) {
      throw by_lines;
    }
  }
}

void write_ply(std::ostream& stream, const Cloud& given) {
  const std::vector<Scalar> types = ply_types(given);
  bool changes = false;
  for (std::size_t f = 0; f < types.size(); ++f)
    changes |= types[f] == Scalar::float64 && given.fields[f].type != Scalar::float64;
  const Cloud changed = changes ? with_doubles(given, types) : Cloud();
  const Cloud& cloud = changes ? changed : given;
  const std::vector<Column> columns = properties_of(cloud, types);
  std::size_t record = 0;
  std::string text = "ply\nformat binary_little_endian 1.0\n";
  if (cloud.height > 1)
    text += "obj_info num_cols " + std::to_string(cloud.width) + "\nobj_info num_rows " + std::to_string(cloud.height) +
            "\n";
  text += "element vertex " + std::to_string(cloud.size()) + "\n";
  for (const Column& column : columns) {
    text += std::string("property ") + type_name(column.type) + " " + column.name + "\n";
    record += size_of(column.type);
  }
  const bool has_pose = cloud.viewpoint != Cloud{}.viewpoint || cloud.orientation != Cloud{}.orientation;
  const auto [camera_text, camera_record] = has_pose ? camera_of(cloud) : std::pair<std::string, std::string>();
  stream << text << camera_text << "end_header\n";
  write_binary(stream, columns, cloud.size(), record, cloud.data.data(), cloud.stride);
  stream.write(camera_record.data(), static_cast<std::streamsize>(camera_record.size()));
}

}  // namespace treewalk
