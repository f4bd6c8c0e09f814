#include "src/methods/registry.h"

#include <gtest/gtest.h>

#include <set>

#include "src/base/error.h"
#include "tests/methods/flags.h"
#include "tests/methods/run_steps.h"
#include "tests/oracle/functions.h"

namespace zo {
namespace {

using namespace zo::test;

/// The message of the usage error that `action` must throw.
template <class Action>
std::string message(Action action) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(error.exit_code(), 2);
    return error.what();
  }
  ADD_FAILURE() << "nothing was refused";
  return "";
}

void expect_has(const std::string& text, const std::string& part) {
  EXPECT_NE(text.find(part), std::string::npos) << text;
}

/// A method made from flags, as the command line does.
std::unique_ptr<Method> make(const std::string& name,
                             const test::Flags& flags,
                             std::int64_t dimension,
                             RunPlan plan = {}) {
  return test::make(name, flags, plain_layout(dimension), plan);
}

TEST(Registry, NamesAreDifferentAndEveryEntryIsDescribed) {
  std::set<std::string> names;
  for (const MethodInfo& info : methods()) {
    EXPECT_TRUE(names.insert(info.name).second) << info.name;
    EXPECT_FALSE(info.summary.empty() || info.formula.empty() || info.source.empty()) << info.name;
    OptionTable table;
    const auto config = info.config();
    config->describe(table);
    for (const auto& option : table.options()) EXPECT_FALSE(option.help.empty()) << option.name;
  }
  for (const char* name : {"zo-sah", "cge-adam", "deepzero", "sgd"})
    EXPECT_EQ(names.count(name), 1u);
}

TEST(Registry, UnknownMethodIsRefusedWithTheNearestNameAndAllNames) {
  const std::string text = message([] { find_method("zo-sha"); });
  expect_has(text, "--method: unknown method 'zo-sha'");
  expect_has(text, "did you mean zo-sah?");
  expect_has(text, "deepzero");
  expect_has(message([] { find_method("x", "run.toml: method"); }), "run.toml: method");
}

TEST(Registry, FlagsReachTheMethod) {
  const auto method = make(
      "zo-sah", {{"subspace", "4"}, {"period", "3"}, {"hessian", "literal"}, {"trials", "2"}}, 10);
  EXPECT_EQ(method->queries_of_step(0), 1 + 4 + 8 + 2);
  EXPECT_EQ(method->queries_of_step(1), 5 + 2);
  EXPECT_EQ(method->steps_per_batch(), 3);
  EXPECT_EQ(make("deepzero", {{"density", "0.5"}, {"grasp-queries", "3"}}, 10)->queries_of_step(0),
            13);
}

TEST(CgeConfig, PairsMayLeaveOneAloneOnlyWhereAllCoordinatesAreProbed) {
  EXPECT_NO_THROW(make("cge", {{"update", "pair-root"}, {"subspace", "5"}}, 5));
  expect_has(message([] {
               make("cge", {{"update", "pair-root"}, {"subspace", "5"}}, 7);
             }),
             "--subspace 5: --update pair-root works on pairs; give 6");
}

TEST(ZoSahConfig, RefusesWhatDoesNotFitTheProblemOrEachOther) {
  expect_has(message([] {
               make("zo-sah", {{"subspace", "11"}}, 10);
             }),
             "--subspace 11: there are only 10 coordinates");
  expect_has(message([] {
               make("zo-sah", {{"subspace", "7"}}, 10);
             }),
             "--subspace 7: cannot be cut into blocks of 2; give 6 or 8");
  expect_has(message([] {
               make("zo-sah", {{"subspace", "7"}, {"block", "3"}}, 8);
             }),
             "cannot be cut into blocks of 3; give 6 or 8");
  expect_has(message([] {
               make("zo-sah", {{"subspace", "2"}, {"block", "4"}}, 10);
             }),
             "--block 4: is larger than --subspace 2");
  EXPECT_NO_THROW(make("zo-sah", {{"subspace", "9"}}, 9)) << "all coordinates may leave a rest";
  EXPECT_NO_THROW(make("zo-sah", {{"subspace", "7"}, {"hessian", "cached"}}, 9));
  expect_has(message([] {
               make("zo-sah", {{"block", "4"}, {"hessian", "secant"}}, 10);
             }),
             "--block 4: --hessian secant");
  expect_has(message([] { make("zo-sah", {{"kappa", "0"}}, 10); }), "--kappa 0");
  expect_has(message([] { make("zo-sah", {{"lr-schedule", "cosine"}}, 10); }), "--max-steps");
  EXPECT_NO_THROW(make("zo-sah", {{"kappa", "0"}, {"kappa-rel", "0.1"}}, 10));
  expect_has(message([] {
               make("zo-sah", {{"momentum", "0.5"}, {"step", "auto"}}, 10);
             }),
             "--momentum 0.5: moves coordinates whose slope is not known, which --step auto");
  expect_has(message([] {
               make("zo-sah", {{"step", "auto"}}, 10, {.steps_per_epoch = 5});
             }),
             "--step auto: compares the losses of consecutive steps");
  EXPECT_NO_THROW(make("zo-sah", {{"step", "auto"}, {"period", "2"}}, 10, {.steps_per_epoch = 5}));
  EXPECT_NO_THROW(make("zo-sah", {{"block", "4"}}, 10));
  EXPECT_NO_THROW(make("zo-sah", {{"lr-schedule", "cosine"}}, 10, {.max_queries = 100}));
}

TEST(ZoSahConfig, RefusesValuesOutOfRangeWithFlagValueAndRange) {
  const auto refused = [](const char* flag, const char* value) {
    const std::string text = message([&] { make("zo-sah", {{flag, value}}, 10); });
    expect_has(text, std::string("--") + flag);
    expect_has(text, value);
  };
  refused("subspace", "-1");
  refused("period", "0");
  refused("block", "0");
  refused("block", "65");
  refused("eps", "0");
  refused("kappa", "-0.1");
  refused("lr", "0");
  refused("momentum", "1");
  refused("hessian", "exact");
  refused("sampling", "greedy");
  refused("subspace-share", "1.5");
  refused("layer-power", "-1");
  refused("step", "exact");
  refused("trials", "0");
  refused("bias-correction", "maybe");
}

TEST(DeepZeroConfig, RefusesDensitiesAndWarmUpsThatLeaveNothing) {
  expect_has(message([] { make("deepzero", {{"density", "0"}}, 10); }), "--density");
  expect_has(message([] { make("deepzero", {{"density", "1.5"}}, 10); }), "(0, 1]");
  expect_has(message([] { make("deepzero", {{"density", "0.01"}}, 10); }), "leaves none of the 10");
  expect_has(message([] {
               make("deepzero", {{"warmup-epochs", "50"}}, 10);
             }),
             "--warmup-epochs 50");
}

TEST(Registry, EveryZerothOrderMethodKeepsItsBooksAndItsStateOnAFunction) {
  for (const MethodInfo& info : methods()) {
    if (info.name == "sgd") continue;
    const RunPlan plan{.seed = 3, .max_steps = 9};
    FunctionOracle one(diagonal(geometric(6, 4.0)), std::vector<double>(6, 1.0));
    FunctionOracle two(diagonal(geometric(6, 4.0)), std::vector<double>(6, 1.0));
    const auto config = info.config();
    OptionTable table;
    config->describe(table);
    if (table.find("lr") != nullptr) table.set("lr", "0.01", "--lr");
    const auto straight = config->make(one.layout(), plan);
    const auto first = config->make(two.layout(), plan), second = config->make(two.layout(), plan);
    run_steps(*straight, one, 0, 9);
    run_steps(*first, two, 0, 5);
    second->load_state(first->state());
    run_steps(*second, two, 5, 4);
    EXPECT_EQ(one.theta(), two.theta()) << info.name;
    EXPECT_EQ(straight->state(), second->state()) << info.name;
  }
}

}  // namespace
}  // namespace zo
