#pragma once
#include <string>

#include "models/network.h"

namespace zo {

/// The small network of DeepZero's comparison of estimators (Chen et al., ICLR 2024, fig. 2):
/// `depth` times [3×3 convolution to 24 channels with bias, BatchNorm, ReLU, 2×2 max pooling],
/// global average pooling, linear. Names conv1, bn1, …, fc.
Network make_cnn(std::string name, int depth, Shape input, int classes);

}  // namespace zo
