#pragma once
#include <optional>
#include <string>
#include <vector>

#include "src/base/error.h"
#include "src/minimize/method_command.h"
#include "src/minimize/trace.h"
#include "src/oracle/function_oracle.h"

namespace zo {

/// What is minimised: `one` always, and the form in which the user has it.
struct Target {
  const ValueFunction& one;
  const ValuesFunction* many = nullptr;
  FiniteSum sum{};  // of no examples: none
};

/// minimize() of any form of function. Throws Error. `watching` is made once the value at the start is
/// known, and watches the run.
MinimizeResult run_target(const Target& target,
                          const std::vector<double>& start,
                          const MinimizeSettings& settings,
                          std::optional<Trace>& watching);

/// Throws Error(Usage) that lists minimize_methods() for the name of no method that a function can use.
void check_method_name(const std::string& name);
/// Everything about the method that can be told before the function of `dimension` coordinates is called,
/// and whether `max_calls`, which the caller knows as `limit`, pay for a step. Throws Error(Usage).
void check_method(const MethodCommand& method,
                  std::int64_t dimension,
                  std::int64_t max_calls,
                  const std::string& limit);

/// Runs `work`, with what it throws of this library as the exception that users see.
template <class Work>
auto for_users(Work&& work) {
  try {
    return work();
  } catch (const Error& error) {
    const bool usage = error.exit_code() == static_cast<int>(Error::Kind::Usage);
    throw MinimizeError(usage ? MinimizeError::Kind::Usage : MinimizeError::Kind::Run,
                        error.what());
  }
}

}  // namespace zo
