#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>
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

/// Two tensors, the first of five coordinates.
Layout two_tensors(std::int64_t dimension) {
  Layout layout;
  layout.append("a", {5}, Role::Plain);
  layout.append("b", {dimension - 5}, Role::Plain);
  return layout;
}

/// (1/n) Σ log(1 + exp(−y aᵀx)) + ½ ridge ‖x‖², and its gradient for sgd.
class Logistic : public FunctionOracle, public GradientSource {
 public:
  explicit Logistic(const nlohmann::json& problem)
      : FunctionOracle(two_tensors(std::ssize(problem["start"])),
                       FiniteSum{std::ssize(problem["labels"]),
                                 [this](auto x, std::int64_t, auto rows) { losses(x, rows); }},
                       problem["start"],
                       Precision::Float64),
        features_(problem["features"]),
        labels_(problem["labels"]),
        ridge_(problem["ridge"]) {}

  std::vector<double> gradient() override {
    const auto x = theta();
    std::vector<double> g(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) g[i] = ridge_ * x[i];
    for (std::size_t row = 0; row < labels_.size(); ++row) {
      const double slope = -labels_[row] / (1.0 + std::exp(margin(row, x)));
      for (std::size_t i = 0; i < x.size(); ++i) {
        g[i] += slope * features_[row][i] / static_cast<double>(labels_.size());
      }
    }
    return g;
  }

 private:
  double margin(std::size_t row, std::span<const double> x) const {
    return labels_[row] * std::inner_product(x.begin(), x.end(), features_[row].begin(), 0.0);
  }
  void losses(std::span<const double> x, std::span<double> rows) const {
    const double square = std::inner_product(x.begin(), x.end(), x.begin(), 0.0);
    for (std::size_t row = 0; row < rows.size(); ++row) {
      const double z = -margin(row, x);
      rows[row] = std::max(z, 0.0) + std::log1p(std::exp(-std::abs(z))) + 0.5 * ridge_ * square;
    }
  }

  std::vector<std::vector<double>> features_;
  std::vector<double> labels_;
  double ridge_;
};

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
    Logistic oracle(golden()["problem"]);
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
    EXPECT_EQ(covered.count(info.name), 1u) << info.name;
  }
}

}  // namespace
}  // namespace zo
