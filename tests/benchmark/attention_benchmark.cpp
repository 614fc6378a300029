// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors

// Fused attention against tensor forms, over rows of the k nearest of N points on a surface, in Morton order.
//   attention_benchmark [points = 100000, 0: scene only] [k = 16] [repetitions = 5] [threads = 2]
// Rivals: rows gathered into [N,k,C] and multiplied as small matrices (needs rows of equal length), the same in chunks
// of 512 or 128 rows whose temporaries stay in cache (backward: chunk by chunk, each right after its forward pass, so
// that they stay there too), and the general tensor form over entries. All sides have the same edge geometry and
// relation terms. Temporary memory is the largest amount allocated at one time, less inputs and results. A form whose
// temporary memory would not fit into what the machine has free is left out; the fastest rival that fits is named.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <c10/core/CPUAllocator.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

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

/// What rows of equal length k gather: one entry of a row after the other.
struct Gathered {
  at::Tensor key, value;  ///< [n*k,C]
  at::Tensor geometry;    ///< [n,k,kEdgeGeometry]
  at::Tensor relation;    ///< [n*k] int64
};

/// The edges from the nodes of rows first .. first + n - 1, where key v is node first_key + v.
Gathered gather(const AttentionInput& in, const AttentionRows& rows, std::int64_t first, std::int64_t n) {
  const std::int64_t k = rows.rows.entries() / rows.rows.rows();
  const at::Tensor column = rows.rows.column.narrow(0, first * k, n * k).to(at::kLong);
  Gathered out;
  out.relation = rows.relation.narrow(0, first * k, n * k).to(at::kLong);
  const at::Tensor to = in.node.index_select(0, column + rows.first_key).view({n, k, kNodeRecord});
  const at::Tensor from = in.node.narrow(0, rows.first_query + first, n).unsqueeze(1);
  const at::Tensor delta = to.narrow(2, 0, 3) - from.narrow(2, 0, 3), size = from.narrow(2, 3, 1);
  const at::Tensor unit = size * in.relation_scale.index_select(0, out.relation).view({n, k, 1});
  out.geometry = at::cat({delta / unit, delta.square().sum(2, true).sqrt() / unit,
                          ((to.narrow(2, 4, 3) * delta).sum(2, true) / size).clamp(-4, 4),
                          (to.narrow(2, 4, 3) * from.narrow(2, 4, 3)).sum(2, true) - 1},
                         2);
  out.key = in.key.index_select(0, column);
  out.value = in.value.index_select(0, column);
  return out;
}

/// query [n,C], position_query [n,heads*kEdgeGeometry]: products as batches of small matrices.
AttentionOutput attend_gathered(const AttentionInput& in, const at::Tensor& in_query, const at::Tensor& position_query,
                                const Gathered& of) {
  const std::int64_t n = in_query.size(0), k = of.geometry.size(1), h = in.heads, d = in_query.size(1) / h;
  const at::Tensor& g = of.geometry;
  const at::Tensor query = in_query.view({n, h, d, 1});
  const at::Tensor key = of.key.view({n, k, h, d}).permute({0, 2, 1, 3});      // [n,h,k,d]
  const at::Tensor value = of.value.view({n, k, h, d}).permute({0, 2, 1, 3});  // [n,h,k,d]
  const at::Tensor slope = in.relation_slope.index_select(0, of.relation).view({n, k, h, kEdgeGeometry});
  const at::Tensor by_query =
      at::matmul(g, position_query.view({n, h, kEdgeGeometry}).transpose(1, 2)).transpose(1, 2);  // [n,h,k]
  const at::Tensor by_relation =
      (slope * g.unsqueeze(2)).sum(3) + in.relation_bias.index_select(0, of.relation).view({n, k, h});  // [n,k,h]
  const at::Tensor logit =
      at::matmul(key, query).squeeze(3) / std::sqrt(double(d)) + by_query + by_relation.transpose(1, 2);  // [n,h,k]
  const at::Tensor a = at::softmax(logit, 2).unsqueeze(2);                                                // [n,h,1,k]
  return {at::matmul(a, value).view({n, h * d}), at::matmul(a.squeeze(2), g).reshape({n, h * kEdgeGeometry})};
}

AttentionOutput attention_by_gathering(const AttentionInput& in, const AttentionRows& rows) {
  return attend_gathered(in, in.query, in.position_query, gather(in, rows, 0, rows.rows.rows()));
}

/// The same for kChunk rows at a time, forward only.
template <std::int64_t kChunk>
AttentionOutput attention_by_chunks(const AttentionInput& in, const AttentionRows& rows) {
  std::vector<at::Tensor> output, offset;
  for (std::int64_t first = 0; first < rows.rows.rows(); first += kChunk) {
    const std::int64_t n = std::min(kChunk, rows.rows.rows() - first);
    const auto out = attend_gathered(in, in.query.narrow(0, first, n), in.position_query.narrow(0, first, n),
                                     gather(in, rows, first, n));
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

/// A chunk's parameters are leaves of its own, and its gradients are added to those of the whole.
template <std::int64_t kChunk>
AttentionOutput chunks_forward_backward(const Problem& p, Attend) {
  const AttentionInput& in = p.input;
  AttentionInput some = in;  // slopes and biases are few: they keep their own gradients
  for (at::Tensor* t : {&some.relation_slope, &some.relation_bias}) *t = t->detach().requires_grad_(true);
  std::vector<at::Tensor> gradient;
  for (const at::Tensor& t : {in.query, in.key, in.value, in.position_query}) gradient.push_back(at::zeros_like(t));
  std::vector<at::Tensor> output, offset;
  const std::int64_t k = p.rows.rows.entries() / p.rows.rows.rows();
  for (std::int64_t first = 0; first < p.rows.rows.rows(); first += kChunk) {
    const std::int64_t n = std::min(kChunk, p.rows.rows.rows() - first);
    Gathered of;
    {
      const c10::AutoGradMode no_gradient(false);
      of = gather(in, p.rows, first, n);
    }
    const at::Tensor query = in.query.detach().narrow(0, first, n).requires_grad_(true);
    const at::Tensor position = in.position_query.detach().narrow(0, first, n).requires_grad_(true);
    of.key.requires_grad_(true);
    of.value.requires_grad_(true);
    const auto out = attend_gathered(some, query, position, of);
    torch::autograd::backward({out.output, out.offset},
                              {p.output_gradient.narrow(0, first, n), p.offset_gradient.narrow(0, first, n)});
    const at::Tensor column = p.rows.rows.column.narrow(0, first * k, n * k).to(at::kLong);
    gradient[0].narrow(0, first, n).copy_(query.grad());
    gradient[1].index_add_(0, column, of.key.grad());
    gradient[2].index_add_(0, column, of.value.grad());
    gradient[3].narrow(0, first, n).copy_(position.grad());
    output.push_back(out.output.detach());
    offset.push_back(out.offset.detach());
  }
  for (std::size_t i = 0; i < gradient.size(); ++i) p.parameters()[i].mutable_grad() = gradient[i];
  p.parameters()[4].mutable_grad() = some.relation_slope.grad();
  p.parameters()[5].mutable_grad() = some.relation_bias.grad();
  return {at::cat(output), at::cat(offset)};
}

using Pass = AttentionOutput (*)(const Problem&, Attend);

/// One way to compute it.
struct Form {
  const char* name;
  Attend attend;
  Pass backward = &forward_backward;
  bool grows = true;  ///< its temporary memory with the number of rows
};

/// Megabytes allocated at the worst moment beyond what was there before and what is left afterwards.
double temporary_megabytes(const Problem& p, Pass pass, Attend attend) {
  for (const at::Tensor& t : p.parameters()) at::Tensor(t).mutable_grad() = at::Tensor();
  CountingAllocator::peak = CountingAllocator::held;
  const AttentionOutput out = pass(p, attend);
  return static_cast<double>(CountingAllocator::peak - CountingAllocator::held) / 1e6;
}

/// What the machine can still give, in MB.
double available_megabytes() {
  std::ifstream file("/proc/meminfo");
  for (std::string line; std::getline(file, line);)
    if (line.rfind("MemAvailable:", 0) == 0) return std::atof(line.c_str() + 13) / 1024;
  return 1e9;
}

double largest_difference(const AttentionOutput& a, const AttentionOutput& b) {
  return std::max((a.output - b.output).abs().max().item<double>(), (a.offset - b.offset).abs().max().item<double>());
}

double largest_gradient_difference(const Problem& p, const std::vector<at::Tensor>& expected) {
  double largest = 0;
  for (std::size_t i = 0; i < expected.size(); ++i)
    largest = std::max(largest, (p.parameters()[i].grad() - expected[i]).abs().max().item<double>());
  return largest;
}

/// Times the forms whose temporary memory fits, going by that of a hundredth of the rows; the last one is fused.
void compare_pass(const Problem& p, const Problem& small, const std::vector<Form>& forms, bool backward,
                  int repetitions) {
  const double more = static_cast<double>(p.input.query.size(0)) / static_cast<double>(small.input.query.size(0));
  std::printf(" %s\n", backward ? "forward and backward" : "forward");
  std::vector<Timing> sides;
  std::vector<Form> taking_part;
  for (const Form& form : forms) {
    const Pass pass = backward ? form.backward : &forward;
    const double needed = (form.grows ? more : 1) * temporary_megabytes(small, pass, form.attend);
    if (needed > 0.8 * available_megabytes()) {
      std::printf("  %-24s left out: needs about %.0f MB\n", form.name, needed);
      continue;
    }
    taking_part.push_back(form);
    sides.push_back({form.name, [&p, pass, form] { pass(p, form.attend); }});
  }
  measure(sides, repetitions);
  print(sides);
  for (const Form& form : taking_part)
    std::printf("  %-24s temporary memory %9.1f MB\n", form.name,
                temporary_megabytes(p, backward ? form.backward : &forward, form.attend));
  const auto processor = [](const Timing& side) { return Timing::median(side.processor); };
  const auto rival = std::min_element(sides.begin(), sides.end() - 1,
                                      [&](const Timing& a, const Timing& b) { return processor(a) < processor(b); });
  if (rival != sides.end() - 1)
    std::printf("  fastest rival that fits: %s; fused takes 1/%.1f of its processor time, 1/%.1f of its wall time\n",
                rival->name, processor(*rival) / processor(sides.back()),
                Timing::median(rival->seconds) / Timing::median(sides.back().seconds));
}

void compare(std::int64_t points, int k, std::int64_t heads, std::int64_t width, int repetitions) {
  std::printf("%lld points, k = %d, %lld heads x %lld\n", static_cast<long long>(points), k,
              static_cast<long long>(heads), static_cast<long long>(width));
  const Problem p = problem_of(points, k, heads, width);
  const Problem small = problem_of(std::max<std::int64_t>(points / 100, k + 1), k, heads, width);
  const std::vector<Form> forms{{"gathered matrices", &attention_by_gathering},
                                {"in chunks of 512", &attention_by_chunks<512>, &chunks_forward_backward<512>, false},
                                {"in chunks of 128", &attention_by_chunks<128>, &chunks_forward_backward<128>, false},
                                {"tensor form", &test::attention_by_tensors},
                                {"fused", &attention}};
  for (const bool backward : {false, true}) compare_pass(p, small, forms, backward, repetitions);
  std::printf(" largest difference from the form in chunks %.1e",
              largest_difference(forward(p, &attention), forward(p, &attention_by_chunks<512>)));
  forward_backward(p, &attention);
  std::vector<at::Tensor> gradients;
  for (const at::Tensor& t : p.parameters()) gradients.push_back(t.grad().clone());
  chunks_forward_backward<512>(p, nullptr);
  std::printf(", of gradients %.1e\n", largest_gradient_difference(p, gradients));
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
