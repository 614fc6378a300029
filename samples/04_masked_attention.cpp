// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// 04_masked_attention CLOUD: attention over a cloud's graph of nearest neighbours, under a mask of its powers, as a
// differentiable function beside LibTorch code of one's own. It links treewalk::torch, the LibTorch that treewalk uses.
#include <torch/torch.h>
#include <treewalk/io.h>
#include <treewalk/masked_attention.h>
#include <treewalk/structure.h>

#include <exception>
#include <iostream>

int main(int argc, char** argv) try {
  if (argc != 2) {
    std::cerr << "usage: 04_masked_attention CLOUD\n";
    return 2;
  }
  const treewalk::Cloud cloud = treewalk::read_cloud(argv[1]);
  const auto graph = treewalk::knn_graph(cloud.view(), 8);
  treewalk::WalkOptions options;
  options.hops = 2;
  options.walkers = 0;  // the powers of the graph themselves, without walks
  const treewalk::MaskedAttention attention(graph, options);

  constexpr int kHeads = 2, kWidth = 8;
  torch::manual_seed(0);
  const auto features = torch::randn({cloud.size(), kHeads * kWidth});
  torch::nn::Linear query(kHeads * kWidth, kHeads * kWidth), key(kHeads * kWidth, kHeads * kWidth);
  auto modulation = torch::full({kHeads, 3}, 0.5, torch::requires_grad());
  const auto output = attention(query(features), key(features), features, modulation);  // [N, heads * width]
  output.square().mean().backward();
  std::cout << output.size(0) << " points, " << attention.column().size(0) << " entries of the mask; the gradient of "
            << "the modulation has the norm " << modulation.grad().norm().item<double>() << '\n';
  return 0;
} catch (const std::exception& error) {
  std::cerr << "04_masked_attention: " << error.what() << '\n';
  return 1;
}
