#include "src/oracle/conv_peak.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "src/base/threads.h"
#include "src/oracle/delta_plan.h"
#include "src/oracle/delta_scratch.h"
#include "src/oracle/delta_weights.h"

namespace zo {
namespace {

/// Speed of `body`, which does `operations`, run by all threads for `seconds`; GFLOP/s.
template <class Body>
double speed(ThreadPool& pool, double seconds, double operations, const Body& body) {
  std::vector<double> speeds(pool.size());
  pool.on_each([&](int worker) {
    using Clock = std::chrono::steady_clock;
    body(worker);
    const auto start = Clock::now();
    double elapsed = 0.0;
    std::int64_t rounds = 0;
    while (elapsed < seconds) {
      body(worker);
      ++rounds;
      elapsed = std::chrono::duration<double>(Clock::now() - start).count();
    }
    speeds[worker] = static_cast<double>(rounds) * operations / elapsed * 1e-9;
  });
  double total = 0.0;
  for (const double value : speeds) total += value;
  return total;
}

/// One thread's band of a convolution, filled with ones.
struct Band {
  ConvScratch<float> conv;
  AlignedBuffer<float> weights, winograd_weights;

  Band(const DeltaUnit& unit, const DeltaKernels<float, float>& kernels) {
    const std::int64_t channels = unit.in.channels, lanes = kernels.lanes;
    conv.shape_ring(unit, unit.in.channels, kernels.lanes);
    std::fill_n(conv.ring.data, channels * conv.ring.plane * lanes, 1.0f);
    conv.rows.ensure(unit.mid.padded * plane(unit) * lanes);
    conv.winograd.ensure(kernels.winograd_scratch(unit.in.channels));
    std::fill_n(
        weights.ensure(unit.mid.padded * channels * 9), unit.mid.padded * channels * 9, 1.0f);
    std::fill_n(winograd_weights.ensure(unit.mid.padded * channels * 36),
                unit.mid.padded * channels * 36,
                1.0f);
  }
  static std::int64_t plane(const DeltaUnit& unit) {
    return PlaneShape::odd_plane(std::int64_t{kBandRows} * unit.mid.width);
  }
};

double library_speed(ThreadPool& pool, const DeltaUnit& unit, double seconds) {
  constexpr std::int64_t kCachedBytes = 256 << 10;  // of input: all fits a core's own cache
  const std::int64_t picture = std::int64_t{unit.in.channels} * unit.in.pixels() * 4;
  const std::int64_t pictures = std::max<std::int64_t>(1, kCachedBytes / picture);
  const auto x = at::ones({pictures, unit.in.channels, unit.in.height, unit.in.width});
  const auto w = at::ones({unit.mid.channels, unit.in.channels, 3, 3});
  const double operations =
      2.0 * static_cast<double>(pictures * unit.multiply_adds(unit.in.channels));
  double best = 0.0;
  for (const auto format : {at::MemoryFormat::Contiguous, at::MemoryFormat::ChannelsLast}) {
    const auto xs = x.contiguous(format), ws = w.contiguous(format);
    best = std::max(best, speed(pool, seconds, operations, [&](int) {
                      const c10::InferenceMode no_graph;
                      at::conv2d(xs, ws, {}, 1, 1);
                    }));
  }
  return best;
}

}  // namespace

double ConvPeak::gflops() const {
  double best = 0.0;
  for (const ConvSpeed& shape : shapes) best = std::max({best, shape.direct, shape.library});
  return best;
}

ConvPeak measure_conv_peak(const Network& network, int threads, double seconds) {
  const DeltaPlan plan = make_delta_plan(network);
  std::vector<const DeltaUnit*> units;
  for (const DeltaUnit& unit : plan.units) {
    const auto same = [&](const DeltaUnit* other) {
      return other->in == unit.in && other->mid == unit.mid;
    };
    if (takes_winograd(unit) && unit.in.channels > 3 &&
        std::none_of(units.begin(), units.end(), same)) {
      units.push_back(&unit);
    }
  }
  const auto& kernels = *delta_kernels<float, float>();
  ThreadPool pool(threads);
  pool.on_each([](int) { at::set_num_threads(1); });
  ConvPeak peak;
  const double share = units.empty() ? 0.0 : seconds / (4.0 * static_cast<double>(units.size()));
  for (const DeltaUnit* unit : units) {
    std::vector<Band> bands;
    for (int worker = 0; worker < threads; ++worker) bands.emplace_back(*unit, kernels);
    const double operations = 2.0 * kernels.lanes * kBandRows * unit->mid.width *
                              unit->mid.channels *
                              static_cast<double>(unit->in.channels * unit->taps());
    ConvSpeed result;
    result.shape = fmt::format(
        "{}x{}x{} -> {}", unit->in.channels, unit->in.height, unit->in.width, unit->mid.channels);
    result.direct = speed(pool, share, operations, [&](int worker) {
      Band& band = bands[worker];
      kernels.conv(band.conv.ring,
                   band.weights.data(),
                   unit->mid.padded,
                   1,
                   unit->mid.width,
                   0,
                   kBandRows,
                   band.conv.rows.data(),
                   Band::plane(*unit));
    });
    result.winograd = speed(pool, share, operations, [&](int worker) {
      Band& band = bands[worker];
      kernels.winograd(band.conv.ring,
                       band.winograd_weights.data(),
                       unit->mid.padded,
                       0,
                       band.conv.winograd.data(),
                       band.conv.rows.data(),
                       Band::plane(*unit));
    });
    result.library = library_speed(pool, *unit, share);
    peak.shapes.push_back(result);
  }
  return peak;
}

}  // namespace zo
