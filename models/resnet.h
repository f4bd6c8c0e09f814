#pragma once
#include <string>

#include "models/network.h"

namespace zo {

/// CIFAR ResNet with `blocks` basic blocks in each of three stages (He et al. 2016, section 4.2;
/// depth 6·blocks + 2): widths 16, 32, 64, strides 1, 2, 2, bias-free convolutions, parameter-free
/// option-A shortcuts. Names as in the usual CIFAR ResNets: conv1, bn1, layer1.0.conv1, …, fc.
Network make_resnet(std::string name, int blocks, Shape input, int classes);

}  // namespace zo
