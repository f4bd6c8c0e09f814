#include "src/minimize/minimize.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "src/base/error.h"
#include "src/minimize/nlopt_methods.h"

namespace zo {
namespace {

using testing::HasSubstr;
using testing::Not;

double sphere(std::span<const double> x) {
  return 0.5 * std::inner_product(x.begin(), x.end(), x.begin(), 0.0);
}

double rosenbrock(std::span<const double> x) {
  const double valley = x[1] - x[0] * x[0], slope = 1.0 - x[0];
  return 100.0 * valley * valley + slope * slope;
}

std::string message_of(const MinimizeSettings& settings,
                       const std::vector<double>& start = {1.0, 1.0},
                       const ValueFunction& function = sphere) {
  try {
    minimize(function, start, settings);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "nothing was refused";
}

/// Coordinate descent on the sphere whose counts are known: gradient descent with step η on ½‖x‖²
/// shrinks x by 1 − η a step (forward differences shift its fixed point by −ε/2), at 1 + d queries.
MinimizeSettings descent() {
  return {.method = "zo-sah",
          .options = {{"hessian", "none"},
                      {"step", "fixed"},
                      {"lr", "0.5"},
                      {"momentum", "0"},
                      {"eps", "1e-6"},
                      {"period", "1"}},
          .max_calls = 1000};
}

TEST(Minimize, CountsEveryQueryUpToTheBaseThatReachesATarget) {
  MinimizeSettings settings = descent();
  settings.targets = {0.3, 0.02, 1e-4};
  std::int64_t calls = 0;
  const ValueFunction counted = [&](std::span<const double> x) {
    ++calls;
    return sphere(x);
  };
  const MinimizeResult result = minimize(counted, {1.0, 1.0}, settings);
  // f after k steps is 4⁻ᵏ; its base is query 1 + 3k.
  EXPECT_EQ(result.targets[0].queries, 1 + 3 * 1);
  EXPECT_EQ(result.targets[1].queries, 1 + 3 * 3);
  EXPECT_EQ(result.targets[2].queries, 1 + 3 * 7);
  EXPECT_EQ(result.stop_reason, "target");
  EXPECT_EQ(result.queries, 3 * 8);  // the step whose base reached the last target is finished
  EXPECT_EQ(calls, result.queries + result.queries_report);
  EXPECT_EQ(result.queries_report, 1);  // the last point; the start is the first base
}

TEST(Minimize, KeepsTheBestPointAndItsValue) {
  MinimizeSettings settings = descent();
  settings.max_calls = 31;
  const MinimizeResult result = minimize(sphere, {3.0, -4.0}, settings);
  EXPECT_EQ(result.start_value, 12.5);
  EXPECT_EQ(result.best, sphere(result.x));
  EXPECT_NEAR(result.best, 12.5 * std::pow(0.25, 10), 1e-5);  // ten steps, the last one valued too
  EXPECT_EQ(result.steps, 10);
  EXPECT_EQ(result.queries, 30);
  EXPECT_EQ(result.stop_reason, "max-calls");
}

/// f with every real call counted, also those that the result does not tell of.
struct Counted {
  std::int64_t calls = 0;
  ValueFunction function = [this](std::span<const double> x) {
    ++calls;
    return sphere(x);
  };
};

TEST(Minimize, TheLimitHoldsForEveryCallOfEveryMethod) {
  for (const std::string& method : minimize_methods()) {
    for (const std::int64_t limit : {1, 2, 3, 7, 40, 41, 42, 43, 300}) {
      for (const bool waits : {false, true}) {
        Counted f;
        MinimizeSettings settings{.method = method, .max_calls = limit};
        if (waits) settings.targets = {-1.0};  // never reached
        const std::vector<double> start(12, 0.5);
        try {
          const auto result = minimize(f.function, start, settings);
          EXPECT_LE(f.calls, limit) << method;
          EXPECT_EQ(f.calls, result.queries + result.queries_report) << method << " " << limit;
          EXPECT_GE(result.steps, 1) << method << " " << limit;
        } catch (const MinimizeError& error) {
          EXPECT_EQ(f.calls, 0) << method;
          EXPECT_EQ(error.kind(), MinimizeError::Kind::Usage);
        }
      }
    }
  }
}

TEST(Minimize, ALimitThatDoesNotPayForAStepIsRefusedWithTheOneThatDoes) {
  // zo-sah on two coordinates asks the base, two slopes, three entries of a Hessian and three lengths.
  EXPECT_EQ(
      message_of({.max_calls = 10}),
      "max_calls 10: the first step of zo-sah and the values before and after it take 11 calls of "
      "the function; give at least as many");
  EXPECT_EQ(minimize(ValueFunction(rosenbrock), {-1.2, 1.0}, {.max_calls = 11}).steps, 1);
  for (const std::string& method : minimize_methods()) {
    std::int64_t least = 1;
    const std::vector<double> start(12, 0.5);
    while (message_of({.method = method, .max_calls = least}, start) != "nothing was refused")
      ++least;
    EXPECT_GE(least, 2) << method;
    const MinimizeResult result = minimize(sphere, start, {.method = method, .max_calls = least});
    EXPECT_GE(result.steps, 1) << method;
    EXPECT_THAT(message_of({.method = method, .max_calls = least - 1}, start),
                HasSubstr(" " + std::to_string(least) + " calls"));
  }
}

TEST(Minimize, ByDefaultOnlyTheStartAndTheLastPointAreValuedForTheReader) {
  for (const char* method : {"spsa", "mezo", "zoar"}) {
    Counted f;
    MinimizeSettings settings{.method = method, .options = {{"lr", 1e-3}}, .max_calls = 5000};
    EXPECT_EQ(minimize(f.function, {1.0, 1.0}, settings).queries_report, 2) << method;
    EXPECT_LE(f.calls, 5000) << method;
  }
}

TEST(Minimize, ReportsComeAfterEverySoManyStepsAndAfterEachWhereATargetWaits) {
  MinimizeSettings settings{.method = "spsa", .max_calls = 0, .max_steps = 10};
  settings.report_every = 4;  // steps 4 and 8, the start and the last point
  EXPECT_EQ(minimize(ValueFunction(sphere), {1.0, 1.0}, settings).queries_report, 4);
  settings.report_every = 5;  // the last point is that of the second report
  EXPECT_EQ(minimize(ValueFunction(sphere), {1.0, 1.0}, settings).queries_report, 3);
  settings.report_every = 0;
  settings.targets = {-1.0};
  EXPECT_EQ(minimize(ValueFunction(sphere), {1.0, 1.0}, settings).queries_report, 11);
}

TEST(Minimize, AStepThatWouldLeaveNoCallForTheLastPointIsNotBegun) {
  MinimizeSettings settings = descent();
  settings.max_calls = 33;  // a step takes 3
  EXPECT_EQ(minimize(sphere, {3.0, -4.0}, settings).queries, 30);
  settings.max_calls = 34;
  EXPECT_EQ(minimize(sphere, {3.0, -4.0}, settings).queries, 33);
}

TEST(Minimize, ManyPointsAtOnceGiveTheSameRunAsOneByOne) {
  MinimizeSettings settings{.method = "zo-sah", .max_calls = 400};
  std::size_t most = 0;
  const ValuesFunction many = [&](std::span<const double> points, std::size_t count) {
    most = std::max(most, count);
    const std::size_t d = points.size() / count;
    std::vector<double> values;
    for (std::size_t i = 0; i < count; ++i) values.push_back(rosenbrock(points.subspan(i * d, d)));
    return values;
  };
  const MinimizeResult together = minimize(many, {-1.2, 1.0}, settings);
  const MinimizeResult alone = minimize(ValueFunction(rosenbrock), {-1.2, 1.0}, settings);
  EXPECT_EQ(together.x, alone.x);
  EXPECT_EQ(together.best, alone.best);
  EXPECT_EQ(together.queries, alone.queries);
  EXPECT_GE(most, 2u);
}

TEST(Minimize, AnswersOfTheWrongLengthAreRefused) {
  const ValuesFunction wrong = [](std::span<const double>, std::size_t) {
    return std::vector<double>(7, 1.0);
  };
  try {
    minimize(wrong, {1.0, 1.0}, {});
    FAIL() << "nothing was refused";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(),
                 "the function gave 7 values for 1 points; it must give one for each");
  }
}

TEST(Minimize, EveryMethodRunsAndDoesNotEndAboveTheStart) {
  for (const std::string& method : minimize_methods()) {
    const MinimizeSettings settings{.method = method, .max_calls = 500};
    const MinimizeResult result = minimize(sphere, std::vector<double>(12, 0.5), settings);
    EXPECT_LE(result.best, result.start_value) << method;
    EXPECT_LE(result.queries, 500) << method;
    EXPECT_EQ(result.best, sphere(result.x)) << method;
  }
}

TEST(Minimize, StopsWhenTheValueNoLongerFalls) {
  MinimizeSettings settings = descent();
  settings.patience = 60;
  settings.tolerance = 1e-3;
  const MinimizeResult result = minimize(sphere, {1.0, 1.0}, settings);
  EXPECT_EQ(result.stop_reason, "stalled");
  // Falls by more than 1e-3 end with the base of step 4 (4⁻⁴ → 4⁻⁵); 60 queries later is step 25.
  EXPECT_LT(result.queries, 100);
}

TEST(Minimize, AFunctionThatTurnsNonFiniteEndsTheRunWithTheBestPoint) {
  MinimizeSettings settings = descent();
  const ValueFunction cliff = [](std::span<const double> x) {
    return x[0] < 0.4 ? std::numeric_limits<double>::quiet_NaN() : sphere(x);
  };
  const MinimizeResult result = minimize(cliff, {1.0, 1.0}, settings);
  EXPECT_EQ(result.stop_reason, "rejected");
  EXPECT_TRUE(std::isfinite(result.best));
  EXPECT_EQ(result.best, sphere(result.x));
}

TEST(Minimize, AtAMinimumWhereNoStepLowersTheValueTheRunHasConverged) {
  const ValueFunction bowl = [](std::span<const double> x) { return (x[0] - 3.0) * (x[0] - 3.0); };
  const MinimizeResult exact = minimize(bowl, {0.0}, {});
  EXPECT_EQ(exact.best, 0.0);
  EXPECT_EQ(exact.stop_reason, "converged");
  // On a plain all slopes are zero, and every method whose steps they scale stays where it is.
  const ValueFunction flat = [](std::span<const double>) { return 1.0; };
  for (const char* method : {"zo-sah", "rspg", "zoha", "hizoo", "mezo", "spsa", "zoar", "zovh"}) {
    const MinimizeResult result = minimize(flat, {1.0, 2.0}, {.method = method});
    EXPECT_EQ(result.stop_reason, "converged") << method;
    EXPECT_LT(result.queries, 2500) << method;  // ten trials of 200 calls
  }
}

TEST(Minimize, StepsThatLeadDownForNoLengthBecauseLossesAreNotFiniteAreRejected) {
  // Finite at the start and where its slopes are measured, not where any trial of a step leads.
  const ValueFunction islet = [](std::span<const double> x) {
    const double distance = std::abs(x[0] - 1.0);
    return distance > 2e-4 ? std::numeric_limits<double>::infinity() : x[0];
  };
  const MinimizeSettings settings{.options = {{"lr", 1e300}}};
  EXPECT_EQ(minimize(islet, {1.0}, settings).stop_reason, "rejected");
}

TEST(Minimize, OptionsMayBeNumbersAndSwitches) {
  MinimizeSettings words{.method = "cge", .options = {{"lr", "0.25"}, {"subspace", "2"}}};
  MinimizeSettings typed{.method = "cge", .options = {{"lr", 0.25}, {"subspace", 2}}};
  words.max_calls = typed.max_calls = 50;
  EXPECT_EQ(minimize(sphere, {1.0, 2.0}, words).x, minimize(sphere, {1.0, 2.0}, typed).x);
  EXPECT_EQ(OptionValue(true).text, "true");
  EXPECT_EQ(OptionValue(1e-3).text, "0.001");
  EXPECT_EQ(OptionValue(0.1 + 0.2).text, "0.30000000000000004");
  EXPECT_THAT(message_of({.options = {{"subspace", 0.5}}}), HasSubstr("must be a whole number"));
}

TEST(Minimize, ACallbackSeesEveryStepAndMayStop) {
  for (const std::string& method : minimize_methods()) {
    Counted f;
    std::vector<std::int64_t> steps;
    MinimizeSettings settings{.method = method, .max_calls = 500};
    settings.callback = [&](const MinimizeProgress& progress) {
      steps.push_back(progress.steps);
      EXPECT_EQ(progress.calls, f.calls) << method;
      EXPECT_EQ(progress.best, sphere(progress.x)) << method;
      return progress.steps == 3;
    };
    const MinimizeResult result = minimize(f.function, std::vector<double>(12, 0.5), settings);
    EXPECT_EQ(steps, (std::vector<std::int64_t>{1, 2, 3})) << method;
    EXPECT_EQ(result.stop_reason, "stopped") << method;
  }
}

TEST(Minimize, ThrowsOneExceptionTypeOfItsOwnAndPassesYoursOn) {
  const auto kind = [](const MinimizeSettings& settings, const ValuesFunction& f) {
    try {
      minimize(f, {1.0, 1.0}, settings);
    } catch (const MinimizeError& error) {
      return error.kind();
    }
    throw std::logic_error("nothing was refused");
  };
  const ValuesFunction wrong = [](std::span<const double>, std::size_t) {
    return std::vector<double>(7, 1.0);
  };
  EXPECT_EQ(kind({.method = "zo-shah"}, wrong), MinimizeError::Kind::Usage);
  EXPECT_EQ(kind({}, wrong), MinimizeError::Kind::Run);
  const ValuesFunction broken = [](std::span<const double>, std::size_t) -> std::vector<double> {
    throw std::logic_error("sensor unplugged");
  };
  EXPECT_THROW(minimize(broken, {1.0, 1.0}, {}), std::logic_error);
}

TEST(Minimize, RefusesBadSettingsInOneLine) {
  EXPECT_THAT(message_of({.method = "zo-shah"}), HasSubstr("did you mean zo-sah?"));
  EXPECT_THAT(message_of({.method = "newuoa"}), HasSubstr("nlopt-newuoa, nlopt-bobyqa"));
  EXPECT_THAT(message_of({.options = {{"lr", "fast"}}}), HasSubstr("option lr: 'fast'"));
  EXPECT_THAT(message_of({.options = {{"lrr", "1"}}}), HasSubstr("did you mean lr?"));
  EXPECT_THAT(message_of({.options = {{"subspace", "3"}}}), HasSubstr("--subspace 3"));
  EXPECT_THAT(message_of({.max_calls = 0}), HasSubstr("no limit is set: give max_calls"));
  EXPECT_EQ(message_of({.max_calls = -1}), "max_calls: is -1 and must be 0 or more");
  EXPECT_EQ(message_of({.max_seconds = -0.5}), "max_seconds: is -0.5 and must be 0 or more");
  EXPECT_EQ(message_of({.max_seconds = std::nan("")}), "max_seconds: is nan and must be 0 or more");
  EXPECT_EQ(message_of({.tolerance = std::nan("")}), "tolerance: is nan and must be 0 or more");
  EXPECT_EQ(message_of({.target = std::nan("")}), "target: is nan and must be a number");
  EXPECT_THAT(message_of({}, {}), HasSubstr("start: has no coordinates"));
  EXPECT_THAT(message_of({}, {std::nan(""), 1.0}), HasSubstr("the function is nan there"));
  EXPECT_THAT(message_of({.method = "sgd"}), HasSubstr("method: sgd follows gradients"));
  for (const char* method : {"sgd", "zo-shah"}) {
    EXPECT_THAT(message_of({.method = method}), HasSubstr("there are zo-sah, "));
    EXPECT_THAT(message_of({.method = method}), Not(HasSubstr(", sgd")));
  }
}

class Nlopt : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (!has_nlopt()) GTEST_SKIP() << "built without NLopt";
  }
};

TEST_P(Nlopt, CountsEveryValueAndStopsAtTheTarget) {
  std::int64_t calls = 0;
  const ValueFunction counted = [&](std::span<const double> x) {
    ++calls;
    return rosenbrock(x);
  };
  const MinimizeSettings settings{
      .method = GetParam(), .max_calls = 2000, .target = 1e-6, .targets = {1e-3, 1e-6}};
  const MinimizeResult result = minimize(counted, {-1.2, 1.0}, settings);
  EXPECT_EQ(result.stop_reason, "target");
  EXPECT_LE(result.best, 1e-6);
  EXPECT_EQ(result.queries, calls);  // the value at the start is the first of them
  EXPECT_EQ(result.targets[1].queries, result.queries);
  EXPECT_LT(*result.targets[0].queries, result.queries);
  EXPECT_LT(result.queries, 300);
}

TEST_P(Nlopt, StopsAtTheLimitAndPassesExceptionsOn) {
  const MinimizeSettings settings{.method = GetParam(), .max_calls = 15};
  const MinimizeResult result = minimize(ValueFunction(rosenbrock), {-1.2, 1.0}, settings);
  EXPECT_EQ(result.queries, 15);
  EXPECT_EQ(result.stop_reason, "max-calls");
  int calls = 0;
  const ValueFunction broken = [&](std::span<const double>) -> double {
    if (++calls > 3) throw std::logic_error("sensor unplugged");
    return calls;
  };
  EXPECT_THROW(minimize(broken, {-1.2, 1.0}, settings), std::logic_error);
}

INSTANTIATE_TEST_SUITE_P(Classical,
                         Nlopt,
                         testing::ValuesIn(nlopt_methods()),
                         [](const auto& info) { return info.param.substr(6); });

}  // namespace
}  // namespace zo
