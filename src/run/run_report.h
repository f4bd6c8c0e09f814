#pragma once
#include <string>
#include <vector>

#include "src/run/options.h"
#include "src/run/run_costs.h"
#include "src/run/session.h"

namespace zo {

/// What the texts about a run are made of.
struct RunFigures {
  const TrainOptions& options;
  const Session& session;
  RunCosts costs;
  RunPosition at;
  double rate = 0.0;  // queries a second of stepping, in this process
};

/// The plan before the first step: model, data, method, queries a step, limits and how long they
/// take.
std::vector<std::string> plan_lines(const RunFigures& figures);
/// One line on how far the run is; `doing`: what it does within or after the step, "" for nothing that
/// takes long.
std::string status_text(const RunFigures& figures, const std::string& doing = "");
/// summary.json.
std::string summary_text(const RunFigures& figures, const std::string& stop_reason);
/// Whether the training loss ended by more than a tenth above where it began, by the means of the first
/// and last steps; batches differ by less.
bool has_climbed(const LoopState& loop);
/// What was reached.
std::vector<std::string> result_lines(const RunFigures& figures, const std::string& stop_reason);

}  // namespace zo
