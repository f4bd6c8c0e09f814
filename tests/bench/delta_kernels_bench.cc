// Speed of the delta oracle's inner loops on one thread, by width of vectors and shape. "GFLOP/s"
// counts two operations a multiply-add of the plain sum of products, also for Winograd's; "GB/s"
// counts every plane read or written once.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

#include "src/delta/cpu/aligned_buffer.h"
#include "src/delta/cpu/kernels/delta_kernels.h"
#include "src/delta/cpu/scratch.h"

namespace zo {
namespace {

using Kernels = DeltaKernels<float, float>;
using Bf16Kernels = DeltaKernels<float, Bf16>;

/// One block of pictures of a stage of the CIFAR ResNets, filled with ones.
template <class S>
struct Stage {
  const DeltaKernels<float, S>& k;
  PlaneShape shape;
  RowRing<float> ring;
  AlignedBuffer<float> ring_data, weights, scratch, out, centred, z, partial;
  AlignedBuffer<S> dy, skip, dense;
  AlignedBuffer<Bf16> bf16_weights;
  std::vector<ChannelStep<float>> steps;
  std::vector<const S*> skips;
  std::vector<double> sums, squares;

  Stage(const DeltaKernels<float, S>& kernels, int channels)
      : k(kernels),
        shape(channels, 512 / channels, 512 / channels),
        steps(channels, {1.1f, 0.1f, 0.01f, 0.9f, 0.1f}),
        sums(shape.padded * kernels.lanes),
        squares(sums.size()) {
    const std::int64_t c = channels, size = shape.block() * k.lanes;
    ring.channels = channels;
    ring.width = ring.height = shape.width;
    ring.slots = 9;
    ring.plane = PlaneShape::odd_plane(std::int64_t{ring.slots} * (ring.width + 2));
    ring.data = ones(ring_data, c * ring.plane * k.lanes);
    ones(weights, 36 * c * c);
    ones(bf16_weights, 9 * c * c);
    for (const auto& conv : k.convs) {
      if (conv.scratch != nullptr) {
        ones(scratch, conv.scratch(channels, ring.width, ring.slots));
      }
    }
    ones(out, c * out_plane() * k.lanes);
    ones(partial, 2 * c * k.lanes);
    for (auto* planes : {&centred, &z}) ones(*planes, size);
    for (auto* planes : {&dy, &skip, &dense}) ones(*planes, size);
    for (int i = 0; i < channels; ++i) skips.push_back(skip.data() + i * shape.plane * k.lanes);
  }
  template <class V>
  static V* ones(AlignedBuffer<V>& buffer, std::int64_t size) {
    if constexpr (std::is_same_v<V, Bf16>) {
      std::fill_n(buffer.ensure(size), size, to_bf16(1.0f));
    } else {
      std::fill_n(buffer.ensure(size), size, 1.0f);
    }
    return buffer.data();
  }
  std::int64_t out_plane() const {
    return PlaneShape::odd_plane(std::int64_t{kBandRows} * shape.width);
  }
  /// Bands of the block in turn, so that planes come from the cache level that a wave finds them
  /// in.
  int next_band() {
    row_ = (row_ + kBandRows) % shape.height;
    return row_;
  }
  ConvBand<float> band_of(int stride) {
    ConvBand<float> band;
    band.ring = &ring;
    band.weights = weights.data();
    band.bf16_weights = bf16_weights.data();
    if (k.bf16_outs > 0) band.layout = Bf16ConvLayout(shape.channels, shape.padded, k.bf16_outs);
    band.padded = shape.channels;
    band.stride = stride;
    band.width = shape.width / stride;
    band.last = kBandRows;
    band.scratch = scratch.data();
    return band;
  }
  KeepRows<float, S> keep(int first) {
    const std::int64_t from = std::int64_t{first} * shape.width * k.lanes;
    KeepRows<float, S> rows;
    rows.dy = dy.data() + from;
    rows.centred = centred.data() + from;
    rows.plane = shape.plane;
    rows.partial = partial.data();
    rows.sums = sums.data();
    rows.squares = squares.data();
    return rows;
  }
  void count_products(benchmark::State& state, double channels_in, double outputs) const {
    state.counters["GFLOP/s"] = benchmark::Counter(2e-9 * 9 * channels_in * outputs * k.lanes,
                                                   benchmark::Counter::kIsIterationInvariantRate);
  }
  double band() const { return static_cast<double>(shape.channels) * kBandRows * shape.width; }

 private:
  int row_ = 0;
};

void winograd(benchmark::State& state, const Kernels* kernels, int channels) {
  Stage<float> stage(*kernels, channels);
  for (auto _ : state) {
    kernels->conv(Product::Winograd).keep(stage.band_of(1), stage.keep(stage.next_band()));
  }
  stage.count_products(state, channels, stage.band());
}

void bf16(benchmark::State& state, const Bf16Kernels* kernels, int channels) {
  Stage<Bf16> stage(*kernels, channels);
  for (auto _ : state) {
    kernels->conv(Product::Bf16).keep(stage.band_of(1), stage.keep(stage.next_band()));
  }
  stage.count_products(state, channels, stage.band());
}

void direct(benchmark::State& state, const Kernels* kernels, int channels, int stride) {
  Stage<float> stage(*kernels, channels);
  for (auto _ : state) {
    kernels->conv(Product::Direct)
        .plain(stage.band_of(stride), stage.out.data(), stage.out_plane());
  }
  stage.count_products(state, channels, stage.band() / stride);
}

void one_channel(benchmark::State& state, const Kernels* kernels, int channels) {
  Stage<float> stage(*kernels, channels);
  stage.ring.channels = 1;
  for (auto _ : state) {
    kernels->conv(Product::Direct).keep(stage.band_of(1), stage.keep(stage.next_band()));
  }
  stage.count_products(state, 1, stage.band());
}

void activation(benchmark::State& state, const Kernels* kernels, int channels, bool shortcut) {
  Stage<float> stage(*kernels, channels);
  ActivateRows<float, float> rows;
  rows.dy = stage.dy.data();
  rows.centred = stage.centred.data();
  rows.plane = stage.shape.plane;
  rows.steps = stage.steps.data();
  rows.channels = channels;
  rows.width = stage.shape.width;
  rows.ring = &stage.ring;
  if (shortcut) {
    rows.z = stage.z.data();
    rows.skip = stage.skips.data();
    rows.skip_width = stage.shape.width;
    rows.dense = stage.dense.data();
  }
  for (auto _ : state) {
    rows.first = stage.next_band();
    rows.last = rows.first + kBandRows;
    kernels->activate(rows);
  }
  const double planes = shortcut ? 6 : 3;
  state.counters["GB/s"] = benchmark::Counter(4e-9 * planes * stage.band() * kernels->lanes,
                                              benchmark::Counter::kIsIterationInvariantRate);
}

void add_all() {
  for (const char* isa : {"amx", "avx512bf16"}) {
    const Bf16Kernels* kernels = delta_kernels<float, Bf16>(isa);
    if (kernels == nullptr) continue;
    for (const int channels : {16, 32, 64}) {
      const std::string name = std::string("bf16/") + isa + "/" + std::to_string(channels);
      benchmark::RegisterBenchmark(name.c_str(), bf16, kernels, channels);
    }
  }
  for (const char* isa : {"avx512", "avx2", "baseline"}) {
    const Kernels* kernels = delta_kernels<float, float>(isa);
    if (kernels == nullptr) continue;
    for (const int channels : {16, 32, 64}) {
      const auto name = [&](const char* what) {
        return std::string(what) + "/" + isa + "/" + std::to_string(channels);
      };
      benchmark::RegisterBenchmark(name("winograd").c_str(), winograd, kernels, channels);
      benchmark::RegisterBenchmark(name("direct").c_str(), direct, kernels, channels, 1);
      benchmark::RegisterBenchmark(name("direct_stride2").c_str(), direct, kernels, channels, 2);
      benchmark::RegisterBenchmark(name("one_channel").c_str(), one_channel, kernels, channels);
      benchmark::RegisterBenchmark(
          name("activation").c_str(), activation, kernels, channels, false);
      benchmark::RegisterBenchmark(
          name("activation_shortcut").c_str(), activation, kernels, channels, true);
    }
  }
}

}  // namespace
}  // namespace zo

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  zo::add_all();
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
