// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "treewalk/cloud.h"

#include <algorithm>
#include <cstring>

#include "treewalk/detail/numbers.h"

namespace treewalk {
namespace {

// Offset of the field `name` of type `type`; appended to the records when the cloud has none.
std::size_t offset_of(Cloud& cloud, const std::string& name, Scalar type) {
  for (const Field& field : cloud.fields) {
    if (field.name != name) continue;
    if (field.type != type || field.count != 1)
      throw Error("the cloud already has a field '" + name + "' of another type; remove or rename it first");
    return field.offset;
  }
  const std::size_t offset = cloud.stride, stride = cloud.stride + size_of(type);
  std::vector<std::byte> wider(stride * static_cast<std::size_t>(cloud.size()));
  for (std::int64_t i = 0; i < cloud.size(); ++i)
    std::copy_n(cloud.data.data() + i * offset, offset, wider.data() + i * stride);
  cloud.data = std::move(wider);
  cloud.stride = stride;
  cloud.fields.push_back({name, offset, type, 1});
  return offset;
}

template <class T>
void set_field_of(Cloud& cloud, const std::string& name, Scalar type, const std::vector<T>& values) {
  if (static_cast<std::int64_t>(values.size()) != cloud.size())
    throw Error("field '" + name + "' was given " + std::to_string(values.size()) + " values for a cloud of " +
                std::to_string(cloud.size()) + " points");
  const std::size_t offset = offset_of(cloud, name, type);
  for (std::size_t i = 0; i < values.size(); ++i)
    std::memcpy(cloud.data.data() + i * cloud.stride + offset, &values[i], sizeof(T));
}

}  // namespace

std::size_t size_of(Scalar type) {
  return detail::with_number(type, [](auto number) { return sizeof number; });
}

const Field* CloudView::find(std::string_view name) const {
  for (const Field& field : fields)
    if (field.name == name) return &field;
  // Some programs write positions in capitals, as the LAS format does.
  if (name == "x") return find("X");
  if (name == "y") return find("Y");
  return name == "z" ? find("Z") : nullptr;
}

const Field& CloudView::at(std::string_view name, std::string_view need) const {
  if (const Field* field = find(name)) {
    const std::size_t room = field->offset < stride ? stride - field->offset : 0;
    if (field->count == 0 || field->count > room / size_of(field->type))
      throw Error("the field '" + field->name + "' reaches beyond the point record of " + std::to_string(stride) +
                  " bytes");
    return *field;
  }
  std::string known;
  for (const Field& field : fields) known += (known.empty() ? "" : ", ") + field.name;
  throw Error("the cloud has no field '" + std::string(name) + "'" + (need.empty() ? "" : ", ") + std::string(need) +
              "; it has " + (known.empty() ? "no fields" : known));
}

double CloudView::value(std::int64_t point, const Field& field, std::size_t element) const {
  const std::byte* from =
      data + static_cast<std::size_t>(point) * stride + field.offset + element * size_of(field.type);
  return detail::number_at(from, field.type);
}

void Cloud::set_field(const std::string& name, const std::vector<std::uint32_t>& values) {
  set_field_of(*this, name, Scalar::uint32, values);
}

void Cloud::set_field(const std::string& name, const std::vector<float>& values) {
  set_field_of(*this, name, Scalar::float32, values);
}

void Cloud::remove_field(const std::string& name) {
  const auto found = std::find_if(fields.begin(), fields.end(), [&](const Field& f) { return f.name == name; });
  if (found == fields.end()) return;
  const std::size_t cut = found->offset, bytes = size_of(found->type) * found->count, narrow = stride - bytes;
  for (std::int64_t i = 0; i < size(); ++i) {
    std::byte* to = data.data() + i * narrow;
    const std::byte* from = data.data() + i * stride;
    std::memmove(to, from, cut);
    std::memmove(to + cut, from + cut + bytes, stride - cut - bytes);
  }
  data.resize(narrow * static_cast<std::size_t>(size()));
  stride = narrow;
  fields.erase(found);
  for (Field& field : fields)
    if (field.offset > cut) field.offset -= bytes;
}

}  // namespace treewalk
