// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/walks/mask.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <torch/csrc/autograd/custom_function.h>

#include "core/device/parallel.h"
#include "core/walks/gather_rows.h"
#include "core/walks/mask_kernel.h"

namespace treewalk {
namespace {

const c10::Device kCpu{c10::DeviceType::CPU};

template <class Real>
MaskArrays<Real> arrays_of(const Csr& phi, const MaskPattern& pattern, const at::Tensor& value) {
  MaskArrays<Real> a;
  a.offset = phi.offset.const_data_ptr<std::int32_t>();
  a.column = phi.column.const_data_ptr<std::int32_t>();
  a.mask_offset = pattern.rows.offset.const_data_ptr<std::int32_t>();
  a.mask_column = pattern.rows.column.const_data_ptr<std::int32_t>();
  a.mirror = pattern.mirror.const_data_ptr<std::int32_t>();
  a.heads = static_cast<int>(value.size(1));
  a.value = value.const_data_ptr<Real>();
  return a;
}

template <class Real>
at::Tensor product(const Csr& phi, const MaskPattern& pattern, const at::Tensor& value) {
  auto a = arrays_of<Real>(phi, pattern, value);
  const at::Tensor mask = at::empty({pattern.rows.entries(), value.size(1)}, value.options());
  a.mask = mask.mutable_data_ptr<Real>();
  parallel_for(kCpu, phi.rows(), MaskProductRow<Real>(a));
  return mask;
}

template <class Real>
at::Tensor product_backward(const Csr& phi, const MaskPattern& pattern, const at::Tensor& value,
                            const at::Tensor& gradient) {
  auto a = arrays_of<Real>(phi, pattern, value);
  const at::Tensor result = at::empty_like(value);
  a.mask_gradient = gradient.const_data_ptr<Real>();
  a.value_gradient = result.mutable_data_ptr<Real>();
  parallel_for(kCpu, phi.rows(), MaskProductGradient<Real>(a));
  return result;
}

struct MaskProduct : torch::autograd::Function<MaskProduct> {
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& value, const Csr& phi,
                            const MaskPattern& pattern) {
    context->save_for_backward(
        {value, phi.offset, phi.column, pattern.rows.offset, pattern.rows.column, pattern.mirror});
    return value.scalar_type() == at::kFloat ? product<float>(phi, pattern, value)
                                             : product<double>(phi, pattern, value);
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto nodes = saved[1].size(0) - 1;
    const Csr phi{saved[1], saved[2], nodes};
    const MaskPattern pattern{{saved[3], saved[4], nodes}, saved[5]};
    const auto gradient = gradients[0].contiguous();
    return {gradient.scalar_type() == at::kFloat ? product_backward<float>(phi, pattern, saved[0], gradient)
                                                 : product_backward<double>(phi, pattern, saved[0], gradient),
            at::Tensor(), at::Tensor()};
  }
};

}  // namespace

MaskPattern product_pattern(const Csr& phi) {
  const auto transposed = transpose(phi);
  const auto* offset = phi.offset.const_data_ptr<std::int32_t>();
  const auto* column = phi.column.const_data_ptr<std::int32_t>();
  const auto* node_offset = transposed.graph.offset.const_data_ptr<std::int32_t>();
  const auto places = [&](std::int64_t row) {
    std::int64_t count = 0;
    for (auto e = offset[row]; e < offset[row + 1]; ++e) count += node_offset[column[e] + 1] - node_offset[column[e]];
    return count;
  };
  MaskPattern pattern;
  pattern.rows = RowGatherer(phi.rows())
                     .gather(places,
                             [&](const VisitBuffers& buffers, std::int64_t rows) {
                               ProductPatternRow body(buffers);
                               body.offset = offset;
                               body.column = column;
                               body.node_offset = node_offset;
                               body.row = transposed.graph.column.const_data_ptr<std::int32_t>();
                               parallel_for(kCpu, rows, body);
                             })
                     .rows;
  pattern.mirror = transpose(pattern.rows).entry;  // symmetric: the transpose has the same rows
  return pattern;
}

at::Tensor mask_product(const Csr& phi, const at::Tensor& value, const MaskPattern& pattern) {
  TORCH_CHECK(value.dim() == 2 && value.size(0) == phi.entries(), "mask_product: values must be [", phi.entries(),
              ",heads], got ", value.sizes());
  TORCH_CHECK(value.scalar_type() == at::kFloat || value.scalar_type() == at::kDouble,
              "mask_product: float32 or float64 is needed, got ", value.scalar_type());
  TORCH_CHECK(pattern.rows.rows() == phi.rows(), "mask_product: the pattern has ", pattern.rows.rows(),
              " rows and Phi ", phi.rows());
  return MaskProduct::apply(value.contiguous(), phi, pattern);
}

}  // namespace treewalk
