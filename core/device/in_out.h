// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/util/Exception.h>

namespace treewalk {

/// Numbers that a body or a loop reads. Becomes a pointer of the type that is asked for, which must be the tensor's.
class In {
 public:
  explicit In(const at::Tensor& tensor) : tensor_(tensor) {}
  template <class T>
  operator const T*() const {
    return tensor_.const_data_ptr<T>();
  }

 private:
  const at::Tensor& tensor_;
};

/// The same for numbers that it writes.
class Out {
 public:
  explicit Out(const at::Tensor& tensor) : tensor_(tensor) {}
  template <class T>
  operator T*() const {
    return tensor_.mutable_data_ptr<T>();
  }

 private:
  const at::Tensor& tensor_;
};

/// Body{in(position), in(order), out(result)}, or const float* p = in(position). Throws c10::Error for a tensor of
/// another type and for one whose numbers do not lie one after the other. The tensor must outlive the pointer.
inline In in(const at::Tensor& tensor) {
  TORCH_CHECK(tensor.is_contiguous(), "numbers that are not contiguous: ", tensor.sizes());
  return In(tensor);
}
inline Out out(const at::Tensor& tensor) {
  TORCH_CHECK(tensor.is_contiguous(), "numbers that are not contiguous: ", tensor.sizes());
  return Out(tensor);
}

}  // namespace treewalk
