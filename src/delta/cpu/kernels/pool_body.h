#pragma once
#include "src/delta/cpu/kernels/conv_body.h"
#include "src/kernels/layer_formulas.h"

namespace zo::ZO_ISA {

/// Activates outputs while they are in registers and adds them up.
template <class T, bool HasZ, bool Relu>
struct PoolSink {
  const PoolRows<T>& rows;
  ChannelStep<T> step;
  Vec<T> sum;

  ZO_INLINE void begin(int channel) {
    step = rows.steps[channel];
    sum = Vec<T>{};
  }
  ZO_INLINE void put(int channel, std::int64_t at, Vec<T> value) {
    const Vec<T> c = load(rows.centred, channel * rows.plane + at);
    Vec<T> dz = normalised_difference<Vec<T>>(
        spread(step.slope), value, spread(step.base), c, spread(step.constant));
    if constexpr (Relu) {
      const Vec<T> z = HasZ ? load(rows.z, channel * rows.plane + at)
                            : normalised(spread(step.gain), c, spread(step.shift));
      dz = relu_difference<Vec<T>>(z, dz);
    }
    sum += dz;
  }
  ZO_INLINE void end(int channel) {
    store(rows.sums, channel, load(rows.sums, channel) + rows.share * sum);
  }
};

/// Runs `compute(sink)` with the sink that `rows` asks for.
template <class T, class Compute>
ZO_INLINE void with_pool_sink(const PoolRows<T>& rows, Compute&& compute) {
  if (!rows.relu) {
    compute(PoolSink<T, false, false>{rows, {}, {}});
  } else if (rows.z == nullptr) {
    compute(PoolSink<T, false, true>{rows, {}, {}});
  } else {
    compute(PoolSink<T, true, true>{rows, {}, {}});
  }
}

template <class T, class S>
void pool(const S* dy, int count, const PoolRows<T>& rows) {
  with_pool_sink(
      rows, [&](auto sink) __attribute__((always_inline)) {
        sink.begin(0);
        for (int i = 0; i < count; ++i) sink.put(0, i, load(dy, i));
        sink.end(0);
      });
}

template <class T>
void conv_pool(const ConvBand<T>& band, const PoolRows<T>& rows) {
  with_pool_sink(
      rows, [&](auto sink) __attribute__((always_inline)) { DirectConv::run(band, sink); });
}

}  // namespace zo::ZO_ISA
