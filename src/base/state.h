#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

namespace zo {

/// Everything a method remembers between steps, by name: what a checkpoint stores and nothing else.
/// A scalar is a vector of length one.
using State = std::map<std::string, std::variant<std::vector<double>, std::vector<std::int64_t>>>;

}  // namespace zo
