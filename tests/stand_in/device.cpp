// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "tests/stand_in/device.h"

#include <ATen/EmptyTensor.h>
#include <ATen/core/op_registration/op_registration.h>
#include <ATen/detail/PrivateUse1HooksInterface.h>
#include <ATen/native/CPUFallback.h>
#include <ATen/native/Resize.h>
#include <ATen/native/TensorFactories.h>
#include <ATen/ops/_reshape_alias_native.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/as_strided_native.h>
#include <ATen/ops/copy_native.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/set_native.h>
#include <ATen/ops/view_native.h>
#include <c10/core/Allocator.h>
#include <c10/core/DeviceType.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <sys/mman.h>
#include <torch/library.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <map>
#include <mutex>
#include <new>
#include <vector>

#include "core/device/devices.h"
#include "core/device/host_access.h"

namespace treewalk::test {
namespace {

constexpr auto kType = c10::DeviceType::PrivateUse1;

/// Memory of the device: one reserved range, of which pages are handed out and never again, so that what is used after
/// it was freed is found as well. While it is open, the first touch of a tensor's pages lets them be touched until it
/// is closed: a body reads a few tensors, and there may be many.
class Memory {
 public:
  static Memory& get() {
    static Memory& memory = *new Memory;  // never destroyed: autograd's threads give back when main has ended
    return memory;
  }
  void* take(std::size_t bytes) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const std::size_t size = (std::max<std::size_t>(bytes, 1) + page_ - 1) / page_ * page_;
    if (used_ + size > kRange) throw std::bad_alloc();
    char* const at = begin_ + used_;
    used_ += size;
    live_[at] = size;
    return at;
  }
  void give_back(void* at) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = live_.find(static_cast<char*>(at));
    madvise(found->first, found->second, MADV_DONTNEED);
    protect(found->first, found->second, PROT_NONE);
    live_.erase(found);
  }
  void open() {
    const std::lock_guard<std::mutex> lock(mutex_);
    ++depth_;
  }
  void close() {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (--depth_ > 0) return;
    for (char* const at : touched_) {
      const auto found = live_.find(at);
      if (found != live_.end()) protect(at, found->second, PROT_NONE);
    }
    touched_.clear();
  }
  /// Whether what was touched at an address may be; then it can be from now on.
  bool touch(char* at) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto after = live_.upper_bound(at);
    if (depth_ == 0 || after == live_.begin()) return false;
    const auto found = std::prev(after);
    if (at >= found->first + found->second) return false;
    protect(found->first, found->second, PROT_READ | PROT_WRITE);
    touched_.push_back(found->first);
    return true;
  }

 private:
  static constexpr std::size_t kRange = std::size_t{1} << 40;

  Memory() {
    void* const at = mmap(nullptr, kRange, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (at == MAP_FAILED) throw std::bad_alloc();
    begin_ = static_cast<char*>(at);
  }
  void protect(char* at, std::size_t size, int how) const {
    if (mprotect(at, size, how) != 0) throw std::bad_alloc();
  }
  std::mutex mutex_;
  const std::size_t page_ = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  char* begin_ = nullptr;
  std::size_t used_ = 0;
  std::map<char*, std::size_t> live_;
  std::vector<char*> touched_;
  int depth_ = 0;
};

struct sigaction before;  // what faults did before

/// Faults of other memory, and of the device's while it is closed, are what they were.
void on_fault(int, siginfo_t* info, void*) {
  if (!Memory::get().touch(static_cast<char*>(info->si_addr))) sigaction(SIGSEGV, &before, nullptr);
}

struct Open {
  Open() { Memory::get().open(); }
  ~Open() { Memory::get().close(); }
};

struct StandInAllocator : c10::Allocator {
  c10::DataPtr allocate(std::size_t bytes) override {
    void* const at = Memory::get().take(bytes);
    return {at, at, &give_back, stand_in()};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &give_back; }
  void copy_data(void* to, const void* from, std::size_t bytes) const override {
    const Open open;
    std::memcpy(to, from, bytes);
  }
  static void give_back(void* at) { Memory::get().give_back(at); }
};
StandInAllocator allocator;

struct StandInGuard final : c10::impl::DeviceGuardImplInterface {
  c10::DeviceType type() const override { return kType; }
  c10::Device exchangeDevice(c10::Device) const override { return stand_in(); }
  c10::Device getDevice() const override { return stand_in(); }
  void setDevice(c10::Device) const override {}
  void uncheckedSetDevice(c10::Device) const noexcept override {}
  c10::Stream getStream(c10::Device) const override { return c10::Stream(c10::Stream::DEFAULT, stand_in()); }
  c10::Stream exchangeStream(c10::Stream) const override { return c10::Stream(c10::Stream::DEFAULT, stand_in()); }
  c10::DeviceIndex deviceCount() const noexcept override { return 1; }
  void synchronizeDevice(const c10::DeviceIndex index) const override {
    TORCH_CHECK(index >= 0, "a device without a number");  // as CUDA's guard has it
  }
};

struct StandInHooks : at::PrivateUse1HooksInterface {
  bool isBuilt() const override { return true; }
  bool isAvailable() const override { return true; }
  bool hasPrimaryContext(c10::DeviceIndex) const override { return true; }
  void resizePrivateUse1Bytes(const c10::Storage& storage, std::size_t size) const override {
    at::native::resize_bytes_nocuda(storage, static_cast<std::int64_t>(size));
  }
};

std::mutex traffic_mutex;
Traffic traffic_now;
thread_local int inside = 0;  // copies that belong to an operator's own run

struct Inside {
  Inside() { ++inside; }
  ~Inside() { --inside; }
};

void count_wait(const std::string& name) {
  const std::lock_guard<std::mutex> lock(traffic_mutex);
  traffic_now.waits.push_back(name);
}

at::Tensor empty(at::IntArrayRef size, std::optional<at::ScalarType> type, std::optional<at::Layout>,
                 std::optional<at::Device>, std::optional<bool>, std::optional<at::MemoryFormat> format) {
  return at::detail::empty_generic(size, &allocator, c10::DispatchKeySet(c10::DispatchKey::PrivateUse1),
                                   type.value_or(at::kFloat), format);
}

at::Tensor empty_strided(at::IntArrayRef size, at::IntArrayRef stride, std::optional<at::ScalarType> type,
                         std::optional<at::Layout>, std::optional<at::Device>, std::optional<bool>) {
  return at::detail::empty_strided_generic(size, stride, &allocator, c10::DispatchKeySet(c10::DispatchKey::PrivateUse1),
                                           type.value_or(at::kFloat));
}

/// The same memory as a tensor of the CPU.
at::Tensor on_host(const at::Tensor& tensor) {
  if (tensor.is_cpu()) return tensor;
  return at::from_blob(tensor.mutable_data_ptr(), tensor.sizes(), tensor.strides(),
                       tensor.options().device(c10::DeviceType::CPU));
}

at::Tensor copy_from(const at::Tensor& from, const at::Tensor& to, bool) {
  if (inside == 0) {
    const std::lock_guard<std::mutex> lock(traffic_mutex);
    const auto bytes = static_cast<std::int64_t>(from.nbytes());
    if (to.is_cpu()) traffic_now.waits.emplace_back("copy to the host"), traffic_now.to_host_bytes += bytes;
    if (from.is_cpu()) ++traffic_now.to_device, traffic_now.to_device_bytes += bytes;
  }
  const Open open;
  on_host(to).copy_(on_host(from));
  return to;
}

at::Tensor copy_from_and_resize(const at::Tensor& from, const at::Tensor& to) {
  to.resize_(from.sizes());
  return copy_from(from, to, false);
}

at::Scalar local_scalar_dense(const at::Tensor& tensor) {
  count_wait("item");
  const Open open;
  return on_host(tensor).item();
}

/// Operators whose result has a size that only the values tell: CUDA's host waits for it.
bool looks_at_values(const std::string& name) {
  for (const char* one : {"aten::nonzero", "aten::masked_select", "aten::unique", "aten::_unique", "aten::bincount",
                          "aten::equal", "aten::repeat_interleave", "aten::is_nonzero"})
    if (name.rfind(one, 0) == 0) return true;
  return false;
}

void on_copies(const c10::OperatorHandle& op, torch::jit::Stack* stack) {
  const std::string& name = op.schema().name();
  if (looks_at_values(name)) count_wait(name);
  const Inside running;
  at::native::cpu_fallback(op, stack);
}

const bool registered = [] {
  c10::register_privateuse1_backend("stand_in");
  c10::SetAllocator(kType, &allocator);
  static StandInHooks hooks;
  at::RegisterPrivateUse1HooksInterface(&hooks);
  struct sigaction action {};
  action.sa_sigaction = &on_fault;
  action.sa_flags = SA_SIGINFO | SA_NODEFER;
  sigaction(SIGSEGV, &action, &before);
  host_access_hooks() = {[] { Memory::get().open(); }, [] { Memory::get().close(); }};
  return true;
}();

}  // namespace

C10_REGISTER_GUARD_IMPL(PrivateUse1, StandInGuard)

TORCH_LIBRARY_IMPL(_, PrivateUse1, m) { m.fallback(torch::CppFunction::makeFromBoxedFunction<&on_copies>()); }

TORCH_LIBRARY_IMPL(aten, PrivateUse1, m) {
  m.impl("empty.memory_format", &empty);
  m.impl("empty_strided", &empty_strided);
  m.impl("_copy_from", &copy_from);
  m.impl("_copy_from_and_resize", &copy_from_and_resize);
  m.impl("_local_scalar_dense", &local_scalar_dense);
  m.impl("view", &at::native::view);
  m.impl("_reshape_alias", &at::native::_reshape_alias);
  m.impl("as_strided", &at::native::as_strided_tensorimpl);
  m.impl("resize_", &at::native::resize_);
  m.impl("set_.source_Storage_storage_offset", &at::native::set_storage_cpu_);
}

c10::Device stand_in() { return {kType, 0}; }

c10::Device tested_device() {
  const char* const name = std::getenv("TREEWALK_TEST_DEVICE");
  return name == nullptr ? stand_in() : device_named(name);  // with its number, as tensors have it
}

bool bits_there(const at::Tensor& there, const at::Tensor& here) {
  if (!here.defined() || !there.defined()) return here.defined() == there.defined();
  if (there.device().type() != tested_device().type() || there.sizes() != here.sizes() ||
      there.scalar_type() != here.scalar_type())
    return false;
  const at::Tensor back = there.cpu();
  return here.numel() == 0 ||
         std::memcmp(back.contiguous().const_data_ptr(), here.contiguous().const_data_ptr(), here.nbytes()) == 0;
}

bool same_there(const at::Tensor& there, const at::Tensor& here) {
  if (counts_traffic() || !there.defined() || !here.defined() || !here.is_floating_point())
    return bits_there(there, here);
  return there.device() == tested_device() && there.sizes() == here.sizes() &&
         there.scalar_type() == here.scalar_type() && at::allclose(there.cpu(), here, 1e-6, 1e-6, /*equal_nan=*/true);
}

Traffic traffic() {
  const std::lock_guard<std::mutex> lock(traffic_mutex);
  return traffic_now;
}

void reset_traffic() {
  const std::lock_guard<std::mutex> lock(traffic_mutex);
  traffic_now = {};
}

bool counts_traffic() { return tested_device() == stand_in(); }

::testing::AssertionResult waits_are(const std::vector<std::string>& found, const std::vector<std::string>& expected) {
  if (!counts_traffic() || found == expected) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << "waited for " << ::testing::PrintToString(found) << " instead of "
                                       << ::testing::PrintToString(expected);
}

}  // namespace treewalk::test
