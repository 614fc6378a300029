// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "treewalk/pcl/guarded.h"

#include <pcl/console/print.h>
#include <pcl/exceptions.h>

#include <cstring>
#include <new>

namespace treewalk {

void detail::Guarded::fail(const std::string& message) {
  error_ = message;
  PCL_ERROR("[treewalk::%s] %s\n", name_.c_str(), message.c_str());
}

bool detail::Guarded::guarded(const std::function<void()>& work) {
  error_.clear();
  try {
    work();
    return true;
  } catch (const pcl::PCLException& error) {
    error_ = error.what();
    throw;
  } catch (const Cancelled& cancelled) {
    error_ = cancelled.what();
    PCL_WARN("[treewalk::%s] %s\n", name_.c_str(), cancelled.what());
  } catch (const std::bad_alloc&) {
    fail("there is not enough memory");
  } catch (const std::exception& error) {
    fail(error.what());
  }
  return false;
}

void detail::checkIndices(const pcl::Indices& indices, std::size_t points) {
  for (std::size_t i = 0; i < indices.size(); ++i) {
    const auto index = static_cast<std::int64_t>(indices[i]);
    if (index < 0 || static_cast<std::uint64_t>(index) >= points)
      throw Error("the index " + std::to_string(index) + " at position " + std::to_string(i) +
                  " is outside of the cloud, which has " + std::to_string(points) + " points");
  }
}

Cloud detail::gatherPositions(const CloudView& view, const pcl::Indices& indices) {
  Cloud cloud;
  cloud.width = static_cast<std::int64_t>(indices.size());
  cloud.viewpoint = view.viewpoint;
  std::vector<const Field*> from;
  for (const char* name : {"x", "y", "z"}) {
    const Field& field = view.at(name);
    from.push_back(&field);
    cloud.fields.push_back({name, cloud.stride, field.type, 1});
    cloud.stride += size_of(field.type);
  }
  cloud.data.resize(cloud.stride * indices.size());
  for (std::size_t i = 0; i < indices.size(); ++i)
    for (std::size_t axis = 0; axis < 3; ++axis)
      std::memcpy(cloud.data.data() + i * cloud.stride + cloud.fields[axis].offset,
                  view.data + static_cast<std::size_t>(indices[i]) * view.stride + from[axis]->offset,
                  size_of(from[axis]->type));
  return cloud;
}

Cloud detail::gatherRecords(const CloudView& view, const pcl::Indices& indices) {
  checkIndices(indices, static_cast<std::size_t>(view.size));
  Cloud cloud;
  cloud.stride = view.stride;
  cloud.fields = view.fields;
  cloud.width = static_cast<std::int64_t>(indices.size());
  cloud.viewpoint = view.viewpoint;
  cloud.data.resize(cloud.stride * indices.size());
  for (std::size_t i = 0; i < indices.size(); ++i)
    std::memcpy(cloud.data.data() + i * cloud.stride, view.data + static_cast<std::size_t>(indices[i]) * view.stride,
                view.stride);
  return cloud;
}

CloudView detail::chosenOf(CloudView view, const pcl::Indices& indices, bool all, Cloud& storage) {
  if (all) return view;
  checkIndices(indices, static_cast<std::size_t>(view.size));
  storage = gatherPositions(view, indices);
  return storage.view();
}

}  // namespace treewalk
