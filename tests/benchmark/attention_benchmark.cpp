// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors

// Fused attention against tensor forms, over rows of the k nearest of N points on a surface, in Morton order.
//   attention_benchmark [points = 100000, 0: scene only] [k = 16] [repetitions = 5] [threads = 2]
// Rivals: rows gathered into [N,k,C] and multiplied as small matrices (needs rows of equal length), the same in chunks
// of 512 rows whose temporaries stay in cache (forward only), and the general tensor form over entries. All sides have
// the same edge geometry and relation terms. Temporary memory is the largest amount allocated at one time, less inputs
// and results.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <c10/core/CPUAllocator.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>

#include "core/attention/attention.h"
#include "core/device/cpu.h"
#include "core/geometry/knn.h"
#include "core/geometry/octree.h"
#include "tests/benchmark/timing.h"
#include "tests/support/attention_by_tensors.h"

using namespace treewalk;

namespace {

/// Counts what tensors hold; a header before each block remembers its size.
struct CountingAllocator final : c10::Allocator {
  static constexpr std::size_t kHeader = 64;
  static inline std::int64_t held = 0, peak = 0;

  static void release(void* block) {
    if (!block) return;
    char* start = static_cast<char*>(block) - kHeader;
    held -= static_cast<std::int64_t>(*reinterpret_cast<std::size_t*>(start));
    std::free(start);
  }
  c10::DataPtr allocate(std::size_t bytes) override {
    if (bytes == 0) return {nullptr, nullptr, &release, c10::Device(c10::kCPU)};
    void* start = nullptr;
    if (posix_memalign(&start, kHeader, bytes + kHeader)) throw std::bad_alloc();
    *static_cast<std::size_t*>(start) = bytes;
    held += static_cast<std::int64_t>(bytes);
    peak = std::max(peak, held);
    void* block = static_cast<char*>(start) + kHeader;
    return {block, block, &release, c10::Device(c10::kCPU)};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &release; }
  void copy_data(void* to, const void* from, std::size_t bytes) const override { default_copy_data(to, from, bytes); }
};

/// Rows of equal length k: keys and values gathered whole, products as batches of small matrices.
AttentionOutput attention_by_gathering(const AttentionInput& in, const AttentionRows& rows) {
  const std::int64_t n = rows.rows.rows(), k = rows.rows.entries() / n, h = in.heads, d = in.query.size(1) / h;
  const at::Tensor column = rows.rows.column.to(at::kLong), relation = rows.relation.to(at::kLong);
  const at::Tensor to = in.node.index_select(0, column + rows.first_key).view({n, k, kNodeRecord});
  const at::Tensor from = in.node.narrow(0, rows.first_query, n).unsqueeze(1);
  const at::Tensor delta = to.narrow(2, 0, 3) - from.narrow(2, 0, 3), size = from.narrow(2, 3, 1);
  const at::Tensor unit = size * in.relation_scale.index_select(0, relation).view({n, k, 1});
  const at::Tensor g = at::cat({delta / unit, delta.square().sum(2, true).sqrt() / unit,
                                ((to.narrow(2, 4, 3) * delta).sum(2, true) / size).clamp(-4, 4),
                                (to.narrow(2, 4, 3) * from.narrow(2, 4, 3)).sum(2, true) - 1},
                               2);  // [n,k,6]
  const at::Tensor query = in.query.view({n, h, d, 1});
  const at::Tensor key = in.key.index_select(0, column).view({n, k, h, d}).permute({0, 2, 1, 3});      // [n,h,k,d]
  const at::Tensor value = in.value.index_select(0, column).view({n, k, h, d}).permute({0, 2, 1, 3});  // [n,h,k,d]
  const at::Tensor slope = in.relation_slope.index_select(0, relation).view({n, k, h, kEdgeGeometry});
  const at::Tensor by_query =
      at::matmul(g, in.position_query.view({n, h, kEdgeGeometry}).transpose(1, 2)).transpose(1, 2);  // [n,h,k]
  const at::Tensor by_relation =
      (slope * g.unsqueeze(2)).sum(3) + in.relation_bias.index_select(0, relation).view({n, k, h});  // [n,k,h]
  const at::Tensor logit =
      at::matmul(key, query).squeeze(3) / std::sqrt(double(d)) + by_query + by_relation.transpose(1, 2);  // [n,h,k]
  const at::Tensor a = at::softmax(logit, 2).unsqueeze(2);                                                // [n,h,1,k]
  return {at::matmul(a, value).view({n, h * d}), at::matmul(a.squeeze(2), g).reshape({n, h * kEdgeGeometry})};
}

/// The same for 512 rows at a time.
AttentionOutput attention_by_chunks(const AttentionInput& in, const AttentionRows& rows) {
  const std::int64_t n = rows.rows.rows(), k = rows.rows.entries() / n;
  std::vector<at::Tensor> output, offset;
  for (std::int64_t first = 0; first < n; first += 512) {
    const std::int64_t count = std::min<std::int64_t>(512, n - first);
    AttentionInput part = in;
    part.query = in.query.narrow(0, first, count);
    part.position_query = in.position_query.narrow(0, first, count);
    AttentionRows some;
    some.rows = {rows.rows.offset.narrow(0, first, count + 1), rows.rows.column.narrow(0, first * k, count * k),
                 rows.rows.columns};
    some.relation = rows.relation.narrow(0, first * k, count * k);
    some.first_query = rows.first_query + first;
    some.first_key = rows.first_key;
    const auto out = attention_by_gathering(part, some);
    output.push_back(out.output);
    offset.push_back(out.offset);
  }
  return {at::cat(output), at::cat(offset)};
}

struct Problem {
  AttentionInput input;
  AttentionRows rows;
  at::Tensor output_gradient, offset_gradient;
  std::vector<at::Tensor> parameters() const {
    return {input.query, input.key, input.value, input.position_query, input.relation_slope, input.relation_bias};
  }
};

/// Points on a wavy surface in Morton order.
at::Tensor surface(std::int64_t points) {
  at::manual_seed(1);
  const at::Tensor xy = at::rand({points, 2});
  const at::Tensor z = 0.1 * at::sin(7 * xy.select(1, 0)) * at::cos(5 * xy.select(1, 1)) + 0.001 * at::rand({points});
  const at::Tensor position = at::cat({xy, z.unsqueeze(1)}, 1);
  const Octree octree = build_octree(position, fit_grid(position, 10), 1);
  return position.index_select(0, octree.order.to(at::kLong));
}

Problem problem_of(std::int64_t points, int k, std::int64_t heads, std::int64_t width) {
  Problem p;
  const at::Tensor position = surface(points);
  p.rows.rows = to_csr(knn(position, k), points);
  p.rows.relation = at::randint(4, {p.rows.rows.entries()}).to(at::kByte);
  p.rows.relation =
      std::get<0>(p.rows.relation.view({points, k}).sort(1)).contiguous().view(-1);  // runs, as in a family
  p.rows = with_transpose(p.rows);
  auto& in = p.input;
  const at::Tensor normal = at::randn({points, 3});
  in.node =
      at::cat({position, at::full({points, 1}, 0.01), normal / normal.norm(2, 1, true), at::ones({points, 1})}, 1);
  in.relation_scale = at::tensor({1.f, 2.f, .5f, 1.f});
  in.heads = heads;
  in.query = at::randn({points, heads * width});
  in.key = at::randn({points, heads * width});
  in.value = at::randn({points, heads * width});
  in.position_query = at::randn({points, heads * kEdgeGeometry}) * 0.1;
  in.relation_slope = at::randn({4, heads * kEdgeGeometry}) * 0.1;
  in.relation_bias = at::randn({4, heads});
  p.output_gradient = at::randn({points, heads * width});
  p.offset_gradient = at::randn({points, heads * kEdgeGeometry});
  return p;
}

using Attend = AttentionOutput (*)(const AttentionInput&, const AttentionRows&);

AttentionOutput forward(const Problem& p, Attend attend) {
  const c10::AutoGradMode no_gradient(false);
  return attend(p.input, p.rows);
}

AttentionOutput forward_backward(const Problem& p, Attend attend) {
  for (const at::Tensor& t : p.parameters()) at::Tensor(t).set_requires_grad(true).mutable_grad() = at::Tensor();
  const auto out = attend(p.input, p.rows);
  torch::autograd::backward({out.output, out.offset}, {p.output_gradient, p.offset_gradient});
  return {out.output.detach(), out.offset.detach()};
}

using Pass = AttentionOutput (*)(const Problem&, Attend);

/// Megabytes allocated at the worst moment beyond what was there before and what is left afterwards.
double temporary_megabytes(const Problem& p, Pass pass, Attend attend) {
  for (const at::Tensor& t : p.parameters()) at::Tensor(t).mutable_grad() = at::Tensor();
  CountingAllocator::peak = CountingAllocator::held;
  const AttentionOutput out = pass(p, attend);
  return static_cast<double>(CountingAllocator::peak - CountingAllocator::held) / 1e6;
}

double largest_difference(const AttentionOutput& a, const AttentionOutput& b) {
  return std::max((a.output - b.output).abs().max().item<double>(), (a.offset - b.offset).abs().max().item<double>());
}

void compare(std::int64_t points, int k, std::int64_t heads, std::int64_t width, int repetitions) {
  std::printf("%lld points, k = %d, %lld heads x %lld\n", static_cast<long long>(points), k,
              static_cast<long long>(heads), static_cast<long long>(width));
  const Problem p = problem_of(points, k, heads, width);
  const std::pair<const char*, Attend> forms[] = {{"gathered matrices", &attention_by_gathering},
                                                  {"gathered in chunks", &attention_by_chunks},
                                                  {"tensor form", &test::attention_by_tensors},
                                                  {"fused", &attention}};
  for (const Pass pass : {&forward, &forward_backward}) {
    std::printf(" %s\n", pass == &forward ? "forward" : "forward and backward");
    std::vector<Timing> sides;
    std::vector<std::pair<const char*, Attend>> taking_part;
    for (const auto& form : forms)
      if (pass == &forward || form.second != &attention_by_chunks) taking_part.push_back(form);
    for (const auto& form : taking_part) sides.push_back({form.first, [&p, pass, form] { pass(p, form.second); }});
    measure(sides, repetitions);
    print(sides);
    for (const auto& form : taking_part)
      std::printf("  %-24s temporary memory %9.1f MB\n", form.first, temporary_megabytes(p, pass, form.second));
  }
  std::printf(" largest difference from the gathered form %.1e\n",
              largest_difference(forward(p, &attention), forward(p, &attention_by_gathering)));
}

/// The sizes of a tabletop scene: 18 thousand cells of 14 entries, the widths of its levels.
void scene(int repetitions) {
  std::printf("18000 rows of 14 entries, heads x 16: fused forward, and forward and backward\n");
  for (const std::int64_t heads : {1, 2, 4, 6}) {
    const Problem p = problem_of(18000, 14, heads, 16);
    std::vector<Timing> sides{{"forward", [&] { forward(p, &attention); }},
                              {"forward and backward", [&] { forward_backward(p, &attention); }}};
    measure(sides, repetitions);
    std::printf(" %lld heads\n", static_cast<long long>(heads));
    print(sides);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const auto argument = [&](int i, int otherwise) { return argc > i ? std::atoi(argv[i]) : otherwise; };
  const int points = argument(1, 100000), k = argument(2, 16), repetitions = argument(3, 5);
  at::set_num_threads(argument(4, 2));
  static CountingAllocator allocator;
  c10::SetCPUAllocator(&allocator, 100);
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  std::printf("attention: %s, %d threads, medians of %d\n", cpu_capability(), at::get_num_threads(), repetitions);
  scene(4 * repetitions);
  if (points == 0) return 0;
  compare(points, k, 4, 16, repetitions);
  compare(points, k, 8, 32, repetitions);
  return 0;
}
