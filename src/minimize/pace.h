#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "src/minimize/traced_oracle.h"

namespace zo {

/// Finds a step length for a method that takes one as told, and keeps it fitting: the run is cut into
/// legs, each by a method made anew. The first ones are short and leave from the start: with lengths
/// four times as long while that ends lower, or eight times shorter until one ends below the start. Then
/// a leg that ends lower is followed by one of twice its calls, and one that does not by a short one
/// from where it began with a quarter of the length.
class Pace {
 public:
  /// One leg from where the oracle stands: steps of length `lr`, some `calls` calls. Returns why the run
  /// is over, "" where only the leg is, and "rejected" where its steps could not be taken.
  using Leg = std::function<std::string(double lr, std::int64_t calls)>;

  /// `calls` of the run, 0 for no limit. Both references must outlive the pace.
  Pace(TracedOracle& oracle, const Leg& leg, std::int64_t calls);

  /// Runs legs until there is a reason to end, and returns it: that of a leg, "stalled" where no length
  /// lowers the value any more, or "converged" where all steps are zero, whatever the length. `lr` is the
  /// length to begin with.
  std::string run(double lr);
  /// That of the last leg that ended lower; 0: none did.
  double length() const { return length_; }

 private:
  bool ends_lower(double lr, std::int64_t calls);
  double first_length(double lr);

  TracedOracle& oracle_;
  const Leg& leg_;
  std::int64_t short_;         // calls of a short leg
  std::vector<double> start_;  // of the next leg,
  double value_ = 0.0;         // the value there,
  std::vector<double> end_;    // and the same of the last leg that ended lower
  double end_value_ = 0.0;
  double length_ = 0.0;
  int still_ = 0;  // legs in a row whose steps were all zero
  std::string reason_;
};

}  // namespace zo
