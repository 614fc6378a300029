// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/attention/attention_kernel.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "tests/attention_cases.h"
#include "tests/host_warp.h"

namespace treewalk {
namespace {

using namespace test;

/// Everything the bodies write, with its memory.
template <class Real>
struct Run {
  at::Tensor output, geometry_sum, probability, logit_gradient, partial;
  at::Tensor query, key, value, position;
  AttentionArrays<Real> arrays;

  Run(const Case& c, const at::Tensor& output_gradient, const at::Tensor& geometry_gradient) {
    const auto& in = c.input;
    const auto like = [](const at::Tensor& t) { return at::full_like(t, std::nan("")); };
    auto& a = arrays;
    a.queries = c.rows.rows.rows();
    a.keys = c.rows.rows.columns;
    a.first_query = c.rows.first_query;
    a.first_key = c.rows.first_key;
    a.heads = static_cast<int>(in.heads);
    a.width = static_cast<int>(in.query.size(1) / in.heads);
    a.relations = static_cast<int>(in.relation_bias.size(0));
    a.query_stride = a.key_stride = a.value_stride = in.query.size(1);
    a.scale = static_cast<Real>(1 / std::sqrt(double(a.width)));
    output = like(in.query), query = like(in.query), key = like(in.key), value = like(in.value);
    geometry_sum = like(in.position_query), position = like(in.position_query);
    probability = at::full({c.rows.rows.entries(), in.heads}, std::nan(""), in.query.options());
    logit_gradient = like(probability);
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
    a.probability = probability.data_ptr<Real>();
    a.output_gradient = output_gradient.data_ptr<Real>();
    a.geometry_gradient = geometry_gradient.data_ptr<Real>();
    a.logit_gradient = logit_gradient.data_ptr<Real>();
    a.query_gradient = query.data_ptr<Real>();
    a.key_gradient = key.data_ptr<Real>();
    a.value_gradient = value.data_ptr<Real>();
    a.position_gradient = position.data_ptr<Real>();
    a.relation_partial = partial.data_ptr<Real>();
  }
};

/// Runs the four bodies on lanes of one kind and compares all they write with the tensor form.
template <class Real, class RunBody>
void expect_tensor_form(const std::vector<int>& lengths, std::int64_t keys, std::int64_t heads, std::int64_t width,
                        double tolerance, const RunBody& run_body) {
  Case c = random_case(lengths, keys, heads, width, 31, sizeof(Real) == 8 ? at::kDouble : at::kFloat);
  const at::Tensor output_gradient = at::randn_like(c.input.query);
  const at::Tensor geometry_gradient = at::randn_like(c.input.position_query);
  const Run<Real> run(c, output_gradient, geometry_gradient);
  const auto& a = run.arrays;
  run_body(a.queries * heads, AttentionForward<Real>(a));
  run_body(a.queries * heads, AttentionBackwardRow<Real>(a));
  run_body((a.queries + kAttentionPiece - 1) / kAttentionPiece * heads, AttentionBackwardRelation<Real>(a));
  run_body(a.keys * heads, AttentionBackwardKey<Real>(a));

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

const auto on_one_lane = [](std::int64_t items, const auto& body) {
  for (std::int64_t item = 0; item < items; ++item) body(item, OneLane{});
};
template <int Size>
void on_host_warp(const std::vector<int>& lengths, std::int64_t keys, std::int64_t heads, std::int64_t width) {
  expect_tensor_form<double>(lengths, keys, heads, width, 1e-12,
                             [](std::int64_t items, const auto& body) { run_on_host_warp<Size>(items, body); });
}

TEST(AttentionKernel, OneLaneEqualsTensorForm) {
  expect_tensor_form<float>(family_lengths(300, 1), 200, 2, 16, 2e-5, on_one_lane);
  expect_tensor_form<double>(family_lengths(300, 1), 200, 2, 16, 1e-12, on_one_lane);
}

TEST(AttentionKernel, LanesWithoutChannelsOrEntriesTakePart) {
  on_host_warp<8>({1, 0, 3, 9}, 5, 2, 4);  // fewer channels than lanes
  on_host_warp<8>({8, 16, 17}, 5, 1, 12);  // more channels than lanes, but no multiple
  on_host_warp<32>({2, 33}, 5, 1, 16);
}

}  // namespace
}  // namespace treewalk
