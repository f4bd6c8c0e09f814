#pragma once
#include <cstdint>
#include <span>
#include <string>

#include "src/methods/method.h"

namespace zo {

/// Tells a run that is lost from one with a bad step. A pure function of what the steps reported and of
/// θ, so every rank of a run comes to the same.
class DivergenceWatch {
 public:
  static constexpr std::int64_t kPatience =
      20;  // bad steps in a row, of which so many are a verdict
  static constexpr std::int64_t kAtTheEnd = 3;  // and so many where no more are to come
  static constexpr double kLoss = 1e4;          // nats; a network that guesses is below 5
  static constexpr double kWeight = 1e6;        // no entry of a network that works is as large
  static constexpr double kGrowth = 10.0;       // and if it was at the start, none grows so much

  /// `start`: θ at the start of the run, or of the part of it that is gone on with.
  explicit DivergenceWatch(std::span<const double> start);

  /// A step that asked `queries` losses. Bad: it was applied although its loss is not finite or above
  /// kLoss, or at least half of what was asked was dropped. The loop counts rejected ones.
  void see(const StepReport& report, std::int64_t queries);
  /// θ after a step.
  void look_at(std::span<const double> theta);
  /// Why the run is lost; "" while it is not, or not known to be.
  std::string verdict(bool at_the_end = false) const;
  /// Whether the last step was good and θ, where it was looked at, in range: worth a checkpoint.
  bool is_sound() const { return bad_in_row_ == 0 && range_.empty(); }
  /// What was wrong with the last step, where something was.
  const std::string& last() const { return last_; }

 private:
  double limit_;
  std::int64_t bad_in_row_ = 0;
  std::string last_, range_;
};

}  // namespace zo
