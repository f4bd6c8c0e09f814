#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "src/methods/registry.h"
#include "tests/methods/run_steps.h"
#include "tests/oracle/functions.h"

namespace zo {
namespace {

using namespace zo::test;

/// Runs of twenty steps computed by tests/reference/methods_golden.py from the papers' formulas.
const nlohmann::json& golden() {
  static const nlohmann::json data = [] {
    std::ifstream file("tests/reference/methods_golden.json");
    return nlohmann::json::parse(file);
  }();
  return data;
}

/// (1/n) Σ log(1 + exp(−y aᵀx)) + ½ ridge ‖x‖².
PlainFunction logistic(const nlohmann::json& problem) {
  const auto features = problem["features"].get<std::vector<std::vector<double>>>();
  const auto labels = problem["labels"].get<std::vector<double>>();
  const auto ridge = problem["ridge"].get<double>();
  return [=](std::span<const double> x, std::int64_t) {
    double loss = 0.0, square = 0.0;
    for (std::size_t row = 0; row < labels.size(); ++row) {
      double score = 0.0;
      for (std::size_t i = 0; i < x.size(); ++i) score += features[row][i] * x[i];
      const double z = -labels[row] * score;
      loss += std::max(z, 0.0) + std::log1p(std::exp(-std::abs(z)));
    }
    for (const double value : x) square += value * value;
    return loss / static_cast<double>(labels.size()) + 0.5 * ridge * square;
  };
}

std::unique_ptr<Method> make(const nlohmann::json& run, const Layout& layout) {
  const auto config = find_method(run["method"]).config();
  OptionTable table;
  config->describe(table);
  std::istringstream flags(run["flags"].get<std::string>());
  for (std::string flag; flags >> flag;) {
    const auto at = flag.find('=');
    table.set(flag.substr(0, at), flag.substr(at + 1), "--" + flag);
  }
  config->check(layout);
  return config->make(layout, {.seed = golden()["seed"], .max_steps = golden()["steps"].back()});
}

TEST(Golden, EveryMethodFollowsItsIndependentWritingInPython) {
  std::set<std::string> covered;
  for (const auto& run : golden()["runs"]) {
    const std::string name =
        run["method"].get<std::string>() + " " + run["flags"].get<std::string>();
    covered.insert(run["method"]);
    FunctionOracle oracle(logistic(golden()["problem"]), golden()["problem"]["start"]);
    const auto method = make(run, oracle.layout());
    std::int64_t done = 0;
    for (std::size_t at = 0; at < golden()["steps"].size(); ++at) {
      const std::int64_t until = golden()["steps"][at];
      run_steps(*method, oracle, done, until - done);
      done = until;
      const auto expected = run["theta"][at].get<std::vector<double>>();
      const auto theta = oracle.theta();
      double error = 0.0, size = 0.0;
      for (std::size_t i = 0; i < theta.size(); ++i) {
        error += (theta[i] - expected[i]) * (theta[i] - expected[i]);
        size += expected[i] * expected[i];
      }
      EXPECT_LT(std::sqrt(error), 1e-9 * std::sqrt(size)) << name << ", step " << until;
    }
  }
  for (const MethodInfo& info : methods()) {
    EXPECT_TRUE(info.name == "sgd" || covered.count(info.name) == 1) << info.name;
  }
}

}  // namespace
}  // namespace zo
