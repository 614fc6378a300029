// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/distributed/world.h"

#include <ATen/ops/empty.h>
#include <c10/util/Logging.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <numeric>
#include <string>
#include <thread>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#include <vector>

#include "core/distributed/rendezvous.h"

namespace treewalk {
namespace {

using Milliseconds = std::chrono::milliseconds;

const char* const kHeard = "heard";  // counts the ranks that have read of a failure
constexpr auto kLinger = std::chrono::seconds(5);
// Gloo tries to connect five times, for as long as it is told each time; all ranks are there by then.
constexpr int kConnecting = 6;
constexpr Milliseconds kShortestToConnect(1000), kLongestToConnect(60000);

/// The first line of what LibTorch says, without the place in its sources.
std::string words_of(const std::exception& error) {
  const auto* c10_error = dynamic_cast<const c10::Error*>(&error);
  std::string text = c10_error ? c10_error->what_without_backtrace() : error.what();
  text = text.substr(0, text.find('\n'));
  for (auto from = text.find("[/"); from != std::string::npos; from = text.find("[/", from)) {
    const auto to = text.find("] ", from);
    if (to == std::string::npos) break;
    text.erase(from, to + 2 - from);
  }
  return text;
}

class GlooWorld : public World {
 public:
  explicit GlooWorld(const WorldOptions& options);

  void broadcast(const at::Tensor& tensor) override {
    std::vector<at::Tensor> tensors{tensor};
    wait([&] { return group_->broadcast(tensors); });
  }
  std::int64_t next(const std::string& counter) override {
    return told([&] { return store_->add("counter/" + counter, 1) - 1; });
  }

 private:
  at::Tensor exchange(const at::Tensor& input, const std::vector<std::int64_t>& sent,
                      const std::vector<std::int64_t>& received) override {
    auto output = at::empty({std::accumulate(received.begin(), received.end(), std::int64_t{0})}, input.options());
    auto own = input;
    auto from = received, to = sent;
    wait([&] { return group_->alltoall_base(output, own, from, to); });
    return output;
  }
  at::Tensor gather(const at::Tensor& own) override {
    auto output = at::empty({own.numel() * size()}, own.options()), input = own;
    wait([&] { return group_->_allgather_base(output, input); });
    return output;
  }

  /// work(), with what LibTorch throws as the loss of another process.
  template <class Work>
  auto told(const Work& work) -> decltype(work()) {
    try {
      return work();
    } catch (const std::exception& error) {
      throw LostProcess(own_name() + " lost another process, which ended or did not answer within " +
                        duration_text(seconds_) + " (" + words_of(error) + ")");
    }
  }
  template <class Start>
  void wait(const Start& start) {
    told([&] { return start()->wait(); });
  }
  std::string own_name() const { return "rank " + std::to_string(rank()) + " of " + std::to_string(size()); }
  void open_store(const MeetingPoint& point);
  void meet(Deadline deadline);
  void end_together(const std::function<std::string(int)>& came);
  void open_group(const std::string& own_address);

  double seconds_;
  Milliseconds limit_;
  c10::intrusive_ptr<c10d::Store> store_;
  c10::intrusive_ptr<c10d::Backend> group_;
};

GlooWorld::GlooWorld(const WorldOptions& options)
    : World(options.rank, options.size),
      seconds_(options.seconds),
      limit_(static_cast<std::int64_t>(options.seconds * 1000)) {
  const auto deadline = std::chrono::steady_clock::now() + limit_;
  const auto point = meeting_point(options, deadline);
  open_store(point);
  meet(deadline);
  open_group(own_address_towards(point.address.host));
  introduce();
}

void GlooWorld::open_store(const MeetingPoint& point) {
  c10d::TCPStoreOptions how;
  how.port = static_cast<std::uint16_t>(point.address.port);
  how.isServer = point.listener >= 0;
  if (how.isServer) how.masterListenFd = point.listener;
  how.waitWorkers = false;
  how.timeout = limit_;
  try {
    store_ = c10::make_intrusive<c10d::PrefixStore>("treewalk/" + point.run,
                                                    c10::make_intrusive<c10d::TCPStore>(point.address.host, how));
  } catch (const std::exception& error) {
    throw Error(own_name() + " cannot use the store at " + text_of(point.address) +
                ", where the processes are to meet: " + words_of(error));
  }
}

/// Says that this rank is here, and waits for the others.
void GlooWorld::meet(Deadline deadline) {
  const std::string failure = "failure";
  const auto came = [](int rank) { return "rank/" + std::to_string(rank); };
  const auto fail = [&](const std::string& sentence) {
    told([&] { store_->set(failure, sentence); });  // so that nobody waits for us
    end_together(came);
    throw Error(sentence);
  };
  const auto own = std::to_string(size());
  const auto first = told([&] { return store_->compareSet("size", "", own); });
  if (first != own) fail(own_name() + " met a process that counts " + first + " of them; all need the same number");
  if (told([&] { return store_->add(came(rank()), 1); }) > 1)
    fail("two processes say that they are " + own_name() + "; each needs a rank of its own");
  // Asked again and again, as a store that is waited on says more than one sentence when time is up.
  for (int next = 0; next < size();) {
    if (told([&] { return store_->check({came(next)}); })) {
      ++next;
    } else if (told([&] { return store_->check({failure}); })) {
      const auto sentence = told([&] { return store_->get_to_str(failure); });
      end_together(came);
      throw Error(sentence);
    } else if (std::chrono::steady_clock::now() > deadline) {
      std::string missing;
      for (int r = next; r < size(); ++r)
        if (!told([&] { return store_->check({came(r)}); }))
          missing += (missing.empty() ? "" : ", ") + std::to_string(r);
      if (missing.empty()) continue;
      fail("rank " + missing + " of " + std::to_string(size()) + " did not come within " + duration_text(seconds_) +
           ", which the others waited for it");
    } else {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  }
}

/// Says that this rank knows of a failure; rank 0 keeps the store for those who are here and do not yet.
void GlooWorld::end_together(const std::function<std::string(int)>& came) {
  const auto deadline = std::chrono::steady_clock::now() + kLinger;
  try {
    if (rank() != 0) {
      store_->add(kHeard, 1);
      return;
    }
    std::int64_t here = 0;
    for (int r = 1; r < size(); ++r)  // two may say that they are the same rank
      if (store_->check({came(r)})) here += std::stoi(store_->get_to_str(came(r)));
    while (store_->add(kHeard, 0) < here && std::chrono::steady_clock::now() < deadline)
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
  } catch (const std::exception&) {
    return;  // there is a better sentence to end with
  }
}

void GlooWorld::open_group(const std::string& own_address) {
  try {
    auto options = c10d::ProcessGroupGloo::Options::create(
        std::clamp(limit_ / kConnecting, kShortestToConnect, kLongestToConnect));
    options->devices.push_back(c10d::ProcessGroupGloo::createDeviceForHostname(own_address));
    group_ = c10::make_intrusive<c10d::ProcessGroupGloo>(c10::make_intrusive<c10d::PrefixStore>("gloo", store_), rank(),
                                                         size(), options);
    group_->setTimeout(limit_);
  } catch (const std::exception& error) {
    throw Error(own_name() + " met the others, but does not reach all of them from " + own_address +
                "; one may have ended, or a firewall stand between them (" + words_of(error) + ")");
  }
}

}  // namespace

std::unique_ptr<World> World::join(const WorldOptions& options) {
  check_world(options);
  if (options.size == 1) return nullptr;
  // What LibTorch logs about connections comes with the addresses of its functions; our errors say what there is to
  // say.
  FLAGS_caffe2_log_level = std::max<int>(FLAGS_caffe2_log_level, c10::GLOG_FATAL);
  return std::make_unique<GlooWorld>(options);
}

}  // namespace treewalk
