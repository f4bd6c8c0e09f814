#include "src/delta/cpu/weights.h"

#include <algorithm>
#include <numeric>

#include "src/delta/cpu/kernels/winograd_strided.h"

namespace zo {

Product own_product(const DeltaUnit& unit) {
  const bool tiles = unit.map == DeltaUnit::Map::Conv && unit.mid.width % kWinogradTile == 0 &&
                     unit.mid.height % kWinogradTile == 0;
  // Transforms of few inputs cost what their products save, and pictures are far from zero mean,
  // which their rounding grows with.
  if (!tiles || unit.in.channels < 8) return Product::Direct;
  return unit.stride == 1 ? Product::Winograd : Product::Strided;
}

template <class T>
DeltaWeights<T>::DeltaWeights(const DeltaPlan& plan, int out_block)
    : plan_(plan),
      out_block_(out_block),
      direct_(plan.units.size()),
      winograd_(plan.units.size()),
      bf16_(plan.units.size()),
      layouts_(plan.units.size()) {}

template <class T>
void DeltaWeights<T>::set_theta(const Theta<T>& theta) {
  theta_ = theta.stored().data();
  current_ = bf16_current_ = false;
}

template <class T>
double DeltaWeights<T>::value(int segment, int channel, double otherwise) const {
  return segment < 0 ? otherwise
                     : static_cast<double>(theta_[plan_.layout.segments[segment].offset + channel]);
}

template <class T>
void DeltaWeights<T>::pack() {
  if (current_) return;
  for (int u = 0; u < static_cast<int>(plan_.units.size()); ++u) {
    if (own_product(plan_.units[u]) != Product::Direct) {
      pack_winograd(u);
      continue;
    }
    std::vector<int> all(plan_.units[u].in.channels);
    std::iota(all.begin(), all.end(), 0);
    gather(u, all, direct_[u]);
  }
  current_ = true;
}

template <class T>
template <class S>
void DeltaWeights<T>::pack_bf16(const DeltaKernels<T, S>& kernels) {
  if (bf16_current_) return;
  // The first unit's whole input never changes: pictures are not perturbed.
  for (int u = 1; u < static_cast<int>(plan_.units.size()); ++u) {
    if (plan_.units[u].map != DeltaUnit::Map::Conv) continue;
    if (whole_product(plan_.units[u], kernels) != Product::Bf16) continue;
    pack_bf16_unit(u, kernels.bf16_outs);
  }
  bf16_current_ = true;
}

template <class T>
ConvBand<T> DeltaWeights<T>::band(int u, Product product, const RowRing<T>& ring) const {
  const DeltaUnit& unit = plan_.units[u];
  ConvBand<T> band;
  band.ring = &ring;
  const bool transformed = product == Product::Winograd || product == Product::Strided;
  band.weights = transformed ? winograd_[u].data() : direct_[u].data();
  band.bf16_weights = bf16_[u].data();
  band.layout = layouts_[u];
  band.padded = plane_shape(unit.mid).padded;
  band.stride = unit.stride;
  band.width = unit.mid.width;
  return band;
}

template <class T>
void DeltaWeights<T>::gather(int u, std::span<const int> channels, AlignedBuffer<T>& packed) const {
  const DeltaUnit& unit = plan_.units[u];
  const int taps = unit.taps();
  const int padded = plane_shape(unit.mid).padded;
  const std::int64_t row = std::int64_t{unit.in.channels} * taps;
  const T* weights = theta_ + plan_.layout.segments[unit.weight].offset;
  T* at = packed.ensure(std::int64_t{padded} * taps * static_cast<std::int64_t>(channels.size()));
  for (int o = 0; o < padded; o += out_block_) {
    for (const int channel : channels) {
      for (int tap = 0; tap < taps; ++tap) {
        for (int k = o; k < o + out_block_; ++k) {
          *at++ =
              k < unit.mid.channels ? weights[k * row + std::int64_t{channel} * taps + tap] : T(0);
        }
      }
    }
  }
}

template <class T>
void DeltaWeights<T>::pack_winograd(int u) {
  const DeltaUnit& unit = plan_.units[u];
  const bool strided = own_product(unit) == Product::Strided;
  const auto transform = strided ? strided_taps : winograd_filter;
  const int channels = unit.in.channels, padded = plane_shape(unit.mid).padded;
  const T* weights = theta_ + plan_.layout.segments[unit.weight].offset;
  static_assert(kStridedFilters == kWinogradPoints);
  constexpr int kPoints = kWinogradPoints * kWinogradPoints;
  T* packed = winograd_[u].zeros(std::int64_t{padded} * channels * kPoints);
  for (int o = 0; o < unit.mid.channels; ++o) {
    T* block = packed + std::int64_t{o / out_block_} * kPoints * channels * out_block_;
    for (int c = 0; c < channels; ++c) {
      double half[3][kWinogradPoints];  // G along the columns of each row of taps
      for (int i = 0; i < 3; ++i, weights += 3) {
        const double taps[3] = {weights[0], weights[1], weights[2]};
        transform(taps, half[i]);
      }
      for (int j = 0; j < kWinogradPoints; ++j) {
        const double taps[3] = {half[0][j], half[1][j], half[2][j]};
        double points[kWinogradPoints];
        transform(taps, points);
        for (int row = 0; row < kWinogradPoints; ++row) {
          const std::int64_t point = row * kWinogradPoints + j;
          block[(point * channels + c) * out_block_ + o % out_block_] =
              static_cast<T>(points[strided ? row : winograd_row(row / 2, row % 2)]);
        }
      }
    }
  }
}

template <class T>
void DeltaWeights<T>::pack_bf16_unit(int u, int most_outs) {
  const DeltaUnit& unit = plan_.units[u];
  const int channels = unit.in.channels, padded = plane_shape(unit.mid).padded;
  const Bf16ConvLayout layout(channels, padded, most_outs);
  const T* weights = theta_ + plan_.layout.segments[unit.weight].offset;
  Bf16* packed = bf16_[u].zeros(padded / layout.outs * layout.block);
  for (int o = 0; o < unit.mid.channels; ++o) {
    for (int c = 0; c < channels; ++c) {
      for (int tap = 0; tap < 9; ++tap) {
        packed[layout.index(o, c, tap)] = to_bf16(static_cast<float>(*weights++));
      }
    }
  }
  layouts_[u] = layout;
}

template class DeltaWeights<float>;
template class DeltaWeights<double>;
template void DeltaWeights<float>::pack_bf16(const DeltaKernels<float, float>&);
template void DeltaWeights<float>::pack_bf16(const DeltaKernels<float, Bf16>&);
template void DeltaWeights<double>::pack_bf16(const DeltaKernels<double, double>&);

}  // namespace zo
