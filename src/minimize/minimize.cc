#include "src/minimize/minimize.h"

#include "src/base/error.h"
#include "src/kernels/cross_entropy.h"
#include "src/methods/registry.h"
#include "src/minimize/nlopt_methods.h"
#include "src/minimize/run.h"
#include "src/minimize/traced_oracle.h"

namespace zo {
namespace {

MinimizeResult run_for_users(const Target& target,
                             const std::vector<double>& start,
                             const MinimizeSettings& settings) {
  std::optional<Trace> watching;
  return for_users([&] { return run_target(target, start, settings, watching); });
}

}  // namespace

MinimizeResult minimize(const ValueFunction& function,
                        const std::vector<double>& start,
                        const MinimizeSettings& settings) {
  return run_for_users({function}, start, settings);
}

MinimizeResult minimize(const ValuesFunction& function,
                        const std::vector<double>& start,
                        const MinimizeSettings& settings) {
  const ValueFunction one = [&function](std::span<const double> x) {
    return checked_values(function, x, 1).front();
  };
  return run_for_users({one, &function}, start, settings);
}

MinimizeResult minimize(const MeanFunction& function,
                        const std::vector<double>& start,
                        const MinimizeSettings& settings) {
  if (function.examples < 1) {
    throw MinimizeError(
        MinimizeError::Kind::Usage,
        fmt::format("function: is the mean of {} examples; give at least one", function.examples));
  }
  const FiniteSum sum{function.examples,
                      [&function](std::span<const double> x, std::int64_t, std::span<double> rows) {
                        function.losses(x, rows);
                      }};
  const ValueFunction one = [&function](std::span<const double> x) {
    std::vector<double> rows(function.examples);
    function.losses(x, rows);
    return mean_of_rows(rows.data(), function.examples);
  };
  return run_for_users({one, nullptr, sum}, start, settings);
}

std::vector<std::string> minimize_methods() {
  std::vector<std::string> names;
  for (const MethodInfo& info : methods()) {
    if (info.name != "sgd") names.push_back(info.name);  // backpropagation: networks only
  }
  if (has_nlopt()) names.insert(names.end(), nlopt_methods().begin(), nlopt_methods().end());
  return names;
}

}  // namespace zo
