#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "src/base/state.h"

namespace zo {

/// Entry `name` of a method's saved state. Throws Error(Run) that names the entry when it is
/// missing, of the other type, or not `size` long (kAnySize: any length).
constexpr std::size_t kAnySize = static_cast<std::size_t>(-1);
const std::vector<double>& state_reals(const State& state,
                                       const std::string& name,
                                       std::size_t size = kAnySize);
const std::vector<std::int64_t>& state_integers(const State& state,
                                                const std::string& name,
                                                std::size_t size = kAnySize);

/// Above every number of steps, periods or observations.
constexpr std::int64_t kCountEnd = std::int64_t{1} << 53;

/// The same for numbers that say where something lies or how much of it there is: each is at least
/// `low` and below `end`, else Error(Run). A forged state must not reach outside of what there is.
const std::vector<std::int64_t>& state_places(const State& state,
                                              const std::string& name,
                                              std::int64_t low,
                                              std::int64_t end,
                                              std::size_t size = kAnySize);

}  // namespace zo
