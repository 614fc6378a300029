// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// A cloud that came from no LAS file as LAS 1.4: fields take the places that point formats 6 to 8 have for them, if
// their values fit; all others become extra dimensions.
#include <algorithm>
#include <cmath>
#include <functional>

#include "core/io/las/las.h"
#include "core/io/las/output.h"
#include "core/io/las/pieces.h"
#include "treewalk/detail/numbers.h"
#include "treewalk/las.h"

namespace treewalk {
namespace {

// Puts the value of a field into a record.
using Put = std::function<void(const std::byte* value, std::byte* record)>;

struct Part {
  std::size_t from = 0;  ///< in the cloud's record
  Put put;
};

int type_of(Scalar scalar) {
  static const Scalar types[10] = {Scalar::uint8, Scalar::int8,   Scalar::uint16, Scalar::int16,   Scalar::uint32,
                                   Scalar::int32, Scalar::uint64, Scalar::int64,  Scalar::float32, Scalar::float64};
  return static_cast<int>(std::find(types, types + 10, scalar) - types) + 1;
}

// A place that formats have for whole numbers: `bits` from `shift` on in so many bytes at `at`.
struct Slot {
  const char* name;
  std::size_t at, bytes;
  unsigned bits, shift;
};
constexpr Slot kSlots[] = {
    {"intensity", kIntensity, 2, 16, 0},
    {"return_number", kReturns, 1, 4, 0},
    {"number_of_returns", kReturns, 1, 4, 4},
    {"classification_flags", kFlags, 1, 4, 0},
    {"scanner_channel", kFlags, 1, 2, 4},
    {"scan_direction", kFlags, 1, 1, 6},
    {"edge_of_flight_line", kFlags, 1, 1, 7},
    {"classification", kClass, 1, 8, 0},
    {"user_data", kUserData, 1, 8, 0},
    {"point_source_id", kSource, 2, 16, 0},
    {"nir", 36, 2, 16, 0},
};

class Fresh {
 public:
  Fresh(const Cloud& cloud, const std::string& name) : cloud_(cloud), view_(cloud.view()), name_(name) {
    choose_format();
    make_header();
    place_positions();
    for (const Field& field : cloud.fields) place(field);
    if (!descriptions_.empty()) add_descriptions(header_, descriptions_);
  }

  LasHeader& header() { return header_; }

  Bytes records(std::int64_t first, std::int64_t points) const {
    Bytes result(static_cast<std::size_t>(points) * header_.record);
    for (std::int64_t i = 0; i < points; ++i) {
      const std::byte* point = cloud_.data.data() + static_cast<std::size_t>(first + i) * cloud_.stride;
      std::byte* record = result.data() + static_cast<std::size_t>(i) * header_.record;
      for (const Part& part : parts_) part.put(point + part.from, record);
    }
    return result;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const { throw Error(name_ + ": cannot write the cloud: " + what); }

  void choose_format() {
    const bool rgb = packed_colour() != nullptr, nir = view_.find("nir") != nullptr;
    header_.format = point_format(nir ? 8 : rgb ? 7 : 6);
    header_.record = header_.format.bytes;
    header_.minor = 4;
  }

  const Field* packed_colour() const {
    for (const char* name : {"rgb", "rgba"})
      if (const Field* field = view_.find(name); field != nullptr && size_of(field->type) == 4 && field->count == 1)
        return field;
    return nullptr;
  }

  void make_header() {
    header_.bytes.resize(standard_header(4));
    std::byte* h = header_.bytes.data();
    std::memcpy(h, "LASF", 4);
    put<std::uint16_t>(h + 6, 16);  // coordinate systems are well-known text, of which there is none
    put<std::uint8_t>(h + las_place::version, 1);
    put<std::uint8_t>(h + las_place::version + 1, 4);
    std::memcpy(h + 26, "treewalk", 8);
    std::memcpy(h + 58, "treewalk", 8);
    put<std::uint16_t>(h + las_place::header_size, static_cast<std::uint16_t>(header_.bytes.size()));
  }

  void place_positions() {
    std::array<const Field*, 3> axes{};
    for (std::size_t axis = 0; axis < 3; ++axis) axes[axis] = &view_.at(std::string(1, "xyz"[axis]), "which LAS needs");
    std::array<double, 3> least{}, most{};
    for (std::size_t axis = 0; axis < 3; ++axis) {
      std::int64_t lost = 0;
      for (std::int64_t i = 0; i < view_.size; ++i) {
        const double value = view_.value(i, *axes[axis]);
        lost += !std::isfinite(value);
        least[axis] = i == 0 ? value : std::min(least[axis], value);
        most[axis] = i == 0 ? value : std::max(most[axis], value);
      }
      if (lost > 0)
        fail(std::to_string(lost) + " of its points have no finite " + std::string(1, "xyz"[axis]) +
             ", which LAS cannot hold; write a .pcd or .ply, or take them out");
    }
    for (std::size_t axis = 0; axis < 3; ++axis) place_axis(axis, *axes[axis], least[axis], most[axis]);
  }

  // Millimetres, but finer for what is smaller than 10 and coarser where 32 bits would not reach.
  void place_axis(std::size_t axis, const Field& field, double least, double most) {
    double scale = 0.001;
    const double size = most - least;
    if (size > 0 && size < 10) scale = std::pow(10, std::floor(std::log10(size)) - 5);
    while (size / scale > 2e9) scale *= 10;
    const double offset = std::floor(least);
    if (!std::isfinite(size) || std::abs(offset) / scale > 9e15) fail("its coordinates are too large for LAS");
    header_.scale[axis] = scale;
    header_.offset[axis] = offset;
    put(header_.bytes.data() + las_place::scale + 8 * axis, scale);
    put(header_.bytes.data() + las_place::offset + 8 * axis, offset);
    add(field, [type = field.type, at = 4 * axis, scale, offset](const std::byte* value, std::byte* record) {
      const double steps = std::nearbyint((detail::number_at(value, type) - offset) / scale);
      put(record + at, static_cast<std::int32_t>(steps));
    });
  }

  void add(const Field& field, Put put) { parts_.push_back({field.offset, std::move(put)}); }

  bool all(const Field& field, const std::function<bool(double)>& is) const {
    for (std::int64_t i = 0; i < view_.size; ++i)
      if (!is(view_.value(i, field))) return false;
    return true;
  }

  void place(const Field& field) {
    if (&field == view_field("x") || &field == view_field("y") || &field == view_field("z")) return;
    if (field.count == 1 && (place_colour(field) || place_time(field) || place_angle(field) || place_slot(field) ||
                             place_confidence(field)))
      return;
    for (std::size_t i = 0; i < field.count; ++i)
      place_extra(field, i, field.count == 1 ? field.name : field.name + "_" + std::to_string(i));
  }

  const Field* view_field(const char* name) const {
    const Field* found = view_.find(name);
    for (const Field& field : cloud_.fields)
      if (found != nullptr && field.name == found->name) return &field;
    return nullptr;
  }

  bool place_colour(const Field& field) {
    const Field* colour = packed_colour();
    if (colour == nullptr || colour->name != field.name) return false;
    add(field, [](const std::byte* value, std::byte* record) {
      const auto packed = get<std::uint32_t>(value);
      for (unsigned i = 0; i < 3; ++i)  // 255 becomes 65535
        put(record + 30 + 2 * i, static_cast<std::uint16_t>((packed >> (16 - 8 * i) & 255U) * 257U));
    });
    return true;
  }

  bool place_time(const Field& field) {
    if (field.name != "gps_time") return false;
    add(field, [type = field.type](const std::byte* value, std::byte* record) {
      put(record + 22, detail::number_at(value, type));
    });
    return true;
  }

  bool place_angle(const Field& field) {
    constexpr double step = 0.006;  // degrees
    const auto fits = [](double angle) { return angle / step > -32768.5 && angle / step < 32767.5; };
    if (field.name != "scan_angle" || !all(field, fits)) return false;
    add(field, [type = field.type](const std::byte* value, std::byte* record) {
      put(record + kAngle, static_cast<std::int16_t>(std::nearbyint(detail::number_at(value, type) / step)));
    });
    return true;
  }

  // A label is the class; a class that was there before goes on beside it.
  bool place_slot(const Field& field) {
    std::string name = field.name;
    if (name == "label")
      name = "classification";
    else if (name == "classification" && view_.find("label") != nullptr)
      return false;
    for (const Slot& slot : kSlots) {
      if (name != slot.name || (slot.at >= 36 && header_.format.near_infrared == 0)) continue;
      const double most = std::ldexp(1.0, static_cast<int>(slot.bits)) - 1;
      if (!all(field, [most](double v) { return v >= 0 && v <= most && v == std::floor(v); })) return false;
      add(field, [slot, type = field.type](const std::byte* value, std::byte* record) {
        const auto number =
            static_cast<std::uint16_t>(static_cast<unsigned>(detail::number_at(value, type)) << slot.shift);
        if (slot.bytes == 2) return put(record + slot.at, number);
        record[slot.at] |= static_cast<std::byte>(number);
      });
      return true;
    }
    return false;
  }

  // As write_changed_las has it from the program: a byte.
  bool place_confidence(const Field& field) {
    if (field.name != "confidence" || !all(field, [](double v) { return v >= 0 && v <= 1; })) return false;
    const LasDimension dimension = las_confidence(nullptr);
    append(descriptions_, describe(dimension.name, "treewalk: " + dimension.meaning, 1, dimension.scale));
    add(field,
        [type = field.type, scale = dimension.scale, at = header_.record](const std::byte* value, std::byte* record) {
          put(record + at, static_cast<std::uint8_t>(std::nearbyint(detail::number_at(value, type) / scale)));
        });
    header_.record += 1;
    return true;
  }

  void place_extra(const Field& field, std::size_t element, const std::string& wanted) {
    const std::size_t bytes = size_of(field.type);
    std::string name = wanted == "classification" ? "classification_input" : wanted;
    if (name.size() > 32) fail("the name of its field '" + name + "' has more than 32 characters");
    append(descriptions_, describe(name, "", type_of(field.type), 0));
    parts_.push_back(
        {field.offset + element * bytes, [bytes, at = header_.record](const std::byte* value, std::byte* record) {
           std::memcpy(record + at, value, bytes);
         }});
    header_.record += bytes;
    if (header_.record > 0xFFFF) fail("its points have more bytes than LAS can hold");
  }

  const Cloud& cloud_;
  const CloudView view_;
  const std::string name_;
  LasHeader header_;
  std::vector<Part> parts_;
  Bytes descriptions_;
};

}  // namespace

void write_las(std::ostream& stream, const Cloud& cloud, const std::string& name, bool compressed) {
  if (compressed && !has_laz())
    throw Error(name + ": this build of treewalk was made without LASzip and writes no .laz; name a .las instead");
  Fresh fresh(cloud, name);
  fresh.header().compressed = compressed;
  LasOutput out(stream, name, fresh.header(), kPieceOfPoints, 3);
  struct Result {
    std::int64_t points = 0;
    LasSummary summary;
    Bytes packed;
  };
  LasSummary summary;
  const LasHeader& header = fresh.header();
  const std::size_t pieces = static_cast<std::size_t>((cloud.size() + kPieceOfPoints - 1) / kPieceOfPoints);
  in_order<Result>(
      0, pieces, [](std::size_t) { return Bytes(); },
      [&](std::size_t i, const Bytes&) {
        const std::int64_t first = static_cast<std::int64_t>(i) * kPieceOfPoints;
        Result result;
        result.points = std::min<std::int64_t>(kPieceOfPoints, cloud.size() - first);
        const Bytes records = fresh.records(first, result.points);
        result.summary.add(header.format, header.record, records);
        result.packed = out.packed(records);
        return result;
      },
      [&](std::size_t, const Result& result) {
        out.add(result.points, result.packed);
        summary.join(result.summary);
      });
  out.finish([](const LasEvlr&, std::ostream&, std::uint64_t) {}, &summary);
}

}  // namespace treewalk
