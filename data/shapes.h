#pragma once
#include <cstdint>
#include <span>

#include "data/dataset.h"

namespace zo {

/// The embedded picture set: 10,000 training and 2,000 test colour pictures, uint8 [N, 3, 32, 32],
/// classes as in data/outlines.h, equally many of each, label = number modulo 10. Each shows one
/// outline of random place, size, angle and colour on a shaded, blotched, noisy ground. A linear
/// model on the pixels has little to hold on to, a small convolutional network much; the figures
/// are checked by tests/data/shapes_difficulty.py. The same bits on every x86-64 machine.
DataSplits make_shapes();

/// A hundred classes of the same pictures: 20,000 and 4,000, label = number modulo 100. The last digit
/// is the outline, the first one of ten hues of the shape, as in "orange ring". A linear model sees the
/// hue, not the outline.
DataSplits make_shapes100();

/// Draws picture `number` of the set of `classes`, 10 or 100, into `pixels`, 3·32·32 values
/// [3, 32, 32].
void draw_shape(std::int64_t number, int classes, std::span<std::uint8_t> pixels);

}  // namespace zo
