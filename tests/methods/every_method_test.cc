#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <ostream>
#include <set>

#include "src/base/error.h"
#include "src/methods/registry.h"
#include "tests/methods/flags.h"
#include "tests/methods/run_steps.h"
#include "tests/oracle/functions.h"

namespace zo {
namespace {

using namespace zo::test;

struct Mode {
  std::string method;
  Flags flags;
  bool draws = true;  // anything by the seed
};

std::ostream& operator<<(std::ostream& out, const Mode& mode) {
  out << mode.method;
  for (const auto& [name, value] : mode.flags) out << "_" << name << "_" << value;
  return out;
}

/// Every way through every zeroth-order method.
std::vector<Mode> modes() {
  return {
      {"zo-sah", {{"hessian", "secant"}, {"period", "4"}, {"subspace", "4"}, {"momentum", "0.5"}}},
      {"zo-sah", {{"hessian", "lazy"}, {"period", "4"}, {"subspace", "6"}}},
      {"zo-sah-plus", {}},
      {"zo-sah-fast", {}},
      {"deepzero", {{"density", "0.5"}, {"grasp-queries", "2"}, {"mask-interval", "1"}}},
      {"cge", {{"update", "sgd"}, {"subspace", "3"}}},
      {"cge", {{"update", "momentum"}, {"subspace", "3"}, {"period", "2"}}},
      {"cge", {{"update", "adam"}, {"lr-schedule", "cosine"}}, false},
      {"cge", {{"update", "pair-root"}, {"subspace", "4"}, {"period", "2"}}},
      {"cge", {{"update", "sgd"}, {"sampling", "layer"}, {"subspace", "3"}, {"period", "2"}}},
      {"cge-adam", {{"sampling", "layer"}, {"subspace", "3"}, {"period", "3"}}},
      {"cge-adam", {{"sampling", "gain"}, {"subspace", "3"}, {"period", "3"}}},
      {"rspg", {}},
      {"rspg", {{"prox", "box"}, {"output", "random"}}},
      {"rspg", {{"prox", "l1"}, {"directions", "2"}}},
      {"zoha", {{"directions", "2"}, {"hessian-directions", "3"}, {"period", "3"}}},
      {"zoha", {{"directions", "2"}, {"hessian", "diagonal"}, {"descent-check", "true"}}},
      {"zoha", {{"directions", "2"}, {"hessian", "power"}, {"period", "4"}}},
      {"zoha", {{"directions", "2"}, {"hessian", "none"}}},
      {"hizoo", {{"hessian-smooth", "0.1"}, {"weight-decay", "0.1"}}},
      {"mezo", {{"directions", "2"}, {"weight-decay", "0.1"}}},
      {"spsa", {{"eps", "0.01"}}},
      {"zoar", {}},
      {"zoar", {{"baseline", "anchor"}, {"history", "1"}}},
      {"zoar", {{"baseline", "optimal"}, {"orthogonal", "true"}}},
      {"zovh", {}},
      {"zovh", {{"baseline", "step-mean"}, {"orthogonal", "true"}}},
      {"zovh", {{"baseline", "optimal"}, {"inverse", "exact"}, {"base-query", "on"}}},
      // Without a baseline ĝ has the size of f/μ: only a wide μ keeps the steps from diverging.
      {"zovh", {{"baseline", "none"}, {"inverse", "diagonal"}, {"eps", "0.5"}, {"history", "1"}}},
  };
}

class EveryMethod : public testing::TestWithParam<Mode> {
 protected:
  static constexpr std::int64_t kD = 8, kSteps = 9;

  static std::unique_ptr<Method> make(std::uint64_t seed = 3) {
    Flags flags = GetParam().flags;
    flags.insert(flags.begin(), {"lr", "1e-3"});
    return test::make(
        GetParam().method, flags, plain_layout(kD), {.seed = seed, .max_steps = kSteps});
  }
  static FunctionOracle oracle(PlainFunction function, Precision precision = Precision::Float64) {
    return {plain_layout(kD), std::move(function), std::vector<double>(kD, 0.5), precision};
  }
};

TEST_P(EveryMethod, ResumedRunsEqualStraightOnesBitForBitInBothPrecisions) {
  for (const Precision precision : {Precision::Float32, Precision::Float64}) {
    auto one = oracle(diagonal(geometric(kD, 4.0)), precision);
    auto two = oracle(diagonal(geometric(kD, 4.0)), precision);
    const auto straight = make(), first = make(), second = make();
    run_steps(*straight, one, 0, kSteps);
    run_steps(*first, two, 0, 5);
    second->load_state(first->state());
    run_steps(*second, two, 5, kSteps - 5);
    EXPECT_EQ(one.theta(), two.theta());
    EXPECT_EQ(straight->state(), second->state());
    EXPECT_NE(one.theta(), std::vector<double>(kD, 0.5));
  }
}

// Whoever forges a checkpoint also forges its checksums.
TEST_P(EveryMethod, AForgedStateReachesNothingOutsideOfThePoint) {
  const std::set<std::string> places = {
      "subset", "subspace", "look_back.at", "pairing.partner", "fisher.steps", "layer_counts"};
  auto f = oracle(diagonal(geometric(kD, 4.0)));
  const auto honest = make();
  run_steps(*honest, f, 0, 5);
  for (const auto& [name, entry] : honest->state()) {
    const auto* numbers = std::get_if<std::vector<std::int64_t>>(&entry);
    if (places.count(name) == 0 || numbers == nullptr || numbers->empty()) continue;
    for (const std::int64_t forged : {std::int64_t{-2}, std::int64_t{1} << 40}) {
      State state = honest->state();
      std::get<std::vector<std::int64_t>>(state[name]).back() = forged;
      EXPECT_THROW(make()->load_state(state), Error) << name << " " << forged;
    }
  }
}

TEST_P(EveryMethod, AForgedStateCountsNothingBelowZero) {
  auto f = oracle(diagonal(geometric(kD, 4.0)));
  const auto honest = make();
  run_steps(*honest, f, 0, 5);
  for (const auto& [name, entry] : honest->state()) {
    const bool counts = name == "period" || name == "refreshed" || name == "order" ||
                        name.ends_with(".age") || name.ends_with(".count") ||
                        name.ends_with(".pattern");
    const auto* numbers = std::get_if<std::vector<std::int64_t>>(&entry);
    for (std::size_t i = 0; counts && i < numbers->size(); ++i) {
      State state = honest->state();
      std::get<std::vector<std::int64_t>>(state[name])[i] = -2;
      EXPECT_THROW(make()->load_state(state), Error) << name << " " << i;
    }
  }
}

TEST_P(EveryMethod, QueriesOfAStepAreKnownBeforeItRuns) {
  auto f = oracle(diagonal(geometric(kD, 4.0)));
  const auto method = make();
  for (std::int64_t k = 0; k < kSteps; ++k) {
    const std::int64_t before = f.ledger().queries();
    const StepReport report = run_steps(*method, f, k, 1);
    EXPECT_EQ(f.ledger().queries() - before, method->queries_of_step(k)) << "step " << k;
    EXPECT_TRUE(std::isfinite(report.loss) && !report.rejected);
  }
}

TEST_P(EveryMethod, LossesThatAreNotNumbersRejectTheStepAndTouchNothing) {
  auto f = oracle([](std::span<const double>, std::int64_t) { return std::nan(""); });
  const auto method = make();
  const StepReport report = run_steps(*method, f, 0, 1);
  EXPECT_TRUE(report.rejected);
  EXPECT_EQ(f.theta(), std::vector<double>(kD, 0.5));
}

TEST_P(EveryMethod, ALossInEveryFourthPlaceThatIsInfiniteNeverReachesThePoint) {
  const auto smooth = diagonal(geometric(kD, 4.0));
  int calls = 0;
  auto f = oracle([&](std::span<const double> x, std::int64_t batch) {
    return ++calls % 4 == 0 ? std::numeric_limits<double>::infinity() : smooth(x, batch);
  });
  const auto method = make();
  std::int64_t lost = 0;
  for (std::int64_t k = 0; k < kSteps; ++k) {
    const StepReport report = run_steps(*method, f, k, 1);
    lost += report.dropped + (report.rejected ? 1 : 0);
    for (const double value : f.theta()) ASSERT_TRUE(std::isfinite(value));
  }
  EXPECT_GT(lost, 0);
}

TEST_P(EveryMethod, TheSeedDecidesTheRun) {
  auto one = oracle(diagonal(geometric(kD, 4.0))), two = oracle(diagonal(geometric(kD, 4.0)));
  run_steps(*make(), one, 0, kSteps);
  run_steps(*make(), two, 0, kSteps);
  EXPECT_EQ(one.theta(), two.theta());
  auto other = oracle(diagonal(geometric(kD, 4.0)));
  run_steps(*make(4), other, 0, kSteps);
  EXPECT_EQ(one.theta() == other.theta(), !GetParam().draws) << "another seed";
}

INSTANTIATE_TEST_SUITE_P(Modes, EveryMethod, testing::ValuesIn(modes()));

TEST(EveryMethodList, HasAModeOfEachZerothOrderMethodOfTheRegistry) {
  std::set<std::string> covered;
  for (const Mode& mode : modes()) covered.insert(mode.method);
  for (const MethodInfo& info : methods()) {
    EXPECT_TRUE(info.name == "sgd" || covered.count(info.name) == 1) << info.name;
  }
}

/// Two tensors of five; a probe of the second costs a million forward passes.
class HalfDear : public FunctionOracle {
 public:
  static Layout halves() {
    Layout layout;
    layout.append("cheap", {5}, Role::Plain);
    layout.append("dear", {5}, Role::Plain);
    return layout;
  }
  HalfDear()
      : FunctionOracle(halves(),
                       diagonal(std::vector<double>(10, 1.0)),
                       std::vector<double>(10, 1.0),
                       Precision::Float64) {}
  double cost(const Probe& probe) const override {
    return std::get<SparseProbe>(probe).edits()[0].index < 5 ? 0.0 : 1e6;
  }
};

TEST(SamplingByGain, AsksTheOracleForItsCostsBeforeItDraws) {
  for (const char* name : {"zo-sah", "cge"}) {
    HalfDear oracle;
    Flags flags = {{"sampling", "gain"}, {"subspace", "4"}, {"lr", "0.1"}};
    if (std::string(name) == "zo-sah")
      flags.insert(flags.end(), {{"step", "fixed"}, {"block", "1"}});
    const auto method = make(name, flags, oracle.layout(), {.seed = 2});
    run_steps(*method, oracle, 0, 1);
    int moved = 0;
    for (int i = 0; i < 5; ++i) moved += oracle.theta()[i] != 1.0 ? 1 : 0;
    EXPECT_EQ(moved, 4) << name;
    for (int i = 5; i < 10; ++i) EXPECT_EQ(oracle.theta()[i], 1.0) << name;
  }
}

/// What the options say when they are refused for a problem of `kD` coordinates.
std::string refusal(const std::string& method, const Flags& flags) {
  auto config = find_method(method).config();
  OptionTable table;
  config->describe(table);
  try {
    for (const auto& [name, value] : flags) table.set(name, value, "--" + name);
    config->check(plain_layout(8));
    config->make(plain_layout(8), {});
  } catch (const Error& error) {
    EXPECT_EQ(error.exit_code(), 2);
    return error.what();
  }
  return "accepted";
}

struct Bad {
  std::string method;
  Flags flags;
  std::string reason;
};

TEST(MethodOptions, ThatCannotWorkAreRefusedWithReasonAndWayOut) {
  const std::vector<Bad> bad = {
      {"cge", {{"subspace", "9"}}, "--subspace 9: there are only 8 coordinates; give at most that"},
      {"cge",
       {{"update", "pair-root"}, {"subspace", "3"}},
       "--subspace 3: --update pair-root works on pairs; give 4 or --update adam"},
      {"cge", {{"sampling", "guided"}}, "--sampling: 'guided' must be one of uniform, layer"},
      {"cge-adam", {{"layer-power", "-1"}}, "--layer-power"},
      {"cge-adam", {{"lr-schedule", "cosine"}}, "--lr-schedule cosine: needs the length"},
      {"zoar",
       {{"directions", "1"}},
       "--directions 1: the --baseline mean of one loss is that loss"},
      {"zovh",
       {{"directions", "1"}, {"baseline", "step-mean"}},
       "--directions 1: the --baseline step-mean"},
      {"zovh", {{"directions", "2"}, {"history", "1"}}, "--directions 2: --inverse shared"},
      {"zoar",
       {{"directions", "9"}, {"orthogonal", "true"}},
       "only 8 directions can be orthogonal"},
      {"rspg", {{"prox", "box"}, {"box-low", "2"}}, "--box-low 2: must be less than --box-high 1"},
      {"rspg", {{"output", "random"}, {"lipschitz", "1e4"}}, "--lipschitz 10000"},
      {"rspg", {{"output", "random"}}, "give --max-steps or --max-queries"},
      {"zoha", {{"hessian", "power"}, {"hessian-directions", "9"}}, "only 8 eigenvectors"},
      {"hizoo", {{"hessian-min", "2"}, {"hessian-max", "1"}}, "--hessian-min 2"},
      {"hizoo", {{"hessian-growth", "1"}}, "--hessian-growth 1: must be greater than 1"},
      {"mezo", {{"lr-schedule", "cosine"}}, "--lr-schedule cosine: needs the length of the run"},
      {"mezo", {{"directions", "0"}}, "--directions"},
      {"spsa", {{"eps", "0"}}, "--eps"},
      {"zovh", {{"lambda", "0"}}, "--lambda"},
  };
  for (const Bad& b : bad) {
    const std::string text = refusal(b.method, b.flags);
    EXPECT_NE(text.find(b.reason), std::string::npos) << b.method << ": " << text;
  }
  EXPECT_EQ(refusal("zoar", {{"directions", "1"}, {"baseline", "anchor"}}), "accepted");
  EXPECT_EQ(refusal("zovh", {{"directions", "2"}, {"history", "2"}}), "accepted");
  EXPECT_EQ(refusal("cge", {{"subspace", "8"}}), "accepted");
  EXPECT_EQ(refusal("cge", {{"update", "pair-root"}}), "accepted");
}

}  // namespace
}  // namespace zo
