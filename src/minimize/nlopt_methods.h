#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "src/base/options.h"
#include "src/minimize/trace.h"
#include "src/oracle/box.h"

namespace zo {

/// Options of the classical derivative-free methods.
struct NloptOptions {
  double initial_step = 0.0;  // 0: NLopt chooses from the start point
  double xtol = 1e-12;        // relative change of x that ends the run

  void describe(OptionTable& table);
};

/// One of NLopt's methods, as MethodInfo has it of ours.
struct NloptInfo {
  std::string name, summary, formula, source;
};

/// Known whether or not the library is here.
const std::vector<NloptInfo>& nlopt_infos();
/// The names nlopt-newuoa, nlopt-bobyqa, nlopt-neldermead, in that order.
const std::vector<std::string>& nlopt_methods();
bool is_nlopt_method(const std::string& name);
/// True when this build has the library.
bool has_nlopt();

/// Throws Error(Usage) where this build has no NLopt, or the method cannot work in so few coordinates.
void check_nlopt(const std::string& name, std::int64_t dimension);

/// Runs the classical method `name` (NLopt: S. G. Johnson; NEWUOA, BOBYQA: M. J. D. Powell) from
/// `start` within `box`. Every value asked for is one query. Fills the counters and the reason to stop. After
/// check_nlopt.
MinimizeResult run_nlopt(const std::string& name,
                         const NloptOptions& options,
                         const ValueFunction& function,
                         const std::vector<double>& start,
                         const MinimizeSettings& settings,
                         const Box& box,
                         Trace& trace);

}  // namespace zo
