// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// The launchers of the kernels, linked to a stream that stands in for LibTorch's: what is launched, in how many blocks
// and how often. Without a driver a launch is refused at once, and nothing runs; with a GPU the tests are skipped.
#include <cuda_runtime_api.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/attention/family_edge_kernel.h"
#include "core/attention/row_attention_kernel.h"
#include "core/geometry/knn_kernel.h"
#include "core/network/ops_kernel.h"
#include "core/network/row_ops_kernel.h"
#include "core/scene/moments_kernel.h"
#include "core/training/optimizer_kernel.h"
#include "core/walks/thin_kernel.h"
#include "cuda/launch_shape.h"
#include "cuda/stream.h"

namespace treewalk {

template <class Body>
void launch_cuda(const Body& body, std::int64_t items);
template <class Body>
void launch_cuda_lanes(const Body& body, std::int64_t items);

namespace {

struct Launched {
  std::string body;
  std::int64_t items;
  unsigned blocks;
  cudaError_t error;
};
std::vector<Launched> launched;
int streams_asked_for = 0;

class CudaLaunch : public ::testing::Test {
 protected:
  void SetUp() override {
    int devices = 0;
    if (cudaGetDeviceCount(&devices) == cudaSuccess && devices > 0) GTEST_SKIP() << "this machine has a GPU";
    cudaGetLastError();
    launched.clear();
    streams_asked_for = 0;
  }
  /// Launches, and compares what was launched with one launch of so many blocks.
  template <class Launcher>
  void expect_blocks(const std::string& body, unsigned blocks, const Launcher& launch) {
    launched.clear();
    launch();
    ASSERT_EQ(launched.size(), 1u) << body;
    EXPECT_NE(launched[0].body.find(body), std::string::npos) << launched[0].body;
    EXPECT_EQ(launched[0].blocks, blocks) << body;
    EXPECT_NE(launched[0].error, cudaSuccess) << body;
  }
};

TEST_F(CudaLaunch, ItemsShareBlocksByTheirLanes) {
  expect_blocks("DropNumbers", 8, [] { launch_cuda(DropNumbers<float>{}, 1000); });
  expect_blocks("AdamStep", 1, [] { launch_cuda(AdamStep{}, 128); });
  expect_blocks("SumMoments", 1, [] { launch_cuda(SumMoments{}, 1); });
  expect_blocks("RowBackwardKey", 63, [] { launch_cuda_lanes(RowBackwardKey<float, 0>(RowArrays<float>{}), 1000); });
  expect_blocks("RowForward", 63,
                [] { launch_cuda_lanes(RowForward<FamilyEdges<double>, 0>(FamilyArrays<double>{}), 1000); });
}

TEST_F(CudaLaunch, NothingIsLaunchedForNothing) {
  launch_cuda(DropNumbers<float>{}, 0);
  launch_cuda_lanes(RowBackwardKey<float, 0>(RowArrays<float>{}), 0);
  EXPECT_TRUE(launched.empty());
}

TEST_F(CudaLaunch, MoreItemsThanALaunchHasTakeSeveral) {
  const std::int64_t most = kCudaBlocks * kCudaThreads;
  launch_cuda(DropNumbers<float>{}, 2 * most + 129);
  ASSERT_EQ(launched.size(), 3u);
  EXPECT_EQ(launched[0].blocks, kCudaBlocks);
  EXPECT_EQ(launched[1].blocks, kCudaBlocks);
  EXPECT_EQ(launched[2].blocks, 2u);
  for (const auto& launch : launched) EXPECT_EQ(launch.items, 2 * most + 129);
}

TEST_F(CudaLaunch, EverythingGoesToTheCurrentStream) {
  launch_cuda(DropNumbers<double>{}, 5);
  launch_cuda(AdamStep{}, 5);
  EXPECT_EQ(streams_asked_for, 2);
}

}  // namespace

void* current_cuda_stream() {
  ++streams_asked_for;
  return nullptr;
}
void check_cuda_launch(const Launch& launch) {
  launched.push_back({launch.body, launch.items, launch.blocks, cudaGetLastError()});
}

}  // namespace treewalk
