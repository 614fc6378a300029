// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/attention/linear_attention.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <functional>
#include <vector>

#include "core/attention/row_attention_bodies.h"
#include "core/device/cpu.h"
#include "core/device/parallel.h"
#include "core/device/threads.h"
#include "tests/support/error_of.h"
#include "tests/support/host_warp.h"
#include "tests/support/mask_cases.h"
#include "treewalk/masked_attention.h"

using namespace treewalk;
using namespace treewalk::test;

namespace {

/// The golden example: features and values on a path of three nodes under Phi Phi^T.
TEST(LinearAttention, GoldenExample) {
  WalkOptions options;
  options.walkers = 0;
  options.hops = 2;
  const auto basis = walk_basis(make_walk_graph(csr_of(path(3)), WalkGraph::symmetric), options);
  const auto phi = modulated(basis, f_of({1, .5, .25}));
  const auto pattern = product_pattern(basis.rows);
  LinearInput in;
  in.epsilon = 0;
  in.query = at::tensor({1., 2., .5, 1., 2., .25}, at::kDouble).view({3, 2});
  in.key = at::tensor({1., .5, .25, 2., 1., 1.}, at::kDouble).view({3, 2});
  in.value = at::tensor({1., 0., 0., 1., 1., 1.}, at::kDouble).view({3, 2});
  const auto out = masked_attention(in, {pattern.rows, {}}, mask_product(basis.rows, phi, pattern));
  const auto expected =
      at::tensor({.5176395658, .6388561169, .3645619246, .8541752301, .8200279817, .8242229060}, at::kDouble);
  EXPECT_LT(difference(out.flatten(), expected), 1e-10);
}

TEST(LinearAttention, EqualsTheDenseForm) {
  const auto m = masked(50);
  at::manual_seed(1);
  for (const std::int64_t heads : {1, 3})
    for (const std::int64_t mask_heads : {std::int64_t{1}, heads}) {
      const auto phi = modulated(m.basis, at::rand({mask_heads, 3}, at::kDouble) + 0.1);
      auto in = random_input(50, heads, 5, 7);
      const auto product = mask_product(m.basis.rows, phi, m.pattern);
      for (const bool exponential : {false, true}) {
        in.exponential = exponential;
        if (exponential) in.query = at::randn({50, heads * 5}, at::kDouble) * 4;
        EXPECT_LT(
            difference(masked_attention(in, m.phi, phi), dense_attention(in, dense_mask(m.basis.rows, phi, heads))),
            1e-13);
        EXPECT_LT(difference(masked_attention(in, m.product, product),
                             dense_attention(in, dense_mask(m.pattern.rows, product, heads))),
                  1e-13);
        const LinearInput single{
            in.query.to(at::kFloat), in.key.to(at::kFloat), in.value.to(at::kFloat), heads, 1e-6, exponential};
        EXPECT_LT(difference(masked_attention(single, m.phi, phi.to(at::kFloat)).to(at::kDouble),
                             masked_attention(in, m.phi, phi)),
                  1e-5);
      }
    }
}

TEST(LinearAttention, TheIdentityReturnsTheValues) {
  WalkOptions options;
  options.hops = 0;
  const auto basis = walk_basis(make_walk_graph(csr_of(small_world(20, 1)), WalkGraph::symmetric), options);
  auto in = random_input(20, 2, 4, 4);
  in.epsilon = 0;
  const auto out = masked_attention(in, {basis.rows, {}}, modulated(basis, at::ones({1, 1}, at::kDouble)));
  EXPECT_LT(difference(out, in.value), 1e-14);
}

/// The public class, by the definition.
TEST(MaskedAttention, IsTheAttentionUnderItsMask) {
  const auto edges = small_world(40, 3);
  at::manual_seed(2);
  for (const bool symmetric : {false, true}) {
    WalkOptions options;
    options.modulation = {1, 1, 1};
    options.symmetric = symmetric;
    options.walkers = 0;
    const MaskedAttention attention(arrays_of(edges), options);
    const auto w =
        dense_matrix(make_walk_graph(csr_of(edges), symmetric ? WalkGraph::symmetric : WalkGraph::random_walk));
    auto in = random_input(40, 2, 5, 3);
    const auto f = (at::rand({2, 3}, at::kDouble) + .1).requires_grad_(true);
    std::vector<at::Tensor> mask;
    for (int h = 0; h < 2; ++h) {
      const auto one = f[h].detach().contiguous();
      const auto phi = polynomial(w, std::vector<double>(one.data_ptr<double>(), one.data_ptr<double>() + 3));
      mask.push_back(symmetric ? phi.matmul(phi.t()) : phi);
      const auto found = dense({attention.offset(), attention.column(), 40}, attention.mask(f).select(1, h).detach());
      EXPECT_LT(difference(found, mask.back()), 1e-12);
    }
    const auto linear = attention(in.query, in.key, in.value, f, MaskedAttention::linear);
    EXPECT_LT(difference(linear.detach(), dense_attention(in, at::stack(mask))), 1e-12);
    linear.sum().backward();
    EXPECT_TRUE(f.grad().isfinite().all().item<bool>());
    const auto softmax = attention(in.query, in.key, in.value, f.detach());
    in.exponential = true;
    in.query = in.query / std::sqrt(5.0);
    EXPECT_LT(difference(softmax, dense_attention(in, at::stack(mask))), 1e-12);
    const auto some = in.key.narrow(0, 0, 39);
    EXPECT_NE(
        error_of([&] { attention(in.query, some, in.value, f.detach()); }).find("each of 40 nodes, got [40, 10], [39"),
        std::string::npos);
    EXPECT_THROW(attention(in.query, in.key, in.value, at::ones({3, 3})), Error);
    EXPECT_THROW(attention(in.query, in.key, in.value, at::ones({2, 4}, at::kDouble)), Error);
  }
}

TEST(LinearAttention, RowsWithoutEntriesGiveZeros) {
  const Csr rows{at::tensor({0, 0, 1}, at::kInt), at::tensor({1}, at::kInt), 2};
  auto in = random_input(2, 1, 3, 4);
  for (auto* x : {&in.query, &in.key, &in.value}) x->requires_grad_(true);
  const auto out = masked_attention(in, with_transpose({rows, {}}), at::ones({1, 1}, at::kDouble));
  EXPECT_EQ(out[0].abs().max().item<double>(), 0);
  EXPECT_LT(difference(out[1], in.value[1]), 1e-5);
  out.sum().backward();
  EXPECT_EQ(in.query.grad()[0].abs().max().item<double>(), 0);
  EXPECT_TRUE(in.key.grad().isfinite().all().item<bool>());
}

/// The gradients of (run(x) * weight).sum(), which are those of finite differences but for a share `bound` of the
/// largest.
std::vector<at::Tensor> expect_gradients(const std::function<at::Tensor(const std::vector<at::Tensor>&)>& run,
                                         const std::vector<at::Tensor>& x, const at::Tensor& weight, double bound) {
  std::vector<at::Tensor> leaves, gradients;
  for (const auto& one : x) leaves.push_back(one.clone().requires_grad_(true));
  (run(leaves) * weight).sum().backward();
  for (std::size_t i = 0; i < x.size(); ++i) {
    const auto expected = numerical_gradient(
        [&](const at::Tensor& moved) {
          auto with = x;
          with[i] = moved;
          return run(with);
        },
        x[i], weight);
    gradients.push_back(leaves[i].grad());
    EXPECT_LT(difference(gradients[i], expected) / expected.abs().max().item<double>(), bound) << i;
  }
  return gradients;
}

TEST(LinearAttention, GradientsAreThoseOfFiniteDifferences) {
  const auto m = masked(14);
  at::manual_seed(5);
  const std::int64_t heads = 2;
  const auto in = random_input(14, heads, 3, 4);
  const auto weight = at::randn({14, heads * 4}, at::kDouble);
  for (const auto& [product, exponential] : {std::pair(false, false), {true, false}, {false, true}, {true, true}})
    for (const std::int64_t mask_heads : {std::int64_t{1}, heads}) {
      std::vector<at::Tensor> x{in.query, in.key, in.value, at::rand({mask_heads, 3}, at::kDouble) + 0.2};
      const auto run = [&, through = product, by_exponential = exponential](const std::vector<at::Tensor>& with) {
        const LinearInput input{with[0], with[1], with[2], heads, 0, by_exponential};
        const auto phi = modulated(m.basis, with[3]);
        return through ? masked_attention(input, m.product, mask_product(m.basis.rows, phi, m.pattern))
                       : masked_attention(input, m.phi, phi);
      };
      const auto gradients = expect_gradients(run, x, weight, 1e-7);
      // The result does not change when f is scaled, so its gradient has no component along f (epsilon is 0).
      const auto along = (gradients[3] * x[3]).sum(1);
      EXPECT_LT(along.abs().max().item<double>(), 1e-12);
    }
}

// Epsilon is part of the function, whose gradient is that of what is computed.
TEST(LinearAttention, GradientsWithEpsilonMatchFiniteDifferences) {
  const auto m = masked(40);
  at::manual_seed(12);
  constexpr std::int64_t heads = 2;
  for (const bool exponential : {false, true}) {
    const auto in = random_input(40, heads, 4, 4);
    const auto weight = at::randn({40, heads * 4}, at::kDouble);
    const std::vector<at::Tensor> x{in.query, in.key, in.value, at::rand({heads, 3}, at::kDouble) + 0.1};
    const auto run = [&](const std::vector<at::Tensor>& with) {
      return masked_attention({with[0], with[1], with[2], heads, 1e-3, exponential}, m.phi,
                              modulated(m.basis, with[3]));
    };
    SCOPED_TRACE(exponential);
    expect_gradients(run, x, weight, 1e-9);
  }
}

// Factors of 0 and factors that cancel: no result and no gradient is anything but a number.
TEST(LinearAttention, RowsOfExponentialsThatAddUpToNothing) {
  auto m = masked(20);
  at::manual_seed(13);
  for (const auto type : {at::kFloat, at::kDouble}) {
    const auto in = random_input(20, 1, 4, 4, type);
    std::vector<at::Tensor> leaves;
    for (const auto& x : {in.query, in.key, in.value}) leaves.push_back(x.clone().requires_grad_(true));
    leaves.push_back(at::zeros({m.phi.rows.entries(), 1}, type).requires_grad_(true));
    const auto out = masked_attention({leaves[0], leaves[1], leaves[2], 1, 1e-6, true}, m.phi, leaves[3]);
    EXPECT_TRUE(at::equal(out, at::zeros_like(out)));
    out.sum().backward();
    for (const auto& leaf : leaves) EXPECT_TRUE(at::equal(leaf.grad(), at::zeros_like(leaf)));
  }
}

TEST(LinearAttention, ThreadsAndLanesDoNotMatter) {
  const auto m = masked(400);
  at::manual_seed(7);
  auto in = random_input(400, 2, 16, 16, at::kFloat);
  const auto f = at::rand({2, 3}, at::kFloat);
  const auto run = [&](int threads) {
    const ThreadCount count(threads);
    std::vector<at::Tensor> leaves;
    for (const auto& x : {in.query, in.key, in.value, f}) leaves.push_back(x.clone().requires_grad_(true));
    const auto phi = modulated(m.basis, leaves[3]);
    const auto out = masked_attention({leaves[0], leaves[1], leaves[2], 2, 1e-6}, m.product,
                                      mask_product(m.basis.rows, phi, m.pattern));
    (out * out).sum().backward();
    std::vector<at::Tensor> all{out.detach()};
    for (const auto& leaf : leaves) all.push_back(leaf.grad());
    return all;
  };
  const auto one = run(1), three = run(3);
  for (std::size_t i = 0; i < one.size(); ++i) EXPECT_TRUE(at::equal(one[i], three[i])) << i;
}

TEST(LinearAttention, EveryInstructionSetAgreesWithDouble) {
  const auto m = masked(300);
  at::manual_seed(8);
  for (const auto& [features, width] : std::vector<std::pair<int, int>>{{16, 16}, {32, 24}, {4, 12}, {8, 40}, {5, 7}})
    for (const std::int64_t heads : {1, 3, 4})
      for (const auto& [mask_heads, exponential] : {std::pair(std::int64_t{1}, false), {heads, false}, {heads, true}}) {
        const auto in = random_input(300, heads, features, width);
        const auto f = at::rand({mask_heads, 3}, at::kDouble) + 0.1;
        const auto gradient = at::randn({300, heads * width}, at::kDouble);
        const auto run = [&, by_exponential = exponential](at::ScalarType type) {
          std::vector<at::Tensor> leaves, all;
          for (const auto& x : {in.query, in.key, in.value, f})
            leaves.push_back(x.detach().clone().to(type).requires_grad_(true));
          const auto out = masked_attention({leaves[0], leaves[1], leaves[2], heads, 1e-6, by_exponential}, m.phi,
                                            modulated(m.basis, leaves[3]));
          (out * gradient.to(type)).sum().backward();
          all.push_back(out.detach().to(at::kDouble));
          for (const auto& leaf : leaves) all.push_back(leaf.grad().to(at::kDouble));
          return all;
        };
        const auto exact = run(at::kDouble);
        for (const Cpu set : {Cpu::kBaseline, Cpu::kAvx2, Cpu::kAvx512}) {
          if (set > best_cpu()) continue;
          use_cpu(set);
          const auto found = run(at::kFloat);
          for (std::size_t i = 0; i < exact.size(); ++i)
            EXPECT_LT(difference(found[i], exact[i]) / exact[i].abs().max().item<double>(), 2e-5)
                << name_of(set) << " " << features << " " << width << " " << i;
        }
        use_cpu(best_cpu());
      }
}

/// What the bodies write for rows of a random mask, on lanes of one kind.
struct BodiesOfAMask {
  Masked m = masked(30);
  int heads = 2, mask_heads = 2;
  LinearInput in;
  at::Tensor phi, gradient;
  bool exponential = false;

  BodiesOfAMask(int features, int width, int mask_heads) : mask_heads(mask_heads) {
    at::manual_seed(9);
    in = random_input(30, heads, features, width);
    phi = modulated(m.basis, at::rand({mask_heads, 3}, at::kDouble));
    gradient = at::randn({30, heads * width}, at::kDouble);
  }
  template <class Real, int Width, class RunBody>
  std::vector<at::Tensor> run(const RunBody& run_body) const {
    const auto type = c10::CppTypeToScalarType<Real>::value;
    const auto query = in.query.to(type), key = in.key.to(type), value = in.value.to(type), mask = phi.to(type),
               of_out = gradient.to(type);
    std::vector<at::Tensor> results;
    const auto result = [&](std::int64_t rows, std::int64_t columns) {
      results.push_back(at::full({rows, columns}, -77, type));
      return results.back().template data_ptr<Real>();
    };
    const auto entries = m.basis.rows.entries(), channels = in.value.size(1), numbers = in.query.size(1);
    MaskedArrays<Real> a;
    a.queries = a.keys = 30;
    a.heads = heads, a.mask_heads = mask_heads, a.exponential = exponential;
    a.features = static_cast<int>(numbers / heads), a.width = static_cast<int>(channels / heads);
    a.query_stride = a.key_stride = numbers, a.value_stride = channels;
    a.query = query.template data_ptr<Real>(), a.key = key.template data_ptr<Real>();
    a.value = value.template data_ptr<Real>(), a.mask = mask.template data_ptr<Real>();
    a.output_gradient = of_out.template data_ptr<Real>();
    a.offset = m.phi.rows.offset.data_ptr<int>(), a.column = m.phi.rows.column.data_ptr<int>();
    a.key_offset = m.phi.transposed.graph.offset.data_ptr<int>();
    a.key_query = m.phi.transposed.graph.column.data_ptr<int>();
    a.key_entry = m.phi.transposed.entry.data_ptr<int>();
    a.peak = result(30, heads);
    a.output = result(30, channels), a.denominator = result(30, heads);
    a.product_gradient = result(entries, heads), a.weight = result(entries, heads);
    a.query_gradient = result(30, numbers), a.key_gradient = result(30, numbers);
    a.value_gradient = result(30, channels), a.mask_gradient = result(entries, heads);
    run_forward_bodies<Width>(a, run_body);
    run_backward_bodies<Width>(a, run_body);
    return results;
  }
};

const auto on_one_lane = [](std::int64_t items, const auto& body) {
  parallel_for_lanes(c10::Device(c10::DeviceType::CPU), items, body);
};
const auto on_eight_lanes = [](std::int64_t items, const auto& body) { run_on_host_warp<8>(items, body); };
const auto on_a_warp = [](std::int64_t items, const auto& body) { run_on_host_warp<32>(items, body); };

/// The same bodies with one lane and as a GPU's threads, and those of a width with those of any.
template <int Width>
void expect_lanes_to_agree(BodiesOfAMask bodies) {
  for (const bool exponential : {false, true}) {
    bodies.exponential = exponential;
    const auto one = bodies.run<double, 0>(on_one_lane), of_width = bodies.run<double, Width>(on_one_lane);
    const auto eight = bodies.run<double, Width>(on_eight_lanes), warp = bodies.run<double, Width>(on_a_warp);
    for (std::size_t i = exponential ? 0 : 1; i < one.size(); ++i) {
      EXPECT_TRUE((one[i] != -77).all().template item<bool>()) << i;
      EXPECT_LT(difference(one[i], of_width[i]), 1e-12) << i;
      EXPECT_LT(difference(one[i], eight[i]), 1e-12) << i;
      EXPECT_LT(difference(one[i], warp[i]), 1e-12) << i;
    }
    if (Width == 0) continue;
    const auto floats = bodies.run<float, Width>(on_eight_lanes);  // what a GPU runs
    for (std::size_t i = exponential ? 0 : 1; i < one.size(); ++i)
      EXPECT_LT(difference(floats[i].to(at::kDouble), one[i]) / one[i].abs().max().template item<double>(), 1e-5) << i;
  }
}

TEST(LinearAttention, LanesAgree) { expect_lanes_to_agree<0>({5, 7, 2}); }
TEST(LinearAttention, BodiesOfAWidthGiveWhatThoseOfAnyGive) {
  expect_lanes_to_agree<16>({16, 16, 2});
  expect_lanes_to_agree<16>({16, 16, 1});
  expect_lanes_to_agree<32>({32, 32, 2});
}

TEST(LinearAttention, AWidthIsFixedWhereQueriesAndValuesHaveIt) {
  MaskedArrays<float> a;
  a.queries = a.keys = 10, a.heads = 2;
  a.query_stride = a.key_stride = a.value_stride = 64;
  for (const int width : {12, 16, 32, 64}) {
    a.features = a.width = width;
    EXPECT_EQ(fixed_width(a), width == 16 || width == 32 ? width : 0);
  }
  a.features = 16, a.width = 32;
  EXPECT_EQ(fixed_width(a), 0);
}

}  // namespace
