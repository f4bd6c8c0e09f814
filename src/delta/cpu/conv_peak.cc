#include "src/delta/cpu/conv_peak.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>

#include "src/base/threads.h"
#include "src/delta/cpu/scratch.h"
#include "src/delta/cpu/weights.h"

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

/// One thread's convolution of a band by one product, filled with ones.
template <class S>
struct Stage {
  ConvScratch<float> conv;
  AlignedBuffer<float> weights;
  AlignedBuffer<Bf16> bf16_weights;
  ConvBand<float> band;

  Stage(const DeltaUnit& unit, const DeltaKernels<float, S>& kernels, Product product) {
    const std::int64_t channels = unit.in.channels, lanes = kernels.lanes;
    const int padded = plane_shape(unit.mid).padded;
    conv.shape_ring(unit, unit.in.channels, kernels.lanes);
    std::fill_n(conv.ring.data, channels * conv.ring.plane * lanes, 1.0f);
    conv.rows.ensure(padded * plane(unit) * lanes);
    if (product == Product::Bf16) {
      band.layout = Bf16ConvLayout(unit.in.channels, padded, kernels.bf16_outs);
      const std::int64_t size = padded / band.layout.outs * band.layout.block;
      std::fill_n(bf16_weights.ensure(size), size, to_bf16(1.0f));
    } else {
      const std::int64_t size = padded * channels * (product == Product::Winograd ? 36 : 9);
      std::fill_n(weights.ensure(size), size, 1.0f);
    }
    band.ring = &conv.ring;
    band.weights = weights.data();
    band.bf16_weights = bf16_weights.data();
    band.padded = padded;
    band.width = unit.mid.width;
    band.last = kBandRows;
    band.scratch = conv.products.ensure(
        kernels.conv(product).scratch(unit.in.channels, unit.in.width, conv.ring.slots));
  }
  static std::int64_t plane(const DeltaUnit& unit) {
    return PlaneShape::odd_plane(std::int64_t{kBandRows} * unit.mid.width);
  }
};

/// Speed of our own convolution by `product`; 0 where `kernels` do not have it.
template <class S>
double own_speed(ThreadPool& pool,
                 const DeltaUnit& unit,
                 const DeltaKernels<float, S>& kernels,
                 Product product,
                 double seconds) {
  if (kernels.conv(product).plain == nullptr) return 0.0;
  std::vector<std::unique_ptr<Stage<S>>> stages;
  stages.reserve(pool.size());
  for (int worker = 0; worker < pool.size(); ++worker) {
    stages.push_back(std::make_unique<Stage<S>>(unit, kernels, product));
  }
  const double operations = conv_operations(unit, kernels.lanes, kBandRows);
  return speed(pool, seconds, operations, [&](int worker) {
    Stage<S>& stage = *stages[worker];
    kernels.conv(product).plain(stage.band, stage.conv.rows.data(), Stage<S>::plane(unit));
  });
}

double library_speed(ThreadPool& pool, const DeltaUnit& unit, double seconds) {
  constexpr std::int64_t kCachedBytes = 256 << 10;  // of input: all fits a core's own cache
  const std::int64_t picture = std::int64_t{unit.in.channels} * unit.in.pixels() * 4;
  const std::int64_t pictures = std::max<std::int64_t>(1, kCachedBytes / picture);
  const auto x = at::ones({pictures, unit.in.channels, unit.in.height, unit.in.width});
  const auto w = at::ones({unit.mid.channels, unit.in.channels, 3, 3});
  const double operations = conv_operations(unit, pictures, unit.mid.height);
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

double conv_operations(const DeltaUnit& unit, std::int64_t pictures, int rows) {
  const std::int64_t a_row = unit.multiply_adds(unit.in.channels) / unit.mid.height;
  return 2.0 * static_cast<double>(pictures * rows * a_row);
}

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
    if (own_product(unit) == Product::Winograd && std::none_of(units.begin(), units.end(), same)) {
      units.push_back(&unit);
    }
  }
  const auto& kernels = *delta_kernels<float, float>();
  ThreadPool pool(threads);
  pool.on_each([](int) { at::set_num_threads(1); });
  ConvPeak peak;
  const double share = units.empty() ? 0.0 : seconds / (5.0 * static_cast<double>(units.size()));
  for (const DeltaUnit* unit : units) {
    ConvSpeed result;
    result.shape = fmt::format(
        "{}x{}x{} -> {}", unit->in.channels, unit->in.height, unit->in.width, unit->mid.channels);
    result.direct = own_speed(pool, *unit, kernels, Product::Direct, share);
    result.winograd = own_speed(pool, *unit, kernels, Product::Winograd, share);
    result.bf16 = own_speed(pool, *unit, *delta_kernels<float, Bf16>(), Product::Bf16, share);
    result.library = library_speed(pool, *unit, share);
    peak.shapes.push_back(result);
  }
  return peak;
}

}  // namespace zo
