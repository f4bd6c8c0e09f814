#pragma once
#include <string>
#include <vector>

#include "src/base/options.h"
#include "src/minimize/trace.h"

namespace zo {

/// Options of the classical derivative-free methods.
struct NloptOptions {
  double initial_step = 0.0;  // 0: NLopt chooses from the start point
  double xtol = 1e-12;        // relative change of x that ends the run

  void describe(OptionTable& table);
};

/// The names nlopt-newuoa, nlopt-bobyqa, nlopt-neldermead, known whether or not the library is
/// here.
const std::vector<std::string>& nlopt_methods();
bool is_nlopt_method(const std::string& name);
/// True when this build has the library.
bool has_nlopt();

/// Runs the classical method `name` (NLopt: S. G. Johnson; NEWUOA, BOBYQA: M. J. D. Powell) from
/// `start`. Every value asked for is one query. Fills the counters and the reason to stop. Throws
/// Error(Usage) where the library was not there at build time.
MinimizeResult run_nlopt(const std::string& name,
                         const NloptOptions& options,
                         const ValueFunction& function,
                         const std::vector<double>& start,
                         const MinimizeSettings& settings,
                         Trace& trace);

}  // namespace zo
