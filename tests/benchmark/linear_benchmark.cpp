// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// Usage: linear_benchmark [--threads N] [--repeat N] [--sizes N,N,...] [--neighbours K,K,...] [--heads H] [--width D]
//                         [--backward]
//
// Forward cost per node of masked linear attention by every path over k-NN graphs of points on a wavy surface, beside
// linear attention without a mask; and, at 4096 points, beside dense softmax attention and the form with a dense mask
// that public code takes. Walks: 8 repelling walkers of 4 hops, the last one in expectation (one-sided); for Phi Phi^T
// 16 walkers that halt with probability 0.25 within 4 hops, as the ICLR 2025 paper walks. Features are relu's. Powers:
// exact over 2 hops, and thinned over 4. All in one run, medians; memory is that of walks and mask.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <sys/resource.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

#include "core/attention/factored.h"
#include "core/attention/feature_map.h"
#include "core/attention/global.h"
#include "core/attention/linear_attention.h"
#include "core/device/cpu.h"
#include "core/geometry/knn.h"
#include "core/walks/mask.h"
#include "core/walks/modulation.h"
#include "core/walks/walks.h"
#include "tests/benchmark/timing.h"

using namespace treewalk;

namespace {

struct Settings {
  int threads = 2, repeat = 5;
  std::int64_t heads = 4, width = 16;
  bool backward = false;
  std::vector<std::int64_t> sizes{10000, 100000, 1000000}, neighbours{6, 16};
};

std::vector<std::int64_t> numbers(const std::string& list) {
  std::vector<std::int64_t> found;
  std::stringstream stream(list);
  for (std::string one; std::getline(stream, one, ',');) found.push_back(std::stoll(one));
  return found;
}

/// Points on a wavy surface in Morton-like order: sorted by coarse cells, so that neighbours lie near each other.
at::Tensor surface(std::int64_t points) {
  at::manual_seed(1);
  auto p = at::rand({points, 3});
  p.select(1, 2).copy_((p.select(1, 0) * 7).sin() * (p.select(1, 1) * 5).cos() * 0.1);
  const auto cell = (p.narrow(1, 0, 2) * 1024).to(at::kLong);
  auto key = at::zeros({points}, at::kLong);
  for (int bit = 0; bit < 10; ++bit)
    key += (cell.select(1, 0).bitwise_right_shift(bit).bitwise_and(1)).bitwise_left_shift(2 * bit) +
           (cell.select(1, 1).bitwise_right_shift(bit).bitwise_and(1)).bitwise_left_shift(2 * bit + 1);
  return p.index_select(0, key.argsort()).contiguous();
}

double bytes_of(const std::vector<at::Tensor>& tensors) {
  double bytes = 0;
  for (const auto& t : tensors) bytes += static_cast<double>(t.nbytes());
  return bytes;
}

void report(const char* name, const Timing& timing, std::int64_t points, double bytes) {
  const double seconds = Timing::median(timing.seconds), processor = Timing::median(timing.processor);
  std::printf("  %-44s %9.2f ms %8.1f ns/node %8.1f processor", name, 1e3 * seconds, 1e9 * seconds / double(points),
              1e9 * processor / double(points));
  if (bytes > 0) std::printf(" %8.0f bytes/node", bytes / double(points));
  std::printf("\n");
}

struct Case {
  const Settings& settings;
  LinearInput in;
  at::Tensor f, gradient;

  Case(const Settings& s, std::int64_t points, std::int64_t hops) : settings(s) {
    in.heads = s.heads;
    const auto channels = s.heads * s.width;
    in.query = features_of(at::randn({points, channels}), s.heads, FeatureMap::relu, false);
    in.key = features_of(at::randn({points, channels}), s.heads, FeatureMap::relu, true);
    in.value = at::randn({points, channels});
    f = at::rand({s.heads, hops + 1}) + 0.1;
    gradient = at::randn({points, channels});
    if (s.backward)
      for (auto* x : {&in.query, &in.key, &in.value, &f}) x->requires_grad_(true);
  }
  template <class Attend>
  void run(const Attend& attend) const {
    const auto out = attend();
    if (settings.backward) out.backward(gradient);
  }
};

/// Linear attention without a mask as LibTorch's users write it.
at::Tensor by_products(const LinearInput& in) {
  const auto points = in.query.size(0);
  const auto split = [&](const at::Tensor& x) { return x.view({points, in.heads, -1}).transpose(0, 1); };
  const auto query = split(in.query), key = split(in.key);
  const auto sums = query.matmul(key.transpose(1, 2).matmul(split(in.value)));
  return (sums / (query.matmul(key.sum(1).unsqueeze(2)) + in.epsilon)).transpose(0, 1).reshape({points, -1});
}

void measure_points(const Settings& settings, std::int64_t points, std::int64_t neighbours) {
  const int threads = settings.threads;
  at::set_num_threads(threads);
  const auto near = knn(surface(points), static_cast<int>(neighbours));
  const Csr directed{at::arange(0, (points + 1) * neighbours, neighbours, at::kInt), near.index.flatten(), points};
  std::printf("%ld points, %ld neighbours\n", static_cast<long>(points), static_cast<long>(neighbours));
  const auto once = [&](const char* name, const auto& work, const auto& bytes) {
    std::vector<Timing> side{{name, work}};
    measure(side, std::max(1, settings.repeat / 2));
    report(name, side[0], points, bytes());
  };

  WalkOptions one_sided;
  one_sided.walkers = 8;
  one_sided.expected_last_hop = true;
  const auto graph = make_walk_graph(directed, WalkGraph::random_walk);
  WalkBasis basis;
  const auto basis_bytes = [&] {
    return bytes_of({basis.rows.offset, basis.rows.column, basis.part, basis.hop, basis.value});
  };
  once(
      "walks, one-sided", [&] { basis = walk_basis(graph, one_sided); }, basis_bytes);
  WalkOptions exact;
  exact.powers = true;
  exact.hops = 2;
  WalkBasis powers;
  once(
      "powers of 2 hops", [&] { powers = walk_basis(graph, exact); },
      [&] {
        return bytes_of({powers.rows.offset, powers.rows.column, powers.part, powers.hop, powers.value});
      });
  WalkOptions thinned = exact;
  thinned.hops = 4;
  thinned.frontier = 32;
  thinned.entries = 40;
  WalkBasis some;
  once(
      "powers of 4 hops, thinned to 40", [&] { some = walk_basis(graph, thinned); },
      [&] {
        return bytes_of({some.rows.offset, some.rows.column, some.part, some.hop, some.value});
      });
  const Case four(settings, points, 4), two(settings, points, 2);
  const auto transposed = [&](const WalkBasis& of) {
    return settings.backward ? with_transpose(MaskRows{of.rows, {}}) : MaskRows{of.rows, {}};
  };
  const auto rows = transposed(basis), power_rows = transposed(powers), thin_rows = transposed(some);
  const auto groups = at::tensor({0, static_cast<int>(points)}, at::kInt);
  std::vector<Timing> sides{
      {"no mask (global)", [&] { four.run([&] { return global_attention(four.in, groups); }); }},
      {"no mask, by LibTorch's matrix products", [&] { four.run([&] { return by_products(four.in); }); }},
      {"Phi, walks, modulation included (P4)",
       [&] { four.run([&] { return masked_attention(four.in, rows, modulated(basis, four.f)); }); }},
      {"Phi, powers of 2 hops (P4, exact)",
       [&] { two.run([&] { return masked_attention(two.in, power_rows, modulated(powers, two.f)); }); }},
      {"Phi, thinned powers of 4 hops (P4)",
       [&] { four.run([&] { return masked_attention(four.in, thin_rows, modulated(some, four.f)); }); }}};
  WalkBasis symmetric;
  MaskPattern pattern;
  MaskRows product, factor;
  if (points <= 200000) {
    WalkOptions paper;
    paper.halt = 0.25;
    paper.repelling = false;
    const auto united = make_walk_graph(unite(directed), WalkGraph::symmetric);
    once(
        "walks, Phi Phi^T", [&] { symmetric = walk_basis(united, paper); },
        [&] {
          return bytes_of(
              {symmetric.rows.offset, symmetric.rows.column, symmetric.part, symmetric.hop, symmetric.value});
        });
    once(
        "pattern of Phi Phi^T", [&] { pattern = product_pattern(symmetric.rows); },
        [&] {
          return bytes_of({pattern.rows.offset, pattern.rows.column, pattern.mirror});
        });
    product = settings.backward ? with_transpose(MaskRows{pattern.rows, {}}) : MaskRows{pattern.rows, {}};
    factor = with_transpose(MaskRows{symmetric.rows, {}});
    sides.push_back({"Phi Phi^T by its entries (P2)", [&] {
                       four.run([&] {
                         return masked_attention(four.in, product,
                                                 mask_product(symmetric.rows, modulated(symmetric, four.f), pattern));
                       });
                     }});
    if (points <= 40000)
      sides.push_back({"Phi Phi^T by factors (P1)", [&] {
                         four.run([&] { return factored_attention(four.in, factor, modulated(symmetric, four.f)); });
                       }});
  }
  if (points <= 4096) {
    const auto dense = [&](const WalkBasis& b) {
      std::vector<at::Tensor> heads;
      const auto value = modulated(b, four.f.detach());
      for (std::int64_t h = 0; h < settings.heads; ++h)
        heads.push_back(at::sparse_csr_tensor(b.rows.offset.to(at::kLong), b.rows.column.to(at::kLong),
                                              value.select(1, h).contiguous(), {points, points},
                                              at::TensorOptions(at::kFloat).layout(at::kSparseCsr))
                            .to_dense());
      return at::stack(heads);
    };
    const auto split = [&](const at::Tensor& x) {
      return x.view({points, settings.heads, settings.width}).transpose(0, 1).contiguous();
    };
    sides.push_back({"dense softmax, no mask", [&] {
                       four.run([&] {
                         const auto score = split(four.in.query).matmul(split(four.in.key).transpose(1, 2));
                         return score.softmax(2).matmul(split(four.in.value)).transpose(0, 1).reshape({points, -1});
                       });
                     }});
    sides.push_back(
        {"Phi Phi^T as a dense mask", [&] {
           four.run([&] {
             const auto phi = dense(symmetric), mask = phi.matmul(phi.transpose(1, 2));
             const auto w = mask * split(four.in.query).matmul(split(four.in.key).transpose(1, 2));
             return (w.matmul(split(four.in.value)) / (w.sum(2, true) + 1e-6)).transpose(0, 1).reshape({points, -1});
           });
         }});
  }
  measure(sides, settings.repeat);
  for (const auto& side : sides) report(side.name, side, points, 0);
  std::printf("  entries of a row: %.1f by walks, %.1f by powers", double(basis.rows.entries()) / double(points),
              double(powers.rows.entries()) / double(points));
  if (pattern.rows.offset.defined())
    std::printf("; Phi Phi^T: %.1f of Phi, %.1f of the mask", double(symmetric.rows.entries()) / double(points),
                double(pattern.rows.entries()) / double(points));
  struct rusage usage {};
  getrusage(RUSAGE_SELF, &usage);
  std::printf("; peak of the process so far %.2f GB\n", static_cast<double>(usage.ru_maxrss) / 1e6);
}

}  // namespace

int main(int argc, char** argv) {
  Settings settings;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--backward") {
      settings.backward = true;
      continue;
    }
    if (i + 1 >= argc) {
      std::fprintf(stderr, "%s needs a value; the head of tests/benchmark/linear_benchmark.cpp lists all\n",
                   word.c_str());
      return 2;
    }
    const std::string value = argv[++i];
    if (word == "--threads")
      settings.threads = std::stoi(value);
    else if (word == "--repeat")
      settings.repeat = std::stoi(value);
    else if (word == "--sizes")
      settings.sizes = numbers(value);
    else if (word == "--neighbours")
      settings.neighbours = numbers(value);
    else if (word == "--heads")
      settings.heads = std::stoll(value);
    else if (word == "--width")
      settings.width = std::stoll(value);
    else {
      std::fprintf(stderr, "unknown argument %s\n", word.c_str());
      return 2;
    }
  }
  std::printf("masked linear attention: %s, %d threads, %ld heads x %ld, %s, medians of %d\n", cpu_capability(),
              settings.threads, static_cast<long>(settings.heads), static_cast<long>(settings.width),
              settings.backward ? "forward and backward" : "forward", settings.repeat);
  for (const auto neighbours : settings.neighbours)
    for (const auto points : settings.sizes) measure_points(settings, points, neighbours);
}
