// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// LAS and LAZ files as clouds: every dimension of a point becomes a field.
#include "core/io/las/las.h"

#include <algorithm>
#include <functional>
#include <optional>

#include "core/io/formats.h"
#include "core/io/las/pieces.h"
#include "treewalk/detail/numbers.h"

namespace treewalk {
namespace {

// Angles of formats 6 to 10 are told in steps of so many degrees.
constexpr float kAngleStep = 0.006F;

/// Records of one size, one behind the other.
struct Records {
  const std::byte* data;
  std::size_t size, count;
};

/// Writes one field of points from their records.
using Fill = std::function<void(const Records& records, std::byte* to, std::size_t stride)>;

struct Dimension {
  Field field;
  Fill fill;
  std::uint32_t layer;  ///< of LazLayers, which it is made of
};

/// The field by what makes it for one record.
template <class One>
Fill each(One one) {
  return [one](const Records& records, std::byte* to, std::size_t stride) {
    for (std::size_t i = 0; i < records.count; ++i) one(records.data + i * records.size, to + i * stride);
  };
}

template <class T>
Fill copied(std::size_t at) {
  return each([at](const std::byte* record, std::byte* to) { std::memcpy(to, record + at, sizeof(T)); });
}

template <class Value>
Fill as_byte(Value value) {
  return each([value](const std::byte* record, std::byte* to) { put(to, static_cast<std::uint8_t>(value(record))); });
}

// What a point record becomes. Colours are 16 bits wide, but many files hold 8 in them: `wide` says which. only: the
// fields that are wanted beside the position; none: all.
class Layout {
 public:
  Layout(const LasHeader& header, const ExtraBytes& extra, bool wide, const std::vector<std::string>& only) {
    const PointFormat& f = header.format;
    for (std::size_t axis = 0; axis < 3; ++axis)
      add(LazLayers::z, std::string(1, "xyz"[axis]), Scalar::float64,
          each([at = 4 * axis, scale = header.scale[axis], offset = header.offset[axis]](
                   const std::byte* r, std::byte* to) { put(to, get<std::int32_t>(r + at) * scale + offset); }));
    add(LazLayers::intensity, "intensity", Scalar::uint16, copied<std::uint16_t>(kIntensity));
    add(0, "return_number", Scalar::uint8, as_byte([f](const std::byte* r) { return returns_of(f, r)[0]; }));
    add(0, "number_of_returns", Scalar::uint8, as_byte([f](const std::byte* r) { return returns_of(f, r)[1]; }));
    add(LazLayers::classification, "classification", Scalar::uint8,
        as_byte([f](const std::byte* r) { return class_of(f, r); }));
    add(LazLayers::flags, "classification_flags", Scalar::uint8,
        as_byte([f](const std::byte* r) { return flags_of(f, r); }));
    add_scan(f);
    if (f.gps_time != 0) add(LazLayers::gps_time, "gps_time", Scalar::float64, copied<double>(f.gps_time));
    if (f.red != 0) add(LazLayers::rgb, "rgb", Scalar::float32, packed_colour(f.red, wide));
    if (f.near_infrared != 0) add(LazLayers::nir, "nir", Scalar::uint16, copied<std::uint16_t>(f.near_infrared));
    if (f.wave_packet != 0) add_wave(f.wave_packet);
    for (const Dimension& column : columns_) names_.add(column.field.name);
    for (const ExtraDimension& dimension : extra.dimensions) names_.add(dimension.name);
    for (const Dimension& column : columns_) names_.unique(column.field.name);
    for (const ExtraDimension& dimension : extra.dimensions) add_extra(dimension);
    if (!only.empty()) leave_out_all_but(only);
  }

  std::vector<Field> fields() const {
    std::vector<Field> fields;
    for (const Dimension& column : columns_) fields.push_back(column.field);
    return fields;
  }
  std::size_t stride() const { return stride_; }
  bool has(const std::string& name) const {
    return std::any_of(columns_.begin(), columns_.end(), [&](const auto& column) { return column.field.name == name; });
  }
  /// What of a point has to be decoded for them.
  std::uint32_t layers() const {
    std::uint32_t layers = 0;
    for (const Dimension& column : columns_) layers |= column.layer;
    return layers;
  }
  void fill(const Records& records, std::byte* to) const {
    for (const Dimension& column : columns_) column.fill(records, to + column.field.offset, stride_);
  }

 private:
  void add(std::uint32_t layer, const std::string& name, Scalar type, Fill fill, std::size_t count = 1) {
    columns_.push_back({{name, stride_, type, count}, std::move(fill), layer});
    stride_ += size_of(type) * count;
  }

  void leave_out_all_but(const std::vector<std::string>& only) {
    stride_ = 0;
    std::vector<Dimension> wanted;
    for (Dimension& column : columns_) {
      const std::string& name = column.field.name;
      const bool place = name == "x" || name == "y" || name == "z";
      if (!place && std::find(only.begin(), only.end(), name) == only.end()) continue;
      column.field.offset = stride_;
      stride_ += size_of(column.field.type) * column.field.count;
      wanted.push_back(std::move(column));
    }
    columns_ = std::move(wanted);
  }

  void add_scan(const PointFormat& f) {
    const bool extended = f.extended();
    if (extended)
      add(LazLayers::scan_angle, "scan_angle", Scalar::float32, each([](const std::byte* r, std::byte* to) {
            put(to, static_cast<float>(get<std::int16_t>(r + kAngle)) * kAngleStep);
          }));
    else
      add(LazLayers::scan_angle, "scan_angle", Scalar::float32, each([](const std::byte* r, std::byte* to) {
            put(to, static_cast<float>(get<std::int8_t>(r + kOldAngle)));
          }));
    add(LazLayers::user_data, "user_data", Scalar::uint8, copied<std::uint8_t>(extended ? kUserData : kOldUserData));
    add(LazLayers::point_source, "point_source_id", Scalar::uint16,
        copied<std::uint16_t>(extended ? kSource : kOldSource));
    const std::size_t bits = extended ? kFlags : kReturns;
    add(LazLayers::flags, "scan_direction", Scalar::uint8,
        as_byte([bits](const std::byte* r) { return get<std::uint8_t>(r + bits) >> 6 & 1; }));
    add(LazLayers::flags, "edge_of_flight_line", Scalar::uint8,
        as_byte([bits](const std::byte* r) { return get<std::uint8_t>(r + bits) >> 7; }));
    if (extended)
      add(0, "scanner_channel", Scalar::uint8,
          as_byte([](const std::byte* r) { return get<std::uint8_t>(r + kFlags) >> 4 & 3; }));
  }

  static Fill packed_colour(std::size_t red, bool wide) {
    return each([red, shift = wide ? 8U : 0U](const std::byte* r, std::byte* to) {
      std::uint32_t packed = 0;
      for (std::size_t i = 0; i < 3; ++i)
        packed = packed << 8 | ((get<std::uint16_t>(r + red + 2 * i) >> shift) & 255U);
      put(to, packed);
    });
  }

  void add_wave(std::size_t at) {
    constexpr std::uint32_t kLayer = LazLayers::wave_packet;
    add(kLayer, "wave_packet", Scalar::uint8, copied<std::uint8_t>(at));
    add(kLayer, "wave_offset", Scalar::uint64, copied<std::uint64_t>(at + 1));
    add(kLayer, "wave_bytes", Scalar::uint32, copied<std::uint32_t>(at + 9));
    add(kLayer, "wave_location", Scalar::float32, copied<float>(at + 13));
    add(kLayer, "wave_direction", Scalar::float32,
        each([at](const std::byte* r, std::byte* to) { std::memcpy(to, r + at + 17, 12); }), 3);
  }

  void add_extra(const ExtraDimension& d) {
    if (d.count == 0) return;
    const std::string name = names_.unique(d.name.empty() ? "extra" : d.name);
    if (!d.scaled)
      return add(
          LazLayers::extra_bytes, name, d.scalar,
          each([at = d.at, bytes = d.bytes()](const std::byte* r, std::byte* to) { std::memcpy(to, r + at, bytes); }),
          d.count);
    add(LazLayers::extra_bytes, name, Scalar::float64, each([d](const std::byte* r, std::byte* to) {
          for (std::size_t k = 0; k < d.count; ++k)
            put(to + 8 * k, detail::number_at(r + d.at + k * size_of(d.scalar), d.scalar) * d.scale[k] + d.offset[k]);
        }),
        d.count);
  }

  FieldNames names_;
  std::vector<Dimension> columns_;
  std::size_t stride_ = 0;
};

// Whether a colour of these records needs more than 8 bits.
bool is_wide(const LasHeader& header, const Bytes& records) {
  if (header.format.red == 0) return false;
  for (std::size_t at = header.format.red; at < records.size(); at += header.record)
    for (std::size_t i = 0; i < 3; ++i)
      if (get<std::uint16_t>(records.data() + at + 2 * i) > 255) return true;
  return false;
}

// A cloud that is so many times as large as its file has room from the start; others grow.
constexpr std::uint64_t kUsualRatio = 50;

struct Converted {
  Bytes points;
  bool wide = false;
};

// Nothing where a colour turns out to be wider than was thought.
std::optional<Cloud> read_points(const LasHeader& header, LasPieces& pieces, const Layout& layout, bool wide,
                                 int threads) {
  const std::uint32_t layers = layout.layers();
  const bool narrow = !wide && layout.has("rgb");
  Cloud cloud;
  cloud.fields = layout.fields();
  cloud.stride = layout.stride();
  const std::uint64_t bytes = cloud.stride * static_cast<std::uint64_t>(header.points);
  if (bytes / kUsualRatio <= header.file_size) cloud.data.reserve(static_cast<std::size_t>(bytes));
  bool wider = false;
  in_order<Converted>(
      threads, pieces.list().size(), [&](std::size_t i) { return pieces.load(i); },
      [&](std::size_t i, Bytes packed) {
        const Bytes records = pieces.decode(i, std::move(packed), layers);
        Converted result{Bytes(records.size() / header.record * layout.stride()), narrow && is_wide(header, records)};
        layout.fill({records.data(), header.record, records.size() / header.record}, result.points.data());
        return result;
      },
      [&](std::size_t, const Converted& part) {
        wider = wider || part.wide;
        if (!wider) append(cloud.data, part.points);
      });
  if (wider) return {};
  cloud.width = header.points;
  return cloud;
}

}  // namespace

ExtraBytes extra_bytes_of(Source& source, const LasHeader& header) {
  return extra_bytes(header, [&](const LasEvlr& evlr) {
    Bytes payload(static_cast<std::size_t>(evlr.size));
    go_to(source, evlr.at + evlr.head.size(), header.file_size);
    source.read(payload.data(), payload.size());
    return payload;
  });
}

Cloud read_las(Source& source, const ReadOptions& options) {
  const LasHeader header = read_las_header(source);
  const ExtraBytes extra = extra_bytes_of(source, header);
  if (!extra.fault.empty()) source.warn(extra.fault + "; those that fit are read");
  LasPieces pieces(source, header);
  for (const bool wide : {false, true})
    if (auto cloud = read_points(header, pieces, Layout(header, extra, wide, options.only), wide, options.threads))
      return *std::move(cloud);
  return {};  // a colour is not wider than wide
}

CloudSize size_of_las(Source& source, const ReadOptions& options) {
  const LasHeader header = read_las_header(source);
  const Layout layout(header, extra_bytes_of(source, header), false, options.only);
  const auto points = static_cast<std::uint64_t>(header.points);
  // Beside the cloud some pieces are in work, but of files of LASzip 1 everything at once.
  std::uint64_t beside = 64U << 20;
  if (header.compressed && laz_scheme(source, header).compressor == LazScheme::pointwise)
    beside += points * header.record + header.file_size;
  return {header.points, layout.stride(), points * layout.stride() + beside};
}

}  // namespace treewalk
