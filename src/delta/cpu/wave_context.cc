#include "src/delta/cpu/wave_context.h"

namespace zo {

/// A mean that costs digits is taken out of the planes; taken twice, because the first one is only
/// as good as float32 sums of large numbers.
template <class T, class S>
ChannelStep<T> WaveContext<T, S>::step(const PlacedProbe& probe,
                                       int u,
                                       int channel,
                                       double sum,
                                       double square,
                                       S* planes,
                                       std::int64_t next) {
  const PlaneShape& shape = layout.units[u].mid;
  const UnitBase<T>& unit = base->unit(u);
  const BaseNorm& norm = unit.norms[channel];
  const auto count = static_cast<double>(base->rows() * shape.pixels());
  double scale = 0.0, shift = 0.0;
  for (const PlacedEdit& edit : probe.all()) {
    if (edit.unit != u || edit.out != channel) continue;
    if (edit.kind == PlacedEdit::Kind::Scale) scale = edit.delta;
    if (edit.kind == PlacedEdit::Kind::Shift) shift = edit.delta;
  }
  NormDifference change = fixed_norm_difference(norm, scale, shift);
  if (moments_wanted(u)) {
    for (int again = 0; again < 2; ++again) {
      const double mean = removable_mean(norm, sum, square, count);
      if (mean == 0.0) break;
      sum = square = 0.0;
      for (std::int64_t b = 0; b < base->blocks(); ++b) {
        const std::int64_t from = b * shape.block() + channel * shape.plane;
        tail_sums.assign(kernels.lanes, 0.0);
        tail_squares.assign(kernels.lanes, 0.0);
        kernels.remove_mean(planes + b * next,
                            unit.centred + from * kernels.lanes,
                            shape.pixels(),
                            static_cast<T>(mean),
                            tail_sums.data(),
                            tail_squares.data());
        for (int lane = 0; lane < base->valid(b); ++lane) {
          sum += tail_sums[lane];
          square += tail_squares[lane];
        }
      }
    }
    change = batch_norm_difference(norm, sum, square, count, scale, shift);
  }
  ChannelStep<T> result = unit.steps[channel];
  result.slope = static_cast<T>(change.slope);
  result.base = static_cast<T>(change.base);
  result.constant = static_cast<T>(change.constant);
  return result;
}

template <class T, class S>
PoolRows<T> WaveContext<T, S>::pool_rows(int u, std::int64_t from) const {
  const UnitBase<T>& unit = base->unit(u);
  const PlaneShape& shape = layout.units[u].mid;
  PoolRows<T> rows;
  rows.centred = unit.centred + from;
  rows.z = plan.units[u].skip >= 0 ? unit.z + from : nullptr;
  rows.plane = shape.plane;
  rows.relu = plan.units[u].relu;
  rows.share = T(1) / static_cast<T>(shape.pixels());
  return rows;
}

template <class T, class S>
void WaveContext<T, S>::pool_change(int u, const T* before, const T* change, T* out) {
  const DeltaUnit& unit = plan.units[u];
  const int height = unit.mid.height, width = unit.mid.width;
  if (!unit.max_pool) {
    kernels.mean(change, height * width, out);
    return;
  }
  const int pixels = (height / 2) * (width / 2);
  T* largest = unit.global_pool ? maxima.ensure(std::int64_t{pixels} * kernels.lanes) : out;
  kernels.max_pool(before, change, height, width, largest);
  if (unit.global_pool) kernels.mean(largest, pixels, out);
}

template struct WaveContext<float, float>;
template struct WaveContext<float, Bf16>;
template struct WaveContext<double, double>;

}  // namespace zo
