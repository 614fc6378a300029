// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// Ranks are threads here, each with its own World over real sockets; the tests of training start processes.
#include "core/distributed/world.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/socket.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <random>
#include <set>
#include <thread>

#include "core/distributed/sockets.h"
#include "tests/support/error_of.h"
#include "tests/support/free_port.h"
#include "tests/support/small_scenes.h"

namespace treewalk {
namespace {

WorldOptions options_of(int rank, int size, const std::string& rendezvous, double seconds = 20) {
  WorldOptions options;
  options.rank = rank;
  options.size = size;
  options.rendezvous = rendezvous;
  options.seconds = seconds;
  return options;
}

/// work(rank) in a thread for each; what each threw, by rank.
std::vector<std::string> in_ranks(int count, const std::function<void(int)>& work) {
  std::vector<std::string> errors(static_cast<std::size_t>(count));
  std::vector<std::thread> threads;
  for (int r = 0; r < count; ++r)
    threads.emplace_back([&, r] { errors[static_cast<std::size_t>(r)] = error_of([&] { work(r); }); });
  for (auto& thread : threads) thread.join();
  return errors;
}

/// The same with a World in each, which must not fail.
void in_world(int size, const std::function<void(World&)>& work) {
  const auto place = test::free_address();
  const auto errors = in_ranks(size, [&](int rank) { work(*World::join(options_of(rank, size, place))); });
  for (const auto& error : errors) EXPECT_EQ(error, "");
}

at::Tensor piece(std::int64_t number, std::int64_t numel) {
  std::mt19937_64 random(static_cast<std::uint64_t>(number));
  std::vector<float> values;
  for (std::int64_t i = 0; i < numel; ++i)
    values.push_back(std::ldexp(static_cast<float>(static_cast<double>(random() >> 11) * 0x1p-53 - 0.5),
                                static_cast<int>(random() % 20)));
  return at::tensor(values);
}

at::Tensor sum_of(const PieceSpan& span, std::int64_t numel) {
  return sum_over(
      span, [](const PieceSpan& s) { return s.size() == 1; }, [&](const PieceSpan& s) { return piece(s.first, numel); },
      [](const at::Tensor& a, const at::Tensor& b) { return a + b; });
}

TEST(World, OneProcessMeetsNobody) { EXPECT_EQ(World::join({}), nullptr); }

TEST(World, SumsAreTheSameBitsForAnyNumberOfRanks) {
  bool order_matters = false;
  for (const int size : {2, 3, 4, 5})
    in_world(size, [&](World& world) {
      for (const std::int64_t pieces : {5, 8, 12})
        for (const std::int64_t numel : {1, 7, 1000}) {
          std::vector<at::Tensor> own;
          for (const auto& span : spans_of_rank(pieces, world.rank(), size)) own.push_back(sum_of(span, numel));
          const auto total = world.sum(own, pieces);
          EXPECT_TRUE(at::equal(total, sum_of({0, pieces}, numel))) << size << " " << pieces << " " << numel;
          auto in_turn = piece(0, numel);
          for (std::int64_t p = 1; p < pieces; ++p) in_turn = in_turn + piece(p, numel);
          if (world.rank() == 0) order_matters |= !at::equal(total, in_turn);
        }
    });
  EXPECT_TRUE(order_matters) << "numbers whose sum has the same bits in any order would show nothing";
}

TEST(World, NumbersTextsAndTensorsReachAll) {
  in_world(3, [](World& world) {
    const double r = world.rank();
    EXPECT_EQ(world.gather_numbers({r, 0.1 * r}), (std::vector<double>{0, 0, 1, 0.1, 2, 0.2}));
    const std::string own(static_cast<std::size_t>(5 * world.rank()), static_cast<char>('a' + world.rank()));
    EXPECT_EQ(world.gather_texts(own), (std::vector<std::string>{"", "bbbbb", "cccccccccc"}));
    EXPECT_EQ(world.gather_texts(""), (std::vector<std::string>{"", "", ""}));
    const auto tensor = at::full({2, 3}, r + 1);
    world.broadcast(tensor);
    EXPECT_TRUE(at::equal(tensor, at::ones({2, 3})));
    world.barrier();
  });
}

TEST(World, ACounterGivesEachNumberOnce) {
  std::mutex mutex;
  std::multiset<std::int64_t> seen;
  in_world(3, [&](World& world) {
    for (int i = 0; i < 5; ++i) {
      const auto number = world.next("clouds");
      const std::lock_guard lock(mutex);
      seen.insert(number);
    }
    world.barrier();  // the store is in rank 0
  });
  ASSERT_EQ(seen.size(), 15U);
  std::int64_t next = 0;
  for (const auto number : seen) EXPECT_EQ(number, next++);
}

TEST(World, KnowsWhoIsOnOneMachineAndSharesItsCores) {
  in_world(3, [](World& world) {
    EXPECT_EQ(world.local_rank(), world.rank());
    cpu_set_t cores;
    ASSERT_EQ(sched_getaffinity(0, sizeof cores, &cores), 0);
    EXPECT_EQ(world.cores(), std::max(1, CPU_COUNT(&cores) / 3));
    EXPECT_NE(world.about().find("3 processes on "), std::string::npos) << world.about();
    EXPECT_NE(world.about().find("(ranks 0 1 2)"), std::string::npos) << world.about();
  });
}

TEST(World, MeetsInAFolderAndNotWhereARunBeforeItMet) {
  const test::TemporaryFolder folder;
  const std::string place = (folder / "").string();
  std::ofstream(folder / "treewalk.address") << test::free_address() << "\nan old run\n";
  for (int run = 0; run < 2; ++run) {
    const auto errors = in_ranks(2, [&](int rank) {
      if (rank == 0) std::this_thread::sleep_for(std::chrono::milliseconds(200));
      World::join(options_of(rank, 2, place))->barrier();
    });
    for (const auto& error : errors) EXPECT_EQ(error, "");
  }
}

TEST(World, TheStoreListensOnItsAddressAlone) {
  const auto place = test::free_address();
  const auto errors = in_ranks(2, [&](int rank) {
    const auto world = World::join(options_of(rank, 2, place));
    const int port = host_port_of(place).port;
    EXPECT_TRUE(listens({"127.0.0.1", port}));
    EXPECT_FALSE(listens({"127.0.0.2", port})) << "the loopback has this address as well";
    EXPECT_FALSE(listens({"::1", port}));
    world->barrier();
  });
  for (const auto& error : errors) EXPECT_EQ(error, "");
}

TEST(World, AStoreThatSomebodyElseKeepsIsUsed) {
  // Two other processes stand for torchrun: theirs is the store, and what is in it of their run is not ours.
  const auto place = test::free_address();
  std::atomic<int> done{0};
  const auto errors = in_ranks(4, [&](int thread) {
    auto options = options_of(thread % 2, 2, place);
    if (thread < 2) {
      const auto keeper = World::join(options);
      while (done < 2) std::this_thread::sleep_for(std::chrono::milliseconds(5));
      keeper->barrier();
      return;
    }
    options.hosted = true;
    options.run = "after a restart";
    {
      const auto world = World::join(options);
      EXPECT_EQ(world->gather_numbers({double(world->rank())}), (std::vector<double>{0, 1}));
    }
    ++done;
  });
  for (const auto& error : errors) EXPECT_EQ(error, "");
}

void expect_part(const std::string& text, const std::string& part) {
  EXPECT_NE(text.find(part), std::string::npos) << text << "\n" << part;
}

TEST(World, SaysWhoIsMissing) {
  const auto place = test::free_address();
  const auto errors = in_ranks(2, [&](int rank) { World::join(options_of(rank, 4, place, 1)); });
  for (const auto& error : errors) expect_part(error, "rank 2, 3 of 4 did not come within 1 s");
}

TEST(World, SaysWhereNobodyListens) {
  const auto place = test::free_address();
  expect_part(error_of([&] { World::join(options_of(1, 2, place, 1)); }), "rank 1 found nobody at " + place);
  const test::TemporaryFolder folder;
  expect_part(error_of([&] { World::join(options_of(1, 2, (folder / "").string(), 1)); }),
              "treewalk.address within 1 s");
}

TEST(World, SaysWhatIsWrongWithAPlace) {
  const std::pair<const char*, const char*> cases[] = {{"here", "must look like HOST:PORT"},
                                                       {"127.0.0.1:70000", "must look like HOST:PORT"},
                                                       {"127.0.0.1:x", "must look like HOST:PORT"},
                                                       {":1", "must look like HOST:PORT"},
                                                       {"/no/such/folder", "is no folder"},
                                                       {"", "need a place to meet"},
                                                       {"no-such-host.invalid:7000", "is not known here"},
                                                       {"192.0.2.1:7000", "name an address of the machine of rank 0"}};
  for (const auto& [place, part] : cases) expect_part(error_of([&] { World::join(options_of(0, 2, place)); }), part);
  const int taken = bound_socket({"127.0.0.1", 0});
  ASSERT_EQ(::listen(taken, 1), 0);
  expect_part(error_of([&] { World::join(options_of(0, 2, "127.0.0.1:" + std::to_string(port_of_socket(taken)))); }),
              "another program is there");
  ::close(taken);
}

TEST(World, SaysThatNumbersDoNotFit) {
  expect_part(error_of([] { World::join(options_of(2, 2, "127.0.0.1:1")); }), "there is no rank 2 among 2 processes");
  expect_part(error_of([] { World::join(options_of(0, 2, "127.0.0.1:1", 0)); }), "must be above 0");
  auto place = test::free_address();
  auto errors = in_ranks(2, [&](int rank) { World::join(options_of(rank, 2 + rank, place)); });
  expect_part(errors[0], "all need the same number");
  expect_part(errors[1], "all need the same number");
  place = test::free_address();
  errors = in_ranks(3, [&](int number) { World::join(options_of(number == 0 ? 0 : 1, 3, place)); });
  for (const auto& error : errors) expect_part(error, "two processes say that they are rank 1 of 3");
}

TEST(World, ALostProcessIsNoticedByAll) {
  const auto place = test::free_address();
  const auto errors = in_ranks(3, [&](int rank) {
    const auto world = World::join(options_of(rank, 3, place));
    if (rank == 2) return;
    world->barrier();
  });
  for (int r = 0; r < 2; ++r) {
    const auto& error = errors[static_cast<std::size_t>(r)];
    expect_part(error, "rank " + std::to_string(r) + " of 3 lost another process");
    EXPECT_EQ(error.find("/gloo/"), std::string::npos) << "no file of LibTorch's sources: " << error;
    EXPECT_EQ(error.find('\n'), std::string::npos) << error;
  }
}

TEST(World, AProcessThatIsLateIsWaitedFor) {
  const auto place = test::free_address();
  const auto errors = in_ranks(2, [&](int rank) {
    const auto world = World::join(options_of(rank, 2, place, 10));
    if (rank == 1) std::this_thread::sleep_for(std::chrono::milliseconds(2500));  // longer than connecting may take
    world->barrier();
  });
  for (const auto& error : errors) EXPECT_EQ(error, "");
}

TEST(World, AProcessThatDoesNotAnswerIsWaitedForUpToTheLimit) {
  const auto place = test::free_address();
  std::atomic<bool> done{false};
  const auto errors = in_ranks(2, [&](int rank) {
    const auto world = World::join(options_of(rank, 2, place, 1));
    while (rank == 1 && !done) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    if (rank == 1) return;
    const std::string error = error_of([&] { world->barrier(); });
    done = true;
    throw Error(error);
  });
  expect_part(errors[0], "ended or did not answer within 1 s");
}

}  // namespace
}  // namespace treewalk
