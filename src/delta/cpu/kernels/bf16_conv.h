#pragma once
#include <cstdint>

#include "src/kernels/bf16.h"

namespace zo {

/// Order of the weights of a 3x3 convolution whose products are sums over pairs of input channels:
/// [padded/outs][3 columns of taps][steps][outs][depth pairs][2]. The pairs of a column of taps are
/// those of its upper tap, then of its middle and of its lower one, cut into `steps` of `depth`.
/// A step of `outs` = 16 and `depth` = 16 fills one matrix tile of AMX.
struct Bf16ConvLayout {
  int pairs = 0;  // of input channels; an odd last one has a partner of weight zero
  int outs = 0, depth = 0, steps = 0;
  std::int64_t block = 0;  // weights of `outs` output channels

  Bf16ConvLayout() = default;
  /// `most_outs`: output channels that the kernels take at once, 8 or 16; `padded` is a multiple
  /// of 8.
  Bf16ConvLayout(int channels, int padded, int most_outs)
      : pairs((channels + 1) / 2), outs(padded % most_outs == 0 ? most_outs : 8), depth(16) {
    while (3 * pairs % depth != 0) --depth;
    steps = 3 * pairs / depth;
    block = std::int64_t{18} * pairs * outs;
  }
  /// Place of the weight of output o, input c and tap 3·row + column.
  std::int64_t index(int o, int c, int tap) const {
    const int pair = tap / 3 * pairs + c / 2;
    const std::int64_t step = std::int64_t{tap % 3} * steps + pair / depth;
    return o / outs * block + ((step * outs + o % outs) * depth + pair % depth) * 2 + c % 2;
  }
};

}  // namespace zo
