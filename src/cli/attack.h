#pragma once
#include <memory>

#include "src/problems/registry.h"

namespace zo {

/// --problem attack: a test picture of the data set that the run in --weights was trained on (or
/// --data from --data-dir), and the network as `eval` evaluates it. Throws Error(Usage).
std::unique_ptr<Problem> make_attack(const ProblemOptions& options);

}  // namespace zo
