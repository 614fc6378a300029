// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "tests/sequoia_reference/network.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace treewalk::sequoia_reference {
namespace {

/// The 16 nearest points. How the release searches them is not specified, so this is the cheaper of the tensor forms:
/// no full sort.
at::Tensor leaf_neighbours(const Level& leaf) {
  std::vector<at::Tensor> rows;
  for (std::size_t c = 0; c + 1 < leaf.first.size(); ++c) {
    const std::int64_t begin = leaf.first[c], end = leaf.first[c + 1];
    const at::Tensor distance = squared_distances(leaf.position, begin, end);
    const std::int64_t k = std::min(kLeafNeighbours, end - begin);
    const at::Tensor row = std::get<1>(at::topk(distance, k, 1, false));
    // Fewer points than neighbours: repeats do not change a maximum.
    rows.push_back(
        (k < kLeafNeighbours ? at::cat({row, row.narrow(1, 0, 1).expand({-1, kLeafNeighbours - k})}, 1) : row) + begin);
  }
  return at::cat(rows);
}

/// Rows of the first edge of every child.
at::Tensor first_edges(const at::Tensor& child, std::int64_t children) {
  const auto* id = child.const_data_ptr<std::int64_t>();
  std::vector<bool> seen(children);
  std::vector<std::int64_t> kept;
  for (std::int64_t e = 0; e < child.numel(); ++e)
    if (!seen[id[e]]) seen[id[e]] = true, kept.push_back(e);
  return at::tensor(kept, at::kLong);
}

std::array<LinearNorm, kLevels> square_mlps(StateDict& state, const std::string& name) {
  std::array<LinearNorm, kLevels> mlp;
  for (int i = 0; i < kLevels; ++i)
    mlp[i] = LinearNorm(state, name + std::to_string(i), width_of(i), width_of(i), false);
  return mlp;
}

PerLevel apply(const std::array<LinearNorm, kLevels>& mlp, const PerLevel& x, const Mode& mode) {
  PerLevel y;
  for (int i = 0; i < kLevels; ++i)
    if (x[i].defined()) y[i] = mlp[i](x[i], mode);
  return y;
}

}  // namespace

Switches repaired() {
  Switches switches;
  switches.no_last_mlp = true;
  switches.search = &nearest_by_selection;
  return switches;
}

LevelSet needed_levels(int block, int target) {
  LevelSet set;
  for (int i = 0; i < kLevels; ++i) set[i] = std::abs(i - target) <= kBlocks - block;
  return set;
}

at::Tensor pooled_into(const Batch& batch, int level, bool aligned) {
  const Links& links = batch.links[level];
  const std::int64_t children = batch.level[level].nodes();
  at::Tensor parent = links.parent, child = links.child;
  if (!links.single_parents) {
    const at::Tensor rows = first_edges(child, children);
    parent = parent.index_select(0, rows);
    child = child.index_select(0, rows);
  }
  return aligned ? at::empty_like(parent).index_copy(0, child, parent) : parent;
}

Embedding::Embedding(StateDict& state, Kind kind) : kind_(kind) {
  const std::string name = "_init.projections.";
  if (kind == of_normals) {
    const std::string affine = name + "0.conv.local_nn.lins.0";
    const double bound = 1 / std::sqrt(6.0);  // this one layer keeps its library's own start
    leaf_.weight = state.add_parameter(affine + ".weight", state.uniform({kBaseWidth, 6}, bound));
    leaf_.bias = state.add_parameter(affine + ".bias", state.uniform({kBaseWidth}, bound));
  } else {
    leaf_ = Linear(state, name + "0.0", 3, kBaseWidth);
    leaf_norm_ = BatchNorm(state, name + "0.1", kBaseWidth);
  }
  for (int i = 1; i < kLevels; ++i)
    up_[i] = LinearNorm(state, name + std::to_string(i), width_of(i - 1), width_of(i), true);
}

at::Tensor Embedding::points(const Batch& batch, const Mode& mode) const {
  if (kind_ == of_positions) return at::relu(leaf_norm_(leaf_(batch.features), mode));
  const at::Tensor& position = batch.level[0].position;
  const at::Tensor neighbour = batch.nearest[0].defined() ? batch.nearest[0].narrow(1, 0, kLeafNeighbours)
                                                          : leaf_neighbours(batch.level[0]);  // [N,16]
  const auto gathered = [&](const at::Tensor& x) {
    return x.index_select(0, neighbour.flatten()).view({neighbour.size(0), kLeafNeighbours, 3});
  };
  const at::Tensor input = at::cat({gathered(batch.features), gathered(position) - position.unsqueeze(1)}, 2);
  return at::amax(leaf_(input), 1);  // [N,16,128] -> [N,128]
}

PerLevel Embedding::operator()(const Batch& batch, bool aligned_pooling, const Mode& mode) const {
  PerLevel x;
  x[0] = points(batch, mode);
  for (int i = 1; i < kLevels; ++i) {
    const at::Tensor into = pooled_into(batch, i - 1, aligned_pooling).unsqueeze(1).expand_as(x[i - 1]);
    const at::Tensor pooled = at::zeros({batch.level[i].nodes(), x[i - 1].size(1)}, x[i - 1].options())
                                  .scatter_reduce(0, into, x[i - 1], "amax", false);
    x[i] = up_[i](pooled, mode);
  }
  return x;
}

Block::Block(StateDict& state, const std::string& name, std::int64_t siblings)
    : in_(square_mlps(state, name + ".mlp1s.")), layer_(state, name + ".attn2a", siblings) {
  for (int i = 0; i < kLevels; ++i)
    norm_[i] = BatchNorm(state, name + ".attn2bs." + std::to_string(i) + ".0", width_of(i));
  out_ = square_mlps(state, name + ".mlp3as.");
}

PerLevel Block::first_mlp(const PerLevel& x, const Mode& mode) const { return apply(in_, x, mode); }

PerLevel Block::operator()(const PerLevel& x, const Batch& batch, const LevelSet& wanted, const Switches& switches,
                           const Mode& mode) const {
  PerLevel result = layer_(first_mlp(x, mode), batch, wanted, switches.pruned, mode);
  for (int i = 0; i < kLevels; ++i) {
    if (!wanted[i]) continue;
    result[i] = at::relu(norm_[i](result[i], mode));
    if ((switches.pruned || switches.no_last_mlp) && !switches.residual) continue;
    // The release computes this and assigns it to a variable of the loop, so nothing of it arrives.
    const at::Tensor last = at::relu(out_[i].norm(out_[i].linear(result[i]), mode) + x[i]);
    if (switches.residual) result[i] = last;
  }
  return result;
}

Network::Network(Embedding::Kind kind, std::int64_t siblings, int target, Start start, std::uint64_t seed)
    : state_(start, seed), target_(target), embedding_(state_, kind) {
  for (int b = 0; b < kBlocks; ++b) blocks_.emplace_back(state_, "enc." + std::to_string(b), siblings);
}

Batch Network::searched(const Batch& batch, const Switches& switches) const {
  Batch known = batch;
  const std::int64_t siblings = blocks_[0].layer().siblings();
  for (int i = 0; i + 1 < kLevels; ++i) {
    const bool of_leaves = i == 0 && embedding_.kind() == Embedding::of_normals;
    known.nearest[i] = switches.search(batch.level[i], of_leaves ? std::max(siblings, kLeafNeighbours) : siblings);
  }
  return known;
}

at::Tensor Network::features(const Batch& clouds, const Switches& switches, const Mode& mode) const {
  const Batch batch = switches.search ? searched(clouds, switches) : clouds;
  PerLevel x = embedding_(batch, switches.aligned_pooling, mode);
  const LevelSet all{true, true, true, true};
  for (int b = 0; b < kBlocks; ++b)
    x = blocks_[b](x, batch, switches.pruned ? needed_levels(b + 1, target_) : all, switches, mode);
  return x[target_];
}

Classifier::Classifier(std::uint64_t seed, std::int64_t classes)
    : Network(Embedding::of_normals, 8, kLevels - 1, Start::kaiming_normal, seed),
      hidden_(state(), "cls.0", width_of(kLevels - 1), 512),
      norm_(state(), "cls.1", 512),
      score_(state(), "cls.3", 512, classes) {}

at::Tensor Classifier::operator()(const Batch& batch, const Switches& switches, const Mode& mode) const {
  return score_(at::relu(norm_(hidden_(features(batch, switches, mode)), mode)));
}

Segmenter::Segmenter(std::uint64_t seed, std::int64_t categories, std::int64_t parts)
    : Network(Embedding::of_positions, 16, 0, Start::torch_default, seed),
      categories_(categories),
      hidden_(state(), "cls.0", kBaseWidth + categories, 512),
      norm_(state(), "cls.1", 512),
      score_(state(), "cls.3", 512, parts) {}

at::Tensor Segmenter::operator()(const Batch& batch, const at::Tensor& category, const Switches& switches,
                                 const Mode& mode) const {
  std::vector<at::Tensor> of_points;
  for (std::int64_t c = 0; c < batch.clouds(); ++c)
    of_points.push_back(category.narrow(0, c, 1).expand({batch.level[0].first[c + 1] - batch.level[0].first[c]}));
  const at::Tensor one_hot = at::one_hot(at::cat(of_points), categories_).to(at::kFloat);
  const at::Tensor x = at::cat({features(batch, switches, mode), one_hot}, 1);
  return score_(at::relu(norm_(hidden_(x))));
}

at::Tensor smoothed_loss(const at::Tensor& logits, const at::Tensor& label, double smoothing) {
  const std::int64_t classes = logits.size(1);
  const at::Tensor target =
      at::full_like(logits, smoothing / double(classes - 1)).scatter(1, label.unsqueeze(1), 1 - smoothing);
  return -(target * at::log_softmax(logits, 1)).sum(1).mean();
}

}  // namespace treewalk::sequoia_reference
