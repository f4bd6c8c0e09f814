#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "src/base/arguments.h"
#include "src/base/threads.h"
#include "src/cli/verbs.h"
#include "src/problems/registry.h"
#include "src/study/hessian_study.h"

namespace zo {

int run_hessian(const std::vector<std::string>& words) {
  ProblemOptions options;
  HessianStudy study;
  std::int64_t seed = 1, threads = 1;
  OptionTable table;
  options.describe(table);
  study.describe(table);
  table.begin_group("Computation");
  table.add("seed", &seed, Range::at_least(0), "of random problems, starts and directions");
  table.add("threads", &threads, Range::between(0, 1024), "0 = all cores");
  const Arguments rest = read_arguments(words, table, "hessian");
  if (rest.help) {
    fmt::print("{}",
               help_text(table,
                         "zotrain hessian --problem NAME --estimator NAME [options]",
                         "Measures the error of a Hessian estimate in the Frobenius norm, as JSON; "
                         "\"zero_error\" is what the zero matrix would have."));
    return 0;
  }
  refuse_positional(rest, "hessian");
  const auto key = static_cast<std::uint64_t>(seed);
  const auto problem = make_problem(options, table, key);
  const HessianErrors errors =
      measure_hessian_errors(*problem,
                             study,
                             options.start,
                             key,
                             threads == 0 ? available_threads() : static_cast<int>(threads));
  nlohmann::ordered_json answer = {{"problem", problem->name()},
                                   {"dim", problem->dimension()},
                                   {"estimator", study.estimator},
                                   {"queries", errors.queries},
                                   {"error", errors.error},
                                   {"zero_error", errors.zero_error},
                                   {"standard_error", errors.standard_error},
                                   {"estimates", errors.estimates},
                                   {"directions", study.directions},
                                   {"histories", study.histories},
                                   {"radius", study.radius},
                                   {"seed", seed}};
  if (errors.block_error) answer["block_error"] = *errors.block_error;
  if (errors.inverse) {
    answer["lambda"] = study.lambda;
    answer["inverse_error"] = errors.inverse->inverse;
    answer["product_error"] = errors.inverse->product;
    answer["product_beside_gradient"] = errors.inverse->beside_gradient;
  }
  fmt::print("{}\n", answer.dump());
  return 0;
}

}  // namespace zo
