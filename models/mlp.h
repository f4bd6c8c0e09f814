#pragma once
#include <string>

#include "models/network.h"

namespace zo {

/// Flatten, linear to `hidden` units, ReLU, linear. Names fc1 and fc2.
Network make_mlp(std::string name, int hidden, Shape input, int classes);

}  // namespace zo
