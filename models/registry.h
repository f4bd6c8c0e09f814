#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "models/network.h"

namespace zo {

/// Names that make_network takes: resnet8, resnet20, cnn, mlp.
std::vector<std::string> network_names();
/// Builds the list of operations of `name` for pictures of shape `input`. Throws Error(Usage) for
/// an unknown name or a picture the network cannot take.
Network make_network(const std::string& name, Shape input, int classes);

}  // namespace zo
