#include "src/run/rate.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "src/base/philox.h"

namespace zo {
namespace {

constexpr std::uint64_t kSeed = 1;
constexpr double kDelta = 5e-3;  // a usual radius of first differences in float32
constexpr std::int64_t kFirst = 8, kMost = 16384;

}  // namespace

std::vector<Probe> uniform_probes(const Layout& layout,
                                  const std::vector<int>& segments,
                                  std::int64_t count) {
  std::int64_t total = 0;
  for (const int s : segments) total += layout.segments[s].size;
  const Philox draws(kSeed, Purpose::Test);
  std::vector<Probe> probes;
  probes.reserve(count);
  for (std::int64_t i = 0; i < count; ++i) {
    const double share = (static_cast<double>(i) + draws.uniform(i)) / static_cast<double>(count);
    auto at = std::min(static_cast<std::int64_t>(share * static_cast<double>(total)), total - 1);
    std::size_t s = 0;
    for (; at >= layout.segments[segments[s]].size; ++s) at -= layout.segments[segments[s]].size;
    probes.push_back(coordinate_probe(layout.segments[segments[s]].offset + at, kDelta));
  }
  return probes;
}

std::vector<Probe> dense_probes(std::int64_t count) {
  std::vector<Probe> probes;
  probes.reserve(count);
  for (std::int64_t i = 0; i < count; ++i) {
    probes.emplace_back(
        DenseProbe{1e-4, static_cast<std::uint64_t>(i), Law::Gaussian, nullptr, nullptr});
  }
  return probes;
}

double losses_per_second(LossOracle& oracle,
                         const std::function<std::vector<Probe>(std::int64_t)>& make,
                         double seconds) {
  oracle.base();
  oracle.evaluate(make(kFirst));  // the first passes allocate and warm up
  for (std::int64_t count = kFirst;;) {
    const auto probes = make(count);
    const auto start = std::chrono::steady_clock::now();
    oracle.evaluate(probes);
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
    const double rate = static_cast<double>(count) / std::max(spent.count(), 1e-9);
    if (spent.count() >= 0.8 * seconds || count == kMost) return rate;
    const auto wanted = static_cast<std::int64_t>(std::ceil(rate * seconds));
    count = std::clamp(wanted, count + 1, std::min(kMost, 16 * count));
  }
}

}  // namespace zo
