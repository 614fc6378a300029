// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// write_changed_las: a file again, from the file itself, so that all that is not changed stays as it is.
#include <algorithm>
#include <cmath>
#include <fstream>
#include <memory>
#include <optional>
#include <set>

#include "core/io/formats.h"
#include "core/io/las/copc.h"
#include "core/io/las/las.h"
#include "core/io/las/output.h"
#include "core/io/las/pieces.h"
#include "treewalk/las.h"
#include "treewalk/scratch.h"
#include "treewalk/write_file.h"

namespace treewalk {
namespace {

constexpr char kMark[] = "treewalk: ";
constexpr char kInputClass[] = "classification_input";

int type_of(Scalar scalar, const std::string& name) {
  if (scalar == Scalar::uint8) return 1;
  if (scalar == Scalar::uint16) return 3;
  if (scalar == Scalar::uint32) return 5;
  if (scalar == Scalar::float32) return 9;
  throw Error("a dimension of a LAS file is added as uint8, uint16, uint32 or float32, but '" + name +
              "' is another type");
}

// Where a dimension goes in the records of the copy.
struct Place {
  std::size_t at = 0;
  bool is_there = false;  ///< the file has it, from an earlier run
};

// What the copy is like, before any point is read.
class Plan {
 public:
  Plan(const std::string& name, const LasHeader& header, const ExtraBytes& extra, const LasChanges& changes)
      : header_(header), extra_(extra) {
    // LASzip's compatibility mode: a file of an old format that holds a newer one has classes above 31 here.
    if (header.vlr("lascompatible", kLazRecord) != nullptr)
      for (const ExtraDimension& dimension : extra.dimensions)
        if (dimension.name == "LAS 1.4 classification" && dimension.bytes() == 1) high_class_ = dimension.at;
    for (const LasDimension& dimension : changes.dimensions)
      places_.push_back(place(dimension.name, dimension.meaning, type_of(dimension.type, dimension.name),
                              dimension.type, dimension.scale == 1 ? 0 : dimension.scale));
    if (changes.keep_input_classes) input_class_ = place(kInputClass, "class before", 1, Scalar::uint8, 0);
    if (header_.record > 0xFFFF) throw Error(name + ": its points have no room for more dimensions");
    if (!descriptions_.empty()) add_descriptions(header_, descriptions_);
    if (changes.copc) return;
    const auto of_copc = [](const auto& record) { return Copc::owns(record); };
    header_.vlrs.erase(std::remove_if(header_.vlrs.begin(), header_.vlrs.end(), of_copc), header_.vlrs.end());
    header_.evlrs.erase(std::remove_if(header_.evlrs.begin(), header_.evlrs.end(), of_copc), header_.evlrs.end());
  }

  LasHeader& header() { return header_; }
  const std::vector<Place>& places() const { return places_; }
  const std::optional<Place>& input_class() const { return input_class_; }
  const std::optional<std::size_t>& high_class() const { return high_class_; }
  unsigned largest() const { return high_class_ ? 255 : largest_class(header_.format); }

 private:
  Place place(const std::string& wanted, const std::string& meaning, int type, Scalar scalar, double scale) {
    const std::string text = kMark + meaning;
    std::set<std::string> taken;
    for (const ExtraDimension& dimension : extra_.dimensions) {
      taken.insert(dimension.name);
      const bool ours = dimension.description == text && dimension.scalar == scalar && dimension.count == 1;
      if (ours && begins_with(dimension.name, wanted)) return {dimension.at, true};
    }
    if (!extra_.fault.empty() && descriptions_.empty()) keep_descriptions(header_, extra_.dimensions.size());
    std::size_t unknown = header_.record - header_.format.bytes - extra_.described - added_described_;
    for (std::size_t some = 0; unknown > 0; unknown -= some) {
      some = std::min<std::size_t>(unknown, 255);
      append(descriptions_, describe_unknown(some));
      added_described_ += some;
    }
    std::string name = wanted;
    for (int i = 2; taken.count(name) > 0; ++i) name = wanted + "_" + std::to_string(i);
    append(descriptions_, describe(name, text, type, scale));
    const Place result{header_.record, false};
    header_.record += size_of(scalar);
    added_described_ += size_of(scalar);
    return result;
  }

  static bool begins_with(const std::string& text, const std::string& beginning) {
    return text.compare(0, beginning.size(), beginning) == 0;
  }

  LasHeader header_;
  const ExtraBytes& extra_;
  std::vector<Place> places_;
  std::optional<Place> input_class_;
  std::optional<std::size_t> high_class_;
  Bytes descriptions_;
  std::size_t added_described_ = 0;
};

void store(const LasDimension& dimension, std::size_t point, std::byte* to) {
  const double value = dimension.numbers ? static_cast<double>((*dimension.numbers)[point])
                                         : static_cast<double>((*dimension.values)[point]);
  if (dimension.type == Scalar::float32) return put(to, static_cast<float>(value));
  const double most = dimension.type == Scalar::uint8 ? 255 : dimension.type == Scalar::uint16 ? 65535 : 4294967295.0;
  const double number = std::nearbyint(value / dimension.scale);
  const double kept = number > 0 ? std::min(number, most) : 0;  // NaN is 0
  if (dimension.type == Scalar::uint8)
    put(to, static_cast<std::uint8_t>(kept));
  else if (dimension.type == Scalar::uint16)
    put(to, static_cast<std::uint16_t>(kept));
  else
    put(to, static_cast<std::uint32_t>(kept));
}

void check(const std::string& name, const LasHeader& header, const Plan& plan, const LasChanges& changes) {
  const auto points = static_cast<std::size_t>(header.points);
  const auto expect = [&](bool there, std::size_t size, const std::string& what) {
    if (there && size != points)
      throw Error(name + ": it has " + std::to_string(points) + " points, but there are " + std::to_string(size) + " " +
                  what + "; did the file change?");
  };
  expect(changes.classification != nullptr, changes.classification ? changes.classification->size() : 0, "classes");
  expect(changes.written != nullptr, changes.written ? changes.written->size() : 0, "marks of points to write");
  for (const LasDimension& dimension : changes.dimensions)
    expect(true,
           dimension.numbers  ? dimension.numbers->size()
           : dimension.values ? dimension.values->size()
                              : 0,
           "values of " + dimension.name);
  if (changes.classification == nullptr) return;
  for (const std::uint32_t value : *changes.classification)
    if (value > plan.largest() && value != LasChanges::as_it_is)
      throw Error(name + ": point format " + std::to_string(header.format.id) + " has class codes up to " +
                  std::to_string(plan.largest()) + ", so a class " + std::to_string(value) + " cannot be written");
}

// The records of a piece as they are written.
class Changer {
 public:
  Changer(const LasHeader& before, Plan& plan, const LasChanges& changes)
      : before_(before), plan_(plan), changes_(changes) {}

  Bytes operator()(const LasPieces::Piece& piece, const Bytes& records, std::int64_t& changed) const {
    const std::size_t size = plan_.header().record;
    Bytes result(static_cast<std::size_t>(piece.points) * size);
    std::byte* to = result.data();
    for (std::int64_t i = 0; i < piece.points; ++i) {
      const auto point = static_cast<std::size_t>(piece.first + i);
      if (changes_.written != nullptr && (*changes_.written)[point] == 0) continue;
      std::memcpy(to, records.data() + static_cast<std::size_t>(i) * before_.record, before_.record);
      changed += change(point, to);
      to += size;
    }
    result.resize(static_cast<std::size_t>(to - result.data()));
    return result;
  }

 private:
  unsigned class_now(const std::byte* record) const {
    const unsigned low = class_of(before_.format, record);
    const unsigned high = plan_.high_class() ? get<std::uint8_t>(record + *plan_.high_class()) : 0;
    return high > 31 ? high : low;
  }

  bool change(std::size_t point, std::byte* record) const {
    for (std::size_t i = 0; i < changes_.dimensions.size(); ++i)
      store(changes_.dimensions[i], point, record + plan_.places()[i].at);
    const unsigned before = class_now(record);
    if (plan_.input_class() && !plan_.input_class()->is_there)
      put(record + plan_.input_class()->at, static_cast<std::uint8_t>(before));
    if (changes_.classification == nullptr) return false;
    const std::uint32_t value = (*changes_.classification)[point];
    if (value == LasChanges::as_it_is || value == before) return false;
    if (plan_.high_class()) put(record + *plan_.high_class(), static_cast<std::uint8_t>(value > 31 ? value : 0));
    set_class(before_.format, record, plan_.high_class() && value > 31 ? 0 : value);
    return true;
  }

  const LasHeader& before_;
  Plan& plan_;
  const LasChanges& changes_;
};

constexpr std::int64_t kLargestChunk = 4 * kPieceOfPoints;

// A piece is a chunk of the copy too, if it is of a usual size.
bool keeps_pieces(const LasPieces& pieces) {
  return std::all_of(pieces.list().begin(), pieces.list().end(),
                     [](const auto& p) { return p.points <= kLargestChunk; });
}

int layer_version(const LasHeader& header, const LasPieces& pieces) {
  const auto& items = pieces.scheme().items;
  const bool four = header.compressed && !items.empty() &&
                    std::all_of(items.begin(), items.end(), [](const LazItem& item) { return item.version == 4; });
  return four ? 4 : 3;
}

// Copies what lies in the input to the output.
void copy_bytes(Source& source, std::uint64_t at, std::uint64_t bytes, std::uint64_t file_size, std::ostream& to) {
  go_to(source, at, file_size);
  Bytes part(static_cast<std::size_t>(std::min<std::uint64_t>(bytes, 1 << 20)));
  while (bytes > 0) {
    const std::uint64_t now = std::min<std::uint64_t>(bytes, part.size());
    source.read(part.data(), now);
    to.write(reinterpret_cast<const char*>(part.data()), static_cast<std::streamsize>(now));
    bytes -= now;
  }
}

class Writer {
 public:
  Writer(Source& source, const LasHeader& before, LasPieces& pieces, Plan& plan, const LasChanges& changes)
      : source_(source), before_(before), pieces_(pieces), plan_(plan), changes_(changes) {}

  std::int64_t write(std::ostream& stream, const std::string& name) {
    const bool chunks_stay = changes_.copc || keeps_pieces(pieces_);
    const auto copc = changes_.copc ? std::make_unique<Copc>(source_, before_, pieces_) : nullptr;
    const bool alike = chunks_stay && pieces_.chunk_size() > 0 && changes_.written == nullptr;
    LasOutput out(stream, name, plan_.header(), alike ? pieces_.chunk_size() : 0, layer_version(before_, pieces_));
    const Changer changer(before_, plan_, changes_);
    const auto copied = copied_layers(out, chunks_stay);
    LasSummary summary;
    std::int64_t changed = 0;
    in_order<Part>(
        changes_.threads, pieces_.list().size(), [&](std::size_t i) { return pieces_.load(i); },
        [&](std::size_t i, Bytes packed) {
          Part part;
          if (copied) {
            const Bytes before = pieces_.decode(i, packed, LazLayers::classification);
            const Bytes records = changer(pieces_.list()[i], before, part.changed);
            part.chunks.emplace_back(pieces_.list()[i].points,
                                     encode_changed_chunk(out.scheme(), records.data(), pieces_.list()[i].points,
                                                          pieces_.scheme(), packed, *copied));
            return part;
          }
          const Bytes records = changer(pieces_.list()[i], pieces_.decode(i, std::move(packed)), part.changed);
          if (changes_.written != nullptr) part.summary.add(before_.format, plan_.header().record, records);
          pack(out, records, chunks_stay, part);
          return part;
        },
        [&](std::size_t, const Part& part) {
          for (const auto& [points, bytes] : part.chunks) out.add(points, bytes);
          changed += part.changed;
          summary.join(part.summary);
        });
    std::uint64_t root = 0;
    out.finish(
        [&](const LasEvlr& evlr, std::ostream& to, std::uint64_t at) {
          if (!copc || !evlr.is("copc", 1000))
            return copy_bytes(source_, evlr.at + evlr.head.size(), evlr.size, before_.file_size, to);
          const Bytes hierarchy = copc->moved(out.chunks(), at);
          to.write(reinterpret_cast<const char*>(hierarchy.data()), static_cast<std::streamsize>(hierarchy.size()));
          root = copc->root(at);
        },
        changes_.written != nullptr ? &summary : nullptr);
    if (copc) {
      stream.seekp(static_cast<std::streamoff>(Copc::root_place(before_)));
      stream.write(reinterpret_cast<const char*>(&root), sizeof root);
    }
    return changed;
  }

 private:
  struct Part {
    std::vector<std::pair<std::int64_t, Bytes>> chunks;
    LasSummary summary;
    std::int64_t changed = 0;
  };

  // What is compressed anew where all else can be copied as it is.
  std::optional<ChangedLayers> copied_layers(const LasOutput& out, bool chunks_stay) const {
    const bool compressed = before_.compressed && plan_.header().compressed;
    if (!compressed || !chunks_stay || changes_.written != nullptr) return {};
    if (!shares_layers(pieces_.scheme(), out.scheme())) return {};
    ChangedLayers changed;
    changed.classification = changes_.classification != nullptr;
    for (std::size_t i = 0; i < plan_.places().size(); ++i) {
      if (!plan_.places()[i].is_there) continue;
      for (std::size_t byte = 0; byte < size_of(changes_.dimensions[i].type); ++byte)
        changed.extra_bytes.push_back(plan_.places()[i].at - before_.format.bytes + byte);
    }
    return changed;
  }

  void pack(const LasOutput& out, const Bytes& records, bool whole, Part& part) const {
    const std::size_t record = plan_.header().record;
    const std::size_t most = whole ? records.size() : kPieceOfPoints * record;
    for (std::size_t at = 0; at < records.size(); at += most) {
      const std::size_t end = std::min(records.size(), at + most);
      const Bytes some = whole ? records
                               : Bytes(records.begin() + static_cast<std::ptrdiff_t>(at),
                                       records.begin() + static_cast<std::ptrdiff_t>(end));
      part.chunks.emplace_back(static_cast<std::int64_t>((end - at) / record), out.packed(some));
    }
  }

  Source& source_;
  const LasHeader& before_;
  LasPieces& pieces_;
  Plan& plan_;
  const LasChanges& changes_;
};

}  // namespace

LasDimension las_confidence(const std::vector<float>* values) {
  return {"confidence", "probability of class", Scalar::uint8, 0.004, values};
}

std::int64_t rewrite_las(Source& source, std::ostream& to, const std::string& output, bool compressed,
                         const LasChanges& changes) {
  const LasHeader header = read_las_header(source);
  const ExtraBytes extra = extra_bytes_of(source, header);
  Plan plan(source.name, header, extra, changes);
  check(source.name, header, plan, changes);
  plan.header().compressed = compressed;
  if (compressed && !has_laz())
    throw Error(output + ": this build of treewalk was made without LASzip and writes no .laz; name a .las instead");
  if (changes.copc && (changes.written != nullptr || !compressed))
    throw Error(output + ": a COPC is compressed (.laz) and has all points of its input");
  LasPieces pieces(source, header);
  return Writer(source, header, pieces, plan, changes).write(to, output);
}

std::int64_t write_changed_las(const std::filesystem::path& input, const std::filesystem::path& output,
                               const LasChanges& changes) {
  const std::string name = input.string();
  if (!is_las_name(output)) throw Error(output.string() + ": a LAS file is written as .las or .laz");
  if (is_stream(name)) throw Error(name + ": a pipe cannot be read twice, so no .las or .laz can be made from it");
  try {
    std::ifstream stream;
    Source source = open_file(name, stream);
    std::int64_t changed = 0;
    write_file(output, [&](std::ostream& to) {
      changed = rewrite_las(source, to, output.string(), is_laz_name(output), changes);
    });
    return changed;
  } catch (const std::bad_alloc&) {
    throw Error(name + ": " + Scratch::failure("there is not enough memory to write it again"));
  }
}

}  // namespace treewalk
