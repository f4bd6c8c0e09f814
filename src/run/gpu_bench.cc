#include "src/run/gpu_bench.h"

#include <ATen/ATen.h>
#include <ATen/record_function.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <memory>

#include "src/kernels/cuda/library.h"
#include "src/network/cuda_device.h"

namespace zo {
namespace {

/// Calls a second of `call`, whose result is waited for through `result`.
template <class Call>
double calls_per_second(const at::Tensor& result, double seconds, const Call& call) {
  const auto wait = [&] { result.view(-1)[0].item(); };
  call();
  wait();
  for (std::int64_t calls = 1;; calls *= 2) {
    const auto start = std::chrono::steady_clock::now();
    for (std::int64_t i = 0; i < calls; ++i) call();
    wait();
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
    if (2.0 * spent.count() >= seconds) return static_cast<double>(calls) / spent.count();
  }
}

double product_gflops(at::Device place, at::ScalarType type, const RoofSizes& sizes) {
  const std::int64_t side = sizes.side;
  const at::Tensor a = at::ones({side, side}, at::dtype(type).device(place));
  at::Tensor product = at::empty_like(a);
  const double calls = calls_per_second(product, sizes.seconds, [&] { at::mm_out(product, a, a); });
  return 2e-9 * static_cast<double>(side * side * side) * calls;
}

thread_local std::int64_t operators = 0, within = 0;  // within: one that is counted

/// What marks a counted operator until it ends.
struct Counted : at::ObserverContext {};

std::unique_ptr<at::ObserverContext> enter_operator(const at::RecordFunction& record) {
  constexpr std::array kWork = {"aten::convolution",
                                "aten::mm",
                                "aten::addmm",
                                "aten::zero_",
                                "aten::fill_",
                                "aten::copy_",
                                "aten::max_pool2d_with_indices"};
  const bool works = std::any_of(kWork.begin(), kWork.end(), [&](const char* name) {
    return std::strcmp(record.name(), name) == 0;
  });
  if (!works) return nullptr;
  if (within++ == 0) ++operators;
  return std::make_unique<Counted>();
}

void leave_operator(const at::RecordFunction& /*record*/, at::ObserverContext* context) {
  if (context != nullptr) --within;
}

/// From its making to its end.
class CountingOperators {
 public:
  CountingOperators()
      : handle_(
            at::addThreadLocalCallback(at::RecordFunctionCallback(&enter_operator, &leave_operator)
                                           .scopes({at::RecordScope::FUNCTION}))) {}
  CountingOperators(const CountingOperators&) = delete;
  CountingOperators& operator=(const CountingOperators&) = delete;
  ~CountingOperators() { at::removeCallback(handle_); }

 private:
  at::CallbackHandle handle_;
};

}  // namespace

GpuRoofs measure_roofs(Device device, const RoofSizes& sizes) {
  const c10::InferenceMode no_graph;
  const at::Device place = open_device(device);
  GpuRoofs roofs;
  {
    const at::Tensor from = at::ones({sizes.numbers}, at::dtype(at::kFloat).device(place));
    at::Tensor to = at::empty_like(from);
    const double calls = calls_per_second(to, sizes.seconds, [&] { to.copy_(from); });
    roofs.gbytes = 2e-9 * 4.0 * static_cast<double>(sizes.numbers) * calls;
  }
  roofs.float32 = product_gflops(place, at::kFloat, sizes);
  roofs.bf16 = product_gflops(place, at::kBFloat16, sizes);
  return roofs;
}

Launches count_launches(const std::function<void()>& call) {
  std::int64_t (*const count)() = cuda_library().launch_count;
  const auto own = [&] { return count == nullptr ? 0 : count(); };
  const std::int64_t before = own();
  operators = within = 0;
  const CountingOperators counting;
  call();
  return {own() - before, operators};
}

}  // namespace zo
