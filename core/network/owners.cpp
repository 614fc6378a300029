// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/network/owners.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>

#include "core/device/parallel.h"
#include "core/network/owners_kernel.h"

namespace treewalk {
namespace {

at::Tensor owners(const at::Tensor& first, std::int64_t rows, const std::int32_t* place) {
  auto owner = at::empty({rows}, first.options());
  parallel_for(
      first.device(), rows,
      OwnerOfPlace{first.const_data_ptr<int>(), first.size(0) - 1, place, owner.mutable_data_ptr<std::int32_t>()});
  return owner;
}

}  // namespace

Owners owners_of_rows(const at::Tensor& first, std::int64_t rows) {
  return {owners(first, rows, nullptr), {first, at::arange(rows, first.options()), rows}};
}

Owners owners_of_places(const at::Tensor& first, const at::Tensor& place) {
  const auto count = place.size(0);
  const auto* places = place.const_data_ptr<std::int32_t>();
  auto before = at::empty_like(first);
  parallel_for(
      first.device(), first.size(0),
      PlacesBefore{first.const_data_ptr<std::int32_t>(), places, count, before.mutable_data_ptr<std::int32_t>()});
  return {owners(first, count, places), {before, at::arange(count, first.options()), count}};
}

}  // namespace treewalk
