#pragma once
#include <cstdint>

#include "src/run/options.h"
#include "src/run/session.h"

namespace zo {

/// What the parts of a run take, in seconds.
struct RunCosts {
  double query_s = 0.0;    // a query of a step, with all else that the step does
  double once_s = 0.0;     // Method::queries_once(), before the first step
  double picture_s = 0.0;  // a picture in a forward pass that only informs
};

/// Measured in some seconds by the method's own first steps, of whose long lists a sample is
/// computed, on an oracle of its own, so the run's ledger does not see it. Of all ranks together: each
/// takes its part of a step's queries.
RunCosts measure_costs(const Session& session, const TrainCommand& command);

/// The steps that are left after `spent` queries: how many until the first limit in steps or queries, and
/// what they ask for.
struct StepsLeft {
  bool limited = false;  // else only time or a loss ends the run
  std::int64_t steps = 0;
  std::int64_t queries = 0;          // without Method::queries_once()
  std::int64_t least = 0, most = 0;  // of a step
};
StepsLeft steps_left(const TrainOptions& options, const Session& session, std::int64_t spent);

/// How far a run is: queries before the step that is computed and those of it that are known, seconds
/// since the first step of the run and since the beginning of this one.
struct RunPosition {
  std::int64_t spent = 0, known = 0;
  double wall_s = 0.0, step_s = 0.0;
};

/// Seconds until the first limit is met, with the evaluations and checkpoints on the way; infinite
/// when only --target-loss ends the run.
double seconds_left(const TrainOptions& options,
                    const Session& session,
                    const RunCosts& costs,
                    const RunPosition& at);

}  // namespace zo
