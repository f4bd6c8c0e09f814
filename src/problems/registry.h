#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "src/base/options.h"
#include "src/problems/problem.h"

namespace zo {

/// What a problem can be told. Which fields matter depends on the problem; the others are refused
/// when given.
struct ProblemOptions {
  std::string problem = "rosenbrock";
  std::int64_t dim = 0;  // 0: the problem's customary dimension
  std::string start = "standard";
  double rosenbrock_alpha = 100.0;
  double tilt = 5.0;
  double lowest = 1.0, condition = 100.0;
  std::string spectrum = "geometric", structure = "rotated";
  bool shifted = false;
  std::string data;
  std::int64_t rows = 0;
  double l2 = 0.0;
  bool bias = false;
  std::string data_dir, weights;
  std::int64_t image = 0, target_class = -1;
  double limit = 0.2;
  /// How --problem attack is made: it needs LibTorch, which this library does without. Without it
  /// there is no such problem.
  std::function<std::unique_ptr<Problem>(const ProblemOptions&)> attack;

  /// Adds every option to `table`; *this must outlive it.
  void describe(OptionTable& table);
};

/// The problem that `options` describe; its random constants come from `seed`. `table` (the one
/// that read the options) tells which were given: an option that another problem has is refused.
/// Throws Error(Usage).
std::unique_ptr<Problem> make_problem(const ProblemOptions& options,
                                      const OptionTable& table,
                                      std::uint64_t seed);

/// The starting point that `text` asks for: "standard", "normal" (standard normal entries),
/// "ball:R" (uniform in the ball of radius R around 0), or numbers separated by commas, one for
/// each coordinate or one for all. Start number `number` of a series differs from the others when
/// it is random. Throws Error(Usage) that names --start.
std::vector<double> starting_point(const Problem& problem,
                                   const std::string& text,
                                   std::uint64_t seed,
                                   std::uint64_t number = 0);

}  // namespace zo
