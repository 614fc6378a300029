// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "core/attention/row_attention_bodies.h"
#include "tests/support/attention_by_tensors.h"
#include "tests/support/attention_cases.h"
#include "tests/support/host_warp.h"

namespace treewalk {
namespace {

using namespace test;

/// Everything the bodies write, with its memory.
template <class Real>
struct Written {
  at::Tensor output, geometry_sum, weight, product_gradient, partial;
  at::Tensor query, key, value, position;
  FamilyArrays<Real> arrays;

  Written(const Case& c, const at::Tensor& output_gradient, const at::Tensor& geometry_gradient) {
    const auto& in = c.input;
    const auto like = [](const at::Tensor& t) { return at::full_like(t, std::nan("")); };
    auto& a = arrays;
    a.queries = c.rows.rows.rows();
    a.keys = c.rows.rows.columns;
    a.first_query = c.rows.first_query;
    a.first_key = c.rows.first_key;
    a.heads = static_cast<int>(in.heads);
    a.features = a.width = static_cast<int>(in.query.size(1) / in.heads);
    a.relations = static_cast<int>(in.relation_bias.size(0));
    a.query_stride = in.query.stride(0), a.key_stride = in.key.stride(0), a.value_stride = in.value.stride(0);
    a.scale = static_cast<Real>(1 / std::sqrt(double(a.width)));
    output = like(in.query), query = like(in.query), key = like(in.key), value = like(in.value);
    geometry_sum = like(in.position_query), position = like(in.position_query);
    weight = at::full({c.rows.rows.entries(), in.heads}, std::nan(""), in.query.options());
    product_gradient = like(weight);
    const std::int64_t pieces = (a.queries + kAttentionPiece - 1) / kAttentionPiece;
    partial = at::full({pieces, a.relations * in.heads, kPartial}, std::nan(""), in.query.options());
    a.query = in.query.data_ptr<Real>();
    a.key = in.key.data_ptr<Real>();
    a.value = in.value.data_ptr<Real>();
    a.position_query = in.position_query.data_ptr<Real>();
    a.relation_slope = in.relation_slope.data_ptr<Real>();
    a.relation_bias = in.relation_bias.data_ptr<Real>();
    a.node = in.node.data_ptr<float>();
    a.relation_scale = in.relation_scale.data_ptr<float>();
    a.offset = c.rows.rows.offset.data_ptr<std::int32_t>();
    a.column = c.rows.rows.column.data_ptr<std::int32_t>();
    a.relation = c.rows.relation.data_ptr<std::uint8_t>();
    a.key_offset = c.rows.transposed.graph.offset.data_ptr<std::int32_t>();
    a.key_query = c.rows.transposed.graph.column.data_ptr<std::int32_t>();
    a.key_entry = c.rows.transposed.entry.data_ptr<std::int32_t>();
    a.output = output.data_ptr<Real>();
    a.geometry_sum = geometry_sum.data_ptr<Real>();
    a.weight = weight.data_ptr<Real>();
    a.output_gradient = output_gradient.data_ptr<Real>();
    a.geometry_gradient = geometry_gradient.data_ptr<Real>();
    a.product_gradient = product_gradient.data_ptr<Real>();
    a.query_gradient = query.data_ptr<Real>();
    a.key_gradient = key.data_ptr<Real>();
    a.value_gradient = value.data_ptr<Real>();
    a.position_gradient = position.data_ptr<Real>();
    a.relation_partial = partial.data_ptr<Real>();
  }
};

/// What all bodies of a width write, on lanes of one kind.
template <class Real, int Width, class RunBody>
Written<Real> run_bodies(const Case& c, const at::Tensor& output_gradient, const at::Tensor& geometry_gradient,
                         const RunBody& run_body) {
  Written<Real> run(c, output_gradient, geometry_gradient);
  run_forward_bodies<Width>(run.arrays, run_body);
  run_backward_bodies<Width>(run.arrays, run_body);
  return run;
}

/// Runs the four bodies on lanes of one kind and compares all they write with the tensor form.
template <class Real, int Width, class RunBody>
void expect_tensor_form(Case c, double tolerance, const RunBody& run_body) {
  const at::Tensor output_gradient = at::randn(c.input.query.sizes(), c.input.query.options());
  const at::Tensor geometry_gradient = at::randn_like(c.input.position_query);
  const auto run = run_bodies<Real, Width>(c, output_gradient, geometry_gradient, run_body);

  for (const at::Tensor& t : parameters_of(c.input)) at::Tensor(t).set_requires_grad(true);
  const auto expected = attention_by_tensors(c.input, c.rows);
  ((expected.output * output_gradient).sum() + (expected.offset * geometry_gradient).sum()).backward();
  expect_close(run.output, expected.output, tolerance, "output");
  expect_close(run.geometry_sum, expected.offset, tolerance, "offset");
  expect_close(run.query, c.input.query.grad(), tolerance, "query");
  expect_close(run.key, c.input.key.grad(), tolerance, "key");
  expect_close(run.value, c.input.value.grad(), tolerance, "value");
  expect_close(run.position, c.input.position_query.grad(), tolerance, "position_query");
  const at::Tensor sums = run.partial.sum(0);  // [R*H,8]
  expect_close(sums.narrow(1, 0, 6), c.input.relation_slope.grad().view({-1, 6}), tolerance, "relation_slope");
  expect_close(sums.select(1, 6), c.input.relation_bias.grad().view(-1), tolerance, "relation_bias");
}

/// Queries, keys and values as columns of wider matrices.
Case in_wider_matrices(Case c) {
  for (at::Tensor* t : {&c.input.query, &c.input.key, &c.input.value})
    *t = at::cat({at::randn_like(*t), *t, at::randn_like(*t)}, 1).narrow(1, t->size(1), t->size(1));
  return c;
}

const auto on_one_lane = [](std::int64_t items, const auto& body) {
  for (std::int64_t item = 0; item < items; ++item) body(item, OneLane{});
};
template <int Size>
struct OnHostWarp {
  template <class Body>
  void operator()(std::int64_t items, const Body& body) const {
    run_on_host_warp<Size>(items, body);
  }
};
template <int Size, int Width = 0>
void on_host_warp(const std::vector<int>& lengths, std::int64_t keys, std::int64_t heads, std::int64_t width) {
  expect_tensor_form<double, Width>(random_case(lengths, keys, heads, width, 31, at::kDouble), 1e-12,
                                    OnHostWarp<Size>());
}

TEST(AttentionKernel, OneLaneEqualsTensorForm) {
  const auto lengths = family_lengths(300, 1);
  expect_tensor_form<float, 0>(random_case(lengths, 200, 2, 16, 31), 2e-5, on_one_lane);
  expect_tensor_form<double, 0>(random_case(lengths, 200, 2, 16, 31, at::kDouble), 1e-12, on_one_lane);
  expect_tensor_form<float, 16>(random_case(lengths, 200, 2, 16, 31), 2e-5, on_one_lane);
  expect_tensor_form<double, 16>(random_case(lengths, 200, 2, 16, 31, at::kDouble), 1e-12, on_one_lane);
  expect_tensor_form<float, 32>(random_case(lengths, 200, 3, 32, 31), 2e-5, on_one_lane);
  expect_tensor_form<double, 32>(random_case(lengths, 200, 3, 32, 31, at::kDouble), 1e-12, on_one_lane);
}

TEST(AttentionKernel, LanesWithoutChannelsOrEntriesTakePart) {
  on_host_warp<8>({1, 0, 3, 9}, 5, 2, 4);  // fewer channels than lanes
  on_host_warp<8>({8, 16, 17}, 5, 1, 12);  // more channels than lanes, but no multiple
  on_host_warp<32>({2, 33}, 5, 1, 16);
}

TEST(AttentionKernel, BodiesOfAWidthEqualTensorFormOnAWarp) {
  on_host_warp<8, 16>({1, 0, 3, 8, 9, 17}, 7, 3, 16);  // no entry, part of a chunk, a chunk, and more
  on_host_warp<8, 32>({7, 16, 0, 11}, 7, 2, 32);
  on_host_warp<32, 16>({2, 0, 32, 33}, 5, 1, 16);  // half of the lanes without channels
  on_host_warp<32, 32>({2, 0, 32, 33}, 5, 1, 32);
  for (const auto wider : {false, true}) {
    const Case c = random_case({1, 0, 3, 8, 9, 17}, 7, 2, 32, 8);
    expect_tensor_form<float, 32>(wider ? in_wider_matrices(c) : c, 2e-5, OnHostWarp<8>());
  }
}

TEST(AttentionKernel, BodiesOfAWidthGiveWhatThoseOfAnyGive) {
  const Case c = in_wider_matrices(random_case({1, 0, 3, 8, 9, 17}, 7, 2, 16, 5));
  const at::Tensor output_gradient = at::randn({6, 32}), geometry_gradient = at::randn_like(c.input.position_query);
  const auto any = run_bodies<float, 0>(c, output_gradient, geometry_gradient, OnHostWarp<8>());
  const auto of_width = run_bodies<float, 16>(c, output_gradient, geometry_gradient, OnHostWarp<8>());
  const auto again = run_bodies<float, 16>(c, output_gradient, geometry_gradient, OnHostWarp<8>());
  for (const auto tensor : {&Written<float>::output, &Written<float>::geometry_sum, &Written<float>::weight,
                            &Written<float>::product_gradient, &Written<float>::query, &Written<float>::key,
                            &Written<float>::value, &Written<float>::position, &Written<float>::partial}) {
    expect_close(of_width.*tensor, any.*tensor, 1e-6, "by any width");
    EXPECT_TRUE(at::equal(of_width.*tensor, again.*tensor));
  }
}

TEST(AttentionKernel, AWidthIsFixedWhereItsBodiesCanReadTheArrays) {
  const auto width_of = [](std::int64_t width) {
    const Case c = random_case({3, 0}, 4, 2, width, 1);
    return fixed_width(Written<float>(c, at::randn({2, 2 * width}), at::randn_like(c.input.position_query)).arrays);
  };
  EXPECT_EQ(width_of(16), 16);
  EXPECT_EQ(width_of(32), 32);
  EXPECT_EQ(width_of(12), 0);
  EXPECT_EQ(width_of(64), 0);

  FamilyArrays<float> a;
  a.heads = 4, a.features = a.width = 16, a.queries = a.keys = std::int64_t(1) << 26;
  a.query_stride = a.key_stride = a.value_stride = 64;
  EXPECT_EQ(fixed_width(a), 16);
  for (const auto member :
       {&FamilyArrays<float>::queries, &FamilyArrays<float>::keys, &FamilyArrays<float>::query_stride,
        &FamilyArrays<float>::key_stride, &FamilyArrays<float>::value_stride}) {
    auto many = a;
    many.*member += 4;
    EXPECT_EQ(fixed_width(many), 0) << "places beyond 32 bits";
  }
  a.queries = a.keys = 10;
  a.key_stride = 65;
  EXPECT_EQ(fixed_width(a), 0) << "rows between multiples of 16 bytes";
  a.key_stride = 64;
  alignas(16) const float memory[5] = {};
  a.value = memory;
  EXPECT_EQ(fixed_width(a), 16);
  a.value = memory + 1;
  EXPECT_EQ(fixed_width(a), 0) << "a matrix between multiples of 16 bytes";
}

}  // namespace
}  // namespace treewalk
